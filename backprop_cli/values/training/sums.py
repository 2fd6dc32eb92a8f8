"""Sums over indices as NumPy code.

Glossary
    group    factors of a sum's body that share their axes: Σ over one index of two groups is a matrix product
"""

from __future__ import annotations

import numpy as np

from ...formula.tree import SAMPLE, Index
from .code import Axes, Code, Term, union


class Sums(Code):
    """Writes code for products, and for sums of products."""

    def multiplied(self, terms: list[Term], out: str | None = None) -> Term:
        terms = sorted(terms, key=lambda term: len(term.axes))  # what has fewest elements first
        result = terms[0]
        for position, term in enumerate(terms[1:], start=2):
            result = self.elementwise("multiply", result, term, out=out if position == len(terms) else None)
        return result

    def contracted(self, groups: list[list[Term]], over: set[Index], scale: float, out: str | None) -> Term:
        axes = [union([term.axes for term in group]) for group in groups]
        if len(groups) == 1:
            return self._reduced(groups[0], axes[0], over, scale)
        shared = set(axes[0]) & set(axes[1])
        if len(groups) > 2 or shared != over or len(over) > 1 or max(map(len, axes)) > 2:
            return self._einsum([self.multiplied(group) for group in groups], over, scale)
        if any(index.level == SAMPLE for index in axes[1] if index not in over):
            groups, axes = groups[::-1], axes[::-1]
        (index,) = over
        lengths = [np.prod([self.size(i) for i in own]) for own in axes]
        if scale != 1.0:
            groups[int(lengths[1] < lengths[0])].append(self.scalar(scale))
        left, right = (self.multiplied(group) for group in groups)
        kept = tuple(i for i in (*left.axes, *right.axes) if i != index)
        first = left.code + (".T" if left.axes[-1] != index else "")
        second = right.code + (".T" if right.axes[0] != index else "")
        if not kept:
            return Term(self.assign((), f"{first}.dot({second})").code)
        return self.into(out, kept, f"{first}.dot({second}")

    def _reduced(self, group: list[Term], axes: Axes, over: set[Index], scale: float) -> Term:
        """A sum of one group: by the dot product with itself, or with ones, which carry the scale."""
        if over == set(axes) and len(group) == 2 and group[0].axes == group[1].axes:
            first, second = (term.code + (".ravel()" if len(axes) > 1 else "") for term in group)
            total = self.assign((), f"{first}.dot({second})")
            return self.multiplied([total, self.scalar(scale)]) if scale != 1.0 else total
        body = self.multiplied(group)
        if over == set(axes):
            ones = self.bind(np.full(int(np.prod([self.size(i) for i in axes])), scale))
            return self.assign((), f"{ones}.dot({body.code}{'.ravel()' if len(axes) > 1 else ''})")
        if len(axes) > 2:
            return self._einsum([body], over, scale)
        (index,) = over
        ones = self.bind(np.full(self.size(index), scale))
        kept = tuple(i for i in body.axes if i != index)
        first, second = (ones, body.code) if body.axes[0] == index else (body.code, ones)
        return self.into(None, kept, f"{first}.dot({second}")

    def _einsum(self, terms: list[Term], over: set[Index], scale: float) -> Term:
        axes = union([term.axes for term in terms])
        letters = {index: chr(ord("a") + position) for position, index in enumerate(axes)}
        kept = tuple(index for index in axes if index not in over)
        inputs = ",".join("".join(letters[index] for index in term.axes) for term in terms)
        code = f"'{inputs}->{''.join(letters[index] for index in kept)}'"
        total = self.assign(kept, f"einsum({code}, {', '.join(term.code for term in terms)})")
        return self.multiplied([self.scalar(scale), total]) if scale != 1.0 else total


def grouped(terms: list[Term]) -> list[list[Term]]:
    """The factors of a sum's body, those together whose axes lie within each other's."""
    groups: list[list[Term]] = []
    for term in sorted(terms, key=lambda term: -len(term.axes)):
        home = next((group for group in groups if set(term.axes) <= set(group[0].axes)), None)
        if home is None:
            groups.append([term])
        else:
            home.append(term)
    order = {id(term): position for position, term in enumerate(terms)}
    return sorted(groups, key=lambda group: min(order[id(term)] for term in group))
