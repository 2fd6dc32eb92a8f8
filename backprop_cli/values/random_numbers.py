"""Numbers for a problem that has letters only, such as one would choose to work with by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import cast

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array
from ..functions.table import ACTIVATIONS, Row
from ..problem.equations import EquationProblem, Range, given_by_equations
from ..problem.problem import Layer, Numbers, Problem

LEARNING_RATE = Numbers(np.array(0.1), np.array("0.1", dtype=object))
MOST_NUMBERS = 5_000_000
FEATURES = 2  # how many inputs a letter stands for
UNITS = 3  # and how many units


def with_random_numbers(problem: Problem, seed: int) -> Problem:
    """The problem with one sample, weights and biases of two decimals, none of them 0; one seed, one problem.

    A letter for a size becomes a number, wherever it stands; what the problem states is kept.
    An activation left open is worked out as the logistic sigmoid and still written σ, σ′.
    Raises InputError for a problem that has numbers.
    """
    if not problem.symbolic:
        raise InputError(
            "the problem already has numbers, so none are drawn for it",
            help="random numbers are for a problem in letters: one without inputs, targets and weights",
        )
    random = np.random.default_rng(seed)
    if given_by_equations(problem):
        return cast(Problem, _equations(problem, random))
    sizes = list(_sizes(problem))
    count = sum(before * units for before, units in pairwise(sizes))
    if count > MOST_NUMBERS:
        raise InputError(
            f"the problem has {count} weights, and no more than {MOST_NUMBERS} are drawn",
            help="make features and units smaller",
        )
    inputs = _numbers(random.integers(5, 96, (1, sizes[0])) / 100)
    layers = tuple(
        _layer(layer, before, units, random)
        for layer, before, units in zip(problem.layers, sizes, sizes[1:], strict=False)
    )
    return replace(
        problem,
        features=sizes[0],
        layers=layers,
        inputs=inputs,
        targets=_targets(problem, sizes[-1], random),
        learning_rate=LEARNING_RATE if problem.learning_rate is None else problem.learning_rate,
    )


def _equations(problem: EquationProblem, random: np.random.Generator) -> EquationProblem:
    """Equations with numbers of two decimals for all that they do not give, and for letters of sizes."""
    letters: dict[str, int] = {}
    ranges = {
        name: Range(run.first, letters.setdefault(run.last, FEATURES)) if isinstance(run.last, str) else run
        for name, run in problem.ranges.items()
    }
    sized = replace(problem, ranges=ranges)
    given = {
        symbol: _typed(_signed(random, tuple(len(sized.range_of(index)) for index in axes)))
        for symbol, axes in problem.axes.items()
        if problem.equation(symbol) is None
    }
    return replace(sized, given=given, sizes={})


def _typed(values: Array) -> Numbers:
    """Numbers as a problem file has them, a single one of shape ()."""
    texts = [f"{value:.2f}" for value in np.ravel(values)]
    return Numbers(np.array(values), np.array(texts, dtype=str).reshape(np.shape(values)))


def _sizes(problem: Problem) -> Iterator[int]:
    """The sizes as numbers: features, then the units of each layer."""
    letters: dict[str, int] = {}
    for size, otherwise in zip(problem.sizes, [FEATURES] + [UNITS] * problem.depth, strict=True):
        yield letters.setdefault(size, otherwise) if isinstance(size, str) else size


def _layer(layer: Layer, inputs: int, units: int, random: np.random.Generator) -> Layer:
    weights, bias = layer.weights, layer.bias
    if weights is None:
        weights = _numbers(_signed(random, (units, inputs)))
    if bias is None and layer.has_bias:
        bias = _numbers(_signed(random, (1 if layer.shares_bias else units,)))
    activation = _settled(layer.activation)
    return replace(layer, units=units, inputs=inputs, weights=weights, bias=bias, activation=activation)


def _settled(activation: Row) -> Row:
    if activation.name != "generic":
        return activation
    return replace(ACTIVATIONS["sigmoid"], prime_from_preactivation=None, prime_from_activation=None)


def _targets(problem: Problem, outputs: int, random: np.random.Generator) -> Numbers:
    """One sample's targets, of the kind that the loss takes."""
    if problem.loss.name == "cross_entropy":
        chosen = random.integers(outputs)
        return _numbers(np.eye(outputs)[[chosen]], digits=0)
    if problem.loss.targets == "probabilities":
        return _numbers(random.integers(0, 2, (1, outputs)).astype(np.float64), digits=0)
    if problem.loss.targets == "signs":
        return _numbers(random.choice([-1.0, 1.0], (1, outputs)), digits=0)
    return _numbers(random.integers(5, 96, (1, outputs)) / 100)


def _signed(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return random.choice([-1.0, 1.0], shape) * random.integers(5, 96, shape) / 100


def _numbers(values: Array, digits: int = 2) -> Numbers:
    texts = [f"{value:.{digits}f}" for value in values.flat]
    return Numbers(values, np.array(texts, dtype=object).reshape(values.shape))
