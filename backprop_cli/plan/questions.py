"""What a handout in letters asks besides its lines: each local derivative, and each gradient as its chain.

Such a step is no line of the plan, as nothing is worked out with it; sheets, papers and grading know it by
its role. `preactivation_by_weights` of a layer is ∂z/∂w, `weight_gradient_chain` is ∂L/∂w as a product of
partial derivatives.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ..formula.chain import Derivative, Link
from ..formula.tree import Index
from .chain_rule import ChainRule
from .steps import Plan, Step

# A gradient asked for as a chain → the gradient.
CHAINS = {"weight_gradient_chain": "weight_gradient", "bias_gradient_chain": "bias_gradient"}
# A local derivative → what is differentiated.
LOCAL = {
    "preactivation_by_weights": "preactivation",
    "preactivation_by_bias": "preactivation",
    "preactivation_by_input": "preactivation",
    "activation_by_preactivation": "activation",
    "loss_by_output": "loss",
}


def is_question(step: Step) -> bool:
    """Whether a step is asked for only, and never worked out."""
    return step.quantity in LOCAL or step.quantity in CHAINS


@lru_cache(maxsize=16)
def local_derivatives(plan: Plan) -> tuple[tuple[Step, Link], ...]:
    """∂z/∂w, ∂z/∂b, ∂z/∂a and ∂a/∂z of each layer, and ∂ℓ/∂a of the last, each with its link."""
    return tuple(
        (Step(role, level, _free(link), link.slope, "backward", written=False), link)
        for role, level, link in _links(plan)
    )


@lru_cache(maxsize=16)
def chains(plan: Plan) -> tuple[tuple[Step, Derivative], ...]:
    """Each written gradient as its chain from the loss down."""
    rule = ChainRule(plan)
    found = []
    for role, gradient in CHAINS.items():
        for step in plan.written("gradient"):
            if step.quantity == gradient:
                own = rule.derivative(gradient, step.level)
                question = Step(role, step.level, step.indices, step.formula, "gradient", written=False)
                found.append((question, own))
    return tuple(sorted(found, key=lambda pair: plan.steps.index(_gradient(plan, pair[0]))))


def questions(plan: Plan) -> tuple[Step, ...]:
    """Both kinds, the local derivatives first."""
    return tuple(step for step, _ in (*local_derivatives(plan), *chains(plan)))


def link_of(plan: Plan, step: Step) -> Link:
    """The link that a local derivative is."""
    return next(link for other, link in local_derivatives(plan) if other.key == step.key)


def chain_of(plan: Plan, step: Step) -> Derivative:
    """The chain that a gradient is asked for as."""
    return next(chain for other, chain in chains(plan) if other.key == step.key)


def _gradient(plan: Plan, chain: Step) -> Step:
    return next(step for step in plan.steps if step.key == (CHAINS[chain.quantity], chain.level))


def _free(link: Link) -> tuple[Index, ...]:
    return tuple(dict.fromkeys((*link.bottom.indices, *link.top.indices)))


def _links(plan: Plan) -> Iterator[tuple[str, int, Link]]:
    rule, problem = ChainRule(plan), plan.problem
    for level, layer in enumerate(problem.layers, start=1):
        yield "preactivation_by_weights", level, rule.parameter_link(level, "weights")
        if layer.has_bias:
            yield "preactivation_by_bias", level, rule.parameter_link(level, "bias")
        if level > 1:
            yield "preactivation_by_input", level, rule.input_link(level)
        if not problem.merged(level):
            yield "activation_by_preactivation", level, rule.activation_link(level)
    yield "loss_by_output", problem.depth, rule.loss_link()
