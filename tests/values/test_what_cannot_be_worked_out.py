"""What has no value is an error that names the quantity and how to mend it; nothing non-finite is shown."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from networks import layer, problem

from backprop_cli.errors import InputError
from backprop_cli.problem.problem import Notation, Problem
from backprop_cli.values.solution import solve

OVERFLOW_HELP = "a float64 ends near 1.8e308: look for weights or inputs that are far too large"


def refusal(of: Problem, **options: object) -> tuple[str, str | None]:
    with pytest.raises(InputError) as caught:
        solve(of, **options)
    return caught.value.message, caught.value.help


@pytest.mark.filterwarnings("error")
def test_an_overflow_names_its_cell() -> None:
    """With several samples the cell's name has the sample in it, counted from 1; with one it has not."""
    huge = layer("identity", [[1.0, 1.0], [1e200, 1e200]], name="hid")
    of = problem([huge], "squared_error", [[1.0, 1.0], [1.0, 1e200]], [[0, 0], [0, 0]])
    assert refusal(of) == ("hid.preactivation[2,2] cannot be worked out: the value overflows", OVERFLOW_HELP)
    of = problem([huge], "squared_error", [[1.0, 1e200]], [[0, 0]])
    assert refusal(of) == ("hid.preactivation[2] cannot be worked out: the value overflows", OVERFLOW_HELP)


@pytest.mark.filterwarnings("error")
def test_an_overflow_of_the_loss_is_named_too() -> None:
    of = problem([layer("identity", [[1e200]])], "squared_error", [[1.0]], [[0]])
    assert refusal(of)[0] == "loss cannot be worked out: the value overflows"
    of = problem([layer("identity", [[1e200]])], "squared_error", [[0.0], [1.0]], [[0], [0]])
    assert refusal(of)[0] == "sample_losses[2] cannot be worked out: the value overflows"


@pytest.mark.parametrize(("sign", "cell"), [("gradient", "1.delta[1]"), ("descent", "1.delta[1]")])
def test_an_error_signal_is_called_delta_whatever_its_sign(sign: str, cell: str) -> None:
    of = problem(
        [layer("identity", [[1.0]]), layer("identity", [[1e200]]), layer("identity", [[1e200]])],
        "absolute_error",
        [[1e-200]],
        [[7.0]],
        notation=Notation(delta_sign=sign),
    )
    assert refusal(of)[0] == f"{cell} cannot be worked out: the value overflows"


def test_the_logarithm_of_0_names_the_loss() -> None:
    of = problem([layer("relu", [[-1.0]], name="out")], "cross_entropy", [[1.0]], [[1]])
    assert refusal(of) == (
        "loss cannot be worked out: it takes ln(0), and ln needs a number above 0",
        "cross-entropy needs outputs strictly between 0 and 1: in float64, an output became 0 or 1",
    )


def test_a_logarithm_of_a_negative_number_is_no_0_times_infinity() -> None:
    """An output of −0.5 has no logarithm, even where its target is 0."""
    of = problem([layer("identity", [[-0.5], [0.5]])], "cross_entropy", [[1.0]], [[0, 1]])
    assert refusal(of) == (
        "loss cannot be worked out: it takes ln(-0.5), and ln needs a number above 0",
        "cross-entropy needs outputs strictly between 0 and 1",
    )


def test_an_output_rounded_to_1_by_hand_has_no_ln_of_its_complement() -> None:
    of = problem([layer("sigmoid", [[3.0], [6.0]])], "binary_cross_entropy", [[1.0]], [[1, 0]], digits=2)
    assert refusal(of, rounding="each-step") == (
        "loss cannot be worked out: it takes ln(0), and ln needs a number above 0",
        "binary cross-entropy needs outputs strictly between 0 and 1: "
        "rounded to fewer digits, an output became 0 or 1",
    )
    assert solve(of).loss == pytest.approx(np.log(1 + np.exp(-3)) + np.log(1 + np.exp(6)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("sign", ["gradient", "descent"])
def test_a_division_by_an_output_of_0_is_not_passed_off_as_0(sign: str) -> None:
    """∂ℓ/∂a = −y/a where a = σ(−1000) = 0 in float64: a handout that writes it cannot go on."""
    of = problem(
        [layer("sigmoid", [[-1000.0]])],
        "binary_cross_entropy",
        [[1.0]],
        [[1]],
        notation=Notation(backward=frozenset(["activation", "preactivation"]), delta_sign=sign),
    )
    assert refusal(of) == (
        "1.activation_gradient[1] cannot be worked out: it divides by 0",
        "binary cross-entropy needs outputs strictly between 0 and 1: in float64, an output became 0 or 1",
    )


def test_the_full_jacobian_of_softmax_fails_rather_than_losing_a_target() -> None:
    """0·∞ must not become 0 there: δ would be (0, 0) in place of a_k Σy − y_k = (0.5, −0.5)."""
    of = problem([layer("softmax", [[1000.0], [-1000.0]])], "cross_entropy", [[1.0]], [[0.25, 0.5]])
    assert refusal(of)[0] == "1.delta[1] cannot be worked out: it divides by 0"


@pytest.mark.filterwarnings("error")
def test_what_overflows_off_the_page_is_null_in_json() -> None:
    """δ = a − y is written and finite; ∂ℓ/∂a = 1/0 is not written, so the problem is solved without it."""
    of = problem([layer("sigmoid", [[-1000.0], [0.0]])], "binary_cross_entropy", [[1.0]], [[1, 1]])
    solution = solve(of)
    assert solution.layers[0].delta.tolist() == [[-1.0, -0.5]]
    found = json.loads(json.dumps(solution.to_dict(), allow_nan=False))
    assert found["layers"][0]["activation_gradient"] == [[None, -2.0]]


def test_letters_cannot_be_worked_out() -> None:
    of = replace(
        problem([layer("sigmoid", [[1.0]])], "squared_error", [[1]], [[1]]), inputs=None, targets=None
    )
    assert refusal(of) == (
        "the problem has letters and no numbers, so there is nothing to work out",
        "give it inputs, targets and weights, or let random ones be drawn",
    )


@pytest.mark.parametrize("digits", [-1, 16])
def test_digits_that_no_float64_has_are_refused(digits: int) -> None:
    of = problem([layer("sigmoid", [[1.0]])], "squared_error", [[1]], [[1]])
    assert refusal(of, digits=digits)[0] == f"digits is {digits}, expected a whole number from 0 to 15"


def test_a_rounding_that_there_is_not_is_refused() -> None:
    of = problem([layer("sigmoid", [[1.0]])], "squared_error", [[1]], [[1]])
    assert refusal(of, rounding="up")[0] == 'rounding is "up", expected "carry" or "each-step"'


def test_weights_cannot_move_on_without_a_learning_rate() -> None:
    solution = solve(problem([layer("sigmoid", [[1.0]])], "squared_error", [[1]], [[1]]))
    with pytest.raises(InputError, match="no learning rate, so its weights cannot be updated"):
        solution.next_problem()
