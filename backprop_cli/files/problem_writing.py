"""A problem file with other numbers in it: the author's comments, order, spacing and number style stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tomlkit
from tomlkit.items import Array as TomlArray
from tomlkit.items import Float, InlineTable, Trivia

from ..errors import InputError
from ..formula.arithmetic import Array, round_half_up
from ..plan.optimizers import RULES, kept_quantities
from ..problem.equations import EquationProblem, given_by_equations
from ..problem.problem import Layer, Numbers, Problem
from .long_arrays import LONG, LongArrays
from .number_arrays import LARGEST

Spell = Callable[[float], str]


Either = Problem | EquationProblem


def moved_text(text: str, before: Either, after: Either, digits: int | None = None) -> str:
    """The problem file `text` of `before`, with the parameters and the optimizer's state of `after`.

    Parameters are written in full, or rounded to `digits` decimals; what did not move stays as it was typed.
    Raises InputError for a number too large for a problem file.
    """
    apart = LongArrays()
    document = tomlkit.parse(apart.taken_out(text))
    spell: Spell = repr if digits is None else lambda value: f"{_rounded(value, digits):.{digits}f}"
    if isinstance(before, EquationProblem) or isinstance(after, EquationProblem):
        _move_parameters(document["parameters"], before, after, spell, apart)
        _write_optimizer(document, before, after, False, apart)
        return apart.put_back(tomlkit.dumps(document))
    turned = after.notation.weight_order == "input,unit"
    tables: Any = document["layers"]
    for table, old, new in zip(tables, before.layers, after.layers, strict=True):
        _move_layer(table, old, new, turned, spell, apart)
    _write_optimizer(document, before, after, turned, apart)
    return apart.put_back(tomlkit.dumps(document))


def varied_text(text: str, before: Problem, after: Problem) -> str:
    """The problem file `text` of `before` with the numbers of `after`, which were drawn like those typed."""
    document: Any = tomlkit.parse(text)
    if given_by_equations(before) and given_by_equations(after):
        _vary_symbols(document, before, after)
        return tomlkit.dumps(document)
    before = before.epoch()
    turned = after.notation.weight_order == "input,unit"
    columns = after.notation.samples == "columns"
    for key, old, new in (
        ("inputs", before.inputs, after.inputs),
        ("targets", before.targets, after.targets),
    ):
        if old is not None and new is not None and key in document:
            _change_drawn(document[key], old, new, columns, key)
    for table, one, other in zip(document["layers"], before.layers, after.layers, strict=True):
        if one.weights is not None and other.weights is not None:
            _change_drawn(table["weights"], one.weights, other.weights, turned, f"{one.name}.weights")
        if one.bias is not None and other.bias is not None:
            if isinstance(table["bias"], TomlArray):
                _change_drawn(table["bias"], one.bias, other.bias, False, f"{one.name}.bias")
            else:
                table["bias"] = _number(float(other.bias.values.flat[0]), _like_typed(other.bias), one.name)
    return tomlkit.dumps(document)


def _vary_symbols(document: Any, before: EquationProblem, after: EquationProblem) -> None:
    """Other numbers below [given] and [parameters]."""
    tables = (("given", before.given, after.given), ("parameters", before.parameters, after.parameters))
    for name, old, new in tables:
        for key in document.get(name, {}):
            symbol = "".join(key.split())
            if isinstance(document[name][key], TomlArray):
                _change_drawn(document[name][key], old[symbol], new[symbol], False, symbol)
            elif old[symbol].values != new[symbol].values:
                value = float(new[symbol].values)
                document[name][key] = _number(value, _like_typed(new[symbol]), symbol)


def _like_typed(numbers: Numbers) -> Spell:
    digits = max(len(str(text).partition(".")[2]) for text in numbers.texts.flat)
    return lambda value: f"{value:.{max(digits, 1)}f}"


def _change_drawn(array: Any, old: Numbers, new: Numbers, turned: bool, what: str) -> None:
    """As `_change`, whichever way the array is nested in the file."""
    first, last = (numbers.values.T if turned else numbers.values for numbers in (old, new))
    if not isinstance(array[0], TomlArray):  # a flat list is one sample
        first, last = first.reshape(-1), last.reshape(-1)
        if first.size < len(array):  # a shared bias written once for each unit
            first, last = np.resize(first, len(array)), np.resize(last, len(array))
    _change(array, first, last, _like_typed(new), what)


def _rounded(value: float, digits: int) -> float:
    return float(round_half_up(np.asarray(value), digits))


def _move_parameters(table: Any, before: Either, after: Either, spell: Spell, apart: LongArrays) -> None:
    """The parameters of an equation problem, each where its symbol stands."""
    if not isinstance(before, EquationProblem) or not isinstance(after, EquationProblem):
        return
    for key in list(table):
        symbol = "".join(key.split())
        old, new = before.parameters[symbol].values, after.parameters[symbol].values
        if apart.change(table[key], old, new, _spelled(spell, symbol)):
            continue
        if isinstance(table[key], TomlArray):
            _change(table[key], old, new, spell, symbol)
        elif old != new:
            table[key] = _number(float(new), spell, symbol)


def _move_layer(table: Any, old: Layer, new: Layer, turned: bool, spell: Spell, apart: LongArrays) -> None:
    if new.weights is None or old.weights is None:
        return
    if "weights" not in new.frozen:
        first, last = (
            numbers.values.T if turned else numbers.values for numbers in (old.weights, new.weights)
        )
        if not apart.change(table["weights"], first, last, _spelled(spell, f"{new.name}.weights")):
            _change(table["weights"], first, last, spell, f"{new.name}.weights")
    if new.bias is None or old.bias is None or "bias" in new.frozen:
        return
    values, what = new.bias.values, f"{new.name}.bias"
    if apart.change(table["bias"], old.bias.values, values, _spelled(spell, what)):
        return
    if isinstance(table["bias"], TomlArray):
        count = len(table["bias"])  # a shared bias may be written once for each unit
        _change(table["bias"], np.resize(old.bias.values, count), np.resize(values, count), spell, what)
    elif np.unique(values).size > 1:
        table["bias"] = _array(values, spell, what)
    elif values[0] != old.bias.values[0]:
        table["bias"] = _number(float(values[0]), spell, what)


def _change(array: Any, old: Array, new: Array, spell: Spell, what: str) -> None:
    """Put new numbers in the places of the old ones, where they differ."""
    for position in range(len(array)):
        if isinstance(array[position], TomlArray):
            _change(array[position], old[position], new[position], spell, what)
        elif old[position] != new[position]:
            array[position] = _number(float(new[position]), spell, what)


def _number(value: float, spell: Spell, what: str) -> Float:
    value = _in_range(value, what)
    return Float(value, Trivia(), spell(value))


def _spelled(spell: Spell, what: str) -> Spell:
    return lambda value: spell(_in_range(value, what))


def _in_range(value: float, what: str) -> float:
    if not abs(value) <= LARGEST:
        raise InputError(
            f"{what} has become {value:g}, too large for a problem file",
            help="numbers may go up to 1e100; a smaller learning rate takes smaller steps",
        )
    return value + 0.0  # −0 is 0


def _array(values: Array, spell: Spell, what: str) -> TomlArray:
    array = tomlkit.array()
    for value in values:
        inner = isinstance(value, np.ndarray)
        array.append(_array(value, spell, what) if inner else _number(float(value), spell, what))
    return array


def _write_optimizer(document: Any, before: Either, after: Either, turned: bool, apart: LongArrays) -> None:
    """The optimizer's name where it is another, and what it keeps; nothing for plain gradient descent."""
    written: Any = document.get("optimizer")
    name = after.optimizer.name
    same = name == before.optimizer.name
    if same and not RULES[name].kept:
        return
    if written is None or isinstance(written, str):
        # A name alone stands among the first lines and becomes an inline table; else a table is added.
        table = tomlkit.table() if written is None else tomlkit.inline_table()
        table["name"] = name
        if written is None:
            document.add(tomlkit.nl())
        document["optimizer"] = table
    elif not same:
        for key in set(written) - {"name", "weight_decay", "weight_decay_on"}:
            del written[key]
        written["name"] = name
    _write_state(document["optimizer"], after, turned, apart)


