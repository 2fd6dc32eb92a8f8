"""The [marks] table → Marks: the decimals asked for on answer sheets, and what answers are worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from ..errors import InputError, KeyPath
from ..problem.problem import Marks, Problem
from ..values.cells import Lookup
from ..values.turns import sheet_plan
from .digits_table import read_digits
from .keys import KeyFaultError, Table, clipped, describe, known_keys, name_out_of, suggestion, table_of
from .number_arrays import scalar

PATH: KeyPath = ("marks",)
MOST_POINTS = 1000
_EXAMPLE = "[marks]"


def with_marks(problem: Problem, value: object) -> Problem:
    """The problem with its marks. Raises InputError for a role or a cell the problem has not."""
    table = table_of(value, PATH, "marks", _EXAMPLE)
    known_keys(table, ("digits", "follows", "rounded", "weights", "points", "formulas", "ask", "form"), PATH)
    marks = Marks(
        digits=read_digits(table["digits"], problem.digits, (*PATH, "digits")) if "digits" in table else None,
        follows=_number(table["follows"], (*PATH, "follows"), 1) if "follows" in table else 1.0,
        rounded=_number(table["rounded"], (*PATH, "rounded"), 1) if "rounded" in table else 1.0,
    )
    if table.keys() & {"weights", "points", "ask"}:
        lookup = Lookup(sheet_plan(problem))
        weights = _weights(table.get("weights", {}), lookup)
        points = _points(table.get("points", {}), lookup)
        marks = replace(marks, weights=weights, points=points, ask=_ask(table.get("ask", []), lookup))
    if "formulas" in table:
        chosen = name_out_of(
            table["formulas"], ("accept", "refuse"), (*PATH, "formulas"), "formulas", "choices"
        )
        marks = replace(marks, formulas=cast(Literal["accept", "refuse"], chosen))
    if "form" in table:
        forms = ("chain", "formula", "both")
        form = name_out_of(table["form"], forms, (*PATH, "form"), "form", "choices")
        marks = replace(marks, form=cast(Literal["chain", "formula", "both"], form))
    return replace(problem, marks=marks)


def _ask(value: object, lookup: Lookup) -> tuple[str, ...]:
    """The roles, quantities and cells that are asked for, as they are named."""
    path: KeyPath = (*PATH, "ask")
    if not isinstance(value, list):
        raise InputError(
            f"ask must be a list of names, not {describe(value)}",
            path=path,
            help='such as ask = ["delta", "out.weight_gradient"]',
        )
    roles = tuple(dict.fromkeys(name.rpartition(".")[2] for name in lookup.steps))
    found: list[str] = []
    for place, name in enumerate(value):
        at = (*path, place)
        if not isinstance(name, str):
            raise InputError(f"ask must be a list of names, not {describe(name)}", path=at)
        if name in roles or name in lookup.steps:
            found.append(name)
        elif cell := lookup.find(name):
            found.append(cell.name)
        else:
            near = lookup.suggestion(name)
            help = f'did you mean "{near}"?' if near else suggestion(name, roles, "roles")
            raise InputError(f'nothing is called "{clipped(name, 60)}" in this problem', path=at, help=help)
    if not found and value == []:
        return ()
    return tuple(dict.fromkeys(found))


def _weights(value: object, lookup: Lookup) -> dict[str, float]:
    path: KeyPath = (*PATH, "weights")
    table = table_of(value, path, "weights", "weights = { delta = 2 }")
    roles = tuple(dict.fromkeys(name.rpartition(".")[2] for name in lookup.steps))
    for role in table:
        if role not in roles:
            raise KeyFaultError(
                f'nothing is called "{clipped(role)}" in this problem',
                path=(*path, role),
                help=suggestion(role, roles, "roles"),
            )
    return _numbers(table, path)


def _points(value: object, lookup: Lookup) -> dict[str, float]:
    path: KeyPath = (*PATH, "points")
    table = table_of(value, path, "points", 'points = { "out.delta[1]" = 3 }')
    found: dict[str, float] = {}
    for name, points in _numbers(table, path).items():
        cell = lookup.find(name)
        if cell is None:
            near = lookup.suggestion(name)
            raise KeyFaultError(
                f'there is no cell "{clipped(name, 60)}"',
                path=(*path, name),
                help=f'did you mean "{near}"?' if near else 'cells are named like "out.delta[1]"',
            )
        if cell.name in found:
            raise KeyFaultError(f"{cell.name} stands twice in points", path=(*path, name), help="keep one")
        found[cell.name] = points
    return found


def _numbers(table: Table, path: KeyPath) -> dict[str, float]:
    return {name: _number(value, (*path, name), MOST_POINTS) for name, value in table.items()}


def _number(value: object, path: KeyPath, most: int) -> float:
    number = float(scalar(value, path, str(path[-1])).values)
    if not 0 <= number <= most:
        raise InputError(f"{clipped(str(path[-1]))} must be from 0 to {most}", path=path)
    return number
