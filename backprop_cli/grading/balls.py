"""Balls, and formulas over them: how far honest rounding of the numbers above a line can take its result.

A ball is a centre and a radius, so [centre − radius, centre + radius] is the interval that a written number
stands for: ± half a unit in its last place. The centre is exactly what the line gives with the numbers as
written. Source: midpoint-radius interval arithmetic, Rump, *BIT* 39 (1999).

Glossary
    STUDENT   the index over the students of a class; it comes first in every array that depends on one
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

from ..formula.arithmetic import Array
from ..formula.differentiate import differentiate
from ..formula.tree import (
    Add,
    At,
    Extreme,
    Formula,
    Function,
    Index,
    Key,
    Kronecker,
    Level,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Raised,
    Ref,
    Shifted,
    Size,
    Sum,
    letters,
    transform,
    walk,
)
from ..functions.table import Row, row_of
from ..problem.problem import Problem
from ..values.evaluate import apply, cut

STUDENT = Index(-2)


@dataclass(frozen=True, eq=False)
class Ball:
    """Centres and radii over the axes of some indices, in that order; a radius of None is 0 everywhere."""

    centre: Array
    radius: Array | None
    axes: tuple[Index, ...]

    def of(self, students: NDArray[np.intp]) -> Ball:
        """The balls of some of the students."""
        if STUDENT not in self.axes:
            return self
        radius = None if self.radius is None else self.radius[students]
        return Ball(self.centre[students], radius, self.axes)

    def spread(self) -> Array:
        """The radius as an array."""
        return np.zeros(()) if self.radius is None else self.radius


def aligned(array: Array, axes: tuple[Index, ...], wanted: tuple[Index, ...]) -> Array:
    if axes == wanted or not array.ndim:
        return array
    present = tuple(index for index in wanted if index in axes)
    array = array.transpose([axes.index(index) for index in present])
    return array.reshape([array.shape[present.index(index)] if index in present else 1 for index in wanted])


def together(balls: list[Ball]) -> list[Ball]:
    axes = balls[0].axes
    if any(ball.axes != axes for ball in balls):
        axes = tuple(sorted({index for ball in balls for index in ball.axes}))
    return [
        Ball(
            aligned(ball.centre, ball.axes, axes),
            None if ball.radius is None else aligned(ball.radius, ball.axes, axes),
            axes,
        )
        for ball in balls
    ]


def plus(left: Ball, right: Ball) -> Ball:
    radius = (
        left.radius
        if right.radius is None
        else right.radius
        if left.radius is None
        else left.radius + right.radius
    )
    return Ball(np.asarray(left.centre + right.centre), radius, left.axes)


def times(left: Ball, right: Ball) -> Ball:
    centre = scaled(left.centre, right.centre)
    if left.radius is None and right.radius is None:
        return Ball(centre, None, left.axes)
    if left.radius is None:
        return Ball(centre, scaled(np.abs(left.centre), right.spread()), left.axes)
    if right.radius is None:
        return Ball(centre, scaled(np.abs(right.centre), left.radius), left.axes)
    radius = scaled(np.abs(left.centre) + left.radius, right.radius) + scaled(
        np.abs(right.centre), left.radius
    )
    return Ball(centre, radius, left.axes)


def scaled(left: Array, right: Array) -> Array:
    """left·right, where an exact 0 stays one even beside an infinite ln 0."""
    result = np.asarray(left * right)
    if np.isnan(result).any():
        result = np.where((left == 0) | (right == 0), 0.0, result)
    return result


Balls = Mapping[Key, Ball]


class BallEvaluator:
    """Evaluates formulas over named balls."""

    def __init__(self, problem: Problem, balls: Balls) -> None:
        self.problem = problem
        self.balls = balls

    def ball(self, formula: Formula, indices: tuple[Index, ...], students: int) -> Ball:
        """The formula's ball with axes (student, *indices), whole."""
        with np.errstate(all="ignore"):
            value = self.value(formula)
        wanted = (STUDENT, *indices)
        shape = (students, *(self.size(index) for index in indices))
        centre = np.broadcast_to(aligned(value.centre, value.axes, wanted), shape)
        if value.radius is None:
            return Ball(centre, None, wanted)
        return Ball(centre, np.broadcast_to(aligned(value.radius, value.axes, wanted), shape), wanted)

    def line(self, formula: Formula, indices: tuple[Index, ...], students: int) -> Ball:
        """The ball of a whole line, no wider than what its operands bring in to first order.

        In a(1 − a) both factors hold the same a, which a product of balls does not know. By the mean value
        theorem |f(x) − f(c)| ≤ Σ_r sup |∂f/∂r|·ρ_r over the operands r with their radii ρ, the supremum
        taken over the balls of the line: |1 − 2a|·ρ and a remainder of second order.
        """
        whole = self.ball(formula, indices, students)
        slopes = _slopes(formula, indices)
        if whole.radius is None or not slopes:
            return whole
        total: Array = np.zeros(())
        with np.errstate(all="ignore"):
            for ref, slope, summed in slopes:
                operand, steep = self.value(ref), self.value(slope)
                if operand.radius is None:
                    continue
                most = Ball(np.abs(steep.centre) + steep.spread(), None, steep.axes)
                reach = np.broadcast_to(operand.radius, operand.centre.shape)
                moved = times(*together([most, Ball(reach, None, operand.axes)]))
                for index in summed:
                    moved = _sum_over(moved, index, self.size(index))
                wanted = (STUDENT, *indices)
                total = total + np.broadcast_to(aligned(moved.centre, moved.axes, wanted), whole.centre.shape)
        radius = np.where(np.isfinite(total), np.minimum(whole.radius, total), whole.radius)
        return Ball(whole.centre, radius, whole.axes)

    def size(self, index: Index) -> int:
        return int(self.problem.size(index))

    def value(self, formula: Formula) -> Ball:
        return _READERS[type(formula)](self, formula)


