"""Formulas as answers: read in the handout's own symbols, and right when they equal ours at random points."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.documents.equation_lines import UNNAMED, Lines
from backprop_cli.files.bundled import bundled_names
from backprop_cli.files.presets import PRESETS
from backprop_cli.files.problem_file import parse_problem, read_problem
from backprop_cli.grading.formulas import (
    FormulaGrade,
    grade_formula,
    parse_formula,
    same,
    value_at_random_points,
)
from backprop_cli.grading.question_answers import grade_question
from backprop_cli.grading.verdicts import Verdict
from backprop_cli.plan.plan import make_plan
from backprop_cli.plan.questions import is_question
from backprop_cli.plan.steps import Plan
from backprop_cli.problem.problem import Problem
from backprop_cli.render.text import TextMath
from backprop_cli.typed.tokens import UnreadableError
from backprop_cli.values.cells import Lookup

NETWORKS = [one for one in map(read_problem, bundled_names()) if isinstance(one, Problem)]
PLANS = {network.name: make_plan(network) for network in NETWORKS}


def grade(problem: str | Plan, name: str, text: str) -> FormulaGrade:
    plan = PLANS[problem] if isinstance(problem, str) else problem
    lookup = Lookup(plan)
    if step := lookup.quantity(name):
        return grade_formula(plan, step, None, text)
    cell = lookup.find(name)
    assert cell is not None, name
    return grade_formula(plan, cell.step, cell.position, text)


RIGHT = {
    "umons": [
        ("2.weight_gradient", "2*(z - y)*h_j"),
        ("2.weight_gradient", "2(z-y)h_j"),
        ("2.weight_gradient", "2(z−y)·hⱼ"),
        ("2.weight_gradient", "∂L/∂z · hⱼ"),
        ("2.weight_gradient", "dL/dz*h_j"),
        ("2.weight_gradient", "partial L / partial z * h_j"),
        ("2.weight_gradient", r"\frac{\partial L}{\partial z} \cdot h_{j}"),
        ("2.weight_gradient", r"\frac{dL}{dz}\cdot h_j"),
        ("2.weight_gradient", r"$2\left(z - y\right) \, h_{j}$"),
        ("2.weight_gradient", "∂L/∂w_j = 2(z-y)h_j"),
        ("2.weight_gradient[1,2]", "2(z-y)h_2"),
        ("2.weight_gradient[1,2]", "2(z-y)h₂"),
        ("2.weight_gradient[1,2]", "2(z-y)h2"),
        ("2.weight_gradient[1,2]", "2(z-y)h_j"),
        ("1.delta", "∂L/∂h_j·σ(g_j)(1-σ(g_j))"),
        ("1.delta", "2(z-y)w_jh_j(1-h_j)"),
        ("1.delta", "2(z-y)w_1j h_j(1-h_j)"),
        ("1.delta", "2(z-y)w_j σ'(g_j)"),
        ("1.delta", r"2(z-y)w_j\sigma^{\prime}(g_j)"),
        ("1.delta", "2(z-y)w_j sigma'(g_j)"),
        ("1.weight_gradient", "dL/dz * dz/dh_j * dh_j/dg_j * dg_j/du_jk"),
        (
            "1.weight_gradient",
            r"\frac{\partial L}{\partial z}\frac{\partial z}{\partial h_j}"
            r"\frac{\partial h_j}{\partial g_j}x_k",
        ),
        ("1.bias_gradient", "∂L/∂g_j ∂g_j/∂b_j"),
        ("2.preactivation", "sum_j w_j h_j + c"),
        ("2.preactivation", "Σ_{j=1}^{3} w_j h_j + c"),
        ("2.preactivation", "c + Σⱼ wⱼhⱼ"),
        ("2.preactivation", r"\sum_{j=1}^3 w_jh_j+c"),
        ("2.preactivation", "sum_i w_i h_i + c"),
        ("2.preactivation", "sum_k w_k h_k + c"),
        ("2.preactivation", "w_1h_1+w_2h_2+w_3h_3+c"),
        ("1.preactivation", "u_j1 x_1 + u_{j,2}x_2+b_j"),
        ("1.activation", "1/(1+e^{-g_j})"),
        ("1.activation", "1/(1+exp(-g_j))"),
        ("1.activation", "(1+tanh(g_j/2))/2"),
        ("loss", "(z-y)^2"),
        ("loss", "z² − 2zy + y²"),
        ("loss", "|z − y|^2"),
        ("2.bias_gradient", "2*max(0, z-y) - 2*max(y-z, 0)"),
        ("2.bias_gradient", "2(z-y)[1 > 0]"),
        ("2.bias_gradient", "sqrt(4)(z-y)"),
        ("2.bias_gradient", "max(z, y) - max(-z, -y) + z - y - max(z, y) + max(-z, -y) + ∂L/∂z/2"),
    ],
    "w3wi-ds304": [
        ("out.activation_gradient[1]", "2(z(n_1[out]) - y_1)"),
        ("out.activation_gradient", "2·(z(nₖ[out]) − yₖ)"),
        ("out.activation_gradient", "2(z_k[out] - y_k)"),
        ("out.activation_gradient", "2(z_k-y_k)"),
        ("out.weight_gradient[1,2]", "2(z(n_1[out])-y_1)*g'(p(n_1[out]))*z(n_2[hid])"),
        ("out.weight_gradient", "dJ/dz(n_k[out])*g'(p(n_k[out]))*z(n_t[hid])"),
        ("out.weight_gradient", "∂J(Θ)/∂z(nₖ[out])·σ′(p(nₖ[out]))·z(nₜ[hid])"),
        ("hid.activation_gradient", "Σₖ ∂J/∂z(nₖ[out]) · g′(p(nₖ[out])) · Θₖₜ[out]"),
        ("hid.activation_gradient", "sum_k dJ/dz(n_k[out]) * g'(p(n_k[out])) * Theta_kt[out]"),
        ("hid.weight_gradient[1,1]", "dJ/dz(n_1[hid]) ReLU'(p(n_1[hid])) x_1"),
        ("out.new_weights[1,1]", "Θ_11[out] - α·∂J/∂Θ_11[out]"),
        ("out.new_weights", "Theta_kt[out] - alpha * dJ/dTheta_kt[out]"),
    ],
    "or-batch": [
        ("2.delta", "(a^(2)_i - y_i) a^(2)_i (1-a^(2)_i)"),
        ("2.delta", "(a⁽²⁾ − Y) a⁽²⁾(1 − a⁽²⁾)"),
        ("2.delta", r"(a^{(2)} - Y) \odot a^{(2)} \odot (1-a^{(2)})"),
        ("2.delta[1,1]", "(a(2)_1 - y_1)a(2)_1(1-a(2)_1)"),
        ("1.delta", "W^(2) δ^(2) a^(1) (1-a^(1))"),
        ("2.weight_gradient", "1/4 Σ_i δ⁽²⁾_i a⁽¹⁾_ij"),
        ("2.weight_gradient", "1/n sum_i delta^(2)_i a^(1)_{i,j}"),
        ("2.bias_gradient", "1/4 (δ_1+δ_2+δ_3+δ_4)"),
        ("1.preactivation", "sum_k W_jk X_ik + b_j"),
        ("1.preactivation", "sum_k W^(1)_jk a^(0)_ik + b^(1)_j"),
        ("1.new_bias", "b^(1)_j - lr*∂C/∂b^(1)_j"),
        ("1.new_weights", "W - lr*∂C/∂W"),
        ("loss", "1/8 Σ_i (a^(2)_i-y_i)^2"),
    ],
    "solutions-16": [
        ("1.weight_gradient", "(w - y)γ_kσ'(z_k)x_j"),
        ("1.weight_gradient", "(w - y) gamma_k sigma'(z_k) x_j"),
        ("1.weight_gradient", r"(w-y)\gamma_k\sigma'(z_k)x_j"),
        (
            "1.weight_gradient",
            r"\frac{\partial L}{\partial w}\cdot\frac{\partial w}{\partial a_k}"
            r"\frac{\partial a_k}{\partial z_k}\frac{\partial z_k}{\partial B_{jk}}",
        ),
        ("1.preactivation", "α_k + sum_{j=1}^P B_{j,k} x_j"),
        ("1.activation", "σ(z_k)"),
        ("2.bias_gradient", "w-y"),
    ],
    "regression-1-5-1": [
        ("1.delta", "(ŷ-y)v_i h_i(1-h_i)"),
        ("1.delta", "(yhat-y)v_i h_i(1-h_i)"),
        ("1.delta", r"(\hat{y}-y)v_i h_i(1-h_i)"),
        ("1.delta", r"(\hat y-y)v_i h_i(1-h_i)"),
        ("1.weight_gradient", "dE/dyhat * v_i*h_i*(1-h_i)*x"),
        ("2.preactivation", "sum_i v_i h_i + c"),
    ],
}


@pytest.mark.parametrize(
    ("problem", "name", "text"), [(p, *case) for p, cases in RIGHT.items() for case in cases]
)
def test_right_formula_is_right(problem: str, name: str, text: str) -> None:
    result = grade(problem, name, text)
    assert result.ok, result.reason
    assert result.formula is not None


@pytest.mark.parametrize(
    ("problem", "name", "text", "reason"),
    [
        ("umons", "2.weight_gradient", "(z - y)*h_j", ""),
        ("umons", "2.weight_gradient", "2(y - z)h_j", ""),
        ("umons", "2.weight_gradient", "2(z - y)h_1", ""),
        ("umons", "2.weight_gradient[1,2]", "2(z-y)h_1", ""),
        ("umons", "1.delta", "2(z-y)w_j σ'(h_j)", ""),
        ("umons", "1.delta", "2(z-y)w_j σ(g_j)", ""),
        ("umons", "2.weight_gradient", "∂L/∂z x_k", "k runs over no sum, and is no index of what is asked"),
        ("umons", "2.preactivation", "w_j h_j + c", "j runs over no sum, and is no index of what is asked"),
        ("umons", "2.preactivation", "sum_{j=1}^{2} w_j h_j + c", "the sum over j must run from 1 to 3"),
        ("umons", "2.preactivation", "sum_{j=2}^{3} w_j h_j + c", "the sum over j must run from 1 to 3"),
        (
            "solutions-16",
            "1.preactivation",
            "α_k + sum_{j=1}^K B_{j,k} x_j",
            "the sum over j must run from 1 to P",
        ),
        ("solutions-16", "1.weight_gradient", "(w - y)γ_k a_k(1-a_k) x_j", ""),
        ("or-batch", "2.weight_gradient", "Σ_i δ⁽²⁾_i a⁽¹⁾_ij", ""),
        ("or-batch", "2.bias_gradient", "1/4 δ⁽²⁾_i", "i runs over no sum, and is no index of what is asked"),
    ],
)
def test_wrong_formula_is_a_slip(problem: str, name: str, text: str, reason: str) -> None:
    result = grade(problem, name, text)
    assert (result.verdict, result.reason) == (Verdict.SLIP, reason)


@pytest.mark.parametrize(
    ("problem", "name", "text", "reason"),
    [
        ("umons", "2.bias_gradient", "foo", "foo is no symbol of this problem"),
        ("umons", "2.bias_gradient", "2(z-y", '")" is expected, and the text ends'),
        ("umons", "2.preactivation", "sum w_j x_k", "a sum needs its index: sum_k"),
        ("umons", "2.preactivation", "sum_m w_j h_j", "the sum runs over m, which is no index behind it"),
        ("umons", "2.weight_gradient", "∂L h_j", '"/" is expected, not "h"'),
        ("umons", "2.weight_gradient", "∂L/z h_j", "a ∂ is missing: a derivative reads ∂L/∂z"),
        ("umons", "2.weight_gradient", "∂L/∂L", '∂ is followed by "L", which is no symbol of this problem'),
        ("umons", "2.weight_gradient", "∂L/∂y", "the loss is derived by quantities of the network only"),
        ("umons", "1.weight_gradient", "∂z/∂x_k", "that derivative is not one factor of the chain rule here"),
        (
            "umons",
            "1.weight_gradient",
            "∂h_1/∂g_2",
            "that derivative is not one factor of the chain rule here",
        ),
        (
            "umons",
            "1.weight_gradient",
            "∂g_1/∂u_21",
            "a weight or bias acts on its own unit only: that derivative is 0",
        ),
        ("umons", "2.weight_gradient", "h_j^z", "an exponent must be a number"),
        (
            "w3wi-ds304",
            "out.weight_gradient[1,1]",
            "y_1 + g(1)",
            "g is another function in each layer, so it needs a preactivation in its brackets",
        ),
        (
            "w3wi-ds304",
            "out.new_weights",
            "z_1",
            "z may be that of layer hid or layer out here: write its layer",
        ),
    ],
)
def test_unreadable_formula_says_why(problem: str, name: str, text: str, reason: str) -> None:
    result = grade(problem, name, text)
    assert (result.verdict, result.reason) == (Verdict.INVALID, f"cannot be read: {reason}")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("2.weight_gradient", "2(z-y)h_4", "h has no index 4 here: its indices are j"),
        ("2.weight_gradient", "2(z-y)h_k", "h has no index k here: its indices are j"),
        ("1.weight_gradient", "∂L/∂g_j x_k u_kjk", "u has no index kjk here: its indices are j, k"),
        ("2.bias_gradient", "2(w-y)", "its shape is not that of what is asked for"),
        ("1.weight_gradient", "∂L/∂g x", "a 3×1 by a 2×1 cannot be multiplied; did you mean xᵀ?"),
        (
            "1.weight_gradient",
            "x (∂L/∂g)ᵀ",
            "the result is transposed: its rows are the columns of what is asked for",
        ),
    ],
)
def test_a_wrong_index_or_shape_is_a_slip_that_says_so(name: str, text: str, reason: str) -> None:
    result = grade("umons", name, text)
    assert (result.verdict, result.reason) == (Verdict.SLIP, reason)


CASES = Path(__file__).parents[1] / "cases" / "formulas" / "typed.jsonl"


def test_formulas_as_people_type_them_are_read() -> None:
    """Right ones are right, wrong ones slips: LaTeX, code, vectors, ranges, letters of one's own."""
    wrong = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        found = grade(case["problem"], case["cell"], case["text"])
        if found.verdict is not (Verdict.CORRECT if case["expected"] == "right" else Verdict.SLIP):
            wrong.append(f"{case['style']}: {case['text']}: {found.verdict.name}, {found.reason}")
    assert not wrong, "\n".join(wrong)


