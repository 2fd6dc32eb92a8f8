"""What a symbolic handout shows of a gradient beyond its formula: local derivatives, the chain, the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from ..formula.chain import LOSS, PARAMETERS
from ..formula.tree import Ref
from ..plan.plan import make_plan
from ..plan.steps import Plan, Step
from .derive_equations import Deriver
from .document import Equation, Math, Relation
from .equation_lines import Lines


def local_derivatives(lines: Lines, plan: Plan) -> Iterator[Equation]:
    """∂z/∂w, ∂z/∂b, ∂z/∂a and ∂a/∂z of each layer, then ∂L/∂a, f′ as the handout writes it."""
    deriver = Deriver(plan)
    for link in deriver.local_links():
        top = Ref("loss", 0) if link.top == LOSS else link.top
        equation = deriver.local(replace(link, top=top, prime=link.slope))
        yield replace(equation, relations=equation.relations[:1])


def expanded(lines: Lines, plan: Plan, step: Step, equation: Equation) -> Equation:
    """The equation with every error signal written out; that of a signal first with f′ where it is shown."""
    with_prime = "prime" in plan.problem.notation.derivation and step.phase == "backward"
    sides: list[Math] = []
    for prime in (True, False) if with_prime else (False,):
        written = _written_out(plan, prime).step(step.quantity, step.level)
        sides.append(lines.general_writer.write(written.formula if written else step.formula))
    relations = tuple(Relation("=", side) for side in dict.fromkeys(sides))
    return replace(equation, relations=relations)


@lru_cache(maxsize=4)
def _written_out(plan: Plan, prime: bool) -> Plan:
    """The plan with no error signal named; with f′ by its name where it is shown first."""
    notation = replace(plan.problem.notation, backward=frozenset(), delta_sign="gradient")
    notation = replace(notation, derivative="prime") if prime else notation
    return make_plan(replace(plan.problem, notation=notation))


def with_chain(lines: Lines, plan: Plan, step: Step, equation: Equation) -> Equation:
    """The equation with the chain of partial derivatives before its formula."""
    if step.quantity not in PARAMETERS:
        return equation
    deriver = Deriver(plan)
    known = frozenset({("delta", step.level)})
    chains = [deriver.chains.partials(deriver.rule.derivative(step.quantity, step.level, known), {})]
    if "preactivation" not in plan.problem.notation.backward:
        chains.append(deriver.chains.partials(deriver.whole(step), {}))
    relations = tuple(Relation("=", chain) for chain in dict.fromkeys(chains))
    return replace(equation, relations=relations + equation.relations)