# Functions whose slope `differentiate` knows and that have one everywhere, at a corner all between its two.
_SMOOTH = ("sigmoid", "tanh", "exp", "ln", "sqrt", "softplus", "silu", "sin", "cos", "softmax")
_LIPSCHITZ = frozenset((*_SMOOTH, "relu", "leaky_relu", "elu", "abs"))


@lru_cache(maxsize=4096)
def _slopes(
    formula: Formula, indices: tuple[Index, ...]
) -> tuple[tuple[Ref, Formula, tuple[Index, ...]], ...]:
    """For each operand of a line ∂line/∂operand, and the indices of the operand that the line sums over.

    Nothing where every operand stands once (its ball is as narrow as can be), or where a slope has a jump.
    """
    operands: dict[Operand, list[Ref]] = {}
    for part in (part for _, part in walk(formula)):
        if isinstance(part, Ref):
            operands.setdefault(_operand(part), []).append(part)
        if isinstance(part, Function) and (part.derivative or part.name not in _LIPSCHITZ):
            return ()
        if isinstance(part, Raised) or (isinstance(part, Extreme) and part.picked is not None):
            return ()
    over = {part.over for _, part in walk(formula) if isinstance(part, Function) and part.over}
    if all(len(refs) == 1 for refs in operands.values()) and not over:
        return ()
    found = []
    for refs in operands.values():
        target = _target(refs, tuple(index for index in indices if index not in over))
        if target is None:
            return ()
        summed = tuple(index for index in target.indices if index in letters(index) and index not in indices)
        found.append((target, _slope(formula, refs, target), summed))
    return tuple(found)


Operand = tuple[Key, tuple[Index | Level, ...]]


def _operand(ref: Ref) -> Operand:
    """What a quantity is an operand as: at a fixed position it is another one than along a letter."""
    return ref.key, tuple(place if place not in letters(place) else place.level for place in ref.indices)


def _target(refs: list[Ref], indices: tuple[Index, ...]) -> Ref | None:
    """The operand at any of its places: with letters of its own but where all its uses have the line's."""
    places: list[Index] = []
    for axis, uses in enumerate(zip(*(ref.indices for ref in refs), strict=True)):
        place = uses[0]
        if all(use == place for use in uses) and (place in indices or place not in letters(place)):
            places.append(place)
        elif all(use in letters(use) for use in uses):
            places.append(Index(place.level, _OWN_COPY + axis))
        else:
            return None
    return Ref(refs[0].quantity, refs[0].level, tuple(places))


_OWN_COPY = 60


def _slope(formula: Formula, refs: list[Ref], target: Ref) -> Formula:
    """∂formula/∂operand, of just this operand."""
    uses = set(refs)

    def apart(part: Formula) -> Formula:
        return Ref("operand", 0, part.indices) if isinstance(part, Ref) and part in uses else part

    def back(part: Formula) -> Formula:
        if isinstance(part, Ref) and part.quantity == "operand":
            return Ref(target.quantity, target.level, part.indices)
        return part

    alone = Ref("operand", 0, target.indices)
    return transform(differentiate(transform(formula, apart), alone), back)


