"""Differentiation of formula trees: the chain rule with the index rule ∂x_j/∂x_k = 1 if j = k, else 0.

Source: the matrix calculus in Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.5.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .tree import (
    ONE,
    ZERO,
    Add,
    Extreme,
    Formula,
    Function,
    Index,
    Kronecker,
    Negation,
    Number,
    Position,
    Power,
    Product,
    Quotient,
    Raised,
    Ref,
    Size,
    Sum,
    add,
    number,
    product,
    ratio,
    rename,
    subtract,
    walk,
)

_FREE_COPY = 9


def differentiate(formula: Formula, target: Ref) -> Formula:
    """∂formula/∂target, simplified: no factors 1, no terms 0, numbers multiplied out, Σ_i κ_ij x_i as x_j.

    The target's indices stand for fixed positions; a sum in the formula over the same letter is over
    another one.
    """
    return _RULES[type(formula)](formula, target)


def times(*factors: Formula) -> Formula:
    """The product with its numbers multiplied into one, which comes first; 0 if a factor is."""
    flat = [
        part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,))
    ]
    if ZERO in flat:
        return ZERO
    scale = Fraction(1)
    others: list[Formula] = []
    for part in flat:
        negated = isinstance(part, Negation) and not isinstance(part.body, Add)
        body = part.body if isinstance(part, Negation) and negated else part
        scale *= -1 if negated else 1
        if isinstance(body, Number):
            scale *= body.value
        elif isinstance(body, Product):
            others.extend(body.factors)
        else:
            others.append(body)
    rest = product(*others)
    if scale == -1 and rest != ONE:
        return Negation(rest)
    return product(Number(scale), rest)


def _constant(formula: Formula, target: Ref) -> Formula:
    return ZERO


def _ref(formula: Ref, target: Ref) -> Formula:
    if formula.key != target.key:
        return ZERO
    pairs = zip(formula.indices, target.indices, strict=True)
    return product(*(Kronecker(left, right) for left, right in pairs if left != right))


def _sum(formula: Sum, target: Ref) -> Formula:
    index, body = formula.index, formula.body
    if index in target.indices:
        other = Index(index.level, copy=_FREE_COPY)
        body, index = rename(body, {index: other}), other
    return summed_out(index, differentiate(body, target))


def summed_out(index: Index, body: Formula) -> Formula:
    """Σ_index body, where a Kronecker delta in a product picks the one term that is not 0."""
    if body == ZERO:
        return ZERO
    if isinstance(body, Add):
        return add(*(summed_out(index, term) for term in body.terms))
    if isinstance(body, Negation):
        inner = summed_out(index, body.body)
        return inner if inner == ZERO else Negation(inner)
    factors = body.factors if isinstance(body, Product) else (body,)
    for factor in factors:
        if isinstance(factor, Kronecker) and index in (factor.left, factor.right):
            kept = factor.right if factor.left == index else factor.left
            rest = product(*(other for other in factors if other is not factor))
            return rename(rest, {index: kept})
    return Sum(index, body)


def _add(formula: Add, target: Ref) -> Formula:
    return add(*(differentiate(term, target) for term in formula.terms))


def _negation(formula: Negation, target: Ref) -> Formula:
    inner = differentiate(formula.body, target)
    return inner if inner == ZERO else Negation(inner)


def _product(formula: Product, target: Ref) -> Formula:
    factors = formula.factors
    return add(
        *(
            times(*factors[:place], differentiate(factor, target), *factors[place + 1 :])
            for place, factor in enumerate(factors)
        )
    )


def _power(formula: Power, target: Ref) -> Formula:
    base, exponent = formula.base, formula.exponent
    lower = base if exponent == 2 else Power(base, exponent - 1)
    return times(number(exponent), lower, differentiate(base, target))


def _raised(formula: Raised, target: Ref) -> Formula:
    base, power = formula.base, formula.exponent
    lower = Number(power.value - 1) if isinstance(power, Number) else subtract(power, ONE)
    return add(
        times(power, Raised(base, lower), differentiate(base, target)),
        times(formula, Function("ln", base), differentiate(power, target)),
    )


def _extreme(formula: Extreme, target: Ref) -> Formula:
    return add(
        *(
            times(Extreme(formula.name, formula.arguments, place), differentiate(argument, target))
            for place, argument in enumerate(formula.arguments)
        )
    )


def _quotient(formula: Quotient, target: Ref) -> Formula:
    top, bottom = formula.numerator, formula.denominator
    over_bottom = differentiate(top, target)
    falling = times(top, differentiate(bottom, target))
    first = ZERO if over_bottom == ZERO else times(ratio(ONE, bottom), over_bottom)
    return first if falling == ZERO else subtract(first, Quotient(falling, Power(bottom, 2)))


def _function(formula: Function, target: Ref) -> Formula:
    inner = differentiate(formula.argument, target)
    if formula.over is not None:
        return _softmax(formula, target)
    if inner == ZERO:
        return ZERO
    slope = SLOPES.get(formula.name)
    if slope is None or formula.derivative:
        return times(Function(formula.name, formula.argument, True, formula.parameter), inner)
    return times(slope(formula.argument, formula.parameter), inner)


# f′ of x and the parameter, for the functions whose f′ is written with other functions.
# The table of functions files them here.
SLOPES: dict[str, Callable[[Formula, float | None], Formula]] = {}


def _softmax(formula: Function, target: Ref) -> Formula:
    """∂a_k/∂z_m = a_k·(κ_km − a_m)."""
    own = formula.over
    wanted = next((index for index in target.indices if own is not None and index.level == own.level), None)
    if own is None or wanted is None or all(part != target.key for part in _keys(formula)):
        return ZERO
    picked: Formula = ONE if wanted == own else Kronecker(own, wanted)
    return product(formula, subtract(picked, rename(formula, {own: wanted})))


def _keys(formula: Formula) -> list[tuple[str, int]]:
    return [part.key for _, part in walk(formula) if isinstance(part, Ref)]


_RULES: dict[type, Callable[..., Formula]] = {
    Number: _constant,
    Size: _constant,
    Position: _constant,
    Kronecker: _constant,
    Ref: _ref,
    Sum: _sum,
    Add: _add,
    Negation: _negation,
    Product: _product,
    Power: _power,
    Raised: _raised,
    Extreme: _extreme,
    Quotient: _quotient,
    Function: _function,
}
