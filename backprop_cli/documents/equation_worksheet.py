"""The worksheet of a problem of equations: what is given in a box, and the lines to work out."""

from __future__ import annotations

from typing import Any

from ..problem.problem import Phase
from ..values.asked import asked_steps
from .document import Block, Box, Document, Equations, Math, Paragraph
from .equation_solution import EquationLines, equation_document
from .given_box import rounding_rule

_GIVEN: frozenset[Phase] = frozenset(("forward", "loss"))


def equation_blocks(
    plan: Any, traces: tuple[Any, ...], only: frozenset[Phase], *, figure: bool
) -> tuple[Document, tuple[Block, ...], tuple[Block, ...], set[Math] | None]:
    """The whole document, what is given, the lines that are asked for, and which of them (None: all).

    In letters the equations are given and their gradients asked for.
    """
    problem = plan.problem
    asked = only if traces else only - _GIVEN
    whole = equation_document(plan, traces, asked)
    given: list[Block] = [Equations(whole.given)] if whole.given else []
    given += _bare(equation_document(plan, (), _GIVEN))
    if traces:
        rule = _bare(equation_document(plan, (), frozenset(("update",))))
        if rule and "update" in only:
            given += [Paragraph("The update:"), *rule]
        given.append(Paragraph(rounding_rule(problem)))
    wanted = _wanted(plan) if problem.marks.ask and traces else None
    return whole, (Box("Given", tuple(given)),), whole.blocks, wanted


def _bare(document: Document) -> list[Block]:
    """The equations without their headings, and without what a solution says of them."""
    return [block for block in document.blocks if isinstance(block, Equations | Paragraph)]


def _wanted(plan: Any) -> set[Math]:
    """The left sides of the lines that [marks] asks for."""
    lines = EquationLines(plan, None)
    found: set[Math] = set()
    for step, cells in asked_steps(plan):
        spans = [plan.problem.range_of(index) for index in step.indices]
        for cell in cells:
            places = zip(step.indices, cell.position, spans, strict=True)
            found.add(lines.left(step, {index: place + span.first for index, place, span in places}))
    return found
