"""Sheets that say nothing earn what they deserve: the cells that are right, and none that merely follow."""

from __future__ import annotations

import pytest
from grading import BATCH, MAZUR, graded, honest, problem_of, results, verdicts

from backprop_cli import solve
from backprop_cli.files.problem_file import read_problem
from backprop_cli.plan.plan import make_plan
from backprop_cli.values.cells import cells

RELU = """
inputs = [[1, 1]]
targets = [[0]]
loss = "half_squared_error"
learning_rate = 0.1
digits = 3

[[layers]]
activation = "relu"
weights = [[0.3, 0.31], [-0.2, 0.44]]
bias = [0.0, 0.1]

[[layers]]
activation = "sigmoid"
weights = [[-1.4, 0.5]]
bias = [0.2]
"""
PROBLEMS = {"mazur": MAZUR, "batch": BATCH, "relu": RELU, "or-batch": "or-batch", "w3wi": "w3wi-ds304"}
every_problem = pytest.mark.parametrize("name", PROBLEMS)


def names(problem: str) -> list[str]:
    return [cell.name for cell in cells(make_plan(problem_of(problem))) if cell.step.written]


def all_alike(problem: str, answer: str) -> dict[str, str]:
    return dict.fromkeys(names(problem), answer)


def truly(problem: str, value: float, digits: int = 5) -> set[str]:
    """The cells whose key is a value, to the last digit that any of these problems asks for at most."""
    report = graded(problem_of(problem), all_alike(problem, ""))
    return {name for name, cell in results(report).items() if abs(float(cell.expected) - value) < 10**-digits}


@every_problem
@pytest.mark.parametrize("zero", ["0", "0.0000", "-0.00", "0/7"])
def test_all_zeros_earn_the_cells_that_are_zero(name: str, zero: str) -> None:
    problem = PROBLEMS[name]
    report = graded(problem, all_alike(problem, zero))
    earned = {cell.cell for cell in report.results(0) if cell.credit}
    assert earned == truly(problem, 0.0)
    assert report.scores[0] == len(earned) < 0.2 * report.max_scores[0]


@every_problem
def test_all_blank_earns_nothing_and_every_cell_is_missing(name: str) -> None:
    problem = PROBLEMS[name]
    report = graded(problem, all_alike(problem, ""))
    assert set(verdicts(report).values()) == {"missing"}
    assert report.scores[0] == 0
    assert report.max_scores[0] == len(names(problem))


@every_problem
@pytest.mark.parametrize("nothing", ["nan", "NaN", "inf", "-inf"])
def test_all_nan_earns_nothing_and_every_cell_is_invalid(name: str, nothing: str) -> None:
    problem = PROBLEMS[name]
    report = graded(problem, all_alike(problem, nothing))
    assert set(verdicts(report).values()) == {"invalid"}
    assert report.scores[0] == 0
    assert not report.all_right()


@every_problem
@pytest.mark.parametrize("value", [0.5, 1.0, 0.25, -0.1])
def test_one_number_everywhere_earns_only_where_it_is_right(name: str, value: float) -> None:
    """Nothing that merely follows earns, since every line above is alike for all units."""
    problem = PROBLEMS[name]
    report = graded(problem, all_alike(problem, f"{value:.4f}"))
    free = [cell.cell for cell in report.results(0) if cell.verdict == "follows" and cell.credit]
    # A single unit's line cannot be told to be alike; what rests on it may be right by its own number.
    assert len(free) <= (2 if name in ("batch", "relu", "or-batch") else 0), free
    earned = {cell.cell for cell in report.results(0) if cell.verdict in ("correct", "rounded")}
    assert earned <= truly(problem, value, 1) | truly(problem, value, 2)
    assert report.scores[0] <= 0.15 * report.max_scores[0]


@every_problem
def test_inputs_copied_into_every_layer_earn_next_to_nothing(name: str) -> None:
    """Every value of a unit is its sample's first input, every gradient an input too."""
    problem = PROBLEMS[name]
    copied = "0.05" if name == "mazur" else "1"
    report = graded(problem, all_alike(problem, copied))
    assert report.scores[0] <= 0.1 * report.max_scores[0]


def test_what_follows_from_a_trivial_slip_keeps_its_verdict_earns_nothing_and_says_so() -> None:
    """δ₁ = 0 makes its gradients 0 and leaves its weights where they were."""
    sheet = {
        "2.delta[1]": "0",
        "2.weight_gradient[1,1]": "0",
        "2.bias_gradient[1]": "0.0000",
        "2.new_weights[1,1]": "0.4000",
    }
    found = results(graded(MAZUR, sheet))
    assert found["2.delta[1]"].verdict == "slip"
    for name in list(sheet)[1:]:
        assert (found[name].verdict, found[name].credit) == ("follows", 0.0), name
        assert "earns nothing" in found[name].message


