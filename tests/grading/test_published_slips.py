"""Slips that published worked examples and exercise answers make again and again, on such examples: each is
found where it is made, and named by its cause.

The lines are worked here in plain NumPy, with the slip in them; what follows from it is right by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from grading import graded, results

Array = np.ndarray
Lines = dict[str, Array]
XOR = """
inputs = [[1.0, 0.0]]
targets = [[1.0]]
loss = "half_squared_error"
learning_rate = 0.5
digits = 5
[[layers]]
activation = "sigmoid"
weights = [[0.3, -0.2], [0.8, 0.6]]
bias = [0.1, -0.4]
[[layers]]
activation = "sigmoid"
weights = [[0.7, -0.5]]
bias = [0.2]
"""
CLASSES = """
inputs = [[0.5, -1.0], [1.5, 0.4]]
labels = [1, 3]
loss = "cross_entropy"
learning_rate = 0.1
digits = 5
[[layers]]
activation = "softmax"
weights = [[0.2, -0.3], [0.5, 0.1], [-0.4, 0.6]]
bias = [0.1, 0.0, -0.1]
"""


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def xor(slip: str) -> Lines:
    x, y, rate = np.array([1.0, 0.0]), np.array([1.0]), 0.5
    W1, b1 = np.array([[0.3, -0.2], [0.8, 0.6]]), np.array([0.1, -0.4])
    W2, b2 = np.array([[0.7, -0.5]]), np.array([0.2])
    z1 = W1 @ x + (0 if slip == "bias forgotten" else b1)
    a1 = sigmoid(z1)
    z2 = W2 @ a1 + b2
    a2 = sigmoid(z2)
    loss = ((a2 - y) ** 2).sum() * (1.0 if slip == "no half" else 0.5)
    error = (y - a2) if slip == "t − o" else a2 - y
    slope = {"σ′ forgotten": np.ones(1), "σ′ at a": sigmoid(a2) * (1 - sigmoid(a2)), "1 − a": 1 - a2}
    d2 = error * slope.get(slip, a2 * (1 - a2))
    new = W2 - rate * np.outer(d2, a1)
    back = (new if slip == "updated weights" else W2).T @ (a2 - y if slip == "error passed back" else d2)
    d1 = back * (1 - a1**2 if slip == "tanh′" else a1 if slip == "σ for σ′" else a1 * (1 - a1))
    dW2 = np.outer(d2, z1 if slip == "z for a" else a1)
    dW1 = np.outer(d1, x)
    b = d1 * 0.5 if slip == "bias halved" else d1
    step = {"η forgotten": 1.0, "ascent": -rate, "η twice": rate**2}.get(slip, rate)
    return {
        "1.preactivation": z1,
        "1.activation": a1,
        "2.preactivation": z2,
        "2.activation": a2,
        "loss": np.array(loss),
        "2.delta": d2,
        "1.delta": d1,
        "2.weight_gradient": dW2,
        "2.bias_gradient": d2,
        "1.weight_gradient": dW1,
        "1.bias_gradient": b,
        "2.new_weights": W2 - step * dW2,
        "1.new_weights": W1 - step * dW1,
    }


def classes(slip: str) -> Lines:
    x, y = np.array([[0.5, -1.0], [1.5, 0.4]]), np.array([[1.0, 0, 0], [0, 0, 1.0]])
    W, b = np.array([[0.2, -0.3], [0.5, 0.1], [-0.4, 0.6]]), np.array([0.1, 0.0, -0.1])
    z = x @ W.T + b
    e = np.exp(z)
    a = (
        e
        if slip == "not normalised"
        else sigmoid(z)
        if slip == "σ for softmax"
        else e / e.sum(axis=1)[:, None]
    )
    if slip == "over samples":
        a = e / e.sum(axis=0)
    own = -(y * (np.log10(a) if slip == "log10" else np.log(a))).sum(axis=1)
    loss = own.sum() if slip == "loss summed" else own.mean()
    d = (a - y) * (a * (1 - a) if slip == "f′ again" else 1.0)
    d = y - a if slip == "y − a" else d
    n = 1 if slip == "summed" else 4 if slip == "n twice" else 2
    dW, db = d.T @ x / n, d.sum(axis=0) / n
    if slip == "bias over all":
        db = np.full(3, db.sum() + 0.0)
    return {
        "1.preactivation": z,
        "1.activation": a,
        "sample_losses": own,
        "loss": np.array(loss),
        "1.delta": d,
        "1.weight_gradient": dW,
        "1.bias_gradient": db,
    }


SLIPS: tuple[tuple[str, Callable[[str], Lines], str, str, str], ...] = (
    (XOR, xor, "bias forgotten", "1.preactivation", "missing-bias"),
    (XOR, xor, "no half", "loss", "missing-factor"),
    (XOR, xor, "t − o", "2.delta", "sign"),
    (XOR, xor, "σ′ forgotten", "2.delta", "missing-derivative"),
    (XOR, xor, "σ′ at a", "2.delta", "derivative-at-activation"),
    (XOR, xor, "1 − a", "2.delta", "wrong-derivative"),
    (XOR, xor, "updated weights", "1.delta", "updated-weights"),
    (XOR, xor, "error passed back", "1.delta", "missing-derivative"),
    (XOR, xor, "tanh′", "1.delta", "wrong-function"),
    (XOR, xor, "σ for σ′", "1.delta", "wrong-derivative"),
    (XOR, xor, "z for a", "2.weight_gradient", "wrong-input"),
    (XOR, xor, "bias halved", "1.bias_gradient", "extra-factor"),
    (XOR, xor, "η forgotten", "2.new_weights", "missing-learning-rate"),
    (XOR, xor, "ascent", "2.new_weights", "ascent"),
    (XOR, xor, "η twice", "2.new_weights", "extra-factor"),
    (CLASSES, classes, "not normalised", "1.activation", "missing-normalisation"),
    (CLASSES, classes, "σ for softmax", "1.activation", "softmax-elementwise"),
    (CLASSES, classes, "over samples", "1.activation", "wrong-axis"),
    (CLASSES, classes, "log10", "sample_losses", "wrong-logarithm"),
    (CLASSES, classes, "loss summed", "loss", "missing-batch-mean"),
    (CLASSES, classes, "f′ again", "1.delta", "softmax-elementwise"),
    (CLASSES, classes, "y − a", "1.delta", "sign"),
    (CLASSES, classes, "summed", "1.weight_gradient", "missing-batch-mean"),
    (CLASSES, classes, "n twice", "1.weight_gradient", "extra-factor"),
)


def typed(lines: Mapping[str, Array]) -> dict[str, object]:
    def nested(values: object) -> object:
        if np.ndim(values) == 0:
            return f"{float(values) + 0.0:.5f}"  # type: ignore[arg-type]  # it has no axis
        return [nested(value) for value in values]  # type: ignore[union-attr]  # it has one

    return {name: nested(values) for name, values in lines.items()}


@pytest.mark.parametrize(
    ("problem", "work", "slip", "line", "code"), SLIPS, ids=[f"{one[1].__name__}: {one[2]}" for one in SLIPS]
)
def test_a_published_slip_is_found_and_named(
    problem: str, work: Callable[[str], Lines], slip: str, line: str, code: str
) -> None:
    found = results(graded(problem, typed(work(slip))))  # type: ignore[arg-type]  # texts, nested
    slips = [each for each in found.values() if each.verdict == "slip"]
    assert slips
    assert slips[0].cell.partition("[")[0] == line
    assert slips[0].slip[0] == code
