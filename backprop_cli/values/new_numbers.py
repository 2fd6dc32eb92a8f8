"""Numbers for a new exercise, such as one would choose to work with by hand.

One decimal for inputs, weights and biases, none of them 0, and of what was drawn the first in which every
hidden unit is on for some sample and no output is at the end of its range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from ..formula.arithmetic import Array

MOST_DRAWS = 200


def numbers_of_a_network(
    sizes: Sequence[int], samples: int, targets: str, seed: int
) -> Iterator[tuple[Array, Array, list[tuple[Array, Array]]]]:
    """Draws of (inputs, targets, (weights, bias) of each layer), one seed the same draws.

    `targets` is their kind: "classes" (one-hot), "probabilities" (0 or 1), "signs" (−1 or 1), or "numbers".
    """
    random = np.random.default_rng(seed)
    for _ in range(MOST_DRAWS):
        inputs = _signed(random, (samples, sizes[0]), 10)
        layers = [
            (_signed(random, (units, before), 9), _signed(random, (units,), 5))
            for before, units in pairwise(sizes)
        ]
        yield inputs, _TARGETS[targets](random, samples, sizes[-1]), layers


def _signed(random: np.random.Generator, shape: tuple[int, ...], most: int) -> Array:
    return random.choice([-1.0, 1.0], shape) * random.integers(1, most + 1, shape) / 10


def _one_hot(random: np.random.Generator, samples: int, outputs: int) -> Array:
    return np.asarray(np.eye(outputs)[random.integers(0, outputs, samples)], dtype=np.float64)


_TARGETS: dict[str, Callable[[np.random.Generator, int, int], Array]] = {
    "classes": _one_hot,
    "probabilities": lambda random, samples, outputs: random.integers(0, 2, (samples, outputs)).astype(
        np.float64
    ),
    "signs": lambda random, samples, outputs: random.choice([-1.0, 1.0], (samples, outputs)),
    "numbers": lambda random, samples, outputs: random.integers(1, 10, (samples, outputs)) / 10,
}