def test_alike_for_all_units_is_trivial_too() -> None:
    sheet = {
        "1.activation[1]": "0.5000",
        "1.activation[2]": "0.5000",
        "2.preactivation[1]": "1.0250",
        "2.preactivation[2]": "1.1250",
    }
    found = results(graded(MAZUR, sheet))
    assert found["1.activation[1]"].verdict == found["1.activation[2]"].verdict == "slip"
    for name in ("2.preactivation[1]", "2.preactivation[2]"):
        assert (found[name].verdict, found[name].credit) == ("follows", 0.0)


def test_a_slip_that_is_neither_zero_nor_alike_earns_what_follows() -> None:
    found = results(graded(MAZUR, {"2.delta[1]": "0.2385", "2.weight_gradient[1,1]": "0.1415"}))
    assert (found["2.weight_gradient[1,1]"].verdict, found["2.weight_gradient[1,1]"].credit) == (
        "follows",
        1.0,
    )


def test_a_relu_gone_dead_by_a_line_that_is_not_trivial_does_earn() -> None:
    """z₁ = −0.61 by a flipped sign: a₁ = ReLU(−0.61) = 0 is honest work, and so is what follows."""
    sheet = {
        "1.preactivation[1]": "-0.610",
        "1.activation[1]": "0.000",
        "1.preactivation[2]": "0.340",
        "1.activation[2]": "0.340",
        "2.preactivation[1]": "0.370",
    }
    found = results(graded(RELU, sheet))
    assert found["1.preactivation[1]"].verdict == "slip"
    for name in ("1.activation[1]", "2.preactivation[1]"):
        assert (found[name].verdict, found[name].credit) == ("follows", 1.0), name


def test_one_zero_among_others_costs_only_the_lines_that_it_leaves_without_work() -> None:
    """δ₂ of layer 2 is 0: its own gradient is 0 for free, but δ of layer 1 still sums over both units."""
    delta = 0.1385
    first = delta * 0.40 * 0.2413
    sheet = {
        "2.delta[1]": "0.1385",
        "2.delta[2]": "0.0000",
        "2.weight_gradient[2,1]": "0.0000",
        "1.delta[1]": f"{first:.4f}",
        "1.weight_gradient[1,2]": f"{first * 0.1:.4f}",
    }
    found = results(graded(MAZUR, sheet))
    assert found["2.delta[2]"].verdict == "slip"
    assert found["2.weight_gradient[2,1]"].credit == 0
    for name in ("1.delta[1]", "1.weight_gradient[1,2]"):
        assert (found[name].verdict, found[name].credit) == ("follows", 1.0), name


def test_a_zero_where_the_key_is_zero_is_no_trivial_slip() -> None:
    """W3WI's second hidden unit is off: its gradients are 0, and what rests on them earns."""
    sheet = {
        "hid.activation[2]": "0.00",
        "out.weight_gradient[1,2]": "0.000",
        "out.new_weights[1,2]": "0.5000",
    }
    report = graded("w3wi-ds304", sheet)
    assert set(verdicts(report).values()) == {"correct"}
    assert report.scores[0] == 3
    solution = solve(read_problem("w3wi-ds304"), rounding="carry")
    assert solution.layers[0].activation[0][1] == 0


def test_the_right_key_still_earns_below_a_trivial_slip() -> None:
    sheet = {**honest(MAZUR), "2.delta[1]": "0"}
    report = graded(MAZUR, sheet)
    assert report.scores[0] == report.max_scores[0] - 1


def test_leaving_the_slip_blank_is_no_way_around() -> None:
    """Blank in place of 0: the lines below are bridged, and zeros there are slips of their own."""
    sheet = {"2.delta[1]": "", "2.weight_gradient[1,1]": "0", "2.new_weights[1,1]": "0.4000"}
    found = results(graded(MAZUR, sheet))
    assert found["2.weight_gradient[1,1]"].verdict == "slip"
    assert (found["2.new_weights[1,1]"].verdict, found["2.new_weights[1,1]"].credit) == ("follows", 0.0)


def test_zeros_are_no_misconception() -> None:
    """A sheet of zeros fits many edits by chance; no habit is read into it."""
    report = graded(MAZUR, all_alike(MAZUR, "0"))
    assert not report.habits.get(0)


def test_credit_for_what_follows_does_not_reach_the_trivial() -> None:
    sheet = {"2.delta[1]": "0", "2.weight_gradient[1,1]": "0"}
    assert graded(MAZUR, sheet, follows=0.5).scores[0] == 0
