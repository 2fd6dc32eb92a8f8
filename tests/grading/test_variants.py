"""The same exercise with other numbers: like those typed, as good, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_cli import load, solve
from backprop_cli.errors import InputError
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.grading.variants import hidden_kinds, hidden_slips, variant
from backprop_cli.values.varied_numbers import typed_decimals


def numbers_of(problem) -> list[tuple[str, ...]]:
    return [tuple(layer.weights.texts.flat) for layer in problem.layers]


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others() -> None:
    problem = load("w3wi-ds304")
    assert numbers_of(variant(problem, 5)) == numbers_of(variant(problem, 5))
    assert numbers_of(variant(problem, 5)) != numbers_of(variant(problem, 6)) != numbers_of(problem)


@pytest.mark.parametrize("name", ["w3wi-ds304", "or-batch"])
def test_numbers_are_like_those_typed(name: str) -> None:
    problem = load(name)
    for seed in range(4):
        for old, new in zip(problem.layers, variant(problem, seed).layers, strict=True):
            assert typed_decimals(new.weights) == typed_decimals(old.weights)
            assert np.array_equal(new.weights.values == 0, old.weights.values == 0)
            assert [float(text) for text in new.weights.texts.flat] == list(new.weights.values.flat)


def test_as_many_units_are_off_as_in_the_exercise_itself() -> None:
    problem = load("w3wi-ds304")
    for seed in range(6):
        solution = solve(variant(problem, seed))
        hidden = solution.layers[0]
        assert np.count_nonzero(hidden.preactivation <= 0) == 1
        assert np.count_nonzero(hidden.weight_gradient) == 2


def test_a_problem_in_letters_has_nothing_to_draw() -> None:
    with pytest.raises(InputError, match="has no numbers to draw"):
        variant(load("umons"), 1)


def test_a_slip_made_before_would_show_in_the_next_numbers() -> None:
    """Of all draws one is taken in which no edit of that kind stays hidden, where there is one."""
    problem = load("w3wi-ds304")
    drawn = variant(problem, 3, made={"sign"})
    assert hidden_slips(drawn, {"sign"}) <= hidden_slips(variant(problem, 3), {"sign"})
    assert hidden_slips(problem, {"sign"}) >= hidden_slips(problem)


UNIT = """
equations = ["h = tanh(u x + b)", "L = 1/2 (h - y)^2"]
[given]
x = 0.5
y = 0.3
[parameters]
u = 0.40
b = {bias}
"""


def test_slips_that_cannot_be_seen_are_counted_in_equations_too() -> None:
    """With b = 0.00 a bias left out changes nothing; with −0.10 it does."""
    shown, hidden = (
        hidden_kinds(parse_problem(UNIT.format(bias=bias), "unit.toml", "unit")) for bias in ("-0.10", "0.00")
    )
    assert hidden["missing-bias"] + hidden["missing-term"] > shown["missing-bias"] + shown["missing-term"]


def test_what_is_drawn_for_equations_hides_no_more_than_the_exercise() -> None:
    problem = load("circuit")
    assert hidden_slips(variant(problem, 3, hidden_slips(problem))) <= hidden_slips(problem)
