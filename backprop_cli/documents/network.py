"""The network as a handout draws it: units in columns by layer, weights on the edges between them.

This is what stands where and what is written on it; `figure` gives it places, `render` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ..formula.tree import SAMPLES, Index, Ref
from ..plan.plan import make_plan
from ..plan.steps import per_sample, weights
from ..problem.problem import Problem
from ..values.trace import Trace
from .document import Digits, Equation, Math, Relation
from .equation_lines import Lines
from .shown_numbers import Figures

Values = Literal["none", "weights", "forward", "all"]
VALUES: tuple[Values, ...] = get_args(Values)
MOST = 6  # units of a layer that are all drawn; of more, the first three and the last
MOST_IN_A_PICTURE = 12  # likewise where there is room: a picture shows weights by width and colour


@dataclass(frozen=True)
class Unit:
    """One unit, or with `dots` the ones that are left out."""

    name: Math | None = None
    inside: tuple[Math, ...] = ()  # preactivation and activation, or an input's value
    bias: Equation | None = None
    gradient: Math | None = None
    beside: Equation | None = None  # the target
    dead: bool = False
    dots: bool = False


@dataclass(frozen=True)
class Edge:
    """From a unit of a column to one of the next, by their places there."""

    column: int
    start: int
    end: int
    label: Math | None


@dataclass(frozen=True)
class Network:
    """Columns of units, inputs first, each with its title, and the edges between them."""

    titles: tuple[str, ...]
    columns: tuple[tuple[Unit, ...], ...]
    edges: tuple[Edge, ...]
    signal: str = "∂"  # what an error gradient without a symbol of its own is called
    loss: Equation | None = None  # with its value, where all of it is this sample's


def network_of(
    problem: Problem, trace: Trace | None, values: Values, sample: int = 0, most: int = MOST
) -> Network:
    """The network of a problem, with one sample's values from a trace, or in symbols without one."""
    return _Network(problem, trace, VALUES.index(values), sample, most).network()


