"""The perceptron rule: w ← w + η·(t − o)·x after each sample, worked out a second time in plain Python."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from command_line import backprop

from backprop_cli import InputError, load, solve
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.problem.problem import Problem
from backprop_cli.values.training.loop import train

TEXT = """
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = {targets}
rule = "perceptron"
{more}
[[layers]]
activation = "{activation}"
weights = [[0.5, -0.5]]
bias = [-0.5]
"""
OR, AND = [0, 1, 1, 1], [0, 0, 0, 1]


def given(targets: list[int], more: str = "learning_rate = 0.5", activation: str = "step") -> Problem:
    rows = [[target] for target in targets]
    text = TEXT.format(targets=rows, more=more, activation=activation)
    return parse_problem(text, "test.toml", "test")


def by_hand(
    targets: list[int], rate: str, low: int, epochs: int | None = None
) -> list[tuple[Fraction, Fraction, Fraction]]:
    """w₁, w₂, b after each turn, in exact fractions; until an epoch makes no mistake, or for so many."""
    w = [Fraction("0.5"), Fraction("-0.5"), Fraction("-0.5")]
    found = []
    for epoch in range(100):
        wrong = 0
        for (x1, x2), t in zip([(0, 0), (0, 1), (1, 0), (1, 1)], targets, strict=True):
            o = 1 if w[0] * x1 + w[1] * x2 + w[2] >= 0 else low
            wrong += o != t
            w = [old + Fraction(rate) * (t - o) * x for old, x in zip(w, (x1, x2, 1), strict=True)]
            found.append((w[0], w[1], w[2]))
        if (epochs is None and wrong == 0) or epoch + 1 == epochs:
            return found
    raise AssertionError("it does not learn")


def turns(problem: Problem) -> list[tuple[float, float, float]]:
    traces = solve(problem).traces
    return [(*map(float, t["new_weights", 1][0]), float(t["new_bias", 1][0])) for t in traces]


@pytest.mark.parametrize("targets", [OR, AND])
@pytest.mark.parametrize("rate", ["0.5", "0.1", "1"])
def test_every_turn_is_that_of_the_rule_until_an_epoch_is_right(targets: list[int], rate: str) -> None:
    expected = by_hand(targets, rate, low=0)
    received = turns(given(targets, f"learning_rate = {rate}"))
    assert len(received) == len(expected)
    np.testing.assert_allclose(received, [[float(w) for w in turn] for turn in expected], atol=1e-12)


def test_sign_has_targets_of_minus_1_and_1() -> None:
    signs = [-1, 1, 1, 1]
    expected = by_hand(signs, "0.25", low=-1)
    received = turns(given(signs, "learning_rate = 0.25", "sign"))
    np.testing.assert_allclose(received, [[float(w) for w in turn] for turn in expected], atol=1e-12)
    assert solve(given(signs, "learning_rate = 0.25\nepochs = 1", "sign")).loss == 1.0


def test_a_preactivation_of_0_on_paper_is_at_the_threshold() -> None:
    """−0.5 + 5·0.1 = 0, though floats added one by one make it −2.8e-17."""
    received = solve(given(OR, "learning_rate = 0.1")).traces
    assert any(abs(float(trace["preactivation", 1][0, 0])) == 2.7755575615628914e-17 for trace in received)
    assert all(
        float(trace["activation", 1][0, 0]) == 1.0
        for trace in received
        if abs(float(trace["preactivation", 1][0, 0])) < 1e-12
    )


@pytest.mark.parametrize("epochs", [1, 3, 6])
def test_epochs_says_how_many_there_are(epochs: int) -> None:
    expected = by_hand(OR, "0.5", low=0, epochs=epochs)
    received = turns(given(OR, f"learning_rate = 0.5\nepochs = {epochs}"))
    assert received == [tuple(map(float, turn)) for turn in expected]


def test_the_learning_rate_is_1_where_none_is_stated() -> None:
    assert turns(given(OR, "")) == [tuple(map(float, turn)) for turn in by_hand(OR, "1", low=0)]


def test_the_loss_counts_the_mistakes() -> None:
    solution = solve(given(OR, "epochs = 1\nlearning_rate = 0.5"))
    assert solution.sample_losses.tolist() == [0.0, 1.0, 0.0, 0.0]
    assert solution.loss == 1.0


def test_a_step_is_an_epoch() -> None:
    problem = given(OR)
    after = by_hand(OR, "0.5", low=0)
    trained = train(problem, 2).problem.layers[0]
    assert (*trained.weights.values[0], *trained.bias.values) == tuple(map(float, after[7]))
    assert train(problem, 5).losses[-1] == 0.0


def test_epochs_repeat_any_online_schedule() -> None:
    """Two epochs of the delta rule on one sample with w = 1, x = 1, t = 0: w halves in each turn."""
    text = (
        'inputs = [[1], [1]]\ntargets = [[0], [0]]\nloss = "half_squared_error"\nlearning_rate = 0.5\n'
        'schedule = "online"\nepochs = 2\n[[layers]]\nactivation = "identity"\nweights = [[1]]\n'
    )
    traces = solve(parse_problem(text, "test.toml", "test")).traces
    assert [float(trace["new_weights", 1][0, 0]) for trace in traces] == [0.5, 0.25, 0.125, 0.0625]


def test_xor_is_told_not_to_be_learned() -> None:
    with pytest.raises(InputError, match="after 100 epochs the perceptron still makes mistakes"):
        given([0, 1, 1, 0])
    assert len(turns(given([0, 1, 1, 0], "epochs = 2"))) == 8


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('loss = "squared_error"', "the perceptron rule has no loss"),
        ('schedule = "batch"', "moves after each sample"),
        ('batch = "mean"', "there is no batch"),
        ("epochs = 0", "epochs must be a whole number from 1 to 100, not 0"),
        ('epochs = "many"', "epochs must be a whole number"),
        ('optimizer = "adam"', "without an optimizer"),
        ("penalty = { l2 = 1 }", "a penalty belongs to a loss"),
    ],
)
def test_what_does_not_go_with_the_rule_is_refused(more: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        given(OR, more)


def test_the_rule_needs_one_layer_of_thresholds_and_their_targets() -> None:
    with pytest.raises(InputError, match='needs the activation "step" or "sign", not "sigmoid"'):
        given(OR, activation="sigmoid")
    with pytest.raises(InputError, match="needs targets 0 or 1, and this one is -1"):
        given([-1, 1, 1, 1])
    with pytest.raises(InputError, match="needs targets -1 or 1, and this one is 0"):
        given(OR, activation="sign")


def test_a_threshold_lets_no_gradient_pass() -> None:
    text = TEXT.format(targets=[[0]] * 4, more='loss = "squared_error"', activation="step")
    with pytest.raises(InputError, match='"step" has the derivative 0 everywhere'):
        parse_problem(text.replace('rule = "perceptron"\n', ""), "test.toml", "test")


def test_the_bundled_perceptron_learns_or_in_four_epochs() -> None:
    problem = load("perceptron-or")
    assert problem.epochs == 4
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    w, b = turns(problem)[-1][:2], turns(problem)[-1][2]
    assert (x @ w + b >= 0).tolist() == [False, True, True, True]


def test_solve_shows_the_rule_the_epochs_and_all_turns_in_a_table() -> None:
    out = backprop("solve", "perceptron-or").out
    assert "w₂ ← −0.5 + 0.5 · (1 − 0.0) · 1 = 0.0" in out
    assert "Epoch 4, sample 4" in out
    last = out.rstrip().splitlines()[-1].split()
    assert last == ["4", "4", "1", "1", "1", "0.5", "1.0", "0.5", "0.5", "−0.5"]
    assert "Loss" not in out


def test_step_tells_the_mistakes_and_derive_that_there_is_nothing_to_derive() -> None:
    assert "Mistakes before and after" in backprop("step", "perceptron-or").out
    ran = backprop("derive", "perceptron-or")
    assert (ran.status, "not derived from a loss" in ran.err) == (2, True)


def test_an_honest_sheet_is_right_and_a_forgotten_input_is_found(tmp_path: Path) -> None:
    """In turn 2, x = (0, 1), t − o = 1: who leaves x out moves w₁ too."""
    rows = {"preactivation": [], "activation": [], "new_weights": [], "new_bias": []}
    for trace in solve(load("perceptron-or")).traces:
        rows["preactivation"].append(trace["preactivation", 1][0].tolist())
        rows["activation"].append(trace["activation", 1][0].tolist())
        rows["new_weights"].append(trace["new_weights", 1].tolist())
        rows["new_bias"].append(trace["new_bias", 1].tolist())
    sheet = tmp_path / "answers.toml"

    def written() -> str:
        lines = [f"{role} = {values}" for role, values in rows.items()]
        return 'problem = "perceptron-or"\nstudent = "S"\n[1]\n' + "\n".join(lines) + "\n"

    sheet.write_text(written(), encoding="utf-8")
    assert backprop("check", sheet).status == 0
    rows["new_weights"][1] = [[1.0, 0.0]]
    sheet.write_text(written(), encoding="utf-8")
    ran = backprop("check", sheet)
    assert ran.status == 1
    assert "1.new_weights[2,1,1]" in ran.out or "w₁" in ran.out
