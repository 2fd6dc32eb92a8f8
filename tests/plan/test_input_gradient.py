"""The gradient of the inputs as lines and cells, where the notation wants it or it is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from by_definition import central_difference
from command_line import backprop

TEXT = """
inputs = [[1.0, 2.0]]
targets = [[0.3]]
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
WANTED = [
    "notation = { input_gradient = true }",
    'notation = { input_gradient = true, delta_sign = "descent" }',
    'notation = { input_gradient = true, backward = ["activation"], layout = "indices" }',
    'marks = { ask = ["input_gradient"] }',
]


def slope() -> np.ndarray:
    x = np.array([1.0, 2.0])

    def loss() -> np.ndarray:
        hidden = np.tanh(np.array([[0.5, -0.2], [-0.3, 0.1]]) @ x + np.array([0.1, 0.2]))
        return (1 / (1 + np.exp(-(hidden @ np.array([1.0, 0.5]) + 0.1))) - 0.3) ** 2 / 2

    return central_difference(loss, x)


@pytest.mark.parametrize("more", WANTED)
def test_it_is_written_and_asked_for_and_graded(more: str, tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(TEXT.format(more=more), encoding="utf-8")
    first, second = (f"{value:.4f}" for value in slope())
    out = backprop("solve", tmp_path / "problem.toml").out
    for number in (first, second):
        assert number.replace("-", "−") in out[out.index("∂L/∂xᵢ =") :]
    assert 'input_gradient = ["", ""]  # ∂L/∂x₁, ∂L/∂x₂' in backprop("sheet", tmp_path / "problem.toml").out
    sheet = tmp_path / "answers.toml"
    start = 'problem = "problem.toml"\nstudent = "S"\n'
    sheet.write_text(f'{start}input_gradient = ["{first}", "{second}"]\n', encoding="utf-8")
    assert backprop("check", sheet, "--partial").status == 0
    sheet.write_text(f'{start}input_gradient = ["{first}", "0.5"]\n', encoding="utf-8")
    assert backprop("check", sheet, "--partial").status == 1


def test_it_is_derived_by_the_chain_rule(tmp_path: Path) -> None:
    path = tmp_path / "problem.toml"
    path.write_text(TEXT.format(more=WANTED[0]), encoding="utf-8")
    out = backprop("derive", path).out
    assert "∂L/∂xᵢ = Σⱼ ∂L/∂z⁽¹⁾ⱼ · ∂z⁽¹⁾ⱼ/∂xᵢ" in out


def test_without_a_wish_it_has_no_line(tmp_path: Path) -> None:
    path = tmp_path / "problem.toml"
    path.write_text(TEXT.format(more=""), encoding="utf-8")
    assert "∂L/∂x" not in backprop("solve", path).out
