"""How well mistakes explain the answers of one line: what fits, what that is worth, and what is named.

An edit that fits a number with many digits says much, one that fits 0.1 nearly nothing. So each fit is
weighed against chance, which is half a number anywhere about as large as the due one and half one close to
it; the logarithms of these ratios add up over the cells of a student's line. An edit is named when it
outweighs all the edits that were tried, each by how common it is: a random number is then seldom explained.

Glossary
    gain      ln of (the probability of the answer with the edit / by chance)
    score     ln of an edit's weight, its gains, less what it leaves unexplained
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from ...formula.arithmetic import Array
from ...formula.tree import Ref
from ..verdicts import SLACK, Flags
from .changes import Edit

ENOUGH = 0.5
OFF_BY_ONE = log(0.1)
ALIKE = 0.4


@dataclass(frozen=True, eq=False)
class Candidate:
    """An edit with what it gives, (student, *shape); `second` is made together with it."""

    edit: Edit
    centre: Array
    spread: Array
    second: Edit | None = None

    @property
    def weight(self) -> float:
        return self.edit.weight if self.second is None else self.edit.weight * self.second.weight / 150.0

    @property
    def family(self) -> tuple[str, str]:
        """What makes it the same mistake as another of another line."""
        return self.edit.codes[0], self.edit.change.template

    @property
    def likeness(self) -> tuple[object, ...]:
        """What makes it the same as that of another cell: the same done to the same quantities."""
        symbols = tuple(
            str(name.level).partition("[")[0] for name in self.edit.change.names if isinstance(name, Ref)
        )
        return (*self.edit.codes, self.edit.change.template, *symbols)

    def of(self, students: NDArray[np.intp]) -> Candidate:
        """The same for some of the students."""
        return Candidate(self.edit, self.centre[students], self.spread[students], self.second)

    def times(self, factor: float, second: Edit) -> Candidate:
        """The same with a factor besides."""
        return Candidate(self.edit, factor * self.centre, abs(factor) * self.spread, second)


@dataclass(frozen=True, eq=False)
class Seen:
    """The answers of some students to one line, with an axis for the cells."""

    values: Array
    half: Array  # half a unit in the last place written
    own: Array
    slips: Flags
    right: Flags

    def of(self, students: NDArray[np.intp]) -> Seen:
        """Those of some of the students."""
        return Seen(
            self.values[students],
            self.half[students],
            self.own[students],
            self.slips[students],
            self.right[students],
        )

    @property
    def by_chance(self) -> Array:
        """ln of an answer's probability by chance."""
        unit = 2 * self.half
        size = np.maximum(np.maximum(np.abs(self.values), np.abs(self.own)), unit)
        near = np.maximum(np.abs(self.values - self.own), unit)
        reach = np.log(2 + size / unit)
        return np.asarray(np.minimum(np.log(unit * (0.25 / size + 0.25 / (near * reach))), 0.0))


def fits(seen: Seen, candidates: list[Candidate]) -> Array:
    """The gain of each candidate in each cell, −∞ where it does not fit: (candidate, student, cell)."""
    chance = seen.by_chance
    slack = SLACK * np.maximum(1.0, np.abs(seen.values))
    gains = np.full((len(candidates), *seen.values.shape), -np.inf)
    for place, candidate in enumerate(candidates):
        centre = candidate.centre.reshape(seen.values.shape)
        spread = candidate.spread.reshape(seen.values.shape)
        with np.errstate(invalid="ignore", divide="ignore"):
            off = np.abs(seen.values - centre) - spread - slack
            exact, near, close = (off <= reach * seen.half for reach in (1, 3, 7))
            width = -np.log1p(spread / seen.half)
        # What is a little off says nothing, and is the same mistake where other cells say that it was made.
        gain = np.where(near, width - chance + OFF_BY_ONE, np.where(close, 0.0, -np.inf))
        gain = np.where(exact, width - chance, np.minimum(gain, np.where(near, np.inf, 0.0)))
        gain = np.where(seen.values == 0, np.where(exact, 0.0, -np.inf), gain)
        gains[place] = np.where(seen.slips & np.isfinite(width), gain, -np.inf)
    return gains


def scores(seen: Seen, candidates: list[Candidate], gains: Array) -> Array:
    """Each candidate's score for each student."""
    fitting = gains > -np.inf
    total = np.where(fitting, gains, 0.0).sum(axis=2)
    count, slips = fitting.sum(axis=2), seen.slips.sum(axis=1)
    left = -1.5 * np.log1p(slips - count)
    weights = np.log([candidate.weight for candidate in candidates])
    against = np.zeros_like(total)
    slack = SLACK * np.maximum(1.0, np.abs(seen.values))
    for place, candidate in enumerate(candidates):
        with np.errstate(invalid="ignore"):
            off = np.abs(seen.values - candidate.centre.reshape(seen.values.shape))
            missed = seen.right & (off > seen.half + candidate.spread.reshape(seen.values.shape) + slack)
        against[place] = 0.7 * np.log1p(missed.sum(axis=1))
    return np.asarray(weights[:, None] + total + left - against)


def enough(candidates: Iterable[Candidate]) -> float:
    """The score from which on a candidate is named."""
    return log(ENOUGH * max(sum(candidate.weight for candidate in candidates), 1e-9))


def named(
    seen: Seen, candidates: list[Candidate]
) -> Iterator[tuple[int, int, bool, list[Candidate], list[Candidate]]]:
    """(student, cell, whether they are likely enough, the best candidates, all that fit) for each slip that
    any candidate fits.
    """
    if not candidates:
        return
    gains = fits(seen, candidates)
    score = scores(seen, candidates, gains)
    fitting = gains > -np.inf
    ranked = np.where(fitting, score[:, :, None], -np.inf)
    best = ranked.max(axis=0)
    threshold = enough(candidates)
    for student, cell in zip(*(best > -np.inf).nonzero(), strict=True):
        column = ranked[:, student, cell]
        top = np.flatnonzero(column >= best[student, cell] - ALIKE)
        top = top[np.argsort(-column[top], kind="stable")]
        yield (
            int(student),
            int(cell),
            bool(best[student, cell] >= threshold),
            [candidates[k] for k in top],
            [candidates[k] for k in np.flatnonzero(fitting[:, student, cell])],
        )
