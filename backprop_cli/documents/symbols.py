"""How a handout writes each quantity: its symbol, its indices, its layer's mark.

An index stands as its letter, or as the unit's own name once it is bound to a position. An index over one
unit only is not written (w_j, not w_1j, for a single output), unless the handout names its units.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property

from ..formula.tree import SAMPLE, SAMPLES, At, Index, Ref
from ..problem.problem import Layer, Problem
from .document import Digits, Math, Partial, Row, Symbol
from .optimizer_symbols import optimizer_writers

Bound = Mapping[Index, int]
_LETTERS = "kjihmpqrtuv"
_SAMPLE_LETTERS = "ismqr"
_COPY_LETTERS = "mlqr"
_LETTERS_OF_ONE = {
    "weights": "w",
    "bias": "b",
    "preactivation": "z",
    "activation": "a",
    "input": "x",
    "target": "y",
}
STANDARD = {
    "neurons": _LETTERS_OF_ONE,
    "indices": _LETTERS_OF_ONE,
    "matrix": {key: letter if key == "bias" else letter.upper() for key, letter in _LETTERS_OF_ONE.items()},
}
AS_PARTIAL = "∂"


def parse_symbol(name: str) -> Symbol:
    """A name as typed, with its own subscript split off: "w_13" and "w13" are w with 13, "J(Θ)" is J of Θ."""
    argument = ""
    if match := re.fullmatch(r"(.+?)\((.+)\)", name):
        name, argument = match.groups()
    if match := re.fullmatch(r"([^_]+)_\{?([^{}]+)\}?", name) or re.fullmatch(r"([^\W\d]+)(\d+)", name):
        return Symbol(match[1], (match[2],), argument=argument)
    return Symbol(name, argument=argument)


class Symbols:
    """The symbols of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.notation = problem.notation
        self.standard = STANDARD[problem.notation.layout]
        self.letters = self._letters()
        indices = [SAMPLES, *(Index(level) for level in range(problem.depth + 1))]
        # Indices with one value only stand for it: no sum runs over them.
        self.singles: dict[Index, int] = {index: 0 for index in indices if problem.size(index) == 1}

    def _letters(self) -> dict[Index, str]:
        problem = self.problem
        letters = {Index(level): layer.symbols.index for level, layer in enumerate(problem.layers, 1)}
        letters[Index(0)] = self.notation.input_index
        letters[Index(SAMPLE)] = self.notation.sample_index
        taken = self.quantity_letters
        used = taken | {letter for letter in letters.values() if letter}
        free = [letter for letter in _LETTERS if letter not in used]
        for level in range(problem.depth, -1, -1):
            if letters[Index(level)] is None:
                letters[Index(level)] = free.pop(0) if free else f"i{level}"
        used = taken | {letter for letter in letters.values() if letter}
        if letters[Index(SAMPLE)] is None:
            letters[Index(SAMPLE)] = next((letter for letter in _SAMPLE_LETTERS if letter not in used), "s")
        copy = next((c for c in _COPY_LETTERS if c not in used | {letters[Index(SAMPLE)]}), "m")
        for level in range(problem.depth + 1):
            letters[Index(level, copy=1)] = copy
        return {index: letter or "" for index, letter in letters.items()}

    @cached_property
    def quantity_letters(self) -> set[str]:
        """The letters that stand for quantities, which no index is to have as well: never x_x."""
        problem = self.problem
        named = {self.notation.loss.partition("(")[0], self.notation.learning_rate, self.name("input", 0)}
        named.add(self.name("target", problem.depth))
        for level, layer in enumerate(problem.layers, start=1):
            roles = ("weights", "bias", "preactivation", "activation", "delta")
            named |= {self.name(role, level) for role in roles}
            named |= {name for name in (layer.symbols.unit, layer.symbols.function) if name}
            named |= {size for size in (layer.units, layer.inputs) if isinstance(size, str)}
        return named

    def dropped(self, index: Index) -> bool:
        """Whether an index goes unwritten, since it has only one value."""
        if index not in self.singles:
            return False
        if index.level < 1:
            return True
        symbols = self.problem.layer(index.level).symbols
        return symbols.unit is None and symbols.unit_names is None

    def index(self, index: Index, bound: Bound) -> str:
        """An index as its letter, or as the name of the unit it is bound to."""
        if index not in bound:
            return self.letters[index]
        position = bound[index]
        names = self.problem.layer(index.level).symbols.unit_names if index.level > 0 else None
        return names[position] if names else str(position + 1)

    def bounds(self, index: Index) -> tuple[str, str]:
        """The first and the last value of an index, empty where its units' names are no row of numbers."""
        size = self.problem.size(index)
        if isinstance(size, str):
            return "1", size
        names = [self.index(index, {index: position}) for position in range(size)]
        row = names[0].isdecimal() and names == [str(int(names[0]) + place) for place in range(size)]
        return (names[0], names[-1]) if row else ("", "")

    def ordered(self, indices: tuple[Index, ...]) -> tuple[Index, ...]:
        """The indices of a sample's quantity as they are written: a_ij, or a_ji where samples are columns."""
        by_columns = self.notation.samples == "columns"
        return tuple(sorted(indices, key=lambda index: index.level == SAMPLE)) if by_columns else indices

    def subscripts(self, indices: tuple[Index, ...], bound: Bound) -> tuple[str, ...]:
        found = [self.index(index, bound) for index in indices if not self.dropped(index)]
        if self.notation.index_comma:
            found = [part for place, one in enumerate(found) for part in ((",", one) if place else (one,))]
        return tuple(found)

    def write(self, ref: Ref, bound: Bound) -> Math:
        """The symbol of a quantity, with its indices as letters, or at the positions they are bound to."""
        if fixed := {Index(place.level): place.position for place in ref.indices if isinstance(place, At)}:
            own = tuple(Index(place.level) if isinstance(place, At) else place for place in ref.indices)
            ref, bound = Ref(ref.quantity, ref.level, own), {**bound, **fixed}
        return _WRITERS[ref.quantity](self, ref, bound)

    def mark(self, level: int, quantity: str = "activation") -> str:
        """The layer's mark, such as [hid] or (1); without marks, only where nothing else tells them apart."""
        layer = self.problem.layer(level)
        if self.problem.depth == 1 and layer.name == "1":
            return ""
        brackets = self.notation.layer_mark or ("()" if self._alike(quantity, level) else "")
        return f"{brackets[0]}{layer.name}{brackets[1]}" if brackets else ""

    def _alike(self, quantity: str, level: int) -> bool:
        """Whether layers share a letter that the handout did not choose, with the same indices at it."""
        own, matrix = self.problem.layer(level).symbols, self.notation.layout == "matrix"
        chosen = own.unit or own.unit_names or getattr(own, quantity)
        if chosen or (self.problem.symbolic and not matrix):
            return False
        bare = []  # of each layer that shares the letter, whether it stands without an index
        for other, layer in enumerate(self.problem.layers, start=1):
            if self.name(quantity, other) == self.name(quantity, level):
                shared = quantity == "bias" and layer.shares_bias
                bare.append(matrix or shared or self.dropped(Index(other)))
        return len(set(bare)) < len(bare)

    def name(self, quantity: str, level: int) -> str:
        """A layer's own symbol for a quantity, or the notation's, or the standard one."""
        if quantity in ("input", "target"):
            return getattr(self.notation, quantity) or self._free(self.standard[quantity])
        layer: Layer = self.problem.layer(level)
        own: str | None = getattr(layer.symbols, quantity)
        predicted = quantity == "activation" or (quantity == "preactivation" and self.problem.merged(level))
        if own is None and level == self.problem.depth and predicted:
            own = self.notation.prediction
        if own is None and quantity == "bias" and self.notation.thresholds:
            return "θ"
        return own or self.standard.get(quantity, "δ")

    def _free(self, letter: str) -> str:
        """x or y; t for a target where the handout calls its output y."""
        output = self.name("activation", self.problem.depth)
        return {"y": "t", "Y": "T"}.get(letter, letter) if output.lower() == "y" else letter

    def whole(self, ref: Ref) -> Math:
        """The symbol of a whole vector or matrix, without indices."""
        return self.write(Ref(ref.quantity, ref.level), {})

    def neuron(self, level: int, unit: int) -> Math:
        """A neuron's own name: n₁[hid] where the handout names its units, else its activation's symbol."""
        own, index = self.problem.layer(level).symbols.unit, Index(level)
        if own:
            return Symbol(own, (self.index(index, {index: unit}),), self.mark(level))
        return self.write(Ref("activation", level, (index,)), {index: unit})

    def loss(self, ref_indices: tuple[Index, ...] = (), bound: Bound | None = None) -> Symbol:
        """The loss; with the sample's index where it is one sample's own."""
        symbol = parse_symbol(self.notation.loss)
        subscripts = self.subscripts(tuple(i for i in ref_indices if i.level == SAMPLE), bound or {})
        return Symbol(symbol.name, symbol.subscripts + subscripts, argument=symbol.argument)


