"""The quantities that only a mistake brings into a line: weights transposed, updated, or of another layer."""

from __future__ import annotations

import numpy as np

from ..formula.tree import Key
from .ball import STUDENT, Ball
from .judge import Judgement


def strange_balls(judgement: Judgement) -> dict[Key, Ball]:
    """The quantities that only a mistake brings into a line: W transposed, updated, or of another layer."""
    problem, balls = judgement.problem, judgement.balls
    strange: dict[Key, Ball] = {}
    levels = range(1, problem.depth + 1)
    for level in levels:
        weights = balls["weights", level]
        strange["weights#T", level] = _fitted(_turned(weights), weights)
        if ("new_weights", level) in balls:
            strange["weights#new", level] = balls["new_weights", level]
        for other in levels:
            strange[f"weights#{other}", level] = _fitted(balls["weights", other], weights)
        if ("weight_gradient", level) in balls:
            gradient = balls["weight_gradient", level]
            strange["weight_gradient#T", level] = _fitted(_turned(gradient), gradient)
        for other in range(problem.depth + 1):
            for own in range(problem.depth + 1):
                strange[f"activation#{other}", own] = _fitted(
                    balls["activation", other], balls["activation", own]
                )
    return strange


def _turned(ball: Ball) -> Ball:
    return Ball(
        np.swapaxes(ball.centre, -1, -2),
        None if ball.radius is None else np.swapaxes(ball.radius, -1, -2),
        ball.axes,
    )


def _fitted(ball: Ball, like: Ball) -> Ball:
    """The ball cut or padded (with nan, which fits nothing) to another's trailing shape."""
    shape = like.centre.shape[like.centre.ndim - len([i for i in like.axes if i != STUDENT]) :]
    lead = ball.centre.shape[: ball.centre.ndim - len(shape)]
    centre = np.full((*lead, *shape), np.nan)
    radius = np.zeros((*lead, *shape))
    inner = [slice(0, min(a, b)) for a, b in zip(shape, ball.centre.shape[len(lead) :], strict=True)]
    cut = tuple([slice(None)] * len(lead) + inner)
    centre[cut] = ball.centre[cut]
    if ball.radius is not None:
        radius[cut] = ball.radius[cut]
    return Ball(centre, radius, ((STUDENT,) if lead else ()) + tuple(i for i in like.axes if i != STUDENT))
