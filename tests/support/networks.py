"""Problems built in code, for tests of the engine: no file is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from backprop_cli.functions.losses import LOSSES, Loss
from backprop_cli.functions.table import ACTIVATIONS, Row
from backprop_cli.problem.problem import PHASES, Layer, Numbers, Problem


def numbers(values: Any) -> Numbers:
    """Numbers with Python's shortest spelling as their texts."""
    array = np.array(values, dtype=np.float64)
    texts = [str(value) for value in array.flat]
    return Numbers(array, np.array(texts, dtype=object).reshape(array.shape))


def layer(
    activation: str | Row,
    weights: Any,
    bias: Any = None,
    *,
    name: str = "",
    shared: bool = False,
    **others: Any,
) -> Layer:
    """A layer with its weights [unit][input]; a shared bias is one number."""
    W = np.array(weights, dtype=np.float64)
    return Layer(
        name,
        units=W.shape[0],
        inputs=W.shape[1],
        activation=ACTIVATIONS[activation] if isinstance(activation, str) else activation,
        weights=numbers(W),
        bias=None if bias is None else numbers(np.atleast_1d(bias)),
        has_bias=bias is not None,
        shared=frozenset(["bias"] if shared else []),
        **others,
    )


def problem(
    layers: Sequence[Layer],
    loss: str | Loss,
    inputs: Any,
    targets: Any,
    *,
    lr: float | None = None,
    digits: int | Mapping[str, int] | None = None,
    **others: Any,
) -> Problem:
    """A problem whose layers are named "1", "2", … unless they have names."""
    named = [each if each.name else _named(each, str(level)) for level, each in enumerate(layers, start=1)]
    if isinstance(digits, int):
        digits = dict.fromkeys(PHASES, digits)
    if digits is not None:
        others["digits"] = digits
    return Problem(
        "test",
        tuple(named),
        LOSSES[loss] if isinstance(loss, str) else loss,
        inputs=numbers(inputs),
        targets=numbers(targets),
        features=np.shape(inputs)[1],
        learning_rate=None if lr is None else numbers(lr),
        **others,
    )


def _named(unnamed: Layer, name: str) -> Layer:
    return replace(unnamed, name=name)


def assert_agrees(what: str, received: Any, expected: Any, source: str, tolerance: float) -> None:
    """The two agree within tolerance·max(1, |expected|); the message says which value does not."""
    received, expected = np.asarray(received, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    assert received.shape == expected.shape, (
        f"{what} has shape {received.shape}, expected {expected.shape} as {source} has"
    )
    off = ~(np.abs(received - expected) <= tolerance * np.maximum(1.0, np.abs(expected)))
    if off.any():
        first = tuple(int(place) for place in np.argwhere(off)[0])
        cell = what + "".join(f"[{place}]" for place in first)
        raise AssertionError(
            f"{cell}: received {received[first]!r}, expected {expected[first]!r} from {source} "
            f"({int(off.sum())} of {off.size} values differ)"
        )