CROWD = (CASES.parent / "crowd.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", CROWD, ids=lambda line: line[13:45])
def test_a_crowd_of_spellings_is_told_right_from_wrong(line: str) -> None:
    """Each asked formula in the spellings of many students; a right one right, a wrong one a slip."""
    case = json.loads(line)
    due = dict.fromkeys(case["right"], Verdict.CORRECT) | dict.fromkeys(case["wrong"], Verdict.SLIP)
    plan = PLANS[case["problem"]]
    step = Lookup(plan).quantity(case["cell"])
    for text, verdict in due.items():
        asked = step is not None and is_question(step)
        one = grade_question(plan, step, None, text) if asked and step else grade(plan, case["cell"], text)
        assert one.verdict is verdict, f"{text}: {one.reason}"


def plans_of_every_notation() -> list[tuple[str, Plan]]:
    found = list(PLANS.items())
    for preset in PRESETS:
        text = f"""
inputs = [[0.5, 0.1], [0.2, 0.4]]
targets = [[0.1, 0.9], [0.4, 0.3]]
loss = "half_squared_error"
learning_rate = 0.5
notation = "{preset}"
[[layers]]
activation = "tanh"
weights = [[0.1, 0.2], [0.3, 0.4]]
bias = [0.1, 0.2]
[[layers]]
activation = "sigmoid"
weights = [[0.5, 0.6], [0.7, 0.8]]
bias = [0.1, 0.3]
"""
        found.append(
            (
                preset,
                make_plan(parse_problem(text, "problem.toml", preset)),
            )
        )
    return found


