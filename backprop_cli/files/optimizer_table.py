"""The [optimizer] table → Optimizer: its settings, and what it has kept from the steps before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from ..errors import InputError, KeyPath
from ..formula.tree import Key
from ..plan.optimizers import RULES, kept_quantities, make_optimizer
from ..problem.equations import EquationProblem
from ..problem.problem import Layer, Numbers, Optimizer, Problem
from .keys import Table, known_keys, name_out_of, names_out_of, table_of
from .number_arrays import list_of, matrix, rows_of, scalar, tensor, transposed, vector

PATH: KeyPath = ("optimizer",)
PARAMETERS = ("weights", "bias")
MOST_STEPS = 10**12
Limit = tuple[Callable[[float], bool], str]
# Setting → whether a number is allowed, and how that is said.
_BELOW_1: Limit = (lambda value: 0 <= value < 1, "at least 0 and less than 1")
_LIMITS: dict[str, Limit] = {
    "momentum": _BELOW_1,
    "decay": _BELOW_1,
    "beta_1": _BELOW_1,
    "beta_2": _BELOW_1,
    "epsilon": (lambda value: value > 0, "greater than 0"),
    "weight_decay": (lambda value: value >= 0, "at least 0"),
}


def read_optimizer(value: object) -> Optimizer:
    """The optimizer by its name or from its table, without its state; raises InputError for a fault."""
    if isinstance(value, str):
        return make_optimizer(name_out_of(value, tuple(RULES), PATH, "optimizer", "optimizers"))
    table = table_of(value, PATH, "optimizer", 'optimizer = { name = "momentum", momentum = 0.9 }')
    if "name" not in table:
        raise InputError(
            "the optimizer's name is missing", path=PATH, help=f"known optimizers: {', '.join(RULES)}"
        )
    name = name_out_of(table["name"], tuple(RULES), (*PATH, "name"), "optimizer", "optimizers")
    rule, optimizer = RULES[name], make_optimizer(name)
    settings = (*rule.settings, "weight_decay")
    forms = ("form",) * (len(rule.forms) > 1)
    known_keys(table, ("name", *settings, *forms, "weight_decay_on", "state"), PATH)
    numbers = dict(optimizer.settings)
    for key in settings:
        if key in table:
            numbers[key] = _setting(table[key], key)
    if "form" in table:
        form = name_out_of(table["form"], tuple(rule.forms), (*PATH, "form"), "form", "forms")
        optimizer = replace(optimizer, form=form)
    if "weight_decay_on" in table:
        decays = names_out_of(
            table["weight_decay_on"], PARAMETERS, (*PATH, "weight_decay_on"), "weight_decay_on"
        )
        optimizer = replace(optimizer, decays=frozenset(decays))
    return replace(optimizer, settings=numbers)


def _setting(value: object, key: str) -> Numbers:
    path = (*PATH, key)
    number = scalar(value, path, key)
    allowed, words = _LIMITS[key]
    if not allowed(float(number.values)):
        raise InputError(f"{key} must be {words}", path=path)
    return number


def with_state(problem: Problem, value: object) -> Problem:
    """The problem with what its optimizer has kept. Raises InputError where it does not fit the problem."""
    if not isinstance(value, dict) or "state" not in value:
        return problem
    path: KeyPath = (*PATH, "state")
    if problem.symbolic:
        raise InputError("a problem without numbers has no optimizer state", path=path)
    table = table_of(value["state"], path, "state", "[optimizer.state]")
    known_keys(table, ("steps", "layers"), path)
    taken = _steps_taken(table, path)
    layers = table_of(table.get("layers", {}), (*path, "layers"), "layers", "[optimizer.state.layers.hid]")
    names = [layer.name for layer in problem.layers]
    known_keys(layers, names, (*path, "layers"))
    state: dict[Key, Numbers] = {}
    wanted = dict(kept_quantities(problem))
    for level, layer in enumerate(problem.layers, start=1):
        if layer.name in layers:
            at = (*path, "layers", layer.name)
            example = "velocity_weights = [[0.1, 0.2]]"
            kept = [quantity for quantity, own in wanted if own == level]
            own_table = table_of(layers[layer.name], at, layer.name, example)
            state |= _layer_state(own_table, at, problem, level, kept)
    missing = [key for key in wanted if key not in state]
    if state and missing:
        quantity, level = missing[0]
        at = (*path, "layers", names[level - 1])
        raise InputError(f'{quantity} of layer "{names[level - 1]}" is missing', path=at, help=_START_OVER)
    return replace(problem, optimizer=replace(problem.optimizer, taken=taken, state=state))


def with_parameters_state(problem: EquationProblem, value: object) -> EquationProblem:
    """An equation problem with what its optimizer has kept. Raises InputError where it does not fit."""
    if not isinstance(value, dict) or "state" not in value:
        return problem
    path: KeyPath = (*PATH, "state")
    if problem.symbolic:
        raise InputError("a problem without numbers has no optimizer state", path=path)
    table = table_of(value["state"], path, "state", "[optimizer.state]")
    known_keys(table, ("steps", "parameters"), path)
    taken = _steps_taken(table, path)
    wanted = dict(kept_quantities(problem))
    at: KeyPath = (*path, "parameters")
    own = table_of(table.get("parameters", {}), at, "parameters", "[optimizer.state.parameters.W]")
    known_keys(own, tuple(problem.parameters), at)
    state: dict[Key, Numbers] = {}
    for symbol, kept in own.items():
        inner: KeyPath = (*at, symbol)
        roles = table_of(kept, inner, symbol, "velocity = 0.1")
        known_keys(roles, [role for role, level in wanted if level == symbol], inner)
        for role, given in roles.items():
            numbers = tensor(given, (*inner, role), role, 4)
            if numbers.values.shape != wanted[role, symbol]:
                raise InputError(
                    f"{role} does not have the shape of {symbol}", path=(*inner, role), help=_START_OVER
                )
            state[role, symbol] = numbers
    return replace(problem, optimizer=replace(problem.optimizer, taken=taken, state=state))


def _steps_taken(table: Table, path: KeyPath) -> int:
    taken = table.get("steps", 0)
    if type(taken) is not int or not 0 <= taken <= MOST_STEPS:
        raise InputError("steps must be a whole number, how many have been taken", path=(*path, "steps"))
    return taken


_START_OVER = "backprop step writes the state; delete [optimizer.state] to start the optimizer over"


def _layer_state(
    table: Table, path: KeyPath, problem: Problem, level: int, kept: Sequence[str]
) -> dict[Key, Numbers]:
    known_keys(table, kept, path)
    shapes = dict(kept_quantities(problem))
    state: dict[Key, Numbers] = {}
    for quantity, value in table.items():
        numbers = _values(value, (*path, quantity), quantity, problem, problem.layer(level))
        if numbers.values.shape != shapes[quantity, level]:
            raise InputError(
                f"{quantity} does not have the shape of the layer's {quantity.rpartition('_')[2]}",
                path=(*path, quantity),
                help=_START_OVER,
            )
        state[quantity, level] = numbers
    return state


def _values(value: object, path: KeyPath, what: str, problem: Problem, layer: Layer) -> Numbers:
    if not what.endswith("_weights"):
        if layer.shares_bias:
            return scalar(value, path, what)
        return vector(list_of(value, path, what, "[0.1, 0.2]"), path, what)
    rows = rows_of(value, path, what, "[[0.1, 0.2]]")
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise InputError(f"the rows of {what} differ in length", path=(*path, number), help=_START_OVER)
    numbers = matrix(rows, path, what)
    return transposed(numbers) if problem.notation.weight_order == "input,unit" else numbers


Either = TypeVar("Either", bound="Problem | EquationProblem")


def chosen(problem: Either, name: str) -> Either:
    """The problem with another optimizer at its usual settings; its own one stays, with its state."""
    known = name_out_of(name, tuple(RULES), (), "optimizer", "optimizers")
    if known == problem.optimizer.name:
        return problem
    other, own = make_optimizer(known), problem.optimizer
    decay = {key: number for key, number in own.settings.items() if key == "weight_decay"}
    return replace(problem, optimizer=replace(other, settings={**other.settings, **decay}, decays=own.decays))


def learning_rate(text: str) -> Numbers:
    """A learning rate as typed on the command line."""
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"the learning rate must be a number, not {text[:30]!r}") from None
    if value > 1e100:
        raise InputError(f"the learning rate must be at most 1e100, and {text[:30]} is more")
    if not value > 0:
        raise InputError(f"the learning rate must be greater than 0, and {text[:30]} is not")
    return Numbers(np.array(value), np.array(text.strip().removeprefix("+")))
