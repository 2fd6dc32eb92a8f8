"""A solution as a notebook shows it: its own handout, as HTML or as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .documents.worked_solution import solution_document
from .problem.problem import PHASES
from .render.papers import Style, paper_of

if TYPE_CHECKING:
    from .values.solution import Solution


def shown_as(solution: Solution, form: str) -> str:
    """The worked solution in a format of text, to stand among other cells."""
    plan = solution.traces[0].plan
    document = solution_document(plan, solution.traces, frozenset(PHASES))
    return paper_of(document, form, Style(fragment=True)).decode()
