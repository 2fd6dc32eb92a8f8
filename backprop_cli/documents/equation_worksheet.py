"""The worksheet of a problem of equations: what is given in a box, and the lines to work out."""

from __future__ import annotations

from typing import Any

from ..problem.problem import Phase
from .document import Block, Box, Document, Equations, Paragraph
from .equation_solution import equation_document
from .given_box import rounding_rule

_GIVEN: frozenset[Phase] = frozenset(("forward", "loss"))


def equation_blocks(
    plan: Any, traces: tuple[Any, ...], only: frozenset[Phase], *, figure: bool
) -> tuple[Document, tuple[Block, ...]]:
    """The whole document, of the lines that are asked for, and what is given.

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
    return whole, (Box("Given", tuple(given)),)


def _bare(document: Document) -> list[Block]:
    """The equations without their headings, and without what a solution says of them."""
    return [block for block in document.blocks if isinstance(block, Equations | Paragraph)]
