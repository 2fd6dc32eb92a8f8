"""A mistake as a change of a formula: what it is called, what it did, and the tree it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from ...formula.tree import Formula, Index, Path, Ref, children, transform, with_children
from ...problem.problem import Problem

# Sums and layers up to this size are tried position by position.
MOST_POSITIONS = 6


@dataclass(frozen=True)
class Change:
    """What an edit did: a template for the message, the formulas it names, and the positions of those it
    picked.
    """

    template: str
    names: tuple[Formula, ...] = ()
    at: tuple[tuple[Index, int], ...] = ()


@dataclass(frozen=True)
class Edit:
    """One mistake at one place of a formula; `scale` groups those that one convention explains throughout."""

    codes: tuple[str, ...]
    formula: Formula
    change: Change
    scale: str = ""


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

    def change(part: Formula) -> Formula:
        if isinstance(part, Ref) and index in part.indices:
            kept = tuple(other for other in part.indices if other != index)
            return Ref(f"{part.quantity}@{index.level}={position}", part.level, kept)
        return part

    return transform(formula, change)
