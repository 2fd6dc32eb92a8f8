"""A formula as it is written: with symbols, or with numbers in their places.

Negative numbers stand in brackets unless they come first, a subtracted term gets a minus sign, and a sum over
an index with numbers put in is written out term by term.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..formula.tree import (
    Add,
    Extreme,
    Formula,
    Function,
    Index,
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
    rename,
    substitute,
    transform,
)
from ..functions.table import ROWS
from ..records import dataclass
from .document import (
    BigSum,
    Call,
    Digits,
    Fenced,
    Fraction,
    Math,
    Operator,
    Partial,
    Row,
    Superscript,
    Word,
)
from .optimizer_symbols import exponent
from .symbols import Bound, Symbols
from .written import Binding, Written, begins_with_zero, digits, holds_partial, open_ended, rational


class NumberTexts(Protocol):
    """Where the numbers come from that are put in: the text of a quantity at a position."""

    def text(self, ref: Ref, bound: Bound) -> str: ...


@dataclass(frozen=True)
class Writer:
    """Writes formulas: in symbols, or with numbers where `figures` are given and every index is bound.

    `definitions` spell out the quantities that have no symbol of their own.
    """

    symbols: Symbols
    figures: NumberTexts | None = None
    definitions: dict[tuple[str, int], tuple[tuple[Index, ...], Formula]] | None = None

    def write(self, formula: Formula, bound: Bound | None = None) -> Math:
        """The whole formula, as a line of its own."""
        if self.definitions:
            formula = substitute(formula, self.definitions)
        formula = transform(formula, self._without_single_sum)
        return self._write(formula, {**self.symbols.singles, **(bound or {})}, leading=True).math

    def _without_single_sum(self, formula: Formula) -> Formula:
        single = isinstance(formula, Sum) and formula.index in self.symbols.singles
        return formula.body if isinstance(formula, Sum) and single else formula

    def _write(self, formula: Formula, bound: Bound, leading: bool = False) -> Written:
        return _WRITERS[type(formula)](self, formula, bound, leading)

    def _inside(self, formula: Formula, bound: Bound, place: Binding, leading: bool = False) -> Math:
        """The formula in a place that needs it to bind at least so tightly."""
        written = self._write(formula, bound, leading)
        return (
            written.math
            if written.binding >= place
            else Fenced(self._write(formula, bound, leading=True).math)
        )

    # One method for each kind of formula, filed in _WRITERS.

    def number(self, formula: Number, bound: Bound, leading: bool) -> Written:
        return rational(formula.value, leading)

    def ref(self, formula: Ref, bound: Bound, leading: bool) -> Written:
        if self.figures is None:
            return Written(self.symbols.write(formula, bound), Binding.ATOM)
        return digits(self.figures.text(formula, bound), leading)

    def size(self, formula: Size, bound: Bound, leading: bool) -> Written:
        size = self.symbols.problem.size(formula.index)
        return Written(Digits(str(size)) if isinstance(size, int) else Word(size), Binding.ATOM)

    def kronecker(self, formula: Kronecker, bound: Bound, leading: bool) -> Written:
        left, right = (self.symbols.index(index, bound) for index in (formula.left, formula.right))
        return Written(Fenced(Row((Word(left), Operator("="), Word(right))), "[", "]"), Binding.ATOM)

    def sum(self, formula: Sum, bound: Bound, leading: bool) -> Written:
        size = self.symbols.problem.size(formula.index)
        if self.figures is None or not isinstance(size, int):
            body = self._inside(formula.body, bound, Binding.PRODUCT)
            first, last = self.symbols.bounds(formula.index)
            return Written(BigSum(self.symbols.letters[formula.index], last, body, first), Binding.PRODUCT)
        items: list[Math] = []
        for position in range(size):
            here = {**bound, formula.index: position}
            if items:
                items.append(Operator("+"))
            items.append(self._inside(formula.body, here, Binding.PRODUCT, leading and not items))
        return Written(Row(tuple(items)), Binding.SUM)

    def add(self, formula: Add, bound: Bound, leading: bool) -> Written:
        items: list[Math] = []
        for term in formula.terms:
            if isinstance(term, Number) and term.value < 0:  # x − 1, not x + (−1)
                term = Negation(Number(-term.value))
            if isinstance(term, Negation) and items:
                items += [Operator("−"), self._inside(term.body, bound, Binding.PRODUCT)]
                continue
            if items:
                items.append(Operator("+"))
            place = Binding.SUM if isinstance(term, Sum | Negation) else Binding.PRODUCT
            items.append(self._inside(term, bound, place, leading and not items))
        return Written(Row(tuple(items)), Binding.SUM)

    def product(self, formula: Product, bound: Bound, leading: bool) -> Written:
        factors = list(formula.factors)
        if self.figures is not None:
            factors = [part for factor in factors for part in _factors(self.spelled(factor))]
        items: list[Math] = []
        last = len(factors) - 1
        for position, factor in enumerate(factors):
            math = self._inside(factor, bound, Binding.PRODUCT, leading and not items)
            if open_ended(math) and position != last:
                math = Fenced(math)
            items.append(math)
        spaced = len(items) > 2 or any(holds_partial(item) for item in items)
        row: list[Math] = []
        for item in items:
            row += [Operator("·", spaced), item] if row else [item]
        return Written(Row(tuple(row)), Binding.PRODUCT)

    def negation(self, formula: Negation, bound: Bound, leading: bool) -> Written:
        body = self._inside(formula.body, bound, Binding.PRODUCT)
        if begins_with_zero(body):  # −0 is 0
            return Written(body, Binding.ATOM if isinstance(body, Digits) else Binding.PRODUCT)
        if isinstance(body, Digits) and leading:
            return Written(Digits(f"-{body.text}"), Binding.PRODUCT)
        return Written(Row((Operator("−", spaced=False), body)), Binding.PRODUCT if leading else Binding.SUM)

    def quotient(self, formula: Quotient, bound: Bound, leading: bool) -> Written:
        top = self._write(formula.numerator, bound, leading).math
        bottom = self._write(formula.denominator, bound, leading=True).math
        return Written(Fraction(top, bottom), Binding.PRODUCT)

    def power(self, formula: Power, bound: Bound, leading: bool) -> Written:
        base = self._inside(formula.base, bound, Binding.ATOM)
        base = Fenced(base) if isinstance(base, Partial) else base
        power = exponent(formula, in_symbols=self.figures is None)
        return Written(Superscript(base, power), Binding.POWER)

    def raised(self, formula: Raised, bound: Bound, leading: bool) -> Written:
        base = self._inside(formula.base, bound, Binding.ATOM)
        base = Fenced(base) if isinstance(base, Partial) else base
        return Written(Superscript(base, self.write(formula.exponent, bound)), Binding.POWER)

    def extreme(self, formula: Extreme, bound: Bound, leading: bool) -> Written:
        """max(a, b); where one argument is asked to be it, [a = max(a, b)]."""
        call = Call(formula.name, tuple(self.write(part, bound) for part in formula.arguments))
        if formula.picked is None:
            return Written(call, Binding.ATOM)
        own = self.write(formula.arguments[formula.picked], bound)
        return Written(Fenced(Row((own, Operator("="), call)), "[", "]"), Binding.ATOM)

    def function(self, formula: Function, bound: Bound, leading: bool) -> Written:
        if self.figures is not None and (spelled := self.spelled(formula)) is not formula:
            return self._write(spelled, bound, leading)
        if not formula.derivative and (special := _LAYOUTS.get(ROWS[formula.name].layout)):
            return special(self, formula, bound)
        name = self.function_name(formula)
        return Written(Call(name, (self.write(formula.argument, bound),), formula.derivative), Binding.ATOM)

    def spelled(self, formula: Formula) -> Formula:
        """f′(z) as it is worked out with numbers."""
        return spelled_out(formula)

    def function_name(self, formula: Function) -> str:
        """A function as the handout calls it: the layer's own g in general formulas, else σ, tanh, ReLU, …"""
        argument = formula.argument
        if self.figures is None and isinstance(argument, Ref) and argument.quantity in _ARGUMENTS:
            layer = self.symbols.problem.layer(argument.level)
            if layer.symbols.function and layer.activation.name == formula.name:
                return layer.symbols.function
        return ROWS[formula.name].symbol


