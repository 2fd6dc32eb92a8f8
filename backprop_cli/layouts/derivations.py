"""What a symbolic handout shows of a gradient beyond its formula: local derivatives, the chain, the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..derivation import differentiate
from ..formula import Formula, Ref, Sum, walk
from ..plan import make_plan
from ..problem import Problem
from ..steps import Plan, Step, bias, derivative, per_sample, units, weights
from .document import BigSum, Equation, Fenced, Math, Operator, Partial, Relation, Row
from .lines import Lines
from .ranges import index_range

_SIGNALS = {"weight_gradient": "weights", "bias_gradient": "bias"}


def local_derivatives(lines: Lines, plan: Plan) -> Iterator[Equation]:
    """∂z/∂w, ∂z/∂b, ∂z/∂a and ∂a/∂z of each layer, then ∂L/∂a: the derivatives of the steps' own formulas."""
    problem = plan.problem
    for level, layer in enumerate(problem.layers, start=1):
        z = per_sample("preactivation", level)
        targets = [weights(level)] + [bias(problem, level)] * layer.has_bias
        if level > 1:
            targets.append(per_sample("activation", level - 1))
        for target in targets:
            yield _local(lines, z, target, differentiate(_formula(plan, "preactivation", level), target))
        if not problem.merged(level):
            yield _local(lines, per_sample("activation", level), z, _slope(plan, level))
    output = per_sample("activation", problem.depth)
    own_loss = next(
        step.formula
        for step in plan.steps
        if step.quantity in ("sample_losses", "loss") and output in _refs(step.formula)
    )
    own_loss = own_loss.body if isinstance(own_loss, Sum) and own_loss.index.level < 0 else own_loss
    yield _local(lines, Ref("loss", 0), output, differentiate(own_loss, output))


def _slope(plan: Plan, level: int) -> Formula:
    z, a = per_sample("preactivation", level), per_sample("activation", level)
    if plan.problem.layer(level).activation.elementwise:
        return derivative(plan.problem, level, z, a)
    return differentiate(_formula(plan, "activation", level), z)


def _formula(plan: Plan, quantity: str, level: int) -> Formula:
    return next(step.formula for step in plan.steps if step.key == (quantity, level))


def _refs(formula: Formula) -> list[Formula]:
    return [part for _, part in walk(formula)]


def _local(lines: Lines, top: Ref, bottom: Ref, slope: Formula) -> Equation:
    left = partial(lines, top, bottom)
    free = [index for index in bottom.indices if index.level >= 0 and index not in lines.symbols.singles]
    if len(free) == 2 and lines.symbols.notation.weight_order == "input,unit":
        free.reverse()
    condition = "for " + " and ".join(index_range(lines.symbols, index) for index in free) if free else ""
    return Equation(left, (Relation("=", lines.general_writer.write(slope)),), condition)


def partial(lines: Lines, top: Ref, bottom: Ref) -> Math:
    """∂top/∂bottom."""
    singles = lines.symbols.singles
    return Partial(lines.symbols.write(top, singles), lines.symbols.write(bottom, singles))


def expanded(lines: Lines, plan: Plan, step: Step, equation: Equation) -> Equation:
    """The equation with every error signal written out; that of a signal first with f′ where it is shown."""
    notation = replace(plan.problem.notation, backward=frozenset(), delta_sign="gradient")
    with_prime = "prime" in notation.derivation and step.phase == "backward"
    variants = [replace(notation, derivative="prime")] * with_prime + [notation]
    sides: list[Math] = []
    for variant in variants:
        whole = make_plan(replace(plan.problem, notation=variant))
        formula = _formula(whole, step.quantity, step.level)
        sides.append(lines.general_writer.write(formula))
    relations = tuple(Relation("=", side) for side in dict.fromkeys(sides))
    return replace(equation, relations=relations)


def with_chain(lines: Lines, plan: Plan, step: Step, equation: Equation) -> Equation:
    """The equation with the chain of partial derivatives before its formula."""
    parameter = _SIGNALS.get(step.quantity)
    if parameter is None:
        return equation
    problem, level = plan.problem, step.level
    target = weights(level) if parameter == "weights" else bias(problem, level)
    z = per_sample("preactivation", level)
    last = partial(lines, z, target)
    short = _chained([partial(lines, Ref("loss", 0), z), last])
    chains = [short]
    if "preactivation" not in problem.notation.backward:
        chains.append(_chained([*_path(lines, problem, level), last]))
    relations = tuple(Relation("=", chain) for chain in dict.fromkeys(chains))
    return replace(equation, relations=relations + equation.relations)


def _path(lines: Lines, problem: Problem, level: int) -> list[Math]:
    """The factors of ∂L/∂z of a layer, down from the loss; over several units a sum over the paths."""
    z, a = per_sample("preactivation", level), per_sample("activation", level)
    own = [] if problem.merged(level) else [partial(lines, a, z)]
    if level == problem.depth:
        return [partial(lines, Ref("loss", 0), a), *own]
    above = [*_path(lines, problem, level + 1), partial(lines, per_sample("preactivation", level + 1), a)]
    if problem.size(units(level + 1)) != 1:
        letter = lines.symbols.letters[units(level + 1)]
        above = [Fenced(BigSum(letter, str(problem.size(units(level + 1))), _chained(above)))]
    return [*above, *own]


def _chained(factors: list[Math]) -> Math:
    items: list[Math] = []
    for factor in factors:
        items += [Operator("·"), factor] if items else [factor]
    return Row(tuple(items)) if len(items) > 1 else items[0]
