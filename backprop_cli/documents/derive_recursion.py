"""By layer, backwards: each layer's error signal from the one above it, which is known by then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..formula.chain import PARAMETERS
from ..plan.plan import make_plan
from ..plan.steps import Plan, Step
from ..problem.problem import Problem
from .derive_equations import Deriver
from .document import Block, Equation, Equations, Heading, Paragraph, Relation
from .titles import layer_title


def recursion(plan: Plan) -> Iterator[Block]:
    """The error signal of each layer, and the gradients that share it."""
    problem = plan.problem
    named = with_signals(problem)
    deriver = Deriver(make_plan(named))
    yield Heading("Backwards, layer by layer")
    yield Paragraph(
        "All gradients of a layer begin with the same factors, those from the loss down to the layer. Their "
        "product is worked out once for each layer and used by all of them, and by the layer below."
    )
    for level in range(problem.depth, 0, -1):
        steps = [
            step
            for step in deriver.plan.written("backward", "gradient")
            if step.level == level and (step.quantity in PARAMETERS or step.key in _signals(deriver))
        ]
        steps.sort(key=lambda step: step.quantity in PARAMETERS)
        yield Heading(f"In {layer_title(problem, level)}")
        equations = tuple(_equation(deriver, step) for step in steps)
        yield Equations(equations, general=True)


def with_signals(problem: Problem) -> Problem:
    """The problem with one error signal of each layer worked out: the handout's own, or ∂L/∂z."""
    notation = problem.notation
    if notation.backward:
        return problem
    return replace(problem, notation=replace(notation, backward=frozenset(("preactivation",))))


def _signals(deriver: Deriver) -> frozenset[tuple[str, int]]:
    return frozenset(step.key for step in deriver.plan.written("backward"))


def _equation(deriver: Deriver, step: Step) -> Equation:
    """A signal or gradient by what is known already, then with that and the local derivatives put in."""
    known = deriver.named
    derived = deriver.rule.derivative(step.quantity, step.level, known)
    chains, symbols = deriver.chains, deriver.symbols
    left = deriver.lines.left(step, symbols.singles)
    sides = [chains.partials(derived, {}), chains.put_in(derived, {}), deriver.writer.write(step.formula)]
    if step.quantity not in PARAMETERS:
        sides = [*deriver.meaning(step, {}), *sides]
    distinct = [side for side in dict.fromkeys(sides) if side != left]
    above = step.level < deriver.problem.depth and step.quantity not in PARAMETERS
    note = (
        f"the error signal of {layer_title(deriver.problem, step.level + 1)} is known by now" if above else ""
    )
    relations = tuple(Relation("=", side) for side in distinct)
    return Equation(left, relations, deriver.condition(step.indices, {}), note)
