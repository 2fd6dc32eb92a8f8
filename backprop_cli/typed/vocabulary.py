"""What the letters of a problem's notation stand for: every symbol with the quantities it may be.

A symbol may be several quantities (z in every layer); the layer's mark, the indices and what can stand at a
place decide. Symbols are taken from the handout's own notation, in Unicode and spelled out in ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ..documents.optimizer_symbols import setting_symbol
from ..documents.symbols import AS_PARTIAL, Symbols, parse_symbol
from ..formula.tree import SAMPLES, Function, Index, walk
from ..functions.losses import Loss
from ..functions.table import ACTIVATIONS, ROWS, SEVERAL, X
from ..plan.steps import Plan, bias, weights
from ..render.ascii import to_ascii
from .numbers import FUNCTIONS, Known
from .tokens import greek, split_by


@dataclass(frozen=True)
class Entry:
    """One quantity that a symbol may be: its indices in canonical order and in the order they are written."""

    quantity: str
    level: int
    indices: tuple[Index, ...]
    written: tuple[Index, ...]
    mark: str = ""  # the layer's name, where its mark is written
    unit: str = ""  # the neuron's own name: n in z(n_k[out])
    own: tuple[str, ...] = ()  # subscripts that belong to the symbol: w_13 is a weight's own name
    fixed: tuple[int, ...] | None = None  # the one cell that an own name stands for


class Vocabulary:
    """The symbols, functions, indices and sizes of one problem."""

    def __init__(self, plan: Plan) -> None:
        self.problem = plan.problem
        self.symbols = Symbols(plan.problem)
        self.descends = any(step.quantity == "descent_delta" for step in plan.steps)
        self.entries: dict[str, list[Entry]] = {}
        for name, entry in self._entries():
            for spelling in spellings(name):
                known = self.entries.setdefault(spelling, [])
                if entry not in known:
                    known.append(entry)
        self.loss = frozenset(spellings(parse_symbol(self.problem.notation.loss).name))
        self.functions = self._functions()
        self.sizes = self._sizes()
        names = {*self.entries, *self.loss, *self.functions, *self.sizes, "e", "sum", "Σ", "diag", *SEVERAL}
        names |= {entry.unit for entries in self.entries.values() for entry in entries if entry.unit}
        names |= {name.swapcase() for name in self.entries if len(name) == 1}
        self.split = split_by(names)
        self.index_characters = self._index_characters()
        self.differentials = _differentials({*self.entries, *self.loss})

    def find(self, name: str) -> list[Entry]:
        """The quantities of a name; one that differs in case only will do."""
        if name in self.entries:
            return self.entries[name]
        alike = [key for key in self.entries if key.casefold() == name.casefold()]
        return self.entries[alike[0]] if len(alike) == 1 else []

    def level_of(self, letter: str) -> int | None:
        """The level that one of the handout's letters runs over."""
        for index, known in self.symbols.letters.items():
            if known == letter and index.copy == 0:
                return int(index.level)
        return None

    def layer_called(self, name: str) -> int | None:
        """The level of a layer by its name; "0" is the inputs."""
        for level, layer in enumerate(self.problem.layers, start=1):
            if layer.name == name:
                return level
        return 0 if name == "0" else None

    def _entries(self) -> Iterator[tuple[str, Entry]]:
        problem, symbols = self.problem, self.symbols
        yield from self._unit_entries("activation", 0, symbols.name("input", 0))
        yield from self._unit_entries("target", problem.depth, symbols.name("target", problem.depth))
        for level in range(1, problem.depth + 1):
            for quantity in ("activation", "preactivation"):
                if quantity == "activation" or not problem.merged(level):
                    yield from self._unit_entries(quantity, level, symbols.name(quantity, level))
            delta = symbols.name("delta", level)
            if delta != AS_PARTIAL:
                quantity = "descent_delta" if self.descends else "delta"
                yield from self._unit_entries(quantity, level, delta)
            yield from self._parameters(level)
        if problem.notation.prediction:
            yield from self._unit_entries("activation", problem.depth, problem.notation.prediction)
        if problem.samples > 1:
            loss = parse_symbol(problem.notation.loss)
            yield loss.name, Entry("sample_losses", 0, (SAMPLES,), (SAMPLES,), own=loss.subscripts)
        if problem.penalty is not None:
            yield setting_symbol(symbols, "penalty").name, Entry("penalty", 0, (), ())
        rate = parse_symbol(problem.notation.learning_rate)
        if problem.learning_rate is not None:
            yield rate.name, Entry("learning_rate", 0, (), (), own=rate.subscripts)

    def _unit_entries(self, quantity: str, level: int, name: str) -> Iterator[tuple[str, Entry]]:
        symbol, indices = parse_symbol(name), (SAMPLES, Index(level))
        marked = quantity != "target" and level > 0
        mark = self.problem.layer(level).name if marked else "0" if level == 0 else ""
        unit = (self.problem.layer(level).symbols.unit or "") if marked else ""
        # Where samples are columns the handout's order comes first, but letters tell in the other too.
        for written in dict.fromkeys((self.symbols.ordered(indices), indices)):
            yield symbol.name, Entry(quantity, level, indices, written, mark, unit, symbol.subscripts)
            if level == 0:  # the inputs as the activations of layer 0: a⁽⁰⁾
                hidden = parse_symbol(self.symbols.name("activation", 1))
                yield hidden.name, Entry(quantity, 0, indices, written, "0", "", ("only with its mark",))

    def _parameters(self, level: int) -> Iterator[tuple[str, Entry]]:
        layer, symbols = self.problem.layer(level), self.symbols
        indices = weights(level).indices
        turned = self.problem.notation.weight_order == "input,unit"
        name = parse_symbol(symbols.name("weights", level))
        yield (
            name.name,
            Entry(
                "weights",
                level,
                indices,
                indices[::-1] if turned else indices,
                layer.name,
                own=name.subscripts,
            ),
        )
        for k, row in enumerate(layer.symbols.weight_names or ()):
            for t, own in enumerate(row):
                symbol = parse_symbol(own)
                yield (
                    symbol.name,
                    Entry("weights", level, indices, (), layer.name, own=symbol.subscripts, fixed=(k, t)),
                )
        if not layer.has_bias:
            return
        ref = bias(self.problem, level)
        name = parse_symbol(symbols.name("bias", level))
        yield name.name, Entry("bias", level, ref.indices, ref.indices, layer.name, own=name.subscripts)
        for k, own in enumerate(layer.symbols.bias_names or ()):
            symbol = parse_symbol(own)
            fixed = (k,) if ref.indices else ()
            yield (
                symbol.name,
                Entry("bias", level, ref.indices, (), layer.name, own=symbol.subscripts, fixed=fixed),
            )

    def _functions(self) -> dict[str, str]:
        """Every function's name as typed → the formula's name for it, "" where the layer decides."""
        found = dict(FUNCTIONS)
        for layer in self.problem.layers:
            activation = layer.activation
            for spelling in spellings(activation.symbol):
                found[spelling] = activation.name
            for spelling in activation.typed:
                found[spelling] = activation.name
        for name in _functions_of(self.problem.loss):
            for spelling in spellings(ROWS[name].symbol):
                found[spelling] = name
        for layer in self.problem.layers:
            if layer.symbols.function:
                for spelling in spellings(layer.symbols.function):
                    found[spelling] = ""
        return found

    def _sizes(self) -> dict[str, Index]:
        """Letters for sizes: P inputs, K units, n samples."""
        problem = self.problem
        indices = [Index(level) for level in range(problem.depth + 1)]
        sizes = {str(problem.size(index)): index for index in indices if isinstance(problem.size(index), str)}
        if problem.samples > 1:
            sizes |= {letter: SAMPLES for letter in ("n", "N") if letter not in self.entries}
        return {letter: index for letter, index in sizes.items() if letter not in self.entries}

    def _index_characters(self) -> frozenset[str]:
        """What an index is written with: the handout's letters, digits, and the names of its units."""
        names = [name for layer in self.problem.layers for name in layer.symbols.unit_names or ()]
        return frozenset("".join((*self.symbols.letters.values(), *names, "0123456789,")))

    def activation_of(self, level: int) -> tuple[str, float | None]:
        """The function of a layer and its parameter."""
        activation = self.problem.layer(level).activation
        return activation.name, activation.parameter

    def levels_of(self, typed: str, name: str) -> list[int]:
        """The layers whose activation function is written so."""
        return [
            level
            for level, layer in enumerate(self.problem.layers, start=1)
            if (layer.symbols.function and typed in spellings(layer.symbols.function))
            or (layer.activation.name == name and name in ACTIVATIONS)
        ]

    def of_numbers(self, level: int) -> Known:
        """The functions that numbers of a layer may be put into, with their parameters."""
        own: list[tuple[str, str, float | None]] = []
        for typed, name in self.functions.items():
            parameter = self.problem.loss.parameter if name == "huber" else None
            if levels := self.levels_of(typed, name):
                near = min(levels, key=lambda other: (other < level, other))
                name, parameter = self.activation_of(near)
            if name in ROWS and ROWS[name].elementwise and name != "generic":
                own.append((typed, name, parameter))
        return Known(tuple(own), frozenset({*self.entries, *self.loss, *self.sizes}))


