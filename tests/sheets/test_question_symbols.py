"""A form's questions are known by the symbols in them, however those are typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from teaching import EXAM

from backprop_cli.files.problem_file import parse_problem, read_problem
from backprop_cli.problem.equations import given_by_equations
from backprop_cli.sheets.headings import Headings
from backprop_cli.sheets.sheet_symbols import EquationSheetSymbols, SheetSymbols
from backprop_cli.values.asked import asked_cells
from backprop_cli.values.cells import Lookup
from backprop_cli.values.turns import sheet_plan

BUNDLED = sorted(path.parent.name for path in (Path(__file__).parents[2] / "problems").glob("*/problem.toml"))


@pytest.fixture(scope="module")
def exam() -> Headings:
    return Headings(Lookup(sheet_plan(parse_problem(EXAM, "exam.toml", "exam"))))


@pytest.mark.parametrize("name", [name for name in BUNDLED if not read_problem(name).symbolic])
def test_each_symbol_that_a_sheet_prints_names_its_cell_in_a_question(name: str) -> None:
    plan = sheet_plan(read_problem(name))
    headings = Headings(Lookup(plan))
    symbols = (EquationSheetSymbols if given_by_equations(plan.problem) else SheetSymbols)(plan)
    for cell in asked_cells(plan):
        symbol = symbols.of(cell.step, cell.position)
        symbol = f"new {symbol}" if cell.step.quantity.startswith("new") else symbol
        symbol += f" (sample {cell.position[0] + 1})" if symbols.turns else ""
        for question in (symbol, f"What is {symbol}?", f"12. {symbol} ="):
            assert headings.answered(question) == (cell.name, False), question


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("δ₁⁽²⁾", "2.delta[1]"),
        (r"Compute \(\delta_1^{(2)}\)", "2.delta[1]"),
        ("delta^(2)_1 to 4 decimals", "2.delta[1]"),
        (r"$\frac{\partial L}{\partial w^{(1)}_{1,2}}$", "1.weight_gradient[1,2]"),
        ("dL/dw(1)_12", "1.weight_gradient[1,2]"),
        ("∂L / ∂w⁽¹⁾₁₂", "1.weight_gradient[1,2]"),
        ("Q7: the new weight w⁽¹⁾₂₁", "1.new_weights[2,1]"),
        ("neues w⁽¹⁾₂₁", "1.new_weights[2,1]"),
        ("What is b⁽²⁾₁ after the update (new value)?", "2.new_bias[1]"),
        ("With w⁽¹⁾₁₁ = 0.3, what is z⁽¹⁾₁?", "1.preactivation[1]"),
        ("What is L?", "loss"),
        ("Wie groß ist L?", "loss"),
        ("The loss", "loss"),
    ],
)
def test_a_symbol_may_be_typed_in_any_of_the_usual_ways(question: str, cell: str, exam: Headings) -> None:
    assert exam.answered(question) == (cell, False)


@pytest.mark.parametrize(
    "heading",
    [
        "Group L",
        "Tutor: L. Smith",
        "Confidence (1-5)",
        "Semester 2",
        "Which of a) and b)?",
        "Is δ⁽¹⁾₁ larger than δ⁽¹⁾₂?",
        "w⁽¹⁾₁₁ is given as 0.35: do you see it?",
        "Matriculation number",
    ],
)
def test_a_heading_that_asks_for_no_cell_or_for_two_is_none(heading: str, exam: Headings) -> None:
    assert exam.answered(heading) is None
