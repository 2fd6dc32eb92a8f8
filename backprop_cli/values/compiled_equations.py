"""A formula of an equation problem compiled to a function of the named values, once for many evaluations.

Glossary
    values    key → array, an axis for each of the symbol's own indices, from its range's first position on
    axes      the indices that an array's axes stand for, in the order of `Index`
    fixed     index → position: what a recurrence is at while its other indices are worked out together
    Compiled  a function values → array, with its axes

A place outside a symbol's range is looked up among the family's starts; where the formula says that there is
no such term (`Inside`) nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    Inside,
    Key,
    Kronecker,
    Negation,
    Number,
    Position,
    Power,
    Product,
    Quotient,
    Raised,
    Read,
    Ref,
    Shifted,
    Size,
    Sum,
    relocate,
)
from ..functions.table import row_of
from ..plan.optimizers import TO_THE_STEP
from ..problem.equations import EquationProblem

# Which step is taken, where a plan is worked out for one after the other; else its own number counts.
STEP: Key = ("step", 0)

Values = Mapping[Key, Array]
Work = Callable[[Values], Any]
Axes = tuple[Index, ...]


@dataclass(frozen=True)
class Compiled:
    """What works a formula out, and the axes of what comes out."""

    work: Work
    axes: Axes


class Compiler:
    """Compiles the formulas of one problem.

    `stable` says that ln σ(z) and ln softmax(z) may be taken from z itself, which neither cancels nor
    overflows; it is off where a rounded σ(z) is what the next line has to use.
    """

    def __init__(
        self, problem: EquationProblem, *, stable: bool = False, fixed: Mapping[Index, int] | None = None
    ) -> None:
        self.problem, self.stable, self.fixed = problem, stable, dict(fixed or {})

    def at(self, fixed: Mapping[Index, int]) -> Compiler:
        """A compiler with some indices held at positions."""
        return Compiler(self.problem, stable=self.stable, fixed=fixed)

    def array(self, formula: Formula, indices: Axes) -> Work:
        """The formula's value over `indices`, in that order."""
        found = self.compile(formula)
        wanted = tuple(index for index in indices if index not in self.fixed)
        align = _alignment(found.axes, wanted)
        shape = tuple(self.size(index) for index in wanted)
        if found.axes == wanted:
            return found.work
        work = found.work
        return lambda values: np.broadcast_to(align(work(values)), shape)

    def compile(self, formula: Formula) -> Compiled:
        return _COMPILERS[type(formula)](self, formula)

    def size(self, index: Index) -> int:
        return len(self.problem.range_of(index))

    def positions(self, place: Index) -> tuple[Array, Axes]:
        """The positions that a place takes, an integer array over its axes."""
        if isinstance(place, At):
            return np.asarray(place.position), ()
        terms = place.terms if isinstance(place, Shifted) else ((1, place),)
        offset = place.offset if isinstance(place, Shifted) else 0
        free: list[tuple[int, Index]] = []
        for factor, index in terms:
            if index in self.fixed:
                offset += factor * self.fixed[index]
            else:
                free.append((factor, index))
        axes = tuple(sorted(index for _, index in free))
        total: Any = np.asarray(offset)
        for factor, index in free:
            span = self.problem.range_of(index)
            along = [1] * len(axes)
            along[axes.index(index)] = len(span)
            total = total + factor * np.arange(span.first, span.first + len(span)).reshape(along)
        return total, axes

    def together(self, parts: tuple[Formula, ...]) -> tuple[list[Work], Axes]:
        """The parts over the union of their axes, ready to be combined element by element."""
        compiled = [self.compile(part) for part in parts]
        axes = _union(found.axes for found in compiled)
        return [_aligned(found, axes) for found in compiled], axes

    # One method for each kind of formula.

    def number(self, formula: Number) -> Compiled:
        value = np.float64(float(formula.value))
        return Compiled(lambda values: value, ())

    def ref(self, formula: Ref) -> Compiled:
        own = self.problem.axes.get(formula.level, ())
        if not formula.indices:
            key = formula.key
            return Compiled(lambda values: values[key], ())
        placed = [self.positions(place) for place in formula.indices]
        starts = self.problem.starts.get(formula.level) if formula.quantity == "value" else None
        if starts is not None:
            span = self.problem.range_of(own[starts.axis])
            there = placed[starts.axis][0]
            if (there < span.first).any() or (there >= span.first + len(span)).any():
                return self._with_starts(formula, own, placed)
        spans = [self.problem.range_of(index) for index in own]
        return _gathered(formula.key, placed, [span.first for span in spans], [len(span) for span in spans])

    def _with_starts(self, formula: Ref, own: Axes, placed: list[tuple[Array, Axes]]) -> Compiled:
        """A family read at positions that are its own and at others, which are its starts."""
        starts = self.problem.starts[formula.level]
        axis, there = starts.axis, placed[starts.axis][0]
        if there.ndim == 0:
            others = (*formula.indices[:axis], *formula.indices[axis + 1 :])
            symbol = starts.symbols.get(int(there))
            if symbol is None:
                raise KeyError(f"{formula.level} has no position {int(there)}")
            return self.ref(Ref("value", symbol, others))
        span = self.problem.range_of(own[axis])
        low = min(span.first, *starts.symbols)
        high = max(span.first + len(span) - 1, *starts.symbols)
        sizes = [len(self.problem.range_of(index)) for index in own]
        sizes[axis] = high - low + 1
        firsts = [self.problem.range_of(index).first for index in own]
        firsts[axis] = low
        key, symbols = formula.key, dict(starts.symbols)
        middle: list[Any] = [slice(None)] * axis
        inner = _gathered(key, placed, firsts, sizes)

        def work(values: Values) -> Any:
            whole = np.full(sizes, np.nan)
            whole[(*middle, slice(span.first - low, span.first - low + len(span)))] = values[key]
            for position, symbol in symbols.items():
                whole[(*middle, position - low)] = values["value", symbol]
            return inner.work({key: whole})

        return Compiled(work, inner.axes)

    def size_of(self, formula: Size) -> Compiled:
        value = np.float64(self.size(formula.index))
        return Compiled(lambda values: value, ())

    def position(self, formula: Position) -> Compiled:
        positions, axes = self.positions(formula.place)
        value = np.asarray(positions, dtype=np.float64)
        return Compiled(lambda values: value, axes)

    def kronecker(self, formula: Kronecker) -> Compiled:
        (left, left_axes), (right, right_axes) = self.positions(formula.left), self.positions(formula.right)
        axes = _union((left_axes, right_axes))
        found = _alignment(left_axes, axes)(left) == _alignment(right_axes, axes)(right)
        value = np.asarray(found, dtype=np.float64)
        return Compiled(lambda values: value, axes)

    def inside(self, formula: Inside) -> Compiled:
        positions, axes = self.positions(formula.place)
        span = self.problem.range_of(formula.index)
        there = (positions >= span.first) & (positions < span.first + len(span))
        if not there.any():
            return Compiled(lambda values: np.float64(0.0), ())
        body = self.compile(formula.body)
        if there.all():
            return body
        union = _union((axes, body.axes))
        work, mask = _aligned(body, union), _alignment(axes, union)(there)
        return Compiled(lambda values: np.where(mask, work(values), 0.0), union)

    def read(self, formula: Read) -> Compiled:
        body = self.compile(formula.body)
        positions, axes = self.positions(formula.place)
        if formula.index not in body.axes:
            return body
        union = _union((axes, tuple(index for index in body.axes if index != formula.index)))
        span = self.problem.range_of(formula.index)
        where: list[Any] = []
        for index in body.axes:
            if index == formula.index:
                where.append(_alignment(axes, union)(np.clip(positions - span.first, 0, len(span) - 1)))
            else:
                where.append(_alignment((index,), union)(np.arange(self.size(index))))
        work, spread = body.work, tuple(where)
        return Compiled(lambda values: work(values)[spread], union)

    def add(self, formula: Add) -> Compiled:
        works, axes = self.together(formula.terms)
        return Compiled(lambda values: reduce(np.add, [work(values) for work in works]), axes)

    def product(self, formula: Product) -> Compiled:
        works, axes = self.together(formula.factors)
        if _limits(formula.factors):
            return Compiled(lambda values: _multiplied([work(values) for work in works]), axes)
        return Compiled(lambda values: reduce(np.multiply, [work(values) for work in works]), axes)

    def negation(self, formula: Negation) -> Compiled:
        body = self.compile(formula.body)
        work = body.work
        return Compiled(lambda values: -work(values), body.axes)

    def power(self, formula: Power) -> Compiled:
        base = self.compile(formula.base)
        work, exponent = base.work, formula.exponent
        if isinstance(formula.base, Ref) and formula.base.quantity in TO_THE_STEP:
            return Compiled(lambda values: work(values) ** values.get(STEP, exponent), base.axes)
        return Compiled(lambda values: work(values) ** exponent, base.axes)

    def raised(self, formula: Raised) -> Compiled:
        (base, exponent), axes = self.together((formula.base, formula.exponent))
        return Compiled(lambda values: np.power(base(values), exponent(values)), axes)

    def quotient(self, formula: Quotient) -> Compiled:
        (top, bottom), axes = self.together((formula.numerator, formula.denominator))

        def work(values: Values) -> Any:
            above = top(values)
            return np.where(above == 0, 0.0, above / bottom(values))

        return Compiled(work, axes)

    def extreme(self, formula: Extreme) -> Compiled:
        works, axes = self.together(formula.arguments)
        most = np.maximum if formula.name == "max" else np.minimum
        if formula.picked is None:
            return Compiled(lambda values: reduce(most, [work(values) for work in works]), axes)
        place = formula.picked

        def picked(values: Values) -> Any:
            found = [work(values) for work in works]
            own, best = found[place], reduce(most, found)
            before = [np.asarray(other != best) for other in found[:place]]
            return np.where(reduce(np.logical_and, before, own == best), 1.0, 0.0)

        return Compiled(picked, axes)

    def sum(self, formula: Sum) -> Compiled:
        over, body = {formula.index}, formula.body
        while isinstance(body, Sum):
            over.add(body.index)
            body = body.body
        factors = body.factors if isinstance(body, Product) else (body,)
        if len(factors) == 1 or _limits(factors):
            found = self.compile(body)
            parts = [found]
        else:
            parts = [self.compile(factor) for factor in factors]
        axes = _union(part.axes for part in parts)
        kept = tuple(index for index in axes if index not in over)
        scale = float(np.prod([self.size(index) for index in over.difference(axes)], dtype=np.float64))
        total = _totalled(parts, axes, kept)
        if scale == 1.0:
            return Compiled(total, kept)
        return Compiled(lambda values: total(values) * scale, kept)

    def function(self, formula: Function) -> Compiled:
        if formula.name == "ln" and self.stable and (found := self._logarithm(formula.argument)):
            return found
        if formula.over in self.fixed:  # a share at the position held: all others are needed for it
            others = {index: at for index, at in self.fixed.items() if index != formula.over}
            return self.at(others).read(Read(At(self.fixed[formula.over]), formula.over, formula))
        body = self.compile(formula.argument)
        work = body.work
        if formula.over is None:
            row = row_of(formula)
            apply = row.prime if formula.derivative else row
            return Compiled(lambda values: apply(np.asarray(work(values))), body.axes)
        return self._over(formula, formula.over, body)

    def _over(self, formula: Function, index: Index, body: Compiled) -> Compiled:
        """A softmax, a max, a min or a product over an index."""
        if index not in body.axes:
            axes = tuple(sorted((*body.axes, index)))
            stretched, shape = _aligned(body, axes), tuple(self.size(one) for one in axes)
            body = Compiled(lambda values: np.broadcast_to(stretched(values), shape), axes)
        axis, work = body.axes.index(index), body.work
        others = tuple(one for one in body.axes if one != index)
        if formula.name == "softmax":
            row = row_of(formula)
            return Compiled(
                lambda values: np.moveaxis(row(np.moveaxis(work(values), axis, -1)), -1, axis), body.axes
            )
        if formula.name == "product":
            return Compiled(lambda values: np.prod(work(values), axis=axis), others)
        sign = 1.0 if formula.name == "max" else -1.0
        if not formula.derivative:
            return Compiled(lambda values: sign * (sign * work(values)).max(axis=axis), others)
        count = self.size(index)

        def first(values: Values) -> Any:
            best = np.argmax(sign * work(values), axis=axis)
            return np.moveaxis(np.eye(count)[best], -1, axis)

        return Compiled(first, body.axes)

    def _logarithm(self, argument: Formula) -> Compiled | None:
        """ln a or ln(1 − a) straight from z, where a is a symbol that an equation gives as f(z)."""
        complement = isinstance(argument, Add) and len(argument.terms) == 2 and argument.terms[0] == ONE
        inner = argument
        if isinstance(argument, Add) and complement and isinstance(argument.terms[1], Negation):
            inner = argument.terms[1].body
        if not isinstance(inner, Ref) or inner.quantity != "value":
            return None
        equation = self.problem.equation(inner.level)
        formula = equation.formula if equation else None
        if equation is None or not isinstance(formula, Function) or formula.derivative:
            return None
        row = row_of(formula) if formula.name not in ("max", "min", "product") else None
        logarithm = row and (row.log_complement if complement else row.log)
        plain = not any(isinstance(place, At | Shifted) for place in inner.indices)
        if logarithm is None or not plain:
            return None
        names = dict(zip(equation.indices, inner.indices, strict=True))
        if any(self.problem.range_of(old) != self.problem.range_of(new) for old, new in names.items()):
            return None
        body = self.compile(relocate(formula.argument, names))
        work, apply = body.work, logarithm
        if formula.over is None:
            return Compiled(lambda values: apply(np.asarray(work(values))), body.axes)
        over = names.get(formula.over, formula.over)
        if over not in body.axes:
            return None
        axis = body.axes.index(over)
        return Compiled(
            lambda values: np.moveaxis(apply(np.moveaxis(work(values), axis, -1)), -1, axis), body.axes
        )


