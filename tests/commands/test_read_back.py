"""`check --read`: how each answer is read, without judging it."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import backprop

SHEET = """
problem = "umons"
student = "Ada"
loss = "1/2(z-y)^2"
[1]
activation = "1/1+e^(-g_j)"
delta = "2(z-y w_j"
activation_gradient = "2(z-y)) w_j"
bias_gradient = "2(z-y)*/w_j"
[2]
activation_gradient = "0.6 V"
weight_gradient = '\\frac{\\partial L}{\\partial z} h_j'
bias_gradient = "2(zed-y)"
"""


@pytest.fixture
def said(tmp_path: Path) -> str:
    (tmp_path / "answers.toml").write_text(SHEET, encoding="utf-8")
    ran = backprop("check", "--read", "answers.toml", folder=tmp_path)
    assert (ran.status, ran.err) == (0, "")
    return ran.out


@pytest.mark.parametrize(
    "line",
    [
        "L    1/2(z-y)^2    read as (z − y)²/2",
        "hⱼ    1/1+e^(-g_j)    read as 1 + e^(−gⱼ)",
        "∂L/∂z    0.6 V    read as 0.6",
        "∂L/∂wⱼ    \\frac{\\partial L}{\\partial z} h_j    read as ∂L/∂z · hⱼ",
        'cannot be read: ")" is expected, and the text ends; did you mean 2(z-y w_j)?',
        'cannot be read: ")" is not expected here; did you mean 2(z-y) w_j?',
        'cannot be read: "/" is not expected here; did you mean 2(z-y)*w_j?',
        "cannot be read: zed is no symbol of this problem; did you mean 2(z-y)?",
    ],
)
def test_each_answer_is_read_back(said: str, line: str) -> None:
    assert line in said


def test_a_caret_stands_where_reading_came_to_an_end(said: str) -> None:
    lines = said.splitlines()
    at = lines.index("      2(z-y)) w_j")
    assert lines[at + 1] == "            ^"


def test_numbers_and_tables_are_read_back_too(tmp_path: Path) -> None:
    table = "student,hid.preactivation[1],out.delta[1]\nAda,ca. 0.61,0·60\nBen,60%,-\n"
    (tmp_path / "class.csv").write_text(table, encoding="utf-8")
    ran = backprop("check", "--read", "class.csv", "--problem", "w3wi-ds304", "--ascii", folder=tmp_path)
    assert ran.status == 0
    assert "ca. 0.61    read as 0.61" in ran.out
    assert "may be 0.60 or 0 times 60" in ran.out
    assert "60%    read as 0.60" in ran.out
    assert ran.out.isascii()


@pytest.mark.parametrize("problem", ["rnn-two-steps", "perceptron-or"])
def test_answers_by_equations_and_by_turns_are_read_back_too(problem: str, tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text(backprop("sheet", problem, "--fill").out, encoding="utf-8")
    ran = backprop("check", "--read", "answers.toml", folder=tmp_path)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.count("read as") > 20
