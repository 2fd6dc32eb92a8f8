"""`backprop new`: problem files that can be worked with at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from any_network import ACTIVATIONS, LOSSES
from command_line import backprop

from backprop_cli import parse_problem, solve


@pytest.mark.parametrize("function", ACTIVATIONS)
def test_each_function_makes_a_problem_that_solves(function: str) -> None:
    ran = backprop("new", "2-3-2", "--hidden", "tanh", "--output", function)
    assert ran.status == 0, ran.err
    assert backprop("solve", "-", stdin=ran.out.encode()).status == 0


@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_makes_a_problem_that_solves(loss: str) -> None:
    output = {"hinge": "identity", "cross_entropy": "softmax"}.get(loss, "sigmoid")
    ran = backprop("new", "2-2-2", "--loss", loss, "--output", output, "--samples", "3")
    assert ran.status == 0, ran.err
    solve(parse_problem(ran.out, "new.toml", "new"))


@pytest.mark.parametrize("seed", range(8))
def test_something_flows_through_every_hidden_unit(seed: int) -> None:
    """A ReLU network of one sample: no unit is off, so no weight's gradient is 0 throughout."""
    text = backprop("new", "2-3-1", "--hidden", "relu", "--seed", str(seed)).out
    hidden = solve(parse_problem(text, "new.toml", "new")).layers[0]
    assert (hidden.preactivation > 0).all()
    assert (abs(hidden.weight_gradient) > 0).all()


def test_the_same_seed_makes_the_same_file_and_another_another() -> None:
    first = backprop("new", "2-3-1", "--seed", "5").out
    assert first == backprop("new", "2-3-1", "--seed", "5").out
    assert first != backprop("new", "2-3-1", "--seed", "6").out


def test_a_preset_with_samples_in_columns_has_them_so(tmp_path: Path) -> None:
    ran = backprop("new", "3-2-1", "--samples", "2", "--notation", "nielsen")
    document = tomllib.loads(ran.out)
    assert (len(document["inputs"]), len(document["inputs"][0])) == (3, 2)
    assert backprop("solve", "-", stdin=ran.out.encode()).status == 0


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("# mine\n")
    refused = backprop("new", "2-3-1", "-o", file)
    assert (refused.status, file.read_text()) == (2, "# mine\n")
    written = backprop("new", "2-3-1", "-o", file, "--force")
    assert written.status == 0
    assert f"backprop solve {file}" in written.err
    assert backprop("solve", file).status == 0


@pytest.mark.parametrize("shape", ["2", "0-3", "2-", "a-b", "999-1", "2-3-" + "1-" * 20 + "1", "²-3", "-1-2"])
def test_what_is_no_shape_is_told(shape: str) -> None:
    ran = backprop("new", "--", shape)
    assert ran.status == 2
    assert "Traceback" not in ran.err
    assert "shape" in ran.err


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    assert "known activations" in backprop("new", "2-2", "--output", "foo").err
    assert "presets" in backprop("new", "2-2", "--notation", "foo").err


def test_without_a_terminal_it_does_not_ask() -> None:
    ran = backprop("new")
    assert ran.status == 2
    assert "no shape given" in ran.err


def test_a_file_with_equations_is_toml_with_all_that_they_name() -> None:
    document = tomllib.loads(backprop("new", "--from-equations").out)
    assert {"equations", "given", "parameters"} <= document.keys()
    assert backprop("new", "2-3-1", "--from-equations").status == 2
