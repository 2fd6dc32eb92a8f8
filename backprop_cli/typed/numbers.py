"""What a student wrote in a cell: nothing, a number with its decimals, a formula, or something unreadable.

Plain decimals, which are nearly all cells of a class, are read in bulk from their bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..formula.arithmetic import Array
from ..formula.tree import Formula, Function
from ..functions.table import ROWS, SEVERAL, TYPED
from .constants import constant
from .expressions import E, Parser, UnknownNameError, raised
from .tokens import MAX_LENGTH, UnreadableError, last_side, split_by, tidy

Kind = Literal["blank", "number", "formula", "invalid"]
KINDS: tuple[Kind, ...] = ("blank", "number", "formula", "invalid")
BLANK, NUMBER, FORMULA, INVALID = range(4)
EXACT = -1  # the decimals of an exact answer, in arrays
LARGEST = 1e100
MOST_DECIMALS = 400

# Functions of numbers by every name they are typed with → their name in formulas.
FUNCTIONS = {typed: name for typed, name in TYPED.items() if name in ROWS and ROWS[name].elementwise}


@dataclass(frozen=True)
class Answer:
    """What one cell says; `decimals` is None where the number is exact: an integer, a fraction."""

    kind: Kind
    value: float = math.nan
    decimals: int | None = None
    reason: str = ""


_PLAIN = re.compile(
    r"""([+-]?)\s*
    (?:([0-9]+)(?:[.,]([0-9]*))?|[.,]([0-9]+))
    (?:\s*(?:[eE]|\*\s*10\s*\^)\s*[{(]?\s*([+-]?[0-9]{1,4})\s*[)}]?)?""",
    re.VERBOSE,
)
_REFUSED = (
    (re.compile(r"[-+]?(nan|inf|infinity|∞)", re.IGNORECASE), "it is not a finite number"),
    (re.compile(r"[-+]?0[xXoObB][0-9a-fA-F_]+"), "it is not a decimal number"),
    (re.compile(r"[-+]?[0-9.]+(_[0-9]+)+"), "a number is written without _"),
    (re.compile(r"[-+]?[0-9]{1,3}([.,' ][0-9]{3})+[.,][0-9]+"), "a number is written without separators"),
)


def parse_cell(text: str) -> Answer:
    """What a cell's text says. Never raises: what cannot be read is `invalid`, with the reason."""
    if len(text) > MAX_LENGTH:
        return Answer("invalid", reason=f"the answer has more than {MAX_LENGTH} characters")
    return _parsed(text)


@lru_cache(maxsize=16384)
def _parsed(text: str) -> Answer:
    stripped = text.strip()
    if not stripped:
        return Answer("blank")
    try:
        return _read(stripped)
    except UnknownNameError:
        return Answer("formula")
    except UnreadableError as error:
        return Answer("invalid", reason=str(error))


def _read(text: str) -> Answer:
    tidied = last_side(tidy(text))
    for pattern, words in _REFUSED:
        if pattern.fullmatch(tidied):
            raise UnreadableError(words)
    if match := _PLAIN.fullmatch(tidied):
        return _plain(match)
    value = constant(Parser(text, NUMBERS_ONLY).formula())
    if value is None:  # pragma: no cover - without names there are only numbers
        return Answer("formula")
    return _checked(value, None)


def _plain(match: re.Match[str]) -> Answer:
    sign, whole, after, bare, exponent = match.groups()
    decimals = after if after is not None else bare or ""
    shift = int(exponent or 0)
    value = float(f"{sign}{whole or 0}.{decimals or 0}e{shift}")
    written = len(decimals) - shift
    return _checked(value, min(written, MOST_DECIMALS) if written > 0 else None)


def _checked(value: float, decimals: int | None) -> Answer:
    if not abs(value) <= LARGEST:
        return Answer("invalid", reason="the number is too large")
    return Answer("number", value + 0.0, decimals)


