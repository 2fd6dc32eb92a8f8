"""What a student wrote in a cell: nothing, a number with its decimals, a formula, or something unreadable.

Plain decimals, which are nearly all cells of a class, are read in bulk from their bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..formula.arithmetic import Array
from ..formula.tree import Formula, Function
from ..functions.table import ROWS, SEVERAL, TYPED
from .around_numbers import bare, is_blank
from .constants import constant
from .expressions import E, Parser, UnknownNameError, raised
from .tokens import MAX_LENGTH, UnreadableError, last_side, plain, split_by, tidy

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
    (?:\s*(?:[eE]|\*\s*10\s*(?:\^|\*\*))\s*[{(]?\s*([+-]?[0-9]{1,4})\s*[)}]?)?""",
    re.VERBOSE,
)
_REFUSED = (
    (re.compile(r"[-+]?(nan|inf|infinity|∞)", re.IGNORECASE), "it is not a finite number"),
    (re.compile(r"[-+]?0[xXoObB][0-9a-fA-F_]+"), "it is not a decimal number"),
    (re.compile(r"[-+]?[0-9.]+(_[0-9]+)+"), "a number is written without _"),
)


def parse_cell(text: str, known: Known | None = None) -> Answer:
    """What a cell's text says. Never raises: what cannot be read is `invalid`, with the reason.

    `known` has the functions and the letters of the problem that the cell belongs to.
    """
    if len(text) > MAX_LENGTH:
        return Answer("invalid", reason=f"the answer has more than {MAX_LENGTH} characters")
    return _parsed(text, known or NUMBERS_ONLY)


@lru_cache(maxsize=16384)
def _parsed(text: str, known: Known) -> Answer:
    if is_blank(text):
        return Answer("blank")
    try:
        return _read(text, known)
    except UnknownNameError:
        return Answer("formula")
    except UnreadableError as error:
        return Answer("invalid", reason=str(error))


def _read(text: str, known: Known) -> Answer:
    side, shift = bare(last_side(plain(text)), known.symbols)
    tidied = tidy(side)
    for pattern, words in _REFUSED:
        if pattern.fullmatch(tidied):
            raise UnreadableError(words)
    if match := _PLAIN.fullmatch(tidied):
        return _plain(match, shift)
    value = constant(Parser(side, known).formula())
    if value is None:  # pragma: no cover - without names there are only numbers
        return Answer("formula")
    return _checked(value, None)


def _plain(match: re.Match[str], per_cent: int) -> Answer:
    sign, whole, after, pointed, exponent = match.groups()
    decimals = after if after is not None else pointed or ""
    shift = int(exponent or 0) - per_cent
    value = float(f"{sign}{whole or 0}.{decimals or 0}e{shift}")
    written = len(decimals) - shift
    return _checked(value, min(written, MOST_DECIMALS) if written > 0 else None)


def _checked(value: float, decimals: int | None) -> Answer:
    if not abs(value) <= LARGEST:
        return Answer("invalid", reason="the number is too large")
    return Answer("number", value + 0.0, decimals)


@dataclass(frozen=True)
class Known:
    """The functions of numbers by every name they are typed with; any other name is no number.

    `own` are a problem's: a name, the row it stands for and its parameter; `symbols` the letters that mean
    something there, so that they are no units.
    """

    own: tuple[tuple[str, str, float | None], ...] = ()
    symbols: frozenset[str] = frozenset()

    def split(self, run: str) -> list[str]:
        return _splitter(tuple(typed for typed, *_ in self.own))(run)

    def prepare(self, text: str) -> str:
        """The text with decimal points in the place of decimal commas."""
        if not re.search(r"(?<![^\W\d_])(?:max|min)\s*\(", text):
            return _DECIMAL_COMMA.sub(".", text)
        if ";" in text:
            return _DECIMAL_COMMA.sub(".", text).replace(";", ",")
        if "." not in text and len(_DECIMAL_COMMA.findall(text)) > 1:
            raise UnreadableError(
                "its commas may be decimal points or stand between numbers: write max(0; 0,6)"
            )
        return text

    def indices(self, text: str) -> None:
        return None

    def read(self, parser: Parser) -> Formula:
        name = parser.take().text
        if name == "e":
            return E
        if name in SEVERAL:
            return _of_several(parser, name)
        row, parameter = next(
            ((row, parameter) for typed, row, parameter in self.own if typed == name),
            (FUNCTIONS.get(name, ""), None),
        )
        if not row:
            raise UnknownNameError(f"{name} is not known")
        return called(parser, lambda argument, prime: Function(row, argument, prime, parameter))


_DECIMAL_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")


@lru_cache(maxsize=64)
def _splitter(own: tuple[str, ...]) -> Callable[[str], list[str]]:
    return split_by((*FUNCTIONS, *SEVERAL, *own, "e"))


def _of_several(parser: Parser, name: str) -> Formula:
    """max(0, 0.61), with two numbers or more in round brackets."""
    parser.expect("(")
    found = [parser.expression()]
    while parser.accept(","):
        found.append(parser.expression())
    parser.expect(")")
    if len(found) < 2:
        raise UnreadableError(f"{name} takes two numbers or more: {name}(0, 0.6)")
    return reduce(SEVERAL[name], found)


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


NUMBERS_ONLY = Known()

Kinds = NDArray[np.int8]
Decimals = NDArray[np.int16]
# What each byte is: 0 a digit, 1 a point, 2 a sign, 3 the end of a line, 4 anything else.
_CLASS = np.full(256, 4, dtype=np.uint8)
_CLASS[list(b"0123456789")] = 0
_CLASS[ord(".")] = 1
_CLASS[list(b"+-")] = 2
_CLASS[ord("\n")] = 3
_LONGEST_PLAIN = 40


def parse_columns(texts: list[str], known: Known | None = None) -> tuple[Array, Decimals, Kinds]:
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
            answer = parse_cell(texts[i], known)
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
