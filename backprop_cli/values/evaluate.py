"""Working a formula out over NumPy arrays, one axis for each of its indices.

Glossary
    values    key → array, its axes in the order of the quantity's indices:
              (sample, unit), (unit, input), (unit,), ()
    Value     an array with the indices that its axes stand for
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from ..formula.arithmetic import Array
from ..formula.tree import (
    ONE,
    Add,
    At,
    Extreme,
    Formula,
    Function,
    Index,
    Key,
    Kronecker,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Raised,
    Ref,
    Size,
    Sum,
)
from ..functions.table import Row, row_of
from ..problem.problem import Problem

Value = tuple[Array, tuple[Index, ...]]
Values = Mapping[Key, Array]


class Evaluator:
    """Evaluates formulas over named values.

    `logarithms` lists the activations whose ln is taken from their preactivations, which neither cancels nor
    overflows; it is empty where a rounded activation is what the next line has to use.
    """

    def __init__(self, problem: Problem, values: Values, logarithms: Mapping[Key, Row] | None = None) -> None:
        self.problem = problem
        self.values = values
        self.logarithms = logarithms or {}

    @np.errstate(all="ignore")  # what is not finite is the caller's to judge
    def array(self, formula: Formula, indices: tuple[Index, ...]) -> Array:
        """The formula's value, with one axis for each of `indices`, in that order."""
        array, axes = self.value(formula)
        shape = tuple(self.size(index) for index in indices)
        return np.array(np.broadcast_to(_aligned(array, axes, indices), shape), dtype=np.float64)

    def size(self, index: Index) -> int:
        """How many values an index takes."""
        return int(self.problem.size(index))

    def value(self, formula: Formula) -> Value:
        """The formula's value, with the axes it depends on."""
        return _READERS[type(formula)](self, formula)


def _aligned(array: Array, axes: tuple[Index, ...], wanted: tuple[Index, ...]) -> Array:
    """The array with its axes in the wanted order, of length 1 where it does not depend on one."""
    if axes == wanted:
        return array
    present = tuple(index for index in wanted if index in axes)
    array = array.transpose([axes.index(index) for index in present])
    return array.reshape([array.shape[present.index(index)] if index in present else 1 for index in wanted])


def cut(array: Array, places: tuple[Index, ...]) -> Value:
    """What is left of an array, whose last axes are at `places`, where some of these are fixed positions."""
    if not any(isinstance(place, At) for place in places):
        return array, places
    at = tuple(place.position if isinstance(place, At) else slice(None) for place in places)
    return array[(..., *at)], tuple(place for place in places if not isinstance(place, At))


def _together(values: list[Value]) -> tuple[list[Array], tuple[Index, ...]]:
    """The arrays over the union of their axes, ready to be combined element by element."""
    axes = values[0][1]
    if any(other != axes for _, other in values):
        axes = tuple(sorted({index for _, others in values for index in others}))
    return [_aligned(array, own, axes) for array, own in values], axes


def _multiplied(factors: tuple[Formula, ...], arrays: list[Array]) -> Array:
    """The factors' product, in which 0·ln 0 is 0, the limit that a log loss means; no other 0·∞ is."""
    result = np.asarray(reduce(np.multiply, arrays))
    if np.isfinite(result).all() or not any(
        isinstance(part, Function) and part.name == "ln" for part in factors
    ):
        return result
    zero = reduce(np.logical_or, (array == 0 for array in arrays))
    undefined = reduce(np.logical_or, (np.isnan(array) for array in arrays))
    return np.where(zero & ~undefined, 0.0, result)


def _number(reader: Evaluator, formula: Number) -> Value:
    return np.float64(formula.value) + np.zeros(()), ()


def _ref(reader: Evaluator, formula: Ref) -> Value:
    return cut(reader.values[formula.key], formula.indices)


def _size(reader: Evaluator, formula: Size) -> Value:
    return np.array(float(reader.size(formula.index))), ()


def _kronecker(reader: Evaluator, formula: Kronecker) -> Value:
    return cut(np.eye(reader.size(formula.left)), (formula.left, formula.right))


