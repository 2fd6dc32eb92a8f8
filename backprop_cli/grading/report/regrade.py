"""What a regrade changes: new grades beside the grades.csv of an earlier run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...errors import InputError
from ...files.keys import clipped
from ...sheets.grid import Grid
from ...sheets.names import folded
from .gradebooks import addresses, points_by_question
from .report import BaseReport

_CLOSE = 1e-4  # grades.csv has six significant digits
# The columns that tell one student from another, whatever they are called.
IDENTITIES = (
    "id",
    "student id",
    "id number",
    "matriculation number",
    "matrikelnummer",
    "sis user id",
    "sis_id",
    "sis login id",
    "username",
    "user name",
    "login",
    "email address",
    "e-mail address",
    "email",
    "e-mail",
    "e-mail-adresse",
    "mail",
)


@dataclass(frozen=True)
class Change:
    """One student's new score, and the questions whose points are others; None: not there."""

    student: str
    problem: str
    before: float | None
    after: float | None
    questions: Mapping[str, tuple[float, float]]
    most: tuple[float, float] | None = None  # the points that could be had, where they are others

    def said(self) -> str:
        """The change in words."""
        if self.before is None or self.after is None:
            how = f"new, {self.after:g}" if self.before is None else f"no longer there, had {self.before:g}"
            return f"{self.student}: {how}"
        which = ", ".join(f"{name} {old:g} → {new:g}" for name, (old, new) in self.questions.items())
        old, new = (f"{score:g}" for score in (self.before, self.after))
        if self.most is not None:
            old, new = (f"{score} of {most:g}" for score, most in zip((old, new), self.most, strict=True))
        return f"{self.student}: {old} → {new}" + (f" ({which})" if which else "")


def changes(old: Grid, reports: Sequence[BaseReport], id: str | None = None) -> list[Change]:
    """Whose grades are others than in an earlier grades.csv.

    Students are known by the column `id`, else by one that tells them apart in both (an e-mail address, a
    number), else by their names. Raises InputError for another kind of table, and where names alone do not
    tell two students apart.
    """
    if not {"student", "score"} <= set(old.header):
        raise InputError(
            f"{old.file} is no grades.csv: it has no columns student and score",
            help="--since reads what --grades wrote",
        )
    column = _identity(old, reports, id)
    shown = "student" if column is None else column
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in _rows(old):
        key = (row["problem"], folded(row.get(shown, "")))
        if key in rows:
            raise _twice(old.file, row[shown])
        rows[key] = row
    alone = _single(rows)
    found: list[Change] = []
    seen: set[tuple[str, str]] = set()
    for report in reports:
        points = points_by_question(report)
        for place, student in enumerate(report.students):
            who = folded(student if column is None else _carried(report, column)[place])
            key = (report.problem_name(place), who)
            key = key if key in rows else alone.get(who, key)
            if key in seen:
                raise _twice(old.file, student)
            seen.add(key)
            score = float(report.scores[place])
            if key not in rows:
                found.append(Change(student, report.problem_name(place), None, score, {}))
                continue
            row = rows[key]
            before = _number(row["score"])
            own = {name: float(column[place]) for name, column in points.items()}
            others = {
                name: (then, now)
                for name, now in own.items()
                if now == now  # not nan: who was not asked
                and (then := _number(row.get(name, ""))) is not None
                and abs(then - now) > _CLOSE
            }
            top, then = float(report.max_scores[place]), _number(row.get("max", ""))
            most = (then, top) if then is not None and abs(then - top) > _CLOSE else None
            if before is None or abs(before - score) > _CLOSE or others or most:
                found.append(Change(student, report.problem_name(place), before, score, others, most))
    gone = (row for key, row in rows.items() if key not in seen)
    found += [Change(row["student"], row["problem"], _number(row["score"]), None, {}) for row in gone]
    return found


def _identity(old: Grid, reports: Sequence[BaseReport], id: str | None) -> str | None:
    """The old table's column that tells students apart, in it and in the new grades; None: their names."""
    for name in old.header:
        lowered = name.casefold()
        column = old.header.index(name)
        texts = [row[column] if column < len(row) else "" for row in old.rows]
        known = lowered == id.casefold() if id is not None else lowered in IDENTITIES or addresses(texts)
        if known and _tells_apart(texts, old) and all(_distinct(report, name) for report in reports):
            return name
    return None


def _tells_apart(texts: Sequence[str], old: Grid) -> bool:
    problem = old.header.index("problem") if "problem" in old.header else None
    pairs = [
        (folded(text), "" if problem is None or problem >= len(row) else row[problem])
        for text, row in zip(texts, old.rows, strict=True)
    ]
    return all(text for text, _ in pairs) and len(set(pairs)) == len(pairs)


def _distinct(report: BaseReport, column: str) -> bool:
    texts = [folded(text) for text in _carried(report, column)]
    return bool(texts) and all(texts) and len(set(texts)) == len(texts)


def _carried(report: BaseReport, column: str) -> Sequence[str]:
    lowered = {name.casefold(): texts for name, texts in report.carried.items()}
    return lowered.get(column.casefold(), ())


def _single(rows: Mapping[tuple[str, str], object]) -> dict[str, tuple[str, str]]:
    """The rows of students who have but one, by who it is: their problem may be called otherwise now."""
    counts = Counter(who for _, who in rows)
    return {key[1]: key for key in rows if counts[key[1]] == 1}


def _twice(file: str, student: str) -> InputError:
    return InputError(
        f'{file}: two students are called "{clipped(student, 60)}", and no column tells them apart',
        help="--id names the column that does, such as an e-mail address",
    )


def _rows(old: Grid) -> Iterator[dict[str, str]]:
    for row in old.rows:
        cells = {name: text.removeprefix("'") for name, text in zip(old.header, row, strict=False)}
        yield {"problem": "", "score": "", "student": "", **cells}


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
