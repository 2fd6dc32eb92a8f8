"""Nothing is right but the formula: not a name, a circle, a hidden term, a formula for some numbers only."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import backprop
from grading import MAZUR

from backprop_cli import load, parse_problem
from backprop_cli.grading.formulas import grade_formula
from backprop_cli.grading.verdicts import Verdict
from backprop_cli.plan.plan import make_plan
from backprop_cli.values.cells import Lookup


def verdict(problem, quantity: str, text: str) -> Verdict:
    plan = make_plan(load(problem) if isinstance(problem, str) else problem)
    step = Lookup(plan).quantity(quantity)
    assert step is not None
    return grade_formula(plan, step, None, text).verdict


def with_loss(loss: str, activation: str = "identity") -> object:
    """A 2-2-1 network in numbers with a loss; its output's activation is a."""
    text = MAZUR.replace('"half_squared_error"', loss).replace(
        '"sigmoid"\nweights = [[0.40', f'"{activation}"\nweights = [[0.40'
    )
    return parse_problem(text.replace("[[0.01, 0.99]]", "[[-1, 1]]"), "p.toml", "p")


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("2.weight_gradient", "dL/dw_j"),
        ("2.weight_gradient", r"\frac{\partial L}{\partial w_j}"),
        ("2.weight_gradient", "dL/dw_j = dL/dw_j"),
        ("2.activation_gradient", "dL/dz"),
        ("2.activation_gradient", "dL/dc"),
        ("2.activation_gradient", "dL/dz = dL/dc"),
        ("1.activation", "h_j"),
        ("2.weight_gradient", "7 = dL/dw_j"),
        ("2.weight_gradient", "(z-y) = dL/dw_j"),
        ("2.weight_gradient", "h_j = 2(z-y)h_j"),
        ("2.weight_gradient", "dL/dw_j = (z-y) h_j = 2(z-y)h_j"),
        ("1.delta", "dL/dh_j = 2(z-y)w_jh_j(1-h_j)"),
        ("2.weight_gradient", "dL/dc h_j"),
    ],
)
def test_a_formula_may_use_only_what_stands_above_its_line(quantity: str, text: str) -> None:
    assert verdict("umons", quantity, text) is Verdict.SLIP


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("2.weight_gradient", "dL/dw_j = dL/dz h_j = 2(z-y)h_j"),
        ("2.weight_gradient", "2(z-y)h_j = dL/dw_j"),
        ("2.weight_gradient", "dL/dz * h_j"),
        ("2.bias_gradient", "dL/dz"),
        ("1.bias_gradient", "dL/dg_j"),
        ("1.weight_gradient", "dL/dh_j σ(g_j)(1-σ(g_j)) x_k"),
        ("loss", "L = (z - y)^2"),
    ],
)
def test_what_stands_above_may_be_used_and_right_sides_are_right(quantity: str, text: str) -> None:
    assert verdict("umons", quantity, text) is Verdict.CORRECT


@pytest.mark.parametrize(
    "term",
    [
        "+ 0.000000000001",
        "* (1+10^-8)",
        "+ 0/(z-z)",
        "+ max(0, z-10)",
        "+ [z>5]",
        "+ max(0, z - 300)",
        "+ max(0, -z - 70)",
        "+ relu(1000 z - 30000)",
        "- 1000000*0.000000000000001",
        "* 1.0000001",
        "+ (1 - 0.99999999999)",
    ],
)
def test_a_term_that_makes_no_visible_difference_is_wrong(term: str) -> None:
    assert verdict("umons", "loss", f"(z-y)^2 {term}") is Verdict.SLIP


@pytest.mark.parametrize(
    "text", ["(z-y)^2", "(y-z)^2", "(z-y)(z-y)", "z^2 - 2 z y + y^2", "|z-y|^2", "2/4*2(z-y)^2"]
)
def test_the_same_loss_in_other_words_is_right(text: str) -> None:
    assert verdict("umons", "loss", text) is Verdict.CORRECT


def test_sizes_that_are_letters_are_drawn() -> None:
    """½(w − y)² is no (w − y)²/P, though P was always 2."""
    assert verdict("solutions-16", "loss", "1/2 (w-y)^2") is Verdict.CORRECT
    assert verdict("solutions-16", "loss", "(w-y)^2/P") is Verdict.SLIP
    assert verdict("solutions-16", "loss", "(w-y)^2/K") is Verdict.SLIP


def test_an_unknown_function_is_no_known_one() -> None:
    """σ is left open in solutions-16: neither the logistic function nor SiLU is it."""
    for text in ("1/(1+e^(-z_k))", "z_k/(1+e^(-z_k))", "tanh(z_k)", "max(0, z_k)"):
        assert verdict("solutions-16", "1.activation", text) is not Verdict.CORRECT, text
    assert verdict("solutions-16", "1.activation", "σ(z_k)") is Verdict.CORRECT
    assert verdict("solutions-16", "1.bias_gradient", "(w-y) γ_k σ'(z_k)") is Verdict.CORRECT
    assert verdict("solutions-16", "1.bias_gradient", "(w-y) γ_k a_k (1 - a_k)") is Verdict.SLIP


def test_every_branch_of_a_loss_is_reached() -> None:
    huber, hinge = with_loss('"huber"'), with_loss('"hinge"')
    signal = "2.delta"
    assert verdict(huber, signal, "a^(2)_k - y_k") is Verdict.SLIP
    assert verdict(hinge, signal, "-y_k") is Verdict.SLIP
    assert verdict(with_loss('"absolute_error"'), signal, "1") is Verdict.SLIP


SHEET = """
problem = "{problem}"
[{layer}]
{role} = "{text}"
"""


def graded(folder: Path, problem: str, layer: str, role: str, text: str) -> str:
    sheet = folder / "answers.toml"
    sheet.write_text(SHEET.format(problem=problem, layer=layer, role=role, text=text), encoding="utf-8")
    return backprop("check", sheet).out


def test_where_a_number_is_asked_a_right_formula_is_told_as_such_and_earns_nothing(tmp_path: Path) -> None:
    out = graded(tmp_path, "w3wi-ds304", "out", "activation_gradient", "2*(z_k - y_k)")
    assert "The formula is right; a number is asked for" in " ".join(out.split())
    assert "0 / " in out


def test_marks_may_accept_a_formula_for_a_number(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "problems" / "w3wi-ds304" / "problem.toml"
    text = source.read_text(encoding="utf-8").replace(
        "[notation]", '[marks]\nformulas = "accept"\n\n[notation]'
    )
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    out = graded(tmp_path, "mine", "out", "activation_gradient", "2*(z_k - y_k)")
    assert "The formula is right; a number" not in out
