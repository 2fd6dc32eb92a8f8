"""schedule = "online": one update after each sample in turn, as a plain loop does it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import backprop
from networks import assert_agrees, layer, problem

from backprop_cli.errors import InputError
from backprop_cli.problem.problem import Problem
from backprop_cli.values.solution import solve

X = np.array([[0.2, -0.5], [1.0, 0.3], [-0.7, 0.8]])
Y = np.array([[1.0], [0.0], [0.5]])
W1, B1 = np.array([[0.4, -0.3], [0.1, 0.9]]), np.array([0.2, -0.1])
W2, B2 = np.array([[0.7, -0.6]]), np.array([0.3])
RATE = 0.8


def online(*, frozen: tuple[str, ...] = (), shared: bool = False, **others: Any) -> Problem:
    layers = [
        layer("sigmoid", W1, 0.2 if shared else B1, frozen=frozenset(frozen), shared=shared),
        layer("sigmoid", W2, B2),
    ]
    others = {"lr": RATE, "schedule": "online", **others}
    return problem(layers, "half_squared_error", X, Y, **others)


def plain_loop(frozen: tuple[str, ...] = (), shared: bool = False) -> dict[str, Any]:
    """Stochastic gradient descent over the samples, written out for this one network."""
    w1, b1, w2, b2 = W1.copy(), np.full(2, 0.2) if shared else B1.copy(), W2.copy(), B2.copy()
    found: dict[str, Any] = {"losses": [], "delta": [], "hidden": [], "input_gradient": []}
    for x, y in zip(X, Y, strict=True):
        h = 1 / (1 + np.exp(-(w1 @ x + b1)))
        o = 1 / (1 + np.exp(-(w2 @ h + b2)))
        d2 = (o - y) * o * (1 - o)
        d1 = (w2.T @ d2) * h * (1 - h)
        found["losses"].append(0.5 * ((o - y) ** 2).sum())
        found["hidden"].append(h)
        found["delta"].append(d1)
        found["input_gradient"].append(w1.T @ d1)
        w2, b2 = w2 - RATE * np.outer(d2, h), b2 - RATE * d2
        if "weights" not in frozen:
            w1 = w1 - RATE * np.outer(d1, x)
        if "bias" not in frozen:
            b1 = b1 - RATE * (d1.sum() if shared else d1)
    return {**found, "w1": w1, "b1": b1[:1] if shared else b1, "w2": w2, "b2": b2}


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("frozen", [(), ("bias",), ("weights",), ("weights", "bias")])
def test_online_agrees_with_a_plain_loop(frozen: tuple[str, ...], shared: bool) -> None:
    """Each sample's values are those of its own turn; what is frozen stays."""
    solution, expected = solve(online(frozen=frozen, shared=shared)), plain_loop(frozen, shared)
    first, second = solution.layers
    loop = "the plain loop"
    assert len(solution.traces) == 3
    assert_agrees("sample_losses", solution.sample_losses, expected["losses"], loop, 1e-14)
    assert_agrees("loss", solution.loss, np.mean(expected["losses"]), loop, 1e-14)
    assert_agrees("input_gradient", solution.input_gradient, expected["input_gradient"], loop, 1e-14)
    assert_agrees("activation", first.activation, expected["hidden"], loop, 1e-14)
    assert_agrees("delta", first.delta, expected["delta"], loop, 1e-14)
    assert_agrees("new_weights of 1", first.new_weights, expected["w1"], loop, 1e-14)
    assert_agrees("new_bias of 1", first.new_bias, expected["b1"], loop, 1e-14)
    assert_agrees("new_weights of 2", second.new_weights, expected["w2"], loop, 1e-14)
    assert_agrees("new_bias of 2", second.new_bias, expected["b2"], loop, 1e-14)


def test_the_weights_are_the_first_and_the_gradients_the_sums_over_the_turns() -> None:
    """new = old − η·gradient holds for the pass as a whole."""
    for solved in solve(online(batch="sum")).layers:
        assert solved.bias is not None
        assert solved.bias_gradient is not None
        moved = solved.weights - RATE * solved.weight_gradient
        assert_agrees("new_weights", solved.new_weights, moved, "old − η·gradient", 1e-14)
        moved = solved.bias - RATE * solved.bias_gradient
        assert_agrees("new_bias", solved.new_bias, moved, "old − η·gradient", 1e-14)
    assert solve(online()).layers[0].weights.tolist() == W1.tolist()


def test_the_batch_is_the_mean_or_the_sum_of_the_turns_losses() -> None:
    mean, total = solve(online()), solve(online(batch="sum"))
    assert mean.loss == pytest.approx(mean.sample_losses.mean(), abs=1e-15)
    assert total.loss == pytest.approx(total.sample_losses.sum(), abs=1e-15)
    assert mean.sample_losses.tolist() == total.sample_losses.tolist(), "a turn has one sample, and no mean"


