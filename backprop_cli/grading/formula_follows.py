"""Following a student's own formulas: a line is judged by what stands above it, right or wrong.

An answer that is not the key's follows when it equals our formula of the line worked out over the student's
own quantities: with ∂L/∂z = z − y above, ∂L/∂w_j = (z − y)·h_j is one slip and not two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from ..formula.chain import PARAMETERS, Chain, Part, Paths
from ..formula.tree import Formula, Key, refs, transform
from ..plan.chain_rule import ChainRule
from ..plan.plan import make_plan
from ..plan.questions import CHAINS, LOCAL, local_derivatives
from ..plan.steps import Plan, Step
from ..values.evaluate import Evaluator
from .formulas import reading

Own = tuple[tuple[Key, Formula], ...]


def follows(plan: Plan, step: Step, theirs: Formula, own: Mapping[Key, Formula]) -> bool:
    """Whether an answer follows from the student's own formulas above it; a constant leads nowhere."""
    above = tuple((key, formula) for key, formula in own.items() if refs(formula))
    return bool(above) and _follows(plan, step, theirs, above)


@lru_cache(maxsize=4096)
def _follows(plan: Plan, step: Step, theirs: Formula, own: Own) -> bool:
    formulas, changed = dict(own), False
    lines = _lines(plan, tuple((key, formula) for key, formula in own if key[0] in LOCAL))
    asked = (CHAINS.get(step.quantity, step.quantity), step.level)
    chain = next((role for role, gradient in CHAINS.items() if gradient == step.quantity), "")
    formula = formulas.get((chain, step.level)) or next(
        (line.formula for line in lines if line.key == asked), step.formula
    )
    for point in reading(plan).points:
        if point.scale != 1.0:
            continue
        values = dict(point.values)
        reader = Evaluator(point.problem, values)
        for line in lines:
            if line.key != asked:
                worked = transform(formulas.get(line.key, line.formula), point.settle)
                values[line.key] = reader.array(worked, line.indices)
        due = reader.array(transform(formula, point.settle), step.indices)
        if not point.agree(due, reader.array(transform(theirs, point.settle), step.indices)):
            return False
        right = reader.array(transform(step.formula, point.settle), step.indices)
        changed = changed or not point.agree(due, point.values.get(step.key, right))
    return changed


@lru_cache(maxsize=512)
def _lines(plan: Plan, local: Own) -> tuple[Step, ...]:
    """The plan's lines, each over the error signals above it, with the student's own local derivatives."""
    notation = replace(plan.problem.notation, backward=frozenset(("activation", "preactivation")))
    whole = make_plan(replace(plan.problem, notation=notation))
    if not local:
        return whole.steps
    rule = ChainRule(whole)
    known = frozenset(
        step.key
        for step in whole.steps
        if step.quantity == "activation_gradient"
        or (step.quantity == "delta" and not plan.problem.merged(step.level))
    )
    own = {
        (link.top.key, link.bottom.key): (link, formula)
        for question, link in local_derivatives(plan)
        for key, formula in local
        if key == question.key
    }

    def put(chain: Chain) -> Chain:
        parts: list[Part] = []
        for part in chain:
            if isinstance(part, Paths):
                parts.append(Paths(part.index, put(part.chain)))
                continue
            link, formula = own.get((part.top.key, part.bottom.key), (part, part.slope))
            same = (link.top, link.bottom) == (part.top, part.bottom)
            parts.append(replace(part, slope=formula) if same else part)
        return tuple(parts)

    def line(step: Step) -> Step:
        if step.quantity not in ("activation_gradient", "delta", "descent_delta", *PARAMETERS):
            return step
        derivative = rule.derivative(step.quantity, step.level, known)
        return replace(step, formula=replace(derivative, chain=put(derivative.chain)).formula())

    return tuple(map(line, whole.steps))
