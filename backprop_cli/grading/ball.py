"""A ball: a centre and a radius over the axes of some indices, and how two of them are added and multiplied.

Source: midpoint-radius interval arithmetic, Rump, *BIT* 39 (1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..formula.arithmetic import Array
from ..formula.tree import Index

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
