"""The formula: a small tree in index notation, and walking and editing it.

Glossary
    Index       a letter that runs over a range: the units of one layer, the inputs, the samples
    Ref         a quantity with its indices, e.g. w_kj of layer 2: Ref("weights", 2, (k, j))
    Formula     a Number, a Ref, a Size, a Kronecker delta, or an operation on formulas
    level       0 = the inputs, 1..L = the layers, SAMPLE = the samples of the batch

A formula says nothing of values, digits or symbols: those belong to its readers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from ..records import dataclass

SAMPLE = -1


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Index:
    """An index over the units of a level.

    `copy` tells apart two indices over the same level: Σ_m a_m beside a_k.
    """

    level: int
    copy: int = 0


SAMPLES = Index(SAMPLE)
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the formula itself contains, such as the 2 of 2·(a − y) or the ½ of a loss."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Ref:
    """A quantity of a level, its indices in canonical order: (sample, unit), (unit, input), (unit,) or ()."""

    quantity: str
    level: int
    indices: tuple[Index, ...] = ()

    @property
    def key(self) -> Key:
        return (self.quantity, self.level)


@dataclass(frozen=True, slots=True)
class Size:
    """How many values an index takes: n samples, K outputs."""

    index: Index


@dataclass(frozen=True, slots=True)
class Kronecker:
    """1 where two indices agree, else 0: ∂x_j/∂x_k."""

    left: Index
    right: Index


@dataclass(frozen=True, slots=True)
class Sum:
    """Σ over `index` of `body`."""

    index: Index
    body: Formula


@dataclass(frozen=True, slots=True)
class Add:
    """The sum of two or more terms; a subtracted term is a Negation."""

    terms: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """The product of two or more factors, in the order they are written."""

    factors: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    """numerator / denominator; an exact 0 above makes the whole 0, as the limit in y/a of a log loss does."""

    numerator: Formula
    denominator: Formula


@dataclass(frozen=True, slots=True)
class Power:
    """base to a whole exponent."""

    base: Formula
    exponent: int


@dataclass(frozen=True, slots=True)
class Negation:
    """−body."""

    body: Formula


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one argument, or its derivative; softmax also names the index it normalises over."""

    name: str
    argument: Formula
    derivative: bool = False
    parameter: float | None = None
    over: Index | None = None


Formula = Number | Ref | Size | Kronecker | Sum | Add | Product | Quotient | Power | Negation | Function
Path = tuple[int, ...]

ONE = Number(Fraction(1))
ZERO = Number(Fraction(0))


def number(numerator: int, denominator: int = 1) -> Number:
    """The exact number numerator/denominator."""
    return Number(Fraction(numerator, denominator))


def product(*factors: Formula) -> Formula:
    """The product, flattened, without factors 1."""
    flat: list[Formula] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Product) else (factor,))
    flat = [factor for factor in flat if factor != ONE]
    if len(flat) > 1:
        return Product(tuple(flat))
    return flat[0] if flat else ONE


def add(*terms: Formula) -> Formula:
    """The sum, flattened, without terms 0."""
    flat: list[Formula] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else (term,))
    flat = [term for term in flat if term != ZERO]
    if len(flat) > 1:
        return Add(tuple(flat))
    return flat[0] if flat else ZERO


def subtract(left: Formula, right: Formula) -> Formula:
    """left − right."""
    return add(left, Negation(right))


def ratio(numerator: Formula, denominator: Formula) -> Formula:
    """numerator/denominator, as one exact number where both are numbers."""
    if denominator == ONE:
        return numerator
    if isinstance(numerator, Number) and isinstance(denominator, Number):
        return Number(numerator.value / denominator.value)
    return Quotient(numerator, denominator)


def children(formula: Formula) -> tuple[Formula, ...]:
    """The formulas directly inside this one."""
    match formula:
        case Sum(body=body) | Negation(body=body) | Power(base=body) | Function(argument=body):
            return (body,)
        case Add(terms=parts) | Product(factors=parts):
            return parts
        case Quotient(numerator=numerator, denominator=denominator):
            return (numerator, denominator)
        case _:
            return ()


def with_children(formula: Formula, parts: tuple[Formula, ...]) -> Formula:
    """The same operation on other formulas."""
    match formula:
        case Sum(index=index):
            return Sum(index, parts[0])
        case Negation():
            return Negation(parts[0])
        case Power(exponent=exponent):
            return Power(parts[0], exponent)
        case Function(name=name, derivative=derivative, parameter=parameter, over=over):
            return Function(name, parts[0], derivative, parameter, over)
        case Add():
            return add(*parts)
        case Product():
            return product(*parts)
        case Quotient():
            return Quotient(*parts)
        case _:
            return formula


def walk(formula: Formula, path: Path = ()) -> Iterator[tuple[Path, Formula]]:
    """Every formula inside, with the path that leads to it, outermost first."""
    yield path, formula
    for position, child in enumerate(children(formula)):
        yield from walk(child, (*path, position))


def transform(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The tree rebuilt from the leaves up, each formula passed through `change`."""
    parts = children(formula)
    if parts:
        formula = with_children(formula, tuple(transform(part, change) for part in parts))
    return change(formula)


def rename(formula: Formula, names: Mapping[Index, Index]) -> Formula:
    """The formula with its indices replaced."""

    def change(part: Formula) -> Formula:
        match part:
            case Ref(quantity, level, indices):
                return Ref(quantity, level, tuple(names.get(index, index) for index in indices))
            case Size(index):
                return Size(names.get(index, index))
            case Kronecker(left, right):
                return Kronecker(names.get(left, left), names.get(right, right))
            case Sum(index, body):
                return Sum(names.get(index, index), body)
            case Function(over=Index() as over):
                return Function(
                    part.name, part.argument, part.derivative, part.parameter, names.get(over, over)
                )
            case _:
                return part

    return transform(formula, change)


def substitute(formula: Formula, definitions: Mapping[Key, tuple[tuple[Index, ...], Formula]]) -> Formula:
    """The formula with every defined quantity written out, until none is left.

    A definition is (its own indices, its formula); a Ref with other indices renames them.
    """

    def change(part: Formula) -> Formula:
        if not isinstance(part, Ref) or part.key not in definitions:
            return part
        indices, definition = definitions[part.key]
        renamed = rename(definition, dict(zip(indices, part.indices, strict=True)))
        return substitute(renamed, definitions)

    return transform(formula, change)


def free_indices(formula: Formula) -> frozenset[Index]:
    """The indices that the formula's value depends on."""
    match formula:
        case Ref(indices=indices):
            return frozenset(indices)
        case Kronecker(left, right):
            return frozenset((left, right))
        case Sum(index, body):
            return free_indices(body) - {index}
        case _:
            return frozenset[Index]().union(*(free_indices(child) for child in children(formula)))


def refs(formula: Formula) -> list[Ref]:
    """The quantities the formula is made of, in the order written."""
    return [part for _, part in walk(formula) if isinstance(part, Ref)]
