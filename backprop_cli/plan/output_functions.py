"""Softmax's Jacobian, and how an output activation and the loss made for it meet in a − y, line by line.

Source: Bishop, *Pattern Recognition and Machine Learning* (2006), 4.3.4 and 5.2; Bridle (1990).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..formula.differentiate import differentiate
from ..formula.simplify import distributed, multiplied_out, tidy
from ..formula.tree import (
    ONE,
    SAMPLES,
    Formula,
    Function,
    Index,
    Kronecker,
    Negation,
    Quotient,
    Ref,
    Sum,
    number,
    product,
    subtract,
)
from ..functions.losses import LOSSES
from .rewritings import targets_summed
from .steps import per_sample, scaled

K, M, THIRD = Index(1), Index(1, copy=1), Index(1, copy=2)
LOSS = Ref("sample_losses", 0, (SAMPLES,))


@dataclass(frozen=True)
class Statement:
    """top, or ∂top/∂bottom, and the lines it equals, each with its reason."""

    title: str
    top: Ref
    bottom: Ref | None
    lines: tuple[tuple[Formula, str], ...]
    remark: str = ""
    condition: str = ""


def _z(index: Index) -> Ref:
    return per_sample("preactivation", 1, index)


def _a(index: Index) -> Ref:
    return per_sample("activation", 1, index)


def _y(index: Index) -> Ref:
    return per_sample("target", 1, index)


def softmax_jacobian() -> Iterator[Statement]:
    """∂a_m/∂z_k = a_m·([m = k] − a_k)."""
    exponential = Function("exp", _z(M))
    fraction = Quotient(exponential, Sum(THIRD, Function("exp", _z(THIRD))))
    ruled = differentiate(fraction, _z(K))
    apart = tidy(ruled)
    with_a = product(_a(M), subtract(Kronecker(M, K), _a(K)))
    yield Statement(
        "Definition", _a(M), None, ((fraction, "over all units, so that every a depends on every z"),)
    )
    yield Statement(
        "Derivative of one output by one preactivation",
        _a(M),
        _z(K),
        (
            (ruled, "quotient rule"),
            (apart, ""),
            (
                subtract(product(Kronecker(M, K), _a(M)), product(_a(M), _a(K))),
                "the fractions are an output, and a product of two",
            ),
            (with_a, "the common factor taken out"),
        ),
        "[m = k] is 1 where m and k are the same unit, else 0.",
    )
    yield Statement("By cases", _a(K), _z(K), ((product(_a(K), subtract(ONE, _a(K))), "the unit itself"),))
    yield Statement("", _a(M), _z(K), ((Negation(product(_a(M), _a(K))), ""),), condition="for m ≠ k")


def softmax_with_loss() -> Iterator[Statement]:
    """∂L/∂z_k = a_k − y_k for cross-entropy on softmax."""
    loss = scaled(number(-1), Sum(M, LOSSES["cross_entropy"].term(_a(M), _y(M), None)))
    slope = tidy(differentiate(loss, _a(M)))
    entry = product(_a(M), subtract(Kronecker(M, K), _a(K)))
    yield Statement("Local derivatives", LOSS, None, ((loss, ""),))
    yield Statement("", LOSS, _a(M), ((slope, ""),))
    yield Statement("", _a(M), _z(K), ((entry, "the Jacobian of softmax"),))
    whole = Sum(M, product(slope, entry))
    cancelled = tidy(whole)
    apart = distributed(cancelled)
    yield Statement(
        "Chain rule",
        LOSS,
        _z(K),
        (
            (whole, "every output depends on every preactivation"),
            (cancelled, "each output cancels"),
            (apart, "of the first terms only that with m = k is left"),
            (multiplied_out(targets_summed(apart)), "the targets add up to 1"),
        ),
        "[m = k] is 1 where m and k are the same unit, else 0.",
    )


def sigmoid_with_loss() -> Iterator[Statement]:
    """∂L/∂z_k = a_k − y_k for binary cross-entropy on sigmoids."""
    loss = scaled(number(-1), Sum(K, LOSSES["binary_cross_entropy"].term(_a(K), _y(K), None)))
    slope = tidy(differentiate(loss, _a(K)))
    entry = product(_a(K), subtract(ONE, _a(K)))
    yield Statement("Local derivatives", LOSS, None, ((loss, ""),))
    yield Statement("", LOSS, _a(K), ((slope, ""),))
    yield Statement("", _a(K), _z(K), ((entry, "the derivative of the sigmoid"),))
    whole = product(slope, entry)
    apart = distributed(whole)
    yield Statement(
        "Chain rule",
        LOSS,
        _z(K),
        ((whole, ""), (apart, "term by term, cancelled"), (multiplied_out(apart), "multiplied out")),
    )
