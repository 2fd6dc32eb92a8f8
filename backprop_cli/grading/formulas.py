"""Whether a student's formula is right: whether it equals ours at random points.

A point is the same network with random inputs, targets and parameters, and every other quantity worked out
from them, so that a(1 − a) equals σ′(z) and ∂L/∂z equals 2(z − y), as they do for the student.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array
from ..formula.tree import Formula, Function, Index, Key, free_indices, transform
from ..functions.table import ACTIVATIONS, Row
from ..plan.plan import make_plan
from ..plan.steps import Plan, Step
from ..problem.problem import Numbers, Problem
from ..typed.expressions import Parser
from ..typed.names import RangeError, Reader
from ..typed.tokens import UnreadableError
from ..typed.vocabulary import Vocabulary
from ..values.evaluate import Evaluator
from ..values.trace import work_out
from .verdicts import Verdict

POINTS = 5
TOLERANCE = 1e-8
_OPEN = "silu"  # what stands for a σ left open: smooth, and its derivative is no formula of its value
_SIZES = {"inputs": 2, "units": 3}


@dataclass(frozen=True)
class FormulaGrade:
    """What is said of a formula: right, a slip, or invalid with the reason; the formula where it was read."""

    verdict: Verdict
    reason: str = ""
    formula: Formula | None = None

    @property
    def ok(self) -> bool:
        return self.verdict is Verdict.CORRECT


class Values(dict[Key, Array]):
    """Values by key, with those of a quantity with fixed indices (activation@1=0) cut out when asked for."""

    def __init__(self, values: dict[Key, Array], indices: dict[Key, tuple[Index, ...]]) -> None:
        super().__init__(values)
        self.indices = indices

    def __missing__(self, key: Key) -> Array:
        quantity, *places = key[0].split("@")
        array, indices = self[quantity, key[1]], self.indices[quantity, key[1]]
        at = {int(level): int(position) for level, _, position in (place.partition("=") for place in places)}
        found = array[tuple(at.get(index.level, slice(None)) for index in indices)]
        self[key] = found
        return found


@dataclass(frozen=True, eq=False)
class Point:
    """One random network of a problem's shape, worked out."""

    problem: Problem
    values: Values

    def value(self, formula: Formula, indices: tuple[Index, ...]) -> Array:
        """A formula's value with one axis for each of `indices`."""
        return Evaluator(self.problem, self.values).array(transform(formula, _settled), indices)


def _settled(part: Formula) -> Formula:
    if isinstance(part, Function) and part.name == "generic":
        return Function(_OPEN, part.argument, part.derivative, part.parameter, part.over)
    return part


class Reading:
    """What is worked out once for the formulas of one plan: its vocabulary and its random points."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.vocabulary = Vocabulary(plan)
        self.graded: dict[tuple[Key, tuple[int, ...] | None, str], FormulaGrade] = {}
        self.points = tuple(_point(plan, seed) for seed in range(POINTS))

    def parse(self, text: str, step: Step | None = None) -> Formula:
        """A student's text as a formula, an answer to `step`. Raises UnreadableError."""
        try:
            return Parser(text, Reader(self.vocabulary, step)).formula()
        except RangeError:
            raise
        except UnreadableError:
            try:  # perhaps a sum uses one of the handout's letters for another range
                return Parser(text, Reader(self.vocabulary, step, strict=False)).formula()
            except UnreadableError:
                pass
            raise


@lru_cache(maxsize=16)
def reading(plan: Plan) -> Reading:
    """The reading of a plan, kept for its next formula."""
    return Reading(plan)


def parse_formula(text: str, plan: Plan, step: Step | None = None) -> Formula:
    """A student's text as a formula over the plan's quantities; `step`, which it answers, settles doubts.

    Raises UnreadableError, saying why it is none.
    """
    return reading(plan).parse(text, step)


def value_at_random_points(
    formula: Formula, indices: tuple[Index, ...], plan: Plan, position: tuple[int, ...] | None = None
) -> Array:
    """A formula's values, the random points along the first axis; at one position, or at all."""
    values = [point.value(formula, indices) for point in reading(plan).points]
    return np.array(values if position is None else [value[position] for value in values])


