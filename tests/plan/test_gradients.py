"""Every gradient agrees with a central difference of the loss, which knows no derivative."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import by_definition
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import assert_agrees, layer, problem

from backprop_cli.functions.losses import LOSSES
from backprop_cli.functions.table import ACTIVATIONS
from backprop_cli.problem.problem import Notation, Problem, Symbols
from backprop_cli.values.solution import Solution, solve

CENTRAL = "the central difference"
NAMES = sorted(by_definition.ACTIVATIONS)
DERIVATIVES = ("prime", "preactivation", "activation")
BACKWARD = ((), ("activation",), ("preactivation",), ("activation", "preactivation"))
SIGNS = ("gradient", "descent")


@st.composite
def notations(draw: st.DrawFn) -> Notation:
    return Notation(
        derivative=draw(st.sampled_from(DERIVATIVES)),
        backward=frozenset(draw(st.sampled_from(BACKWARD))),
        delta_sign=draw(st.sampled_from(SIGNS)),
        preactivation=draw(st.sampled_from(("weight,input,bias", "bias,weight,input", "input,weight,bias"))),
        loss_steps=draw(st.sampled_from(((), ("terms",), ("sum",), ("mean",), ("terms", "sum", "mean")))),
    )


def random_network(
    rng: np.random.Generator, names: tuple[str, ...], loss: str, batch: str, biases: str, samples: int = 2
) -> by_definition.Network:
    """A small network away from every corner, its outputs where the loss is defined."""
    logs = loss in ("binary_cross_entropy", "cross_entropy") and names[-1] not in ("sigmoid", "softmax")
    sizes = [*rng.integers(1, 4, len(names)), 2 if "softmax" in names[-1:] else int(rng.integers(1, 3))]
    for _ in range(5000):
        low, high = (0.02, 0.6) if logs else (-1.2, 1.2)
        layers: list[Any] = []
        for name, before, units in zip(names, sizes, sizes[1:], strict=False):
            shape = {"none": None, "per unit": (units,), "shared": (1,)}[biases]
            parameter = {"leaky_relu": rng.uniform(0.05, 0.4), "elu": rng.uniform(0.5, 1.5)}.get(name)
            W = rng.uniform(low, high, (units, before))
            layers.append((name, parameter, W, None if shape is None else rng.uniform(low, high, shape)))
        inputs = rng.uniform(0.1 if logs else -1.5, 1.5, (samples, sizes[0]))
        shape = (samples, sizes[-1])
        if loss == "hinge":
            targets = rng.choice([-1.0, 1.0], shape)
        elif loss in ("binary_cross_entropy", "cross_entropy"):
            targets = rng.choice([rng.uniform(0, 1, shape), np.round(rng.uniform(0, 1, shape))])
        else:
            targets = rng.uniform(-1.5, 1.5, shape)
        network = by_definition.Network(layers, loss, inputs, targets, batch, threshold=rng.uniform(0.3, 1.2))
        if network.away_from_corners():
            return network
    raise RuntimeError(f"no network of {names} with {loss} found away from the corners")


def as_problem(network: by_definition.Network, **others: Any) -> Problem:
    layers = []
    for name, parameter, W, b in network.layers:
        activation = ACTIVATIONS[name]
        if parameter is not None:
            activation = activation.with_parameter(parameter)
        layers.append(layer(activation, W, b, shared=b is not None and len(b) < len(W)))
    loss = LOSSES[network.loss]
    if network.loss == "huber":
        loss = loss.with_parameter(network.threshold)
    return problem(layers, loss, network.inputs, network.targets, batch=network.batch, **others)


def assert_gradients(solution: Solution, network: by_definition.Network, tolerance: float = 2e-7) -> None:
    """Every value of the solution against the network by definition."""
    zs, activations = network.forward()
    assert_agrees("loss", solution.loss, network.total(), "the definition", 1e-12)
    assert_agrees("sample_losses", solution.sample_losses, network.sample_losses(), "the definition", 1e-12)
    assert_agrees("input_gradient", solution.input_gradient, network.by_input(), CENTRAL, tolerance)
    for level, found in enumerate(solution.layers):
        _, _, W, b = network.layers[level]
        name = f"layer {found.name} ({found.activation_function}): "
        assert_agrees(name + "preactivation", found.preactivation, zs[level], "the definition", 1e-12)
        assert_agrees(name + "activation", found.activation, activations[level], "the definition", 1e-12)
        assert_agrees(
            name + "activation_gradient",
            found.activation_gradient,
            network.by_activation(level),
            CENTRAL,
            tolerance,
        )
        assert_agrees(name + "delta", found.delta, network.by_preactivation(level), CENTRAL, tolerance)
        assert_agrees(
            name + "weight_gradient", found.weight_gradient, network.by_parameter(W), CENTRAL, tolerance
        )
        if b is None:
            assert found.bias_gradient is None, f"{name}there is no bias, but it has a gradient"
        else:
            assert_agrees(
                name + "bias_gradient", found.bias_gradient, network.by_parameter(b), CENTRAL, tolerance
            )


@pytest.mark.parametrize("loss", sorted(by_definition.LOSSES))
@pytest.mark.parametrize("activation", NAMES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    position=st.sampled_from(("hidden", "output", "both")),
    other=st.sampled_from(("identity", "sigmoid", "tanh", "softmax", "gelu")),
    batch=st.sampled_from(("mean", "sum")),
    biases=st.sampled_from(("none", "per unit", "shared")),
    samples=st.integers(1, 3),
    notation=notations(),
    seed=st.integers(0, 2**32),
)
def test_gradients_agree_with_central_differences(
    activation: str,
    loss: str,
    position: str,
    other: str,
    batch: str,
    biases: str,
    samples: int,
    notation: Notation,
    seed: int,
) -> None:
    """Any activation, hidden or at the output, with any loss, batch, biases and notation."""
    if position == "hidden" and loss in ("binary_cross_entropy", "cross_entropy"):
        other = "sigmoid" if other != "softmax" else other
    names = {
        "hidden": (activation, other),
        "output": (other, activation),
        "both": (activation, "sigmoid", activation),
    }[position]
    network = random_network(np.random.default_rng(seed), names, loss, batch, biases, samples)
    assert_gradients(solve(as_problem(network, notation=notation)), network)


@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax"])
@pytest.mark.parametrize("hidden", ["identity", "silu", "softmax", "softplus", "gelu"])
def test_every_notation_gives_the_same_gradients(hidden: str, output: str) -> None:
    """How f′ is written, which error signals are named and which sign δ has change no gradient."""
    rng = np.random.default_rng(7)
    loss = "cross_entropy" if output == "softmax" else "binary_cross_entropy"
    network = random_network(rng, (hidden, hidden, output), loss, "mean", "per unit", samples=3)
    standard = as_problem(network, lr=0.5)
    expected = solve(standard)
    for derivative, backward, sign in product(DERIVATIVES, BACKWARD, SIGNS):
        notation = Notation(derivative=derivative, backward=frozenset(backward), delta_sign=sign)
        found = solve(replace(standard, notation=notation))
        where = f"derivative {derivative!r}, backward {backward}, delta_sign {sign!r}"
        assert_agrees(f"{where}: input_gradient", found.input_gradient, expected.input_gradient, "δ", 1e-10)
        for ours, theirs in zip(found.layers, expected.layers, strict=True):
            for role in (
                "activation_gradient",
                "delta",
                "weight_gradient",
                "bias_gradient",
                "new_weights",
                "new_bias",
            ):
                assert_agrees(
                    f"{where}: layer {ours.name}.{role}",
                    getattr(ours, role),
                    getattr(theirs, role),
                    "the standard notation",
                    1e-10,
                )


def test_one_symbol_for_a_linear_output_changes_no_gradient() -> None:
    """A handout that writes z for preactivation and activation of a linear layer has one line less."""
    network = random_network(
        np.random.default_rng(3), ("tanh", "identity"), "half_squared_error", "mean", "per unit"
    )
    plain = as_problem(network)
    merged = replace(plain.layers[1], symbols=Symbols(preactivation="z", activation="z"))
    for backward, sign in product(BACKWARD, SIGNS):
        notation = Notation(backward=frozenset(backward), delta_sign=sign)
        found = solve(replace(plain, layers=(plain.layers[0], merged), notation=notation))
        assert found.problem.merged(2), "the output layer has one symbol for z and a"
        assert_gradients(found, network)


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("backward", BACKWARD)
def test_the_short_form_of_softmax_is_its_full_jacobian(backward: tuple[str, ...], derivative: str) -> None:
    """Targets that sum to 1 give a − y, that is a_k(g_k − Σ_m g_m a_m) with g = −y/a; others take this."""
    rng = np.random.default_rng(5)
    network = random_network(rng, ("tanh", "softmax"), "cross_entropy", "mean", "none", samples=3)
    notation = Notation(backward=frozenset(backward), derivative=derivative)
    for total in (1.0, 0.7, 2.0):
        targets = rng.uniform(0.1, 1, network.targets.shape)
        network.targets = total * targets / targets.sum(axis=1, keepdims=True)
        found = solve(as_problem(network, notation=notation))
        a, y = network.forward()[1][-1], network.targets
        jacobian = np.einsum("ik,km->ikm", a, np.eye(a.shape[1])) - np.einsum("ik,im->ikm", a, a)
        full = np.einsum("im,ikm->ik", -y / a, jacobian)
        assert_agrees(
            f"delta, targets summing to {total}", found.layers[1].delta, full, "the Jacobian", 1e-13
        )
        if total == 1.0:
            assert_agrees("delta", found.layers[1].delta, a - y, "the short form", 1e-13)
        assert_gradients(found, network)


def test_an_update_goes_against_the_gradient_by_the_learning_rate() -> None:
    network = random_network(np.random.default_rng(11), ("tanh", "sigmoid"), "huber", "sum", "per unit")
    for sign in SIGNS:
        found = solve(as_problem(network, lr=0.3, notation=Notation(delta_sign=sign)))
        for solved, (_, _, W, b) in zip(found.layers, network.layers, strict=True):
            assert b is not None
            expected = W - 0.3 * network.by_parameter(W)
            assert_agrees("new_weights", solved.new_weights, expected, CENTRAL, 1e-7)
            assert_agrees("new_bias", solved.new_bias, b - 0.3 * network.by_parameter(b), CENTRAL, 1e-7)


def test_a_shared_bias_has_the_sum_of_its_units_as_gradient() -> None:
    shared = problem(
        [layer("tanh", [[0.3, -0.2], [0.5, 0.1]], 0.4, shared=True)], "squared_error", [[1, 2]], [[0, 1]]
    )
    apart = problem(
        [layer("tanh", [[0.3, -0.2], [0.5, 0.1]], [0.4, 0.4])], "squared_error", [[1, 2]], [[0, 1]]
    )
    one, two = solve(shared).layers[0], solve(apart).layers[0]
    assert one.bias_gradient is not None
    assert two.bias_gradient is not None
    assert one.bias_gradient.shape == (1,)
    assert one.bias_gradient[0] == pytest.approx(two.bias_gradient.sum(), abs=1e-15)
