"""The activation functions keep to their definitions, and each way of writing f′ is their derivative."""

from __future__ import annotations

import by_definition
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import assert_agrees, layer, problem

from backprop_cli.formula.tree import (
    SAMPLES,
    Function,
    Index,
    Negation,
    Power,
    Ref,
    add,
    number,
    product,
)
from backprop_cli.functions.activations import log_sigmoid
from backprop_cli.functions.table import ACTIVATIONS, Row, X, own_function
from backprop_cli.values.evaluate import Evaluator, apply

POINTS = np.array([-30.0, -4.0, -1.3, -0.4, -0.05, 0.05, 0.4, 1.3, 4.0, 30.0])
ELEMENTWISE = sorted(name for name, activation in ACTIVATIONS.items() if activation.elementwise)
WITH_PARAMETERS = [
    *((name, None) for name in ELEMENTWISE),
    *((name, value) for name in ELEMENTWISE if ACTIVATIONS[name].parameter_name for value in (0.3, 2.0)),
]
Z = Ref("preactivation", 1, (SAMPLES, Index(1)))
A = Ref("activation", 1, (SAMPLES, Index(1)))


def definition(name: str, activation: Row, z: np.ndarray) -> np.ndarray:
    known = {**by_definition.ACTIVATIONS, **by_definition.THRESHOLDS}
    return known["sigmoid" if name == "generic" else name](z, activation.parameter)


@pytest.mark.parametrize(("name", "parameter"), WITH_PARAMETERS)
def test_an_activation_is_its_definition_and_its_derivative_that_of_it(
    name: str, parameter: float | None
) -> None:
    activation = ACTIVATIONS[name]
    if parameter is not None:
        activation = activation.with_parameter(parameter)
    assert_agrees(
        f"{name}(z)", activation(POINTS), definition(name, activation, POINTS), "the definition", 1e-13
    )
    h = 1e-5
    slope = (activation(POINTS + h) - activation(POINTS - h)) / (2 * h)
    assert_agrees(f"{name}′(z)", activation.prime(POINTS), slope, "the central difference", 1e-8)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_each_way_of_writing_the_derivative_has_the_same_value(name: str) -> None:
    activation = ACTIVATIONS[name]
    one = problem(
        [layer(name, np.ones((len(POINTS), 1)))], "squared_error", [[1]], np.zeros((1, len(POINTS)))
    )
    z = POINTS[None, :]
    reader = Evaluator(one, {("preactivation", 1): z, ("activation", 1): activation(z)})
    ways = {}
    if activation.prime_from_preactivation:
        ways["z"] = activation.prime_from_preactivation(Z, activation.parameter)
    if activation.prime_from_activation:
        ways["a"] = activation.prime_from_activation(A, Z, activation.parameter)
    for letter, formula in ways.items():
        received = reader.array(formula, (SAMPLES, Index(1)))
        assert_agrees(f"{name}′ written with {letter}", received, activation.prime(z), "f′(z)", 1e-13)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu"])
def test_the_derivative_at_a_corner_is_that_from_the_left(name: str) -> None:
    """ReLU′(0) = 0, as by-hand courses have it; the others likewise take the side below 0."""
    activation = ACTIVATIONS[name]
    assert activation.prime(np.array(0.0)) == {"relu": 0.0, "leaky_relu": 0.01, "elu": 1.0}[name]


def test_softmax_has_no_elementwise_derivative() -> None:
    with pytest.raises(TypeError, match="softmax has a Jacobian, not an elementwise derivative"):
        ACTIVATIONS["softmax"].prime(np.zeros(3))


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=5), st.floats(-900, 900))
def test_softmax_sums_to_one_and_ignores_a_shift(z: list[float], shift: float) -> None:
    softmax = ACTIVATIONS["softmax"]
    found = softmax(np.array(z))
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert_agrees("softmax(z + c)", softmax(np.array(z) + shift), found, "softmax(z)", 1e-11)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "softmax", "tanh", "silu", "gelu", "elu"])
@pytest.mark.filterwarnings("error")
def test_nothing_overflows_at_plus_and_minus_1000(name: str) -> None:
    z = np.array([-1000.0, 0.0, 1000.0])
    expected = {
        "sigmoid": [0, 0.5, 1],
        "softplus": [0, np.log(2), 1000],
        "softmax": [0, 0, 1],
        "tanh": [-1, 0, 1],
        "silu": [0, 0, 1000],
        "gelu": [0, 0, 1000],
        "elu": [-1, 0, 1000],
    }[name]
    assert_agrees(f"{name}(−1000, 0, 1000)", ACTIVATIONS[name](z), expected, "the limits", 1e-15)
    if ACTIVATIONS[name].elementwise:
        assert np.isfinite(ACTIVATIONS[name].prime(z)).all()


def test_ln_sigma_keeps_its_digits_where_sigma_is_0_or_1() -> None:
    """ln σ(−1000) is −1000 although σ(−1000) is 0; ln σ(40) is −e^(−40) although σ(40) is 1."""
    assert log_sigmoid(np.array([-1000.0]))[0] == -1000.0
    assert log_sigmoid(np.array([40.0]))[0] == pytest.approx(-np.exp(-40), rel=1e-12)


def test_gelu_is_built_on_the_normal_distribution() -> None:
    """Φ(1.96) = 0.9750 and φ(0) = 0.3989, as in every table."""
    cdf = apply(Function("normal_cdf", Z), np.array([0.0, 1.96]))
    density = apply(Function("normal_density", Z), np.array([0.0]))
    assert cdf.round(4).tolist() == [0.5, 0.975]
    assert density.round(4).tolist() == [0.3989]


def test_a_function_of_ones_own_knows_where_it_turns() -> None:
    """−x² + 3x turns at 1.5, and 0.5 ± 1.2 reaches it: the farthest value is there, not at an end."""
    row = own_function("arch", add(Negation(Power(X, 2)), product(number(3), X)))
    low, high = np.array(-0.7), np.array(1.7)
    reached = [float(row(np.clip(turn, low, high))) for turn in row.turning(low)]
    assert max(reached) == pytest.approx(2.25, abs=1e-5)
    assert float(row.prime(np.array(1.5))) == 0.0
