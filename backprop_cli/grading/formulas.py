"""Whether a student's formula is right: whether it equals ours at random points.

A point is the same network with random inputs, targets and parameters, and every other quantity worked out
from them, so that a(1 − a) equals σ′(z) and ∂L/∂z equals 2(z − y), as they do for the student.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import chain, permutations
from math import prod

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array
from ..formula.tree import (
    Add,
    Formula,
    Function,
    Index,
    Key,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Ref,
    Sum,
    add,
    children,
    free_indices,
    product,
    refs,
    transform,
    walk,
)
from ..plan.questions import CHAINS, LOCAL, questions
from ..plan.steps import Plan, Step
from ..problem.problem import Numbers, Problem
from ..render.text import TextMath
from ..typed.expressions import Parser
from ..typed.matrices import MatrixParser, ShapeError
from ..typed.names import RangeError, Reader
from ..typed.placing import WrongIndexError
from ..typed.tokens import UnreadableError, sides, tidy
from ..typed.vocabulary import Vocabulary
from ..typed.wording import listed, worded
from ..values.evaluate import Evaluator
from ..values.trace import given_numbers
from .verdicts import Verdict

# (of the layers before the last, of the last one and the targets): how large the numbers of a point are.
# The far ones reach the other branches: a hinge's margin, Huber's threshold, ReLU's off side, max(0, z − 10).
SCALES = ((1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 12.0), (6.0, 1.0), (12.0, 30.0), (0.1, 0.1))
TOLERANCE = 1e-9
ROUNDING = 1e-13  # what float64 leaves of numbers around 1 that cancel
MOST_OWN = 3
_SMALLEST, _LARGEST = 1e-4, 1e4  # of a number that a formula may add to what is due


@dataclass(frozen=True)
class FormulaGrade:
    """What is said of a formula: right, a slip, or invalid with the reason; the formula where it was read."""

    verdict: Verdict
    reason: str = ""
    formula: Formula | None = None
    codes: tuple[str, ...] = ()  # slip codes that are known from reading it alone

    @property
    def ok(self) -> bool:
        return self.verdict is Verdict.CORRECT


@dataclass(frozen=True, eq=False)
class Point:
    """One random network of a problem's shape, worked out; `scale` is the size of its numbers."""

    problem: Problem
    values: dict[Key, Array]
    scale: float
    settle: Callable[[Formula], Formula]

    def value(self, formula: Formula, indices: tuple[Index, ...]) -> Array:
        """A formula's value with one axis for each of `indices`."""
        return Evaluator(self.problem, self.values).array(transform(formula, self.settle), indices)

    def agree(self, left: Array, right: Array) -> bool:
        """Whether two values are the same but for the rounding of float64."""
        slack = ROUNDING * max(1.0, self.scale) ** 3
        with np.errstate(invalid="ignore"):
            reach = TOLERANCE * np.maximum(np.abs(left), np.abs(right)) + slack
            return bool(np.all(np.abs(left - right) <= reach))


def _smooth(random: np.random.Generator) -> Callable[[Formula], Formula]:
    """Puts a random smooth function in the place of a σ left open: c₀x + Σ cᵢ tanh(bᵢx + dᵢ)."""
    slope, *terms = [
        tuple(number_of(float(value)) for value in row) for row in random.uniform(0.3, 1.7, (4, 3))
    ]

    def settle(part: Formula) -> Formula:
        if not isinstance(part, Function) or part.name != "generic":
            return part
        x, found = part.argument, [slope[0] if part.derivative else product(slope[0], part.argument)]
        for c, b, d in terms:
            bent = Function("tanh", add(product(b, x), d), part.derivative)
            found.append(product(c, b, bent) if part.derivative else product(c, bent))
        return add(*found)

    return settle


def number_of(value: float) -> Number:
    """A float as the number of a formula."""
    return Number(Fraction(value))


