"""A solution as a notebook shows it: its own handout, as HTML or as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .documents.worked_solution import solution_document
from .problem.problem import PHASES
from .render.papers import Style, paper_of
from .values.solution import Solution

if TYPE_CHECKING:
    from .values.equation_solution import EquationSolution


def shown_as(solution: Solution | EquationSolution, form: str) -> str:
    """The worked solution in a format of text, to stand among other cells."""
    phases = frozenset(PHASES)
    if isinstance(solution, Solution):
        document = solution_document(solution.traces[0].plan, solution.traces, phases)
    else:
        document = solution_document(solution.trace.plan, solution.traces, phases)
    return paper_of(document, form, Style(fragment=True)).decode()
