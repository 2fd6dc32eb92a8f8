"""The activation functions' rows.

Sources: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 3.10 and 6.3; ELU: Clevert et al. (2015);
GELU: Hendrycks & Gimpel (2016), the exact form x·Φ(x); SiLU: Elfwing et al. (2017).
"""

from __future__ import annotations

import numpy as np

from ..formula.arithmetic import Array
from ..formula.tree import (
    ONE,
    ZERO,
    Formula,
    Negation,
    Power,
    Quotient,
    add,
    number,
    product,
    ratio,
    subtract,
)
from .elementary import call
from .row import PARAMETER, ROWS, Case, Cases, Line, Row, X, file


def sigmoid(x: Array) -> Array:
    """1/(1 + e^(−x)), by e^(−|x|) so that nothing overflows."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def log_sigmoid(x: Array) -> Array:
    """ln σ(x) = −ln(1 + e^(−x))."""
    return -softplus(-x)


def softplus(x: Array) -> Array:
    """ln(1 + e^x) = max(x, 0) + ln(1 + e^(−|x|))."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def log_softmax(x: Array) -> Array:
    """x_k − ln Σ_m e^(x_m), shifted by the largest x."""
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def softmax(x: Array) -> Array:
    """e^(x_k) / Σ_m e^(x_m) along the last axis."""
    return np.exp(log_softmax(x))


def _fraction(x: Formula) -> Formula:
    return ratio(ONE, add(ONE, call("exp", Negation(x))))


def _sigmoid_prime(x: Array, _: float) -> Array:
    return sigmoid(x) * sigmoid(-x)


# A preactivation this close to a threshold is at it: 0.5 − 5·0.1 is 0 on paper, and −2.8e-17 in floats.
AT_0 = 1e-9
_s = call("sigmoid", X)
_BELOW = "each case by itself; at 0 the slope of the lower case is taken"

