"""Rounding is that of paper: ties go away from zero, and each written value is rounded before it is used."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import layer, problem

from backprop_cli.formula.arithmetic import round_half_up
from backprop_cli.problem.problem import Notation
from backprop_cli.values.solution import LayerSolution, solve


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.125, 2, 0.13),
        (-0.125, 2, -0.13),
        (0.285, 2, 0.29),
        (0.57 * 0.5, 2, 0.29),
        (1.005, 2, 1.01),
        (2.5, 0, 3.0),
        (-2.5, 0, -3.0),
        (0.1249999, 2, 0.12),
        (0.12499999999, 2, 0.12),
        (0.6, 4, 0.6),
        (12345678.12345, 3, 12345678.123),
        (12345678.12345, 2, 12345678.12),
        (123456789.4999, 0, 123456789.0),
        (1e300, 4, 1e300),
        (-4503599627370497.0, 4, -4503599627370497.0),
        (1e308, 15, 1e308),
    ],
)
def test_a_number_is_rounded_as_on_paper(value: float, digits: int, expected: float) -> None:
    assert round_half_up(np.array(value), digits) == expected


@pytest.mark.parametrize("value", [-0.001, -0.0, -0.0049])
def test_what_rounds_to_nothing_is_0_and_not_minus_0(value: float) -> None:
    rounded = round_half_up(np.array(value), 2)
    assert rounded == 0
    assert not np.signbit(rounded), "a −0 would be printed as -0.00"


@given(st.integers(-(10**9), 10**9), st.integers(0, 6), st.integers(0, 6))
def test_decimals_typed_by_hand_round_as_decimal_does(whole: int, places: int, digits: int) -> None:
    """A number typed with a few decimals rounds as that decimal, not as the double nearest to it."""
    typed = Decimal(whole).scaleb(-places)
    expected = float(typed.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    assert round_half_up(np.array(float(typed)), digits) == expected


def rounded(value: Fraction, digits: int | None) -> Fraction:
    """Half away from zero, exactly; None rounds nothing."""
    if digits is None:
        return value
    size = abs(value) * 10**digits
    whole = (2 * size.numerator + size.denominator) // (2 * size.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**digits)


Row = list[Fraction]


def exact(
    W1: list[Row], b1: Row, W2: list[Row], x: Row, y: Row, rate: Fraction, digits: tuple[int | None, ...]
) -> dict[str, list[Row]]:
    """A network of ReLU then identity with half the squared error, in exact fractions, each line rounded."""
    forward, backward, gradient, update = digits

    def line(values: list[Row], places: int | None) -> list[Row]:
        return [[rounded(value, places) for value in row] for row in values]

    (z1,) = line(
        [[sum((w * v for w, v in zip(row, x, strict=True)), b) for row, b in zip(W1, b1, strict=True)]],
        forward,
    )
    a1 = [max(z, Fraction(0)) for z in z1]
    (z2,) = line([[sum((w * v for w, v in zip(row, a1, strict=True)), Fraction(0)) for row in W2]], forward)
    (d2,) = line([[a - t for a, t in zip(z2, y, strict=True)]], backward)
    back = [sum((d * row[t] for d, row in zip(d2, W2, strict=True)), Fraction(0)) for t in range(len(z1))]
    (d1,) = line([[g if z > 0 else Fraction(0) for g, z in zip(back, z1, strict=True)]], backward)
    g2 = line([[d * a for a in a1] for d in d2], gradient)
    g1 = line([[d * v for v in x] for d in d1], gradient)
    (gb,) = line([d1], gradient)
    return {
        "preactivation 1": [z1],
        "preactivation 2": [z2],
        "delta 2": [d2],
        "delta 1": [d1],
        "weight_gradient 2": g2,
        "weight_gradient 1": g1,
        "bias_gradient 1": [gb],
        "new_weights 2": line(
            [[w - rate * g for w, g in zip(*rows, strict=True)] for rows in zip(W2, g2, strict=True)], update
        ),
        "new_weights 1": line(
            [[w - rate * g for w, g in zip(*rows, strict=True)] for rows in zip(W1, g1, strict=True)], update
        ),
        "new_bias 1": line([[b - rate * g for b, g in zip(b1, gb, strict=True)]], update),
    }


cents = st.integers(-150, 150).map(lambda whole: Fraction(whole, 100))


def rows(height: int, width: int) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.lists(cents, min_size=width, max_size=width), min_size=height, max_size=height)


@settings(max_examples=200)
@given(
    W1=rows(2, 2),
    b1=rows(1, 2),
    W2=rows(2, 2),
    x=rows(1, 2),
    y=rows(1, 2),
    rate=st.sampled_from([Fraction(1, 2), Fraction(1, 10), Fraction(1, 4)]),
    digits=st.tuples(*[st.integers(1, 4)] * 4),
    by_hand=st.booleans(),
)
def test_a_network_of_relu_and_identity_agrees_with_exact_fractions(
    W1: list[Row],
    b1: list[Row],
    W2: list[Row],
    x: list[Row],
    y: list[Row],
    rate: Fraction,
    digits: tuple[int, ...],
    by_hand: bool,
) -> None:
    """By hand the doubles are the very decimals of exact arithmetic; with full precision they are close."""

    def floats(values: list[Row]) -> list[list[float]]:
        return [[float(value) for value in row] for row in values]

    forward, backward, gradient, update = digits
    solution = solve(
        problem(
            [layer("relu", floats(W1), floats(b1)[0]), layer("identity", floats(W2))],
            "half_squared_error",
            floats(x),
            floats(y),
            lr=float(rate),
            digits={
                "forward": forward,
                "loss": 4,
                "backward": backward,
                "gradient": gradient,
                "update": update,
            },
        ),
        rounding="each-step" if by_hand else "carry",
    )
    places = digits if by_hand else (None,) * 4
    for name, expected in exact(W1, b1[0], W2, x[0], y[0], rate, places).items():
        role, level = name.split()
        received = np.atleast_2d(getattr(solution.layers[int(level) - 1], role))
        values = np.array(floats(expected))
        if by_hand:
            assert received.tolist() == values.tolist(), f"{name}: received {received}, expected {values}"
        else:
            # A preactivation of exactly 0 may come out as 1e-17, and ReLU then lets the gradient through.
            if any(0 < abs(z) < 1e-12 for z in solution.layers[0].preactivation.flat):
                return
            assert np.allclose(received, values, rtol=0, atol=1e-12), f"{name}: {received}, expected {values}"


def parameters(solved: LayerSolution) -> list[object]:
    assert solved.new_weights is not None
    assert solved.new_bias is not None
    return [solved.new_weights.tolist(), solved.new_bias.tolist()]


def test_a_frozen_parameter_is_neither_moved_nor_rounded() -> None:
    """It is copied, not worked out, so it keeps the decimals it was typed with, by hand too."""
    for frozen, expected in [
        ({"bias"}, [[[-1.5]], [0.123456]]),
        ({"weights"}, [[[0.654321]], [-2.1]]),
        ({"bias", "weights"}, [[[0.654321]], [0.123456]]),
    ]:
        of = problem(
            [layer("identity", [[0.654321]], [0.123456], frozen=frozenset(frozen))],
            "squared_error",
            [[1.0]],
            [[-0.2]],
            lr=1.1,
            digits=1,
        )
        assert parameters(solve(of, rounding="each-step").layers[0]) == expected, f"frozen: {frozen}"
        for sign in ("gradient", "descent"):
            carried = solve(replace(of, notation=Notation(delta_sign=sign)))
            (found,) = carried.layers
            assert found.bias_gradient == pytest.approx([2 * (0.654321 + 0.123456 + 0.2)])
            kept = [
                name
                for name, old in (("weights", 0.654321), ("bias", 0.123456))
                if getattr(found, f"new_{name}") == old
            ]
            assert set(kept) == frozen


def test_digits_given_to_solve_hold_for_every_phase() -> None:
    of = problem([layer("sigmoid", [[0.3]])], "squared_error", [[1.0]], [[1.0]], lr=0.1, digits=4)
    (found,) = solve(of, rounding="each-step", digits=1).layers
    assert found.activation.tolist() == [[0.6]]
    assert found.delta.tolist() == [[-0.2]]
    assert solve(of, digits=1).layers[0].activation[0, 0] == pytest.approx(0.574442516811659)


def test_a_log_loss_by_hand_takes_the_logarithm_of_the_rounded_output() -> None:
    """−ln 0.57 = 0.562, although −ln σ(0.3) = 0.554."""
    of = problem([layer("sigmoid", [[0.3]])], "binary_cross_entropy", [[1.0]], [[1.0]])
    of = replace(of, digits={"forward": 2, "loss": 3, "backward": 2, "gradient": 2, "update": 2})
    assert solve(of, rounding="each-step").loss == 0.562
    assert round(solve(of).loss, 3) == 0.554
