"""Which draw of an exercise is handed out: the one in which the fewest common slips stay hidden.

A slip is hidden where its edit of a line changes no shown digit of it, as ½ does not of a 0: such a slip can
be made and not be seen, so grading could not tell it apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import round_half_up
from ..formula.tree import Key, refs
from ..plan.plan import make_plan
from ..plan.steps import Step
from ..problem.equations import given_by_equations
from ..problem.problem import Problem
from ..values.trace import work_out
from ..values.varied_numbers import draws
from .balls import Ball, BallEvaluator
from .judge import grading_plans, keys, stated
from .slips.changes import Edit
from .slips.edits import edits

Mistaken: TypeAlias = "list[tuple[Step, list[tuple[Edit, frozenset[Key]]]]]"

CANDIDATES = 12
MADE_BEFORE = 1000  # how many hidden slips one of a kind made before is worth


def variant(
    problem: Problem,
    seed: int,
    enough: int = 0,
    made: Collection[str] = (),
    mistaken: Mistaken | None = None,
) -> Problem:
    """The same exercise with other numbers; the same seed gives the same numbers.

    The first draw that hides no more slips than `enough` is taken, else the one that hides fewest; the codes
    of slips that were `made` before count most, so that they would show.
    Raises InputError when no draw is as good as the exercise itself.
    """
    candidates: list[tuple[int, Problem]] = []
    mistaken = mistaken_lines(problem) if mistaken is None else mistaken
    for drawn in islice(draws(problem, seed), CANDIDATES):
        candidates.append((_weighed(hidden_kinds(drawn, mistaken), made), drawn))
        if candidates[-1][0] <= enough:
            break
    if not candidates:
        raise InputError(
            f"no other numbers were found that make as good an exercise as {problem.name}",
            help="numbers with more decimals, or in a wider range, leave more to draw from; [vary] sets them",
        )
    return min(candidates, key=lambda candidate: candidate[0])[1]


def hidden_slips(problem: Problem, made: Collection[str] = ()) -> int:
    """How many edits of the problem's lines change no shown digit; one of a code that was `made` before
    counts as many.
    """
    return _weighed(hidden_kinds(problem), made)


def _weighed(kinds: Counter[str], made: Collection[str]) -> int:
    return sum(count * (MADE_BEFORE if code in made else 1) for code, count in kinds.items())


def hidden_kinds(problem: Problem, mistaken: Mistaken | None = None) -> Counter[str]:
    """How many edits of each kind, by the likeliest code, change no shown digit of the line they change.

    `mistaken` are the mistaken lines of an exercise of which this is a variant: they are the same.
    """
    equations: bool = given_by_equations(problem)
    trace = keys(problem)[0] if equations else work_out(make_plan(problem))
    indices = {step.key: step.indices for step in trace.plan.steps}
    values = {key: numbers.values for key, numbers in stated(problem).items()} | dict(trace.values)
    found: Counter[str] = Counter()
    mistaken = mistaken_lines(problem) if mistaken is None else mistaken
    for step, _ in mistaken:
        indices |= {step.key: step.indices} | {ref.key: ref.indices for ref in refs(step.formula)}
    balls = {key: Ball(value, None, indices[key]) for key, value in values.items() if key in indices}
    reader = BallEvaluator(problem, balls)
    for step, mistakes in mistaken:
        digits = problem.digits[step.phase]
        due = round_half_up(trace[step.key], digits)
        for edit, used in mistakes:
            if used <= balls.keys():
                slipped = reader.ball(edit.formula, step.indices, 1).centre[0]
                found[edit.codes[0]] += bool(np.array_equal(round_half_up(slipped, digits), due))
    return +found


def mistaken_lines(problem: Problem) -> Mistaken:
    """Each line that is written, with the single mistakes that may be made in it and what those read."""
    equations: bool = given_by_equations(problem)
    if equations:
        plan, *_, primed = grading_plans(problem, frozenset())
    else:
        plan = make_plan(problem)
        primed = make_plan(replace(problem, notation=replace(problem.notation, derivative="prime")))
    return [
        (
            step,
            [
                (edit, frozenset(ref.key for ref in refs(edit.formula)))
                for edit in edits(plan, step, written_out.formula)
            ],
        )
        for step in plan.steps
        if step.written and (written_out := primed.step(*step.key)) is not None
    ]
