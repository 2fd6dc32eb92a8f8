"""What a handout in letters asks: local derivatives, chains, and the formulas of its backward pass."""

from __future__ import annotations

import re

import pytest
from grading import graded, results

from backprop_cli.documents.document import Equations
from backprop_cli.documents.worksheet import worksheet_document
from backprop_cli.files.problem_file import parse_problem, read_problem
from backprop_cli.grading.formula_answers import judge_formula
from backprop_cli.grading.verdicts import Verdict
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.problem import Problem
from backprop_cli.sheets.blank_sheet import BlankSheet
from backprop_cli.values.asked import asked_steps
from backprop_cli.values.cells import Lookup, quantity_name

SOLUTIONS_16 = make_plan(read_problem("solutions-16"))
BUNDLED = ("solutions-16", "umons", "regression-1-5-1")


def judged(cell: str, text: str) -> tuple[Verdict, str]:
    step = Lookup(SOLUTIONS_16).quantity(cell)
    assert step is not None
    grade, _ = judge_formula(SOLUTIONS_16, step, None, text)
    return grade.verdict, grade.reason


def asked(problem: Problem) -> list[str]:
    plan = make_plan(problem)
    return [quantity_name(plan, step) for step, _ in asked_steps(plan)]


def test_solutions_16_asks_its_steps_1_to_8() -> None:
    """Steps 1 to 6 are local derivatives, 7 and 8 the chain of each gradient and then its formula."""
    assert asked(read_problem("solutions-16")) == [
        "1.preactivation_by_weights",
        "1.preactivation_by_bias",
        "1.activation_by_preactivation",
        "2.preactivation_by_weights",
        "2.preactivation_by_bias",
        "2.preactivation_by_input",
        "2.loss_by_output",
        "2.bias_gradient_chain",
        "2.weight_gradient_chain",
        "1.weight_gradient_chain",
        "1.bias_gradient_chain",
        "2.bias_gradient",
        "2.weight_gradient",
        "1.weight_gradient",
        "1.bias_gradient",
    ]


def test_umons_asks_the_seven_lines_of_its_backward_pass() -> None:
    assert len(asked(read_problem("umons"))) == 7
    assert not [name for name in asked(read_problem("umons")) if name == "loss" or "chain" in name]


@pytest.mark.parametrize("name", BUNDLED)
def test_the_paper_asks_the_lines_of_the_sheet(name: str) -> None:
    problem = read_problem(name)
    blanks = BlankSheet(make_plan(problem)).toml()
    symbols = re.findall(
        r'= ""  # (.*?)(?: for .*|, as a chain.*)?$', blanks.replace('student = ""\n', ""), re.M
    )
    paper = worksheet_document(problem)
    head = next(iter(paper.blocks))
    asked_for = f" of {len(symbols)}"
    assert asked_for in str(head)
    lines = [each for block in paper.blocks if isinstance(block, Equations) for each in block.items]
    assert sum("Blank(" in str(line.relations) for line in lines) == len(symbols)


@pytest.mark.parametrize("name", BUNDLED)
def test_the_filled_sheet_is_all_right(name: str) -> None:
    plan = make_plan(read_problem(name))
    lines = BlankSheet(plan, filled=True)
    for step, _ in asked_steps(plan):
        grade, _ = judge_formula(plan, step, None, lines._formula(step))
        assert grade.ok, (quantity_name(plan, step), lines._formula(step), grade.reason)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("1.preactivation_by_weights", "x_j"),
        ("1.preactivation_by_weights", "∂z_k/∂B_jk = x_j"),
        ("1.preactivation_by_bias", "1"),
        ("1.activation_by_preactivation", "σ'(z_k)"),
        ("2.preactivation_by_weights", r"\frac{\partial w}{\partial \gamma_k} = a_k"),
        ("2.loss_by_output", "∂L/∂w = (w - y)"),
        ("2.loss_by_output", "w - y"),
        ("2.bias_gradient_chain", "∂L/∂w · ∂w/∂c"),
        ("2.bias_gradient_chain", "∂L/∂c = ∂L/∂w · ∂w/∂c = (w - y)·1"),
        ("1.weight_gradient_chain", "∂L/∂z_k · ∂z_k/∂B_jk"),
        ("1.weight_gradient_chain", "dL/dw * dw/da_k * da_k/dz_k * dz_k/dB_jk"),
        ("1.weight_gradient", "(w - y) γ_k σ'(z_k) x_j"),
    ],
)
def test_a_right_answer_to_a_step(cell: str, text: str) -> None:
    assert judged(cell, text) == (Verdict.CORRECT, "")


