"""loss = "output": the gradients of the one output, with no loss and no target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from by_definition import central_difference
from command_line import backprop

from backprop_cli import InputError, solve
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.problem.problem import Problem

TEXT = """
inputs = [[1.0, 2.0]]
loss = "output"
learning_rate = 0.1
{more}
[[layers]]
activation = "tanh"
weights = [[0.5, -0.2], [-0.3, 0.1]]
bias = [0.1, 0.2]
[[layers]]
activation = "{activation}"
weights = [[1.0, 0.5]]
bias = 0.1
"""


def given(more: str = "", activation: str = "sigmoid") -> Problem:
    return parse_problem(TEXT.format(more=more, activation=activation), "test.toml", "test")


@pytest.mark.parametrize("activation", ["sigmoid", "identity", "softplus"])
@pytest.mark.parametrize("notation", ["", 'notation = { backward = ["activation"], derivative = "prime" }'])
def test_every_gradient_is_the_outputs_own(activation: str, notation: str) -> None:
    solution = solve(given(notation, activation))
    w1, w2, x = np.array([[0.5, -0.2], [-0.3, 0.1]]), np.array([[1.0, 0.5]]), np.array([1.0, 2.0])
    f = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "identity": lambda z: z}.get(
        activation, lambda z: np.log(1 + np.exp(z))
    )

    def output() -> np.ndarray:
        return f(w2[0] @ np.tanh(w1 @ x + np.array([0.1, 0.2])) + 0.1)

    assert solution.loss == pytest.approx(float(output()), abs=1e-15)
    for layer, array in zip(solution.layers, (w1, w2), strict=True):
        np.testing.assert_allclose(layer.weight_gradient, central_difference(output, array), atol=1e-9)
    np.testing.assert_allclose(solution.input_gradient[0], central_difference(output, x), atol=1e-9)


def test_it_is_written_as_the_derivative_of_the_output_and_no_loss_or_target_is(tmp_path: Path) -> None:
    path = tmp_path / "problem.toml"
    path.write_text(TEXT.format(more="", activation="sigmoid"), encoding="utf-8")
    out = backprop("solve", path).out
    assert "∂o/∂w⁽²⁾₁ = 0.2426·0.1974 = 0.0479" in out
    assert "δ⁽²⁾ = o·(1 − o)" in out
    assert "Loss" not in out
    assert "y =" not in out
    assert "y =" not in backprop("draw", path).out
    assert "loss" not in backprop("sheet", path).out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.format(more="targets = [[1]]", activation="sigmoid"), "there is no target"),
        (TEXT.replace("[[1.0, 2.0]]", "[[1, 2], [3, 4]]").format(more="", activation="tanh"), "one sample"),
        (TEXT.replace("[[1.0, 0.5]]", "[[1, 2], [3, 4]]").format(more="", activation="tanh"), "one output"),
    ],
)
def test_what_it_is_not_for_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_problem(text, "test.toml", "test")
