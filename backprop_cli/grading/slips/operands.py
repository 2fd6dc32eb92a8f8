"""The numbers that a mistaken line may have used: the student's own, and what the line itself gives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...formula.arithmetic import Array
from ...formula.tree import Key
from ...plan.steps import Step
from ..balls import Ball, BallEvaluator
from ..judge import Judgement
from ..verdicts import Line
from .axes import FLAT, OWN


class Operands(dict[Key, Ball]):
    """The balls of some students, worked out when they are first asked for."""

    def __init__(
        self, judgement: Judgement, students: NDArray[np.intp], changed: Mapping[Key, Ball] | None = None
    ) -> None:
        super().__init__(changed or {})
        self.judgement, self.students = judgement, students
        self.steps: dict[Key, Step] = {step.key: step for step in judgement.plan.steps}

    def __missing__(self, key: Key) -> Ball:
        worked = key in self.steps and key not in self.judgement.lines
        ball = self.worked(self.steps[key]) if worked else self.judgement.balls[key].of(self.students)
        self[key] = ball
        return ball

    def worked(self, step: Step) -> Ball:
        """A step from these numbers."""
        reader = BallEvaluator(self.judgement.problem, self)
        return reader.ball(step.formula, step.indices, len(self.students))

    def own(self, line: Line) -> None:
        """Take in what a line itself gives, as it is and, where it is a matrix, transposed row by row."""
        ball = line.own.of(self.students)
        self[OWN, line.step.level] = ball
        if len(line.step.indices) == 2:
            spread = np.broadcast_to(ball.spread(), ball.centre.shape)
            self[FLAT, line.step.level] = Ball(_flat(ball.centre), _flat(spread), ball.axes)


def _flat(array: Array) -> Array:
    """A matrix transposed, its numbers laid out in rows of the old length."""
    return np.swapaxes(array, -1, -2).reshape(array.shape)
