"""Problem files of networks of any size, with numbers that tell a slip apart."""

from __future__ import annotations

import itertools

from backprop_cli.functions.losses import LOSSES as EVERY_LOSS
from backprop_cli.functions.table import ACTIVATIONS as FUNCTIONS

LAYOUTS = ("neurons", "matrix", "indices")
# Every function that a gradient passes; "generic" stands for one that is left open.
ACTIVATIONS = tuple(name for name, row in FUNCTIONS.items() if name != "generic" and not row.flat)
LOSSES = tuple(EVERY_LOSS)


def numbers(rows: int, columns: int, seed: int) -> list[list[float]]:
    """Pleasant numbers of both signs that differ from one another."""
    return [[round(((7 * r + 3 * c + seed) % 19 - 9) / 10, 2) for c in range(columns)] for r in range(rows)]


def toml(sizes: list[int], samples: int, activations: list[str], loss: str, notation: str) -> str:
    """A problem file with a network of the given sizes."""
    classes = [[1.0 if k == s % sizes[-1] else 0.0 for k in range(sizes[-1])] for s in range(samples)]
    lines = [
        'title = "any network"',
        f"inputs = {numbers(samples, sizes[0], 1)}",
        f"targets = {classes}",
        f'loss = "{loss}"',
        "learning_rate = 0.1",
    ]
    for position, (before, units) in enumerate(itertools.pairwise(sizes)):
        lines += [
            "[[layers]]",
            f'activation = "{activations[position]}"',
            f"weights = {numbers(units, before, position)}",
            f"bias = {numbers(1, units, position + 5)[0]}",
        ]
    return "\n".join([*lines, "[notation]", notation])
