"""Δw as lines and cells of their own, where the notation names it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import backprop

from backprop_cli import load, solve
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.problem.problem import Problem

TEXT = """
inputs = [[1.0, 2.0], [0.5, -1.0]]
targets = [[0.3], [1.0]]
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
frozen = ["bias"]
"""
KINDS = [
    'notation = { change = "Δ" }',
    'notation = { change = "Δ", delta_sign = "descent" }',
    'optimizer = "momentum"\nnotation = { change = "Δ" }',
    'optimizer = "adam"\nnotation = { change = "Δ" }',
    'penalty = { l2 = 0.5 }\nnotation = { change = "Δ" }',
]


def given(more: str) -> Problem:
    return parse_problem(TEXT.format(more=more), "test.toml", "test")


@pytest.mark.parametrize("more", KINDS)
def test_a_change_is_what_the_parameter_moves_by_and_the_numbers_are_the_same(more: str) -> None:
    without = more.replace('change = "Δ", ', "").replace('change = "Δ"', "")
    named, plain = solve(given(more)), solve(given(without))
    for level, (one, other) in enumerate(zip(named.layers, plain.layers, strict=True), start=1):
        np.testing.assert_allclose(one.new_weights, other.new_weights, atol=1e-15)
        change = named.traces[0]["change_weights", level]
        np.testing.assert_allclose(np.array(one.weights) + change, other.new_weights, atol=1e-15)
    assert ("change_bias", 2) not in named.traces[0].values, "a frozen bias has no change"


def test_lines_sheet_and_grading(tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(TEXT.format(more=KINDS[0]), encoding="utf-8")
    out = backprop("solve", tmp_path / "problem.toml").out
    assert "Δw⁽²⁾ⱼ = −η · ∂L/∂w⁽²⁾ⱼ" in out
    assert "w⁽²⁾ⱼ ← w⁽²⁾ⱼ + Δw⁽²⁾ⱼ" in out
    assert "# Δw⁽²⁾₁, Δw⁽²⁾₂" in backprop("sheet", tmp_path / "problem.toml").out
    change = solve(given(KINDS[0])).traces[0]["change_weights", 2][0]
    sheet = tmp_path / "answers.toml"

    def checked(first: float, second: float) -> int:
        answers = f'[2]\nchange_weights = [["{first:.4f}", "{second:.4f}"]]\n'
        sheet.write_text(f'problem = "problem.toml"\nstudent = "S"\n{answers}', encoding="utf-8")
        return backprop("check", sheet, "--partial").status

    assert checked(*change) == 0
    assert checked(*-change) == 1


def test_a_perceptron_has_its_changes_too() -> None:
    text = (Path(__file__).parents[2] / "problems" / "perceptron-or" / "problem.toml").read_text("utf-8")
    problem = parse_problem(text.replace("[notation]", '[notation]\nchange = "Δ"'), "p.toml", "p")
    for named, plain in zip(solve(problem).traces, solve(load("perceptron-or")).traces, strict=True):
        moved = plain["new_weights", 1] - plain["weights", 1]
        np.testing.assert_array_equal(named["change_weights", 1], moved)


def test_momentum_by_steps_is_written_as_the_change_before_and_now() -> None:
    more = 'optimizer = { name = "momentum", form = "step" }\nnotation = { change = "Δ" }'
    lines = backprop("solve", "-", stdin=TEXT.format(more=more).encode()).out
    assert "Δw⁽²⁾ⱼ(n) ← μ·Δw⁽²⁾ⱼ(n−1) − η · ∂L/∂w⁽²⁾ⱼ" in lines
    assert "w⁽²⁾ⱼ ← w⁽²⁾ⱼ + Δw⁽²⁾ⱼ(n)" in lines
