"""A layer's weights and bias: their shapes checked against what feeds the layer, turned to [unit][input]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

import numpy as np

from ..errors import InputError, KeyPath
from ..functions.table import Row
from ..problem.problem import Notation, Numbers
from ..records import dataclass
from .keys import Table, counted, describe, letter
from .number_arrays import Rows, check_number, list_of, matrix, repeated, rows_of, scalar, transposed, vector
from .presets import Preset

MAX_UNITS = 100_000
_WEIGHTS = "[[0.15, 0.20], [0.25, 0.30]]"


@dataclass(frozen=True)
class Setting:
    """What a layer's table is read against: where it stands and what feeds it."""

    position: int
    depth: int
    inputs: int | str
    symbolic: bool
    notation: Notation
    preset: Preset | None
    fed_by: str  # "the problem" or `layer "hid"`
    functions: Mapping[str, Row] = field(default_factory=dict)  # those of one's own, by their names

    @property
    def path(self) -> KeyPath:
        return ("layers", self.position)

    @property
    def turned(self) -> bool:
        return self.notation.weight_order == "input,unit"


def open_size(value: object, path: KeyPath, what: str, *, letters: bool = True) -> int | str:
    """A number of units or inputs, or a letter where the handout leaves it open."""
    if isinstance(value, str) and letters:
        return letter(value, path, what)
    if type(value) is not int:
        allowed = "a whole number or a letter" if letters else "a whole number"
        raise InputError(f"{what} must be {allowed}, not {describe(value)}", path=path)
    if not 1 <= value <= MAX_UNITS:
        raise InputError(f"{what} must be from 1 to {MAX_UNITS}", path=path)
    return value


def symbolic_units(table: Table, at: Setting) -> int | str:
    """The units of a layer without numbers. Raises InputError without them."""
    if "units" not in table:
        raise InputError(
            "weights are missing",
            path=(*at.path, "weights"),
            help="a problem without numbers needs units in each layer: units = 3",
        )
    return open_size(table["units"], (*at.path, "units"), "units")


def has_symbolic_bias(table: Table, at: Setting) -> bool:
    """Whether a layer without numbers has a bias: as `bias` says, else whether its symbols have one."""
    given = table.get("bias")
    if given is None:
        symbols = table.get("symbols")
        return not isinstance(symbols, dict) or "bias" in symbols or "bias_names" in symbols
    if not isinstance(given, bool):
        raise InputError(
            "bias has numbers, but the layer has no weights",
            path=(*at.path, "bias"),
            help="in a problem without numbers write bias = true or bias = false",
        )
    return given


def read_weights(table: Table, at: Setting) -> tuple[Numbers, int]:
    """The weights as [unit][input], and the number of units. Raises InputError when they do not fit."""
    path: KeyPath = (*at.path, "weights")
    inputs = int(at.inputs)
    if "weights" not in table:
        raise InputError(
            "weights are missing",
            path=path,
            help=f"one row per unit, {inputs} numbers each (one per input): weights = {_WEIGHTS}",
        )
    value = table["weights"]
    if isinstance(value, list) and value and not any(isinstance(row, list) for row in value):
        for position, item in enumerate(value):
            check_number(item, (*path, position), "weights")
        raise InputError(
            "weights must be rows of numbers, and this is one flat list",
            path=path,
            help="one unit with these weights is written with double brackets: [[0.40, 0.45]]",
        )
    rows = rows_of(value, path, "weights", _WEIGHTS)
    units = (
        open_size(table["units"], (*at.path, "units"), "units", letters=False) if "units" in table else None
    )
    _check_shape(rows, None if units is None else int(units), at)
    numbers = matrix(rows, path, "weights")
    return (transposed(numbers), len(rows[0])) if at.turned else (numbers, len(rows))


def _check_shape(rows: Rows, units: int | None, at: Setting) -> None:
    """Raises InputError unless there is one weight for each unit and input."""
    path: KeyPath = (*at.path, "weights")
    inputs = int(at.inputs)
    width, per, count, of = (
        (units or len(rows[0]), "unit", inputs, "input") if at.turned else (inputs, "input", units, "unit")
    )
    hint = _transposition(rows, units, at)
    for number, row in enumerate(rows):
        if len(row) != width:
            has = counted(len(row), "number")
            raise InputError(
                f"row {number + 1} of weights has {has}, expected {width} (one per {per})",
                path=(*path, number),
                help=hint or _reason(at, width),
            )
    if count is not None and len(rows) != count:
        raise InputError(
            f"weights have {counted(len(rows), 'row')}, expected {count} (one per {of})",
            path=path,
            help=hint
            or (
                f"{at.fed_by} has {count} {_feeds(at, count)}"
                if at.turned
                else f"the layer says units = {count}"
            ),
        )


def _feeds(at: Setting, count: int) -> str:
    word = "input" if at.position == 0 else "unit"
    return word if count == 1 else f"{word}s"


def _reason(at: Setting, width: int) -> str:
    if at.turned:
        return "weights stand [input][unit] here, so every row needs a number for each unit"
    whose = "the first layer's weights" if at.position == 0 else "the weights"
    needs = counted(width, "number")
    return f"{at.fed_by} has {width} {_feeds(at, width)}, so every row of {whose} needs {needs}"


def _transposition(rows: Rows, units: int | None, at: Setting) -> str | None:
    """A hint when the weights would fit with rows and columns swapped."""
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        return None
    inputs = int(at.inputs)
    swapped = (len(rows), width) if at.turned else (width, len(rows))  # units, inputs
    if swapped[1] != inputs or (units is not None and swapped[0] != units):
        return None
    if at.turned:
        looks, order = "unit", "unit,input"
    else:
        looks, order = "input", "input,unit"
    return (
        f"the weights look like one row per {looks}: swap rows and columns, "
        f'or set weight_order = "{order}" in [notation]'
    )


def read_bias(table: Table, units: int | str, shared: bool, at: Setting) -> tuple[Numbers | None, bool]:
    """The biases, one per unit, or the one that all units share."""
    path: KeyPath = (*at.path, "bias")
    if "bias" not in table:
        return None, False
    value, count = table["bias"], int(units)
    if isinstance(value, bool):
        raise InputError(
            f"bias must be a number or a list, not {describe(value)}",
            path=path,
            help="leave the line out for a layer without a bias",
        )
    if not isinstance(value, list):
        one = scalar(value, path, "bias")
        return repeated(one, 1 if shared else count), True
    numbers = vector(list_of(value, path, "bias", "[0.35, 0.35]"), path, "bias")
    if len(value) != count and not (shared and len(value) == 1):
        raise InputError(
            f"bias has {counted(len(value), 'number')}, expected {count} (one per unit)",
            path=path,
            help="one number without brackets is the same for every unit",
        )
    if not shared:
        return numbers, True
    if np.unique(numbers.values).size > 1:
        raise InputError(
            "the layer shares one bias, but these are different numbers",
            path=path,
            help="give one number: bias = 0.35",
        )
    return Numbers(numbers.values[:1].copy(), numbers.texts[:1].copy()), True
