"""A network's layers may use functions of one's own, which are rows of the table like any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from by_definition import central_difference
from command_line import backprop

from backprop_cli import InputError, solve
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.problem.problem import Problem
from backprop_cli.values.training.loop import train

TEXT = """
inputs = [[1.0, 2.0], [-0.5, 0.3]]
targets = [[0.3], [0.8]]
loss = "half_squared_error"
learning_rate = 0.1
{more}
[functions]
mish = "x tanh(ln(1 + e^x))"
bent = "(sqrt(x^2 + 1) - 1)/2 + x"
gauss = "exp(-x^2)"
wave = "sin(x) + 0.1 max(0, x)"
[[layers]]
activation = "{first}"
weights = [[0.5, -0.2], [-0.3, 0.1]]
bias = [0.1, 0.2]
[[layers]]
activation = "{second}"
weights = [[1.0, 0.5]]
bias = 0.1
"""
VALUES = {
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "bent": lambda x: (np.sqrt(x**2 + 1) - 1) / 2 + x,
    "gauss": lambda x: np.exp(-(x**2)),
    "wave": lambda x: np.sin(x) + 0.1 * np.where(x > 0, x, 0),
}


def given(first: str, second: str, more: str = "") -> Problem:
    return parse_problem(TEXT.format(first=first, second=second, more=more), "test.toml", "test")


@pytest.mark.parametrize(("first", "second"), [("mish", "bent"), ("wave", "gauss"), ("gauss", "wave")])
@pytest.mark.parametrize("by", ["activation", "preactivation", "prime"])
def test_gradients_are_central_differences(first: str, second: str, by: str) -> None:
    solution = solve(given(first, second, f'notation = {{ derivative = "{by}" }}'))
    w1, w2 = np.array([[0.5, -0.2], [-0.3, 0.1]]), np.array([[1.0, 0.5]])
    x, y = np.array([[1.0, 2.0], [-0.5, 0.3]]), np.array([[0.3], [0.8]])

    def loss() -> np.ndarray:
        hidden = VALUES[first](x @ w1.T + np.array([0.1, 0.2]))
        return ((VALUES[second](hidden @ w2.T + 0.1) - y) ** 2).sum(axis=1).mean() / 2

    assert solution.loss == pytest.approx(float(loss()), abs=1e-15)
    for layer, array in zip(solution.layers, (w1, w2), strict=True):
        np.testing.assert_allclose(layer.weight_gradient, central_difference(loss, array), atol=1e-9)
    assert [layer.activation_function for layer in solution.layers] == [first, second]


def test_training_is_that_of_solving_again_and_again() -> None:
    trained = train(given("mish", "bent"), 3).problem
    by_one = given("mish", "bent")
    for _ in range(3):
        by_one = solve(by_one).next_problem()
    for one, other in zip(trained.layers, by_one.layers, strict=True):
        np.testing.assert_allclose(one.weights.values, other.weights.values, atol=1e-15)


def test_two_problems_may_mean_different_things_by_one_name() -> None:
    other = TEXT.replace("x tanh(ln(1 + e^x))", "x^3").format(first="mish", second="identity", more="")
    first, second = given("mish", "identity"), parse_problem(other, "other.toml", "other")
    z = solve(second).layers[0].preactivation
    assert np.array(solve(second).layers[0].activation) == pytest.approx(np.array(z) ** 3)
    z = np.array(solve(first).layers[0].preactivation)
    assert np.array(solve(first).layers[0].activation) == pytest.approx(VALUES["mish"](z))
    assert solve(second).layers[0].activation_function == "mish"


def test_what_they_are_is_shown_above_and_their_derivatives_with_numbers(tmp_path: Path) -> None:
    path = tmp_path / "problem.toml"
    path.write_text(TEXT.format(first="bent", second="identity", more=""), encoding="utf-8")
    out = backprop("solve", path).out
    assert "bent(x) = (√(x² + 1) − 1)/2 + x" in out
    assert "bent′(z⁽¹⁾" in out
    assert "mish(x)" not in out, "a function that no layer uses is not told"
    assert "bent′(" in backprop("derive", path).out


def test_faults_are_told_at_their_place() -> None:
    broken = TEXT.replace("ln(1 + e^x)", "ln(").format(first="mish", second="mish", more="")
    with pytest.raises(InputError) as told:
        parse_problem(broken, "test.toml", "test")
    assert told.value.place is not None
    assert "mish" in told.value.place.text
    with pytest.raises(InputError, match="bendt"):
        given("bendt", "mish")
