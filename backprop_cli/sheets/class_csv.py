"""A class's answers as one CSV: wide (a student a row, a cell a column) or long (student, cell, value).

Rows are turned into columns by zip, so that reading costs little more than csv.reader itself. A row that
cannot be used is told with its number, and the others are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Literal

from ..errors import InputError
from ..files.keys import clipped, counted, suggestion
from ..values.cells import Lookup
from .attempts import COLUMNS, moments
from .grid import Grid, tidy_name
from .headings import Headings, draft, read_columns
from .names import (
    FIRST_NAMES,
    LAST_NAMES,
    NAMES,
    column_of,
    folded,
    is_name,
    is_no_student,
    name_columns,
)

Attempts = Literal["first", "last", "best"]
_VALUE = ("value", "answer")
MOST_ABOVE = 10  # rows of an export's title
MOST_TOLD = 200  # rows that are told one by one


@dataclass(frozen=True)
class Reading:
    """How sheets and tables are read: who is who, which attempt counts, what the columns ask for."""

    id: str | None = None
    attempts: Attempts | None = None
    columns: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """The rows of a table that are a student's: whose each is, and when it was handed in if that is known."""

    grid: Grid
    students: tuple[str, ...]
    identities: tuple[str, ...]
    moments: list[float] | None
    about: frozenset[int]  # the columns that tell of the student, and the problem's
    told: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()

    def part(self, picked: Sequence[int]) -> Rows:
        """Some of the rows."""
        return replace(
            self,
            grid=self.grid.part(picked),
            students=tuple(self.students[row] for row in picked),
            identities=tuple(self.identities[row] for row in picked),
            moments=None if self.moments is None else [self.moments[row] for row in picked],
            told=(),
            notes=(),
        )


@dataclass(frozen=True)
class ClassAnswers:
    """The answers of a class to one problem; columns by cell name, a text for each student.

    `carried` are the columns that are no answers, such as an e-mail address or a form's time stamp.
    """

    students: tuple[str, ...]
    sources: tuple[str, ...]
    identities: tuple[str, ...] = ()
    columns: dict[str, list[str]] = field(default_factory=dict)
    wholes: dict[str, list[str]] = field(default_factory=dict)
    carried: dict[str, list[str]] = field(default_factory=dict)
    moments: list[float] | None = None
    told: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()


def problem_column(grid: Grid) -> int | None:
    """Which column names the problem, if one does."""
    return column_of(grid.header, ("problem",))


def read_rows(grid: Grid, reading: Reading) -> Rows:
    """The rows that are a student's; those without a name and those too long are told.

    Raises InputError where no column names a student, and where not one row can be used.
    """
    notes: list[str] = []
    if (above := _lines_above(grid, reading)) is not None:
        notes.append(
            f"{grid.file}: the columns are named in row {grid.numbers[above]}; passed over what is above"
        )
        names = tuple(map(tidy_name, grid.rows[above]))
        grid = replace(grid.part(range(above + 1, len(grid.rows))), header=names, first_line=",".join(names))
    width = len(grid.header)
    told: list[InputError] = []
    longest = max(map(len, grid.rows), default=0)
    if longest > width:
        bad = [number for number, row in enumerate(grid.rows) if len(row) > width and any(row[width:])]
        told += [_too_long(grid, number, width) for number in bad]
        if bad and len(bad) == len(grid.rows):
            raise told[0]
        out = set(bad)
        grid = grid.part([number for number in range(len(grid.rows)) if number not in out]) if bad else grid
    named, marked = _who(grid, reading)
    students = _joined_columns(grid, named or marked)
    identities = _joined_columns(grid, marked)
    averages = [number for number, name in enumerate(students) if is_no_student(name)]
    if averages:
        which = ", ".join(
            f'{grid.numbers[number]} ("{clipped(students[number], 30)}")' for number in averages[:5]
        )
        notes.append(f"{grid.file}: passed over, being no student's: row {which}")
    out = set(averages)
    nameless = [n for n, name in enumerate(identities) if n not in out and not is_name(name)]
    what = "name" if marked == named else f"{reading.id}"
    told += [
        InputError(
            f"a student without a {what}: {grid.file}, row {grid.numbers[number]}",
            help="fill in the student column" if what == "name" else f"fill in the column {what}",
        )
        for number in nameless
    ]
    out |= set(nameless)
    if out:
        kept = [number for number in range(len(grid.rows)) if number not in out]
        if not kept and nameless:
            raise told[-1]
        grid = grid.part(kept)
        students = [students[number] for number in kept]
        identities = [identities[number] for number in kept]
    when = column_of(grid.header, COLUMNS)
    times = None
    if reading.attempts in ("first", "last") and when is not None:
        times = moments(_joined_columns(grid, (when,)))
        if times is None:
            notes.append(
                f'{grid.file}: the times in "{clipped(grid.header[when], 40)}" cannot be read, so that the '
                "order of the rows decides which attempt counts"
            )
    about = set(named) if len(named) == 1 else set()
    problem = problem_column(grid)
    return Rows(
        grid,
        tuple(students),
        tuple(identities),
        times,
        frozenset(about | ({problem} if problem is not None else set())),
        tuple(told),
        tuple(notes),
    )