@pytest.mark.parametrize("ascii", [False, True], ids=["unicode", "ascii"])
@pytest.mark.parametrize(
    ("name", "plan"), plans_of_every_notation(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_line_a_handout_prints_is_a_right_answer(name: str, plan: Plan, ascii: bool) -> None:
    """What `solve` prints as the general formula of a line, read back as a student's answer to it."""
    lines, text = Lines(plan, None), TextMath(ascii)
    for step in plan.written():
        if step.quantity in UNNAMED or step.quantity.startswith("new_"):
            continue
        printed = text.line(lines.general_writer.write(step.formula))
        result = grade_formula(plan, step, None, printed)
        assert result.ok, f"{step.quantity} of level {step.level}: {printed}: {result.reason}"


def test_a_softmax_and_a_log_loss_are_read() -> None:
    plan = make_plan(
        parse_problem(
            'features = 2\nloss = "cross_entropy"\n[[layers]]\nunits = 3\nactivation = "softmax"\n', "p", "p"
        )
    )
    assert grade(plan, "1.activation", "e^{z_k} / sum_m e^{z_m}").ok
    assert grade(plan, "1.activation", "softmax(z_k)").ok
    assert grade(plan, "loss", "-sum_k y_k ln(a_k)").ok
    assert grade(plan, "1.delta", "a_k - y_k").ok
    assert not grade(plan, "1.activation", "e^{z_k} / sum_m e^{z_k}").ok
    assert "a letter for its unit" in grade(plan, "1.activation", "softmax(1)").reason


def test_parameters_of_functions_and_losses_are_the_problems() -> None:
    plan = make_plan(
        parse_problem(
            'features = 2\nloss = { name = "huber", threshold = 0.5 }\n[[layers]]\nunits = 1\n'
            'activation = { name = "leaky_relu", slope = 0.3 }\n',
            "p",
            "p",
        )
    )
    assert grade(plan, "1.activation", "LReLU(z)").ok
    assert grade(plan, "1.activation", "max(0, z) - 0.3 max(0, -z)").ok
    assert grade(plan, "loss", "H(a - y)").ok


def test_weights_with_names_of_their_own() -> None:
    plan = make_plan(
        parse_problem(
            'inputs = [0.5, 0.1]\ntargets = [1]\nloss = "squared_error"\nlearning_rate = 1\n'
            '[[layers]]\nactivation = "identity"\nweights = [[0.1, 0.2]]\nbias = 0.3\n'
            'symbols = { weight_names = [["w5", "w6"]], bias_names = ["b2"] }\n',
            "p",
            "p",
        )
    )
    assert grade(plan, "1.preactivation[1]", "w5 x_1 + w_6 x_2 + b_2").ok
    assert grade(plan, "1.new_weights[1,2]", "w_6 - η·∂L/∂w_6").ok
    assert not grade(plan, "1.preactivation[1]", "w6 x_1 + w5 x_2 + b2").ok


def test_values_at_random_points_tell_formulas_apart() -> None:
    plan = PLANS["umons"]
    step = Lookup(plan).quantity("2.weight_gradient")
    assert step is not None
    right, wrong = (parse_formula(text, plan) for text in ("2(z-y)h_j", "2(z-y)h_1"))
    assert value_at_random_points(right, step.indices, plan).size % 3 == 0
    first = [value_at_random_points(formula, step.indices, plan, (0, 0)) for formula in (right, wrong)]
    assert np.allclose(*first)
    assert same(step.formula, wrong, step.indices, plan, (0, 0))
    assert not same(step.formula, wrong, step.indices, plan)


PIECES = [
    *(
        "z",
        "y",
        "h_j",
        "h_2",
        "w_j",
        "∂L/∂z",
        "σ(",
        "σ'(",
        "(",
        ")",
        "+",
        "-",
        "*",
        "/",
        "^2",
        "²",
        "sum_j",
        "Σₖ",
        "u_jk",
    ),
    *(
        "2",
        "0.5",
        "\\frac",
        "{",
        "}",
        "{1}",
        "dL/dz",
        "x_k",
        "[",
        "]",
        "=",
        "'",
        "|",
        "_",
        "^",
        ",",
        "∂",
        "max(",
        "e^",
        "√",
    ),
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=40))
def test_no_formula_raises_anything_but_that_it_cannot_be_read(text: str) -> None:
    for name in ("umons", "or-batch", "w3wi-ds304"):
        with suppress(UnreadableError):
            parse_formula(text, PLANS[name])
        result = grade(PLANS[name], "1.activation" if name != "w3wi-ds304" else "hid.activation", text)
        assert result.verdict in (Verdict.CORRECT, Verdict.SLIP, Verdict.INVALID)


def test_hostile_formulas_are_answered_at_once() -> None:
    hostile = [
        "h_j^" * 120,
        "(" * 499,
        "σ(" * 249,
        "h_j" * 160,
        "h_j^{400}^{400}",
        "sum_j " * 80,
        "\\frac{" * 80,
        "dL/d" * 120,
        "w_" + "j" * 490,
        "1/" * 249,
    ]
    for text in hostile:
        begun = time.perf_counter()
        assert not grade("umons", "1.delta", text).ok
        assert time.perf_counter() - begun < 0.5, text[:20]
