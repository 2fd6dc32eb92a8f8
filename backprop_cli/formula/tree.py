"""The formula: a small tree in index notation, and walking and editing it.

Glossary
    Index       a letter that runs over a range: the units of one layer, the inputs, the samples, t = 1, 2, 3
    At          an index that is fixed: the 2 of h_2; in a network of which level, its units counted from 0
    Shifted     an index that is worked out from others: t − 1, i + m − 1
    Ref         a quantity with its indices, e.g. w_kj of layer 2: Ref("weights", 2, (k, j))
    Formula     a Number, a Ref, a Size, a Kronecker delta, or an operation on formulas
    level       in a network 0 = the inputs, 1..L = the layers, SAMPLE = the samples of the batch;
                in a problem of equations the symbol of a Ref ("h"), the range of an Index ("t")

A formula says nothing of values, digits or symbols: those belong to its readers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from ..records import dataclass

SAMPLE = -1


# A whole number in a network, a name (str) in a problem of equations; the code of either knows which.
Level: TypeAlias = Any


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Index:
    """An index over the units of a level, or over a named range.

    `copy` tells apart two indices over the same level: Σ_m a_m beside a_k.
    """

    level: Level
    copy: int = 0


@dataclasses.dataclass(frozen=True, slots=True, init=False)
class At(Index):
    """A fixed position along an axis, by its own number: the 2 of h_2."""

    position: int = 0

    def __init__(self, position: int, level: Level = "at") -> None:
        for name, value in (("level", level), ("copy", 0), ("position", position)):
            object.__setattr__(self, name, value)


@dataclasses.dataclass(frozen=True, slots=True, init=False)
class Shifted(Index):
    """A position worked out from indices, Σ factor·index + offset: t − 1, i + m − 1, 2·i + m − 2."""

    terms: tuple[tuple[int, Index], ...] = ()  # (factor, index), each index once
    offset: int = 0

    def __init__(self, terms: tuple[tuple[int, Index], ...], offset: int = 0) -> None:
        for name, value in (("level", "shifted"), ("copy", 0), ("terms", terms), ("offset", offset)):
            object.__setattr__(self, name, value)


SAMPLES = Index(SAMPLE)
Key = tuple[str, Level]


@dataclass(frozen=True)
class Number:
    """A number that the formula itself contains, such as the 2 of 2·(a − y) or the ½ of a loss."""

    value: Fraction


@dataclass(frozen=True)
class Ref:
    """A quantity of a level, its indices in canonical order: (sample, unit), (unit, input), (unit,) or ().

    In a problem of equations the quantity is "value", "gradient", "new", …, and the level the symbol: "h".
    """

    quantity: str
    level: Level
    indices: tuple[Index, ...] = ()

    @property
    def key(self) -> Key:
        return (self.quantity, self.level)


@dataclass(frozen=True)
class Size:
    """How many values an index takes: n samples, K outputs."""

    index: Index


@dataclass(frozen=True)
class Position:
    """The number that an index is at: the k of x^k, the t of γ^t."""

    place: Index


@dataclass(frozen=True)
class Kronecker:
    """1 where two indices agree, else 0: ∂x_j/∂x_k."""

    left: Index
    right: Index


@dataclass(frozen=True)
class Sum:
    """Σ over `index` of `body`."""

    index: Index
    body: Formula


@dataclass(frozen=True)
class Add:
    """The sum of two or more terms; a subtracted term is a Negation."""

    terms: tuple[Formula, ...]


@dataclass(frozen=True)
class Product:
    """The product of two or more factors, in the order they are written."""

    factors: tuple[Formula, ...]


@dataclass(frozen=True)
class Quotient:
    """numerator / denominator; an exact 0 above makes the whole 0, as the limit in y/a of a log loss does."""

    numerator: Formula
    denominator: Formula


@dataclass(frozen=True)
class Power:
    """base to a whole exponent."""

    base: Formula
    exponent: int


@dataclass(frozen=True)
class Raised:
    """base to an exponent that is a formula or no whole number: x^n, 2^x, s^1.5."""

    base: Formula
    exponent: Formula


@dataclass(frozen=True)
class Extreme:
    """The "max" or "min" of two or more formulas; with `picked` 1 where that argument is the first of it."""

    name: str
    arguments: tuple[Formula, ...]
    picked: int | None = None


@dataclass(frozen=True)
class Inside:
    """body where `place` is in the range of `index`, else no such term, that is 0: h_{t+1} at the last t."""

    place: Index
    index: Index
    body: Formula


@dataclass(frozen=True)
class Read:
    """body, which has a value for each `index`, at one place: the share of a softmax at 2, which of a max."""

    place: Index
    index: Index
    body: Formula


@dataclass(frozen=True)
class Negation:
    """−body."""

    body: Formula


@dataclass(frozen=True)
class Function:
    """A function of one argument, or its derivative.

    softmax also names the index that it normalises over; max, min and product run `over` an index as a sum
    does, and their derivative is for each value of it: 1 for the first that is the largest, else 0.
    """

    name: str
    argument: Formula
    derivative: bool = False
    parameter: float | None = None
    over: Index | None = None


# What binds the index it runs over.
REDUCTIONS = frozenset(("max", "min", "product"))

Formula = (
    Number
    | Ref
    | Size
    | Position
    | Kronecker
    | Sum
    | Add
    | Product
    | Quotient
    | Power
    | Raised
    | Extreme
    | Inside
    | Read
    | Negation
    | Function
)
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
    """numerator/denominator, as one exact number where both are numbers and it has a value."""
    if denominator == ONE:
        return numerator
    if isinstance(numerator, Number) and isinstance(denominator, Number) and denominator.value:
        return Number(numerator.value / denominator.value)
    return Quotient(numerator, denominator)


def children(formula: Formula) -> tuple[Formula, ...]:
    """The formulas directly inside this one."""
    match formula:
        case (
            Sum(body=body)
            | Negation(body=body)
            | Power(base=body)
            | Function(argument=body)
            | Inside(body=body)
            | Read(body=body)
        ):
            return (body,)
        case Add(terms=parts) | Product(factors=parts) | Extreme(arguments=parts):
            return parts
        case Raised(base=base, exponent=power):
            return (base, power)
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
        case Raised():
            return Raised(*parts)
        case Extreme(name=name, picked=picked):
            return Extreme(name, parts, picked)
        case Inside(place=place, index=index):
            return Inside(place, index, parts[0])
        case Read(place=place, index=index):
            return Read(place, index, parts[0])
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


def placed(place: Index, names: Mapping[Index, Index]) -> Index:
    """A place with its indices replaced, by letters, fixed positions or places worked out from others."""
    if not isinstance(place, Shifted):
        return names.get(place, place)
    factors: dict[Index, int] = {}
    offset = place.offset
    for factor, index in place.terms:
        other = names.get(index, index)
        if isinstance(other, At):
            offset += factor * other.position
            continue
        inside, shift = (other.terms, other.offset) if isinstance(other, Shifted) else (((1, other),), 0)
        offset += factor * shift
        for inner, letter in inside:
            factors[letter] = factors.get(letter, 0) + factor * inner
    return place_of(factors, offset)


def place_of(factors: Mapping[Index, int], offset: int) -> Index:
    """The place Σ factor·index + offset: a plain index, a fixed position, or one worked out."""
    terms = tuple((factor, index) for index, factor in factors.items() if factor)
    if not terms:
        return At(offset)
    if len(terms) == 1 and terms[0][0] == 1 and not offset:
        return terms[0][1]
    return Shifted(terms, offset)


def rename(formula: Formula, names: Mapping[Index, Index]) -> Formula:
    """The formula with its indices replaced."""

    def change(part: Formula) -> Formula:
        match part:
            case Ref(quantity, level, indices):
                return Ref(quantity, level, tuple(placed(index, names) for index in indices))
            case Size(index):
                other = names.get(index, index)
                return part if isinstance(other, At | Shifted) else Size(other)
            case Position(place):
                return Position(placed(place, names))
            case Kronecker(left, right):
                return Kronecker(placed(left, names), placed(right, names))
            case Inside(place, index, body):
                return Inside(placed(place, names), index, body)
            case Read(place, index, body):
                return Read(placed(place, names), index, body)
            case Sum(index, body):
                return Sum(names.get(index, index), body)
            case Function(over=Index() as over):
                return Function(
                    part.name, part.argument, part.derivative, part.parameter, names.get(over, over)
                )
            case _:
                return part

    return transform(formula, change)


def relocate(formula: Formula, names: Mapping[Index, Index]) -> Formula:
    """The formula with its free indices replaced, by letters, positions or places worked out from others.

    What a sum binds stays as it is. A softmax runs over letters only: `Read` is for one at a place.
    """
    if not names:
        return formula
    match formula:
        case Ref() | Size() | Position() | Kronecker():
            return rename(formula, names)
        case Sum(index, body):
            index, body = _free_of_capture(index, body, names)
            return Sum(index, relocate(body, _without(names, index)))
        case Function(name=name, over=Index() as index) if name in REDUCTIONS and not formula.derivative:
            index, body = _free_of_capture(index, formula.argument, names)
            return Function(name, relocate(body, _without(names, index)), False, formula.parameter, index)
        case Function(over=Index() as index):
            inside = relocate(formula.argument, names)
            return Function(
                formula.name, inside, formula.derivative, formula.parameter, names.get(index, index)
            )
        case Inside(place, index, body):
            return Inside(placed(place, names), index, relocate(body, names))
        case Read(place, index, body):
            index, body = _free_of_capture(index, body, names)
            return Read(placed(place, names), index, relocate(body, _without(names, index)))
    parts = children(formula)
    return with_children(formula, tuple(relocate(part, names) for part in parts)) if parts else formula


def _without(names: Mapping[Index, Index], index: Index) -> Mapping[Index, Index]:
    return {one: other for one, other in names.items() if one != index}


def _free_of_capture(index: Index, body: Formula, names: Mapping[Index, Index]) -> tuple[Index, Formula]:
    """What binds an index, with another one where a place that comes in is made of the same."""
    free = free_indices(body)
    coming = letters(*(place for one, place in names.items() if one in free and one != index))
    if index not in coming:
        return index, body
    copies = (one.copy for one in (*free, *coming) if one.level == index.level)
    other = Index(index.level, 1 + max(copies, default=0))
    return other, relocate(body, {index: other})


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
            return letters(*indices)
        case Position(place):
            return letters(place)
        case Kronecker(left, right):
            return letters(left, right)
        case Sum(index, body):
            return free_indices(body) - {index}
        case Function(name, argument, derivative=False, over=Index() as index) if name in REDUCTIONS:
            return free_indices(argument) - {index}
        case Function(_, argument, over=Index() as index):  # a share for each, even of equal arguments
            return free_indices(argument) | {index}
        case Inside(place, _, body):
            return letters(place) | free_indices(body)
        case Read(place, index, body):
            return letters(place) | (free_indices(body) - {index})
        case _:
            return frozenset[Index]().union(*(free_indices(child) for child in children(formula)))


def letters(*places: Index) -> frozenset[Index]:
    """The indices that places are made of."""
    found: set[Index] = set()
    for place in places:
        if isinstance(place, Shifted):
            found.update(index for _, index in place.terms)
        elif not isinstance(place, At):
            found.add(place)
    return frozenset(found)


def refs(formula: Formula) -> list[Ref]:
    """The quantities the formula is made of, in the order written."""
    return [part for _, part in walk(formula) if isinstance(part, Ref)]
