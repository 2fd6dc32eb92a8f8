"""A formula of an equation problem at one position: its sums written out, and only the terms that there are.

Every index is bound, so that what is left are numbers and operations: Σ_m k_m x_{i+m−1} at i = 2 is
k_1·x_2 + k_2·x_3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from ..formula.tree import (
    ONE,
    ZERO,
    Add,
    At,
    Extreme,
    Formula,
    Function,
    Index,
    Inside,
    Kronecker,
    Negation,
    Number,
    Position,
    Product,
    Quotient,
    Raised,
    Read,
    Ref,
    Size,
    Sum,
    add,
    children,
    number,
    placed,
    product,
    with_children,
)
from ..problem.equations import EquationProblem

Bound = Mapping[Index, int]


def grounded(problem: EquationProblem, formula: Formula, bound: Bound) -> Formula:
    """The formula at the positions of `bound`, which holds every index that the formula leaves free."""
    return _Grounding(problem).of(formula, {index: At(position) for index, position in bound.items()})


class _Grounding:
    def __init__(self, problem: EquationProblem) -> None:
        self.problem = problem

    def of(self, formula: Formula, names: dict[Index, Index]) -> Formula:
        match formula:
            case Ref(quantity, symbol, indices):
                return Ref(quantity, symbol, tuple(placed(place, names) for place in indices))
            case Size(index):
                return number(len(self.problem.range_of(index)))
            case Position(place):
                there = placed(place, names)
                return number(there.position) if isinstance(there, At) else Position(there)
            case Kronecker(left, right):
                return ONE if placed(left, names) == placed(right, names) else ZERO
            case Inside(place, index, body):
                return self.of(body, names) if self._holds(placed(place, names), index) else ZERO
            case Read(place, index, body):
                return self.of(body, {**names, index: placed(place, names)})
            case Add(terms=(Number() as one, Negation(body=Kronecker(left, right)))) if one == ONE:  # j ≠ i
                return ZERO if placed(left, names) == placed(right, names) else ONE
            case Sum(index, body):
                return add(*self._each(body, index, names))
            case Function(over=Index() as index):
                return self._over(formula, index, names)
            case Negation(body):
                inner = self.of(body, names)
                return ZERO if inner == ZERO else Negation(inner)
        parts = tuple(self.of(part, names) for part in children(formula))
        if not parts:
            return formula
        if isinstance(formula, Raised):
            return Raised(parts[0], _worked(parts[1]))
        if isinstance(formula, Product):
            return ZERO if ZERO in parts else product(*_together(parts))
        if isinstance(formula, Add):
            return add(*parts)
        return with_children(formula, parts)

    def _positions(self, index: Index) -> range:
        span = self.problem.range_of(index)
        return range(span.first, span.first + len(span))

    def _each(self, body: Formula, index: Index, names: dict[Index, Index]) -> list[Formula]:
        return [self.of(body, {**names, index: At(position)}) for position in self._positions(index)]

    def _holds(self, place: Index, index: Index) -> bool:
        return isinstance(place, At) and place.position in self._positions(index)

    def _over(self, formula: Function, index: Index, names: dict[Index, Index]) -> Formula:
        """A softmax, a max, a min or a product over an index, its arguments one by one."""
        arguments = self._each(formula.argument, index, names)
        if formula.name == "product":
            return product(*arguments) if ZERO not in arguments else ZERO
        here = names.get(index)
        place = here.position - self.problem.range_of(index).first if isinstance(here, At) else 0
        if formula.name == "softmax":
            powers = tuple(Function("exp", argument) for argument in arguments)
            return Quotient(powers[place], add(*powers))
        if len(arguments) == 1:
            return ONE if formula.derivative else arguments[0]
        nested = [one.arguments for one in arguments if isinstance(one, Extreme) and one.name == formula.name]
        if len(nested) == len(arguments) and not formula.derivative:  # the largest of the largest
            return Extreme(formula.name, tuple(part for parts in nested for part in parts))
        whole = Extreme(formula.name, tuple(arguments))
        return replace(whole, picked=place) if formula.derivative else whole


def _worked(exponent: Formula) -> Formula:
    """An exponent that is made of positions alone as one number: t − 1 at t = 3 is 2."""
    terms = exponent.terms if isinstance(exponent, Add) else (exponent,)
    total = Fraction(0)
    for term in terms:
        whole = term.body if isinstance(term, Negation) else term
        if not isinstance(whole, Number):
            return exponent
        total += -whole.value if isinstance(term, Negation) else whole.value
    return Number(total)


def _together(factors: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """The factors, in which "this row has the largest" and "it is the largest of its row" are one."""
    outer = next((one for one in factors if _picks_rows(one)), None)
    if not isinstance(outer, Extreme) or outer.picked is None:
        return factors
    row = outer.arguments[outer.picked]
    for inner in factors:
        if isinstance(inner, Extreme) and inner.picked is not None and replace(inner, picked=None) == row:
            rows = [part.arguments for part in outer.arguments if isinstance(part, Extreme)]
            before = sum(len(parts) for parts in rows[: outer.picked])
            whole = Extreme(
                outer.name, tuple(part for parts in rows for part in parts), before + inner.picked
            )
            return _together(tuple(whole if one is inner else one for one in factors if one is not outer))
    return factors


def _picks_rows(formula: Formula) -> bool:
    if not isinstance(formula, Extreme) or formula.picked is None:
        return False
    return all(isinstance(part, Extreme) for part in formula.arguments)
