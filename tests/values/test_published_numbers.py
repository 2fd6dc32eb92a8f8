"""Worked examples that others have published come out with the numbers they print."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from networks import layer, problem

from backprop_cli.problem.problem import Notation, Problem
from backprop_cli.values.solution import LayerSolution, solve


def assert_printed(what: str, received: Any, printed: Any, decimals: int) -> None:
    """The value agrees with a printed one to its decimals: within half a unit of the last place."""
    received, printed = np.asarray(received, dtype=np.float64), np.asarray(printed, dtype=np.float64)
    assert received.shape == printed.shape, f"{what} has shape {received.shape}, expected {printed.shape}"
    off = ~(np.abs(received - printed) <= 0.5000001 * 10.0**-decimals)
    assert not off.any(), f"{what}: received\n{received!r}\nexpected, as published,\n{printed!r}"


def bias_of(solved: LayerSolution, role: str) -> Any:
    array = getattr(solved, role)
    assert array is not None, f"{solved.name}.{role} is missing"
    return array


MAZUR = problem(
    [
        layer("sigmoid", [[0.15, 0.20], [0.25, 0.30]], [0.35, 0.35], frozen=frozenset(["bias"])),
        layer("sigmoid", [[0.40, 0.45], [0.50, 0.55]], [0.60, 0.60], frozen=frozenset(["bias"])),
    ],
    "half_squared_error",
    [[0.05, 0.10]],
    [[0.01, 0.99]],
    lr=0.5,
)


@pytest.mark.parametrize(
    "backward", [(), ("activation",), ("preactivation",), ("activation", "preactivation")]
)
@pytest.mark.parametrize("sign", ["gradient", "descent"])
def test_mazurs_example(backward: tuple[str, ...], sign: str) -> None:
    """Matt Mazur, "A Step by Step Backpropagation Example" (2015), every number that it prints."""
    notation = Notation(backward=frozenset(backward), delta_sign=sign)
    solution = solve(replace(MAZUR, notation=notation))
    hidden, output = solution.layers
    assert_printed("net of h1", hidden.preactivation[0, 0], 0.3775, 10)
    assert_printed("out of h1, h2", hidden.activation, [[0.593269992, 0.596884378]], 9)
    assert_printed("net of o1", output.preactivation[0, 0], 1.105905967, 9)
    assert_printed("out of o1, o2", output.activation, [[0.75136507, 0.772928465]], 8)
    assert_printed("E", solution.loss, 0.298371109, 9)
    assert_printed("∂E/∂out of o1", output.activation_gradient[0, 0], 0.74136507, 8)
    assert_printed("∂E/∂net of o1", output.delta[0, 0], 0.138498562, 9)
    assert_printed("∂E/∂w5", output.weight_gradient[0, 0], 0.082167041, 9)
    assert_printed("∂E/∂out of h1", hidden.activation_gradient[0, 0], 0.036350306, 9)
    assert_printed("∂E/∂w1", hidden.weight_gradient[0, 0], 0.000438568, 9)
    assert_printed("w5, w7", output.new_weights[:, 0], [0.35891648, 0.511301270], 8)
    assert_printed("w6, w8", output.new_weights[:, 1], [0.408666186, 0.561370121], 9)
    assert_printed("w1", hidden.new_weights[0, 0], 0.149780716, 9)
    assert_printed("w2, w3, w4", hidden.new_weights.flat[1:], [0.19956143, 0.24975114, 0.29950229], 8)
    assert bias_of(output, "new_bias").tolist() == [0.6, 0.6], "the example holds its biases fixed"
    # Printed as 0.291027924, but the printed weights give 0.29102777: 0.291028 is what both have in common.
    assert_printed("E after the step", solve(solution.next_problem()).loss, 0.291028, 6)


W3WI = problem(
    [
        layer("relu", [[0.30, 0.31], [-0.20, -0.44]], name="hid"),
        layer("sigmoid", [[-1.40, 0.50], [-0.81, 0.70]], name="out"),
    ],
    "squared_error",
    [[1, 1]],
    [[0, 1]],
    lr=0.1,
    digits={"forward": 2, "loss": 2, "backward": 2, "gradient": 3, "update": 4},
    notation=Notation(backward=frozenset(["activation"]), derivative="prime"),
)


def test_w3wi_ds304_rounded_at_each_step() -> None:
    """W3WI DS304.1: every written line is rounded, the next computes with it; hidden weights are chosen."""
    solution = solve(W3WI, rounding="each-step")
    hidden, output = solution.layers
    assert hidden.preactivation.tolist() == [[0.61, -0.64]]
    assert hidden.activation.tolist() == [[0.61, 0.0]]
    assert output.preactivation.tolist() == [[-0.85, -0.49]]
    assert output.activation.tolist() == [[0.30, 0.38]]
    assert output.activation_gradient.tolist() == [[0.60, -1.24]]
    assert output.weight_gradient[0, 0] == 0.077
    assert output.new_weights is not None
    assert output.new_weights[0, 0] == -1.4077


def test_w3wi_ds304_with_full_precision() -> None:
    solution = solve(replace(W3WI, rounding="each-step"), rounding="carry")
    output = solution.layers[1]
    assert solution.problem.rounding == "carry"
    assert_printed("∂J/∂Θ11", output.weight_gradient[0, 0], 0.0763, 4)
    assert_printed("Θ11", bias_of(output, "new_weights")[0, 0], -1.40763, 5)


OR = problem(
    [
        layer("sigmoid", [[0.2, 0.4], [0.3, 0.5]], [0.3, 0.5]),
        layer("sigmoid", [[0.4, 0.6]], [0.5]),
    ],
    "half_squared_error",
    [[0, 0], [0, 1], [1, 0], [1, 1]],
    [[0], [1], [1], [1]],
    lr=0.5,
    notation=Notation(loss_steps=("terms", "sum", "mean")),
)


def test_the_or_batch() -> None:
    """The OR truth table as one batch of four; recomputed independently to five decimals."""
    solution = solve(OR)
    first, second = solution.layers
    assert_printed("Z1", first.preactivation.T, [[0.3, 0.7, 0.5, 0.9], [0.5, 1.0, 0.8, 1.3]], 5)
    a1 = [[0.57444, 0.66819, 0.62246, 0.71095], [0.62246, 0.73106, 0.68997, 0.78583]]
    assert_printed("a1", first.activation.T, a1, 5)
    assert_printed("Z2", second.preactivation[:, 0], [1.10325, 1.20591, 1.16297, 1.25588], 5)
    assert_printed("a2", second.activation[:, 0], [0.75087, 0.76957, 0.76187, 0.77832], 5)
    trace = solution.traces[0]
    assert_printed("Σ(a − y)²", trace["loss_sum", 0], 0.72275, 5)
    assert_printed("MSE", trace["loss_mean", 0], 0.18069, 5)
    assert_printed("loss", solution.loss, 0.09034, 5)
    assert_printed("δ2", second.delta[:, 0], [0.14046, -0.04086, -0.04320, -0.03825], 5)
    d1 = [[0.01373, -0.00362, -0.00406, -0.00314], [0.01981, -0.00482, -0.00554, -0.00386]]
    assert_printed("δ1", first.delta.T, d1, 5)
    assert_printed("∂C/∂W2", second.weight_gradient, [[-0.00018, -0.00058]], 5)
    assert_printed("∂C/∂b2", second.bias_gradient, [0.00454], 5)
    assert_printed("∂C/∂W1", first.weight_gradient, [[-0.00180, -0.00169], [-0.00235, -0.00217]], 5)
    assert_printed("∂C/∂b1", first.bias_gradient, [0.00073, 0.00139], 5)
    assert_printed("W2", second.new_weights, [[0.40009, 0.60029]], 5)
    assert_printed("b2", second.new_bias, [0.49773], 5)
    assert_printed("W1", first.new_weights, [[0.20090, 0.40085], [0.30118, 0.50109]], 5)
    assert_printed("b1", first.new_bias, [0.29964, 0.49930], 5)


def test_han_kamber_peis_example_9_1() -> None:
    """Han, Kamber, Pei, *Data Mining* (3rd ed.), example 9.1: 3-2-1, Err = O(1 − O)(T − O), by hand."""
    book = problem(
        [
            layer("sigmoid", [[0.2, 0.4, -0.5], [-0.3, 0.1, 0.2]], [-0.4, 0.2]),
            layer("sigmoid", [[-0.3, -0.2]], [0.1]),
        ],
        "half_squared_error",
        [[1, 0, 1]],
        [[1]],
        lr=0.9,
        digits={"forward": 3, "loss": 3, "backward": 4, "gradient": 4, "update": 3},
        notation=Notation(delta_sign="descent"),
    )
    solution = solve(book, rounding="each-step")
    hidden, output = solution.layers
    assert_printed("I4, I5", hidden.preactivation, [[-0.7, 0.1]], 3)
    assert_printed("O4, O5", hidden.activation, [[0.332, 0.525]], 3)
    assert_printed("I6", output.preactivation, [[-0.105]], 3)
    assert_printed("O6", output.activation, [[0.474]], 3)
    errors = solution.traces[0]
    assert_printed("Err6", errors["descent_delta", 2], [[0.1311]], 4)
    assert_printed("Err4, Err5", errors["descent_delta", 1], [[-0.0087, -0.0065]], 4)
    assert_printed("−Err6", output.delta, [[-0.1311]], 4)
    assert_printed("w46, w56", output.new_weights, [[-0.261, -0.138]], 3)
    assert_printed(
        "w14, w24, w34; w15, w25, w35", hidden.new_weights, [[0.192, 0.4, -0.508], [-0.306, 0.1, 0.194]], 3
    )
    assert_printed("θ6", output.new_bias, [0.218], 3)
    assert_printed("θ4, θ5", hidden.new_bias, [-0.408, 0.194], 3)


def test_the_sigmoid_neuron_of_cs231n() -> None:
    """CS231n notes, "Backpropagation, Intuitions": w = [2, −3, −3], x = [−1, −2]; |a|′ = a′."""
    neuron = problem([layer("sigmoid", [[2, -3]], [-3])], "absolute_error", [[-1, -2]], [[0]])
    solution = solve(neuron)
    (unit,) = solution.layers
    assert_printed("f", unit.activation, [[0.73]], 2)
    assert_printed("df", unit.delta, [[0.20]], 2)
    assert_printed("dw", [*unit.weight_gradient[0], *bias_of(unit, "bias_gradient")], [-0.20, -0.39, 0.20], 2)
    assert_printed("dx", solution.input_gradient, [[0.39, -0.59]], 2)


def test_the_softmax_classifier_of_cs231n() -> None:
    """CS231n notes, "Linear classification": scores −2.85, 0.86, 0.28, the loss −ln 0.353 = 1.04."""
    classifier = problem(
        [
            layer(
                "softmax",
                [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0.0, -0.45, -0.2, 0.03]],
                [0.0, 0.2, -0.3],
            )
        ],
        "cross_entropy",
        [[-15, 22, -44, 56]],
        [[0, 0, 1]],
    )
    solution = solve(classifier)
    assert_printed("scores", solution.layers[0].preactivation, [[-2.85, 0.86, 0.28]], 2)
    # The first is printed as 0.016, from 0.058/3.738 with the exponential rounded; it is 0.0154.
    assert_printed("probabilities", solution.layers[0].activation[0, 1:], [0.631, 0.353], 3)
    assert_printed("loss", solution.loss, 1.04, 2)


def two_by_two(hidden: str, output: str, loss: str, targets: Any) -> Problem:
    return problem(
        [
            layer(hidden, [[0.4, -0.7], [-0.3, 0.9]], [0.1, -0.2]),
            layer(output, [[0.8, -0.5], [0.6, 1.1]], [-0.3, 0.05]),
        ],
        loss,
        [[0.5, -1.0], [1.5, 0.25]],
        targets,
    )


# From PyTorch 2.13.0 in float64 (autograd through torch.nn.functional), for the network above: hidden
# activation, output activation, loss, targets; then the loss, ∂L/∂W and ∂L/∂b of the first layer.
REAL = [[0.2, -0.4], [1.0, 0.3]]
PYTORCH = [
    (
        "gelu",
        "identity",
        "huber",
        REAL,
        0.40518884457518517,
        [[-0.3856200859032215, -0.46153585363233707], [0.0118900399116392, 0.05320415051954944]],
        [-0.012608771536424535, -0.023594831156923346],
    ),
    (
        "silu",
        "identity",
        "huber",
        REAL,
        0.3380057225922442,
        [[-0.38641160665389623, -0.33005791213690133], [0.04830199770870357, 0.006240838363659313]],
        [-0.09412713611105783, 0.03331486693675086],
    ),
    (
        "elu",
        "identity",
        "huber",
        REAL,
        0.27526856277548484,
        [[-0.39514208010376745, -0.43662310557510453], [0.0003149734419870471, 0.005748437221432225]],
        [-0.03526430434129524, -0.003295212565506718],
    ),
    (
        "softplus",
        "identity",
        "huber",
        REAL,
        0.8981664122185764,
        [[0.13899899888756373, -0.34895163822753117], [0.4546616484199362, -0.031302933940621336]],
        [0.3216617765150682, 0.36900307351725636],
    ),
    (
        "leaky_relu",
        "identity",
        "huber",
        REAL,
        0.48514817093749985,
        [[-0.2883287499999999, -0.5057631249999999], [0.006156900000000001, -0.004102756250000001]],
        [0.08944750000000001, 0.007260850000000001],
    ),
    (
        "tanh",
        "identity",
        "huber",
        REAL,
        0.23928731726929742,
        [[-0.4250515048078905, -0.16434789788462997], [-0.07449143945214763, 0.03246557115737237]],
        [-0.22582552807706655, -0.07727992029080424],
    ),
    (
        "softmax",
        "identity",
        "huber",
        REAL,
        0.5524720978335824,
        [[-0.21188774714404168, -0.022646108036624042], [0.21188774714404165, 0.02264610803662407]],
        [-0.14905450824210958, 0.14905450824210953],
    ),
    (
        "tanh",
        "identity",
        "half_mean_squared_error",
        REAL,
        0.11964365863464871,
        [[-0.21252575240394525, -0.08217394894231499], [-0.037245719726073816, 0.016232785578686185]],
        [-0.11291276403853327, -0.03863996014540212],
    ),
    (
        "tanh",
        "identity",
        "absolute_error",
        REAL,
        0.838041754190955,
        [[-0.7855165641993577, -0.17641664770807913], [-0.4897570249198582, 0.1614000465363986]],
        [-0.49567942002530335, -0.4760592785761362],
    ),
    (
        "tanh",
        "softmax",
        "cross_entropy",
        [[0, 1], [1, 0]],
        0.9750786692930438,
        [[-0.030581521755551386, -0.03973190928329501], [0.3215745222393732, 0.2386006902588938]],
        [0.0009261582085266333, 0.10053382310173706],
    ),
    (
        "tanh",
        "sigmoid",
        "binary_cross_entropy",
        [[1, 0], [0, 1]],
        1.243331437661979,
        [[0.07911630238481211, 0.018311177097027516], [-0.501641948863314, -0.1742514962696879]],
        [0.04959027746706931, -0.2786467321904336],
    ),
]


@pytest.mark.parametrize(("hidden", "output", "loss", "targets", "expected", "dW", "db"), PYTORCH)
def test_pytorchs_autograd(
    hidden: str, output: str, loss: str, targets: Any, expected: float, dW: Any, db: Any
) -> None:
    """PyTorch's own forward and backward pass of a 2-2-2 network with two samples."""
    solution = solve(two_by_two(hidden, output, loss, targets))
    assert_printed("loss", solution.loss, expected, 14)
    assert_printed("∂L/∂W1", solution.layers[0].weight_gradient, dW, 14)
    assert_printed("∂L/∂b1", solution.layers[0].bias_gradient, db, 14)
