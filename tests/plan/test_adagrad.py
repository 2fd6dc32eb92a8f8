"""AdaGrad, and RMSProp with ε in either place, worked out a second time in exact or plain arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from command_line import backprop

from backprop_cli import solve
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.problem.problem import Problem
from backprop_cli.values.training.loop import train

TEXT = """
inputs = [[1], [2]]
targets = [[1], [0]]
loss = "half_squared_error"
learning_rate = 0.5
optimizer = {optimizer}
[[layers]]
activation = "identity"
weights = [[2]]
"""


def given(optimizer: str) -> Problem:
    return parse_problem(TEXT.format(optimizer=optimizer), "test.toml", "test")


def gradient(w: float) -> float:
    """L = ½·[½(w − 1)² + ½(2w)²], so ∂L/∂w = ½·[(w − 1) + 4w]."""
    return 0.5 * ((w - 1) + 4 * w)


def test_the_first_step_of_adagrad_by_hand() -> None:
    """g = ½·(1 + 8) = 4.5, G = 20.25, √G = 4.5: w ← 2 − 0.5·4.5/4.5 = 1.5 (but for ε)."""
    solution = solve(given('"adagrad"'))
    assert solution.traces[0]["new_square_sum_weights", 1].tolist() == [[20.25]]
    assert solution.layers[0].new_weights[0][0] == pytest.approx(1.5, abs=1e-8)


@pytest.mark.parametrize("name", ["adagrad", "rmsprop"])
@pytest.mark.parametrize("form", ["outside", "inside"])
def test_steps_keep_their_squares_with_epsilon_in_either_place(name: str, form: str) -> None:
    epsilon, w, kept = 0.1, 2.0, 0.0
    for _ in range(5):
        g = gradient(w)
        kept = kept + g * g if name == "adagrad" else 0.9 * kept + 0.1 * g * g
        w -= 0.5 * g / (math.sqrt(kept) + epsilon if form == "outside" else math.sqrt(kept + epsilon))
    own = given(f'{{ name = "{name}", form = "{form}", epsilon = {epsilon} }}')
    trained = train(own, 5)
    np.testing.assert_allclose(trained.problem.layers[0].weights.values, [[w]], atol=1e-14)


def test_adagrads_lines_are_written_out(tmp_path) -> None:
    path = tmp_path / "problem.toml"
    path.write_text(TEXT.format(optimizer='{ name = "adagrad", form = "inside", epsilon = 0.5 }'))
    out = backprop("step", path).out
    assert "G(w) ← G(w) + (∂L/∂w)²" in out
    assert "G(w) ← 0 + 4.5000²" in out
    assert "w ← w − η·∂L/∂w/√(G(w) + ε)" in out
