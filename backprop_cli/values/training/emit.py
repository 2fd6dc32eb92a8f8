"""Formulas → lines of NumPy code, for a plan that is worked out thousands of times.

Glossary
    Term     an array in the code with the indices its axes stand for, or an expression for a number

What is worked out stands in buffers made beforehand. The code is built from formulas alone: all names in it
are made here, none comes from a problem file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...formula.tree import (
    ONE,
    Add,
    Formula,
    Function,
    Index,
    Key,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Ref,
    Size,
    Sum,
    free_indices,
    rename,
)
from ...functions.activations import log_softmax
from ...functions.table import Row, row_of
from ...plan.optimizers import TO_THE_STEP
from .code import Term
from .sums import Sums, grouped

_UFUNCS = {"tanh": np.tanh, "exp": np.exp, "sqrt": np.sqrt, "abs": np.abs, "sgn": np.sign}


class Emitter(Sums):
    """Writes code for formulas over arrays whose names and sizes are known.

    `logarithms` lists the activations whose ln is taken from their preactivations, as `evaluate` does.
    """

    def __init__(self, size: Callable[[Index], int], logarithms: dict[Key, Row]) -> None:
        super().__init__(size)
        self.logarithms = logarithms
        self.arrays: dict[Key, str] = {}
        self.done: dict[Formula, Term] = {}
        self.softmaxes: dict[str, str] = {}  # preactivation → ln softmax

    def term(self, formula: Formula, out: str | None = None) -> Term:
        """The formula's value, worked out once however often it occurs."""
        if formula in self.done:
            return self.done[formula]
        copies = {index: replace(index, copy=0) for index in free_indices(formula) if index.copy}
        if copies and not isinstance(formula, Ref) and not free_indices(formula) & set(copies.values()):
            back = {original: copy for copy, original in copies.items()}
            term = self.term(rename(formula, copies))
            return Term(term.code, tuple(back.get(index, index) for index in term.axes), term.value)
        term = _EMITTERS[type(formula)](self, formula, out)
        self.done[formula] = term
        return term

    # One method for each kind of formula, filed in _EMITTERS.

    def number(self, formula: Number, out: str | None) -> Term:
        return self.scalar(float(formula.value))

    def count(self, formula: Size, out: str | None) -> Term:
        return self.scalar(float(self.size(formula.index)))

    def ref(self, formula: Ref, out: str | None) -> Term:
        name = self.arrays[formula.key]
        value = self.names.get(name)
        return self.scalar(value) if isinstance(value, float) else Term(name, formula.indices)

    def negation(self, formula: Negation, out: str | None) -> Term:
        return self.elementwise("negative", self.term(formula.body), out=out)

    def add(self, formula: Add, out: str | None) -> Term:
        total = self.term(formula.terms[0])
        for position, term in enumerate(formula.terms[1:], start=2):
            last = out if position == len(formula.terms) else None
            if isinstance(term, Negation):
                total = self.elementwise("subtract", total, self.term(term.body), out=last)
            else:
                total = self.elementwise("add", total, self.term(term), out=last)
        return total

    def product(self, formula: Product, out: str | None) -> Term:
        factors = [factor for factor in formula.factors if not isinstance(factor, Sum)]
        terms = [self.term(factor) for factor in factors]
        sums = [factor for factor in formula.factors if isinstance(factor, Sum)]
        if len(sums) == 1 and all(term.value is not None for term in terms):
            return self.sum(sums[0], out, math.prod(term.value or 0.0 for term in terms))
        return self.multiplied([*terms, *(self.term(part) for part in sums)], out)

    def quotient(self, formula: Quotient, out: str | None) -> Term:
        return self.elementwise(
            "divide", self.term(formula.numerator), self.term(formula.denominator), out=out
        )

    def power(self, formula: Power, out: str | None) -> Term:
        if isinstance(formula.base, Ref) and formula.base.quantity in TO_THE_STEP:
            return Term(f"{self.term(formula.base).code} ** t")
        base = self.term(formula.base)
        if formula.exponent == 2:
            return self.elementwise("multiply", base, base, out=out)
        return self.elementwise("power", base, self.scalar(float(formula.exponent)), out=out)

    def function(self, formula: Function, out: str | None) -> Term:
        if formula.name == "ln" and (stable := self._logarithm(formula.argument)):
            return stable
        argument = self.term(formula.argument)
        if formula.name in _UFUNCS and not formula.derivative and argument.axes:
            name = self.bind(_UFUNCS[formula.name])
            return self.into(out, argument.axes, f"{name}({argument.code}")
        if formula.over is not None:
            return self.softmax(formula, argument, out)
        return self.assign(argument.axes, f"{self.bind(_callable(formula))}({argument.code})")

    def softmax(self, formula: Function, argument: Term, out: str | None) -> Term:
        """e^(ln softmax): the logarithm serves a log loss too."""
        if argument.axes[-1] != formula.over:
            raise ValueError("a compiled softmax runs over the last index of its argument, not another")
        logarithm = self.assign(argument.axes, f"{self.bind(log_softmax)}({argument.code})")
        self.softmaxes[argument.code] = logarithm.code
        return self.into(out, argument.axes, f"{self.bind(np.exp)}({logarithm.code}")

    def _logarithm(self, argument: Formula) -> Term | None:
        match argument:
            case Ref() as a:
                attribute = "log"
            case Add(terms=(first, Negation(body=Ref() as a))) if first == ONE:
                attribute = "log_complement"
            case _:
                return None
        function = getattr(self.logarithms.get(a.key), attribute, None)
        if function is None:
            return None
        z = self.arrays["preactivation", a.level]
        if function is log_softmax and z in self.softmaxes:
            return Term(self.softmaxes[z], a.indices)
        return self.assign(a.indices, f"{self.bind(function)}({z})")

    def sum(self, formula: Sum, out: str | None, scale: float = 1.0) -> Term:
        over, body = {formula.index}, formula.body
        while isinstance(body, Sum):
            over.add(body.index)
            body = body.body
        factors = body.factors if isinstance(body, Product) else (body,)
        if isinstance(body, Power) and body.exponent == 2:
            factors = (body.base, body.base)
        terms = [self.term(factor) for factor in factors]
        for term in terms:
            scale *= 1.0 if term.value is None else term.value
        arrays = [term for term in terms if term.value is None]
        present = {index for term in arrays for index in term.axes}
        for index in over - present:
            scale *= self.size(index)
        over &= present
        if not over:
            return self.multiplied([self.scalar(scale), *arrays], out)
        return self.contracted(grouped(arrays), over, scale, out)


def _callable(formula: Function) -> Callable[..., object]:
    """The function itself, as its row has it."""
    row = row_of(formula)
    return row.prime if formula.derivative else row


_EMITTERS: dict[type, Callable[..., Term]] = {
    Number: Emitter.number,
    Size: Emitter.count,
    Ref: Emitter.ref,
    Negation: Emitter.negation,
    Add: Emitter.add,
    Product: Emitter.product,
    Quotient: Emitter.quotient,
    Power: Emitter.power,
    Function: Emitter.function,
    Sum: Emitter.sum,
}
