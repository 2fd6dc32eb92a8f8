"""The same exercise with other numbers, drawn like those typed: with their decimals, range and zeros.

A draw is as good as the first exercise when something flows wherever it flowed, no unit is off that was on,
nothing shown has become 0 or alike for two units, and no result lies on a tie between two roundings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array, decimals_of, round_half_up
from ..formula.tree import Key
from ..plan.plan import make_plan
from ..problem.equations import given_by_equations
from ..problem.problem import Layer, Numbers, Problem, Span, Vary
from .equation_trace import equation_numbers, work_out_equations
from .trace import Trace, given_numbers, work_out

MOST_DRAWS = 400
_TIE = 1e-4  # of a unit in the last place: closer to a tie than this two calculators may differ


def draws(problem: Problem, seed: int, vary: Vary | None = None) -> Iterator[Problem]:
    """Exercises as good as the problem, the same for the same seed, until too many draws in turn have failed.

    `vary`, in place of the problem's own, says what stays as it is and what the rest is drawn from.
    Raises InputError for a problem in letters.
    """
    vary = vary or problem.vary
    if problem.symbolic:
        raise InputError(
            "a problem in letters has no numbers to draw",
            help="backprop solve --random works one out with numbers",
        )
    if isinstance(problem, Problem):  # it may be one of equations
        problem = problem.epoch()
    random = np.random.default_rng([seed, *problem.name.encode()[:64]])
    first = _worked(problem)
    for _ in range(MOST_DRAWS):
        redrawn_problem = replace(_drawn(problem, random, vary), name=f"{problem.name}-{seed}")
        try:
            trace = _worked(redrawn_problem)
        except InputError:  # a value overflows: not as good
            continue
        if as_good(trace, first) and not _same(redrawn_problem, problem):
            yield redrawn_problem


def _same(drawn: Problem, first: Problem) -> bool:
    """Whether nothing was drawn that is another number."""
    pairs = zip(_given(drawn).values(), _given(first).values(), strict=True)
    return all(np.array_equal(one.values, other.values) for one, other in pairs)


def _given(problem: Problem) -> Mapping[Key, Numbers]:
    return equation_numbers(problem) if given_by_equations(problem) else given_numbers(problem)


def typed_decimals(numbers: Numbers) -> int:
    """How many decimals the numbers were typed with: the most of any."""
    mantissas = (str(text).lower().partition("e")[0] for text in numbers.texts.flat)
    return max((len(text.partition(".")[2]) for text in mantissas), default=0)


def _worked(problem: Problem) -> Trace:
    if given_by_equations(problem):
        return cast(Trace, work_out_equations(make_plan(problem)))  # it tells of its values as a trace does
    return work_out(make_plan(problem))


def _drawn(problem: Problem, random: np.random.Generator, vary: Vary) -> Problem:
    if given_by_equations(problem):
        given, parameters = (
            {name: redrawn(numbers, random, vary, name) for name, numbers in table.items()}
            for table in (problem.given, problem.parameters)
        )
        return cast(Problem, replace(problem, given=given, parameters=parameters))
    return _drawn_network(problem, random, vary)


def _drawn_network(problem: Problem, random: np.random.Generator, vary: Vary) -> Problem:
    def other(numbers: Numbers | None, *names: str) -> Numbers | None:
        return None if numbers is None else redrawn(numbers, random, vary, *names)

    layers: list[Layer] = []
    for layer in problem.layers:
        weights = other(layer.weights, "weights", f"{layer.name}.weights")
        bias = other(layer.bias, "bias", f"{layer.name}.bias")
        layers.append(replace(layer, weights=weights, bias=bias))
    return replace(
        problem,
        layers=tuple(layers),
        inputs=other(problem.inputs, "inputs"),
        targets=other(problem.targets, "targets"),
    )


def redrawn(numbers: Numbers, random: np.random.Generator, vary: Vary, *names: str) -> Numbers:
    """Other numbers: from the span that the last of the names has, else like those typed; or the same."""
    for name in reversed(names):
        if name in vary.keep:
            return numbers
        if name in vary.spans:
            return _from_span(numbers, vary.spans[name], random)
    return like(numbers, random)


def _from_span(numbers: Numbers, span: Span, random: np.random.Generator) -> Numbers:
    """Numbers of the same shape out of a span; where numbers were equal they stay so, and none is 0."""
    places = np.arange(int(np.floor((span.high - span.low) / span.step + 1e-9)) + 1)
    grid = [text for place in places if float(text := f"{span.low + place * span.step:.{span.decimals}f}")]
    if not grid:
        return numbers
    distinct = dict.fromkeys(numbers.values.flat)
    chosen = random.choice(len(grid), len(distinct), replace=len(grid) < len(distinct))
    table = dict(zip(distinct, (grid[place] for place in chosen), strict=True))
    texts = np.array([table[value] for value in numbers.values.flat], dtype=object)
    return Numbers(
        texts.astype(np.float64).reshape(numbers.values.shape), texts.reshape(numbers.values.shape)
    )


def like(numbers: Numbers, random: np.random.Generator) -> Numbers:
    """Numbers of the same shape, decimals and range; a 0 stays one, and so do equal numbers equal.

    Inputs and targets of 0, 1 and −1 alone stay as they are; other whole numbers stay whole.
    """
    digits = typed_decimals(numbers)
    values = numbers.values
    distinct = [float(value) for value in np.unique(values[values != 0])]
    if not distinct or bool(np.isin(values, (-1, 0, 1)).all()):
        return numbers
    if bool(np.all(values == np.round(values))):
        digits = 0
    step = 10.0**-digits
    low, high = min(distinct), max(distinct)
    if high - low < 4 * step * len(distinct):  # too narrow to draw from: as wide as the numbers are large
        low, high = low - 0.5 * abs(low), high + 0.5 * abs(high)
    grid = np.arange(round(low / step), round(high / step) + 1)
    grid = grid[grid != 0]
    chosen = random.choice(grid, len(distinct), replace=len(grid) < len(distinct))
    table = dict(zip(distinct, (float(f"{place * step:.{digits}f}") for place in chosen), strict=True))
    drawn = np.array([table.get(float(value), 0.0) for value in values.flat]).reshape(values.shape)
    texts = np.array(
        [
            text if value == 0 else f"{value:.{digits}f}"
            for value, text in zip(drawn.flat, numbers.texts.flat, strict=True)
        ],
        dtype=object,
    ).reshape(values.shape)
    return Numbers(drawn, texts)


def as_good(trace: Trace, first: Trace) -> bool:
    """Whether a draw makes as good an exercise as the first one did."""
    digits = trace.problem.digits
    for step in trace.plan.steps:
        if not step.written:
            continue
        places = digits[step.phase]
        mine, theirs = (round_half_up(one[step.key], places) for one in (trace, first))
        if np.count_nonzero(mine == 0) > np.count_nonzero(theirs == 0) or _alike(mine) > _alike(theirs):
            return False
        if step.quantity == "activation" and _ended(mine) > _ended(theirs):
            return False
        if not _exact(trace, step.key) and _near_a_tie(trace[step.key], places):
            return False
    return _off(trace) == _off(first)


def _exact(trace: Trace, key: tuple[str, int]) -> bool:
    """Whether the values were rounded as they were worked out, so that a tie can no longer be seen."""
    return trace.problem.rounding == "each-step"


def _alike(values: Array) -> int:
    """How many values repeat another."""
    return values.size - len(np.unique(values))


def _ended(values: Array) -> int:
    """How many activations are shown at the end of a sigmoid's or a tanh's range."""
    return int(np.count_nonzero(np.abs(values) == 1))


def _near_a_tie(values: Array, digits: int) -> bool:
    """Whether a value lies so close to a tie that two calculators may round it differently."""
    scaled = np.abs(values) * 10.0 ** np.asarray(decimals_of(values, digits), dtype=np.float64)
    return bool(np.any(np.abs(scaled - np.floor(scaled) - 0.5) < _TIE))


def _off(trace: Trace) -> Mapping[int, int]:
    """Layer → how many of its preactivations are at or below 0, where the function is cut off there."""
    if given_by_equations(trace.problem):
        return {}
    cut = ("relu", "step")
    return {
        level: int(np.count_nonzero(trace["preactivation", level] <= 0))
        for level, layer in enumerate(trace.problem.layers, start=1)
        if layer.activation.name in cut
    }
