"""Problems of equations on answer sheets: honest work is right, a slip is found, with its cause."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from backprop_cli import load
from backprop_cli.files.bundled import bundled_names
from backprop_cli.files.problem_file import read_problem
from backprop_cli.grading.cell_result import CellResult
from backprop_cli.grading.grade import Options, grade
from backprop_cli.grading.practice import Sitting
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.equations import EquationProblem
from backprop_cli.sheets.answer_sheet import parse_sheet, read_sheet
from backprop_cli.sheets.answers import read_answers
from backprop_cli.sheets.equation_sheet import EquationSheet
from backprop_cli.values.cell_plan import cell_plan, cell_values
from backprop_cli.values.cells import Lookup, cells
from backprop_cli.values.equation_trace import work_out_equations

FOLDER = Path(__file__).parents[1] / "cases" / "equations"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/problem.toml"))
RNN = FOLDER / "rnn_scalar_two_steps" / "problem.toml"
LAYER = """
title = "A recurrent layer"
learning_rate = 0.1
equations = '''
h_{t,k} = tanh(Σ_j U_kj x_{t,j} + Σ_m W_km h_{t-1,m} + b_k)
L = ½ Σ_t Σ_k (h_{t,k} - y_{t,k})²
'''
[given]
x = [[1.0, 0.5], [-0.5, 0.2]]
h_0 = [0.3, -0.2]
y = [[0.5, -0.1], [0.2, 0.4]]
[parameters]
U = [[0.1, -0.2], [0.3, 0.4]]
W = [[0.5, 0.1], [-0.3, 0.2]]
b = [0.05, -0.05]
"""


def problem_at(path: Path) -> EquationProblem:
    problem = load(str(path))
    assert isinstance(problem, EquationProblem)
    return problem


def by_hand(problem: EquationProblem) -> dict[str, str]:
    """What a student gets who rounds every line to four decimals."""
    plan = make_plan(replace(problem, rounding="each-step"))
    values = cell_values(problem, work_out_equations(plan).values)
    return {cell.name: f"{float(values[cell.step.key]):.4f}" for cell in cells(cell_plan(plan))}


def graded(path: Path, answers: dict[str, str], folder: Path) -> list[CellResult]:
    table = folder / "class.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["student", "cell", "value"], *(["Ada", *row] for row in answers.items())]
        )
    return list(grade(read_answers([table], [str(path)]).groups[0], Options()).results(0))


def wrong(results: list[CellResult]) -> dict[str, tuple[str, ...]]:
    return {one.cell: tuple(one.slip) for one in results if one.verdict not in ("correct", "rounded")}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("digits", [None, 4])
def test_values_by_autograd_are_right(name: str, digits: int | None, tmp_path: Path) -> None:
    expected = json.loads((FOLDER / name / "expected.json").read_text(encoding="utf-8"))

    def typed(value: object) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(typed, value))}]"
        return repr(value) if digits is None else f"{value:.{digits}f}"

    tables = {"value": "values", "gradient": "gradients", "new": "new"}
    text = 'student = "Ada"\n'
    for table, key in tables.items():
        lines = [f"{json.dumps(symbol)} = {typed(value)}\n" for symbol, value in expected[key].items()]
        text += f"[{table}]\n{''.join(lines)}" if lines else ""
    sheet = tmp_path / "answers.toml"
    sheet.write_text(text, encoding="utf-8")
    group = read_answers([sheet], [str(FOLDER / name / "problem.toml")]).groups[0]
    results = list(grade(group, Options()).results(0))
    assert len(results) > 5
    assert wrong(results) == {}


BUNDLED = [one.name for one in map(read_problem, bundled_names()) if isinstance(one, EquationProblem)]


def test_problems_of_equations_are_bundled() -> None:
    assert len(BUNDLED) >= 7


@pytest.mark.parametrize("name", BUNDLED)
def test_the_blank_sheet_asks_for_every_cell_and_its_key_is_right(name: str, tmp_path: Path) -> None:
    plan = make_plan(problem_at(Path(name)))
    blank = EquationSheet(plan).toml()  # type: ignore[arg-type]  # either kind of plan
    lookup = Lookup(plan)  # type: ignore[arg-type]  # either kind of plan
    asked = read_sheet(parse_sheet(blank, "blank.toml"), lookup).cells
    assert set(asked) == {cell.name for cell in cells(cell_plan(plan)) if cell.step.written}
    sheet = tmp_path / "key.toml"
    trace = work_out_equations(plan)
    sheet.write_text(EquationSheet(plan, trace, filled=True).toml("key"), encoding="utf-8")  # type: ignore[arg-type]  # either kind
    results = list(grade(read_answers([sheet], [name]).groups[0], Options()).results(0))
    assert {one.cell for one in results} == set(asked)
    assert wrong(results) == {}


@pytest.mark.parametrize("name", NAMES)
def test_work_rounded_at_every_line_is_right(name: str, tmp_path: Path) -> None:
    path = FOLDER / name / "problem.toml"
    assert wrong(graded(path, by_hand(problem_at(path)), tmp_path)) == {}


# One cell answered wrongly, worked out by a plain calculation from h₁ = 0.2913, h₂ = −0.0378,
# ∂L/∂h₁ = −0.5882, ∂L/∂h₂ = −0.6544: the answer, and the first slip code.
SLIPS = [
    ("gradient.b", f"{-0.6544 * (1 - 0.0378**2):.4f}", "missing-path"),
    ("gradient.w", f"{-0.6544 * 0.2913:.4f}", "missing-derivative"),
    ("gradient.w", "0.1904", "sign"),
    ("gradient.h_1", f"{-0.6544 * (1 - 0.0378**2):.4f}", "missing-factor"),
    ("new.w", f"{0.9 - 0.1 * 0.1904:.4f}", "ascent"),
    ("new.w", f"{0.9 + 0.1904:.4f}", "missing-learning-rate"),
    ("value.o", f"{1.2 * -0.0378:.4f}", "missing-bias"),
    ("value.o", f"{1.2 * 0.2913 - 0.2:.4f}", "previous-step"),
    ("value.h_1", f"{0.4 * 0.5 + 0.9 * 0 + 0.1:.4f}", "missing-activation"),
    ("value.L", f"{0.5 * -0.5454:.4f}", "missing-square"),
]


@pytest.mark.parametrize(("cell", "answer", "code"), SLIPS, ids=[f"{cell}-{code}" for cell, _, code in SLIPS])
def test_a_slip_is_found_with_its_cause(cell: str, answer: str, code: str, tmp_path: Path) -> None:
    answers = by_hand(problem_at(RNN)) | {cell: answer}
    found = wrong(graded(RNN, {cell: answers[cell]} | answers, tmp_path))
    assert found[cell][0] == code


def test_what_follows_from_a_slip_is_accepted(tmp_path: Path) -> None:
    answers = by_hand(problem_at(RNN))
    h_2 = 0.0378  # its sign flipped
    o = round(1.2 * h_2 - 0.2, 4)
    followed = answers | {
        "value.h_2": f"{h_2:.4f}",
        "value.o": f"{o:.4f}",
        "value.L": f"{(o - 0.3) ** 2 / 2:.4f}",
    }
    results = {one.cell: one.verdict for one in graded(RNN, followed, tmp_path)}
    assert (results["value.h_2"], results["value.o"], results["value.L"]) == ("slip", "follows", "follows")


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("value.h[2,1]", "value.h[2,1]"),
        ("h[2,1]", "value.h[2,1]"),
        ("gradient.W[1;2]", "gradient.W[1,2]"),
        ("new.b(2)", "new.b[2]"),
        ("gradient.w[1,2]", None),
        ("value.h[3,1]", None),
        ("value.h[2]", None),
    ],
)
def test_a_cell_is_found_by_its_name(name: str, cell: str | None, tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(LAYER, encoding="utf-8")
    found = Lookup(make_plan(problem_at(tmp_path / "problem.toml"))).find(name)  # type: ignore[arg-type]  # either kind
    assert (found.name if found else None) == cell


def test_greek_symbols_are_found_by_their_names() -> None:
    lookup = Lookup(make_plan(problem_at(FOLDER / "batch_norm" / "problem.toml")))  # type: ignore[arg-type]  # either kind
    found = lookup.find("gradient.gamma")
    assert found is not None
    assert found.name == "gradient.γ"


def test_the_neighbours_value_in_a_recurrent_layer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "problem.toml"
    path.write_text(LAYER, encoding="utf-8")
    answers = by_hand(problem_at(path))
    second = {name: float(text) for name, text in answers.items() if name.startswith("gradient.h[2")}
    h = {name: float(answers[name]) for name in ("value.h[1,1]", "value.h[2,1]", "value.h[2,2]")}
    slope = [1 - h["value.h[2,1]"] ** 2, 1 - h["value.h[2,2]"] ** 2]
    # ∂L/∂h₁₁ without the path through the loss: only what comes back from step 2.
    back = second["gradient.h[2,1]"] * slope[0] * 0.5 + second["gradient.h[2,2]"] * slope[1] * -0.3
    results = graded(path, answers | {"gradient.h[1,1]": f"{back:.4f}"}, tmp_path)
    assert wrong(results)["gradient.h[1,1]"][0] == "missing-path"


@pytest.mark.parametrize("name", ["lstm-cell", "rnn-two-steps"])
def test_practice_asks_a_recurrence_step_by_step(name: str) -> None:
    problem = problem_at(Path(name))
    key = by_hand(problem)
    sitting = Sitting(problem)  # type: ignore[arg-type]  # either kind of problem
    asked = [line.cell.name for line in sitting.lines]
    assert asked.index("value.h[1]" if name == "lstm-cell" else "value.h[1,1]") < asked.index(
        "value.f[2]" if name == "lstm-cell" else "value.h[2,1]"
    )
    while sitting.line is not None:
        assert sitting.answer(key[sitting.line.cell.name]).right
    assert sitting.all_right


def test_practice_hints_with_the_formula_and_its_numbers() -> None:
    sitting = Sitting(problem_at(Path("circuit")))  # type: ignore[arg-type]  # either kind of problem
    assert (sitting.hint(), sitting.hint()) == ("p = w·x", "p = 2.0·(−1.5)")
    assert sitting.tell() == "−3.0000"


def test_the_objective_is_found_as_the_loss() -> None:
    found = Lookup(make_plan(problem_at(Path("circuit")))).find("loss")  # type: ignore[arg-type]  # either kind of plan
    assert found is not None
    assert found.name == "value.f"


WINDOWS = """
equations = "p_i = max_m(x_{i+m-1}) for i = 1, 2\\nL = Σ_i p_i²"
[given]
x = [1.0, 3.0, 2.0, 4.0]
"""


def test_windows_that_overlap_are_graded_by_the_value_that_was_picked(tmp_path: Path) -> None:
    path = tmp_path / "problem.toml"
    path.write_text(WINDOWS, encoding="utf-8")
    answers = by_hand(problem_at(path))
    assert [answers[f"gradient.x[{at}]"] for at in range(1, 5)] == ["0.0000", "6.0000", "0.0000", "8.0000"]
    assert wrong(graded(path, answers, tmp_path)) == {}
