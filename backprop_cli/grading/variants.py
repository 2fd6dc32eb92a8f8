"""Which draw of an exercise is handed out: the one in which the fewest common slips stay hidden.

A slip is hidden where its edit of a line changes no shown digit of it, as ½ does not of a 0: such a slip can
be made and not be seen, so grading could not tell it apart.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import islice

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import round_half_up
from ..formula.tree import refs
from ..plan.plan import make_plan
from ..problem.equations import given_by_equations
from ..problem.problem import Problem
from ..values.trace import given_numbers, work_out
from ..values.varied_numbers import draws
from .balls import Ball, BallEvaluator
from .slips.edits import edits

CANDIDATES = 12
MADE_BEFORE = 1000  # how many hidden slips one of a kind made before is worth


def variant(problem: Problem, seed: int, enough: int = 0, made: Collection[str] = ()) -> Problem:
    """The same exercise with other numbers; the same seed gives the same numbers.

    The first draw that hides no more slips than `enough` is taken, else the one that hides fewest; the codes
    of slips that were `made` before count most, so that they would show.
    Raises InputError when no draw is as good as the exercise itself.
    """
    candidates: list[tuple[int, Problem]] = []
    for drawn in islice(draws(problem, seed), CANDIDATES):
        candidates.append((hidden_slips(drawn, made), drawn))
        if candidates[-1][0] <= enough:
            break
    if not candidates:
        raise InputError(
            f"no other numbers were found that make as good an exercise as {problem.name}",
            help="numbers with more decimals, or in a wider range, leave more to draw from; [vary] sets them",
        )
    return min(candidates, key=lambda candidate: candidate[0])[1]


def hidden_slips(problem: Problem, made: Collection[str] = ()) -> int:
    """How many edits of the problem's lines change no shown digit; of equations none is counted.

    One of a code that was `made` before counts as many.
    """
    if given_by_equations(problem):
        return 0
    plan = make_plan(problem)
    primed = make_plan(replace(problem, notation=replace(problem.notation, derivative="prime")))
    trace = work_out(plan)
    indices = {step.key: step.indices for step in plan.steps}
    indices |= {ref.key: ref.indices for step in plan.steps for ref in refs(step.formula)}
    values = {**{key: given.values for key, given in given_numbers(problem).items()}, **trace.values}
    balls = {key: Ball(value, None, indices[key]) for key, value in values.items() if key in indices}
    reader = BallEvaluator(problem, balls)
    count = 0
    for step in plan.steps:
        written_out = primed.step(*step.key)
        if not step.written or written_out is None:
            continue
        digits = problem.digits[step.phase]
        due = round_half_up(trace[step.key], digits)
        for edit in edits(plan, step, written_out.formula):
            if not all(ref.key in balls for ref in refs(edit.formula)):
                continue
            slipped = reader.ball(edit.formula, step.indices, 1).centre[0]
            hidden = bool(np.array_equal(round_half_up(slipped, digits), due))
            count += hidden * (MADE_BEFORE if set(edit.codes) & set(made) else 1)
    return count