@pytest.mark.parametrize(
    ("cell", "text", "reason"),
    [
        ("1.preactivation_by_weights", "∂z_k/∂B_jk", "this is the name of what is asked for"),
        ("1.preactivation_by_bias", "∂z_k/∂α_k", "this is the name of what is asked for"),
        ("2.loss_by_output", "∂L/∂w", "this is the name of what is asked for"),
        ("1.preactivation_by_weights", "a_k", ""),
        ("2.preactivation_by_input", "∂L/∂w = γ_k", "∂L/∂w is another quantity than the one asked for"),
        ("2.loss_by_output", "2(w - y)", ""),
        ("2.bias_gradient_chain", "w - y", "a chain of partial derivatives is asked for here"),
        ("2.bias_gradient_chain", "∂L/∂w", "a chain of partial derivatives is asked for here"),
        ("2.bias_gradient_chain", "∂L/∂c", ""),
        ("2.weight_gradient_chain", "∂L/∂w · ∂w/∂a_k", ""),
        ("1.weight_gradient_chain", "(w - y) ∂w/∂a_k ∂a_k/∂z_k ∂z_k/∂B_jk", "a chain of partial derivatives"),
    ],
)
def test_a_wrong_answer_to_a_step(cell: str, text: str, reason: str) -> None:
    verdict, said = judged(cell, text)
    assert verdict == Verdict.SLIP
    assert said.startswith(reason), said


FORM = """
features = 2
loss = "squared_error"
[[layers]]
units = 2
activation = "sigmoid"
[[layers]]
units = 1
activation = "identity"
[marks]
form = "{form}"
"""


@pytest.mark.parametrize(("form", "chains", "formulas"), [("chain", 4, 0), ("formula", 0, 4), ("both", 4, 4)])
def test_the_chain_can_be_asked_for_apart_from_the_formula(form: str, chains: int, formulas: int) -> None:
    names = asked(parse_problem(FORM.format(form=form), "p.toml", "p"))
    assert sum(name.endswith("_chain") for name in names) == chains
    assert sum(name.endswith(("weight_gradient", "bias_gradient")) for name in names) == formulas


FOLLOWING = {
    "1.activation_by_preactivation": ("σ(z_k)", "slip"),
    "2.loss_by_output": ("2(w − y)", "slip"),
    "2.bias_gradient": ("2(w − y)", "follows"),
    "2.weight_gradient": ("2(w − y) a_k", "follows"),
    "1.weight_gradient": ("2(w − y) γ_k σ(z_k) x_j", "follows"),
    "1.bias_gradient": ("(w − y) γ_k σ(z_k)", "slip"),
}


def test_a_gradient_follows_from_ones_own_local_derivatives() -> None:
    answers = {cell: text for cell, (text, _) in FOLLOWING.items()}
    found = {
        cell: result.verdict for cell, result in results(graded("solutions-16", {}, wholes=answers)).items()
    }
    assert {cell: found[cell] for cell in FOLLOWING} == {
        cell: verdict for cell, (_, verdict) in FOLLOWING.items()
    }


def test_a_gradient_follows_from_ones_own_chain() -> None:
    answers = {
        "2.weight_gradient_chain": "∂L/∂w · ∂w/∂a_k",
        "2.weight_gradient": "(w − y) γ_k",
        "2.bias_gradient": "(w − y) γ_k",
    }
    found = {
        cell: result.verdict for cell, result in results(graded("solutions-16", {}, wholes=answers)).items()
    }
    assert [found[cell] for cell in answers] == ["slip", "follows", "slip"]