def _plain(symbol: Symbol, subscripts: tuple[str, ...], mark: str = "") -> Symbol:
    return Symbol(symbol.name, symbol.subscripts + subscripts, mark, argument=symbol.argument)


def _unit_quantity(symbols: Symbols, ref: Ref, bound: Bound) -> Math:
    level, indices = ref.level, symbols.ordered(ref.indices)
    if level == 0:
        return _plain(parse_symbol(symbols.name("input", 0)), symbols.subscripts(indices, bound))
    if ref.quantity == "target":
        return _plain(parse_symbol(symbols.name("target", level)), symbols.subscripts(indices, bound))
    quantity = {"descent_delta": "delta"}.get(ref.quantity, ref.quantity)
    name = symbols.name(quantity, level)
    unit = symbols.problem.layer(level).symbols.unit
    prediction = name == symbols.notation.prediction and level == symbols.problem.depth
    mark = "" if prediction else symbols.mark(level, quantity)
    if unit is None or not ref.indices:
        return _plain(parse_symbol(name), symbols.subscripts(indices, bound), mark)
    outer = symbols.subscripts(tuple(index for index in ref.indices if index.level == SAMPLE), bound)
    inner = symbols.subscripts(tuple(index for index in ref.indices if index.level != SAMPLE), bound)
    symbol = parse_symbol(name)
    return Symbol(symbol.name, symbol.subscripts + outer, of=Symbol(unit, inner, mark))


