"""A solution is frozen, and its JSON is the one that the contract states."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from networks import layer, problem

from backprop_cli.problem.problem import Numbers, Symbols
from backprop_cli.values.solution import Solution, solve
from backprop_cli.values.trace import cell_name

TOP = ["schema", "problem", "rounding", "loss", "sample_losses", "input_gradient", "layers"]
LAYER = [
    "name",
    "activation_function",
    "weights",
    "bias",
    "preactivation",
    "activation",
    "activation_gradient",
    "delta",
    "weight_gradient",
    "bias_gradient",
    "new_weights",
    "new_bias",
]


def solved(lr: float | None = 0.5) -> Solution:
    return solve(
        problem(
            [
                layer("relu", [[0.5, -1.0], [-2.0, 0.25]], name="hid"),
                layer("identity", [[1.0, 3.0]], [0.5], name="out"),
            ],
            "squared_error",
            [[1.0, 0.25], [0.0, -1.0]],
            [[1.0], [2.0]],
            lr=lr,
        )
    )


def test_the_json_has_the_contracts_keys_in_its_order() -> None:
    found = solved().to_dict()
    assert list(found) == TOP
    assert [list(each) for each in found["layers"]] == [LAYER, LAYER]
    assert found["schema"] == "backprop.solution/1"
    assert found["problem"] == "test"
    assert found["rounding"] == "carry"


def test_the_json_has_the_values_in_the_contracts_nesting() -> None:
    """z = (0.25, −1.9375), (1, −0.25) and a = 0.75, 1.5: everything here is exact in binary."""
    found = json.loads(json.dumps(solved().to_dict(), allow_nan=False))
    assert found["loss"] == 0.15625
    assert found["sample_losses"] == [0.0625, 0.25]
    assert found["input_gradient"] == [[-0.25, 0.5], [-0.5, 1.0]]
    assert found["layers"] == [
        {
            "name": "hid",
            "activation_function": "relu",
            "weights": [[0.5, -1.0], [-2.0, 0.25]],
            "bias": None,
            "preactivation": [[0.25, -1.9375], [1.0, -0.25]],
            "activation": [[0.25, 0.0], [1.0, 0.0]],
            "activation_gradient": [[-0.5, -1.5], [-1.0, -3.0]],
            "delta": [[-0.5, 0.0], [-1.0, 0.0]],
            "weight_gradient": [[-0.25, 0.4375], [0.0, 0.0]],
            "bias_gradient": None,
            "new_weights": [[0.625, -1.21875], [-2.0, 0.25]],
            "new_bias": None,
        },
        {
            "name": "out",
            "activation_function": "identity",
            "weights": [[1.0, 3.0]],
            "bias": [0.5],
            "preactivation": [[0.75], [1.5]],
            "activation": [[0.75], [1.5]],
            "activation_gradient": [[-0.5], [-1.0]],
            "delta": [[-0.5], [-1.0]],
            "weight_gradient": [[-0.5625, 0.0]],
            "bias_gradient": [-0.75],
            "new_weights": [[1.28125, 3.0]],
            "new_bias": [0.875],
        },
    ]


def test_without_a_learning_rate_there_is_nothing_new() -> None:
    solution = solved(lr=None)
    assert [list(each) for each in solution.to_dict()["layers"]] == [LAYER[:-2], LAYER[:-2]]
    assert solution.layers[1].new_weights is None
    assert solution.layers[1].new_bias is None


def test_a_bias_of_0_is_a_bias() -> None:
    solution = solve(problem([layer("identity", [[1.0]], [0.0])], "squared_error", [[1]], [[0]]))
    found = solution.to_dict()["layers"][0]
    assert found["bias"] == [0.0]
    assert found["bias_gradient"] == [2.0]


def test_minus_0_never_appears() -> None:
    """−0 arises in δ·(−0), in 0·(−1) and from a typed −0.0; it is written 0 everywhere."""
    of = problem(
        [layer("relu", [[-0.0, 1.0]], [-0.0]), layer("identity", [[-1.0], [-0.0]])],
        "squared_error",
        [[-0.0, 0.0], [1.0, -1.0]],
        [[-0.0, 1.0], [0.0, 0.0]],
        lr=0.1,
    )
    for schedule in ("batch", "online"):
        for rounding in ("carry", "each-step"):
            text = json.dumps(solve(replace(of, schedule=schedule), rounding=rounding).to_dict())
            assert "-0.0," not in text, f"−0 with {schedule}, {rounding}: {text}"
            assert "-0.0]" not in text, f"−0 with {schedule}, {rounding}: {text}"


def test_nothing_in_a_solution_can_be_changed() -> None:
    solution = solved()
    with pytest.raises(FrozenInstanceError):
        solution.loss = 0.0
    with pytest.raises(ValueError, match="read-only"):
        solution.sample_losses[0] = 1
    for each in solution.layers:
        for role in LAYER[2:]:
            array = getattr(each, role)
            if array is not None:
                with pytest.raises(ValueError, match="read-only"):
                    array[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        solution.traces[0]["delta", 1][0, 0] = 1


def test_steps_go_on_from_the_new_weights() -> None:
    solution = solved()
    after = solve(solution.next_problem())
    assert after.layers[0].weights.tolist() == [[0.625, -1.21875], [-2.0, 0.25]]
    assert after.layers[1].bias is not None
    assert after.layers[1].bias.tolist() == [0.875]
    assert solved().problem.layers[0].weights is not None
    assert solution.problem.layers[0].weights.values.tolist() == [[0.5, -1.0], [-2.0, 0.25]], (
        "the old ones stay"
    )


def test_a_shared_bias_is_one_number() -> None:
    of = problem(
        [layer("identity", [[1.0], [2.0]], 0.5, shared=True)], "half_squared_error", [[1]], [[0, 0]], lr=0.1
    )
    found = solve(of).to_dict()["layers"][0]
    assert found["bias"] == [0.5]
    assert found["bias_gradient"] == [4.0]
    assert found["new_bias"] == [pytest.approx(0.1)]
    moved = solve(of).next_problem().layers[0].bias
    assert moved is not None
    assert moved.values.shape == (1,)


def test_cells_are_named_as_the_contract_names_them() -> None:
    several, one = solved(), solve(solved().problem.sample(0))
    names = {}
    for solution in (several, one):
        plan = solution.traces[0].plan
        for step in plan.steps:
            place = tuple(0 for _ in step.indices)
            names[step.key, solution is several] = cell_name(plan.problem, step, place)
    assert names[("preactivation", 1), True] == "hid.preactivation[1,1]"
    assert names[("preactivation", 1), False] == "hid.preactivation[1]"
    assert names[("weight_gradient", 2), True] == "out.weight_gradient[1,1]"
    assert names[("new_bias", 2), False] == "out.new_bias[1]"
    assert names[("loss", 0), True] == "loss"


def test_a_plan_finds_its_steps() -> None:
    plan = solved().traces[0].plan
    step = plan.step("delta", 2)
    assert step is not None
    assert step.key == step.ref.key == ("delta", 2)
    assert plan.step("delta", 3) is None
    assert {each.quantity for each in plan.written("update")} == {"new_weights", "new_bias"}
    assert {each.phase for each in plan.written()} == {"forward", "loss", "backward", "gradient", "update"}


def test_a_problem_tells_its_sizes_and_a_sample_of_itself() -> None:
    of = solved().problem
    assert of.shape == "2-2-1"
    assert of.sizes == (2, 2, 1)
    second = of.sample(1)
    assert second.inputs is not None
    assert second.inputs.values.tolist() == [[0.0, -1.0]]
    assert second.samples == 1
    letters = replace(of, inputs=None, targets=None)
    assert letters.samples == 1
    assert letters.sample(0) is letters
    with pytest.raises(ValueError, match="read-only"):
        Numbers(np.zeros(1), np.array(["0"])).values[0] = 1


def test_an_output_is_one_line_where_prediction_and_preactivation_share_a_symbol() -> None:
    of = solved().problem
    assert not of.merged(1), "ReLU is never merged with its preactivation"
    assert not of.merged(2)
    predicted = replace(of, notation=replace(of.notation, prediction="z"))
    assert predicted.merged(2)
    other = replace(predicted.layers[1], symbols=Symbols(preactivation="p"))
    assert not replace(predicted, layers=(predicted.layers[0], other)).merged(2)
