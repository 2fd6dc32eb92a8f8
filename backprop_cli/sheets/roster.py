"""Who gets which variant: a class's roster in, and the variants.csv that says what each student was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files.keys import clipped
from .class_csv import Reading, read_rows
from .csv_text import Row, as_typed, csv_text
from .grid import open_csv
from .names import folded

VARIANTS = "variants.csv"


@dataclass(frozen=True)
class Student:
    """A student's name, and what tells them from another."""

    name: str
    identity: str


def read_roster(path: Path, id: str | None) -> tuple[Student, ...]:
    """The students of a roster. Raises InputError for one without a name, and for one who is there twice."""
    grid = open_csv(path)
    rows = read_rows(grid, Reading(id))
    if rows.told:
        raise rows.told[0]
    found: dict[str, Student] = {}
    for name, identity in zip(rows.students, rows.identities, strict=True):
        if folded(identity) in found:
            raise InputError(
                f'{grid.file} has the student "{clipped(identity, 60)}" twice',
                help="tell them apart: --id names the column that does",
            )
        found[folded(identity)] = Student(name, identity)
    if not found:
        raise InputError(f"{grid.file} has no student", help="a row a student follows its first line")
    return tuple(found.values())


def variants_csv(students: Sequence[Student], problems: Sequence[str]) -> str:
    """Which problem each student was given; with what tells them apart where that is not their name."""
    known = any(student.identity != student.name for student in students)
    rows: list[Row] = [("student", *(("id",) if known else ()), "problem")]
    for student, problem in zip(students, problems, strict=True):
        rows.append((student.name, *((student.identity,) if known else ()), problem))
    return csv_text(rows)


def given_variants(folder: Path) -> dict[str, str]:
    """The problem file of each student by their folded name or id, as variants.csv says.

    Raises InputError where that cannot be read, and for a problem that is not in the folder.
    """
    grid = open_csv(folder / VARIANTS)
    lowered = [name.casefold() for name in grid.header]
    if not {"student", "problem"} <= set(lowered):
        raise InputError(f"{grid.file} has no columns student and problem", help='"backprop vary" writes it')
    who = [lowered.index(name) for name in ("id", "student") if name in lowered]
    at = lowered.index("problem")
    found: dict[str, str] = {}
    for row, number in zip(grid.rows, grid.numbers, strict=True):
        name = row[at].strip() if at < len(row) else ""
        path = folder / f"{name}.toml"
        if not name or "/" in name or "\\" in name or not path.is_file():
            raise InputError(
                f'row {number} of {grid.file}: there is no problem "{clipped(name, 60)}" in the folder'
            )
        for place in who:
            if place < len(row) and row[place].strip():
                found.setdefault(folded(as_typed(row[place])), str(path))
    return found
