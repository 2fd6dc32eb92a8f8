"""Random systems of equations: every gradient against central differences."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from equation_systems import difference_quotients, traced
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backprop_cli.formula.tree import (
    ONE,
    Add,
    At,
    Formula,
    Function,
    Index,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Raised,
    Ref,
    Shifted,
    Sum,
    add,
    product,
)
from backprop_cli.problem.equations import Equation, EquationProblem, Range, Starts, equation_problem
from backprop_cli.problem.problem import Numbers

# i and m run over 1, 2; j over 1, 2, 3; t over 2, 3, 4, the steps of a recurrence that starts at 1.
RANGES = {
    "i": Range(1, 2),
    "m": Range(1, 2),
    "j": Range(1, 3),
    "t": Range(2, 4),
    "i@2": Range(1, 2),
    "j@2": Range(1, 3),
}
UNIT, M, J, T, UNIT2, J2 = (Index(name) for name in RANGES)
GIVEN: dict[str, tuple[Index, ...]] = {"c": (), "a": (UNIT,), "b": (J,), "W": (J, UNIT), "V": (UNIT, M)}
SMOOTH = ("tanh", "sigmoid", "sin", "softplus", "cos", "gelu")


class Drawing:
    """Draws formulas over the symbols known so far."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.known = dict(GIVEN)

    def pick(self, choices: list[object]) -> object:
        return self.data.draw(st.sampled_from(choices))

    def number(self) -> Number:
        return Number(Fraction(self.data.draw(st.sampled_from([-2, -1, 1, 2, 3])), 2))

    def place(self, axis: Index, free: tuple[Index, ...]) -> Index:
        """A place on an axis: a letter over the same range, a fixed position, or a shifted letter."""
        span = RANGES[axis.level]
        choices: list[Index] = [index for index in free if RANGES[index.level] == span]
        for index in free:
            own = RANGES[index.level]
            for shift in (-1, 1, 2):
                if span.holds(Range(own.first + shift, int(own.last) + shift)):
                    choices.append(Shifted(((1, index),), shift))
            turned = Range(span.first + int(span.last) - int(own.last), span.first + len(span) - own.first)
            if len(own) == len(span) and span.holds(turned):  # read from its end
                choices.append(Shifted(((-1, index),), span.first + int(own.last)))
        pair = [index for index in free if len(RANGES[index.level]) == 2]
        if len(span) == 3 and span.first == 1 and len(pair) > 1:
            choices.append(Shifted(((1, pair[0]), (1, pair[1])), -1))
        choices.append(At(self.data.draw(st.integers(span.first, int(span.last)))))
        return self.data.draw(st.sampled_from(choices))

    def ref(self, free: tuple[Index, ...]) -> Formula:
        symbol = self.data.draw(st.sampled_from(sorted(self.known)))
        return Ref("value", symbol, tuple(self.place(axis, free) for axis in self.known[symbol]))

    def formula(self, free: tuple[Index, ...], depth: int) -> Formula:
        if depth == 0:
            return self.ref(free)
        kind = self.data.draw(st.sampled_from(sorted(_KINDS)))
        return _KINDS[kind](self, free, depth - 1)

    def bounded(self, free: tuple[Index, ...], depth: int) -> Formula:
        """A formula between −1 and 1."""
        return Function("tanh", self.formula(free, depth))

    def unused(self, free: tuple[Index, ...]) -> list[Index]:
        return [index for index in (M, UNIT2, J2) if index not in free]


def _sum(draw: Drawing, free: tuple[Index, ...], depth: int) -> Formula:
    choices = draw.unused(free)
    if not choices:
        return draw.formula(free, depth)
    index = draw.data.draw(st.sampled_from(choices))
    return Sum(index, draw.formula((*free, index), depth))


def _softmax(draw: Drawing, free: tuple[Index, ...], depth: int) -> Formula:
    if not free:
        return draw.formula(free, depth)
    index = draw.data.draw(st.sampled_from(free))
    return Function("softmax", draw.bounded(free, depth), over=index)


def _softmax_inside(draw: Drawing, free: tuple[Index, ...], depth: int) -> Formula:
    choices = draw.unused(free)
    if not choices:
        return draw.formula(free, depth)
    index = draw.data.draw(st.sampled_from(choices))
    inside = (*free, index)
    return Sum(index, product(Function("softmax", draw.bounded(inside, depth), over=index), draw.ref(inside)))