class _NumbersOnly:
    """Knows the names of functions; any other name is no number."""

    def __init__(self) -> None:
        self.split = split_by((*FUNCTIONS, *SEVERAL, "e"))

    def prepare(self, text: str) -> str:
        return re.sub(
            r"(?<=[0-9]),(?=[0-9])", ".", text
        )  # a decimal comma: no function here takes two numbers

    def indices(self, text: str) -> None:
        return None

    def read(self, parser: Parser) -> Formula:
        name = parser.take().text
        if name == "e":
            return E
        if name not in FUNCTIONS:
            raise UnknownNameError(f"{name} is not known")
        return called(parser, lambda argument, prime: Function(FUNCTIONS[name], argument, prime))


def called(parser: Parser, make: Callable[[Formula, bool], Formula]) -> Formula:
    """A function of the brackets that follow, primed where it is its derivative: σ′(0.3), tanh²(0.3)."""
    primes = 0
    while parser.accept("'") or (
        parser.token.kind == "sup" and set(parser.token.text) == {"'"} and parser.take()
    ):
        primes += 1
    if primes > 1:
        raise UnreadableError("only first derivatives occur here")
    exponent = parser.exponent() if parser.token.kind in ("^", "sup") else None
    if parser.token.kind not in ("(", "[", "{"):
        raise UnreadableError("a function needs its argument in brackets: σ(z)")
    found = make(parser.bracketed(parser.token.kind), bool(primes))
    return found if exponent is None else raised(found, exponent)


NUMBERS_ONLY = _NumbersOnly()

Kinds = NDArray[np.int8]
Decimals = NDArray[np.int16]
# What each byte is: 0 a digit, 1 a point, 2 a sign, 3 the end of a line, 4 anything else.
_CLASS = np.full(256, 4, dtype=np.uint8)
_CLASS[list(b"0123456789")] = 0
_CLASS[ord(".")] = 1
_CLASS[list(b"+-")] = 2
_CLASS[ord("\n")] = 3
_LONGEST_PLAIN = 40


def parse_columns(texts: list[str]) -> tuple[Array, Decimals, Kinds]:
    """Values (nan: none), decimals (−1: exact) and kinds of many cells, as `parse_cell` has them."""
    values = np.full(len(texts), np.nan)
    decimals = np.full(len(texts), EXACT, dtype=np.int16)
    kinds = np.full(len(texts), INVALID, dtype=np.int8)
    if not texts:
        return values, decimals, kinds
    plain, places = _plain_ones(texts)
    if plain.all():
        values[:] = np.fromiter(map(float, texts), np.float64, len(texts))
    else:
        picked = np.flatnonzero(plain)
        values[picked] = np.fromiter((float(texts[i]) for i in picked), np.float64, len(picked))
        for i in np.flatnonzero(~plain):
            answer = parse_cell(texts[i])
            values[i], kinds[i] = answer.value, KINDS.index(answer.kind)
            decimals[i] = EXACT if answer.decimals is None else answer.decimals
    values += 0.0
    decimals[plain] = np.where(places[plain] > 0, places[plain], EXACT)
    kinds[plain] = NUMBER
    return values, decimals, kinds


def _plain_ones(texts: list[str]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which texts are a plain decimal such as -0.60, and how many decimals each has."""
    joined = "\n".join(texts) + "\n"
    raw = np.frombuffer(joined.encode("utf-8", "replace"), dtype=np.uint8)
    classes = _CLASS[raw]
    ends = np.flatnonzero(classes == 3)
    if len(ends) != len(texts):  # a cell of several lines
        return np.zeros(len(texts), dtype=bool), np.zeros(len(texts), dtype=np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts
    signed = (classes[starts] == 2).astype(np.int64)
    points, point_at = _per_line(classes == 1, starts)
    others = np.add.reduceat(classes >= 2, starts, dtype=np.int64) - 1  # without the line's end
    digits = lengths - points - others
    plain = (others == signed) & (points <= 1) & (digits > 0) & (lengths <= _LONGEST_PLAIN)
    return plain, np.where(points == 1, ends - point_at - 1, 0)


def _per_line(
    mask: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many are marked in each line, and where the last of them stands."""
    counts = np.add.reduceat(mask, starts, dtype=np.int64)
    last = np.zeros(len(starts), dtype=np.int64)
    at = np.flatnonzero(mask)
    last[np.repeat(np.arange(len(starts)), counts)] = at
    return counts, last