def _weights(symbols: Symbols, ref: Ref, bound: Bound) -> Math:
    name = parse_symbol(symbols.name("weights", ref.level))
    if not ref.indices:
        return _plain(name, (), symbols.mark(ref.level, "weights"))
    unit, source = ref.indices
    names = symbols.problem.layer(ref.level).symbols.weight_names
    if names and unit in bound and source in bound:
        return parse_symbol(names[bound[unit]][bound[source]])
    order = (unit, source) if symbols.notation.weight_order == "unit,input" else (source, unit)
    return _plain(name, symbols.subscripts(order, bound), symbols.mark(ref.level, "weights"))


def _bias(symbols: Symbols, ref: Ref, bound: Bound) -> Math:
    layer = symbols.problem.layer(ref.level)
    if layer.symbols.bias_names and (layer.shares_bias or (ref.indices and ref.indices[0] in bound)):
        return parse_symbol(layer.symbols.bias_names[bound[ref.indices[0]] if ref.indices else 0])
    name = parse_symbol(symbols.name("bias", ref.level))
    return _plain(name, symbols.subscripts(ref.indices, bound), symbols.mark(ref.level, "bias"))


def _partial(quantity: str, whole: bool = False) -> Callable[[Symbols, Ref, Bound], Math]:
    """∂L/∂quantity; of the whole loss for a parameter, of the sample's own for an error signal."""

    def write(symbols: Symbols, ref: Ref, bound: Bound) -> Math:
        loss = symbols.loss() if whole else symbols.loss(ref.indices or (SAMPLES,), bound)
        return Partial(loss, symbols.write(Ref(quantity, ref.level, ref.indices), bound))

    return write


def _delta(symbols: Symbols, ref: Ref, bound: Bound) -> Math:
    if symbols.name("delta", ref.level) == AS_PARTIAL:
        return _partial("preactivation")(symbols, ref, bound)
    return _unit_quantity(symbols, ref, bound)


def _parameter(symbols: Symbols, ref: Ref) -> Math:
    """An activation function's slope or scale: its number, or α where it is of no layer."""
    return Digits(str(symbols.problem.layer(ref.level).activation.parameter)) if ref.level else Symbol("α")


def _changed(symbols: Symbols, parameter: Math) -> Math:
    """Δw, the change of a parameter."""
    if isinstance(parameter, Symbol):
        return replace(parameter, name=f"{symbols.notation.change}{parameter.name}")
    return Row((Symbol(symbols.notation.change), parameter))


_WRITERS: dict[str, Callable[[Symbols, Ref, Bound], Math]] = {
    "activation": _unit_quantity,
    "preactivation": _unit_quantity,
    "target": _unit_quantity,
    "delta": _delta,
    "descent_delta": _delta,
    "activation_gradient": _partial("activation"),
    "input_gradient": _partial("activation"),
    "weights": _weights,
    "bias": _bias,
    "change_weights": lambda symbols, ref, bound: _changed(symbols, _weights(symbols, ref, bound)),
    "change_bias": lambda symbols, ref, bound: _changed(symbols, _bias(symbols, ref, bound)),
    "new_weights": lambda symbols, ref, bound: _weights(symbols, ref, bound),
    "new_bias": lambda symbols, ref, bound: _bias(symbols, ref, bound),
    "weight_gradient": _partial("weights", whole=True),
    "bias_gradient": _partial("bias", whole=True),
    "loss": lambda symbols, ref, bound: symbols.loss(),
    "sample_losses": lambda symbols, ref, bound: symbols.loss((SAMPLES,), bound),
    "argument": lambda symbols, ref, bound: Symbol("x"),
    "parameter": lambda symbols, ref, bound: _parameter(symbols, ref),
    "learning_rate": lambda symbols, ref, bound: parse_symbol(symbols.notation.learning_rate),
    **optimizer_writers({"weights": _weights, "bias": _bias}),
}
