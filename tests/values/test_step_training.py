"""Many steps against plain loops, against PyTorch's numbers, and the compiled plan against the plain one."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from any_network import ACTIVATIONS as NAMES
from networks import assert_agrees, layer, numbers, problem

from backprop_cli import load
from backprop_cli.functions.losses import LOSSES
from backprop_cli.plan.optimizers import RULES, make_optimizer
from backprop_cli.problem.problem import Notation, Problem
from backprop_cli.values.training.loop import train
from backprop_cli.values.training.trainers import Compiled, DivergenceError, Plain

CASES = Path(__file__).parents[1] / "cases"
RANDOM = np.random.default_rng(7)
W1, B1 = RANDOM.normal(size=(3, 2)) * 0.6, RANDOM.normal(size=3) * 0.3
W2, B2 = RANDOM.normal(size=(2, 3)) * 0.6, RANDOM.normal(size=2) * 0.3
X = RANDOM.normal(size=(4, 2))
SIGNS = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0], [-1.0, -1.0]])
SHARES = np.array([[1.0, 0.0], [0.0, 1.0], [0.3, 0.7], [0.6, 0.4]])


def network(hidden: str, loss: str, optimizer: str, schedule: str, **others: Any) -> Problem:
    """2-3-2 on four samples; outputs within (0, 1) where the loss takes logarithms."""
    output = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}.get(loss, "tanh")
    layers = [layer(hidden, W1, B1), layer(others.pop("output", output), W2, B2)]
    targets = SIGNS if LOSSES[loss].targets == "signs" else SHARES
    made = problem(layers, loss, X, targets, lr=0.05, schedule=schedule, **others)
    return replace(made, optimizer=make_optimizer(optimizer))


def assert_same_steps(start: Problem, steps: int = 12) -> None:
    """The compiled plan and the plain evaluation take the same steps to 1e-12."""
    plain, compiled = Plain(start), Compiled(start)
    expected, received = plain.advance(steps, -math.inf), compiled.advance(steps, -math.inf)
    assert_agrees("losses", received[0], expected[0], "the plain evaluation", 1e-12)
    for ours, theirs in zip(compiled.problem.layers, plain.problem.layers, strict=True):
        for name in ("weights", "bias"):
            mine, own = getattr(ours, name), getattr(theirs, name)
            if own is not None:
                assert_agrees(
                    f"{name} of {ours.name}", mine.values, own.values, "the plain evaluation", 1e-12
                )
    assert compiled.problem.optimizer.taken == plain.problem.optimizer.taken
    for key, kept in plain.problem.optimizer.state.items():
        mine = compiled.problem.optimizer.state[key].values
        assert_agrees(str(key), mine, kept.values, "the plain evaluation", 1e-12)


@pytest.mark.parametrize("schedule", ["batch", "online"])
@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", sorted(NAMES))
def test_compiled_steps_are_the_plain_ones(activation: str, loss: str, optimizer: str, schedule: str) -> None:
    assert_same_steps(network(activation, loss, optimizer, schedule), steps=4)


@pytest.mark.parametrize("schedule", ["batch", "online"])
@pytest.mark.parametrize("output", ["softmax", "identity", "relu", "gelu", "softplus"])
@pytest.mark.parametrize("loss", ["squared_error", "half_mean_squared_error", "huber", "absolute_error"])
def test_compiled_steps_are_the_plain_ones_for_other_outputs(output: str, loss: str, schedule: str) -> None:
    assert_same_steps(network("tanh", loss, "momentum", schedule, output=output))


FORMS = [(name, form) for name in ("momentum", "nesterov") for form in RULES[name].forms]


@pytest.mark.parametrize("batch", ["mean", "sum"])
@pytest.mark.parametrize(("name", "form"), FORMS)
def test_compiled_steps_are_the_plain_ones_in_every_form_of_momentum(
    name: str, form: str, batch: str
) -> None:
    made = network("sigmoid", "half_squared_error", name, "batch", batch=batch)
    assert_same_steps(replace(made, optimizer=replace(made.optimizer, form=form)))


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_the_two_forms_of_momentum_take_the_same_way(name: str) -> None:
    """While η stays the same, −η·v of the one is the v of the other."""
    made = network("sigmoid", "half_squared_error", name, "batch")
    other = replace(made, optimizer=replace(made.optimizer, form="step"))
    one, two = train(made, 20), train(other, 20)
    assert_agrees("losses", two.losses, one.losses, "the other form", 1e-14)
    for key, velocity in one.problem.optimizer.state.items():
        scaled = two.problem.optimizer.state[key].values
        assert_agrees(str(key), scaled, -0.05 * velocity.values, "the other form", 1e-14)


@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("frozen", [(), ("bias",), ("weights",), ("weights", "bias")])
@pytest.mark.parametrize("shared", [False, True])
def test_compiled_steps_are_the_plain_ones_with_frozen_shared_and_decaying_parameters(
    optimizer: str, frozen: tuple[str, ...], shared: bool
) -> None:
    first = layer("sigmoid", W1, 0.2 if shared else B1, shared=shared, frozen=frozenset(frozen))
    made = problem([first, layer("softmax", W2)], "cross_entropy", X, SHARES, lr=0.1)
    own = make_optimizer(optimizer)
    decay = replace(own, settings={**own.settings, "weight_decay": numbers(0.02)})
    assert_same_steps(replace(made, optimizer=decay))
    assert_same_steps(replace(made, optimizer=decay, schedule="online"))


@pytest.mark.parametrize("derivative", ["prime", "preactivation", "activation"])
@pytest.mark.parametrize("sign", ["gradient", "descent"])
@pytest.mark.parametrize("named", [(), ("activation",), ("preactivation",), ("activation", "preactivation")])
def test_compiled_steps_are_the_plain_ones_in_every_notation(
    named: tuple[str, ...], sign: Any, derivative: Any
) -> None:
    """How a handout derives the gradient changes nothing of it."""
    notation = Notation(backward=frozenset(named), delta_sign=sign, derivative=derivative)
    assert_same_steps(network("silu", "mean_squared_error", "nesterov", "batch", notation=notation))


def or_loop(steps: int) -> tuple[list[float], list[np.ndarray]]:
    """The handout's OR batch by plain NumPy, samples in columns as there."""
    x, y = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0.0, 1, 1, 1]])
    w1, b1 = np.array([[0.2, 0.4], [0.3, 0.5]]), np.array([[0.3], [0.5]])
    w2, b2 = np.array([[0.4, 0.6]]), np.array([[0.5]])
    losses = []
    for step in range(steps + 1):
        h = 1 / (1 + np.exp(-(w1 @ x + b1)))
        a = 1 / (1 + np.exp(-(w2 @ h + b2)))
        losses.append(float(((a - y) ** 2).sum() / 8))
        if step == steps:
            break
        d2 = (a - y) * a * (1 - a)
        d1 = (w2.T @ d2) * h * (1 - h)
        w2, b2 = w2 - 0.5 * d2 @ h.T / 4, b2 - 0.5 * d2.mean(axis=1, keepdims=True)
        w1, b1 = w1 - 0.5 * d1 @ x.T / 4, b1 - 0.5 * d1.mean(axis=1, keepdims=True)
    return losses, [w1, b1.ravel(), w2, b2.ravel()]