class Reading:
    """What is worked out once for the formulas of one plan: its vocabulary and its random points."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.vocabulary = Vocabulary(plan)
        self.graded: dict[tuple[Key, tuple[int, ...] | None, str], FormulaGrade] = {}
        self.points = tuple(_point(plan, seed, scales) for seed, scales in enumerate(SCALES))
        self.ranks = _ranks(plan)
        self.repaired = 0  # wrong formulas for which a repair was looked for
        self.mended = 0  # unreadable ones for which a mend was looked for
        bracketed = plan.problem.notation.layer_mark.startswith("[")
        names = [layer.name for layer in plan.problem.layers]
        self.marks = frozenset(("0", *names)) if bracketed else frozenset[str]()

    def parse(self, text: str, step: Step | None = None, left: str = "") -> Formula:
        """A student's text as a formula, an answer to `step` behind a `left` side. Raises UnreadableError."""
        first: UnreadableError | None = None
        for own in self._own_letters(text, step, left):
            for strict in (True, False):  # perhaps a sum uses one of the handout's letters for another range
                try:
                    return Parser(text, Reader(self.vocabulary, step, strict, own)).formula()
                except RangeError:
                    raise
                except UnreadableError as error:
                    first = first or error
        try:
            whole = self._whole(text, step)
        except ShapeError:
            if not isinstance(first, WrongIndexError):
                raise
            whole = None
        if whole is not None:
            return whole
        raise first or UnreadableError("something is missing")

    def _as_written(self, indices: tuple[Index, ...]) -> tuple[Index, ...]:
        """The indices of a quantity in the order the handout writes them."""
        ordered: tuple[Index, ...] = tuple(self.vocabulary.symbols.ordered(indices))
        inputs_first = self.vocabulary.problem.notation.weight_order == "input,unit"
        return ordered[::-1] if inputs_first and all(one.level >= 0 for one in ordered) else ordered

    def _own_letters(self, text: str, step: Step | None, left: str) -> Iterator[dict[str, Index]]:
        """What letters of the student's own may stand for: as the left side binds them; none; then each way
        in which letters that the handout has not can be the indices of what is asked.
        """
        running = (
            [] if step is None else [one for one in step.indices if self.vocabulary.problem.size(one) != 1]
        )
        order = list(self._as_written(tuple(running)))
        known = self.vocabulary.symbols.letters
        taken = {
            letter
            for index, letter in known.items()
            if index.copy == 0 and self.vocabulary.problem.size(index) != 1
        }
        bound = _SUBSCRIPT.search(left)
        letters = re.findall(r"[^\W\d_]", bound[1]) if bound else []
        if letters and len(letters) == len(order) == len(set(letters)):
            own = {
                letter: index
                for letter, index in zip(letters, order, strict=True)
                if known.get(index) != letter
            }
            if own:
                yield own
        yield {}
        used = dict.fromkeys(
            letter
            for braced, run in re.findall(r"_(?:\{([^{}]*)\}|([^\W_]+(?:,[^\W_]+)*))", text)
            for place, letter in enumerate(braced or run)
            if braced or place == 0 or letter not in self.vocabulary.entries  # v_jh_j is v_j h_j
        )
        sums = set(re.findall(r"[Σ]_?\{?([^\W\d_])", text)) | set(re.findall(r"sum_\{?([^\W\d_])", text))
        strange = [one for one in used if one.isalpha() and one not in sums and one not in taken]
        if 0 < len(strange) <= len(order) <= 3:
            for indices in permutations(order, len(strange)):
                yield dict(zip(strange, indices, strict=True))

    def _whole(self, text: str, step: Step | None) -> Formula | None:
        """A text as a formula of whole vectors and matrices: u v element by element, else as a dot product.

        Raises ShapeError where it is one whose shapes do not fit, or that is transposed.
        """
        wanted = (
            tuple(index for index in step.indices if self.vocabulary.problem.size(index) != 1) if step else ()
        )
        misfit: ShapeError | None = None
        for dots in (False, True):
            try:
                whole = MatrixParser(text, Reader(self.vocabulary, step), dots).whole()
            except ShapeError as error:
                misfit = misfit or error
                continue
            except UnreadableError:
                return None
            if step is None or (
                free_indices(whole.formula) == set(wanted) and set(whole.axes) <= set(wanted)
            ):
                if len(wanted) == 2 and whole.axes != self._as_written(wanted):
                    raise ShapeError(
                        "the result is transposed: its rows are the columns of what is asked for"
                    )
                return whole.formula
            misfit = misfit or ShapeError("its shape is not that of what is asked for")
        if misfit:
            raise misfit
        return None


