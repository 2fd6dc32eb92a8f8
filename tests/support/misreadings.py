"""A network, and given numbers of it taken for others."""

from __future__ import annotations

import numpy as np
from mistaken import Net

NET = Net(
    x=np.array([[0.52, -1.3], [0.31, 0.84]]),
    y=np.array([[1.0], [0.0]]),
    weights=[np.array([[0.35, -0.21], [0.58, 0.47], [-0.62, 0.13]]), np.array([[0.74, -0.59, 0.28]])],
    biases=[np.array([0.12, -0.16, 0.05]), np.array([0.23])],
    functions=["tanh", "sigmoid"],
    loss="half_squared_error",
    rate=0.5,
    batch="mean",
    digits=5,
)


def misread(what: str, place: tuple[int, ...], value: float) -> Net:
    parts = {
        "x": NET.x.copy(),
        "w1": NET.weights[0].copy(),
        "w2": NET.weights[1].copy(),
        "b1": NET.biases[0].copy(),
        "y": NET.y.copy(),
    }
    parts[what][place] = value
    return Net(
        parts["x"],
        parts["y"],
        [parts["w1"], parts["w2"]],
        [parts["b1"], NET.biases[1]],
        NET.functions,
        NET.loss,
        NET.rate,
        NET.batch,
        NET.digits,
    )


CASES = [
    ("x", (0, 1), -1.8, "x₁₂", "−1.8"),
    ("x", (0, 1), 1.3, "x", "1.3"),
    ("w1", (1, 0), 0.85, "w⁽¹⁾₂₁", "0.85"),
    ("w2", (0, 2), 0.23, "w⁽²⁾", "0.23"),
    ("b1", (0,), 0.21, "b⁽¹⁾₁", "0.21"),
]
