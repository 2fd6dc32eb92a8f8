"""A bias as a threshold: z = Σ w·x − θ, so ∂L/∂θ is that of a bias with its sign turned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import backprop

from backprop_cli import solve
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.problem.problem import Problem
from backprop_cli.values.training.loop import train

TEXT = """
inputs = [[1.0, 2.0], [0.5, -1.0]]
targets = [[0.3], [1.0]]
loss = "half_squared_error"
learning_rate = 0.1
notation = {{ {notation} }}
[[layers]]
activation = "tanh"
weights = [[0.5, -0.2], [-0.3, 0.1]]
bias = {first}
{shared}
[[layers]]
activation = "sigmoid"
weights = [[1.0, 0.5]]
bias = {second}
"""
NOTATIONS = [
    "",
    'delta_sign = "descent"',
    'backward = ["activation"], derivative = "prime"',
    'layout = "matrix"',
]


def pair(notation: str, shared: bool) -> tuple[Problem, Problem]:
    """The same network with thresholds θ, and with biases b = −θ."""
    first = "0.1" if shared else "[0.1, 0.2]"
    turned = "-0.1" if shared else "[-0.1, -0.2]"
    own = 'shared = ["bias"]' if shared else ""
    more = f"thresholds = true, {notation}" if notation else "thresholds = true"
    with_theta = TEXT.format(notation=more, first=first, second=0.3, shared=own)
    with_bias = TEXT.format(notation=notation, first=turned, second=-0.3, shared=own)
    return parse_problem(with_theta, "a", "a"), parse_problem(with_bias, "b", "b")


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("shared", [False, True])
def test_a_threshold_is_a_bias_with_its_sign_turned(notation: str, shared: bool) -> None:
    theta, bias = (solve(problem) for problem in pair(notation, shared))
    assert theta.loss == bias.loss
    for one, other in zip(theta.layers, bias.layers, strict=True):
        np.testing.assert_allclose(one.weight_gradient, other.weight_gradient, atol=1e-16)
        np.testing.assert_allclose(one.bias_gradient, -np.array(other.bias_gradient), atol=1e-16)
        np.testing.assert_allclose(one.new_bias, -np.array(other.new_bias), atol=1e-16)


def test_training_keeps_the_sign() -> None:
    theta, bias = (train(problem, 20).problem.layers for problem in pair("", False))
    for one, other in zip(theta, bias, strict=True):
        np.testing.assert_allclose(one.weights.values, other.weights.values, atol=1e-14)
        np.testing.assert_allclose(one.bias.values, -other.bias.values, atol=1e-14)


def test_it_is_written_with_theta(tmp_path: Path) -> None:
    path = tmp_path / "problem.toml"
    path.write_text(
        TEXT.format(notation="thresholds = true", first="[0.1, 0.2]", second=0.3, shared=""), encoding="utf-8"
    )
    out = backprop("solve", path).out
    assert "z⁽¹⁾ₛⱼ = Σᵢ w⁽¹⁾ⱼᵢ·xₛᵢ − θ⁽¹⁾ⱼ" in out
    assert "∂L/∂θ⁽²⁾ = −½·Σₛ δ⁽²⁾ₛ" in out
    assert "∂z⁽²⁾ₛ/∂θ⁽²⁾    = −1" in backprop("derive", path).out


def test_a_perceptron_raises_its_threshold_where_it_fires_wrongly() -> None:
    text = (Path(__file__).parents[2] / "problems" / "perceptron-or" / "problem.toml").read_text("utf-8")
    theta = parse_problem(
        text.replace("[notation]", "[notation]\nthresholds = true").replace(
            "bias       = [-0.5]", "bias = [0.5]"
        ),
        "p.toml",
        "p",
    )
    bias = parse_problem(text, "p.toml", "p")
    for one, other in zip(solve(theta).traces, solve(bias).traces, strict=True):
        np.testing.assert_array_equal(one["new_bias", 1], -other["new_bias", 1])
        np.testing.assert_array_equal(one["new_weights", 1], other["new_weights", 1])
