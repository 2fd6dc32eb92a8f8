"""How the answers to a quantity nest on a sheet, and what is said of those that nest otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..errors import InputError, KeyPath
from ..files.keys import counted, describe
from ..files.number_arrays import LARGEST
from ..files.toml import Typed
from ..formula.tree import SAMPLE
from ..plan.steps import Step
from ..problem.equations import given_by_equations
from ..problem.problem import Problem

MAX_TEXT = 500
# LaTeX in double quotes: TOML reads the \f of \frac, the \t of \times as characters that nobody types.
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPED = re.compile("[\b\t\n\f\r](?=[a-z]{2})")


def nesting_axes(problem: Problem, step: Step) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The order in which a step's axes nest on a sheet: all of them, and without a lone sample's."""
    order = list(range(len(step.indices)))
    if given_by_equations(problem):
        return tuple(order), tuple(order)
    sampled = bool(step.indices) and step.indices[0].level == SAMPLE
    if len(order) == 3 and problem.notation.weight_order == "input,unit":  # a turn's: the sample stays first
        order = [0, 2, 1]
    of_a_turn = step.phase in ("gradient", "update")
    if len(order) == 2 and sampled and not of_a_turn:
        order = order[::-1] if problem.notation.samples == "columns" else order
    elif len(order) == 2 and not sampled and problem.notation.weight_order == "input,unit":
        order.reverse()
    kept = [axis for axis in order if not (sampled and axis == 0 and problem.samples == 1)]
    return tuple(order), tuple(kept)


def sheet_axes(problem: Problem, step: Step) -> tuple[int, ...]:
    """The axes of a step in the order in which they nest on a sheet."""
    return nesting_axes(problem, step)[1]


def fits(value: object, sizes: tuple[int, ...]) -> bool:
    if not sizes:
        return not isinstance(value, list | dict)
    return isinstance(value, list) and len(value) == sizes[0] and all(fits(item, sizes[1:]) for item in value)


def fault(value: object, sizes: tuple[int, ...], path: KeyPath, inner: bool = False) -> tuple[str, KeyPath]:
    """What about the nesting is wrong, and where."""
    if not sizes and not inner:
        return f"not {describe(value)}", path
    if not sizes:
        return f"and this is {describe(value)} in place of one answer", path
    if not isinstance(value, list):
        return f"not {describe(value)}", path
    if not all(isinstance(item, list) for item in value) or len(sizes) == 1 or len(value) != sizes[0]:
        what = "row" if any(isinstance(item, list) for item in value) else "answer"
        if len(value) != sizes[0] or len(sizes) == 2:
            return f"and this has {counted(len(value), what)}", path
    for number, item in enumerate(value):
        if not fits(item, sizes[1:]):
            found, at = fault(item, sizes[1:], (*path, number), inner=True)
            return found.replace("this has", f"row {number + 1} has") if len(sizes) > 1 else found, at
    return "and this is not", path


def shape_words(sizes: Sequence[int]) -> str:
    if not sizes:
        return "one answer"
    if len(sizes) == 1:
        return f"a list of {counted(sizes[0], 'answer')}"
    if len(sizes) == 3:
        return f"for each of {counted(sizes[0], 'sample')} {shape_words(sizes[1:])}"
    if len(sizes) > 3:
        return f"{counted(sizes[0], 'block')} of {shape_words(sizes[1:])}"
    return f"{counted(sizes[0], 'row')} of {counted(sizes[1], 'answer')}"


def blank_value(sizes: Sequence[int], leaves: Iterator[str] | None = None) -> str:
    """Nested blanks, or nested answers from `leaves`: [["", ""], ["", ""]]."""
    if not sizes:
        return next(leaves) if leaves else '""'
    return f"[{', '.join(blank_value(sizes[1:], leaves) for _ in range(sizes[0]))}]"


def hint(value: object, sizes: Sequence[int], problem: Problem, step: Step) -> str | None:
    """What may have gone wrong, where it shows: rows for columns, or a comma for a point."""
    if not isinstance(value, list):
        return None
    if len(sizes) == 2 and fits(value, (sizes[1], sizes[0])):
        outer = step.indices[sheet_axes(problem, step)[0]]
        if given_by_equations(problem):
            return "swap rows and columns: the first index of the symbol runs down the rows"
        sampled = step.indices[0].level == SAMPLE
        what = "sample" if sampled else "input"
        by = "row" if outer == step.indices[0 if sampled else 1] else "column"
        return f"swap rows and columns: the problem has one {by} per {what}"
    flat = all(type(item) in (int, Typed) for item in value)
    if flat and len(sizes) == 1 and len(value) > sizes[0] and any(type(item) is int for item in value):
        return 'a number with a decimal comma stands in quotes: "0,64"'
    return None


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def answer_text(value: object, path: KeyPath, name: str) -> str:
    """An answer as it was typed; a text too long to be one is cut just beyond what is read."""
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: _ESCAPES[found.group()], value[: MAX_TEXT + 1])
    if isinstance(value, Typed):
        return value.text[: MAX_TEXT + 1]
    if is_number(value):
        return str(value) if abs(value) < LARGEST else "9" * (MAX_TEXT + 1)  # type: ignore[arg-type]  # TOML has no other numbers
    boolean = isinstance(value, bool)
    help = "true and false are no numbers" if boolean else "an answer is a number, or text in quotes"
    raise InputError(f"{name} must be one answer, not {describe(value)}", path=path, help=help)
