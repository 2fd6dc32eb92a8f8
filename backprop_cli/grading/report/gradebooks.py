"""Grades as tables: our own, and those that Canvas and Moodle read.

Every text stands in quotes and every number in none, so that a spreadsheet neither splits a name at its
semicolons nor runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from ...errors import InputError
from ...formula.arithmetic import Array
from ...sheets.csv_text import Figure, Row, csv_text
from ...sheets.names import FIRST_NAMES, LAST_NAMES
from ..verdicts import Verdict
from .report import BaseReport

BEFORE = ("problem", "score", "max", "percentage")
AFTER = ("first slip", "slip codes", "unreadable")
MOST_UNREADABLE = 500  # characters


def questions(report: BaseReport) -> dict[str, list[int]]:
    """The questions of a problem, a quantity each, with the places of their cells."""
    found: dict[str, list[int]] = {}
    for place, cell in enumerate(report.cells):
        found.setdefault(cell.name.partition("[")[0], []).append(place)
    return found


def points_by_question(report: BaseReport) -> dict[str, Array]:
    """Each student's points for each question that anybody was asked; nan for who was not asked."""
    found: dict[str, Array] = {}
    for name, places in questions(report).items():
        asked = report.verdicts[:, places] != Verdict.NONE
        if asked.any():
            points = (report.credits[:, places] * report.points[places] * asked).sum(axis=1)
            found[name] = np.where(asked.any(axis=1), points, np.nan)
    return found


def unreadable(report: BaseReport) -> dict[int, list[tuple[str, str]]]:
    """The answers of each student that cannot be read: cell and text."""
    found: dict[int, list[tuple[str, str]]] = {}
    for student, place in np.argwhere(report.verdicts == Verdict.INVALID).tolist():
        name = report.cells[place].name
        texts = report.texts.get(name, ())
        text = " ".join(texts[student].split()) if student < len(texts) else ""
        found.setdefault(student, []).append((name, text))
    return found


def grades_csv(reports: Sequence[BaseReport]) -> str:
    """One line a student: who it is, the score, each question's points, what went wrong."""
    carried = tuple(dict.fromkeys(chain.from_iterable(report.carried for report in reports)))
    points = [points_by_question(report) for report in reports]
    names = tuple(dict.fromkeys(chain.from_iterable(points)))
    taken = {"student", *BEFORE, *AFTER, *names}
    given = [f"{name} (given)" if name in taken else name for name in carried]
    header: list[Row] = [("student", *given, *BEFORE, *names, *AFTER)]
    lines = (_lines(report, own, carried, names) for report, own in zip(reports, points, strict=True))
    return csv_text(chain(header, *lines))


def _lines(
    report: BaseReport,
    points: Mapping[str, Array],
    carried: Sequence[str],
    names: Sequence[str],
) -> Iterator[Row]:
    scores, most = report.scores.tolist(), report.max_scores.tolist()
    firsts, codes, unread = report.first_slips(), report.codes_by_student(), unreadable(report)
    nothing = np.full(len(report.students), np.nan)
    blank = [""] * len(report.students)
    columns = [points.get(name, nothing) for name in names]
    about = [report.carried.get(name, blank) for name in carried]
    for student, name in enumerate(report.students):
        score, top = scores[student], most[student]
        told = "; ".join(f"{cell}: {text}" for cell, text in unread.get(student, ()))
        yield (
            name,
            *(column[student] for column in about),
            report.problem_name(student),
            score,
            top,
            Figure(f"{100 * score / top if top else 0.0:.1f}"),
            *(float(column[student]) for column in columns),
            firsts[student],
            " ".join(codes.get(student, ())),
            told[:MOST_UNREADABLE],
        )


# What a learning platform calls a column → the names under which a class's table may have it.
_CANVAS = {
    "ID": ("id", "canvas id", "canvas user id", "canvas_id"),
    "SIS User ID": ("sis user id", "sis_id", "sis id"),
    "SIS Login ID": ("sis login id", "login id", "sis_login_id", "username", "email address", "email"),
    "Section": ("section",),
}
_MOODLE = {
    "First name": FIRST_NAMES,
    "Last name": LAST_NAMES,
    "ID number": ("id number", "matrikelnummer", "matriculation number", "student id"),
    "Email address": ("email address", "e-mail address", "email", "e-mail", "e-mail-adresse", "mail"),
    "Username": ("username", "user name", "anmeldename", "benutzername"),
}