def _union(axes: Any) -> Axes:
    return tuple(sorted({index for own in axes for index in own}))


def _same(array: Any) -> Any:
    return array


def _alignment(own: Axes, wanted: Axes) -> Callable[[Any], Any]:
    """What puts an array's axes in the wanted order, of length 1 where it does not depend on one."""
    if own == wanted or not own:
        return _same
    present = [index for index in wanted if index in own]
    order = [own.index(index) for index in present]
    insert = tuple(slice(None) if index in own else None for index in wanted)
    if order == sorted(order):
        return lambda array: np.asarray(array)[insert]
    return lambda array: np.asarray(array).transpose(order)[insert]


def _aligned(found: Compiled, wanted: Axes) -> Work:
    align, work = _alignment(found.axes, wanted), found.work
    return work if align is _same else lambda values: align(work(values))


def _gathered(key: Key, placed: list[tuple[Array, Axes]], firsts: list[int], sizes: list[int]) -> Compiled:
    """An array read at places: by slices where each axis has a letter of its own, else one by one.

    Places outside are read at the nearest end: what stands there is not used.
    """
    singles = [own[0] if len(own) == 1 else None for _, own in placed]
    named = [index for index in singles if index is not None]
    simple = len(set(named)) == len(named)
    keys: list[Any] = []
    for (positions, own), first, size in zip(placed, firsts, sizes, strict=True):
        offsets = positions - first
        if not own:
            keys.append(min(max(int(offsets), 0), size - 1))
        elif len(own) == 1 and offsets[0] >= 0 and offsets[-1] < size and (np.diff(offsets) == 1).all():
            whole = offsets[0] == 0 and len(offsets) == size
            keys.append(slice(None) if whole else slice(int(offsets[0]), int(offsets[-1]) + 1))
        else:
            simple = False
    if simple:
        axes = tuple(named)
        order = tuple(sorted(axes))
        align = _alignment(axes, order)
        if all(one == slice(None) for one in keys):
            return Compiled(lambda values: align(values[key]), order)
        where = tuple(keys)
        return Compiled(lambda values: align(values[key][where]), order)
    union = _union(own for _, own in placed)
    spread = tuple(
        np.clip(_alignment(own, union)(positions - first), 0, size - 1)
        for (positions, own), first, size in zip(placed, firsts, sizes, strict=True)
    )
    return Compiled(lambda values: values[key][spread], union)


