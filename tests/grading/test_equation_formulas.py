"""Answers in symbols to problems of equations, as they are typed: right ones, wrong ones, and no formulas."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import backprop

from backprop_cli import parse_problem
from backprop_cli.grading.equation_formulas import grade_equation_formula
from backprop_cli.grading.verdicts import Verdict
from backprop_cli.plan.plan import make_plan
from backprop_cli.plan.steps import EquationPlan
from backprop_cli.problem.equations import EquationProblem

LETTERS = """
equations = '''
g_j = Σ_k u_jk x_k + b_j
h_j = σ(g_j)
z = Σ_j w_j h_j + c
L = (z - y)^2
'''
sizes = { k = "P", j = 3 }
"""
RECURRENT = """
learning_rate = 0.1
equations = '''
h_t = tanh(u x_t + w h_{t-1})
L = ½ Σ_t (h_t - y_t)²
'''
[given]
x = [0.5, -1.0, 0.2]
y = [0.1, 0.2, 0.3]
h_0 = 0.4
[parameters]
u = 0.4
w = 0.9
"""


def plan_of(text: str) -> EquationPlan:
    problem = parse_problem(text, "problem.toml", "test")
    assert isinstance(problem, EquationProblem)
    return make_plan(problem)


PLANS = {"letters": plan_of(LETTERS), "recurrent": plan_of(RECURRENT)}


def verdict(problem: str, quantity: str, symbol: str, text: str) -> tuple[Verdict, tuple[str, ...]]:
    plan = PLANS[problem]
    step = plan.step(quantity, symbol)
    assert step is not None
    grade = grade_equation_formula(plan, step, None, text)
    return grade.verdict, grade.codes


RIGHT = [
    ("letters", "value", "g", "sum_k u_jk x_k + b_j"),
    ("letters", "value", "h", "1/(1 + e^{-g_j})"),
    ("letters", "gradient", "z", "2(z - y)"),
    ("letters", "gradient", "z", "∂L/∂z = -2 (y - z)"),
    ("letters", "gradient", "h", "∂L/∂z · w_j"),
    ("letters", "gradient", "h", "2 (z-y) w_j"),
    ("letters", "gradient", "g", "dL/dh_j h_j (1 - h_j)"),
    ("letters", "gradient", "g", "∂L/∂h_j σ'(g_j)"),
    ("letters", "gradient", "u", r"\frac{\partial L}{\partial g_j} x_k"),
    ("letters", "gradient", "u", r"\frac{\partial L}{\partial u_{jk}} = 2(z-y) w_j h_j(1-h_j) x_k"),
    ("letters", "gradient", "x", "Σ_j ∂L/∂g_j u_jk"),
    ("letters", "gradient", "b", "∂L/∂g_j"),
    ("recurrent", "gradient", "w", "Σ_t ∂L/∂h_t (1 - h_t²) h_{t-1}"),
    ("recurrent", "gradient", "w", "sum_t dL/dh_t tanh'(u x_t + w h_{t-1}) h_{t-1}"),
    ("recurrent", "new", "w", "w - η ∂L/∂w"),
]
WRONG = [
    ("letters", "gradient", "h", "∂L/∂z w_1", Verdict.SLIP, ()),
    ("letters", "gradient", "h", "-∂L/∂z w_j", Verdict.SLIP, ("sign",)),
    ("letters", "gradient", "z", "(z - y)", Verdict.SLIP, ("missing-factor",)),
    ("letters", "gradient", "g", "∂L/∂h_j", Verdict.SLIP, ()),
    ("letters", "gradient", "u", "∂L/∂g_j x_j", Verdict.SLIP, ()),
    ("letters", "gradient", "z", "∂L/∂z", Verdict.INVALID, ()),
    ("letters", "value", "g", "ln(h_j/(1 - h_j))", Verdict.INVALID, ()),
    ("letters", "gradient", "h", "∂L/∂z v_j", Verdict.INVALID, ()),
    ("letters", "gradient", "h", "", Verdict.INVALID, ()),
    ("letters", "gradient", "h", "__import__('os')", Verdict.INVALID, ()),
    ("recurrent", "gradient", "w", "Σ_t ∂L/∂h_t h_{t-1}", Verdict.SLIP, ()),
]


@pytest.mark.parametrize(("problem", "quantity", "symbol", "text"), RIGHT, ids=[each[-1] for each in RIGHT])
def test_a_right_formula_is_right(problem: str, quantity: str, symbol: str, text: str) -> None:
    assert verdict(problem, quantity, symbol, text) == (Verdict.CORRECT, ())


@pytest.mark.parametrize(
    ("problem", "quantity", "symbol", "text", "expected", "codes"), WRONG, ids=[each[3] for each in WRONG]
)
def test_a_wrong_formula_is_wrong(
    problem: str, quantity: str, symbol: str, text: str, expected: Verdict, codes: tuple[str, ...]
) -> None:
    assert verdict(problem, quantity, symbol, text) == (expected, codes)


BRANCHES = plan_of("""
equations = '''
z_j = sum_i w_ji x_i + b_j
h_j = relu(z_j)
o = sum_j h_j k_j + abs(u) + ln(c)
L = 1/2 (o - y)^2
'''
sizes = { i = 2, j = 3 }
""")


@pytest.mark.parametrize(
    ("quantity", "symbol", "text", "right"),
    [
        ("value", "h", "max(0, z_j)", True),
        ("value", "h", "z_j", False),
        ("value", "h", "relu(z_j) + max(0, z_j - 10)", False),
        ("value", "o", "o = sum_j h_j k_j + abs(u) + ln(c)", True),
        ("value", "o", "sum_j h_j k_j + u + ln(c)", False),
        ("value", "o", "7 = sum_j h_j k_j + abs(u) + ln(c)", False),
        ("value", "o", "h_1 = sum_j h_j k_j + abs(u) + ln(c)", False),
        ("value", "o", "sum_j h_j k_j + abs(u) + ln(c) + 10^-12", False),
        ("gradient", "z", "dL/dh_j relu'(z_j)", True),
        ("gradient", "z", "dL/dh_j", False),
        ("gradient", "o", "o - y", True),
        ("gradient", "o", "(1 + 10^-9)(o - y)", False),
        ("gradient", "o", "o - y + 0/(z_1 - z_1)", False),
        ("gradient", "o", "o - y + relu(y - o - 100)", False),
        ("gradient", "o", "dL/do", False),
    ],
)
def test_equal_means_equal_on_every_branch_and_on_every_side(
    quantity: str, symbol: str, text: str, right: bool
) -> None:
    step = BRANCHES.step(quantity, symbol)
    assert step is not None
    assert grade_equation_formula(BRANCHES, step, None, text).ok is right


def test_an_unreadable_formula_for_equations_in_letters_is_one_cells(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(LETTERS, encoding="utf-8")
    (tmp_path / "class.csv").write_text("student,value.g,value.h\nAda,nonsense((,1/(1 + e^{-g_j})\n")
    ran = backprop("check", "class.csv", "--problem", "mine.toml", folder=tmp_path)
    assert ran.status == 1
    assert "internal" not in ran.err
    assert "1  right" in ran.out
