"""The list of bundled problems as a document."""

from __future__ import annotations

from collections.abc import Sequence

from ..problem.problem import Problem
from .document import Document, Entry, Paragraph


def catalogue(problems: Sequence[Problem]) -> Document:
    """Each problem's name, shape, title and source, and how to work one out."""
    entries = tuple(
        Entry(
            problem.name,
            f"{problem.shape}{', symbols only' if problem.symbolic else ''}",
            (problem.title, problem.source),
        )
        for problem in problems
    )
    return Document(
        "", "", "", (), (), (*entries, Paragraph(f"Work one out: backprop solve {problems[0].name}"))
    )