def _sum_over(ball: Ball, index: Index, count: int) -> Ball:
    if index not in ball.axes:
        return Ball(ball.centre * count, None, ball.axes)
    axis = ball.axes.index(index)
    return Ball(np.asarray(ball.centre.sum(axis=axis)), None, ball.axes[:axis] + ball.axes[axis + 1 :])


def _ref(reader: BallEvaluator, formula: Ref) -> Ball:
    """A quantity along its own indices, or as a mistake reads it: along another range's, or shifted."""
    ball = reader.balls[formula.key]
    lead = tuple(index for index in ball.axes if index == STUDENT)
    places = tuple(place.terms[0][1] if isinstance(place, Shifted) else place for place in formula.indices)

    def read(array: Array) -> Array:
        return cut(_along(array, len(lead), formula.indices, reader.size), places)[0]

    radius = None if ball.radius is None else read(np.broadcast_to(ball.radius, ball.centre.shape))
    return Ball(read(ball.centre), radius, (*lead, *(place for place in places if not isinstance(place, At))))


def _along(array: Array, lead: int, places: tuple[Index, ...], size: Callable[[Index], int]) -> Array:
    """An array with the axes behind its leading ones as long as the ranges of `places`.

    What it has too much is cut, what it lacks is nan, which fits nothing; a shifted one goes round.
    """
    for axis, place in enumerate(places, start=lead):
        if isinstance(place, Shifted):
            array = np.roll(array, -place.offset, axis)
        elif not isinstance(place, At) and size(place) != array.shape[axis]:
            lacking = [
                (0, max(0, size(place) - array.shape[axis])) if at == axis else (0, 0)
                for at in range(array.ndim)
            ]
            array = np.pad(array, lacking, constant_values=np.nan).take(range(size(place)), axis)
    return array


def _number(reader: BallEvaluator, formula: Number) -> Ball:
    return Ball(np.asarray(float(formula.value)), None, ())


def _size(reader: BallEvaluator, formula: Size) -> Ball:
    return Ball(np.asarray(float(reader.size(formula.index))), None, ())


def _kronecker(reader: BallEvaluator, formula: Kronecker) -> Ball:
    eye, axes = cut(np.eye(reader.size(formula.left)), (formula.left, formula.right))
    return Ball(eye, None, axes)


def _add(reader: BallEvaluator, formula: Add) -> Ball:
    return reduce(plus, together([reader.value(term) for term in formula.terms]))


def _product(reader: BallEvaluator, formula: Product) -> Ball:
    return reduce(times, together([reader.value(factor) for factor in formula.factors]))


def _negation(reader: BallEvaluator, formula: Negation) -> Ball:
    ball = reader.value(formula.body)
    return Ball(-ball.centre, ball.radius, ball.axes)


def _power(reader: BallEvaluator, formula: Power) -> Ball:
    base = reader.value(formula.base)
    return reduce(times, [base] * formula.exponent)


def _raised(reader: BallEvaluator, formula: Raised) -> Ball:
    """base^exponent, as wide as it is at the corners: it is monotone in each for a base above 0."""
    base, power = together([reader.value(formula.base), reader.value(formula.exponent)])
    centre = np.power(base.centre, power.centre)
    if base.radius is None and power.radius is None:
        return Ball(centre, None, base.axes)
    corners = [
        np.power(base.centre + one * base.spread(), power.centre + other * power.spread())
        for one in (-1.0, 1.0)
        for other in (-1.0, 1.0)
    ]
    radius = reduce(np.maximum, [np.abs(corner - centre) for corner in corners])
    return Ball(centre, np.where(np.isfinite(radius), radius, np.inf), base.axes)


