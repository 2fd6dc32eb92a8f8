"""A written expression with how tightly it binds, which decides where brackets go."""

from __future__ import annotations

import math
from enum import IntEnum
from fractions import Fraction as Rational

from ..records import dataclass
from .document import BigSum, Digits, Fenced, Fraction, Math, Partial, Row, Word


class Binding(IntEnum):
    """How tightly an expression holds together; one that binds less than its place needs gets brackets."""

    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


@dataclass(frozen=True)
class Written:
    """An expression with how tightly it binds."""

    math: Math
    binding: Binding


def digits(text: str, leading: bool) -> Written:
    if text.startswith("-") and not leading:
        return Written(Fenced(Digits(text)), Binding.ATOM)
    return Written(Digits(text), Binding.PRODUCT if text.startswith("-") else Binding.ATOM)


_LETTERS = {math.pi: "π", math.e: "e"}
_LARGEST_FRACTION = 10**6


def rational(value: Rational, leading: bool) -> Written:
    if value.denominator == 1:
        return digits(str(value.numerator), leading)
    if value.denominator > _LARGEST_FRACTION:  # a float, which nobody reads as a fraction
        letter = _LETTERS.get(float(value))
        return Written(Word(letter), Binding.ATOM) if letter else digits(f"{float(value):.6g}", leading)
    return Written(Fraction(Digits(str(value.numerator)), Digits(str(value.denominator))), Binding.PRODUCT)


def begins_with_zero(math: Math) -> bool:
    """Whether it is 0, or a product or a quotient that begins with 0, which a minus sign does not change."""
    if isinstance(math, Row | Fraction):
        return begins_with_zero(math.items[0] if isinstance(math, Row) else math.top)
    return isinstance(math, Digits) and float(math.text) == 0


def open_ended(math: Math) -> bool:
    """Whether what follows would be read as part of it, as after Σ."""
    return isinstance(math, BigSum) or (isinstance(math, Row) and open_ended(math.items[-1]))


def holds_partial(math: Math) -> bool:
    return isinstance(math, Partial) or (
        isinstance(math, Row) and any(holds_partial(item) for item in math.items)
    )