def _all(draw: Drawing, free: tuple[Index, ...], depth: int) -> Formula:
    choices = draw.unused(free)
    if not choices:
        return draw.formula(free, depth)
    index = draw.data.draw(st.sampled_from(choices))
    return Function("product", add(ONE, draw.bounded((*free, index), depth)), over=index)


def _two(draw: Drawing, free: tuple[Index, ...], depth: int) -> tuple[Formula, Formula]:
    return draw.formula(free, depth), draw.formula(free, depth)


_KINDS = {
    "add": lambda draw, free, depth: Add(_two(draw, free, depth)),
    "subtract": lambda draw, free, depth: add(draw.formula(free, depth), Negation(draw.formula(free, depth))),
    "product": lambda draw, free, depth: Product(_two(draw, free, depth)),
    "scaled": lambda draw, free, depth: Product((draw.number(), draw.formula(free, depth))),
    "power": lambda draw, free, depth: Power(draw.formula(free, depth), draw.data.draw(st.integers(1, 3))),
    "quotient": lambda draw, free, depth: Quotient(
        draw.formula(free, depth), add(Number(Fraction(2)), draw.bounded(free, depth))
    ),
    "raised": lambda draw, free, depth: Raised(
        add(Number(Fraction(2)), draw.bounded(free, depth)), draw.bounded(free, depth)
    ),
    "function": lambda draw, free, depth: Function(
        draw.data.draw(st.sampled_from(SMOOTH)), draw.formula(free, depth)
    ),
    "logarithm": lambda draw, free, depth: Function(
        "ln", add(Number(Fraction(2)), draw.bounded(free, depth))
    ),
    "exponential": lambda draw, free, depth: Function("exp", draw.bounded(free, depth)),
    "root": lambda draw, free, depth: Function("sqrt", add(Number(Fraction(2)), draw.bounded(free, depth))),
    "sum": _sum,
    "softmax": _softmax,
    "softmax inside": _softmax_inside,
    "product over": _all,
}


def numbers(values: np.ndarray) -> Numbers:
    return Numbers(values, np.vectorize(str, otypes=[object])(values))


@st.composite
def systems(draw: st.DrawFn) -> EquationProblem:
    """Some equations that feed one another, at times a recurrence among them, and an objective of all."""
    drawing = Drawing(draw(st.data()))
    equations: list[Equation] = []
    starts: dict[str, Starts] = {}
    for name in ("p", "q", "r")[: draw(st.integers(1, 3))]:
        indices = draw(st.sampled_from([(), (UNIT,), (J,), (UNIT, M), (J, UNIT)]))
        equations.append(Equation(name, indices, drawing.formula(indices, 2)))
        drawing.known[name] = indices
    if draw(st.booleans()):
        before = Ref("value", "h", (Shifted(((1, T),), -1), UNIT))
        mixed = Sum(M, product(Ref("value", "V", (UNIT, M)), Ref("value", "h", (Shifted(((1, T),), -1), M))))
        step = Function("tanh", add(drawing.formula((T, UNIT), 1), draw(st.sampled_from([before, mixed]))))
        equations.append(Equation("h_1", (UNIT,), drawing.bounded((UNIT,), 1)))
        equations.append(Equation("h", (T, UNIT), step))
        starts["h"] = Starts(0, {1: "h_1"})
        drawing.known["h"] = (T, UNIT)
    parts = []
    for one in equations:
        total: Formula = Function("sin", Ref("value", one.symbol, one.indices))
        for index in reversed(one.indices):
            total = Sum(index, total)
        parts.append(total)
    equations.append(Equation("L", (), add(*parts)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    given = {
        symbol: numbers(random.uniform(-1.2, 1.2, [len(RANGES[index.level]) for index in axes]))
        for symbol, axes in GIVEN.items()
    }
    return equation_problem("random", tuple(equations), RANGES, given=given, starts=starts)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(systems())
def test_every_gradient_of_a_random_system_is_the_limit_of_difference_quotients(
    problem: EquationProblem,
) -> None:
    trace = traced(problem)
    worked = {key[1]: values for key, values in trace.values.items() if key[0] == "gradient"}
    for symbol in (*problem.computed, *problem.given):
        if symbol == problem.objective:
            continue
        expected = difference_quotients(problem, symbol)
        size = max(1.0, float(np.abs(expected).max()))
        values = worked.get(symbol, np.zeros(expected.shape))
        np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-6 * size, err_msg=f"∂L/∂{symbol}")
