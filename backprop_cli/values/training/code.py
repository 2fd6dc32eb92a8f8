"""NumPy code under construction: names, buffers made beforehand, and elementwise operations between terms."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...formula.tree import Index

Axes = tuple[Index, ...]
_SIGNS = {
    "negative": "-",
    "add": " + ",
    "subtract": " - ",
    "multiply": " * ",
    "divide": " / ",
    "power": " ** ",
}
_FOLDED: dict[str, Callable[..., float]] = {
    "negative": operator.neg,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
}


@dataclass(frozen=True)
class Term:
    """A value in the code: an array's name with its axes, or an expression for a number."""

    code: str
    axes: Axes = ()
    value: float | None = None  # of a number known beforehand


class Code:
    """Lines of code, and what the names in them stand for."""

    def __init__(self, size: Callable[[Index], int]) -> None:
        self.size = size
        self.lines: list[str] = []
        self.names: dict[str, Any] = {name: getattr(np, name) for name in (*_SIGNS, "einsum")}
        self.constants: dict[float, str] = {}

    def bind(self, thing: Any) -> str:
        """A name in the code for something made beforehand."""
        name = f"v{len(self.names)}"
        self.names[name] = thing
        return name

    def buffer(self, axes: Axes) -> str:
        return self.bind(np.empty([self.size(index) for index in axes]))

    def scalar(self, value: float) -> Term:
        return Term(repr(value), value=value)

    def operand(self, term: Term, axes: Axes) -> str:
        """The term as an operand of an elementwise operation over `axes`."""
        if not term.axes:
            if term.value is None:
                return term.code
            if term.value not in self.constants:
                self.constants[term.value] = self.bind(np.array(term.value))
            return self.constants[term.value]
        code = term.code
        present = tuple(index for index in axes if index in term.axes)
        if present != term.axes:
            code += ".T"
        if axes[len(axes) - len(present) :] == present:
            return code
        return f"{code}[{', '.join(':' if index in present else 'None' for index in axes)}]"

    def assign(self, axes: Axes, code: str) -> Term:
        """A new array that the code makes."""
        name = f"a{len(self.lines)}"
        self.lines.append(f"{name} = {code}")
        return Term(name, axes)

    def into(self, out: str | None, axes: Axes, call: str) -> Term:
        """A call that writes into a buffer, given without its last argument and bracket."""
        target = out or self.buffer(axes)
        self.lines.append(f"{call}, {target})")
        return Term(target, axes)

    def elementwise(self, operation: str, *terms: Term, out: str | None = None) -> Term:
        """A NumPy function applied to each element, or a sign between two numbers."""
        axes = union([term.axes for term in terms])
        if not axes:
            return self.of_numbers(operation, terms)
        operands = ", ".join(self.operand(term, axes) for term in terms)
        return self.into(out, axes, f"{operation}({operands}")

    def of_numbers(self, operation: str, terms: tuple[Term, ...]) -> Term:
        sign = _SIGNS[operation]
        code = f"({sign.join(term.code for term in terms)})" if len(terms) > 1 else f"({sign}{terms[0].code})"
        if any(term.value is None for term in terms):
            return Term(code)
        values = [term.value for term in terms if term.value is not None]
        return self.scalar(_FOLDED[operation](*values))


def union(all_axes: list[Axes]) -> Axes:
    """The axes of an elementwise operation: the widest operand's, or all of them in order."""
    widest = max(all_axes, key=len)
    if all(set(axes) <= set(widest) for axes in all_axes):
        return widest
    return tuple(sorted({index for axes in all_axes for index in axes}))