def test_ten_steps_of_the_or_batch_agree_with_a_numpy_loop() -> None:
    trained = train(load("or-batch"), 10)
    losses, parameters = or_loop(10)
    assert_agrees("losses", trained.losses, losses, "the loop", 1e-12)
    received = [n.values for own in trained.problem.layers for n in (own.weights, own.bias) if n]
    for name, mine, theirs in zip(("W1", "b1", "W2", "b2"), received, parameters, strict=True):
        assert_agrees(name, mine, theirs, "the loop", 1e-12)


def test_xor_without_biases_reaches_what_a_loop_reaches_after_60000_steps() -> None:
    """3-4-1, the third input always 1, the error summed over the samples, as small XOR scripts have it."""
    random = np.random.default_rng(1)
    w1, w2 = 2 * random.random((4, 3)) - 1, 2 * random.random((1, 4)) - 1
    x = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    y = np.array([[0.0], [1], [1], [0]])
    made = problem(
        [layer("sigmoid", w1), layer("sigmoid", w2)], "half_squared_error", x, y, lr=1.0, batch="sum"
    )
    trained = train(made, 60_000)
    for _ in range(60_000):
        h = 1 / (1 + np.exp(-x @ w1.T))
        a = 1 / (1 + np.exp(-h @ w2.T))
        d2 = (a - y) * a * (1 - a)
        d1 = d2 @ w2 * h * (1 - h)
        w2 = w2 - d2.T @ h
        w1 = w1 - d1.T @ x
    first, second = trained.problem.layers
    assert first.weights is not None
    assert second.weights is not None
    assert trained.losses[-1] < 1e-4, "XOR is learnt"
    # Sixty thousand steps through a saddle let a last place grow; four more figures than any table shows.
    assert_agrees("W1", first.weights.values, w1, "the loop", 1e-9)
    assert_agrees("W2", second.weights.values, w2, "the loop", 1e-9)


PYTORCH = json.loads((CASES / "pytorch_optimizers.json").read_text(encoding="utf-8"))
RATES = {"adam": 0.05, "rmsprop": 0.01}


@pytest.mark.parametrize("run", PYTORCH)
def test_a_hundred_steps_agree_with_pytorch(run: str) -> None:
    """The numbers are PyTorch 2.13.0's, by scripts/pytorch_optimizers.py; its decay takes biases along."""
    name, _, decay = run.partition(", ")
    own = make_optimizer(name)
    if decay:
        own = replace(
            own,
            settings={**own.settings, "weight_decay": numbers(0.01)},
            decays=frozenset(("weights", "bias")),
        )
    start = replace(load("or-batch"), optimizer=own, learning_rate=numbers(RATES.get(name, 0.5)))
    trained, expected = train(start, 100), PYTORCH[run]
    assert_agrees("losses", trained.losses[:-1], expected["losses"], "PyTorch", 1e-10)
    for level, done in enumerate(trained.problem.layers, start=1):
        assert done.weights is not None
        assert done.bias is not None
        assert_agrees(f"W{level}", done.weights.values, expected[f"W{level}"], "PyTorch", 1e-10)
        assert_agrees(f"b{level}", done.bias.values, expected[f"b{level}"], "PyTorch", 1e-10)


