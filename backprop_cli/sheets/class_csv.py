"""A class's answers as one CSV: wide (a student a row, a cell a column) or long (student, cell, value).

Rows are turned into columns by zip, so that reading costs little more than csv.reader itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from ..errors import InputError
from ..files.keys import clipped, counted
from ..values.cells import Lookup
from .grid import Grid, tidy_name

_STUDENT = (
    "student",
    "name",
    "student name",
    "full name",
    "id",
    "student id",
    "email",
    "e-mail",
    "email address",
)
_VALUE = ("value", "answer")
_LOOKS_LIKE_CELL = re.compile(r".*\[.*\].*|[\w-]+\.[a-z_]+.*|loss\w*")


@dataclass(frozen=True)
class ClassAnswers:
    """The answers of a class to one problem; columns by cell name, a text for each student."""

    students: tuple[str, ...]
    sources: tuple[str, ...]
    columns: dict[str, list[str]] = field(default_factory=dict)
    wholes: dict[str, list[str]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()  # columns that are no answers, such as a form's time stamp


def student_column(grid: Grid) -> int:
    """Which column names the student. Raises InputError without one."""
    lowered = [name.lower() for name in grid.header]
    for name in _STUDENT:
        if name in lowered:
            return lowered.index(name)
    raise InputError(
        f"{grid.file} has no student column",
        place=grid.place(0) if grid.header else None,
        help='the first line names the columns: student, then a cell each, such as "hid.preactivation[1]"',
    )


def problem_column(grid: Grid) -> int | None:
    """Which column names the problem, if one does."""
    lowered = [name.lower() for name in grid.header]
    return lowered.index("problem") if "problem" in lowered else None


def read_class(grid: Grid, lookup: Lookup) -> ClassAnswers:
    """The answers in a CSV to the plan that `lookup` is of.

    Raises InputError for a column that looks like a cell and is none, a student named twice, a row too long.
    """
    lowered = [name.lower() for name in grid.header]
    if "cell" in lowered and any(name in lowered for name in _VALUE):
        return _long(grid, lookup, lowered)
    return _wide(grid, lookup)


def _wide(grid: Grid, lookup: Lookup) -> ClassAnswers:
    width = len(grid.header)
    _check_widths(grid, width)
    turned = (
        list(zip(*grid.rows, strict=False))
        if _even(grid.rows, width)
        else list(zip_longest(*grid.rows, fillvalue=""))
    )
    turned += [("",) * len(grid.rows)] * (width - len(turned))
    who, problem = student_column(grid), problem_column(grid)
    students = tuple(map(str.strip, turned[who])) if grid.rows else ()
    columns: dict[str, list[str]] = {}
    wholes: dict[str, list[str]] = {}
    ignored: list[str] = []
    for number, name in enumerate(grid.header):
        if number in (who, problem) or not name:
            continue
        values = list(turned[number]) if grid.rows else []
        if answered := lookup.answered(name):
            key, whole = answered
            target = wholes if whole else columns
        elif _LOOKS_LIKE_CELL.fullmatch(name.lower()) or lookup.suggestion(name):
            near = lookup.suggestion(name)
            help = f'did you mean "{near}"?' if near else f"the cells are named like {_examples(lookup)}"
            raise InputError(f'there is no cell "{clipped(name, 60)}"', place=grid.place(number), help=help)
        else:
            ignored.append(name)
            continue
        if key in target:
            raise InputError(
                f"two columns are called {key}", place=grid.place(number), help="keep one of them"
            )
        target[key] = values
    if not columns and not wholes:
        raise InputError(
            f"{grid.file} has no column for a cell", help=f"the cells are named like {_examples(lookup)}"
        )
    sources = _sources(grid, range(len(students)))
    _check_students(students, sources)
    return ClassAnswers(students, sources, columns, wholes, tuple(ignored))


def _long(grid: Grid, lookup: Lookup, lowered: Sequence[str]) -> ClassAnswers:
    _check_widths(grid, len(grid.header))
    who, at = student_column(grid), lowered.index("cell")
    value = next(lowered.index(name) for name in _VALUE if name in lowered)
    rows = [row + [""] * (len(grid.header) - len(row)) for row in grid.rows]
    students = tuple(dict.fromkeys(row[who].strip() for row in rows))
    numbers = {student: number for number, student in enumerate(students)}
    first = {row[who].strip(): position for position, row in reversed(list(enumerate(rows)))}
    columns: dict[str, list[str]] = {}
    wholes: dict[str, list[str]] = {}
    known: dict[str, tuple[dict[str, list[str]], str]] = {}
    seen: set[tuple[int, str]] = set()
    for position, row in enumerate(rows):
        name = tidy_name(row[at])
        if name not in known:
            known[name] = _named(grid, lookup, name, position, columns, wholes)
        target, key = known[name]
        student = numbers[row[who].strip()]
        if (student, key) in seen:
            at_row = f"the second time in row {grid.numbers[position]} of {grid.file}"
            raise InputError(
                f"{_who(row[who])} answers {key} twice, {at_row}",
                help="keep one of the rows",
            )
        seen.add((student, key))
        target.setdefault(key, [""] * len(students))[student] = row[value]
    sources = _sources(grid, [first[student] for student in students])
    _check_students(students, sources)
    return ClassAnswers(students, sources, columns, wholes)


def _named(
    grid: Grid,
    lookup: Lookup,
    name: str,
    position: int,
    columns: dict[str, list[str]],
    wholes: dict[str, list[str]],
) -> tuple[dict[str, list[str]], str]:
    if answered := lookup.answered(name):
        key, whole = answered
        return (wholes if whole else columns), key
    near = lookup.suggestion(name)
    raise InputError(
        f'there is no cell "{clipped(name, 60)}" (row {grid.numbers[position]} of {grid.file})',
        help=f'did you mean "{near}"?' if near else f"the cells are named like {_examples(lookup)}",
    )


def _check_widths(grid: Grid, width: int) -> None:
    longest = max(map(len, grid.rows), default=0)
    if longest > width:
        row = next((number for number, row in enumerate(grid.rows) if any(row[width:])), None)
        if row is None:
            return
        has = counted(len(grid.rows[row]), "column")
        raise InputError(
            f"row {grid.numbers[row]} of {grid.file} has {has}, the first line {width}",
            help="a decimal comma in a file separated by commas needs quotes; use semicolons, or points",
        )


def _even(rows: list[list[str]], width: int) -> bool:
    return set(map(len, rows)) == {width}


def _sources(grid: Grid, rows: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"{grid.file}, row {grid.numbers[row]}" for row in rows)


def _check_students(students: Sequence[str], sources: Sequence[str]) -> None:
    if "" in students:
        raise InputError(
            f"a student without a name: {sources[students.index('')]}", help="fill in the student column"
        )
    if len(set(students)) == len(students):
        return
    first: dict[str, str] = {}
    for student, source in zip(students, sources, strict=True):
        if student in first:
            raise duplicate(student, first[student], source)
        first[student] = source


def duplicate(student: str, one: str, other: str) -> InputError:
    """Two papers by one student."""
    return InputError(
        f"two answer sheets by {_who(student)}: {one}, and {other}", help="keep one, or tell the names apart"
    )


def _who(student: str) -> str:
    return f'"{clipped(student.strip(), 60)}"'


def _examples(lookup: Lookup) -> str:
    return ", ".join(lookup.example(name) for name in list(lookup.steps)[:3])
