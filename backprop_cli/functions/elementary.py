"""The elementary functions' rows; at a corner f′ is what by-hand courses use: 0 for |x| and max(0, x)."""

from __future__ import annotations

import math

import numpy as np

from ..formula.arithmetic import Array
from ..formula.tree import ONE, ZERO, Formula, Function, Negation, Power, Quotient, number, product
from .row import Row, file


def normal_cdf(x: Array) -> Array:
    """Φ(x) = (1 + erf(x/√2))/2, by erfc where that is more exact."""
    exact = np.frompyfunc(lambda each: 0.5 * math.erfc(-each / math.sqrt(2.0)), 1, 1)
    return np.asarray(exact(x), dtype=np.float64)


def normal_density(x: Array) -> Array:
    """φ(x) = e^(−x²/2)/√(2π)."""
    return np.exp(-0.5 * np.square(x)) / math.sqrt(2.0 * math.pi)


def call(name: str, x: Formula) -> Function:
    """The function of that name, of x."""
    return Function(name, x)


file(
    Row(
        "exp",
        "exp",
        typed=("exp", "Exp"),
        value=lambda x, _: np.exp(x),
        prime_from_preactivation=lambda x, _: call("exp", x),
        plain_slope=True,
        layout="power",
        latex=r"\exp",
        typst="exp",
    ),
    Row(
        "ln",
        "ln",
        typed=("ln", "log", "Ln", "Log"),
        value=lambda x, _: np.log(x),
        prime_from_preactivation=lambda x, _: Quotient(ONE, x),
        plain_slope=True,
        latex=r"\ln",
        typst="ln",
    ),
    Row(
        "sqrt",
        "√",
        typed=("sqrt", "Sqrt"),
        value=lambda x, _: np.sqrt(x),
        prime_from_preactivation=lambda x, _: Quotient(ONE, product(number(2), call("sqrt", x))),
        plain_slope=True,
    ),
    Row(
        "sin",
        "sin",
        typed=("sin", "Sin"),
        value=lambda x, _: np.sin(x),
        prime_from_preactivation=lambda x, _: call("cos", x),
        plain_slope=True,
        latex=r"\sin",
        typst="sin",
        turns=(0.0, math.pi / 2),
        period=math.pi,
    ),
    Row(
        "cos",
        "cos",
        typed=("cos", "Cos"),
        value=lambda x, _: np.cos(x),
        prime_from_preactivation=lambda x, _: Negation(call("sin", x)),
        plain_slope=True,
        latex=r"\cos",
        typst="cos",
        turns=(0.0, math.pi / 2),
        period=math.pi,
    ),
    Row(
        "tan",
        "tan",
        typed=("tan", "Tan"),
        value=lambda x, _: np.tan(x),
        prime_from_preactivation=lambda x, _: Quotient(ONE, Power(call("cos", x), 2)),
        plain_slope=True,
        latex=r"\tan",
        typst="tan",
        turns=(0.0, math.pi / 2),
        period=math.pi,
    ),
    Row(
        "abs",
        "abs",
        typed=("abs", "Abs"),
        value=lambda x, _: np.abs(x),
        prime_from_preactivation=lambda x, _: call("sgn", x),
        plain_slope=True,
        layout="bars",
    ),
    Row(
        "sgn",
        "sgn",
        typed=("sgn", "sign"),
        value=lambda x, _: np.sign(x),
        prime_from_preactivation=lambda x, _: ZERO,
        plain_slope=True,
    ),
    Row(
        "positive_part",
        "max",
        value=lambda x, _: np.maximum(x, 0.0),
        prime_from_preactivation=lambda x, _: call("indicator", x),
        plain_slope=True,
        layout="positive part",
    ),
    Row(
        "indicator",
        "[>]",
        value=lambda x, _: (x > 0).astype(np.float64),
        prime_from_preactivation=lambda x, _: ZERO,
        plain_slope=True,
        layout="condition",
    ),
    Row(
        "normal_cdf",
        "Φ",
        typed=("Φ", "Phi"),
        value=lambda x, _: normal_cdf(x),
        prime_from_preactivation=lambda x, _: call("normal_density", x),
        plain_slope=True,
    ),
    Row(
        "normal_density",
        "φ",
        typed=("φ", "phi"),
        value=lambda x, _: normal_density(x),
        prime_from_preactivation=lambda x, _: Negation(product(x, call("normal_density", x))),
        plain_slope=True,
        turns=(-1.0, 0.0, 1.0),
    ),
)