def test_online_without_a_learning_rate_is_a_batch() -> None:
    without = solve(online(lr=None))
    batch = solve(online(lr=None, schedule="batch"))
    assert len(without.traces) == 1
    assert without.to_dict() == batch.to_dict()


def test_one_sample_has_one_turn() -> None:
    single = solve(online().sample(1))
    assert len(single.traces) == 1
    assert single.to_dict() == solve(replace(online(schedule="batch").sample(1))).to_dict()


def test_by_hand_each_turn_starts_from_the_rounded_weights() -> None:
    """With one decimal and η = 0.5: 1 − 0.5·0.3 = 0.85 is 0.9, then 0.9 − 0.5·0.3 = 0.75 is 0.8."""
    of = problem(
        [layer("identity", [[1.0]])],
        "absolute_error",
        [[0.25], [0.25], [-1.0]],
        [[0.0], [0.0], [0.0]],
        lr=0.5,
        digits=1,
        schedule="online",
    )
    solution = solve(of, rounding="each-step")
    moved = [trace["new_weights", 1].item() for trace in solution.traces]
    assert moved == [0.9, 0.8, 0.3]
    assert [str(trace.problem.layers[0].weights.texts.item()) for trace in solution.traces] == [
        "1.0",
        "0.9",
        "0.8",
    ]
    assert solution.layers[0].weight_gradient.tolist() == [[1.6]], "0.3 + 0.3 + 1.0, as written"
    assert solution.sample_losses.tolist() == [0.3, 0.2, 0.8]
    assert solution.loss == 0.4, "1.3/3 to one decimal"


def test_texts_of_what_did_not_move_stay_as_typed() -> None:
    """A frozen 0.90 is not respelled; a moved weight is written with the update's digits."""
    of = online(frozen=("weights",), digits=3)
    moved = solve(of).next_problem()
    assert moved.layers[0].weights is not None
    assert moved.layers[0].bias is not None
    assert moved.layers[0].weights.texts.tolist() == of.layers[0].weights.texts.tolist()
    assert moved.layers[0].bias.texts.tolist() == [f"{value:.3f}" for value in moved.layers[0].bias.values]


def test_an_error_says_in_whose_turn_it_arose() -> None:
    of = problem(
        [layer("identity", [[1.0]])],
        "squared_error",
        [[1.0], [1e200]],
        [[0.0], [0.0]],
        lr=0.1,
        schedule="online",
    )
    with pytest.raises(InputError) as caught:
        solve(of)
    assert caught.value.message == "in the turn of sample 2: loss cannot be worked out: the value overflows"


@pytest.mark.filterwarnings("error")
def test_a_sum_over_the_turns_that_overflows_is_named() -> None:
    of = problem(
        [layer("identity", [[0.0]], name="out")],
        "absolute_error",
        [[1.0], [1.0]],
        [[1.7e308], [1.7e308]],
        lr=0.1,
        batch="sum",
        schedule="online",
    )
    with pytest.raises(InputError) as caught:
        solve(of)
    assert caught.value.message == "loss cannot be worked out: the sum over the samples overflows"
    of = problem(
        of.layers, "absolute_error", [[1.7e308], [1.7e308]], [[1.0], [1.0]], lr=1e-310, schedule="online"
    )
    with pytest.raises(InputError) as caught:
        solve(
            replace(of, targets=problem(of.layers, "absolute_error", [[1.0]], [[-1.0], [-1.7e308]]).targets)
        )
    assert (
        caught.value.message == "out.weight_gradient cannot be worked out: the sum over the samples overflows"
    )


def test_a_later_turn_says_where_its_rounded_parameters_do_not_quite_give_the_result(tmp_path: Path) -> None:
    """−1.2184·0.2342 + 1.0688·0.7472 − 0.3594 is 0.15386; the second turn's weights are those, rounded."""
    file = tmp_path / "problem.toml"
    file.write_text(
        'inputs = [[0, 0], [0, 1]]\ntargets = [[0], [1]]\nloss = "half_squared_error"\nlearning_rate = 0.5\n'
        'schedule = "online"\n'
        '[[layers]]\nactivation = "sigmoid"\nweights = [[0.5, -0.4], [0.9, 1.0]]\nbias = [-0.8, 0.1]\n'
        '[[layers]]\nactivation = "sigmoid"\nweights = [[-1.2, 1.1]]\nbias = -0.3\n',
        encoding="utf-8",
    )
    printed = backprop("solve", str(file), "--only", "forward").out
    assert "z⁽²⁾ = −1.2184·0.2342 + 1.0688·0.7472 + (−0.3594) ≈ 0.1538" in printed
