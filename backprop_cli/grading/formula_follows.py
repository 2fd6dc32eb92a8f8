"""Following a student's own formulas: a line is judged by what stands above it, right or wrong.

An answer that is not the key's follows when it equals our formula of the line worked out over the student's
own quantities: with ∂L/∂z = z − y above, ∂L/∂w_j = (z − y)·h_j is one slip and not two.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..formula.tree import Formula, Key, refs, transform
from ..plan.steps import Plan, Step
from ..values.evaluate import Evaluator
from .formulas import Values, reading

Own = tuple[tuple[Key, Formula], ...]


def follows(plan: Plan, step: Step, theirs: Formula, own: Mapping[Key, Formula]) -> bool:
    """Whether an answer follows from the student's own formulas above it; a constant leads nowhere."""
    above = tuple((key, formula) for key, formula in own.items() if refs(formula))
    return bool(above) and _follows(plan, step, theirs, above)


@lru_cache(maxsize=4096)
def _follows(plan: Plan, step: Step, theirs: Formula, own: Own) -> bool:
    formulas, changed = dict(own), False
    for point in reading(plan).points:
        if point.scale != 1.0:
            continue
        given = {key: value for key, value in point.values.items() if "@" not in key[0]}
        values = Values(given, point.values.indices)
        reader = Evaluator(point.problem, values)
        for line in plan.steps:
            if line.key != step.key:
                formula = transform(formulas.get(line.key, line.formula), point.settle)
                values[line.key] = reader.array(formula, line.indices)
        due = reader.array(transform(step.formula, point.settle), step.indices)
        if not point.agree(due, reader.array(transform(theirs, point.settle), step.indices)):
            return False
        changed = changed or not point.agree(due, point.values[step.key])
    return changed