# What a layer's own function is a function of: its preactivation, or the x of its definition.
_ARGUMENTS = ("preactivation", "argument")


def spelled_out(formula: Formula) -> Formula:
    """f′(z) as it is worked out with numbers, where there is a formula for it: σ(z)·(1 − σ(z))."""
    if isinstance(formula, Function) and formula.derivative:
        row = ROWS["sigmoid" if formula.name == "generic" else formula.name]
        if row.prime_from_preactivation:
            return row.prime_from_preactivation(formula.argument, formula.parameter)
    return formula


def _factors(formula: Formula) -> tuple[Formula, ...]:
    return formula.factors if isinstance(formula, Product) else (formula,)


def _absolute(writer: Writer, formula: Function, bound: Bound) -> Written:
    return Written(Fenced(writer.write(formula.argument, bound), "|", "|"), Binding.ATOM)


def _positive_part(writer: Writer, formula: Function, bound: Bound) -> Written:
    return Written(Call("max", (Digits("0"), writer.write(formula.argument, bound))), Binding.ATOM)


def _step(writer: Writer, formula: Function, bound: Bound) -> Written:
    inside = Row((writer.write(formula.argument, bound), Operator(">"), Digits("0")))
    return Written(Fenced(inside, "[", "]"), Binding.ATOM)


def _softmax(writer: Writer, formula: Function, bound: Bound) -> Written:
    """e^(z_k) / Σ_m e^(z_m)."""
    index = formula.over or Index(0)
    other = Index(index.level, copy=1)
    name = (
        writer.symbols.problem.layer(index.level).symbols.function
        if writer.figures is None and index.level > 0
        else None
    )
    if name:
        return Written(Call(name, (writer.write(formula.argument, bound),)), Binding.ATOM)
    exponential = Function("exp", formula.argument)
    below = Sum(other, rename(exponential, {index: other}))
    return writer._write(Quotient(exponential, below), bound)


def _exponential(writer: Writer, formula: Function, bound: Bound) -> Written:
    return Written(Superscript(Word("e"), writer.write(formula.argument, bound)), Binding.POWER)


# The ways to write a function other than as a call, by its row's layout.
_LAYOUTS: dict[str, Callable[[Writer, Function, Bound], Written]] = {
    "bars": _absolute,
    "positive part": _positive_part,
    "condition": _step,
    "share": _softmax,
    "power": _exponential,
}

_WRITERS: dict[type, Callable[..., Written]] = {
    Number: Writer.number,
    Ref: Writer.ref,
    Size: Writer.size,
    Kronecker: Writer.kronecker,
    Sum: Writer.sum,
    Add: Writer.add,
    Product: Writer.product,
    Negation: Writer.negation,
    Quotient: Writer.quotient,
    Power: Writer.power,
    Raised: Writer.raised,
    Extreme: Writer.extreme,
    Function: Writer.function,
}
