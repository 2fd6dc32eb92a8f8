"""Problem files of equations: LaTeX in either kind of quotes, lists of equations, moving one on by a step."""

from __future__ import annotations

import pytest

from backprop_cli import parse_problem, solve
from backprop_cli.errors import InputError
from backprop_cli.files.problem_writing import moved_text
from backprop_cli.problem.equations import EquationProblem

GIVEN = "\n[given]\nx = 0.5\n\n[parameters]\nw = 0.40   # of the unit\nb = [0.1, -0.2]\n"


def problem(text: str) -> EquationProblem:
    found = parse_problem(text, "problem.toml", "test")
    assert isinstance(found, EquationProblem)
    return found


@pytest.mark.parametrize("quotes", ["'''", '"""'])
def test_latex_is_read_in_either_quotes(quotes: str) -> None:
    equations = rf"equations = {quotes}L = \frac{{1}}{{2}} \tanh(w x) + b_1{quotes}"
    plain = 'equations = "L = 1/2 tanh(w x) + b_1"'
    assert problem(equations + GIVEN).equations[0].formula == problem(plain + GIVEN).equations[0].formula


def test_a_fault_in_a_list_of_equations_is_told_where_it_stands() -> None:
    with pytest.raises(InputError) as caught:
        problem('equations = [\n  "z = w x",\n  "L = z + q",\n]' + GIVEN)
    place = caught.value.place
    assert place is not None
    assert (place.line, place.column) == (3, 12)


def test_a_fault_behind_an_escape_is_told_where_it_stands() -> None:
    with pytest.raises(InputError) as caught:
        problem('equations = "L = w \\\\cdot x + \\u03b8"' + GIVEN)
    place = caught.value.place
    assert place is not None
    assert place.text[place.column - 1 :].startswith("\\u03b8")


def test_a_step_moves_the_numbers_on_and_keeps_the_rest() -> None:
    text = 'learning_rate = 0.5\nequations = "L = w x + b_1 b_2"\n' + GIVEN
    before = problem(text)
    solution = solve(before)
    moved = moved_text(text, before, solution.next_problem(), 3)
    assert moved == text.replace("0.40 ", "0.150 ").replace("[0.1, -0.2]", "[0.200, -0.250]")


def test_an_optimizer_goes_on_from_what_it_has_kept() -> None:
    text = 'learning_rate = 0.5\nequations = "L = w x + b_1 b_2"\noptimizer = "momentum"\n' + GIVEN
    once = problem(text)
    twice = solve(once).next_problem()
    again = problem(moved_text(text, once, twice))
    assert again.optimizer.taken == 1
    expected, found = solve(twice).next_problem(), solve(again).next_problem()
    assert found.parameters["b"].values.tolist() == pytest.approx(expected.parameters["b"].values.tolist())
