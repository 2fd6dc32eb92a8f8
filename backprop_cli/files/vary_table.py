"""The [vary] table → Vary: what variants of an exercise keep, and what their numbers are drawn from.

[vary]
weights = { from = -1, to = 1, step = 0.1 }
keep    = ["inputs", "hid.bias"]
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InputError, KeyPath
from ..problem.equations import EquationProblem
from ..problem.problem import Problem, Span, Vary
from .keys import KeyFaultError, Table, clipped, describe, known_keys, suggestion, table_of
from .number_arrays import scalar

PATH: KeyPath = ("vary",)
MOST_STEPS = 1_000_000


def variable_names(problem: Problem | EquationProblem) -> tuple[str, ...]:
    """What of a problem has numbers that can be drawn."""
    if isinstance(problem, EquationProblem):
        return (*problem.given, *problem.parameters)
    own = [
        f"{layer.name}.{role}"
        for layer in problem.layers
        for role, there in (("weights", True), ("bias", layer.has_bias))
        if there
    ]
    return ("inputs", "targets", "weights", "bias", *own)


def read_vary(problem: Problem | EquationProblem, value: object) -> Vary:
    """What [vary] says. Raises InputError for a name that the problem has not, and for a range of nothing."""
    names = variable_names(problem)
    table = table_of(value, PATH, "vary", "[vary]")
    spans: dict[str, Span] = {}
    keep = frozenset(("targets",)) if isinstance(problem, Problem) else frozenset[str]()
    for key, one in _entries(table).items():
        if key == "keep":
            keep = _keep(one, names)
            continue
        path = (*PATH, *key.split("."))
        _known(key, names, path)
        spans[key] = _span(one, path, key)
    return Vary(keep - spans.keys(), spans)


def _entries(table: Table) -> Table:
    """The entries, those of a layer's own table by their whole names."""
    found: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict) and not {"from", "to", "step"} & value.keys():
            found |= {f"{key}.{inner}": one for inner, one in value.items()}
        else:
            found[key] = value
    return found


def _known(name: str, names: Sequence[str], path: KeyPath) -> None:
    if name not in names:
        raise KeyFaultError(
            f'nothing is called "{clipped(name)}" in this problem',
            path=path,
            help=suggestion(name, names, "names"),
        )


def _keep(value: object, names: Sequence[str]) -> frozenset[str]:
    path: KeyPath = (*PATH, "keep")
    if not isinstance(value, list):
        raise InputError(f"keep must be a list of names, not {describe(value)}", path=path)
    for place, name in enumerate(value):
        if not isinstance(name, str):
            raise InputError(f"keep must be a list of names, not {describe(name)}", path=(*path, place))
        _known(name, names, (*path, place))
    return frozenset(value)


def _span(value: object, path: KeyPath, name: str) -> Span:
    table = table_of(value, path, name, f"{name} = {{ from = -1, to = 1, step = 0.1 }}")
    known_keys(table, ("from", "to", "step"), path)
    for key in ("from", "to", "step"):
        if key not in table:
            raise InputError(
                f"{name} has no {key}", path=path, help=f"{name} = {{ from = -1, to = 1, step = 0.1 }}"
            )
    low, high, step = (scalar(table[key], (*path, key), key) for key in ("from", "to", "step"))
    if not float(low.values) < float(high.values) or not float(step.values) > 0:
        raise InputError(f"{name} goes from a number up to a larger one in steps above 0", path=path)
    if float(high.values) - float(low.values) > MOST_STEPS * float(step.values):
        raise InputError(f"{name} has more than {MOST_STEPS} numbers to draw from", path=path)
    decimals = max(_decimals(str(number.texts)) for number in (low, step))
    return Span(float(low.values), float(high.values), float(step.values), decimals)


def _decimals(text: str) -> int:
    mantissa, _, exponent = text.lower().partition("e")
    return max(len(mantissa.partition(".")[2]) - int(exponent or 0), 0)