def _lines_above(grid: Grid, reading: Reading) -> int | None:
    """The row that names the columns, where an export's title stands above it; None: the first line does."""
    if name_columns(grid.header) or (
        reading.id and column_of(grid.header, (reading.id.casefold(),)) is not None
    ):
        return None
    for number, row in enumerate(grid.rows[:MOST_ABOVE]):
        names = [tidy_name(name) for name in row]
        if any(column_of(names, wanted) is not None for wanted in (NAMES, FIRST_NAMES, LAST_NAMES)):
            return number if number + 1 < len(grid.rows) else None
    return None


def _who(grid: Grid, reading: Reading) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The columns of a student's name, and those that tell one student from another."""
    named = name_columns(grid.header)
    if reading.id is not None:
        marked = column_of(grid.header, (reading.id.casefold(),))
        if marked is None:
            raise InputError(
                f'{grid.file} has no column "{clipped(reading.id, 60)}"',
                help=suggestion(reading.id, tuple(name for name in grid.header if name)[:12], "columns"),
            )
        return named, (marked,)
    if not named:
        raise InputError(
            f"{grid.file} has no student column",
            place=grid.place(0) if grid.header else None,
            help="the first line names the columns: student, then a cell each, "
            'such as "hid.preactivation[1]"',
        )
    return named, named


def _joined_columns(grid: Grid, places: Sequence[int]) -> list[str]:
    if len(places) == 1:
        place = places[0]
        return [row[place].strip() if place < len(row) else "" for row in grid.rows]
    return [
        " ".join(row[place].strip() for place in places if place < len(row) and row[place].strip())
        for row in grid.rows
    ]


def _too_long(grid: Grid, row: int, width: int) -> InputError:
    has = counted(len(grid.rows[row]), "column")
    return InputError(
        f"row {grid.numbers[row]} of {grid.file} has {has}, the first line {width}",
        help="a decimal comma in a file separated by commas needs quotes; use semicolons, or points",
    )


def read_class(rows: Rows, lookup: Lookup, reading: Reading, others: Sequence[Lookup] = ()) -> ClassAnswers:
    """The answers in a table's rows to the plan that `lookup` is of; `others` are the class's other problems.

    Raises InputError for a column that looks like a cell and is none of any of them.
    """
    lowered = [name.lower() for name in rows.grid.header]
    if "cell" in lowered and any(name in lowered for name in _VALUE):
        return _long(rows, lookup, lowered, reading)
    return _wide(rows, lookup, reading, others)


def _wide(rows: Rows, lookup: Lookup, reading: Reading, others: Sequence[Lookup]) -> ClassAnswers:
    grid, width = rows.grid, len(rows.grid.header)
    turned: list[tuple[str, ...]] = (
        list(zip(*grid.rows, strict=False))
        if set(map(len, grid.rows)) == {width}
        else list(zip_longest(*grid.rows, fillvalue=""))
    )
    turned += [("",) * len(grid.rows)] * (width - len(turned))
    headings = Headings(lookup, read_columns(reading.columns, lookup))
    known = [Headings(other) for other in others]
    columns: dict[str, list[str]] = {}
    wholes: dict[str, list[str]] = {}
    carried: dict[str, list[str]] = {}
    for number, name in enumerate(grid.header):
        if number in rows.about or not name:
            continue
        values = list(turned[number])
        if parts := headings.parts(name, values):
            columns |= parts
            continue
        if answered := headings.answered(name):
            key, whole = answered
            target = wholes if whole else columns
            known_already = columns.get(key, wholes.get(key))
            if known_already is not None and (together := _either(known_already, values)) is not None:
                (columns if key in columns else wholes)[key] = together
                continue
            if known_already is not None:
                raise InputError(
                    f"two columns are called {key}", place=grid.place(number), help="keep one of them"
                )
            if known and not any(text.strip() for text in values):
                continue  # the other problem's column: nobody here was given it
            target[key] = values
        elif any(other.answered(name) for other in known):
            continue
        elif headings.looks_like_one(name):
            near = lookup.suggestion(name)
            help = f'did you mean "{near}"?' if near else f"the cells are named like {_examples(lookup)}"
            raise InputError(f'there is no cell "{clipped(name, 60)}"', place=grid.place(number), help=help)
        elif name not in carried and any(map(str.isalpha, name)):  # and no points of Canvas's, headed "1.0"
            carried[name] = values
    if not columns and not wholes and not known:
        raise InputError(
            f"{grid.file} has no column for a cell",
            help=f"the cells are named like {_examples(lookup)}; --columns tells which column is which",
        )
    return ClassAnswers(
        rows.students,
        tuple(f"{grid.file}, row {number}" for number in grid.numbers),
        rows.identities,
        columns,
        wholes,
        carried,
        rows.moments,
        notes=_passed_over(grid, carried),
    )


