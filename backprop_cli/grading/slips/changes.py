"""A mistake as a change of a formula: what it is called, what it did, and the tree it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from ...formula.tree import At, Formula, Index, Path, Ref, children, rename, with_children
from ...problem.problem import Problem

# Sums and layers up to this size are tried position by position.
MOST_POSITIONS = 6


@dataclass(frozen=True)
class Change:
    """What an edit did: a template for the message, the formulas it names, the positions of those it picked,
    and the line between the lines in which it was made.
    """

    template: str
    names: tuple[Formula, ...] = ()
    at: tuple[tuple[Index, int], ...] = ()
    inside: Ref | None = None


# How common a mistake is, beside others that would give the same number; what is not here counts 1.
COMMON = {
    "sign": 12,
    "missing-derivative": 20,
    "derivative-at-activation": 8,
    "wrong-derivative": 3,
    "wrong-function": 3,
    "missing-batch-mean": 12,
    "missing-bias": 12,
    "missing-learning-rate": 8,
    "ascent": 12,
    "missing-activation": 8,
    "extra-activation": 3,
    "transposed-weights": 6,
    "updated-weights": 6,
    "missing-square": 5,
    "missing-factor": 6,
    "extra-factor": 4,
    "wrong-axis": 4,
    "wrong-operation": 2,
    "softmax-elementwise": 6,
    "missing-normalisation": 6,
    "wrong-logarithm": 5,
    "swapped-target": 4,
    "wrong-activation": 3,
    "missing-term": 3,
    "total-for-part": 3,
    "double-bias": 3,
    "bias-times-input": 2,
    "decay-on-bias": 5,
    "one-sample-only": 2,
    "wrong-target": 2,
    "broadcast": 3,
    "decimal-shift": 2,
    "early-rounding": 1,
}


@dataclass(frozen=True)
class Edit:
    """One mistake at one place of a formula; `scale` groups those that one convention explains throughout.

    `rare` says how many times rarer than its code's it is, `late` that it is told only if nothing else fits.
    """

    codes: tuple[str, ...]
    formula: Formula
    change: Change
    scale: str = ""
    rare: float = 1.0
    late: bool = False

    @property
    def weight(self) -> float:
        """How common it is."""
        return COMMON.get(self.codes[0], 1) / self.rare


def replaced(formula: Formula, path: Path, new: Formula) -> Formula:
    """The tree with the formula at a path exchanged."""
    if not path:
        return new
    parts = list(children(formula))
    parts[path[0]] = replaced(parts[path[0]], path[1:], new)
    return with_children(formula, tuple(parts))


def positions(problem: Problem, index: Index) -> range:
    """The positions of an index that are tried one by one: none where its size is a letter, 1 or large."""
    size = problem.size(index)
    return range(size if isinstance(size, int) and 1 < size <= MOST_POSITIONS else 0)


def at_position(formula: Formula, index: Index, position: int) -> Formula:
    """The formula with one index fixed at a position."""
    return rename(formula, {index: At(position, index.level)})