@lru_cache(maxsize=16)
def reading(plan: Plan) -> Reading:
    """The reading of a plan, kept for its next formula."""
    return Reading(plan)


_SUBSCRIPT = re.compile(r"_\{?([^\W_]+(?:,[^\W_]+)*)\}?\s*\}?\s*\)?\s*$")


def parse_formula(text: str, plan: Plan, step: Step | None = None, left: str = "") -> Formula:
    """A student's text as a formula over the plan's quantities; `step`, which it answers, settles doubts, and
    the `left` side of its equation the letters of its indices.

    Raises UnreadableError, saying why it is none.
    """
    return reading(plan).parse(text, step, left)


def value_at_random_points(
    formula: Formula, indices: tuple[Index, ...], plan: Plan, position: tuple[int, ...] | None = None
) -> Array:
    """A formula's values at the random points near 1, one after another: at one position, or at all."""
    points = [point for point in reading(plan).points if point.scale == 1.0]
    values = [point.value(formula, indices) for point in points]
    return np.concatenate([np.ravel(value if position is None else value[position]) for value in values])


def same(
    ours: Formula,
    theirs: Formula,
    indices: tuple[Index, ...],
    plan: Plan,
    position: tuple[int, ...] | None = None,
) -> bool:
    """Whether two formulas agree at every random point: for one cell, or for every value of the indices.

    A far point at which ours has no finite value says nothing.
    """
    pairs = zip(reading(plan).points, _at_points(plan, ours, indices), strict=True)
    further = ((point, point.value(ours, indices)) for point in _own_points(plan, theirs, ours))
    for point, left in chain(pairs, further):
        right = point.value(theirs, indices)
        if position is not None:
            left, right = left[position], right[position]
        if point.scale != 1.0:
            known = np.isfinite(left)
            left, right = left[known], right[known]
        if not point.agree(left, right):
            return False
    return ours == theirs or not (_divides_by_nothing(theirs, plan) or strange(theirs, ours))


@lru_cache(maxsize=512)
def _at_points(plan: Plan, ours: Formula, indices: tuple[Index, ...]) -> tuple[Array, ...]:
    """Our formula's value at every random point, once for a class."""
    return tuple(point.value(ours, indices) for point in reading(plan).points)


def _divides_by_nothing(formula: Formula, plan: Plan) -> bool:
    """Whether a denominator is 0 whatever the numbers are: 0/(z − z)."""
    bottoms = [part.denominator for _, part in walk(formula) if isinstance(part, Quotient)]
    points = [point for point in reading(plan).points if point.scale == 1.0]
    for bottom in bottoms:
        indices = tuple(sorted(free_indices(bottom)))
        if all(not np.any(np.abs(point.value(bottom, indices)) > ROUNDING) for point in points):
            return True
    return False


def own_scales(theirs: Formula, ours: Formula) -> tuple[float, ...]:
    """How large numbers must be to come to where a formula's own do: max(0, z − 100), σ(1000z)."""
    known = {abs(value) for value in _constants(ours)}
    found = dict.fromkeys(abs(value) for value in _constants(theirs) if abs(value) not in known)
    large = [float(value) for value in found if value and not Fraction(1, 9) < value < 9]
    plain = [value for value in large if _SMALLEST <= value <= _LARGEST]
    return tuple(scale for value in plain[:MOST_OWN] for scale in (1.5 * value, 3 * value, 1 / value))