def _add(reader: Evaluator, formula: Add) -> Value:
    arrays, axes = _together([reader.value(term) for term in formula.terms])
    return reduce(np.add, arrays), axes


def _product(reader: Evaluator, formula: Product) -> Value:
    arrays, axes = _together([reader.value(factor) for factor in formula.factors])
    return _multiplied(formula.factors, arrays), axes


def _negation(reader: Evaluator, formula: Negation) -> Value:
    array, axes = reader.value(formula.body)
    return -array, axes


def _power(reader: Evaluator, formula: Power) -> Value:
    array, axes = reader.value(formula.base)
    return array**formula.exponent, axes


def _raised(reader: Evaluator, formula: Raised) -> Value:
    (base, exponent), axes = _together([reader.value(formula.base), reader.value(formula.exponent)])
    return np.power(base, exponent), axes


def _extreme(reader: Evaluator, formula: Extreme) -> Value:
    """The largest or smallest; with `picked` 1 where that argument is the first of it, else 0."""
    arrays, axes = _together([reader.value(argument) for argument in formula.arguments])
    stacked = np.stack(np.broadcast_arrays(*arrays))
    signed = stacked if formula.name == "max" else -stacked
    if formula.picked is None:
        return stacked.max(axis=0) if formula.name == "max" else stacked.min(axis=0), axes
    return (signed.argmax(axis=0) == formula.picked).astype(np.float64), axes


def _quotient(reader: Evaluator, formula: Quotient) -> Value:
    (top, bottom), axes = _together([reader.value(formula.numerator), reader.value(formula.denominator)])
    return np.where(top == 0, 0.0, top / bottom), axes


def _sum(reader: Evaluator, formula: Sum) -> Value:
    over, body = {formula.index}, formula.body
    while isinstance(body, Sum):
        over.add(body.index)
        body = body.body
    factors = body.factors if isinstance(body, Product) else (body,)
    values = [reader.value(factor) for factor in factors]
    axes = tuple(sorted({index for _, own in values for index in own}))
    kept = tuple(index for index in axes if index not in over)
    operands: list[Any] = []
    for array, own in values:
        operands += [array, [axes.index(index) for index in own]]
    total = np.asarray(np.einsum(*operands, [axes.index(index) for index in kept], optimize=len(values) > 1))
    if not np.isfinite(total).all():
        arrays, _ = _together(values)
        summed = tuple(axes.index(index) for index in over if index in axes)
        total = np.asarray(_multiplied(factors, arrays).sum(axis=summed))
    for index in over.difference(axes):
        total = total * reader.size(index)
    return total, kept


def _function(reader: Evaluator, formula: Function) -> Value:
    if formula.name == "ln" and (stable := _logarithm(reader, formula.argument)):
        return stable
    array, axes = reader.value(formula.argument)
    if formula.over is not None:
        axis = axes.index(formula.over)
        moved = row_of(formula)(np.moveaxis(array, axis, -1))
        return np.moveaxis(moved, -1, axis), axes
    return apply(formula, array), axes


def _logarithm(reader: Evaluator, argument: Formula) -> Value | None:
    """ln a or ln(1 − a) straight from the preactivation, where the activation has such a form."""
    match argument:
        case Ref() as a:
            complement = False
        case Add(terms=(first, Negation(body=Ref() as a))) if first == ONE:
            complement = True
        case _:
            return None
    activation = reader.logarithms.get(a.key)
    if activation is None:
        return None
    logarithm = activation.log_complement if complement else activation.log
    if logarithm is None:
        return None
    return logarithm(reader.values["preactivation", a.level]), a.indices


def apply(function: Function, argument: Array) -> Array:
    """An elementwise function, or its derivative, of an array."""
    row = row_of(function)
    return row.prime(argument) if function.derivative else row(argument)


# Each reader takes just the type it is filed under.
_READERS: dict[type, Callable[[Evaluator, Any], Value]] = {
    Number: _number,
    Ref: _ref,
    Size: _size,
    Kronecker: _kronecker,
    Sum: _sum,
    Add: _add,
    Product: _product,
    Quotient: _quotient,
    Power: _power,
    Raised: _raised,
    Extreme: _extreme,
    Negation: _negation,
    Function: _function,
}