def same(
    ours: Formula,
    theirs: Formula,
    indices: tuple[Index, ...],
    plan: Plan,
    position: tuple[int, ...] | None = None,
) -> bool:
    """Whether two formulas agree at every random point: for one cell, or for every value of the indices."""
    for point in reading(plan).points:
        left, right = point.value(ours, indices), point.value(theirs, indices)
        if position is not None:
            left, right = left[position], right[position]
        scale = np.maximum(1e-3, np.abs(left))
        with np.errstate(invalid="ignore"):
            if not np.all(np.abs(left - right) <= TOLERANCE * scale):
                return False
    return True


def grade_formula(plan: Plan, step: Step, position: tuple[int, ...] | None, text: str) -> FormulaGrade:
    """Grade a formula answer to one cell of a step (at `position`), or to the whole quantity (None)."""
    known = reading(plan).graded
    asked = (step.key, position, text)
    if asked not in known:
        known[asked] = _graded(plan, step, position, text)
    return known[asked]


def _graded(plan: Plan, step: Step, position: tuple[int, ...] | None, text: str) -> FormulaGrade:
    try:
        theirs = parse_formula(text, plan, step)
    except RangeError as error:
        return FormulaGrade(Verdict.SLIP, str(error))
    except UnreadableError as error:
        return FormulaGrade(Verdict.INVALID, f"cannot be read: {error}")
    letters = reading(plan).vocabulary.symbols.letters
    loose = sorted(letters.get(index, "?") for index in free_indices(theirs) - set(step.indices))
    if loose:
        return FormulaGrade(
            Verdict.SLIP, f"{', '.join(loose)} runs over no sum, and is no index of what is asked", theirs
        )
    right = same(step.formula, theirs, step.indices, plan, position)
    return FormulaGrade(Verdict.CORRECT if right else Verdict.SLIP, "", theirs)


def _point(plan: Plan, seed: int) -> Point:
    """Random numbers for a plan's problem; drawn anew in the unlikely case that they cannot be worked out."""
    for attempt in range(20):
        problem = _random(plan.problem, np.random.default_rng((seed, attempt)))
        try:
            trace = work_out(make_plan(problem))
        except InputError:
            continue
        indices = {step.key: step.indices for step in trace.plan.steps}
        for level in range(problem.depth + 1):
            pair = (Index(-1), Index(level))
            indices |= {("activation", level): pair, ("target", level): pair}
            indices["weights", level] = (Index(level), Index(level - 1))
            shares = level > 0 and problem.layer(level).shares_bias
            indices["bias", level] = () if shares else (Index(level),)
        return Point(problem, Values(dict(trace.values), indices))
    raise InputError("no random numbers were found at which the problem can be worked out")


def _random(problem: Problem, random: np.random.Generator) -> Problem:
    """The problem with other numbers, all different, of the same shapes."""
    letters: dict[str, int] = {}

    def size(given: int | str, kind: str) -> int:
        return letters.setdefault(given, _SIZES[kind] + len(letters)) if isinstance(given, str) else given

    def draw(*shape: int) -> Numbers:
        return _numbers(random.choice([-1.0, 1.0], shape) * random.uniform(0.2, 1.2, shape))

    features, layers = size(problem.features, "inputs"), []
    before = features
    for layer in problem.layers:
        units = size(layer.units, "units")
        bias = draw(1 if layer.shares_bias else units) if layer.has_bias else None
        activation = _settled_activation(layer.activation)
        layers.append(
            replace(
                layer,
                units=units,
                inputs=before,
                weights=draw(units, before),
                bias=bias,
                activation=activation,
            )
        )
        before = units
    return replace(
        problem,
        features=features,
        layers=tuple(layers),
        inputs=draw(problem.samples, features),
        targets=_targets(problem, before, random),
        learning_rate=problem.learning_rate and _numbers(random.uniform(0.1, 0.9, ())),
        rounding="carry",
    )


def _settled_activation(activation: Row) -> Row:
    if activation.name != "generic":
        return activation
    return replace(ACTIVATIONS[_OPEN], prime_from_preactivation=None, prime_from_activation=None)


def _targets(problem: Problem, outputs: int, random: np.random.Generator) -> Numbers:
    shape = (problem.samples, outputs)
    if problem.loss.targets == "signs":
        return _numbers(random.choice([-1.0, 1.0], shape))
    values = random.uniform(0.1, 0.9, shape)
    if problem.loss.name == "cross_entropy":
        values /= values.sum(axis=1, keepdims=True)
    return _numbers(values)


def _numbers(values: Array | float) -> Numbers:
    array = np.asarray(values, dtype=np.float64)
    return Numbers(array, np.full(array.shape, "", dtype=object))
