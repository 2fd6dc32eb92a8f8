"""Many steps of equations, compiled, against steps worked out line by line; and files moved on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import backprop
from equation_systems import SYSTEMS, problem_of

from backprop_cli import InputError, load, solve
from backprop_cli.files.optimizer_table import chosen, learning_rate
from backprop_cli.problem.equations import EquationProblem
from backprop_cli.values.training.loop import train

KINDS = [name for name, text in SYSTEMS.items() if "[parameters]" in text]


def trainable(name: str, optimizer: str = "gradient_descent") -> EquationProblem:
    problem = chosen(problem_of(SYSTEMS[name]), optimizer)
    return replace(problem, learning_rate=learning_rate("0.01"), gradients_of=())


@pytest.mark.parametrize("name", KINDS)
def test_compiled_steps_are_those_worked_out_line_by_line(name: str) -> None:
    problem = trainable(name)
    training = train(problem, 5)
    losses = []
    for _ in range(5):
        solution = solve(problem)
        losses.append(solution.loss)
        problem = solution.next_problem()
    np.testing.assert_allclose(training.losses[:-1], losses, rtol=1e-11)
    assert isinstance(training.problem, EquationProblem)
    for symbol, numbers in problem.parameters.items():
        moved = training.problem.parameters[symbol]
        np.testing.assert_allclose(moved.values, numbers.values, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "adagrad", "rmsprop", "adam"])
def test_every_optimizer_counts_its_steps_and_keeps_its_state(optimizer: str) -> None:
    problem = trainable("gru", optimizer)
    whole = train(problem, 6)
    half = train(problem, 3)
    assert isinstance(half.problem, EquationProblem)
    again = train(half.problem, 3)
    assert isinstance(whole.problem, EquationProblem)
    assert isinstance(again.problem, EquationProblem)
    assert again.problem.optimizer.taken == 6
    np.testing.assert_allclose(again.losses[-1], whole.losses[-1], rtol=1e-12)
    np.testing.assert_allclose(
        again.problem.parameters["A"].values, whole.problem.parameters["A"].values, rtol=1e-12
    )
    for _ in range(6):
        problem = solve(problem).next_problem()
    np.testing.assert_allclose(
        whole.problem.parameters["A"].values, problem.parameters["A"].values, rtol=1e-11
    )


def test_training_stops_where_the_objective_has_come_down_far_enough() -> None:
    training = train(trainable("tied_weights"), 1000, until=0.2)
    assert training.reached
    assert training.losses[-1] <= 0.2 < training.losses[-2]


def test_a_step_that_overflows_is_told_with_its_number() -> None:
    problem = replace(trainable("several_losses"), learning_rate=learning_rate("1e60"))
    with pytest.raises(InputError, match=r"step \d+ diverges"):
        train(problem, 50)


def test_rounding_by_hand_rounds_in_every_step() -> None:
    problem = replace(
        problem_of("equations = 'L = w^2'\nparameters = { w = 1.0 }\ndigits = 1\nrounding = 'each-step'"),
        learning_rate=learning_rate("0.13"),
    )
    training = train(problem, 2)
    assert isinstance(training.problem, EquationProblem)
    assert training.losses == (1.0, 0.5, 0.3)  # w: 1, 1 − 0.26 = 0.7, 0.7 − 0.13·1.4 = 0.5


def test_without_parameters_nothing_can_be_moved() -> None:
    problem = replace(problem_of(SYSTEMS["elements"]), learning_rate=learning_rate("0.1"))
    with pytest.raises(InputError, match="no parameters to move"):
        train(problem, 1)


FILE = """# my network
title = "A line"   # through points
learning_rate = 0.1
equations = '''
p_i = m x_i + b   # the line
L = 1/3 Σ_i (p_i − y_i)²
'''
[given]
x = [1, 2, 3]
y = [2.0, 2.5, 4.5]
[parameters]
m = 0.5  # slope
b = 0.10
"""


def test_the_file_s_parameters_move_on_in_place_and_all_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "line.toml"
    path.write_text(FILE, "utf-8")
    result = backprop("step", str(path), "--in-place")
    assert result.status == 0, result.err
    text = path.read_text("utf-8")
    assert text.startswith(FILE[: FILE.index("m = 0.5")])
    assert "# slope" in text
    moved = load(str(path))
    assert isinstance(moved, EquationProblem)
    np.testing.assert_allclose(moved.parameters["m"].values, 1.36, atol=1e-12)
    np.testing.assert_allclose(moved.parameters["b"].values, 0.48, atol=1e-12)


def test_adam_goes_on_from_the_file_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    path = tmp_path / "line.toml"
    path.write_text(FILE.replace("learning_rate", 'optimizer = "adam"\nlearning_rate'), "utf-8")
    for _ in range(3):
        assert backprop("step", str(path), "-n", "2", "--in-place", "--format", "json").status == 0
    moved = load(str(path))
    path.write_text(FILE.replace("learning_rate", 'optimizer = "adam"\nlearning_rate'), "utf-8")
    whole = json.loads(backprop("step", str(path), "-n", "6", "--format", "json").out)
    assert isinstance(moved, EquationProblem)
    assert moved.optimizer.taken == 6
    np.testing.assert_allclose(moved.parameters["m"].values, whole["parameters"]["m"], rtol=1e-12)


def test_a_step_says_what_the_gradient_promised(tmp_path: Path) -> None:
    path = tmp_path / "line.toml"
    path.write_text(FILE, "utf-8")
    page = backprop("step", str(path), "--lr", "0.001").out
    assert "Loss before and after" in page
    assert "the gradient's estimate, −η·‖∇L‖²" in page
    assert "m ← m − η · ∂L/∂m" in page


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("parameters = { q = { velocity = 0.1 } }", 'unknown key "q"'),
        ("parameters = { m = { velocity = [0.1] } }", "velocity does not have the shape of m"),
        ("steps = -1", "steps must be a whole number"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(tmp_path: Path, state: str, message: str) -> None:
    path = tmp_path / "line.toml"
    table = f'optimizer = {{ name = "momentum", state = {{ {state} }} }}\nlearning_rate'
    path.write_text(FILE.replace("learning_rate", table), "utf-8")
    with pytest.raises(InputError) as error:
        load(str(path))
    assert message in str(error.value)
