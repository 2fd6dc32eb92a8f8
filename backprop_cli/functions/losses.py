"""The losses' rows: name → ℓ for one sample as a formula; ∂ℓ/∂a follows by differentiating it.

ℓ = scale · Σ_k term(a_k, y_k) over the K outputs.
Sources: Bishop, *Pattern Recognition and Machine Learning* (2006), 5.2; Huber (1964);
hinge: Rosasco et al. (2004).
At a corner the derivative is 0, as for ReLU.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from ..formula.tree import (
    ONE,
    Formula,
    Function,
    Negation,
    Number,
    Power,
    add,
    number,
    product,
    ratio,
    subtract,
)
from ..records import dataclass
from .row import Case, Cases, Row, file

TermFormula = Callable[[Formula, Formula, float | None], Formula]


@dataclass(frozen=True)
class Loss:
    """A loss ℓ of one sample.

    `term` writes one output's share, `scale` what stands before the sum; K stands as a formula, 1 where there
    is one output. `function` is the row of the term's own function, where it has one, and `definition` spells
    that out for a handout, {0} being its threshold.
    `targets` says which targets are allowed.
    """

    name: str
    title: str
    term: TermFormula
    scale: Callable[[Formula], Formula]
    function: Row | None = None
    parameter: float | None = None
    targets: str | None = None
    definition: str | None = None

    @property
    def takes_targets(self) -> bool:
        """Whether it compares outputs with targets; the output itself does not."""
        return self.targets != "none"

    def with_parameter(self, value: float) -> Loss:
        """The same loss with another threshold."""
        return replace(self, parameter=value)


def _difference(a: Formula, y: Formula) -> Formula:
    return subtract(a, y)


def _of_difference(function: str) -> TermFormula:
    """f(a − y)."""
    return lambda a, y, parameter: Function(function, _difference(a, y), parameter=parameter)


def _squared(a: Formula, y: Formula, _: float | None) -> Formula:
    return Power(_difference(a, y), 2)


def _hinge_margin(a: Formula, y: Formula) -> Formula:
    return subtract(ONE, product(y, a))


def _log_term(a: Formula, y: Formula) -> Formula:
    return product(y, Function("ln", a))


def _per_output(outputs: Formula, times: int = 1) -> Formula:
    return ratio(ONE, product(number(times), outputs))


def _huber(r: Formula, threshold: Formula) -> Cases:
    """½r² for |r| ≤ threshold, else threshold·(|r| − threshold/2)."""
    half = product(Number(Fraction(1, 2)), threshold)
    return Cases(
        (
            Case(product(threshold, subtract(Negation(r), half)), Negation(threshold)),
            Case(product(Number(Fraction(1, 2)), Power(r, 2)), threshold),
            Case(product(threshold, subtract(r, half))),
        )
    )


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss(
            "squared_error",
            "squared error",
            _squared,
            lambda outputs: ONE,
        ),
        Loss(
            "half_squared_error",
            "half the squared error",
            _squared,
            lambda outputs: Number(Fraction(1, 2)),
        ),
        Loss(
            "mean_squared_error",
            "mean squared error",
            _squared,
            lambda outputs: _per_output(outputs),
        ),
        Loss(
            "half_mean_squared_error",
            "half the mean squared error",
            _squared,
            lambda outputs: _per_output(outputs, 2),
        ),
        Loss(
            "absolute_error",
            "absolute error",
            _of_difference("abs"),
            lambda outputs: ONE,
        ),
        Loss(
            "huber",
            "Huber loss",
            _of_difference("huber"),
            lambda outputs: ONE,
            Row(
                "huber",
                "H",
                typed=("huber", "Huber"),
                definition=_huber,
                parameter_name="threshold",
                parameter=1.0,
            ),
            parameter=1.0,
            definition="H(r) is ½·r² where |r| ≤ {0:g}, and {0:g}·(|r| − {0:g}/2) beyond; "
            "H′(r) is r, held between −{0:g} and {0:g}.",
        ),
        Loss(
            "log_cosh",
            "log-cosh loss",
            _of_difference("log_cosh"),
            lambda outputs: ONE,
            Row(
                "log_cosh",
                "lncosh",
                typed=("lncosh", "logcosh"),
                value=lambda r, _: np.abs(r) + np.log1p(np.exp(-2.0 * np.abs(r))) - np.log(2.0),
                prime_from_preactivation=lambda r, _: Function("tanh", r),
                plain_slope=True,
            ),
            definition="lncosh(r) is ln((e^r + e^(−r))/2).",
        ),
        Loss(
            "hinge",
            "hinge loss",
            lambda a, y, _: Function("positive_part", _hinge_margin(a, y)),
            lambda outputs: ONE,
            targets="signs",
        ),
        Loss(
            "binary_cross_entropy",
            "binary cross-entropy",
            lambda a, y, _: add(_log_term(a, y), _log_term(subtract(ONE, a), subtract(ONE, y))),
            lambda outputs: number(-1),
            targets="probabilities",
        ),
        Loss(
            "cross_entropy",
            "cross-entropy",
            lambda a, y, _: _log_term(a, y),
            lambda outputs: number(-1),
            targets="probabilities",
        ),
    )
}

# In place of a loss where a problem asks for ∂output/∂w: ℓ is the one output itself, without a target.
OUTPUT = Loss("output", "the output itself", lambda a, y, _: a, lambda outputs: ONE, targets="none")
# What counts the mistakes of a perceptron, by its activation; no loss that a problem may name.
MISTAKES: dict[str, Loss] = {
    "step": Loss(
        "mistakes", "perceptron rule with step", _of_difference("abs"), lambda outputs: ONE, targets="bits"
    ),
    "sign": Loss(
        "mistakes",
        "perceptron rule with sign",
        _of_difference("abs"),
        lambda outputs: Number(Fraction(1, 2)),
        targets="signs",
    ),
}

file(*(loss.function for loss in LOSSES.values() if loss.function))
