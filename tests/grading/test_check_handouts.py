"""The answers that come with the handouts, graded: what shared/handouts says a fair grader must say of them.

The verdicts expected here are read off the papers, not off the program.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from command_line import backprop

PROBLEMS = Path(__file__).resolve().parents[2] / "problems"
OR = PROBLEMS / "or-batch" / "answers.toml"
W3WI = PROBLEMS / "w3wi-ds304" / "answers.toml"

# Cells are (sample, unit): the first column of the paper's δ⁽¹⁾ is sample 1, units 1 and 2.
SLIPS = {"loss_terms[2,1]", "1.delta[1,1]", "1.delta[1,2]"}
# Far from full precision, and yet what one gets who rounds every line by hand.
TOO_STRICT_TO_CALL_WRONG = {
    "1.delta[3,1]": "-0.0040",
    "1.weight_gradient[2,1]": "-0.0023",
    "2.new_bias[1]": "0.4978",
    "1.bias_gradient[1]": "0.0008",
}


def report(path: Path) -> dict[str, Any]:
    (result,) = json.loads(backprop("check", path, "--partial", "--format", "json").out)["results"]
    return {**result, "cells": {cell["cell"]: cell for cell in result["cells"]}}


def test_the_papers_own_numbers_are_all_right() -> None:
    ran = backprop("check", W3WI, "--partial")
    assert (ran.status, ran.err) == (0, "")
    cells = report(W3WI)["cells"]
    assert {cell["verdict"] for cell in cells.values()} == {"correct"}
    assert len(cells) == 13


def test_what_was_rounded_by_hand_is_right_though_full_precision_says_otherwise() -> None:
    cell = report(W3WI)["cells"]["out.weight_gradient[1,1]"]
    assert cell["answer"] == "0.077"
    assert cell["verdict"] == "correct"
    carried = json.loads(backprop("solve", "w3wi-ds304", "--rounding", "carry", "--format", "json").out)[
        "layers"
    ][1]["weight_gradient"][0][0]
    assert f"{carried:.4f}" == "0.0763"


def test_only_what_a_fair_grader_must_call_wrong_is_wrong() -> None:
    graded = report(OR)
    wrong = {name for name, cell in graded["cells"].items() if cell["verdict"] not in ("correct", "rounded")}
    assert wrong == SLIPS
    assert {graded["cells"][name]["verdict"] for name in SLIPS} == {"slip"}
    assert graded["first_slip"] == "loss_terms[2,1]"
    assert (graded["score"], graded["max_score"]) == (58, 61)


def test_an_activation_off_by_one_is_told() -> None:
    cell = report(OR)["cells"]["2.activation[1,1]"]
    assert (cell["answer"], cell["verdict"], cell["credit"]) == ("0.752", "rounded", 1)
    assert cell["message"] == "Right, but the last digit is off by one."
    assert "a⁽²⁾₁ = 0.752 (0.751 was due), ∂C/∂b⁽¹⁾₁ = 0.0008 (0.0007 was due)" in backprop("check", OR).out


def test_the_first_column_of_delta_has_its_sign_flipped() -> None:
    cells = report(OR)["cells"]
    first, second = cells["1.delta[1,1]"], cells["1.delta[1,2]"]
    assert first["slip"][:1] == second["slip"] == ["sign"]
    assert "The sign is flipped." in first["message"]
    assert "The sign is flipped." in second["message"]


def test_a_squared_error_that_does_not_follow_is_shown_worked_and_not_guessed_at() -> None:
    cell = report(OR)["cells"]["loss_terms[2,1]"]
    assert cell["answer"] == "0.059"
    assert cell["slip"] == []
    assert cell["message"].endswith("(0.770 − 1)² = 0.053")


def test_honest_hand_rounding_is_not_called_wrong() -> None:
    cells = report(OR)["cells"]
    for name, answer in TOO_STRICT_TO_CALL_WRONG.items():
        assert cells[name]["answer"] == answer
        assert cells[name]["credit"] == 1, name
        assert cells[name]["verdict"] in ("correct", "rounded"), name


def test_the_sheet_is_told_of_in_the_papers_own_order_of_indices() -> None:
    """Samples are columns on this paper: the first column's second row is δ⁽¹⁾₂₁."""
    out = backprop("check", OR).out
    assert "δ⁽¹⁾₁₁    you wrote −0.0135" in out
    assert "δ⁽¹⁾₂₁    you wrote −0.0197" in out


def test_the_exit_status_tells_that_something_is_wrong() -> None:
    assert backprop("check", OR).status == 1