def _write_state(table: Any, problem: Either, turned: bool, apart: LongArrays) -> None:
    inline = isinstance(table, InlineTable)

    def inside(parent: Any, key: str, *, names_only: bool = False) -> Any:
        if key not in parent:
            parent[key] = tomlkit.inline_table() if inline else tomlkit.table(is_super_table=names_only)
        return parent[key]

    if not RULES[problem.optimizer.name].kept:
        table.pop("state", None)
        return
    state = inside(table, "state")
    state["steps"] = problem.optimizer.taken
    if isinstance(problem, EquationProblem):
        parameters = inside(state, "parameters", names_only=True)
        for (role, symbol), kept in problem.optimizer.state.items():
            _write_kept(inside(parameters, symbol), role, kept, False, f"{symbol}.{role}", apart)
        return
    layers = inside(state, "layers", names_only=True)
    for quantity, level in (key for key, _ in kept_quantities(problem)):
        layer = problem.layer(level)
        numbers = problem.optimizer.state[quantity, level]
        what = f"{layer.name}.{quantity}"
        _write_kept(inside(layers, layer.name), quantity, numbers, turned, what, apart)


def _write_kept(
    table: Any, quantity: str, numbers: Numbers, turned: bool, what: str, apart: LongArrays
) -> None:
    """One quantity of the state, always in full: whoever reads it goes on exactly."""
    values = numbers.values.T if turned and numbers.values.ndim == 2 else numbers.values
    old = table.get(quantity)
    if isinstance(old, TomlArray) and _shape(old) == values.shape:
        _change(old, np.full(values.shape, np.nan), values, repr, what)
    elif values.ndim == 0:
        table[quantity] = _number(float(values), repr, what)
    elif values.size > LONG:
        table[quantity] = apart.made(values, _spelled(repr, what))
    else:
        table[quantity] = _array(values, repr, what)


def _shape(array: Sequence[Any]) -> tuple[int, ...]:
    inner = (len(array[0]),) if len(array) and isinstance(array[0], TomlArray) else ()
    return (len(array), *inner)