def _own_points(plan: Plan, theirs: Formula, ours: Formula) -> Iterator[Point]:
    """Points with numbers as large as a formula's own."""
    for scale in own_scales(theirs, ours):
        yield from _points_of_scale(plan, scale)


@lru_cache(maxsize=64)
def _points_of_scale(plan: Plan, scale: float) -> tuple[Point, ...]:
    return tuple(_point(plan, len(SCALES) + seed, (scale, scale)) for seed in range(4))


def strange(theirs: Formula, ours: Formula) -> bool:
    """Whether a number in a formula is there to make no visible difference: 10⁻¹², 1 + 10⁻⁸."""
    known = {abs(value) for value in _constants(ours)}
    return any(abs(value) not in known and not _plain(abs(float(value))) for value in _constants(theirs))


def _plain(value: float) -> bool:
    """Whether a number is one that stands in formulas: neither tiny nor huge, nor a hair off a simple one."""
    if value == 0:
        return True
    if not _SMALLEST <= value <= _LARGEST:
        return False
    simple = float(Fraction(value).limit_denominator(20))
    return abs(value - simple) <= 1e-12 * value or abs(value - simple) > 1e-4 * value


def _constants(formula: Formula) -> Iterator[Fraction]:
    """The numbers in a formula, those of a product or quotient multiplied into one, those of a sum added."""
    match formula:
        case Number(value):
            yield value
        case Add(terms):
            alone = [scale for scale, rest in map(_split, terms) if not rest]
            if alone:
                yield sum(alone, Fraction(0))
            yield from alone
            for term in terms:
                yield from _constants(term)
        case Product() | Quotient() | Negation():
            scale, rest = _split(formula)
            yield scale
            for part in rest:
                yield from _constants(part)
        case _:
            for part in children(formula):
                yield from _constants(part)


def _split(formula: Formula) -> tuple[Fraction, list[Formula]]:
    """A formula as its number and what it is multiplied by."""
    match formula:
        case Number(value):
            return value, []
        case Negation(body):
            scale, rest = _split(body)
            return -scale, rest
        case Product(factors):
            parts = [_split(factor) for factor in factors]
            return prod((scale for scale, _ in parts), start=Fraction(1)), [
                one for _, rest in parts for one in rest
            ]
        case Quotient(numerator, denominator):
            (top, above), (bottom, below) = _split(numerator), _split(denominator)
            return (top / bottom if bottom else top), above + below
        case Power(Number(value), exponent) if 0 < exponent < 99:
            return value**exponent, []
        case _:
            return Fraction(1), [formula]


def _ranks(plan: Plan) -> dict[Key, float]:
    """Where each quantity stands in the solution: the place of its line; just behind what it is made of.

    What the handout does not write down stands behind the last quantity in its formula; another name of one
    stands where that does.
    """
    ranks: dict[Key, float] = {
        step.key: float(place) for place, step in enumerate(plan.steps) if step.written
    }
    waiting = {step.key: step for step in plan.steps if not step.written}

    def rank(key: Key) -> float:
        if key in waiting:
            step = waiting.pop(key)
            above = max((rank(ref.key) for ref in refs(step.formula)), default=-1.0)
            body = step.formula.body if isinstance(step.formula, Negation) else step.formula
            ranks[key] = above if isinstance(body, Ref) else above + 0.5
        return ranks.get(key, -1.0)

    for step in plan.steps:
        rank(step.key)
    if plan.problem.symbolic:
        ranks |= {step.key: _question_rank(step, ranks) for step in questions(plan)}
    return ranks


def _question_rank(step: Step, ranks: dict[Key, float]) -> float:
    """Where a local derivative stands: behind what is differentiated; a chain where its gradient does."""
    if step.quantity in CHAINS:
        return ranks[CHAINS[step.quantity], step.level]
    if step.quantity == "loss_by_output":
        return ranks.get(("activation_gradient", step.level), ranks.get(("loss", 0), 0.0))
    return ranks.get((LOCAL[step.quantity], step.level), 0.0) + 0.25


