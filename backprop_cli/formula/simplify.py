"""Simplifying formulas as one does on paper: numbers together, fractions cancelled, brackets multiplied out.

Every rewriting keeps the value wherever the formula has one, whatever the quantities in it are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from .tree import (
    ONE,
    ZERO,
    Add,
    Formula,
    Index,
    Kronecker,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Size,
    Sum,
    add,
    free_indices,
    product,
    ratio,
    rename,
    transform,
)


@dataclass
class _Factors:
    """A product taken apart: a number, what stands above the line and what below, in the order written."""

    scale: Fraction = Fraction(1)
    above: list[Formula] = field(default_factory=list)
    below: list[Formula] = field(default_factory=list)

    def take(self, formula: Formula, *, inverse: bool = False) -> None:
        """Multiply by a formula, or divide by it."""
        match formula:
            case Number(value) if value or not inverse:  # what is divided by 0 stays as it is
                self.scale = self.scale / value if inverse else self.scale * value
            case Negation(body):
                self.scale = -self.scale
                self.take(body, inverse=inverse)
            case Product(factors):
                for factor in factors:
                    self.take(factor, inverse=inverse)
            case Quotient(numerator, denominator):
                self.take(numerator, inverse=inverse)
                self.take(denominator, inverse=not inverse)
            case _:
                self._keep(formula, *((self.below, self.above) if inverse else (self.above, self.below)))

    def _keep(self, formula: Formula, side: list[Formula], other: list[Formula]) -> None:
        base, exponent = (formula.base, formula.exponent) if isinstance(formula, Power) else (formula, 1)
        for _ in range(exponent):
            if base in other:
                other.remove(base)
            else:
                side.append(base)

    def formula(self) -> Formula:
        """The product again: a leading number, over sizes where it is, then one fraction or plain factors."""
        if self.scale == 0:
            return ZERO
        sizes = [part for part in self.below if isinstance(part, Size)]
        under = _powers([part for part in self.below if not isinstance(part, Size)])
        scale = abs(self.scale)
        above = _powers(self.above)
        if sizes:
            number = ratio(
                Number(Fraction(scale.numerator)), product(Number(Fraction(scale.denominator)), *sizes)
            )
        else:
            number = Number(scale)
        whole = Quotient(product(number, *above), product(*under)) if under else product(number, *above)
        if self.scale > 0:
            return whole
        return Number(-whole.value) if isinstance(whole, Number) else Negation(whole)


def _powers(parts: list[Formula]) -> list[Formula]:
    return [part if count == 1 else Power(part, count) for part, count in Counter(parts).items()]


def tidy(formula: Formula) -> Formula:
    """Numbers multiplied out, fractions cancelled, opposite terms dropped, Σ_i κ_ij x_i as x_j."""
    return transform(formula, _tidied)


def _tidied(formula: Formula) -> Formula:
    match formula:
        case Product() | Quotient() | Negation(body=Product() | Number() | Negation() | Quotient()):
            factors = _Factors()
            factors.take(formula)
            return factors.formula()
        case Add(terms):
            return _collected(terms)
        case Negation(body=Add(terms)):
            return add(*(_times_number(Fraction(-1), term) for term in terms))
        case Power(base=base, exponent=1):
            return base
        case Sum(index, body):
            return contracted(index, body)
        case Kronecker(left, right) if left == right:
            return ONE
    return formula


def _collected(terms: tuple[Formula, ...]) -> Formula:
    """Equal terms counted, opposite ones dropped, each standing where it first occurs."""
    counts: dict[Formula, Fraction] = {}
    for term in terms:
        scale, rest = _scaled(term)
        counts[rest] = counts.get(rest, Fraction(0)) + scale
    kept = [_times_number(scale, rest) for rest, scale in counts.items() if scale]
    return add(*kept)


def _scaled(term: Formula) -> tuple[Fraction, Formula]:
    factors = _Factors()
    factors.take(term)
    scale, factors.scale = factors.scale, Fraction(1)
    return scale, factors.formula() if scale else ONE


def _times_number(scale: Fraction, rest: Formula) -> Formula:
    factors = _Factors(scale)
    factors.take(rest)
    return factors.formula()


def contracted(index: Index, body: Formula) -> Formula:
    """Σ_index body, where a κ in a product picks the one term that is not 0, and a sum is taken by terms."""
    match body:
        case Number(value=value) if value == 0:
            return ZERO
        case Negation(inner):
            return Negation(contracted(index, inner))
        case Product(factors):
            for factor in factors:
                if isinstance(factor, Kronecker) and index in (factor.left, factor.right):
                    kept = factor.right if factor.left == index else factor.left
                    rest = product(*(other for other in factors if other is not factor))
                    return rename(rest, {index: kept})
            outside = [factor for factor in factors if index not in free_indices(factor)]
            if outside and len(outside) < len(factors):
                inside = [factor for factor in factors if index in free_indices(factor)]
                return product(*outside, Sum(index, product(*inside)))
        case Kronecker(left, right) if index in (left, right):
            return ONE
    return Sum(index, body)


def distributed(formula: Formula) -> Formula:
    """A product with a sum in it taken term by term, each term cancelled: (−y/a + …)·a·(1 − a).

    Where several factors are sums, the one with fractions is taken apart, else the last.
    """
    match formula:
        case Negation(body):
            return tidy(Negation(distributed(body)))
        case Sum(index, body):
            return by_terms(index, distributed(body))
        case Product(factors):
            sums = [place for place, factor in enumerate(factors) if isinstance(factor, Add)]
            if not sums:
                return tidy(formula)
            place = next((p for p in sums if _divides(factors[p])), sums[-1])
            others = (*factors[:place], *factors[place + 1 :])
            chosen = factors[place]
            terms = chosen.terms if isinstance(chosen, Add) else ()
            return add(*(tidy(product(*_front(term), *others, *_back(term))) for term in terms))
    return tidy(formula)


def _front(term: Formula) -> tuple[Formula, ...]:
    return (term,) if _divides(term) or isinstance(term, Negation | Number) else ()


def _back(term: Formula) -> tuple[Formula, ...]:
    return () if _front(term) else (term,)


def _divides(formula: Formula) -> bool:
    return (
        isinstance(formula, Quotient)
        or any(_divides(part) for part in (formula.terms if isinstance(formula, Add) else ()))
        or (isinstance(formula, Negation) and _divides(formula.body))
    )


def by_terms(index: Index, body: Formula) -> Formula:
    """Σ of a sum as a sum of Σs, each contracted."""
    terms = body.terms if isinstance(body, Add) else (body,)
    return tidy(add(*(tidy(Sum(index, term)) for term in terms)))


def multiplied_out(formula: Formula) -> Formula:
    """All brackets multiplied out and equal terms collected, positive terms first."""
    terms = [tidy(product(*parts)) for parts in _monomials(formula)]
    flat = tidy(add(*terms))
    kept = flat.terms if isinstance(flat, Add) else (flat,)
    return add(*sorted(kept, key=lambda term: isinstance(term, Negation)))


def _monomials(formula: Formula) -> Iterator[tuple[Formula, ...]]:
    match formula:
        case Add(terms):
            for term in terms:
                yield from _monomials(term)
        case Negation(body):
            for parts in _monomials(body):
                yield (Number(Fraction(-1)), *parts)
        case Product(factors):
            head, rest = factors[0], product(*factors[1:])
            for first in _monomials(head):
                for others in _monomials(rest):
                    yield (*first, *others)
        case Power(base, exponent) if isinstance(base, Add):
            yield from _monomials(Product((base,) * exponent))
        case _:
            yield (formula,)
