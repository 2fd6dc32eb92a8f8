"""The numbers that a mistaken line may have used: the student's own, and those that only a mistake brings in.

Glossary
    #T        transposed: Ref("weights#T", 2, …)         #flat   transposed and read row by row
    #new      updated                                    #2      of layer 2, cut to this one's shape
    #next, #last    the value of the next or the last position along the last axis (labels shifted)
    #later, #earlier    that of the next or the last sample
    #rows, #columns     summed along the last axis, or along the one before
    own       what the line itself gives
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ...formula.arithmetic import Array
from ...formula.tree import Index, Key
from ...plan.steps import Step
from ..ball import STUDENT, Ball
from ..balls import BallEvaluator
from ..judge import Judgement


class Numbers(dict[Key, Ball]):
    """The balls of some students, worked out when they are first asked for."""

    def __init__(
        self, judgement: Judgement, students: NDArray[np.intp], changed: Mapping[Key, Ball] | None = None
    ) -> None:
        super().__init__(changed or {})
        self.judgement, self.students = judgement, students
        self.steps: dict[Key, Step] = {step.key: step for step in judgement.plan.steps}

    def __missing__(self, key: Key) -> Ball:
        self[key] = ball = self._found(key)
        return ball

    def _found(self, key: Key) -> Ball:
        base, mark, way = key[0].partition("#")
        if mark:
            return self._strange(base, way, key[1])
        if key in self.steps and key not in self.judgement.lines:
            return self.worked(self.steps[key])
        return self.judgement.balls[key].of(self.students)

    def worked(self, step: Step) -> Ball:
        """A step from these numbers."""
        reader = BallEvaluator(self.judgement.problem, self)
        return reader.ball(step.formula, step.indices, len(self.students))

    def _strange(self, base: str, way: str, level: int) -> Ball:
        if way == "new":
            return self[f"new_{base}", level]
        if way.isdigit():
            return _fitted(self[base, int(way)], self[base, level])
        if base == "activation" and way == "first":
            return self[base, level]
        return _WAYS[way](self[base, level])


def _each(ball: Ball, change: Callable[[Array], Array]) -> Ball:
    """The same rearrangement of centres and radii."""
    radius = None if ball.radius is None else np.broadcast_to(ball.radius, ball.centre.shape)
    return Ball(change(ball.centre), None if radius is None else change(radius), ball.axes)


def _turned(ball: Ball) -> Ball:
    return _each(ball, lambda array: np.swapaxes(array, -1, -2))


def _flat(ball: Ball) -> Ball:
    return _each(ball, lambda array: np.swapaxes(array, -1, -2).reshape(array.shape))


def _rolled(axis: int, by: int) -> Callable[[Ball], Ball]:
    return lambda ball: _each(ball, lambda array: np.roll(array, by, axis=axis))


def _summed(axis: int) -> Callable[[Ball], Ball]:
    """Sums along an axis, laid along the units: what is left over is cut, what lacks fits nothing."""

    def summed(ball: Ball) -> Ball:
        units = ball.centre.shape[-1 if axis == -1 else -2]
        whole = _each(ball, lambda array: array.sum(axis=axis))
        shape = (*whole.centre.shape[:-1], units)
        return _cut(whole, shape, ball.axes)

    return summed


_WAYS: dict[str, Callable[[Ball], Ball]] = {
    "T": lambda ball: _fitted(_turned(ball), ball),
    "flat": _flat,
    "next": _rolled(-1, -1),
    "last": _rolled(-1, 1),
    "later": _rolled(-2, -1),
    "earlier": _rolled(-2, 1),
    "rows": _summed(-1),
    "columns": _summed(-2),
}


def _fitted(ball: Ball, like: Ball) -> Ball:
    """The ball cut or padded (with nan, which fits nothing) to another's trailing shape."""
    own = len([index for index in like.axes if index != STUDENT])
    shape = like.centre.shape[like.centre.ndim - own :]
    lead = ball.centre.shape[: ball.centre.ndim - len(shape)]
    axes = ((STUDENT,) if lead else ()) + tuple(index for index in like.axes if index != STUDENT)
    return _cut(ball, (*lead, *shape), axes)


def _cut(ball: Ball, shape: tuple[int, ...], axes: tuple[Index, ...]) -> Ball:
    inner = tuple(slice(0, min(a, b)) for a, b in zip(shape, ball.centre.shape, strict=True))
    centre, radius = np.full(shape, np.nan), np.zeros(shape)
    centre[inner] = ball.centre[inner]
    if ball.radius is not None:
        radius[inner] = np.broadcast_to(ball.radius, ball.centre.shape)[inner]
    return Ball(centre, radius, axes)
