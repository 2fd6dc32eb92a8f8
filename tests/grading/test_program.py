"""A program's arrays: graded by what their floats can hold, in whatever orientation they are stored."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import backprop
from mistaken import Net, worked

from backprop_cli import InputError, check, parse_problem

NET = Net(
    x=np.array([[0.5, -1.0], [0.3, 0.8], [-0.7, 0.2]]),
    y=np.array([[1.0], [0.0], [1.0]]),
    weights=[np.array([[0.3, -0.2], [0.5, 0.4], [-0.6, 0.1]]), np.array([[0.7, -0.5, 0.2]])],
    biases=[np.array([0.1, -0.1, 0.05]), np.array([0.2])],
    functions=["tanh", "sigmoid"],
    loss="half_squared_error",
    rate=0.5,
    batch="mean",
    digits=4,
)
PROBLEM = parse_problem(NET.toml(), "problem.toml", "problem")
RIGHT = worked(NET)


def arrays(mistake: str = "", at: int = 0, kind: type = np.float64) -> dict[str, np.ndarray]:
    return {name: values.astype(kind) for name, values in worked(NET, mistake, at).items()}


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_right_program_is_right_in_single_and_double_precision(kind: type) -> None:
    report = check(PROBLEM, arrays(kind=kind))
    assert report.ok, report
    assert report.first_slip is None
    assert report.score == report.max_score == sum(values.size for values in RIGHT.values())


def test_double_precision_is_held_to_more_digits_than_the_problem_asks_for() -> None:
    wrong = arrays()
    wrong["1.weight_gradient"][0, 1] += 1e-6
    report = check(PROBLEM, wrong)
    assert report.first_slip == "1.weight_gradient[1,2]"
    assert check(PROBLEM, wrong, digits=4).ok


def test_a_wrong_program_is_told_the_line_and_the_cause() -> None:
    report = check(PROBLEM, arrays("no-slope", 1))
    assert not report.ok
    assert report.first_slip == "1.delta[1,1]"
    slips = [cell for cell in report.cells if cell.verdict == "slip"]
    assert {cell.slip[0] for cell in slips} == {"missing-derivative"}
    assert "You left out tanh′" in str(report)


def test_a_missing_derivative_is_told_from_the_new_weights_alone() -> None:
    wrong = arrays("no-slope", 1)
    report = check(PROBLEM, {"W1": wrong["1.new_weights"]}, names={"W1": "1.new_weights"})
    cells = [cell for cell in report.cells if cell.verdict == "slip"]
    assert len(cells) == 6
    assert {cell.slip[0] for cell in cells} == {"missing-derivative"}


def test_names_as_programs_have_them_are_understood() -> None:
    named = {
        "X": NET.x,
        "W1": NET.weights[0],
        "b1": NET.biases[0],
        "Z1": RIGHT["1.preactivation"],
        "A1": RIGHT["1.activation"],
        "dZ2": RIGHT["2.delta"],
        "dW1": RIGHT["1.weight_gradient"],
        "db1": RIGHT["1.bias_gradient"][None, :],
        "cost": RIGHT["loss"],
    }
    report = check(PROBLEM, named)
    assert report.ok, report
    assert report.max_score == 9 + 9 + 3 + 6 + 3 + 1


def test_weights_stored_the_other_way_round_are_turned_and_that_is_told() -> None:
    report = check(PROBLEM, {"dW1": RIGHT["1.weight_gradient"].T, "dW2": RIGHT["2.weight_gradient"].T})
    assert report.ok, report
    assert "stored as (inputs, units)" in str(report)


def test_samples_as_columns_are_turned_too() -> None:
    square_free = {"A2": RIGHT["2.activation"].T, "dZ2": RIGHT["2.delta"].T}
    assert check(PROBLEM, square_free).ok


def test_an_array_of_another_shape_is_told_with_both_shapes() -> None:
    with pytest.raises(InputError, match=r'"dW1" has the shape \(4, 2\), expected \(3, 2\)'):
        check(PROBLEM, {"dW1": np.zeros((4, 2))})


def test_an_unknown_name_suggests_one() -> None:
    with pytest.raises(InputError) as caught:
        check(PROBLEM, {"1.weight_grad": np.zeros((3, 2))})
    assert caught.value.help == 'did you mean "1.weight_gradient"?'


def test_what_is_not_finite_cannot_be_read_and_is_never_right() -> None:
    wrong = arrays()
    wrong["2.delta"][1, 0] = np.nan
    report = check(PROBLEM, wrong)
    assert not report.ok
    assert [cell.cell for cell in report.cells if cell.verdict == "invalid"] == ["2.delta[2,1]"]


def test_the_losses_of_training_are_compared_step_by_step() -> None:
    losses, net = [float(RIGHT["loss"])], NET
    for _ in range(3):
        sheet = worked(net)
        net = Net(
            net.x,
            net.y,
            [sheet["1.new_weights"], sheet["2.new_weights"]],
            [sheet["1.new_bias"], sheet["2.new_bias"]],
            net.functions,
            net.loss,
            net.rate,
            net.batch,
            net.digits,
        )
        losses.append(float(worked(net)["loss"]))
    assert check(PROBLEM, {"losses": losses}).ok
    losses[2] += 1e-3
    report = check(PROBLEM, {"losses": np.array(losses)})
    assert report.first_slip == "losses[3]"
    assert "after step 2" in str(report)


def test_numbers_typed_with_few_decimals_are_judged_as_typed() -> None:
    assert check(PROBLEM, {"loss": round(float(RIGHT["loss"]), 4)}).ok
    assert check(PROBLEM, {"2.activation": [[f"{v:.4f}" for v in row] for row in RIGHT["2.activation"]]}).ok


@pytest.mark.parametrize("kind", ["json", "npz"])
def test_the_command_grades_files_of_arrays(kind: str, tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(NET.toml(), encoding="utf-8")
    for name, mistake in (("right", ""), ("wrong", "back-transposed")):
        sheet = arrays("no-slope" if mistake else "", 1)
        path = tmp_path / f"{name}.{kind}"
        if kind == "npz":
            np.savez(path, **sheet)
        else:
            path.write_text(json.dumps({key: values.tolist() for key, values in sheet.items()}))
        ran = backprop("check", str(path), "--format", "json")
        assert ran.status == (1 if mistake else 0), ran.err
        result = json.loads(ran.out)["results"][0]
        assert result["first_slip"] == ("1.delta[1,1]" if mistake else None)


def test_a_solutions_own_json_is_right(tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(NET.toml(), encoding="utf-8")
    path = tmp_path / "solution.json"
    path.write_text(backprop("solve", str(tmp_path / "problem.toml"), "--format", "json").out)
    assert backprop("check", str(path)).status == 0


@pytest.mark.parametrize(
    "text", ["", "[", "[1, 2]", '{"loss": [[1], 2]}', '{"loss": {}}', '{"x": 1}', "\x00"]
)
def test_a_broken_file_of_arrays_is_told_in_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(NET.toml(), encoding="utf-8")
    path = tmp_path / "answers.json"
    path.write_text(text)
    ran = backprop("check", str(path))
    assert ran.status in (1, 2)
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) <= 3


def test_equations_take_arrays_too() -> None:
    problem = parse_problem(
        'equations = "y = Σ_j w_j x_j\\nL = (y - t)^2"\n'
        "[given]\nx = [1.0, 2.0]\nt = 0.5\n[parameters]\nw = [0.3, -0.4]\n",
        "problem.toml",
        "problem",
    )
    error = 2 * (0.3 - 0.8 - 0.5)
    right = {"gradient.w": np.array([error, 2 * error]), "y": np.array(-0.5), "L": np.array(1.0)}
    assert check(problem, right).ok
    assert not check(problem, {"gradient.w": -right["gradient.w"]}).ok