def _functions_of(loss: Loss) -> list[str]:
    """The functions that a loss is made of."""
    term = loss.term(X, X, loss.parameter)
    return [part.name for _, part in walk(term) if isinstance(part, Function)]


def spellings(name: str) -> tuple[str, ...]:
    """A symbol as it may be typed: ŷ or yhat, Θ or Theta."""
    name = unicodedata.normalize("NFC", name)
    found = [name, to_ascii(name)]
    if letter := greek(name) if name.isascii() and name.isalpha() and len(name) > 1 else None:
        found.append(letter)
    return tuple(dict.fromkeys(spelling for spelling in found if spelling.isalpha()))


def _differentials(names: set[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """dL/dz written with a plain d, on one line and as a LaTeX fraction."""
    known = "|".join(map(re.escape, sorted(names, key=lambda name: -len(name))))
    inside = r"(?:[^{}]|\{[^{}]*\})*"
    suffix = r"(?:_\{[^{}]*\}|[^\s/*+(){}-])*(?:\([^()]*\))?"
    line = rf"(?<![^\W\d_])d(?P<top>(?:{known}){suffix})\s*/\s*d(?={known})"
    fraction = rf"\\frac\s*\{{\s*d(?=(?:{known}))(?P<top>{inside})\}}\s*\{{\s*d(?={known})"
    return re.compile(line), re.compile(fraction)
