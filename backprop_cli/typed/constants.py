"""Formulas of numbers alone, worked out as floats: 2·(0.30 − 0), 1/3, σ(−0.85)."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from ..formula.tree import Add, Formula, Function, Negation, Number, Power, Product, Quotient, children
from ..values.evaluate import apply
from .tokens import UnreadableError


def exact(value: float) -> Number:
    """A float as the number of a formula."""
    return Number(Fraction(value))


def finite(work: Callable[[], float | complex | None]) -> float:
    """What the work gives. Raises UnreadableError where that is no finite real number."""
    try:
        value = work()
    except ZeroDivisionError:
        raise UnreadableError("it divides by 0") from None
    except OverflowError:
        raise UnreadableError("its value is too large") from None
    except UnreadableError:
        raise
    except ValueError:  # inf − inf in a sum
        raise UnreadableError("it has no finite value") from None
    if not isinstance(value, float) or not math.isfinite(value):
        raise UnreadableError("it has no finite value")
    return value


def constant(formula: Formula) -> float | None:
    """The value of a formula of numbers alone; None where a quantity stands in it.

    Raises UnreadableError when it has no finite value.
    """
    return None if _holds_quantity(formula) else finite(lambda: _value(formula))


def _holds_quantity(formula: Formula) -> bool:
    inner = children(formula)
    return any(map(_holds_quantity, inner)) if inner else not isinstance(formula, Number)


def _value(formula: Formula) -> float:
    match formula:
        case Number(value):
            return float(value)
        case Add(terms):
            return math.fsum(map(_value, terms))
        case Product(factors):
            return math.prod(map(_value, factors))
        case Negation(body):
            return -_value(body)
        case Quotient(numerator, denominator):
            return _value(numerator) / _value(denominator)
        case Power(base, exponent):
            return _value(base) ** exponent
        case Function(argument=argument):
            with np.errstate(all="ignore"):
                return float(apply(formula, np.asarray(_value(argument))))
    raise UnreadableError("it is no arithmetic of numbers")