class _Network:
    def __init__(self, problem: Problem, trace: Trace | None, shown: int, sample: int, most: int) -> None:
        self.problem, self.shown, self.sample = problem, shown, sample
        self.figures = Figures(trace) if trace else None
        self.lines = Lines(trace.plan if trace else make_plan(problem), None)
        self.symbols = self.lines.symbols
        self.places = [_places(size, most) for size in problem.sizes]

    def network(self) -> Network:
        columns = tuple(
            tuple(self.unit(level, place) for place in self.places[level])
            for level in range(self.problem.depth + 1)
        )
        return Network(tuple(self.titles()), columns, tuple(self.edges()), self.signal(), self.loss())

    def loss(self) -> Equation | None:
        """The loss, with its value where there is one sample."""
        if self.shown < 2 or self.problem.rule != "gradient":
            return None
        left = self.symbols.loss()
        if self.figures is None or self.problem.samples > 1 or self.problem.penalty is not None:
            return Equation(left, ())
        return Equation(left, (Relation("=", Digits(self.figures.at(("loss", 0), ()))),))

    def titles(self) -> list[str]:
        names = ["inputs"]
        for level in range(1, self.problem.depth + 1):
            layer = self.problem.layer(level)
            own = layer.name if layer.name != str(level) else f"layer {level}"
            names.append(f"{own}: {layer.activation.title}" if layer.activation.name != "generic" else own)
        return names

    def unit(self, level: int, place: int | None) -> Unit:
        if place is None:
            return Unit(dots=True)
        if level == 0:
            return Unit(self.written("activation", 0, place), self.inside(("activation",), 0, place))
        output = level == self.problem.depth
        merged = self.problem.merged(level)
        quantities = ("activation",) if merged else ("preactivation", "activation")
        return Unit(
            name=self.symbols.neuron(level, place),
            inside=self.inside(quantities, level, place),
            bias=self.bias(level, place) if self.shown >= 1 else None,
            gradient=self.gradient(level, place) if self.shown >= 3 else None,
            beside=self.target(place) if output and self.shown >= 2 and self.takes_targets else None,
            dead=self.dead(level, place),
        )

    def inside(self, quantities: tuple[str, ...], level: int, place: int) -> tuple[Math, ...]:
        if self.shown < 2:
            return ()
        values = (self.value(quantity, level, place) for quantity in quantities)
        return tuple(value for value in values if value is not None)

    def written(self, quantity: str, level: int, place: int) -> Math:
        return self.symbols.write(Ref(quantity, level, (Index(level),)), {Index(level): place})

    def value(self, quantity: str, level: int, place: int) -> Math | None:
        """A unit's value, or its symbol in a problem without numbers."""
        if self.figures is None:
            named = self.problem.layer(level).symbols.unit if level else None
            return self.written(quantity, level, place) if level and not named else None
        return Digits(self.figures.at((quantity, level), (self.sample, place)))

    def bias(self, level: int, place: int) -> Equation | None:
        layer = self.problem.layer(level)
        if not layer.has_bias:
            return None
        index = () if layer.shares_bias else (Index(level),)
        left = self.symbols.write(Ref("bias", level, index), {Index(level): place})
        if self.figures is None:
            return Equation(left, ())
        value = Digits(self.figures.at(("bias", level), (place,) if index else ()))
        return Equation(left, (Relation("=", value),))

    def signal(self) -> str:
        """δ as the notation writes it where that is what the units show, else ∂."""
        if self.problem.notation.backward != frozenset(("preactivation",)):
            return "∂"
        names = {self.symbols.name("delta", level) for level in range(1, self.problem.depth + 1)}
        return names.pop() if len(names) == 1 else "∂"

    def gradient(self, level: int, place: int) -> Math | None:
        """∂L/∂a of the unit, or δ where that is what the handout names."""
        quantity = (
            ("descent_delta" if self.problem.notation.delta_sign == "descent" else "delta")
            if self.problem.notation.backward == frozenset(("preactivation",))
            else "activation_gradient"
        )
        if self.figures is None:
            bound = {SAMPLES: 0, Index(level): place}
            return self.symbols.write(per_sample(quantity, level), bound | self.symbols.singles)
        return Digits(self.figures.at((quantity, level), (self.sample, place)))

    @property
    def takes_targets(self) -> bool:
        return self.problem.loss.takes_targets

    def target(self, place: int) -> Equation:
        left = self.written("target", self.problem.depth, place)
        if self.figures is None:
            return Equation(left, ())
        value = self.figures.at(("target", self.problem.depth), (self.sample, place))
        return Equation(left, (Relation("=", Digits(value)),))

    def dead(self, level: int, place: int) -> bool:
        """Whether a ReLU is off."""
        if self.figures is None or self.shown < 2:
            return False
        z = float(self.figures.trace["preactivation", level][self.sample, place])
        return self.problem.layer(level).activation.note(z) == "is off"

    def edges(self) -> list[Edge]:
        found = []
        for level in range(1, self.problem.depth + 1):
            for end, unit in enumerate(self.places[level]):
                for start, source in enumerate(self.places[level - 1]):
                    if unit is not None and source is not None:
                        label = self.weight(level, unit, source) if self.shown else None
                        found.append(Edge(level - 1, start, end, label))
        return found

    def weight(self, level: int, unit: int, source: int) -> Math:
        if self.figures is not None:
            return Digits(self.figures.at(("weights", level), (unit, source)))
        own = weights(level)
        return self.symbols.write(own, dict(zip(own.indices, (unit, source), strict=True)))


def _places(size: int | str, most: int) -> list[int | None]:
    """Which units of a layer are drawn; None for the dots."""
    if isinstance(size, str):
        return [0, 1, None]
    return list(range(size)) if size <= most else [0, 1, 2, None, size - 1]
