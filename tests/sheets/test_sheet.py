"""`backprop sheet`: the blank sheet, the key as a sheet, and both read back."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path

import pytest
from command_line import backprop

from backprop_cli.errors import InputError
from backprop_cli.files.bundled import bundled_names
from backprop_cli.files.presets import PRESETS
from backprop_cli.files.problem_file import parse_problem, read_problem
from backprop_cli.grading.formula_answers import judge_formula
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.problem import Problem
from backprop_cli.sheets.answer_sheet import Sheet, parse_sheet, read_sheet
from backprop_cli.sheets.blank_sheet import BlankSheet, asked_digits
from backprop_cli.values.asked import asked_steps
from backprop_cli.values.cells import Lookup, cells
from backprop_cli.values.trace import work_out

PROBLEM = """
inputs = [[0.5, 0.1], [0.2, 0.4]]
targets = [[1, 0], [0, 1]]
loss = "half_squared_error"
learning_rate = 0.5
SAMPLES
[[layers]]
activation = "tanh"
weights = [[0.1, 0.2], [0.3, 0.4]]
bias = [0.1, 0.2]
[[layers]]
activation = "sigmoid"
weights = [[0.5, 0.6], [0.7, 0.8]]
"""


def problems() -> list[Problem]:
    found = [one for one in map(read_problem, bundled_names()) if isinstance(one, Problem)]
    for preset in PRESETS:
        found.append(parse_problem(PROBLEM.replace("SAMPLES", f'notation = "{preset}"'), "p", preset))
    return found


def read_back(problem: Problem, text: str) -> Sheet:
    return read_sheet(parse_sheet(text, "answers.toml"), Lookup(make_plan(problem)))


@pytest.mark.parametrize("ascii", [False, True], ids=["unicode", "ascii"])
@pytest.mark.parametrize("problem", problems(), ids=lambda problem: problem.name)
def test_a_blank_sheet_asks_for_every_written_cell(problem: Problem, ascii: bool) -> None:
    plan = make_plan(problem)
    text = BlankSheet(plan, ascii=ascii).toml()
    assert text.isascii() or not ascii
    sheet = read_back(problem, text)
    assert set(sheet.cells.values()) | set(sheet.wholes.values()) == {""}
    if not problem.symbolic:
        assert set(sheet.cells) == {cell.name for cell in cells(plan) if cell.step.written}


@pytest.mark.parametrize("problem", problems(), ids=lambda problem: problem.name)
def test_the_key_as_a_sheet_reads_back_as_the_key(problem: Problem) -> None:
    plan = make_plan(problem)
    trace = None if problem.symbolic else work_out(plan)
    sheet = read_back(problem, BlankSheet(plan, trace, filled=True).toml("key"))
    assert sheet.student == "key"
    for cell in cells(plan):
        if trace is not None and cell.step.written:
            half = 0.5 * 10.0 ** -asked_digits(problem)[cell.step.phase]
            assert abs(float(sheet.cells[cell.name]) - trace[cell.step.key][cell.position]) <= half * (
                1 + 1e-6
            )
    for step, _ in asked_steps(plan):
        name = next(name for name, known in Lookup(plan).steps.items() if known is step)
        text = sheet.wholes.get(name) or (
            problem.symbolic
            and next((sheet.cells[cell.name] for cell in cells(plan) if cell.step is step), "")
        )
        if text:
            assert judge_formula(plan, step, None, text)[0].ok, text


def test_the_contracts_sheet_comes_out() -> None:
    ran = backprop("sheet", "w3wi-ds304")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[:5] == [
        "# A 2-2-2 network, ReLU then sigmoid",
        "# W3WI DS304.1 Applied Machine Learning Fundamentals, "
        "Derivation of the Backpropagation Formulas by Example",
        "# Decimals: forward pass 2, loss 2, backward pass 2, gradients 3, update 4.",
        '# An answer may be an expression: "2*(0.30 - 0)". Leave blank what you skip.',
        'problem = "w3wi-ds304"',
    ]
    assert 'preactivation       = ["", ""]              # p(n₁[hid]), p(n₂[hid])' in lines
    assert (
        'weight_gradient     = [["", ""], ["", ""]]  # ∂J/∂Θ₁₁[out], ∂J/∂Θ₁₂[out], ∂J/∂Θ₂₁[out], ∂J/∂Θ₂₂[out]'
        in lines
    )


def test_the_nesting_is_the_problems_own() -> None:
    ran = backprop("sheet", "or-batch", "--fill", "--ascii")
    assert ran.out.isascii()
    document = tomllib.loads(ran.out)
    assert document["2"]["activation"] == [["0.751", "0.770", "0.762", "0.778"]]
    assert document["1"]["weight_gradient"] == [["-0.0018", "-0.0017"], ["-0.0024", "-0.0022"]]
    assert "a row per unit" in ran.out


def test_a_symbolic_problem_asks_for_formulas() -> None:
    ran = backprop("sheet", "umons", "--fill")
    assert tomllib.loads(ran.out)["2"]["weight_gradient"] == "∂L/∂z · hⱼ"
    blank = backprop("sheet", "umons").out
    assert 'weight_gradient     = ""  # ∂L/∂uⱼₖ for j = 1, 2, 3 and k = 1, 2' in blank
    assert tomllib.loads(blank)["1"]["delta"] == ""


def test_a_table_for_a_class_is_csv(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    assert backprop("sheet", "w3wi-ds304", "--fill", "-o", path).status == 0
    header, key = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
    assert header[:3] == ["student", "hid.preactivation[1]", "hid.preactivation[2]"]
    assert key[:3] == ["key", "0.61", "-0.64"]
    assert len(header) == len(key)
    assert backprop("sheet", "w3wi-ds304", "--format", "csv").out.count("\n") == 1
    symbolic = backprop("sheet", "umons", "--format", "csv", "--fill").out
    assert "2.weight_gradient" in symbolic
    assert "∂L/∂z · hⱼ" in symbolic


def test_an_ending_that_is_none_is_refused() -> None:
    ran = backprop("sheet", "w3wi-ds304", "-o", "sheet.docx")
    assert ran.status == 2
    assert "cannot tell the format of sheet.docx from its ending" in ran.err


def test_a_sheet_is_for_what_can_be_worked_by_hand() -> None:
    row = f"[{', '.join(['0.1'] * 101)}]"
    text = f'inputs = {row}\ntargets = {row}\nloss = "squared_error"\nlearning_rate = 1\n'
    text += f'[[layers]]\nactivation = "relu"\nweights = [{", ".join([row] * 101)}]\n'
    with pytest.raises(InputError, match="a sheet for this problem would have 20"):
        BlankSheet(make_plan(parse_problem(text, "p", "p")))


MARKED = PROBLEM.replace("SAMPLES", "[marks]\nMARKS").replace(
    "learning_rate = 0.5\n", "learning_rate = 0.5\n"
)


def marks_error(marks: str) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_problem(MARKED.replace("MARKS", marks), "p", "p")
    return caught.value


def test_marks_are_read() -> None:
    text = "digits = { forward = 2 }\nfollows = 0.5\nrounded = 0\nweights = { delta = 2 }\n"
    text += 'points = { "2.delta[1,1]" = 3 }'
    marks = parse_problem(MARKED.replace("MARKS", text), "p", "p").marks
    assert marks.digits == {"forward": 2, "loss": 4, "backward": 4, "gradient": 4, "update": 4}
    assert (marks.follows, marks.rounded) == (0.5, 0.0)
    assert (marks.weights, marks.points) == ({"delta": 2.0}, {"2.delta[1,1]": 3.0})
    assert read_problem("w3wi-ds304").marks.digits is None


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ("follow = 1", 'unknown key "follow"'),
        ("follows = 2", "follows must be from 0 to 1"),
        ("rounded = true", "rounded must be a number, not the truth value true"),
        ("digits = 99", "digits must be from 0 to 15"),
        ("weights = { deltas = 2 }", 'nothing is called "deltas" in this problem'),
        ("weights = { delta = -2 }", "delta must be from 0 to 1000"),
        ('points = { "2.delta[9,1]" = 3 }', 'there is no cell "2.delta[9,1]"'),
        (
            'points = { "2.new_weights[1,1]" = 3, "2.New_weights[1,1]" = 3 }',
            "2.new_weights[1,1] stands twice in points",
        ),
        ("points = 3", "points must be a table, not the number 3"),
    ],
)
def test_marks_that_fit_nothing_are_refused(marks: str, message: str) -> None:
    assert marks_error(marks).message == message


HOSTILE = """
features = 2
loss = "half_squared_error"
[[layers]]
name = "-x"
units = 2
activation = "generic"
[notation]
delta_sign = "descent"
backward = ["preactivation"]
"""


def test_no_text_of_a_csv_sheet_runs_or_splits_where_another_separator_counts(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(HOSTILE, encoding="utf-8")
    text = backprop("sheet", "mine.toml", "-f", "csv", "--fill", folder=tmp_path).out
    for separator in ",;\t":
        fields = [field for row in csv.reader(io.StringIO(text), delimiter=separator) for field in row]
        assert not any(field.startswith(("=", "+", "-", "−", "@")) for field in fields)
    assert '"\'-x.delta"' in text
    (tmp_path / "class.csv").write_text(text, encoding="utf-8")
    assert backprop("check", "class.csv", "--problem", "mine.toml", folder=tmp_path).status == 0


def test_numbers_of_a_csv_sheet_stand_as_they_are() -> None:
    _, row = backprop("sheet", "w3wi-ds304", "-f", "csv", "--fill").out.splitlines()
    assert row.startswith('"key",0.61,-0.64,')