def _limits(factors: tuple[Formula, ...]) -> bool:
    """Whether a product may be 0·ln 0, which is 0."""
    return any(isinstance(part, Function) and part.name == "ln" for part in factors)


def _multiplied(arrays: list[Any]) -> Any:
    """The product, in which 0·ln 0 is 0, the limit that a log loss means; no other 0·∞ is."""
    result = np.asarray(reduce(np.multiply, arrays))
    if np.isfinite(result).all():
        return result
    zero = reduce(np.logical_or, [np.asarray(array) == 0 for array in arrays])
    undefined = reduce(np.logical_or, [np.isnan(array) for array in arrays])
    return np.where(zero & ~undefined, 0.0, result)


_BIG = 20_000  # multiplications from which on an order of contraction is worth looking for


def _totalled(parts: list[Compiled], axes: Axes, kept: Axes) -> Work:
    """The sum over the axes that are not kept of the product of the parts."""
    if len(parts) == 1:
        work, summed = parts[0].work, tuple(axes.index(index) for index in axes if index not in kept)
        return lambda values: np.asarray(work(values)).sum(axis=summed)
    works = [part.work for part in parts]
    places = [[axes.index(index) for index in part.axes] for part in parts]
    result = [axes.index(index) for index in kept]
    path: list[Any] = []

    def total(values: Values) -> Any:
        operands: list[Any] = []
        for work, place in zip(works, places, strict=True):
            operands += [work(values), place]
        if not path:
            large = sum(np.size(array) for array in operands[::2]) > _BIG
            path.append(np.einsum_path(*operands, result)[0] if large else False)
        return np.einsum(*operands, result, optimize=path[0])

    return total


_COMPILERS: dict[type, Callable[[Compiler, Any], Compiled]] = {
    Number: Compiler.number,
    Ref: Compiler.ref,
    Size: Compiler.size_of,
    Position: Compiler.position,
    Kronecker: Compiler.kronecker,
    Sum: Compiler.sum,
    Add: Compiler.add,
    Product: Compiler.product,
    Quotient: Compiler.quotient,
    Power: Compiler.power,
    Raised: Compiler.raised,
    Extreme: Compiler.extreme,
    Inside: Compiler.inside,
    Read: Compiler.read,
    Negation: Compiler.negation,
    Function: Compiler.function,
}
