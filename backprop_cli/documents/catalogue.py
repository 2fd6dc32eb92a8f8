"""The list of bundled problems as a document: networks, then problems of equations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..problem.equations import given_by_equations
from ..problem.problem import Problem
from .document import Block, Document, Entry, Heading, Paragraph


def shape_of_problem(problem: Problem) -> str:
    """A network's shape, 2-3-1; of a problem of equations how many there are."""
    if given_by_equations(problem):
        count = len(problem.equations)
        return f"{count} equation{'s' if count != 1 else ''}"
    return problem.shape


def catalogue(problems: Sequence[Problem]) -> Document:
    """Each problem's name, shape, title and source, by kind, and how to work one out."""
    groups: dict[str, list[Any]] = {
        "Networks": [problem for problem in problems if not given_by_equations(problem)],
        "Equations": [problem for problem in problems if given_by_equations(problem)],
    }
    blocks: list[Block] = []
    for title, group in groups.items():
        if group:
            blocks += [Heading(title), *map(_entry, group)]
    first = next(group[0] for group in groups.values() if group)
    return Document("", "", "", (), (), (*blocks, Paragraph(f"Work one out: backprop solve {first.name}")))


def _entry(problem: Problem) -> Entry:
    shape = f"{shape_of_problem(problem)}{', symbols only' if problem.symbolic else ''}"
    return Entry(problem.name, shape, (problem.title, problem.source))
