"""Everything handed in, grouped by problem: sheets, folders of sheets, and classes as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.keys import clipped
from ..files.problem_file import read_problem
from ..plan.plan import make_plan
from ..plan.steps import Plan
from ..problem.problem import Problem
from ..values.cells import Lookup
from .answer_sheet import Draft, Sheet, open_sheet, read_sheet
from .class_csv import ClassAnswers, duplicate, problem_column, read_class
from .grid import Grid, open_csv
from .sheet_problem import CSV_ENDINGS, find_problem, sheet_files


@dataclass(frozen=True)
class Answers:
    """What a class handed in for one problem, a column for each cell that anybody was asked.

    A blank is ""; `asked` tells it from a part that was left out of a student's sheet. A whole quantity
    answered by one formula stands in `wholes` ("": not answered so).
    """

    problem: Problem
    plan: Plan
    students: tuple[str, ...]
    sources: tuple[str, ...]
    columns: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    wholes: dict[str, list[str]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()  # columns of a CSV that are no answers

    def part(self, rows: Sequence[int]) -> Answers:
        """The answers of some of the students."""
        return replace(
            self,
            students=tuple(self.students[row] for row in rows),
            sources=tuple(self.sources[row] for row in rows),
            columns={name: [texts[row] for row in rows] for name, texts in self.columns.items()},
            asked={name: known[list(rows)] for name, known in self.asked.items()},
            wholes={name: [texts[row] for row in rows] for name, texts in self.wholes.items()},
        )


@dataclass(frozen=True)
class Failure:
    """A sheet that could not be read, and why."""

    source: str
    error: Exception


@dataclass(frozen=True)
class HandedIn:
    """The answers to each problem, and the sheets that could not be read."""

    groups: tuple[Answers, ...]
    failures: tuple[Failure, ...] = ()


def read_answers(paths: Sequence[str | Path] = (), problem: str | None = None) -> HandedIn:
    """The answers in files (TOML, CSV) and folders of them; ./answers.toml when none is named.

    `problem` overrides what the sheets say. One broken sheet among several is a failure and the rest go on;
    a sheet that is the only one raises its InputError, and so does a student named twice in one problem.
    """
    files = dict(sheet_files([Path(path) for path in paths]))
    shelf = _Shelf(problem)
    failures: list[Failure] = []
    for path, found in files.items():
        try:
            shelf.add(path, found=found)
        except InputError as error:
            if len(files) == 1:
                raise
            failures.append(Failure(clipped(str(path), 200), error))
        except Exception as error:  # of whatever kind: one sheet never costs another
            failures.append(Failure(clipped(str(path), 200), error))
    return HandedIn(shelf.groups(), tuple(failures))


class _Shelf:
    """Sheets and classes by problem, each problem read once."""

    def __init__(self, override: str | None) -> None:
        self.override = override
        self.lookups: dict[str, Lookup] = {}
        self.sheets: dict[str, list[Sheet]] = {}
        self.classes: dict[str, list[ClassAnswers]] = {}
        if override is not None:
            self.lookup(override)

    def add(self, path: Path, *, found: bool) -> None:
        """Raises InputError when the file, or a problem it names, cannot be used."""
        if path.suffix.lower() in CSV_ENDINGS:
            for name, part in _by_problem(open_csv(path)):
                source = self.problem_of(name, path)
                self.classes.setdefault(source, []).append(read_class(part, self.lookup(source)))
            return
        draft = open_sheet(path)
        if draft.is_problem and found:
            return
        if draft.is_problem:
            raise InputError(
                f"{draft.file} is a problem, not an answer sheet",
                help=f"backprop sheet {draft.file} writes the sheet to fill in",
            )
        try:
            source = self.problem_of(draft.problem, path)
        except InputError as error:
            raise _at_problem(error, draft) from None
        self.sheets.setdefault(source, []).append(read_sheet(draft, self.lookup(source)))

    def problem_of(self, name: str | None, path: Path) -> str:
        return self.override if self.override is not None else find_problem(name, path)

    def lookup(self, source: str) -> Lookup:
        if source not in self.lookups:
            self.lookups[source] = Lookup(make_plan(read_problem(source)))
        return self.lookups[source]

    def groups(self) -> tuple[Answers, ...]:
        found = []
        for source in dict.fromkeys((*self.sheets, *self.classes)):
            plan = self.lookups[source].plan
            parts = list(self.classes.get(source, ()))
            answers = [_of_class(plan, part) for part in parts]
            if sheets := self.sheets.get(source):
                answers.append(_of_sheets(plan, sheets))
            found.append(_joined(answers))
        return tuple(found)


def _by_problem(grid: Grid) -> Iterable[tuple[str | None, Grid]]:
    column = problem_column(grid)
    if column is None:
        yield None, grid
        return
    names = [row[column].strip() if column < len(row) else "" for row in grid.rows]
    for name in dict.fromkeys(names):
        yield name or None, grid.part([number for number, one in enumerate(names) if one == name])


def _at_problem(error: InputError, draft: Draft) -> InputError:
    known = "problem" in draft.document and error.place is None
    return draft.placed(InputError(error.message, path=("problem",), help=error.help)) if known else error


def _of_sheets(plan: Plan, sheets: Sequence[Sheet]) -> Answers:
    first: dict[str, Sheet] = {}
    for sheet in sheets:
        if sheet.student in first:
            raise duplicate(sheet.student, first[sheet.student].source, sheet.source)
        first[sheet.student] = sheet
    names = dict.fromkeys(name for sheet in sheets for name in sheet.cells)
    wholes = dict.fromkeys(name for sheet in sheets for name in sheet.wholes)
    return Answers(
        plan.problem,
        plan,
        tuple(sheet.student for sheet in sheets),
        tuple(sheet.source for sheet in sheets),
        {name: [sheet.cells.get(name, "") for sheet in sheets] for name in names},
        {name: np.array([name in sheet.cells for sheet in sheets]) for name in names},
        {name: [sheet.wholes.get(name, "") for sheet in sheets] for name in wholes},
    )


def _of_class(plan: Plan, part: ClassAnswers) -> Answers:
    """Of a class in a CSV everybody was asked everything that has a column, or a row of anybody's."""
    everybody = np.ones(len(part.students), dtype=bool)
    return Answers(
        plan.problem,
        plan,
        part.students,
        part.sources,
        part.columns,
        dict.fromkeys(part.columns, everybody),
        part.wholes,
        part.ignored,
    )


def _joined(parts: Sequence[Answers]) -> Answers:
    """Several classes of one problem as one. Raises InputError for a student in two of them."""
    if len(parts) == 1:
        return parts[0]
    first: dict[str, str] = {}
    for part in parts:
        for student, source in zip(part.students, part.sources, strict=True):
            if student in first:
                raise duplicate(student, first[student], source)
            first[student] = source
    names = dict.fromkeys(name for part in parts for name in part.columns)
    wholes = dict.fromkeys(name for part in parts for name in part.wholes)
    return Answers(
        parts[0].problem,
        parts[0].plan,
        tuple(student for part in parts for student in part.students),
        tuple(source for part in parts for source in part.sources),
        {n: [t for part in parts for t in part.columns.get(n, [""] * len(part.students))] for n in names},
        {
            n: np.concatenate([part.asked.get(n, np.zeros(len(part.students), dtype=bool)) for part in parts])
            for n in names
        },
        {n: [t for part in parts for t in part.wholes.get(n, [""] * len(part.students))] for n in wholes},
        tuple(dict.fromkeys(name for part in parts for name in part.ignored)),
    )