file(
    Row(
        "identity",
        "id",
        "Identity",
        ("identity",),
        definition=lambda x, _: x,
        value=lambda x, _: x,
        prime_from_preactivation=lambda x, _: ONE,
        prime_from_activation=lambda a, x, _: ONE,
        activation=True,
    ),
    Row(
        "sigmoid",
        "σ",
        "Sigmoid σ",
        ("σ", "sigma", "sigmoid", "Sigmoid"),
        definition=lambda x, _: _fraction(x),
        value=lambda x, _: sigmoid(x),
        prime_value=_sigmoid_prime,
        prime_from_preactivation=lambda x, _: product(call("sigmoid", x), subtract(ONE, call("sigmoid", x))),
        prime_from_activation=lambda a, x, _: product(a, subtract(ONE, a)),
        log=log_sigmoid,
        log_complement=lambda x: log_sigmoid(-x),
        activation=True,
        rule="quotient rule, and e^(−x) has the derivative −e^(−x)",
        remembered=(
            Line(
                product(_fraction(X), Quotient(call("exp", Negation(X)), add(ONE, call("exp", Negation(X))))),
                "one fraction as a product of two",
            ),
            Line(
                product(_fraction(X), subtract(ONE, _fraction(X))),
                "the numerator is the denominator less 1",
            ),
            Line(product(_s, subtract(ONE, _s)), "the fraction is σ(x) itself"),
        ),
    ),
    Row(
        "tanh",
        "tanh",
        "tanh",
        ("tanh", "Tanh"),
        definition=lambda x, _: ratio(
            subtract(call("exp", x), call("exp", Negation(x))), add(call("exp", x), call("exp", Negation(x)))
        ),
        value=lambda x, _: np.tanh(x),
        prime_from_preactivation=lambda x, _: subtract(ONE, Power(call("tanh", x), 2)),
        prime_from_activation=lambda a, x, _: subtract(ONE, Power(a, 2)),
        activation=True,
        latex=r"\tanh",
        typst="tanh",
        rule="quotient rule",
        remembered=(Line(subtract(ONE, Power(call("tanh", X), 2)), "the fraction is the square of tanh(x)"),),
    ),
    Row(
        "relu",
        "ReLU",
        "ReLU",
        ("ReLU", "relu", "Relu", "RELU"),
        definition=lambda x, _: Cases((Case(ZERO, ZERO, note="is off"), Case(x))),
        value=lambda x, _: np.maximum(x, 0.0),
        activation=True,
        rule="each case by itself; at 0 the slope 0 is taken",
    ),
    Row(
        "leaky_relu",
        "LReLU",
        "Leaky ReLU",
        ("LReLU", "LeakyReLU", "leakyrelu", "lrelu"),
        definition=lambda x, slope: Cases((Case(product(slope, x), ZERO), Case(x))),
        parameter_name="slope",
        parameter=0.01,
        activation=True,
        rule=_BELOW,
        where="α is the slope below 0",
    ),
    Row(
        "hard_sigmoid",
        "HardSigmoid",
        "Hard sigmoid",
        ("HardSigmoid", "hardsigmoid"),
        definition=lambda x, _: Cases(
            (
                Case(ZERO, number(-3), note="is saturated"),
                Case(add(Quotient(x, number(6)), number(1, 2)), number(3), closed=False),
                Case(ONE, note="is saturated"),
            )
        ),
        activation=True,
        rule="each case by itself; at −3 and 3 the slope 0 is taken",
    ),
    Row(
        "elu",
        "ELU",
        "ELU",
        ("ELU", "elu"),
        definition=lambda x, alpha: Cases(
            (Case(product(alpha, subtract(call("exp", x), ONE)), ZERO), Case(x))
        ),
        value=lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0))),
        parameter_name="alpha",
        parameter=1.0,
        activation=True,
        rule=_BELOW,
        remembered=(
            Line(
                Cases((Case(add(call("elu", X), PARAMETER), ZERO), Case(ONE))),
                "below 0, ELU(x) is that less α",
            ),
        ),
        where="α is a positive number",
    ),
    Row(
        "softplus",
        "softplus",
        "Softplus",
        ("softplus", "Softplus"),
        definition=lambda x, _: call("ln", add(ONE, call("exp", x))),
        value=lambda x, _: softplus(x),
        prime_from_preactivation=lambda x, _: call("sigmoid", x),
        prime_from_activation=lambda a, x, _: call("sigmoid", x),
        activation=True,
        rule="the logarithm's derivative times that of what is inside",
        remembered=(
            Line(_fraction(X), "above and below the line divided by e^x"),
            Line(_s, "which is the sigmoid"),
        ),
    ),
    Row(
        "silu",
        "SiLU",
        "SiLU",
        ("SiLU", "silu", "swish", "Swish"),
        definition=lambda x, _: product(x, call("sigmoid", x)),
        prime_from_preactivation=lambda x, _: product(
            call("sigmoid", x), add(ONE, product(x, subtract(ONE, call("sigmoid", x))))
        ),
        prime_from_activation=lambda a, x, _: add(a, product(call("sigmoid", x), subtract(ONE, a))),
        activation=True,
        turns=(0.0, -1.2784645427610738, -2.399357280520, 2.399357280520),
        rule="product rule",
        remembered=(
            Line(add(_s, product(X, _s, subtract(ONE, _s))), "the sigmoid's derivative put in"),
            Line(product(_s, add(ONE, product(X, subtract(ONE, _s)))), "σ(x) taken out"),
        ),
        where="σ is the sigmoid",
    ),
    Row(
        "gelu",
        "GELU",
        "GELU",
        ("GELU", "gelu"),
        definition=lambda x, _: product(x, call("normal_cdf", x)),
        prime_from_preactivation=lambda x, _: add(
            call("normal_cdf", x), product(x, call("normal_density", x))
        ),
        activation=True,
        turns=(0.0, -0.7517915246936, -(2.0**0.5), 2.0**0.5),
        rule="product rule; the derivative of Φ, the normal distribution, is its density φ",
        where="Φ is the distribution function of the standard normal distribution, φ its density",
    ),
    Row(
        "softmax",
        "softmax",
        "Softmax",
        ("softmax", "Softmax"),
        value=lambda x, _: softmax(x),
        log=log_softmax,
        units=True,
        activation=True,
        layout="share",
    ),
    Row(
        "step",
        "step",
        "Step",
        ("step", "heaviside"),
        definition=lambda x, _: Cases((Case(ZERO, ZERO, closed=False), Case(ONE))),
        value=lambda x, _: np.where(x > -AT_0, 1.0, 0.0),
        activation=True,
        rule="flat on either side; at 0 it has no slope, and 0 is taken",
    ),
    Row(
        "sign",
        "sign",
        "Sign",
        definition=lambda x, _: Cases((Case(number(-1), ZERO, closed=False), Case(ONE))),
        value=lambda x, _: np.where(x > -AT_0, 1.0, -1.0),
        activation=True,
        rule="flat on either side; at 0 it has no slope, and 0 is taken",
        where="at 0 it is 1 here",
    ),
    # What a symbolic problem leaves open; with numbers put in, the logistic sigmoid stands for it.
    Row(
        "generic",
        "σ",
        "any differentiable σ",
        value=lambda x, _: sigmoid(x),
        prime_value=_sigmoid_prime,
        activation=True,
    ),
)

ACTIVATIONS: dict[str, Row] = {row.name: row for row in ROWS.values() if row.activation}