def grade_formula(plan: Plan, step: Step, position: tuple[int, ...] | None, text: str) -> FormulaGrade:
    """Grade a formula answer to one cell of a step (at `position`), or to the whole quantity (None)."""
    known = reading(plan).graded
    asked = (step.key, position, text)
    if asked not in known:
        known[asked] = _graded(plan, step, position, text)
    return known[asked]


def _graded(plan: Plan, step: Step, position: tuple[int, ...] | None, text: str) -> FormulaGrade:
    try:
        if position is None and (rows := listed(text, reading(plan).marks)) is not None:
            return _componentwise(plan, step, rows)
        return _equation(plan, step, position, sides(tidy(worded(text, reading(plan).marks))))
    except WrongIndexError as error:
        return FormulaGrade(Verdict.SLIP, str(error), codes=("wrong-input",))
    except (RangeError, ShapeError) as error:
        return FormulaGrade(Verdict.SLIP, str(error))
    except UnreadableError as error:
        return FormulaGrade(Verdict.INVALID, f"cannot be read: {error}")


def _componentwise(plan: Plan, step: Step, rows: list[list[str]]) -> FormulaGrade:
    """Grade a vector or matrix written out component by component."""
    sizes = [plan.problem.size(index) for index in step.indices]
    shape = tuple(int(size) for size in sizes if not isinstance(size, str))
    running = [size for size in shape if size != 1]
    flat = [entry for row in rows for entry in row]
    if len(shape) < len(sizes) or len(flat) != prod(shape) or (len(running) == 2 and len(rows) != running[0]):
        return FormulaGrade(Verdict.SLIP, "its shape is not that of what is asked for")
    grades = [
        _graded(plan, step, position, entry) for position, entry in zip(np.ndindex(shape), flat, strict=True)
    ]
    return next((grade for grade in grades if not grade.ok), grades[0])


def _equation(plan: Plan, step: Step, position: tuple[int, ...] | None, texts: list[str]) -> FormulaGrade:
    """Grade all sides of an equation: each must be what is asked for, or a right formula for it.

    A side before the last that cannot be read is a name of the student's own, and proves nothing.
    """
    worked: FormulaGrade | None = None
    for number, text in enumerate(texts):
        last = number == len(texts) - 1
        try:
            theirs = parse_formula(text, plan, step, texts[0] if len(texts) > 1 else "")
        except UnreadableError:
            if last and worked is None:
                raise
            continue
        if len(texts) > 1 and _asked(theirs, step, plan):
            continue
        grade = _side(plan, step, position, theirs)
        if not grade.ok:
            if number == 0 and _named_alike(theirs, step):
                continue
            if number == 0 and isinstance(theirs, Ref) and not last:
                return FormulaGrade(
                    Verdict.SLIP, f"{text} is another quantity than the one asked for", theirs
                )
            return grade
        worked = grade
    if worked is None:
        return FormulaGrade(Verdict.SLIP, "this is the name of what is asked for, not its formula")
    return worked


def _named_alike(formula: Formula, step: Step) -> bool:
    """Whether a left side is what the handout calls the asked quantity: w ← …, and C of the batch as of one
    sample.
    """
    if not isinstance(formula, Ref):
        return False
    losses = ("loss", "sample_losses")
    moved = (f"new_{formula.quantity}", formula.level) == step.key
    return moved or (formula.quantity in losses and step.quantity in losses)


def _asked(formula: Formula, step: Step, plan: Plan) -> bool:
    """Whether a side is the quantity that is asked for, whole or one of its cells, or another name of it."""
    if not isinstance(formula, Ref):
        return False
    ranks, key = reading(plan).ranks, formula.key
    return key == step.key or (key in ranks and ranks[key] == ranks.get(step.key))


