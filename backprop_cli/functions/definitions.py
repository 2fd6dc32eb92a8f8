"""What the activation functions are, as formulas; their derivatives follow by differentiating them.

`LINES` writes a derivative out step by step: from the definition by the rules of differentiation, then to
the form it is remembered in. Each line has the value of the one before it, at every x.
Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 3.10 and 6.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..formula.differentiate import differentiate
from ..formula.simplify import tidy
from ..formula.tree import (
    ONE,
    ZERO,
    Formula,
    Function,
    Negation,
    Power,
    Quotient,
    Ref,
    add,
    product,
    ratio,
    subtract,
)

X = Ref("argument", 0)
PARAMETER = Ref("parameter", 0)


@dataclass(frozen=True)
class Branches:
    """A function by cases: one formula where x > 0, another where x ≤ 0."""

    above: Formula
    below: Formula


Tree = Formula | Branches
Definition = Callable[[Formula, Formula], Tree]


def exp(formula: Formula) -> Formula:
    return Function("exp", formula)


def _sigmoid_fraction(x: Formula) -> Formula:
    return ratio(ONE, add(ONE, exp(Negation(x))))


# name → f(x), with the parameter of those that have one
DEFINITIONS: dict[str, Definition] = {
    "identity": lambda x, _: x,
    "sigmoid": lambda x, _: _sigmoid_fraction(x),
    "tanh": lambda x, _: ratio(subtract(exp(x), exp(Negation(x))), add(exp(x), exp(Negation(x)))),
    "relu": lambda x, _: Branches(x, ZERO),
    "leaky_relu": lambda x, slope: Branches(x, product(slope, x)),
    "elu": lambda x, alpha: Branches(x, product(alpha, subtract(exp(x), ONE))),
    "softplus": lambda x, _: Function("ln", add(ONE, exp(x))),
    "silu": lambda x, _: product(x, Function("sigmoid", x)),
    "gelu": lambda x, _: product(x, Function("normal_cdf", x)),
}


@dataclass(frozen=True)
class Line:
    """One line of a derivation: the derivative so far, and why it equals the line before."""

    tree: Tree
    reason: str = ""


def slope(tree: Tree, target: Ref = X) -> Tree:
    """The derivative by the rules alone, case by case where there are cases."""
    if isinstance(tree, Branches):
        return Branches(differentiate(tree.above, target), differentiate(tree.below, target))
    return differentiate(tree, target)


def tidied(tree: Tree) -> Tree:
    """The derivative with its fractions cancelled."""
    return Branches(tidy(tree.above), tidy(tree.below)) if isinstance(tree, Branches) else tidy(tree)


def prime_cases(name: str, argument: Ref, parameter: Formula) -> Branches | None:
    """f′ by cases of a quantity, for a function that is defined by cases."""
    definition = DEFINITIONS.get(name)
    tree = definition(argument, parameter) if definition else None
    if not isinstance(tree, Branches):
        return None
    derived = tidied(slope(tree, argument))
    return derived if isinstance(derived, Branches) else None


def derivation_lines(name: str) -> Iterator[Line]:
    """f′(x) from the definition of f: by the rules, tidied, then in the form it is remembered in."""
    derived = slope(DEFINITIONS[name](X, PARAMETER))
    yield Line(derived, _RULES.get(name, ""))
    shorter = tidied(derived)
    if shorter != derived:
        yield Line(shorter)
    yield from _REMEMBERED.get(name, ())


def _of(name: str) -> Formula:
    return Function(name, X)


_RULES = {
    "sigmoid": "quotient rule, and e^(−x) has the derivative −e^(−x)",
    "tanh": "quotient rule",
    "relu": "each case by itself; at 0 the slope 0 is taken",
    "leaky_relu": "each case by itself; at 0 the slope of the lower case is taken",
    "elu": "each case by itself; at 0 the slope of the lower case is taken",
    "softplus": "the logarithm's derivative times that of what is inside",
    "silu": "product rule",
    "gelu": "product rule; the derivative of Φ, the normal distribution, is its density φ",
}
_s, _below = _of("sigmoid"), add(ONE, exp(Negation(X)))
# What follows the rules: the steps to the form that is remembered.
_REMEMBERED: dict[str, tuple[Line, ...]] = {
    "sigmoid": (
        Line(
            product(_sigmoid_fraction(X), Quotient(exp(Negation(X)), _below)),
            "one fraction as a product of two",
        ),
        Line(
            product(_sigmoid_fraction(X), subtract(ONE, _sigmoid_fraction(X))),
            "the numerator is the denominator less 1",
        ),
        Line(product(_s, subtract(ONE, _s)), "the fraction is σ(x) itself"),
    ),
    "tanh": (Line(subtract(ONE, Power(_of("tanh"), 2)), "the fraction is the square of tanh(x)"),),
    "elu": (Line(Branches(ONE, add(_of("elu"), PARAMETER)), "below 0, ELU(x) is that less α"),),
    "softplus": (
        Line(_sigmoid_fraction(X), "above and below the line divided by e^x"),
        Line(_s, "which is the sigmoid"),
    ),
    "silu": (
        Line(
            add(_s, product(X, _s, subtract(ONE, _s))),
            "the sigmoid's derivative put in",
        ),
        Line(product(_s, add(ONE, product(X, subtract(ONE, _s)))), "σ(x) taken out"),
    ),
}
