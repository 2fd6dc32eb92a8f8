"""Mistakes between the lines: where a student left out the lines above, the one that the answer betrays.

A program often gives its new weights only. The missing f′ then stands in a line that nobody wrote: each edit
of such a line is followed down to the answer, and so is the same edit made in all of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...formula.tree import Formula, Key, Ref, refs
from ...plan.steps import Step
from ..balls import Ball, BallEvaluator
from ..judge import Judgement
from .changes import Edit
from .edits import edits
from .evidence import Candidate
from .operands import Operands

COMMON_ENOUGH = 2.0
RARER = 2.0
MOST_LINES = 16
NEAR = 3  # lines back to which single terms are tried


def between_the_lines(
    judgement: Judgement, step: Step, blank: tuple[Key, ...], students: NDArray[np.intp]
) -> list[Candidate]:
    """What the edits of the lines that were left out, nearest first, make of this one."""
    steps = {each.key: each for each in judgement.plan.steps}
    chain = [steps[key] for key in blank][-MOST_LINES:]
    path = _Path(judgement, step, chain, students)
    found: list[Candidate] = []
    families: dict[tuple[object, ...], dict[Key, Edit]] = defaultdict(dict)
    for each in [*chain, step]:
        for edit in edits(judgement.plan, each, _primed(judgement, each)):
            single = bool(edit.change.at) and edit.codes[0] != "missing-term"
            far = single and each is not step and each not in chain[-NEAR:]
            if edit.late or far or edit.weight < COMMON_ENOUGH:
                continue
            families[(each.phase, *_family(edit))].setdefault(each.key, edit)
            if each is not step:
                found += path.followed({each.key: edit.formula}, _told(edit, each), RARER)
    for edits_by_line in families.values():
        if len(edits_by_line) > 1:
            first = min(edits_by_line, key=lambda key: [*blank, step.key].index(key))
            formulas = {key: edit.formula for key, edit in edits_by_line.items()}
            told = _told(edits_by_line[first], steps[first])
            found += path.followed(formulas, told, 1.5)
    return found


def _family(edit: Edit) -> tuple[object, ...]:
    """What makes two edits of different lines the same mistake."""
    quantities = tuple(name.quantity for name in edit.change.names if isinstance(name, Ref))
    at = tuple(position for _, position in edit.change.at)
    return (edit.codes, edit.change.template, quantities, at)


def _told(edit: Edit, step: Step) -> Edit:
    return replace(edit, change=replace(edit.change, inside=step.ref), scale="")


def _primed(judgement: Judgement, step: Step) -> Formula:
    for variant in judgement.variants[2:3]:
        for other in variant.steps:
            if other.key == step.key:
                return other.formula
    return step.formula


class _Path:
    """From the lines that were left out down to one that was not."""

    def __init__(
        self, judgement: Judgement, step: Step, chain: list[Step], students: NDArray[np.intp]
    ) -> None:
        self.judgement, self.step, self.chain, self.students = judgement, step, chain, students
        self.primed = {each.key: _primed(judgement, each) for each in [*chain, step]}
        self.uses = {each.key: {ref.key for ref in refs(each.formula)} for each in [*chain, step]}

    def followed(self, formulas: dict[Key, Formula], edit: Edit, rarer: float) -> list[Candidate]:
        """The answer with some lines worked by other formulas; none where that has no value."""
        changed: dict[Key, Ball] = {}
        numbers = Operands(self.judgement, self.students)
        reader = BallEvaluator(self.judgement.problem, numbers)
        ball = None
        wrong_activation = any(quantity == "activation" for quantity, _ in formulas)
        for each in [*self.chain, self.step]:
            formula = formulas.get(each.key)
            if formula is None and not (self.uses[each.key] & changed.keys()):
                continue
            # With a wrong a, f′ is the one of z, or a(1 − a) would be wrong as well.
            plain = self.primed[each.key] if wrong_activation else each.formula
            try:
                ball = reader.ball(formula or plain, each.indices, len(self.students))
            except (KeyError, IndexError, ValueError):
                return []
            changed[each.key] = numbers[each.key] = ball
        if ball is None or self.step.key not in changed:
            return []
        spread = np.broadcast_to(ball.spread(), ball.centre.shape)
        return [Candidate(replace(edit, rare=edit.rare * rarer), ball.centre, spread)]
