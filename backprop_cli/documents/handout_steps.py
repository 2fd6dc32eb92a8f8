"""A handout's own order: the titles of its steps and the numbers of its equations, set into a document.

numbers = { "2.bias_gradient" = "11.5" }          (11.5) behind the equation of that quantity
[[notation.steps]]                                a title before the equations of those quantities
title = "Step 1"
of    = ["1.preactivation_by_weights"]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..errors import InputError
from ..plan.questions import CHAINS, link_of, questions
from ..plan.steps import Plan
from ..values.cells import answerable, quantity_name
from .derive_chains import ChainWriter
from .document import Block, Equation, Equations, Heading, Math
from .equation_lines import Lines


def in_handout_order(blocks: tuple[Block, ...], plan: Plan, *, titles: bool = True) -> tuple[Block, ...]:
    """The blocks with their equations' numbers, and with their steps' `titles`.

    Raises InputError for a quantity that the problem does not have.
    """
    notation = plan.problem.notation
    if not notation.numbers and not notation.steps:
        return blocks
    names = _names(plan)
    for key, wanted in (
        ("numbers", dict(notation.numbers)),
        ("steps", [one for _, of in notation.steps for one in of]),
    ):
        if unknown := [one for one in wanted if one not in names]:
            known = ", ".join(names)
            raise InputError(
                f"{key} of the notation name {unknown[0]}, which is no quantity of this problem",
                path=("notation", key),
                help=f"its quantities are {known}",
            )
    numbered: dict[Math, list[str]] = {}
    for name, number in notation.numbers:
        for left in dict.fromkeys(names[name]):
            numbered.setdefault(left, []).append(f"({number})")
    steps = notation.steps if titles else ()
    titled = {left: title for title, of in steps for name in of for left in names[name]}
    found: list[Block] = []
    for block in blocks:
        if not isinstance(block, Equations):
            found.append(block)
            continue
        items = tuple(_numbered(each, numbered) for each in block.items)
        for part in _parted(replace(block, items=items), titled):
            if isinstance(part, Heading) and found and isinstance(found[-1], Heading) and not found[-1].major:
                found.pop()  # the handout's title stands in the place of ours
            found.append(part)
    return tuple(found)


def _names(plan: Plan) -> dict[str, tuple[Math, ...]]:
    """Each quantity's name → what may stand on the left of its equation."""
    lines = Lines(plan, None)
    singles = lines.symbols.singles
    chains = ChainWriter(lines.symbols, lines.general_writer)
    found: dict[str, tuple[Math, ...]] = {}
    asked = {step.key for step in questions(plan)} if plan.problem.symbolic else set()
    for step in answerable(plan):
        if step.key in asked and step.quantity not in CHAINS:
            found[quantity_name(plan, step)] = (chains.partial(link_of(plan, step), {}),)
        else:
            own = plan.step(CHAINS.get(step.quantity, step.quantity), step.level) or step
            found[quantity_name(plan, step)] = (lines.left(own, {}), lines.left(own, singles))
    return found


def _numbered(equation: Equation, numbered: dict[Math, list[str]]) -> Equation:
    own = numbered.get(equation.left) if equation.left is not None else None
    return (
        replace(equation, note="; ".join(filter(None, (equation.note, ", ".join(own))))) if own else equation
    )


def _parted(block: Equations, titled: dict[Math, str]) -> Iterator[Block]:
    """What no step names first, then each step's equations under its title."""
    groups: dict[str, list[Equation]] = {}
    for each in block.items:
        title = titled.get(each.left, "") if each.left is not None else ""
        groups.setdefault(title, []).append(each)
    if "" in groups:
        yield replace(block, items=tuple(groups.pop("")))
    order = list(dict.fromkeys(titled.values()))
    for title in sorted(groups, key=order.index):
        yield Heading(title)
        yield replace(block, items=tuple(groups[title]))
