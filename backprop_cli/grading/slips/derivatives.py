"""Mistakes about f′: left out, taken at another place, of another function, or one too many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...formula.tree import (
    ONE,
    Add,
    Formula,
    Function,
    Negation,
    Path,
    Power,
    Product,
    Ref,
    product,
    refs,
    subtract,
    transform,
    walk,
)
from ...functions.activations import ACTIVATIONS
from ...plan.steps import Step, negate, per_sample
from ...problem.problem import Problem
from .changes import Change, Edit, replaced

BELONGS = "where the derivative {1} belongs."


def derivatives(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    """What f′ may have been mistaken for, wherever it stands in a line."""
    for path, part in walk(primed):
        if is_slope(part) and isinstance(part, Function) and isinstance(part.argument, Ref):
            yield from _slope(problem, primed, path, part, part.argument)
    yield from _passed_back(problem, step, primed)
    yield from _too_many(problem, step, primed)


def is_slope(part: Formula) -> bool:
    """Whether a formula is f′ of something."""
    return isinstance(part, Function) and part.derivative and part.name in ACTIVATIONS


def _slope(problem: Problem, primed: Formula, path: Path, part: Function, z: Ref) -> Iterator[Edit]:
    a = Ref("activation", z.level, z.indices)
    own = replace(part, derivative=False)

    def put(code: str, other: Formula, template: str, *names: Formula, rare: float = 1.0) -> Edit:
        return Edit((code,), replaced(primed, path, other), Change(template, names), rare=rare)

    off = "; a unit that is off passes nothing back" if part.name == "relu" else ""
    yield put("missing-derivative", ONE, "You left out {0} = {0=}" + off + ".", part)
    at_a = replace(part, argument=a)
    yield put("derivative-at-activation", at_a, "You took the derivative at {0} where {1} belongs.", a, z)
    itself = "You took {0} itself where its derivative {1} belongs."
    yield put("wrong-derivative", own, itself, own, part)
    names = {part.name}
    for name, other in _other_slopes(a, z):
        if name not in names and not (name == "sigmoid" and part.name == "softplus"):
            yield put(
                "wrong-function",
                other,
                "You took the derivative of another function, {0}, " + BELONGS,
                other,
                part,
            )
    if part.name in ("sigmoid", "tanh"):
        one_minus = subtract(ONE, own)
        yield put("wrong-derivative", one_minus, "You took {0} " + BELONGS, one_minus, part)
        at_z = product(z, subtract(ONE, z)) if part.name == "sigmoid" else subtract(ONE, Power(z, 2))
        yield put("wrong-derivative", at_z, "You took {0} " + BELONGS, at_z, part, rare=2)
        squared = Power(own, 2)
        yield put("wrong-derivative", squared, "You took {0} " + BELONGS, squared, part, rare=2)
    for level in range(1, problem.depth + 1):
        if level != z.level:
            other = replace(part, argument=Ref("preactivation", level, z.indices))
            template = "You took the derivative at another layer's values where {0} belongs."
            yield Edit(
                ("wrong-input", "wrong-derivative"),
                replaced(primed, path, other),
                Change(template, (z,)),
                rare=1,
            )
    inside = primed.factors if isinstance(primed, Product) else ()
    rest = tuple(factor for factor in inside if factor != part)
    if rest and len(rest) < len(inside):
        upstream = product(*rest)
        template = "You took {0} at the error that comes back, where {1} belongs."
        masked = replace(part, argument=upstream)
        if part.name in ("relu", "leaky_relu", "elu"):
            yield put("wrong-derivative", masked, template, part, z)
        if part.name in ("sigmoid", "tanh"):
            errors = [factor for factor in rest if isinstance(factor, Add)]
            for error in dict.fromkeys((*errors, *(negate(factor) for factor in errors), upstream)):
                bell = product(error, subtract(ONE, error))
                if part.name == "tanh":
                    bell = subtract(ONE, Power(error, 2))
                yield put(
                    "wrong-derivative",
                    bell,
                    "You used the error {0} as if it were the activation, " + BELONGS,
                    error,
                    part,
                )


def _other_slopes(a: Ref, z: Ref) -> Iterator[tuple[str, Formula]]:
    for name in ("sigmoid", "tanh", "relu"):
        yield name, Function(name, z, derivative=True)
    yield "sigmoid", product(a, subtract(ONE, a))
    yield "tanh", subtract(ONE, Power(a, 2))


def _passed_back(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    """∂ℓ/∂a in place of ∂ℓ/∂z: the error handed on without its own f′."""
    if step.phase not in ("backward", "gradient"):
        return
    for formula in dict.fromkeys((primed, step.formula)):
        for ref in dict.fromkeys(refs(formula)):
            if ref.quantity not in ("delta", "descent_delta"):
                continue
            gradient: Formula = Ref("activation_gradient", ref.level, ref.indices)
            change = Change("You took {0} where {1} belongs: its f′ is left out.", (gradient, ref))
            if ref.quantity == "descent_delta":
                gradient = Negation(gradient)

            def raw(part: Formula, ref: Ref = ref, gradient: Formula = gradient) -> Formula:
                return gradient if part == ref else part

            yield Edit(("missing-derivative",), transform(formula, raw), change)


def _too_many(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    """f′ where it has cancelled already, and softmax's taken unit by unit."""
    if step.quantity not in ("delta", "descent_delta"):
        return
    level = step.level
    activation = problem.layer(level).activation
    if activation.name == "identity":
        return
    a = per_sample("activation", level)
    has_slope = any(is_slope(part) for _, part in walk(primed))
    if not activation.elementwise:
        bell = product(a, subtract(ONE, a))
        change = Change("You treated softmax unit by unit, with {0} as its derivative.", (bell,))
        yield Edit(("softmax-elementwise",), product(primed, bell), change)
        gradient = per_sample("activation_gradient", level)
        yield Edit(("softmax-elementwise",), product(gradient, bell), change)
    elif not has_slope:
        slope = Function(activation.name, per_sample("preactivation", level), True, activation.parameter)
        change = Change("The derivative {0} is one factor too many: here it has cancelled already.", (slope,))
        yield Edit(("extra-factor",), product(primed, slope), change)
    else:
        slope = Function(activation.name, per_sample("preactivation", level), True, activation.parameter)
        change = Change("The derivative {0} is in it twice.", (slope,))
        yield Edit(("extra-factor",), product(primed, slope), change)