@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("schedule", ["batch", "online"])
def test_one_step_at_a_time_is_bit_for_bit_the_same(optimizer: str, schedule: str) -> None:
    start = network("tanh", "half_squared_error", optimizer, schedule)
    at_once, by_one = train(start, 9).problem, start
    for _ in range(9):
        by_one = train(by_one, 1).problem
    for mine, own in zip(by_one.layers, at_once.layers, strict=True):
        assert mine.weights is not None
        assert own.weights is not None
        assert np.array_equal(mine.weights.values, own.weights.values)


@pytest.mark.parametrize("optimizer", RULES)
def test_by_hand_every_written_line_of_an_update_is_rounded(optimizer: str) -> None:
    start = replace(
        network("sigmoid", "half_squared_error", optimizer, "batch", digits=5), rounding="each-step"
    )
    after = train(start, 3).problem
    kept = [n.values for n in after.optimizer.state.values()]
    for values in [*kept, *(own.weights.values for own in after.layers if own.weights)]:
        assert np.array_equal(values, np.round(values, 5)), "five decimals are all there is"


def test_by_hand_and_online_the_losses_are_of_the_whole_batch() -> None:
    start = replace(load("or-batch"), schedule="online", rounding="each-step")
    trained = train(start, 2)
    assert len(trained.losses) == 3
    assert trained.losses[0] == pytest.approx(0.09034, abs=2e-5)
    assert trained.losses[-1] < trained.losses[0]


def test_training_stops_once_the_loss_has_come_down() -> None:
    trained = train(load("or-batch"), 5000, until=0.02)
    assert trained.reached
    assert trained.losses[-1] <= 0.02 < trained.losses[-2]
    as_many = train(load("or-batch"), trained.steps)
    assert trained.losses == as_many.losses, "not one step more"
    for mine, own in zip(trained.problem.layers, as_many.problem.layers, strict=True):
        assert mine.weights is not None
        assert own.weights is not None
        assert np.array_equal(mine.weights.values, own.weights.values)
    again = train(trained.problem, 5, until=0.02)
    assert (again.steps, again.reached) == (0, True), "nothing is left to do"
    online = train(replace(load("or-batch"), schedule="online"), 5000, until=0.02)
    assert online.losses[-1] <= 0.02 < online.losses[-2]
    by_hand = train(replace(load("or-batch"), rounding="each-step"), 10, until=1.0)
    assert (by_hand.steps, by_hand.reached) == (0, True)


def test_a_wish_to_stop_keeps_what_was_reached() -> None:
    looks = iter([False, False, True])
    seen: list[int] = []
    start = load("or-batch")
    trained = train(start, 10**6, progress=lambda taken, _: seen.append(taken), stopped=lambda: next(looks))
    assert trained.interrupted
    assert trained.steps == seen[-1] < 10**6
    assert_agrees("losses", trained.losses, train(start, trained.steps).losses, "a run of that many", 1e-15)


def diverging(**others: Any) -> Problem:
    return problem([layer("identity", [[1.0]])], "half_squared_error", [[1e3]], [[0.0]], lr=1.0, **others)


def test_divergence_names_the_step_and_the_quantity() -> None:
    """w ← w − 10⁶·w: the loss passes 1.8e308 once 26 steps have been taken."""
    with pytest.raises(DivergenceError, match=r"^step 27 diverges: loss cannot be worked out") as error:
        train(diverging(), 100)
    assert error.value.help is not None
    assert "smaller learning rate" in error.value.help
    plain = Plain(diverging())
    with pytest.raises(DivergenceError) as also:
        plain.advance(100, -math.inf)
    assert also.value.taken == 26


def test_divergence_within_a_pass_over_the_samples_is_found() -> None:
    made = problem(
        [layer("identity", [[1.0]])],
        "half_squared_error",
        [[1e3], [2e3]],
        [[0.0], [0.0]],
        lr=1.0,
        schedule="online",
    )
    with pytest.raises(DivergenceError, match=r"^step 1\d diverges: "):
        train(made, 100)


def test_a_logarithm_of_nothing_is_worked_out_line_by_line() -> None:
    """A ReLU output that is 0 where its target is 0 adds 0·ln 0 = 0: the fast path asks the plain one."""
    made = problem(
        [layer("relu", [[1.0, 0.0], [0.0, -1.0]])], "cross_entropy", [[0.5, 0.5]], [[1.0, 0.0]], lr=0.1
    )
    trained = train(made, 3)
    assert trained.losses[0] == pytest.approx(math.log(2))
    assert trained.losses[3] < trained.losses[0]