def _side(plan: Plan, step: Step, position: tuple[int, ...] | None, theirs: Formula) -> FormulaGrade:
    """Grade one formula."""
    known = reading(plan)
    letters = known.vocabulary.symbols.letters
    loose = sorted(letters.get(index, "?") for index in free_indices(theirs) - set(step.indices))
    if loose:
        said = f"{', '.join(loose)} runs over no sum, and is no index of what is asked"
        sums = {letters.get(part.index) for _, part in walk(step.formula) if isinstance(part, Sum)}
        codes = ("missing-term",) if set(loose) <= sums else ()
        return FormulaGrade(Verdict.SLIP, said, theirs, codes)
    if not same(step.formula, theirs, step.indices, plan, position):
        return FormulaGrade(Verdict.SLIP, "", theirs)
    own = known.ranks.get(step.key, -1.0)
    for ref in refs(theirs):
        if known.ranks.get(ref.key, -1.0) >= own:
            same_one = ref.key == step.key or known.ranks.get(ref.key) == own
            why = "is what is asked for" if same_one else "stands below this line"
            name = TextMath().line(known.vocabulary.symbols.whole(ref))
            return FormulaGrade(
                Verdict.SLIP, f"{name} {why}: a formula may use only what stands above its own line", theirs
            )
    return FormulaGrade(Verdict.CORRECT, "", theirs)


def _point(plan: Plan, seed: int, scales: tuple[float, float]) -> Point:
    """Random numbers for a plan's problem; drawn anew in the unlikely case that they cannot be worked out."""
    for attempt in range(20):
        random = np.random.default_rng((seed, attempt))
        problem, settle = _random(plan.problem, random, scales), _smooth(random)
        values = {key: given.values for key, given in given_numbers(problem).items()}
        point = Point(problem, values, max(scales), settle)
        for step in plan.steps:
            values[step.key] = point.value(step.formula, step.indices)
        if point.scale == 1.0 and not all(np.isfinite(array).all() for array in values.values()):
            continue
        return point
    raise InputError("no random numbers were found at which the problem can be worked out")


def _random(problem: Problem, random: np.random.Generator, scales: tuple[float, float]) -> Problem:
    """The problem with other numbers, all different, of the same shapes; a size that is a letter is drawn."""
    letters: dict[str, int] = {}
    free = random.permutation([2, 3, 4, 5, 6])

    def size(given: int | str) -> int:
        return letters.setdefault(given, int(free[len(letters) % 5])) if isinstance(given, str) else given

    def draw(*shape: int, scale: float = scales[0]) -> Numbers:
        return _numbers(scale * random.choice([-1.0, 1.0], shape) * random.uniform(0.2, 1.2, shape))

    features, layers = size(problem.features), []
    before = features
    for layer in problem.layers:
        units = size(layer.units)
        scale = scales[layer is problem.layers[-1]]
        bias = draw(1 if layer.shares_bias else units, scale=scale) if layer.has_bias else None
        layers.append(
            replace(
                layer,
                units=units,
                inputs=before,
                weights=draw(units, before, scale=scale),
                bias=bias,
            )
        )
        before = units
    return replace(
        problem,
        features=features,
        layers=tuple(layers),
        inputs=draw(problem.samples, features, scale=min(scales[0], 1.0)),
        targets=_targets(problem, before, random, scales[1]),
        learning_rate=problem.learning_rate and _numbers(random.uniform(0.1, 0.9, ())),
        rounding="carry",
    )


def _targets(problem: Problem, outputs: int, random: np.random.Generator, scale: float) -> Numbers:
    shape = (problem.samples, outputs)
    signs = random.choice([-1.0, 1.0], shape)
    if problem.loss.targets == "signs":
        return _numbers(signs)
    values = random.uniform(0.1, 0.9, shape)
    if problem.loss.targets not in ("probabilities", "classes") and problem.loss.name != "cross_entropy":
        values = signs * values * scale
    if problem.loss.name == "cross_entropy":
        values /= values.sum(axis=1, keepdims=True)
    return _numbers(values)


def _numbers(values: Array | float) -> Numbers:
    array = np.asarray(values, dtype=np.float64)
    return Numbers(array, np.full(array.shape, "", dtype=object))
