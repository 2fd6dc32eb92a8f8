"""A problem in letters gets numbers that are pleasant by hand, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import layer, numbers, problem

from backprop_cli.errors import InputError
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.functions.losses import LOSSES
from backprop_cli.functions.table import ACTIVATIONS
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.problem import Layer, Notation, Problem
from backprop_cli.values.random_numbers import with_random_numbers
from backprop_cli.values.solution import solve


def letters(
    *,
    loss: str = "half_squared_error",
    sizes: tuple[int | str, ...] = ("P", "M", 2),
    output: str = "identity",
    **others: object,
) -> Problem:
    """A problem without numbers, a bias in its hidden layer, its activation left open."""
    features, hidden, last = sizes
    return Problem(
        "letters",
        (
            Layer("1", hidden, features, ACTIVATIONS["generic"], has_bias=True),
            Layer("2", last, hidden, ACTIVATIONS[output]),
        ),
        LOSSES[loss],
        features=features,
        **others,
    )


def test_letters_for_sizes_become_2_inputs_and_3_units() -> None:
    assert with_random_numbers(letters(), 1).shape == "2-3-2"
    assert with_random_numbers(letters(sizes=("P", "M", "P")), 1).shape == "2-3-2", (
        "a letter is the same everywhere"
    )
    assert with_random_numbers(letters(sizes=(4, "M", "M")), 1).shape == "4-3-3"
    assert with_random_numbers(letters(sizes=(4, 1, 2)), 1).shape == "4-1-2"


def test_the_arrays_have_the_shapes_of_the_network() -> None:
    found = with_random_numbers(letters(), 5)
    first, second = found.layers
    assert first.weights is not None
    assert first.bias is not None
    assert second.weights is not None
    assert found.inputs is not None
    assert found.targets is not None
    assert (first.inputs, first.units, second.inputs, second.units) == (2, 3, 3, 2)
    assert [
        array.values.shape
        for array in (found.inputs, first.weights, first.bias, second.weights, found.targets)
    ] == [
        (1, 2),
        (3, 2),
        (3,),
        (2, 3),
        (1, 2),
    ]
    assert second.bias is None


@pytest.mark.parametrize("seed", range(20))
def test_numbers_have_two_decimals_and_are_not_0(seed: int) -> None:
    found = with_random_numbers(letters(), seed)
    assert found.inputs is not None
    assert found.layers[0].weights is not None
    for given in (
        found.inputs,
        found.layers[0].weights,
        found.layers[0].bias,
        found.layers[1].weights,
        found.targets,
    ):
        assert given is not None
        for value, text in zip(given.values.flat, given.texts.flat, strict=True):
            assert text == f"{value:.2f}", f"{value} is written {text}"
            assert float(text) == value, f"{value} has more decimals than {text}"
            assert 0.05 <= abs(value) <= 0.95


def test_the_same_seed_draws_the_same_numbers() -> None:
    one, again, other = (with_random_numbers(letters(), seed) for seed in (1, 1, 2))
    assert solve(one).to_dict() == solve(again).to_dict()
    assert solve(one).to_dict() != solve(other).to_dict()


@pytest.mark.parametrize("seed", range(10))
def test_targets_are_those_the_loss_takes(seed: int) -> None:
    kinds = {"cross_entropy": {0.0, 1.0}, "binary_cross_entropy": {0.0, 1.0}, "hinge": {-1.0, 1.0}}
    for loss, allowed in kinds.items():
        output = "softmax" if loss == "cross_entropy" else "sigmoid"
        found = with_random_numbers(letters(loss=loss, output=output), seed)
        assert found.targets is not None
        assert set(found.targets.values.flat) <= allowed, f"{loss}: {found.targets.values}"
        assert found.targets.texts.tolist() == [[f"{value:.0f}" for value in found.targets.values[0]]]
        if loss == "cross_entropy":
            assert found.targets.values.sum() == 1, "one class is the right one"
        assert np.isfinite(solve(found).loss)


@pytest.mark.parametrize("derivative", ["prime", "preactivation", "activation"])
def test_an_open_activation_is_worked_out_as_the_sigmoid_and_written_sigma_prime(derivative: str) -> None:
    found = with_random_numbers(letters(notation=Notation(derivative=derivative)), 3)
    activation = found.layers[0].activation
    assert (activation.name, activation.symbol) == ("sigmoid", "σ")
    step = make_plan(found).step("delta", 1)
    assert step is not None
    assert "derivative=True" in repr(step.formula), "σ′ is not written out"
    (hidden, _) = solve(found).layers
    assert hidden.activation == pytest.approx(1 / (1 + np.exp(-hidden.preactivation)))
    a = hidden.activation
    assert hidden.delta == pytest.approx(hidden.activation_gradient * a * (1 - a))


def test_a_learning_rate_that_is_missing_is_a_tenth() -> None:
    found = with_random_numbers(letters(), 1).learning_rate
    assert found is not None
    assert (float(found.values), str(found.texts)) == (0.1, "0.1")
    kept = with_random_numbers(letters(learning_rate=numbers(0.5)), 1).learning_rate
    assert kept is not None
    assert kept.values == 0.5


def test_what_the_problem_states_is_kept() -> None:
    of = letters(sizes=(2, 2, 2))
    stated = replace(of.layers[0], weights=numbers([[1, 2], [3, 4]]), bias=numbers([5, 6]))
    found = with_random_numbers(replace(of, layers=(stated, of.layers[1])), 1)
    assert found.layers[0].weights is stated.weights
    assert found.layers[0].bias is stated.bias


def test_a_shared_bias_is_drawn_once() -> None:
    of = letters()
    shared = replace(of.layers[0], shared=frozenset(["bias"]))
    found = with_random_numbers(replace(of, layers=(shared, of.layers[1])), 1).layers[0].bias
    assert found is not None
    assert found.values.shape == (1,)


def test_a_problem_with_numbers_keeps_them() -> None:
    with pytest.raises(InputError) as caught:
        with_random_numbers(problem([layer("identity", [[1]])], "squared_error", [[1]], [[1]]), 1)
    assert caught.value.message == "the problem already has numbers, so none are drawn for it"


def test_equations_in_letters_are_given_numbers_too() -> None:
    text = 'equations = "z_j = Σ_k w_jk x_k\\nL = Σ_j z_j²"\nsizes = { j = 2, k = "P" }\n'
    drawn = with_random_numbers(parse_problem(text, "p", "letters"), seed=7)
    again = with_random_numbers(parse_problem(text, "p", "letters"), seed=7)
    assert solve(drawn).to_dict() == solve(again).to_dict()
    assert np.shape(solve(drawn).to_dict()["gradients"]["w"]) == (2, 2)