def canvas_csv(reports: Sequence[BaseReport]) -> str:
    """A gradebook that Canvas imports: its own columns, a column an assignment, the points possible first."""
    everybody = _Everybody(reports, _CANVAS, ("ID", "SIS User ID", "SIS Login ID"), "Canvas")
    rows: list[Row] = [("Student", *_CANVAS, *map(_title, reports))]
    rows.append(("    Points Possible", *("" for _ in _CANVAS), *map(_most, reports)))
    for student in everybody.students:
        report, place = everybody.first(student)
        scores = (everybody.score(student, number) for number in range(len(reports)))
        rows.append((report.students[place], *_about(report, place, _CANVAS), *scores))
    return csv_text(rows)


def moodle_csv(reports: Sequence[BaseReport]) -> str:
    """Grades that Moodle imports: who it is, a column a grade, and the first slip as feedback."""
    everybody = _Everybody(reports, _MOODLE, ("Email address", "ID number", "Username"), "Moodle")
    columns = {name: names for name, names in _MOODLE.items() if any(_column(one, names) for one in reports)}
    header = chain.from_iterable((title, f"{title} (feedback)") for title in map(_title, reports))
    rows: list[Row] = [(*columns, *header)]
    slips = [report.first_slips() for report in reports]
    for student in everybody.students:
        report, place = everybody.first(student)
        pairs: list[str | float | None] = []
        for number, own in enumerate(slips):
            at = everybody.places[number].get(student)
            slip = "" if at is None else own[at]
            pairs += [everybody.score(student, number), f"first slip: {slip}" if slip else ""]
        rows.append((*_about(report, place, columns), *pairs))
    return csv_text(rows)


class _Everybody:
    """The students of several reports, each once, by what a platform knows them by.

    Raises InputError where a report has no column of that.
    """

    def __init__(
        self,
        reports: Sequence[BaseReport],
        columns: Mapping[str, Sequence[str]],
        who: Sequence[str],
        platform: str,
    ) -> None:
        known = {name: columns[name] for name in who}
        for report in reports:
            if not any(_column(report, names) for names in known.values()):
                raise InputError(
                    f"{platform} knows its students by {', '.join(who[:-1])} or {who[-1]}, "
                    "and there is no such column",
                    help="such a column in the class's table is carried over",
                )
        self.reports = reports
        self.places = [self._places(report, known) for report in reports]
        self.students = list(dict.fromkeys(chain.from_iterable(self.places)))

    def _places(self, report: BaseReport, known: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], int]:
        found: dict[tuple[str, ...], int] = {}
        for student, name in enumerate(report.students):
            identity = tuple(_about(report, student, known))
            found[identity if any(identity) else (name,)] = student
        return found

    def first(self, student: tuple[str, ...]) -> tuple[BaseReport, int]:
        """The first report that a student is in, and their place there."""
        pairs = zip(self.reports, self.places, strict=True)
        return next((report, places[student]) for report, places in pairs if student in places)

    def score(self, student: tuple[str, ...], number: int) -> float | None:
        """A student's score in one of the reports."""
        place = self.places[number].get(student)
        return None if place is None else float(self.reports[number].scores[place])


def _title(report: BaseReport) -> str:
    return report.problem.title or report.problem.name


def _most(report: BaseReport) -> float:
    """The points that could be had: the most that anybody could."""
    return float(report.max_scores.max(initial=0.0))


def _column(report: BaseReport, names: Sequence[str]) -> Sequence[str] | None:
    """What the class's table has under one of the names; of addresses also under another."""
    lowered = {name.casefold(): column for name, column in report.carried.items()}
    found = next((lowered[name] for name in names if name in lowered), None)
    if found is None and "email address" in names:
        return next((column for column in lowered.values() if addresses(column)), None)
    return found


def addresses(texts: Sequence[str]) -> bool:
    """Whether a column holds e-mail addresses and nothing else."""
    given = [text.strip() for text in texts if text.strip()]
    return bool(given) and all("@" in text[1:-1] and " " not in text for text in given)


def _about(report: BaseReport, student: int, columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for names in columns.values():
        column = _column(report, names)
        yield "" if column is None else column[student].strip()


GRADEBOOKS: dict[str, Callable[[Sequence[BaseReport]], str]] = {
    "plain": grades_csv,
    "canvas": canvas_csv,
    "moodle": moodle_csv,
}
