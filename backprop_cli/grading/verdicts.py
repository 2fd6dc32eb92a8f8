"""The verdict on one line for all students: against the key, and against what their own numbers give.

Glossary (every array has a leading student axis, then the axes of the step)
    Written     the answers to one step: values, decimals (−1: exact), kinds
    own         the step's ball from the student's own numbers; a blank line is bridged by its own ball
    tainted     whether the line rests on a slip, directly or through lines that follow from one
    trivial     whether a slip that is 0, or alike for all units, where the key is not, left it without work
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ..formula.arithmetic import Array
from ..plan.steps import Step
from .balls import Ball

Flags = NDArray[np.bool_]
SLACK = 1e-9
FLOAT32 = 1e-5  # how far single precision may be off after a few steps


class Kind(IntEnum):
    """What stands in a cell."""

    NOT_ASKED = 0
    BLANK = 1
    INVALID = 2
    NUMBER = 3


class Verdict(IntEnum):
    """What is said of a cell; the order is that of the contract."""

    NONE = 0
    CORRECT = 1
    ROUNDED = 2
    FOLLOWS = 3
    SLIP = 4
    MISSING = 5
    INVALID = 6


@dataclass(frozen=True, eq=False)
class Written:
    """The answers of all students to one step."""

    values: Array
    decimals: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    noise: Array | None = None  # how far each may be off, where floating point and not decimals say so

    def of(self, rows: NDArray[np.intp]) -> Written:
        """The answers of some of the students."""
        noise = None if self.noise is None else self.noise[rows]
        return Written(self.values[rows], self.decimals[rows], self.kinds[rows], noise)


@dataclass(eq=False)
class Line:
    """One step judged for all students."""

    step: Step
    written: Written
    key: Array
    own: Ball
    verdict: NDArray[np.uint8]
    coarse: Flags  # right as far as it goes, but with fewer digits than asked
    tainted: Flags
    trivial: Flags
    trivial_above: Flags
    half: Array


def unasked(shape: tuple[int, ...]) -> Written:
    """Answers that nobody was asked for."""
    return Written(np.zeros(shape), np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.uint8))


def everyone(position: tuple[int, ...]) -> tuple[int | slice, ...]:
    """The place of one cell for all students."""
    return (slice(None), *position)


def half_unit(written: Written, digits: Array | int) -> tuple[Array, Array]:
    """Half a unit in the last place written, and the same held to the digits asked for; of a program's
    numbers how far floating point may take them.
    """
    cap = 0.5 * 10.0 ** -np.asarray(digits, dtype=np.float64)
    half = np.where(
        written.decimals < 0, cap, 0.5 * 10.0 ** -np.clip(written.decimals, 0, 30).astype(np.float64)
    )
    held = np.minimum(half, cap)
    if written.noise is None:
        return half, held
    floats = written.noise > 0
    return np.where(floats, written.noise, half), np.where(floats, written.noise, held)


def judge_line(
    step: Step,
    written: Written,
    owns: list[Ball],
    key_values: list[Array],
    digits: Array | int,
    inherited: tuple[Flags, Flags],
    strict: bool,
) -> Line:
    """Judge one step: agrees with the key, follows from the student's numbers, is off by one, or is a
    slip.
    """
    values = written.values
    full, half = half_unit(written, digits)
    # More digits than were asked for may be wrong behind those: a float32 has some seven.
    longer = written.decimals > digits
    if written.noise is not None:
        longer &= written.noise == 0
    reach = np.where(longer, 0.5 * 10.0**-digits, half)
    reach = reach + SLACK * np.maximum(1.0, np.abs(values))
    tainted, trivial = (np.broadcast_to(flags, values.shape) for flags in inherited)
    agrees = np.logical_or.reduce(
        [(np.abs(values - key) <= reach) | _with_more_behind(written, key, digits) for key in key_values]
    )
    follows = np.zeros(values.shape, dtype=bool)
    targets = [*key_values, *([] if strict else [own.centre for own in owns])]
    flipped = _flipped(values, targets)
    if not strict:
        follows = np.logical_or.reduce([_touches(values, own, reach) for own in owns]) & ~flipped
    doubtful = (written.kinds == Kind.NUMBER) & ~(agrees | follows | flipped)
    rounded, coarse = _nearly(written, doubtful, targets, full, digits)
    kinds = written.kinds
    verdict = np.full(kinds.shape, Verdict.SLIP, dtype=np.uint8)
    verdict[rounded] = Verdict.ROUNDED
    verdict[follows] = np.where(tainted[follows], Verdict.FOLLOWS, Verdict.CORRECT)
    verdict[agrees] = Verdict.CORRECT
    verdict[kinds == Kind.NOT_ASKED] = Verdict.NONE
    verdict[kinds == Kind.BLANK] = Verdict.MISSING
    verdict[kinds == Kind.INVALID] = Verdict.INVALID
    number = kinds == Kind.NUMBER
    wrong = (verdict == Verdict.SLIP) | (verdict == Verdict.FOLLOWS)
    out_tainted = np.where(number, wrong, tainted)
    own_trivial = (verdict == Verdict.SLIP) & _trivial(values, number, np.asarray(key_values[0]))
    out_trivial = np.where(number, own_trivial | ((verdict == Verdict.FOLLOWS) & trivial), trivial)
    return Line(
        step,
        written,
        np.asarray(key_values[0]),
        owns[0],
        verdict,
        coarse & number,
        out_tainted,
        out_trivial,
        trivial,
        half,
    )


def _with_more_behind(written: Written, key: Array, digits: Array | int) -> Flags:
    """Whether an answer is right to all digits asked for, whatever stands behind them: 0.377503 for 0.3775.

    At least two significant digits must be asked for, or one rounding would pass for another number. What
    float32 holds of the key is right too; a program's arrays are held to what their floats can hold.
    """
    values, longer = written.values, (written.decimals > digits) & (written.kinds == Kind.NUMBER)
    if written.noise is not None:
        longer &= written.noise == 0
    if not longer.any():
        return np.asarray(longer)
    unit, off = 10.0 ** -np.asarray(digits, dtype=np.float64), np.abs(values - key)
    same = np.floor(np.abs(values) / unit + 0.5) == np.floor(np.abs(key) / unit + 0.5)
    enough = np.abs(key) >= 10 * unit
    single = (off <= FLOAT32 * np.abs(key)) & (_significant(values, written.decimals) >= 6)
    return np.asarray(longer & (((off <= unit / 2) | ((off < unit) & same)) & enough | single))


def _touches(values: Array, own: Ball, reach: Array) -> Flags:
    """Whether answers touch a ball; one without bounds, such as ln of 0.00 ± 0.005, says nothing."""
    spread = own.spread()
    return np.asarray((np.abs(values - own.centre) <= reach + spread) & np.isfinite(spread))


def _flipped(values: Array, targets: list[Array]) -> Flags:
    """Whether a sign is opposite to every target's: however wide the interval of coarse numbers is, it does
    not follow.
    """
    with np.errstate(invalid="ignore"):
        products = [values * target for target in targets]
        opposite = np.logical_and.reduce([each <= 0 for each in products])
        return np.asarray(opposite & np.logical_or.reduce([each < 0 for each in products]))


def _nearly(
    written: Written, doubtful: Flags, targets: list[Array], full: Array, digits: Array | int
) -> tuple[Flags, Flags]:
    """Which of the doubtful answers are right but for the last digit, and which for want of digits."""
    rounded, coarse = np.zeros(doubtful.shape, dtype=bool), np.zeros(doubtful.shape, dtype=bool)
    where = doubtful.nonzero()
    values, decimals, half = written.values[where], written.decimals[where], full[where]
    if not len(values):
        return rounded, coarse
    near, short = np.zeros(len(values), dtype=bool), np.zeros(len(values), dtype=bool)
    for target in targets:
        here = np.broadcast_to(target, doubtful.shape)[where]
        near |= _off_by_one(values, decimals, here, half)
        short |= np.abs(values - here) <= half + SLACK * np.maximum(1.0, np.abs(values))
    asked = np.broadcast_to(np.asarray(digits), doubtful.shape)[where]
    short &= (decimals >= 0) & (decimals < asked)
    # Three significant digits leave no room for a wrong sign or factor; neither do two, one digit short.
    significant = _significant(values, decimals)
    enough = (decimals >= asked) | (significant >= 3) | ((decimals == asked - 1) & (significant >= 2))
    rounded[where], coarse[where] = ((near & (decimals >= asked - 1)) | short) & enough, short
    return rounded, coarse


def _off_by_one(values: Array, decimals: NDArray[np.int64], target: Array, half: Array) -> Flags:
    """Whether an answer is one off in its last place at most, where a tie may round either way."""
    near = np.abs(values - target) <= 3 * half * (1 + 1e-6)
    with np.errstate(invalid="ignore"):
        return np.asarray((decimals >= 0) & near & (values * target >= 0))


def _significant(values: Array, decimals: NDArray[np.int64]) -> Array:
    """How many significant digits were written."""
    with np.errstate(divide="ignore"):
        return np.where(values == 0, 0, np.floor(np.log10(np.abs(values) + 1e-300) + 1e-12) + decimals + 1)


def _trivial(values: Array, number: Flags, key: Array) -> Flags:
    """0 where the key is not, or all units alike where the key's are not."""
    zero = (values == 0) & (key != 0)
    if values.ndim < 2 or key.size < 2 or np.ptp(key) == 0:
        return np.asarray(zero)
    flat = values.reshape(len(values), -1)
    alike = (np.ptp(flat, axis=1) == 0) & number.reshape(len(values), -1).all(axis=1)
    return np.asarray(zero | alike.reshape(-1, *[1] * (values.ndim - 1)))
