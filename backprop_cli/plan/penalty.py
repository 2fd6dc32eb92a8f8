"""An L2 penalty on the weights: λ/2·Σw² in the loss of the whole batch, so λ·w in every weight's gradient.

Source: Krogh & Hertz (1991); Bishop, *Pattern Recognition and Machine Learning* (2006), 3.1.4 and 5.5.
"""

from __future__ import annotations

from ..formula.differentiate import differentiate
from ..formula.simplify import tidy
from ..formula.tree import ZERO, Formula, Number, Power, Product, Quotient, Ref, Sum, add, number, product
from ..problem.problem import Problem
from .steps import inputs, units, weights

STRENGTH = Ref("penalty", 0)


def penalty(problem: Problem) -> Formula:
    """λ/2·Σw² over the weights of all layers, over n or without the ½ as the problem has it; else 0."""
    own = problem.penalty
    if own is None:
        return ZERO
    squares = add(
        *(
            Sum(units(level), Sum(inputs(level), Power(weights(level), 2)))
            for level in range(1, problem.depth + 1)
        )
    )
    below = product(*([number(2)] if own.half else []), number(own.over))
    return product(STRENGTH if below == number(1) else Quotient(STRENGTH, below), squares)


def penalty_slope(problem: Problem, weight: Ref) -> Formula:
    """What the penalty adds to ∂L/∂w: λ·w, λ/n·w, 2·λ·w; 0 without one, and for a bias."""
    slope = tidy(differentiate(penalty(problem), weight))
    match slope:
        case Product((Number(share), strength, *others)) if share.numerator == 1 and strength == STRENGTH:
            return product(Quotient(strength, number(share.denominator)), *others)
    return slope
