"""An index formula as a matrix equation: Σ over an inner index is a matrix product, the rest is elementwise.

Each quantity has an orientation: the index along its rows and the one along its columns. A formula wanted as
(row, column) writes a quantity as it stands, or transposed; a sum over s of factors (row, s) and (s, column)
is a matrix product; factors that share both indices meet in a Hadamard product ⊙.
Source: Nielsen, *Neural Networks and Deep Learning*, ch. 2; Petersen & Pedersen, *The Matrix Cookbook*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..formula.tree import (
    SAMPLE,
    Add,
    Formula,
    Function,
    Index,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Ref,
    Size,
    Sum,
    free_indices,
    substitute,
)
from ..plan.steps import Step
from ..problem.problem import Problem
from .document import (
    BigSum,
    Call,
    Digits,
    Equation,
    Fenced,
    Fraction,
    Math,
    Matrix,
    Operator,
    Partial,
    Relation,
    Row,
    Superscript,
)
from .document import Transposed as Transpose
from .equation_lines import UNNAMED, Lines, sign
from .math_writing import Writer, spelled_out
from .optimizer_symbols import exponent
from .shown_numbers import Figures
from .symbols import Symbols
from .written import Binding, Written

Axis = Index | None


@dataclass(frozen=True)
class MatrixWriter:
    """Writes formulas over whole matrices; with figures, over matrices of numbers."""

    symbols: Symbols
    figures: Figures | None
    scalars: Writer

    @property
    def problem(self) -> Problem:
        return self.symbols.problem

    def natural(self, indices: tuple[Index, ...]) -> tuple[Axis, Axis]:
        """How a quantity with these indices stands in the handout: (row index, column index)."""
        notation = self.problem.notation
        columns = notation.samples == "columns"
        match indices:
            case (Index(level=level) as sample, unit) if level == SAMPLE:
                return (unit, sample) if columns else (sample, unit)
            case (unit, source):
                return (unit, source) if notation.weight_order == "unit,input" else (source, unit)
            case (Index(level=level) as only,) if level == SAMPLE:
                return (None, only) if columns else (only, None)
            case (only,):
                return (only, None) if columns else (None, only)
            case _:
                return (None, None)

    def write(self, formula: Formula, axes: tuple[Axis, Axis]) -> Math:
        return self._write(formula, axes, leading=True).math

    def _write(self, formula: Formula, axes: tuple[Axis, Axis], leading: bool = False) -> Written:
        if not free_indices(formula) and not isinstance(formula, Sum | Product | Negation):
            return self.scalars._write(formula, {}, leading)
        return _WRITERS[type(formula)](self, formula, axes, leading)

    def _inside(
        self, formula: Formula, axes: tuple[Axis, Axis], place: Binding, leading: bool = False
    ) -> Math:
        written = self._write(formula, axes, leading)
        return (
            written.math
            if written.binding >= place
            else Fenced(self._write(formula, axes, leading=True).math)
        )

    def single(self, indices: frozenset[Index]) -> bool:
        """Whether a quantity over these indices is a single number."""
        return all(self.problem.size(index) == 1 for index in indices)

    def ref(self, formula: Ref, axes: tuple[Axis, Axis], leading: bool) -> Written:
        own = self.natural(formula.indices)
        turned = own not in (axes, (axes[0], None), (None, axes[1]), (None, None)) and own[::-1] != own
        if self.figures is not None:
            return self._numbers(formula, own[::-1] if turned else own, leading)
        symbol = self.symbols.whole(formula)
        return Written(Transpose(symbol) if turned else symbol, Binding.ATOM)

    def _numbers(self, formula: Ref, axes: tuple[Axis, Axis], leading: bool) -> Written:
        figures = self.figures
        if figures is None:
            raise ValueError("numbers need figures")
        rows, columns = (int(self.problem.size(axis)) if axis else 1 for axis in axes)

        def at(row: int, column: int) -> Digits:
            places = {axis: place for axis, place in zip(axes, (row, column), strict=True) if axis}
            return Digits(figures.at(formula.key, tuple(places[index] for index in formula.indices)))

        if rows * columns == 1:
            digits = at(0, 0)
            if digits.text.startswith("-") and not leading:
                return Written(Fenced(digits), Binding.ATOM)
            return Written(digits, Binding.PRODUCT if digits.text.startswith("-") else Binding.ATOM)
        grid = tuple(tuple(at(row, column) for column in range(columns)) for row in range(rows))
        return Written(Matrix(grid), Binding.ATOM)

    def add(self, formula: Add, axes: tuple[Axis, Axis], leading: bool) -> Written:
        items: list[Math] = []
        for term in formula.terms:
            subtracted = isinstance(term, Negation) and bool(items)
            body = term.body if isinstance(term, Negation) and subtracted else term
            if items:
                items.append(Operator("−" if subtracted else "+"))
            items.append(self._inside(body, axes, Binding.PRODUCT, leading and not items))
        return Written(Row(tuple(items)), Binding.SUM)

    def negation(self, formula: Negation, axes: tuple[Axis, Axis], leading: bool) -> Written:
        body = self._inside(formula.body, axes, Binding.PRODUCT)
        return Written(Row((Operator("−", spaced=False), body)), Binding.PRODUCT if leading else Binding.SUM)

    def power(self, formula: Power, axes: tuple[Axis, Axis], leading: bool) -> Written:
        base = self._inside(formula.base, axes, Binding.ATOM)
        base = Fenced(base) if isinstance(base, Partial) else base
        power = exponent(formula, in_symbols=self.figures is None)
        return Written(Superscript(base, power), Binding.POWER)

    def quotient(self, formula: Quotient, axes: tuple[Axis, Axis], leading: bool) -> Written:
        if self.single(free_indices(formula)):
            top = self._write(formula.numerator, axes, leading).math
            bottom = self.write(formula.denominator, axes)
            return Written(Fraction(top, bottom), Binding.PRODUCT)
        top = self._inside(formula.numerator, axes, Binding.ATOM)
        bottom = self._inside(formula.denominator, axes, Binding.ATOM)
        return Written(Row((top, Operator("⊘"), bottom)), Binding.PRODUCT)

    def function(self, formula: Function, axes: tuple[Axis, Axis], leading: bool) -> Written:
        if self.figures is not None and (spelled := spelled_out(formula)) is not formula:
            return self._write(spelled, axes, leading)
        name = self.scalars.function_name(formula)
        return Written(Call(name, (self.write(formula.argument, axes),), formula.derivative), Binding.ATOM)

    def product(self, formula: Product, axes: tuple[Axis, Axis], leading: bool) -> Written:
        factors = formula.factors
        if self.figures is not None:
            spelled = [spelled_out(factor) for factor in factors]
            factors = tuple(part for f in spelled for part in (f.factors if isinstance(f, Product) else (f,)))
        return self._together(factors, axes, leading)

    def _together(self, factors: tuple[Formula, ...], axes: tuple[Axis, Axis], leading: bool) -> Written:
        """Factors side by side: scalars with ·, matrices with ⊙."""
        row: list[Math] = []
        before_is_matrix = False
        for position, factor in enumerate(factors):
            matrix = not self.single(free_indices(factor))
            written = self._write(factor, axes, leading and not row)
            math = written.math
            compound = written.binding < Binding.PRODUCT or (
                isinstance(factor, Sum)
                and matrix
                and len(factors) > 1
                and (before_is_matrix or position < len(factors) - 1)
            )
            if compound or (isinstance(math, BigSum) and position < len(factors) - 1):
                math = Fenced(self._write(factor, axes, leading=True).math)
            if row:
                row.append(Operator("⊙" if matrix and before_is_matrix else "·"))
            row.append(math)
            before_is_matrix = before_is_matrix or matrix
        return Written(Row(tuple(row)) if len(row) > 1 else row[0], Binding.PRODUCT)

    def sum(self, formula: Sum, axes: tuple[Axis, Axis], leading: bool) -> Written:
        row, column = axes
        over, body = formula.index, formula.body
        if isinstance(body, Sum) and row is None and column is None:
            if self.single(frozenset((over,))):
                return self._write(body, axes, leading)
            inner = self.write(body.body, self.natural(_sorted(free_indices(body.body))))
            return self._summed(body.body, frozenset((over, body.index)), inner, leading)
        factors = body.factors if isinstance(body, Product) else (body,)
        free = [free_indices(factor) for factor in factors]
        left = tuple(f for f, own in zip(factors, free, strict=True) if column not in own)
        right = tuple(f for f, own in zip(factors, free, strict=True) if column in own)
        if column is None:
            left, right = factors, ()
        if left and right and all(over in own for own in free):
            pair = (self._factor(left, (row, over)), self._factor(right, (over, column)))
            return Written(Row((pair[0], Operator("·"), pair[1])), Binding.PRODUCT)
        inner_axes: tuple[Axis, Axis] = (over, column)
        if row is not None and row in free_indices(body):
            inner_axes = (row, over)
        elif column is None or column not in free_indices(body):
            inner_axes = self.natural(_sorted(free_indices(body)))
        if self.single(frozenset((over,))):
            return self._write(body, inner_axes, leading)
        return self._summed(body, frozenset((over,)), self._factor(factors, inner_axes), leading)

    def _summed(self, body: Formula, over: frozenset[Index], inner: Math, leading: bool) -> Written:
        if self.single(over):
            return Written(inner, Binding.SUM)
        several = [index for index in over if self.problem.size(index) != 1]
        letter = self.symbols.letters[several[0]] if len(several) == 1 else ""
        if isinstance(body, Add | Negation):
            inner = Fenced(inner)
        return Written(BigSum(letter, "", inner), Binding.PRODUCT)

    def _factor(self, factors: tuple[Formula, ...], axes: tuple[Axis, Axis]) -> Math:
        if len(factors) == 1:
            return self._inside(factors[0], axes, Binding.PRODUCT)
        return Fenced(self._together(factors, axes, leading=True).math)


def _sorted(indices: frozenset[Index]) -> tuple[Index, ...]:
    return tuple(sorted(indices))


_WRITERS: dict[type, Callable[..., Written]] = {
    Ref: MatrixWriter.ref,
    Sum: MatrixWriter.sum,
    Add: MatrixWriter.add,
    Product: MatrixWriter.product,
    Negation: MatrixWriter.negation,
    Quotient: MatrixWriter.quotient,
    Power: MatrixWriter.power,
    Function: MatrixWriter.function,
    Number: lambda writer, formula, axes, leading: writer.scalars._write(formula, {}, leading),
    Size: lambda writer, formula, axes, leading: writer.scalars._write(formula, {}, leading),
}


class Matrices:
    """Writes the steps of one plan as matrix equations."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        symbols = lines.symbols
        self.general_writer = MatrixWriter(symbols, None, lines.general_writer)
        self.number_writer = lines.figures and MatrixWriter(
            symbols, lines.figures, Writer(symbols, lines.figures)
        )

    def equation(self, step: Step) -> Equation:
        """The step in symbols, with its matrices of numbers, and its result."""
        axes = self.general_writer.natural(step.indices)
        definitions = self.lines.general_writer.definitions or {}
        formula = substitute(step.formula, definitions)
        right = self.general_writer.write(formula, axes)
        unnamed = step.quantity in UNNAMED
        left = right if unnamed else self.lines.symbols.whole(step.ref)
        relations = [] if unnamed else [Relation(sign(step), right)]
        if self.number_writer and self.lines.figures:
            worked = self.number_writer.write(step.formula, axes)
            result = self.number_writer.write(step.ref, axes)
            equals = "≈" if self.lines.figures.approximate(step).any() else "="
            if worked != result:
                relations.append(Relation("=", worked))
            relations.append(Relation(equals if worked != result else "=", result, result=True))
        return Equation(left, tuple(relations))
