"""An L2 penalty: λ/2·Σw² in the loss, λ·w in the weights' gradients, nothing for a bias."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from by_definition import central_difference

from backprop_cli import InputError, solve
from backprop_cli.files.problem_file import parse_problem as parse_file
from backprop_cli.problem.problem import Numbers, Problem
from backprop_cli.values.training.loop import train

TEXT = """
inputs = [[1.0, 2.0], [0.5, -1.0], [0.3, 0.4]]
targets = [[0.3], [1.0], [0.2]]
loss = "half_squared_error"
learning_rate = 0.1
{more}
[[layers]]
activation = "tanh"
weights = [[0.5, -0.2], [-0.3, 0.1]]
bias = [0.1, 0.2]
[[layers]]
activation = "sigmoid"
weights = [[1.0, 0.5]]
bias = 0.1
"""
W1, W2 = np.array([[0.5, -0.2], [-0.3, 0.1]]), np.array([[1.0, 0.5]])
X, Y = np.array([[1.0, 2.0], [0.5, -1.0], [0.3, 0.4]]), np.array([0.3, 1.0, 0.2])
FORMS = [
    ("l2 = 0.7", 0.35),
    ("l2 = 0.7, half = false", 0.7),
    ('l2 = 0.7, over = "samples"', 0.7 / 6),
    ('l2 = 0.7, over = "samples", half = false', 0.7 / 3),
]
NOTATIONS = [
    "",
    'notation = { delta_sign = "descent" }',
    'notation = { backward = ["activation"], derivative = "prime" }',
    'notation = { loss_steps = ["terms", "sum", "mean"], layout = "matrix" }',
]


def parse_problem(text: str) -> Problem:
    return parse_file(text, "test.toml", "test")


def given(form: str, more: str = "") -> Problem:
    return parse_problem(TEXT.format(more=f"penalty = {{ {form} }}\n{more}"))


def loss(factor: float, w1: np.ndarray, w2: np.ndarray, batch: str = "mean") -> float:
    hidden = np.tanh(X @ w1.T + np.array([0.1, 0.2]))
    outputs = 1 / (1 + np.exp(-(hidden @ w2[0] + 0.1)))
    losses = (outputs - Y) ** 2 / 2
    data = losses.mean() if batch == "mean" else losses.sum()
    return float(data + factor * ((w1**2).sum() + (w2**2).sum()))


@pytest.mark.parametrize(("form", "factor"), FORMS)
@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("batch", ["mean", "sum"])
def test_the_penalty_is_in_the_loss_and_in_every_weights_gradient(
    form: str, factor: float, notation: str, batch: str
) -> None:
    solution = solve(given(form, f'batch = "{batch}"\n{notation}'))
    assert solution.loss == pytest.approx(loss(factor, W1, W2, batch), abs=1e-14)
    w1, w2 = W1.copy(), W2.copy()
    for layer, array in zip(solution.layers, (w1, w2), strict=True):
        slope = central_difference(lambda: np.array(loss(factor, w1, w2, batch)), array)
        np.testing.assert_allclose(layer.weight_gradient, slope, atol=1e-8)
        np.testing.assert_allclose(layer.new_weights, array - 0.1 * layer.weight_gradient, atol=1e-15)


def test_a_bias_has_no_penalty_and_a_samples_own_loss_none() -> None:
    plain = solve(parse_problem(TEXT.format(more="")))
    with_penalty = solve(given("l2 = 0.7"))
    for one, other in zip(plain.layers, with_penalty.layers, strict=True):
        np.testing.assert_array_equal(one.bias_gradient, other.bias_gradient)
        np.testing.assert_array_equal(one.delta, other.delta)
    np.testing.assert_array_equal(plain.sample_losses, with_penalty.sample_losses)


def test_one_sample_by_hand() -> None:
    """ℓ = ½(w·x − y)² with w = 2, x = 1, y = 1: L = ½ + 0.25·4 = 1.5 and ∂L/∂w = 1 + 0.5·2 = 2."""
    text = 'inputs = [[1]]\ntargets = [[1]]\nloss = "half_squared_error"\nlearning_rate = 0.1\n'
    text += 'penalty = { l2 = 0.5 }\n[[layers]]\nactivation = "identity"\nweights = [[2]]\n'
    solution = solve(parse_problem(text))
    assert (solution.loss, solution.sample_losses.tolist()) == (1.5, [0.5])
    assert solution.layers[0].weight_gradient.tolist() == [[2.0]]
    assert solution.layers[0].new_weights.tolist() == [[1.8]]


@pytest.mark.parametrize(("form", "factor"), FORMS)
def test_training_lowers_the_loss_with_its_penalty(form: str, factor: float) -> None:
    training = train(given(form), steps=3)
    w1, w2 = W1.copy(), W2.copy()
    b1, b2 = np.array([0.1, 0.2]), 0.1
    for _ in range(3):
        hidden = np.tanh(X @ w1.T + b1)
        outputs = 1 / (1 + np.exp(-(hidden @ w2[0] + b2)))
        delta = (outputs - Y) * outputs * (1 - outputs) / 3
        back = np.outer(delta, w2[0]) * (1 - hidden**2)
        g2, g1 = (delta @ hidden)[None] + 2 * factor * w2, back.T @ X + 2 * factor * w1
        b1, b2 = b1 - 0.1 * back.sum(axis=0), b2 - 0.1 * delta.sum()
        w1, w2 = w1 - 0.1 * g1, w2 - 0.1 * g2
    np.testing.assert_allclose(training.problem.layers[0].weights.values, w1, atol=1e-14)
    np.testing.assert_allclose(training.problem.layers[1].weights.values, w2, atol=1e-14)
    assert training.losses[0] == pytest.approx(loss(factor, W1, W2), abs=1e-14)


def test_online_each_turn_has_the_penalty_over_all_samples() -> None:
    """λ/n·w with the n of the whole set, as stochastic gradient descent has it."""
    solution = solve(given('l2 = 0.7, over = "samples"', 'schedule = "online"'))
    first = solution.traces[0]["weight_gradient", 2]
    plain = solve(parse_problem(TEXT.format(more='schedule = "online"'))).traces[0]["weight_gradient", 2]
    np.testing.assert_allclose(first - plain, 0.7 / 3 * W2, atol=1e-15)


@pytest.mark.parametrize(
    ("penalty", "words"),
    [
        ("0.1", "penalty must be a table"),
        ("{ over = 'samples' }", "the penalty's strength is missing"),
        ("{ l2 = -1 }", "l2 must be at least 0"),
        ("{ l2 = 1, half = 2 }", "half must be true or false"),
        ("{ l2 = 1, over = 'units' }", "units"),
        ("{ l1 = 1 }", "l1"),
    ],
)
def test_a_penalty_that_makes_no_sense_is_refused(penalty: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_problem(TEXT.format(more=f"penalty = {penalty}"))


def test_a_problem_without_samples_of_its_own_keeps_its_penalty() -> None:
    of = given("l2 = 0.7")
    assert of.sample(1).penalty is of.penalty
    assert isinstance(replace(of).penalty.strength, Numbers)