def _extreme(reader: BallEvaluator, formula: Extreme) -> Ball:
    """The largest or smallest; with `picked` 1 where that argument is it, and 0 or 1 where it may be."""
    arguments = together([reader.value(argument) for argument in formula.arguments])
    sign = 1.0 if formula.name == "max" else -1.0
    centres = np.stack(np.broadcast_arrays(*(sign * ball.centre for ball in arguments)))
    spreads = np.stack([np.broadcast_to(ball.spread(), centres.shape[1:]) for ball in arguments])
    exact = all(ball.radius is None for ball in arguments)
    axes = arguments[0].axes
    if formula.picked is None:
        radius = np.maximum(
            (centres + spreads).max(axis=0) - centres.max(axis=0),
            centres.max(axis=0) - (centres - spreads).max(axis=0),
        )
        return Ball(sign * centres.max(axis=0), None if exact else radius, axes)
    centre = (centres.argmax(axis=0) == formula.picked).astype(np.float64)
    rivals = np.delete(centres - spreads, formula.picked, axis=0).max(axis=0)
    own = centres[formula.picked] + spreads[formula.picked]
    sure_low = np.delete(centres + spreads, formula.picked, axis=0).max(axis=0)
    sure = (centres[formula.picked] - spreads[formula.picked] > sure_low) | (own < rivals)
    return Ball(centre, None if exact else np.where(sure, 0.0, 1.0), axes)


def _quotient(reader: BallEvaluator, formula: Quotient) -> Ball:
    top, bottom = together([reader.value(formula.numerator), reader.value(formula.denominator)])
    centre = np.where(top.centre == 0, 0.0, top.centre / bottom.centre)
    if top.radius is None and bottom.radius is None:
        return Ball(centre, None, top.axes)
    room = np.abs(bottom.centre) - bottom.spread()
    radius = np.where(room > 0, (np.abs(centre) * bottom.spread() + top.spread()) / room, np.inf)
    exact_zero = (top.centre == 0) & (top.spread() == 0)
    return Ball(centre, np.where(exact_zero, 0.0, radius), top.axes)


def _sum(reader: BallEvaluator, formula: Sum) -> Ball:
    body = reader.value(formula.body)
    if formula.index not in body.axes:
        count = reader.size(formula.index)
        return Ball(body.centre * count, None if body.radius is None else body.radius * count, body.axes)
    axis = body.axes.index(formula.index)
    radius = (
        None
        if body.radius is None
        else np.asarray(np.broadcast_to(body.radius, body.centre.shape).sum(axis=axis))
    )
    return Ball(np.asarray(body.centre.sum(axis=axis)), radius, body.axes[:axis] + body.axes[axis + 1 :])


def _function(reader: BallEvaluator, formula: Function) -> Ball:
    argument = reader.value(formula.argument)
    if formula.over is not None:
        return _softmax(argument, formula)
    return _mapped(argument, lambda x: apply(formula, x), row_of(formula))


def _mapped(argument: Ball, f: Callable[[Array], Array], row: Row) -> Ball:
    """f of a ball: as wide as f at its ends, and where f or f′ turns between them."""
    centre = f(argument.centre)
    if argument.radius is None:
        return Ball(centre, None, argument.axes)
    low, high = argument.centre - argument.radius, argument.centre + argument.radius
    ends = [f(low), f(high), *(f(np.clip(turn, low, high)) for turn in row.turning(low))]
    radius = reduce(np.maximum, [np.abs(end - centre) for end in ends])
    return Ball(centre, np.where(np.isfinite(radius), radius, np.inf), argument.axes)


def _softmax(argument: Ball, formula: Function) -> Ball:
    """e^(z_k)/Σ_m e^(z_m): largest with its own z high and all others low."""
    over = formula.over
    if over is None:
        raise ValueError("softmax needs the index it normalises over")
    axis = argument.axes.index(over)
    f = row_of(formula)
    z = np.moveaxis(argument.centre, axis, -1)
    centre = f(z)
    if argument.radius is None:
        return Ball(np.moveaxis(centre, -1, axis), None, argument.axes)
    spread = np.moveaxis(np.broadcast_to(argument.radius, argument.centre.shape), axis, -1)
    radius = np.zeros_like(centre)
    for unit in range(z.shape[-1]):
        sign = -np.ones(z.shape[-1])
        sign[unit] = 1.0
        for direction in (1.0, -1.0):
            moved = f(z + direction * sign * spread)[..., unit]
            radius[..., unit] = np.maximum(radius[..., unit], np.abs(moved - centre[..., unit]))
    return Ball(np.moveaxis(centre, -1, axis), np.moveaxis(radius, -1, axis), argument.axes)


_READERS: dict[type, Callable[..., Ball]] = {
    Number: _number,
    Ref: _ref,
    Size: _size,
    Kronecker: _kronecker,
    Sum: _sum,
    Add: _add,
    Product: _product,
    Negation: _negation,
    Power: _power,
    Raised: _raised,
    Extreme: _extreme,
    Quotient: _quotient,
    Function: _function,
}
