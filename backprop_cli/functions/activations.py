"""The activation functions: name → f, f′, how each is written, and ln f where a log loss needs it stable.

Sources: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 3.10 and 6.3; ELU: Clevert et al. (2015);
GELU: Hendrycks & Gimpel (2016), the exact form x·Φ(x); SiLU: Elfwing et al. (2017).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..formula.arithmetic import Array
from ..formula.tree import ONE, Formula, Function, Number, Power, add, product, subtract
from ..records import dataclass

Unary = Callable[[Array], Array]
Parametric = Callable[[Array, float], Array]


@dataclass(frozen=True)
class Activation:
    """An activation function f with its parameter, where it has one.

    `f` and `derivative` map an array of preactivations z to f(z) and f′(z) element by element
    (softmax: along the last axis, and it has no elementwise derivative).
    `prime_from_preactivation` writes f′ as a formula in z, `prime_from_activation` in a = f(z);
    None where the only way to write it is f′(z).
    `log` and `log_complement` are ln f(z) and ln(1 − f(z)) without cancellation or overflow.
    """

    name: str
    symbol: str
    title: str
    f: Parametric
    derivative: Parametric | None
    parameter_name: str | None = None
    parameter: float | None = None
    prime_from_preactivation: Callable[[Formula, float | None], Formula] | None = None
    prime_from_activation: Callable[[Formula, Formula, float | None], Formula] | None = None
    log: Unary | None = None
    log_complement: Unary | None = None

    @property
    def elementwise(self) -> bool:
        return self.derivative is not None

    def with_parameter(self, value: float) -> Activation:
        """The same function with another slope or scale."""
        return replace(self, parameter=value)

    def __call__(self, z: Array) -> Array:
        return self.f(z, math.nan if self.parameter is None else self.parameter)

    def prime(self, z: Array) -> Array:
        """f′(z), element by element."""
        if self.derivative is None:
            raise TypeError(f"{self.name} has a Jacobian, not an elementwise derivative")
        return self.derivative(z, math.nan if self.parameter is None else self.parameter)


def sigmoid(z: Array) -> Array:
    """1/(1 + e^(−z)), by e^(−|z|) so that nothing overflows."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def log_sigmoid(z: Array) -> Array:
    """ln σ(z) = −ln(1 + e^(−z))."""
    return -softplus(-z)


def softplus(z: Array) -> Array:
    """ln(1 + e^z) = max(z, 0) + ln(1 + e^(−|z|))."""
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def log_softmax(z: Array) -> Array:
    """z_k − ln Σ_m e^(z_m), shifted by the largest z."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def softmax(z: Array) -> Array:
    """e^(z_k) / Σ_m e^(z_m) along the last axis."""
    return np.exp(log_softmax(z))


def normal_cdf(z: Array) -> Array:
    """Φ(z) = (1 + erf(z/√2))/2, by erfc where that is more exact."""
    exact = np.frompyfunc(lambda x: 0.5 * math.erfc(-x / math.sqrt(2.0)), 1, 1)
    return np.asarray(exact(z), dtype=np.float64)


def normal_density(z: Array) -> Array:
    """φ(z) = e^(−z²/2)/√(2π)."""
    return np.exp(-0.5 * np.square(z)) / math.sqrt(2.0 * math.pi)


def _elu(z: Array, scale: float) -> Array:
    return np.where(z > 0, z, scale * np.expm1(np.minimum(z, 0.0)))


def _silu_prime(z: Array, _: float) -> Array:
    s = sigmoid(z)
    return s * (1.0 + z * sigmoid(-z))


def _call(name: str, z: Formula) -> Formula:
    return Function(name, z)


def _one(*_: object) -> Number:
    return ONE


ACTIVATIONS: dict[str, Activation] = {
    a.name: a
    for a in (
        Activation(
            "identity",
            "id",
            "Identity",
            lambda z, _: z,
            lambda z, _: np.ones_like(z),
            prime_from_preactivation=_one,
            prime_from_activation=_one,
        ),
        Activation(
            "sigmoid",
            "σ",
            "Sigmoid σ",
            lambda z, _: sigmoid(z),
            lambda z, _: sigmoid(z) * sigmoid(-z),
            prime_from_preactivation=lambda z, _: product(
                _call("sigmoid", z), subtract(ONE, _call("sigmoid", z))
            ),
            prime_from_activation=lambda a, z, _: product(a, subtract(ONE, a)),
            log=log_sigmoid,
            log_complement=lambda z: log_sigmoid(-z),
        ),
        Activation(
            "tanh",
            "tanh",
            "tanh",
            lambda z, _: np.tanh(z),
            lambda z, _: 1.0 - np.tanh(z) ** 2,
            prime_from_preactivation=lambda z, _: subtract(ONE, Power(_call("tanh", z), 2)),
            prime_from_activation=lambda a, z, _: subtract(ONE, Power(a, 2)),
        ),
        Activation(
            "relu", "ReLU", "ReLU", lambda z, _: np.maximum(z, 0.0), lambda z, _: (z > 0).astype(np.float64)
        ),
        Activation(
            "leaky_relu",
            "LReLU",
            "Leaky ReLU",
            lambda z, slope: np.where(z > 0, z, slope * z),
            lambda z, slope: np.where(z > 0, 1.0, slope),
            parameter_name="slope",
            parameter=0.01,
        ),
        Activation(
            "elu",
            "ELU",
            "ELU",
            _elu,
            lambda z, scale: np.where(z > 0, 1.0, scale * np.exp(np.minimum(z, 0.0))),
            parameter_name="alpha",
            parameter=1.0,
        ),
        Activation(
            "softplus",
            "softplus",
            "Softplus",
            lambda z, _: softplus(z),
            lambda z, _: sigmoid(z),
            prime_from_preactivation=lambda z, _: _call("sigmoid", z),
            prime_from_activation=lambda a, z, _: _call("sigmoid", z),
        ),
        Activation(
            "silu",
            "SiLU",
            "SiLU",
            lambda z, _: z * sigmoid(z),
            _silu_prime,
            prime_from_preactivation=lambda z, _: product(
                _call("sigmoid", z), add(ONE, product(z, subtract(ONE, _call("sigmoid", z))))
            ),
            prime_from_activation=lambda a, z, _: add(a, product(_call("sigmoid", z), subtract(ONE, a))),
        ),
        Activation(
            "gelu",
            "GELU",
            "GELU",
            lambda z, _: z * normal_cdf(z),
            lambda z, _: normal_cdf(z) + z * normal_density(z),
            prime_from_preactivation=lambda z, _: add(
                _call("normal_cdf", z), product(z, _call("normal_density", z))
            ),
        ),
        Activation("softmax", "softmax", "Softmax", lambda z, _: softmax(z), None, log=log_softmax),
        # What a symbolic problem leaves open; with numbers put in, the logistic sigmoid stands for it.
        Activation(
            "generic",
            "σ",
            "any differentiable σ",
            lambda z, _: sigmoid(z),
            lambda z, _: sigmoid(z) * sigmoid(-z),
        ),
    )
}

# Functions that occur in the derivatives above without being an activation of a layer.
AUXILIARY: dict[str, tuple[str, Unary]] = {
    "normal_cdf": ("Φ", normal_cdf),
    "normal_density": ("φ", normal_density),
}
