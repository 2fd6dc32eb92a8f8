"""What handouts do to derived formulas: each a function from a formula to one of the same value.

slopes_written      f′(z) as the notation has it: by z as in σ(z)(1 − σ(z)), or by a as in a(1 − a)
jacobian_summed     Σ_m g_m·a_m·([m = k] − a_k), through softmax, as a_k·(g_k − Σ_m g_m·a_m)
difference          the loss and the activation made for it, cancelled to a − y
conditions_last     −y·[1 − y·a > 0] in place of −[1 − y·a > 0]·y
sign_outside        −Σ δ·w in place of Σ (−δ)·w
slope_first         f′(z)·∂ℓ/∂a in place of ∂ℓ/∂a·f′(z)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..formula.simplify import distributed, multiplied_out, tidy
from ..formula.tree import (
    ONE,
    Add,
    Formula,
    Function,
    Kronecker,
    Negation,
    Product,
    Quotient,
    Ref,
    Sum,
    add,
    free_indices,
    product,
    rename,
    subtract,
    transform,
    walk,
)
from ..problem.problem import Problem, Slopes
from .steps import Step, derivative, per_sample


def slopes_written(problem: Problem, formula: Formula, by: Slopes | None = None) -> Formula:
    """Every f′ of a layer's preactivation as the notation, or as `by`, writes it."""

    def change(part: Formula) -> Formula:
        match part:
            case Function(derivative=True, argument=Ref(quantity="preactivation", level=level) as z):
                return derivative(problem, level, z, Ref("activation", level, z.indices), by)
        return part

    return transform(formula, change)


def slope_first(formula: Formula, slope: Formula) -> Formula:
    """A product with the factors of its f′ before the others, as in o(1 − o)(t − o)."""
    if not isinstance(formula, Product):
        return formula
    first = slope.factors if isinstance(slope, Product) else (slope,)
    behind = list(formula.factors)
    for factor in first:
        if factor not in behind:
            return formula
        behind.remove(factor)
    return product(*first, *behind)


def as_activations(formula: Formula, level: int) -> Formula:
    """softmax(z)_k as a_k."""

    def change(part: Formula) -> Formula:
        if isinstance(part, Function) and part.over is not None and not part.derivative:
            return per_sample("activation", level, part.over)
        return part

    return transform(formula, change)


def jacobian_summed(formula: Formula) -> Formula:
    """Σ_m f_m·a_m·([m = k] − a_k) as a_k·(f_k − Σ_m f_m·a_m)."""
    match formula:
        case Sum(index, Product(factors=(*before, a_m, Add(terms=(Kronecker() as same, Negation(a_k)))))):
            kept = {index: same.right if same.left == index else same.left}
            if index not in free_indices(a_k) and rename(a_m, kept) == a_k:
                signal = product(*before)
                mean = Sum(index, product(signal, a_m))
                return product(a_k, subtract(rename(signal, kept), mean))
    return formula


def difference(formula: Formula, a: Formula, y: Formula) -> Formula | None:
    """a − y, where that is what a formula comes to once its fractions are cancelled; None where it is not.

    Where a softmax's outputs meet, Σ_k y_k counts as 1.
    """
    if not any(isinstance(part, Quotient) for _, part in walk(formula)):
        return None
    found = collapsing(formula)[-1]
    return found if found == subtract(a, y) else None


def collapsing(formula: Formula) -> tuple[Formula, ...]:
    """How a log loss and its activation meet: cancelled, term by term, and with Σ y = 1 as a − y."""
    cancelled = tidy(formula)
    apart = distributed(cancelled if isinstance(cancelled, Sum) else formula)
    return tuple(dict.fromkeys((cancelled, apart, multiplied_out(targets_summed(apart)))))


def targets_summed(formula: Formula) -> Formula:
    """The formula with Σ_k y_k as 1, which is what targets of a softmax add up to."""

    def change(part: Formula) -> Formula:
        match part:
            case Sum(body=Ref(quantity="target")):
                return ONE
        return part

    return transform(formula, change)


def conditions_last(formula: Formula) -> Formula:
    """The conditions in a product behind its other factors, a minus sign with the first of these."""
    turned, body = isinstance(formula, Negation), formula
    if isinstance(formula, Negation):
        body = formula.body
    if not isinstance(body, Product) or not any(map(_condition, body.factors)):
        return formula
    others = [factor for factor in body.factors if not _condition(factor)]
    if turned and others:
        others[0] = Negation(others[0])
        turned = False
    whole = product(*others, *(factor for factor in body.factors if _condition(factor)))
    return Negation(whole) if turned else whole


def _condition(formula: Formula) -> bool:
    return isinstance(formula, Function) and formula.name == "indicator"


def changes_named(step: Step) -> Iterator[Step]:
    """w ← w − η·g as Δw = −η·g and w ← w + Δw; a step that is no such sum stays, and so does w + v."""
    parameter = step.quantity.removeprefix("new_")
    old = Ref(parameter, step.level, step.indices)
    if not isinstance(step.formula, Add) or old not in step.formula.terms:
        yield step
        return
    change = Ref(f"change_{parameter}", step.level, step.indices)
    rest = add(*(term for term in step.formula.terms if term != old))
    if isinstance(rest, Ref):  # momentum's Δw(n) = μ·Δw(n−1) − η·g has a line of its own already
        yield step
        return
    yield replace(step, quantity=change.quantity, formula=rest)
    yield replace(step, formula=add(old, change))


def sign_outside(formula: Formula) -> Formula:
    """A minus sign of a factor, or of the body of a sum, before the whole."""

    def change(part: Formula) -> Formula:
        match part:
            case Product(factors) if sum(isinstance(factor, Negation) for factor in factors) == 1:
                return Negation(
                    product(*(factor.body if isinstance(factor, Negation) else factor for factor in factors))
                )
            case Sum(index, Negation(body)):
                return Negation(Sum(index, body))
        return part

    return transform(formula, change)
