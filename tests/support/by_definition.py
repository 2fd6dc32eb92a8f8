"""The mathematics a second time, straight from the definitions, in plain NumPy, apart from the engine.

A network is a list of (activation name, parameter, W, b): W is [unit][input], b [unit], one number or None.
Nothing here knows a derivative: every expected gradient is a central difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ACTIVATIONS: dict[str, Callable[[Array, float | None], Array]] = {
    "identity": lambda z, _: z,
    "sigmoid": lambda z, _: 1 / (1 + np.exp(-z)),
    "tanh": lambda z, _: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "relu": lambda z, _: np.where(z > 0, z, 0.0),
    "leaky_relu": lambda z, slope: np.where(z > 0, z, slope * z),
    "elu": lambda z, alpha: np.where(z > 0, z, alpha * (np.exp(z) - 1)),
    "hard_sigmoid": lambda z, _: np.clip(z / 6 + 1 / 2, 0.0, 1.0),
    "softplus": lambda z, _: np.log(1 + np.exp(z)),
    "silu": lambda z, _: z / (1 + np.exp(-z)),
    "gelu": lambda z, _: z / 2 * (1 + np.vectorize(math.erf)(z / math.sqrt(2))),
    "softmax": lambda z, _: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
}
# Activations through which no gradient passes.
THRESHOLDS: dict[str, Callable[[Array, float | None], Array]] = {
    "step": lambda z, _: np.where(z >= 0, 1.0, 0.0),
    "sign": lambda z, _: np.where(z >= 0, 1.0, -1.0),
}
# Where an activation has a corner.
CORNERS = {
    "relu": [0.0],
    "leaky_relu": [0.0],
    "elu": [0.0],
    "hard_sigmoid": [-3.0, 3.0],
    "step": [0.0],
    "sign": [0.0],
}


def _huber(a: Array, y: Array, threshold: float) -> Array:
    r = np.abs(a - y)
    return np.where(r <= threshold, r**2 / 2, threshold * r - threshold**2 / 2).sum(axis=1)


# One loss for each sample; the threshold is Huber's.
LOSSES: dict[str, Callable[[Array, Array, float], Array]] = {
    "squared_error": lambda a, y, _: ((a - y) ** 2).sum(axis=1),
    "half_squared_error": lambda a, y, _: ((a - y) ** 2).sum(axis=1) / 2,
    "mean_squared_error": lambda a, y, _: ((a - y) ** 2).mean(axis=1),
    "half_mean_squared_error": lambda a, y, _: ((a - y) ** 2).mean(axis=1) / 2,
    "absolute_error": lambda a, y, _: np.abs(a - y).sum(axis=1),
    "huber": _huber,
    "log_cosh": lambda a, y, _: np.log(np.cosh(a - y)).sum(axis=1),
    "hinge": lambda a, y, _: np.where(y * a < 1, 1 - y * a, 0.0).sum(axis=1),
    "binary_cross_entropy": lambda a, y, _: -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(axis=1),
    "cross_entropy": lambda a, y, _: -(y * np.log(a)).sum(axis=1),
}


@dataclass
class Network:
    """A network with its samples and its loss."""

    layers: list[tuple[str, float | None, Array, Array | None]]
    loss: str
    inputs: Array
    targets: Array
    batch: str = "mean"
    threshold: float = 1.0
    # Added to the preactivations, and to the activations, of a layer: what ∂ℓ/∂z and ∂ℓ/∂a are taken by.
    to_z: dict[int, Array] = field(default_factory=dict)
    to_a: dict[int, Array] = field(default_factory=dict)

    def forward(self) -> tuple[list[Array], list[Array]]:
        """The preactivations and the activations of every layer, [sample][unit]."""
        a, zs, activations = self.inputs, [], []
        for level, (name, parameter, W, b) in enumerate(self.layers):
            z = a @ W.T + (0 if b is None else b) + self.to_z.get(level, 0)
            a = ACTIVATIONS[name](z, parameter) + self.to_a.get(level, 0)
            zs.append(z)
            activations.append(a)
        return zs, activations

    def sample_losses(self) -> Array:
        return LOSSES[self.loss](self.forward()[1][-1], self.targets, self.threshold)

    def total(self) -> float:
        losses = self.sample_losses()
        return float(losses.mean() if self.batch == "mean" else losses.sum())

    def away_from_corners(self, margin: float = 0.02) -> bool:
        """Whether a small step crosses no corner and leaves the loss's domain nowhere."""
        zs, activations = self.forward()
        for z, (name, *_) in zip(zs, self.layers, strict=True):
            if any(np.abs(z - corner).min() < margin for corner in CORNERS.get(name, ())):
                return False
        a, y = activations[-1], self.targets
        match self.loss:
            case "absolute_error":
                return bool((np.abs(a - y) > margin).all())
            case "huber":
                return bool((np.abs(np.abs(a - y) - self.threshold) > margin).all())
            case "hinge":
                return bool((np.abs(1 - y * a) > margin).all())
            case "binary_cross_entropy":
                return bool(((a > margin) & (a < 1 - margin)).all())
            case "cross_entropy":
                return bool((a > margin).all())
            case _:
                return True

    def by_parameter(self, array: Array) -> Array:
        """∂L/∂array for one of the network's own parameter arrays."""
        return central_difference(lambda: np.array(self.total()), array)

    def by_preactivation(self, level: int) -> Array:
        """∂ℓ/∂z of a layer, each sample's loss by its own z: [sample][unit]."""
        self.to_z[level] = np.zeros_like(self.forward()[0][level])
        return self._own(self.to_z.pop, level, self.to_z[level])

    def by_activation(self, level: int) -> Array:
        """∂ℓ/∂a of a layer."""
        self.to_a[level] = np.zeros_like(self.forward()[0][level])
        return self._own(self.to_a.pop, level, self.to_a[level])

    def by_input(self) -> Array:
        """∂ℓ/∂x."""
        return central_difference(lambda: np.array(self.sample_losses().sum()), self.inputs)

    def _own(self, remove: Callable[[int], object], level: int, nudge: Array) -> Array:
        gradient = central_difference(lambda: np.array(self.sample_losses().sum()), nudge)
        remove(level)
        return gradient


def central_difference(function: Callable[[], Array], array: Array, step: float = 6e-6) -> Array:
    """(F(x + h) − F(x − h))/2h for each entry x of an array that the function reads; its error goes as h²."""
    gradient = np.zeros_like(array)
    for place in np.ndindex(*array.shape):
        before = array[place]
        array[place] = before + step
        above = function()
        array[place] = before - step
        below = function()
        array[place] = before
        gradient[place] = (above - below) / (2 * step)
    return gradient