def _either(first: Sequence[str], second: Sequence[str]) -> list[str] | None:
    """Two columns of one question as one, where nobody answers it twice; else None."""
    pairs = [(one, other) for one, other in zip(first, second, strict=True)]
    if any(one.strip() and other.strip() for one, other in pairs):
        return None
    return [one if one.strip() else other for one, other in pairs]


_GRADES = re.compile(
    r"(?:grade|score|points|mark|total|result|percent|bewertung|punkte|note|gesamt|calificaci|puntuaci|not[ae]\b|"
    r"n (?:in)?correct|attempt|time|duration|confidence|id\b)",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"\s*[-+−]?\d*[.,]\d+\s*")


def _passed_over(grid: Grid, carried: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A note on the columns that hold numbers as answers do and were taken for none."""
    found = []
    for name, texts in carried.items():
        given = [text for text in texts if text.strip()]
        if (
            given
            and not _GRADES.match(name)
            and 2 * sum(map(bool, map(_DECIMAL.fullmatch, given))) > len(given)
        ):
            found.append(f'"{clipped(name, 40)}"')
    if not found:
        return ()
    shown = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    return (
        f"{grid.file}: taken for no answers, though they hold numbers: {shown}; "
        "--columns-draft FILE writes what each column was taken for, to mend",
    )


def draft_columns(grid: Grid, lookup: Lookup, reading: Reading) -> str:
    """A file for --columns: what each column that is not about the student was taken for."""
    rows = read_rows(grid, reading)
    headings = Headings(lookup)
    names = [name for number, name in enumerate(rows.grid.header) if name and number not in rows.about]
    return draft(names, {name: found[0] for name in names if (found := headings.answered(name))})


def _long(rows: Rows, lookup: Lookup, lowered: Sequence[str], reading: Reading) -> ClassAnswers:
    """A cell a row; a row whose cell is not known is told, and so is a student who answers one twice."""
    grid = rows.grid
    at, value = lowered.index("cell"), next(lowered.index(name) for name in _VALUE if name in lowered)
    keys = [folded(identity) for identity in rows.identities]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    first = {key: position for position, key in reversed(list(enumerate(keys)))}
    headings = Headings(lookup)
    columns: dict[str, list[str]] = {}
    wholes: dict[str, list[str]] = {}
    known: dict[str, tuple[str, bool] | None] = {}
    told: list[InputError] = []
    seen: dict[tuple[int, str], str] = {}
    out: set[int] = set()
    times = rows.moments
    order: Sequence[int] = range(len(grid.rows))
    for position in order if times is None else sorted(order, key=times.__getitem__):
        row = grid.rows[position]
        name = tidy_name(row[at]) if at < len(row) else ""
        if name not in known:
            known[name] = headings.answered(name)
        answered = known[name]
        if answered is None:
            told.append(_no_cell(grid, lookup, name, position))
            continue
        key, whole = answered
        student, text = numbers[keys[position]], row[value] if value < len(row) else ""
        target = (wholes if whole else columns).setdefault(key, [""] * len(numbers))
        before = seen.get((student, key))
        if before is not None and before.strip() != text.strip() and reading.attempts is None:
            told.append(_twice(grid, rows, key, position))
            out.add(student)
        if before is None or reading.attempts != "first":
            target[student] = text
        seen[student, key] = text
    if told and not seen:
        raise told[0]
    places = [first[key] for key in numbers]
    found = ClassAnswers(
        tuple(rows.students[place] for place in places),
        tuple(f"{grid.file}, row {grid.numbers[place]}" for place in places),
        tuple(rows.identities[place] for place in places),
        columns,
        wholes,
        {
            name: [grid.rows[place][number] if number < len(grid.rows[place]) else "" for place in places]
            for number, name in enumerate(grid.header)
            if name and number not in rows.about and number not in (at, value)
        },
        told=tuple(told[:MOST_TOLD]),
    )
    if not out:
        return found
    kept = [number for number in range(len(places)) if number not in out]
    return replace(
        found,
        students=tuple(found.students[number] for number in kept),
        sources=tuple(found.sources[number] for number in kept),
        identities=tuple(found.identities[number] for number in kept),
        columns={name: [texts[number] for number in kept] for name, texts in columns.items()},
        wholes={name: [texts[number] for number in kept] for name, texts in wholes.items()},
        carried={name: [texts[number] for number in kept] for name, texts in found.carried.items()},
    )


def _no_cell(grid: Grid, lookup: Lookup, name: str, position: int) -> InputError:
    near = lookup.suggestion(name)
    return InputError(
        f'there is no cell "{clipped(name, 60)}" (row {grid.numbers[position]} of {grid.file})',
        help=f'did you mean "{near}"?' if near else f"the cells are named like {_examples(lookup)}",
    )


def _twice(grid: Grid, rows: Rows, key: str, position: int) -> InputError:
    at_row = f"the second time in row {grid.numbers[position]} of {grid.file}"
    return InputError(
        f'"{clipped(rows.students[position], 60)}" answers {key} twice, {at_row}',
        help="keep one of the rows, or say which counts: --attempts first, or last",
    )


def _examples(lookup: Lookup) -> str:
    return ", ".join(lookup.example(name) for name in list(lookup.steps)[:3])
