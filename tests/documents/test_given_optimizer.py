"""An exam tells all that an optimizer's update needs: its settings, and what the steps before left."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import backprop
from grading import MAZUR

SETTINGS = {
    "momentum": [r"\mu &= 0.9"],
    "rmsprop": [r"\rho &= 0.9", r"\varepsilon &= "],
    "adam": [r"\beta_1 &= 0.9", r"\beta_2 &= 0.999", r"\varepsilon &= "],
}


def exam(folder: Path, name: str = "problem.toml") -> str:
    ran = backprop("sheet", name, "--format", "markdown", folder=folder)
    assert ran.status == 0, ran.err
    return ran.out


@pytest.mark.parametrize("optimizer", SETTINGS)
def test_an_exam_tells_the_optimizers_settings(optimizer: str, tmp_path: Path) -> None:
    text = MAZUR.replace("digits = 4", f'digits = 4\noptimizer = "{optimizer}"')
    (tmp_path / "problem.toml").write_text(text, encoding="utf-8")
    assert all(setting in exam(tmp_path) for setting in SETTINGS[optimizer])
    assert "Before the first step all of these are 0: " in exam(tmp_path)


def test_an_exam_of_a_later_step_tells_what_was_kept(tmp_path: Path) -> None:
    text = MAZUR.replace("digits = 4", 'digits = 4\noptimizer = "momentum"')
    (tmp_path / "problem.toml").write_text(text, encoding="utf-8")
    assert backprop("step", "-o", "next.toml", folder=tmp_path).status == 0
    # After one step the velocity is the gradient: Mazur's ∂E/∂w5 = 0.082167041.
    assert "0.0822" in exam(tmp_path, "next.toml")
    assert "This is step t = 2." in exam(tmp_path, "next.toml")


def test_equations_tell_one_parameters_rule_and_the_settings(tmp_path: Path) -> None:
    ran = backprop("sheet", "lstm-cell", "--format", "markdown")
    assert ran.out.count(r"\leftarrow W_") == 1  # as the rule, and the others are blanks
    assert "likewise for the others" in ran.out
