"""Formulas on answer sheets: a handout in letters graded whole, and formulas among numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import backprop
from grading import MAZUR, codes, graded, problem_of, results

from backprop_cli.problem.problem import Problem

RIGHT: dict[str, dict[str, tuple[str, ...]]] = {
    "umons": {
        "loss": ("(z - y)^2", "(z-y)²", "(y - z)*(y - z)"),
        "1.preactivation": ("sum_k u_jk x_k + b_j", "Σₖ uⱼₖ·xₖ + bⱼ", "u_j1 x_1 + u_j2 x_2 + b_j"),
        "1.activation": ("σ(g_j)", r"\sigma(g_{j})", "1/(1 + e^(-g_j))"),
        "2.weight_gradient": ("2*(z - y)*h_j", "2(z−y)hⱼ", r"\frac{\partial L}{\partial z} \cdot h_j"),
        "1.delta": ("2(z-y) w_j h_j (1-h_j)", "∂L/∂h_j σ(g_j)(1-σ(g_j))", "2(z-y) w_j σ'(g_j)"),
        "1.weight_gradient": ("2(z-y) w_j h_j (1-h_j) x_k", "∂L/∂g_j * x_k"),
    },
    "solutions-16": {
        "2.weight_gradient": ("(w - y)*a_k", "∂L/∂w·aₖ"),
        "1.weight_gradient": ("(w - y) γ_k σ'(z_k) x_j", r"(w-y)\gamma_k\sigma'(z_k)x_j"),
    },
    "regression-1-5-1": {
        "loss": ("1/2*(ŷ - y)^2", "½(yhat − y)²", r"\frac{1}{2}(\hat{y} - y)^2"),
        "2.weight_gradient": ("(ŷ - y) h_i",),
    },
}
# (problem, quantity, the wrong formula, its code, words of the message)
WRONG = [
    ("umons", "2.preactivation", "sum_j w_j h_j", "missing-bias", "You left out the bias c."),
    (
        "umons",
        "2.activation_gradient",
        "2(y - z)",
        "sign",
        "The sign is flipped: that is 2·(y − z), not 2·(z − y).",
    ),
    ("umons", "2.weight_gradient", "(z - y)*h_j", "missing-factor", "You left out the factor 2."),
    ("umons", "2.weight_gradient", "2(z - y)*g_j", "wrong-input", "You took gⱼ where hⱼ belongs."),
    ("umons", "1.delta", "2(z - y) w_j", "missing-derivative", "You left out σ′(gⱼ)."),
    ("umons", "1.delta", "2(z-y) w_j σ(g_j)", "wrong-derivative", "σ(gⱼ)"),
    ("umons", "1.delta", "2(z-y) w_j σ'(h_j)", "derivative-at-activation", "at hⱼ where gⱼ belongs"),
    ("solutions-16", "1.weight_gradient", "(w - y) γ_k x_j", "missing-derivative", "You left out σ′(zₖ)."),
    ("solutions-16", "1.weight_gradient", "-(w - y) γ_k σ'(z_k) x_j", "sign", "The sign is flipped"),
    ("regression-1-5-1", "loss", "(ŷ - y)^2", "missing-factor", "½"),
]


@pytest.mark.parametrize(
    ("problem", "name", "text"),
    [
        (problem, name, text)
        for problem, own in RIGHT.items()
        for name, texts in own.items()
        for text in texts
    ],
)
def test_right_in_every_spelling(problem: str, name: str, text: str) -> None:
    (cell,) = results(graded(problem, {}, wholes={name: text})).values()
    assert (cell.cell, cell.verdict, cell.credit) == (name, "correct", 1.0), cell.message


@pytest.mark.parametrize(("problem", "name", "text", "code", "words"), WRONG)
def test_wrong_ones_are_diagnosed_by_edits(problem: str, name: str, text: str, code: str, words: str) -> None:
    (cell,) = results(graded(problem, {}, wholes={name: text})).values()
    assert (cell.verdict, cell.credit) == ("slip", 0.0)
    assert code in codes(cell)
    assert words in cell.message


def test_what_no_edit_explains_is_not_guessed_at() -> None:
    (cell,) = results(graded("umons", {}, wholes={"2.weight_gradient": "7 z y h_j"})).values()
    assert (cell.verdict, cell.slip) == ("slip", ())
    assert cell.message == "This is not the same formula."


def test_what_cannot_be_read_is_invalid_with_the_reason() -> None:
    for text in ("2*(z - ", "__import__('os')", "foo", "(" * 300, "z.real", "h_j[0"):
        (cell,) = results(graded("umons", {}, wholes={"2.weight_gradient": text})).values()
        assert cell.verdict == "invalid", text
        assert cell.message.startswith("cannot be read: ")


def test_a_wrong_formula_is_told_as_it_was_read() -> None:
    (cell,) = results(graded("umons", {}, wholes={"1.activation": "1/1+e^{-g_j}"})).values()
    assert cell.worked == "Read as 1 + e^(−gⱼ)."
    (cell,) = results(graded("umons", {}, wholes={"2.activation_gradient": "z-y"})).values()
    assert cell.worked == ""


def test_where_reading_ends_has_a_caret_and_the_likeliest_mend() -> None:
    (cell,) = results(graded("umons", {}, wholes={"2.weight_gradient": "2(z-y * h_j"})).values()
    assert cell.message.endswith(", at the ‸ in 2(z-y * h_j‸; did you mean 2(z-y * h_j)?")
    (cell,) = results(graded("umons", {}, wholes={"2.bias_gradient": "2*(z-q)"})).values()
    assert "at the ‸ in 2*(z-‸q)" in cell.message


def sheet(folder: Path, problem: str, answers: dict[str, str]) -> None:
    lines = [f'problem = "{problem}"', 'student = "Uma"']
    lines += [f"{name} = {json.dumps(text)}" for name, text in answers.items() if "." not in name]
    for layer in ("1", "2", "hid", "out"):
        own = {name.partition(".")[2]: text for name, text in answers.items() if name.startswith(f"{layer}.")}
        lines += (
            [f"[{layer}]", *(f'"{name}" = {json.dumps(text)}' for name, text in own.items())] if own else []
        )
    (folder / "answers.toml").write_text("\n".join(lines), encoding="utf-8")


def report(folder: Path, *options: str) -> dict[str, Any]:
    (one,) = json.loads(backprop("check", "--format", "json", *options, folder=folder).out)["results"]
    return {**one, "cells": {cell["cell"]: cell for cell in one["cells"]}}


def test_a_handout_in_letters_is_graded_whole(tmp_path: Path) -> None:
    for problem, own in RIGHT.items():
        sheet(tmp_path, problem, {name: texts[0] for name, texts in own.items()})
        ran = backprop("check", "--partial", folder=tmp_path)
        assert ran.status == 0, ran.out
        assert f"Score   {len(own)} / {len(own)}" in ran.out


def test_its_slips_its_blanks_and_what_cannot_be_read_are_told(tmp_path: Path) -> None:
    answers = {
        "loss": "(z - y)^2",
        "1.delta": "2(z - y) w_j",
        "2.weight_gradient": "",
        "2.bias_gradient": "2(z",
    }
    sheet(tmp_path, "umons", answers)
    found = report(tmp_path, "--partial")
    assert found["first_slip"] == "1.delta"
    assert {name: cell["verdict"] for name, cell in found["cells"].items()} == {
        "loss": "correct",
        "1.delta": "slip",
        "2.bias_gradient": "invalid",
    }
    assert found["cells"]["1.delta"]["expected"] == "∂L/∂hⱼ · σ(gⱼ) · (1 − σ(gⱼ))"
    out = backprop("check", "--partial", folder=tmp_path).out
    assert "First slip   ∂L/∂gⱼ    you wrote 2(z − y) w_j" in out
    assert "You left out σ′(gⱼ)." in out
    hint = backprop("check", "--partial", "--hint", folder=tmp_path).out
    assert "the derivative f′ left out" in hint
    assert "1 − σ" not in hint


@pytest.mark.parametrize("problem", ["umons", "solutions-16", "regression-1-5-1"])
def test_a_blank_sheet_counts_what_a_filled_one_counts(problem: str, tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text(backprop("sheet", problem).out, encoding="utf-8")
    blank = report(tmp_path)
    (tmp_path / "answers.toml").write_text(backprop("sheet", problem, "--fill").out, encoding="utf-8")
    full = report(tmp_path)
    assert {cell["verdict"] for cell in blank["cells"].values()} == {"missing"}
    assert {cell["verdict"] for cell in full["cells"].values()} == {"correct"}
    assert (blank["score"], blank["max_score"]) == (0, full["max_score"])
    assert full["score"] == full["max_score"] > 5


def test_all_fits_80_columns_with_formulas_too(tmp_path: Path) -> None:
    sheet(tmp_path, "umons", {name: texts[-1] for name, texts in RIGHT["umons"].items()})
    for options in (("--all",), ("--all", "--hint"), ("--all", "--ascii")):
        out = backprop("check", *options, folder=tmp_path).out
        assert max(map(len, out.splitlines())) <= 80
        assert "--ascii" not in options or out.isascii()


def test_points_and_weights_of_formulas() -> None:
    wholes = {"loss": "(z - y)^2", "2.weight_gradient": "2(z - y) h_j", "1.delta": "0"}
    found = graded("umons", {}, wholes=wholes, weights={"weight_gradient": 3.0}, points={"1.delta": 2.0})
    assert (found.scores[0], found.max_scores[0]) == (4.0, 6.0)


def accepting(problem: str) -> Problem:
    """The problem with marks that accept a formula for a number."""
    found = problem_of(problem)
    return replace(found, marks=replace(found.marks, formulas="accept"))


def test_a_formula_for_one_cell_among_numbers() -> None:
    found = results(
        graded(accepting(MAZUR), {"2.weight_gradient[1,2]": "δ⁽²⁾₁·a⁽¹⁾₂", "2.delta[1]": "0.1385"})
    )
    assert {cell.verdict for cell in found.values()} == {"correct"}


def test_a_formula_for_a_whole_quantity_answers_each_of_its_cells() -> None:
    found = results(graded(accepting("w3wi-ds304"), {}, wholes={"out.activation_gradient": "2*(z_k - y_k)"}))
    assert {name: cell.verdict for name, cell in found.items()} == {
        "out.activation_gradient[1]": "correct",
        "out.activation_gradient[2]": "correct",
    }


def test_a_wrong_formula_for_a_whole_quantity_is_one_habit() -> None:
    found = graded("w3wi-ds304", {}, wholes={"out.weight_gradient": "∂J/∂z_k * z_t"})
    assert {cell.slip for cell in results(found).values()} == {("missing-derivative",)}
    assert [(habit.code, habit.cells) for habit in found.habits[0]] == [("missing-derivative", 4)]
