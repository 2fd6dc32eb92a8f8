"""A document in its problem's language: headings, labels and remarks, but no name of the problem's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..problem.language import Language
from .document import (
    Block,
    Box,
    Document,
    Drawing,
    Equation,
    Equations,
    Heading,
    Math,
    Paragraph,
    Points,
    Questions,
    Table,
)


def translated(document: Document, language: Language) -> Document:
    """The document with every text of the table of words said in the language."""
    if language.plain:
        return document
    return replace(
        document,
        given=tuple(_equation(each, language) for each in document.given),
        remarks=tuple(map(language.say, document.remarks)),
        blocks=tuple(_block(block, language) for block in document.blocks),
        language=language,
    )


def _block(block: Block, language: Language) -> Block:
    write = _BLOCKS.get(type(block))
    return write(block, language) if write else block


def _equation(equation: Equation, language: Language) -> Equation:
    if not equation.condition and not equation.note:
        return equation
    return replace(equation, condition=language.say(equation.condition), note=language.say(equation.note))


def _equations(block: Any, language: Language) -> Block:
    made: Block = replace(block, items=tuple(_equation(each, language) for each in block.items))
    return made


def _part(part: str | Math, language: Language) -> str | Math:
    return language.say(part) if isinstance(part, str) else part


def _table(block: Table, language: Language) -> Block:
    columns = tuple(replace(column, title=_part(column.title, language)) for column in block.columns)
    groups = tuple(
        tuple(tuple(_part(cell, language) for cell in row) for row in group) for group in block.groups
    )
    return Table(columns, groups)


def _points(block: Points, language: Language) -> Block:
    return Points(
        tuple(
            replace(
                point,
                label=language.say(point.label),
                lines=tuple(tuple(_part(part, language) for part in line) for line in point.lines),
            )
            for point in block.items
        )
    )


_BLOCKS: dict[type, Callable[[Any, Language], Block]] = {
    Heading: lambda block, say: replace(block, text=say.say(block.text), number=say.say(block.number)),
    Paragraph: lambda block, say: Paragraph(say.say(block.text)),
    Box: lambda block, say: Box(say.say(block.title), tuple(_block(each, say) for each in block.blocks)),
    Equations: _equations,
    Questions: _equations,
    Table: _table,
    Points: _points,
    Drawing: lambda block, say: replace(block, about=say.say(block.about), legend=say.say(block.legend)),
}
