"""The worksheet of a problem of equations: what is given in a box, and the lines to work out."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ..formula.tree import Function, Number, walk
from ..functions.row import Cases
from ..functions.table import PARAMETER, ROWS, X, row_of
from ..plan.steps import EquationPlan
from ..problem.equations import EquationProblem
from ..problem.problem import Phase
from .cases import by_cases
from .document import Block, Box, Call, Document, Equation, Equations, Paragraph, Relation, Symbol
from .equation_solution import equation_document
from .equation_writing import EquationSymbols
from .given_box import rounding_rule
from .given_optimizer import kept_given

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
    if functions := tuple(_functions(plan)):
        given += [Paragraph("where:"), Equations(functions, general=True)]
    if traces:
        rule = _bare(equation_document(plan, (), frozenset(("update",))))
        if rule and "update" in only:
            given += _update(problem, rule)
        given.append(Paragraph(rounding_rule(problem)))
    return whole, (Box("Given", tuple(given)),)


def _update(problem: EquationProblem, rule: list[Block]) -> list[Block]:
    """The rule of the first parameter, whose others' are alike, and what the steps before left."""
    lines = [line for block in rule if isinstance(block, Equations) for line in block.items]
    each = -(-len(lines) // max(len(problem.parameters or problem.given), 1))
    rest = ", here for the first parameter and likewise for the others" if len(lines) > each else ""
    return [
        Paragraph(f"The update{rest}:"),
        Equations(tuple(lines[:each]), general=True),
        *kept_given(EquationSymbols(problem), problem),
    ]


def _bare(document: Document) -> list[Block]:
    """The equations without their headings, and without what a solution says of them."""
    return [block for block in document.blocks if isinstance(block, Equations | Paragraph)]


def _functions(plan: EquationPlan) -> Iterator[Equation]:
    """σ(x) = 1/(1 + e^(−x)): the activations that the equations use, as they are defined."""
    from .equation_solution import EquationLines

    writer = EquationLines(plan, None).general_writer
    forward = plan.written("forward", "loss")
    used = [part for step in forward for _, part in walk(step.formula) if isinstance(part, Function)]
    known = {part.name: row_of(part) for part in used if part.name in ROWS}
    for row in known.values():
        if not row.activation or row.symbol in plan.problem.functions:
            continue
        parameter = PARAMETER if row.parameter is None else Number(Fraction(str(row.parameter)))
        tree = row.defined(X, parameter)
        if tree is None:
            continue
        right = by_cases(writer, tree, X, from_above=True) if isinstance(tree, Cases) else writer.write(tree)
        yield Equation(Call(row.symbol, (Symbol("x"),)), (Relation("=", right),))
