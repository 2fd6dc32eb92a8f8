"""What a wrong formula is told: the one edit that mends it, else where it parts from the right one."""

from __future__ import annotations

import pytest
from grading import graded, results

from backprop_cli.files.problem_file import read_problem
from backprop_cli.grading.formula_answers import judge_formula
from backprop_cli.grading.report.words import Teller
from backprop_cli.grading.verdicts import Verdict
from backprop_cli.plan.plan import make_plan
from backprop_cli.values.cells import Lookup

PLANS = {name: make_plan(read_problem(name)) for name in ("umons", "solutions-16", "regression-1-5-1")}


def told(problem: str, cell: str, text: str) -> tuple[tuple[str, ...], str]:
    plan = PLANS[problem]
    lookup, position = Lookup(plan), None
    step = lookup.quantity(cell)
    if step is None:
        found = lookup.find(cell)
        assert found is not None
        step, position = found.step, found.position
    grade, diagnosis = judge_formula(plan, step, position, text)
    assert grade.verdict == Verdict.SLIP
    if diagnosis is None:
        return (), grade.reason
    return diagnosis.codes, Teller(plan).said(diagnosis.changes[0], step, position or ())


BRACKETS = "Brackets are missing or in the wrong place: this reads as {}; did you mean {}?"


@pytest.mark.parametrize(
    ("problem", "cell", "text", "code", "message"),
    [
        (
            "umons",
            "1.activation",
            "1/1+e^(-g_j)",
            "wrong-operation",
            BRACKETS.format("1 + e^(−gⱼ)", "1/(1 + e^(−gⱼ))"),
        ),
        ("umons", "loss", "z-y^2", "wrong-operation", BRACKETS.format("z − y²", "(z − y)²")),
        (
            "regression-1-5-1",
            "2.weight_gradient",
            "ŷ-y h_i",
            "wrong-operation",
            BRACKETS.format("ŷ − y·hᵢ", "(ŷ − y)·hᵢ"),
        ),
        ("umons", "loss", "z^2-y^2", "wrong-operation", "You took z² − y² where (z − y)² belongs."),
        ("umons", "loss", "(z-y)^3", "extra-factor", "You took (z − y)³ where (z − y)² belongs."),
        (
            "umons",
            "1.activation",
            "σ(sum_k u_jk x_k)",
            "missing-term",
            "The term bⱼ is missing in Σₖ uⱼₖ·xₖ.",
        ),
        ("umons", "1.activation", "1/(1+e^(g_j))", "sign", "You took e^gⱼ where e^(−gⱼ) belongs."),
        ("umons", "1.activation", "1/(1-e^(-g_j))", "sign", "The sign of e^(−gⱼ) is flipped."),
        ("umons", "1.delta", "2(z-y)w_j h_j(1+h_j)", "sign", "The sign of hⱼ is flipped."),
        ("umons", "2.weight_gradient", "2(z-y)h_j + w_j", "extra-term", "The term wⱼ is too many."),
        ("umons", "2.bias_gradient", "2(z-y)c", "extra-factor", "The factor c is too many."),
        (
            "umons",
            "2.activation_gradient",
            "(z-y)^2",
            "missing-derivative",
            "You took (z − y)² where its derivative 2·(z − y) belongs.",
        ),
        (
            "umons",
            "2.weight_gradient",
            "2(z-y) sum_j h_j",
            "extra-term",
            "You took Σⱼ hⱼ, the sum of all, where hⱼ belongs.",
        ),
        ("solutions-16", "2.weight_gradient", "(w-y)γ_k", "wrong-input", "You took γₖ where aₖ belongs."),
        (
            "regression-1-5-1",
            "2.preactivation",
            "sum_i w_i h_i + c",
            "wrong-weights",
            "You took wᵢ where vᵢ belongs.",
        ),
        (
            "umons",
            "1.preactivation[1]",
            "u_11 x_1 + u_21 x_2 + b_1",
            "transposed-weights",
            "You took u₂₁ where u₁₂ belongs.",
        ),
    ],
)
def test_one_edit_is_named(problem: str, cell: str, text: str, code: str, message: str) -> None:
    codes, said = told(problem, cell, text)
    assert (codes[:1], said) == ((code,), message)


@pytest.mark.parametrize(
    ("cell", "text", "message"),
    [
        ("2.weight_gradient", "(z-y)", "Right but for 2·hⱼ, a factor that is missing."),
        ("1.delta", "2(z-y)w_j h_j (1-h_j) g_j c", "Right but for gⱼ·c, a factor too many."),
        ("2.bias_gradient", "0", "It is no fixed number, such as 0: it changes with ∂L/∂z."),
    ],
)
def test_it_is_said_where_two_formulas_part(cell: str, text: str, message: str) -> None:
    assert told("umons", cell, text) == ((), message)


def test_a_missing_sum_is_told() -> None:
    codes, said = told("umons", "1.preactivation", "u_jk x_k + b_j")
    assert codes == ("missing-term",)
    assert said.startswith("k runs over no sum")


def test_only_the_same_edit_is_the_same_again() -> None:
    report = graded("umons", {}, wholes={"2.bias_gradient": "z", "2.activation_gradient": "z + y + 7"})
    messages = {cell: result.message for cell, result in results(report).items() if result.verdict == "slip"}
    assert len(set(messages.values())) == 2


def test_a_wrong_formula_with_numbers_asked_is_told_too() -> None:
    cell = results(graded("w3wi-ds304", {"out.weight_gradient[1,1]": "∂J/∂z₁[out]·Σₜ z_t[hid]"}))
    assert cell["out.weight_gradient[1,1]"].verdict in ("slip", "invalid")
