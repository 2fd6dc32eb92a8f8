"""What a regrade changes: new grades beside the grades.csv of an earlier run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...errors import InputError
from ...sheets.grid import Grid
from ...sheets.names import folded
from .gradebooks import points_by_question
from .report import BaseReport

_CLOSE = 1e-4  # grades.csv has six significant digits


@dataclass(frozen=True)
class Change:
    """One student's new score, and the questions whose points are others; None: not there."""

    student: str
    problem: str
    before: float | None
    after: float | None
    questions: Mapping[str, tuple[float, float]]

    def said(self) -> str:
        """The change in words."""
        if self.before is None or self.after is None:
            how = f"new, {self.after:g}" if self.before is None else f"no longer there, had {self.before:g}"
            return f"{self.student}: {how}"
        which = ", ".join(f"{name} {old:g} → {new:g}" for name, (old, new) in self.questions.items())
        return f"{self.student}: {self.before:g} → {self.after:g}" + (f" ({which})" if which else "")


def changes(old: Grid, reports: Sequence[BaseReport]) -> list[Change]:
    """Whose grades are others than in an earlier grades.csv. Raises InputError for another kind of table."""
    if not {"student", "score"} <= set(old.header):
        raise InputError(
            f"{old.file} is no grades.csv: it has no columns student and score",
            help="--since reads what --grades wrote",
        )
    rows = {(row["problem"], folded(row["student"])): row for row in _rows(old)}
    found: list[Change] = []
    seen: set[tuple[str, str]] = set()
    for report in reports:
        points = points_by_question(report)
        for place, student in enumerate(report.students):
            key = (report.problem.name, folded(student))
            key = key if key in rows or ("", key[1]) not in rows else ("", key[1])
            seen.add(key)
            score = float(report.scores[place])
            if key not in rows:
                found.append(Change(student, report.problem.name, None, score, {}))
                continue
            row = rows[key]
            before = _number(row["score"])
            own = {name: column[place] for name, column in points.items()}
            others = {
                name: (then, now)
                for name, now in own.items()
                if now is not None
                and (then := _number(row.get(name, ""))) is not None
                and abs(then - now) > _CLOSE
            }
            if before is None or abs(before - score) > _CLOSE or others:
                found.append(Change(student, report.problem.name, before, score, others))
    gone = (row for key, row in rows.items() if key not in seen)
    found += [Change(row["student"], row["problem"], _number(row["score"]), None, {}) for row in gone]
    return found


def _rows(old: Grid) -> Iterator[dict[str, str]]:
    for row in old.rows:
        cells = dict(zip(old.header, row, strict=False))
        cells["student"] = cells.get("student", "").removeprefix("'")
        yield {"problem": "", "score": "", **cells}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
