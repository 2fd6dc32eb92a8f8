"""A document → Markdown with $…$ and $$…$$, as GitHub and Jupyter show it."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..documents.document import (
    Block,
    Box,
    Document,
    Drawing,
    Entry,
    Equation,
    Equations,
    Heading,
    Math,
    Paragraph,
    Points,
    Questions,
    Table,
)
from .characters import printable
from .drawing_text import drawing_text, picture_of
from .latex import aligned, sign
from .math_latex import LatexMath
from .shapes import Line, fits_beside
from .writers import writer_of

_ROOM = 84
_MATH = LatexMath(web=True)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>$&~|])")
_LINE_START = re.compile(r"^()([#+\-=:!])|^(\d+)([.)])(?=\s|$)")

_LINE_END = re.compile(r"(?<=\s)(?=#+$)")  # which would close a heading


def markdown(document: Document) -> str:
    """The document as Markdown; nothing a user typed is markup, a link or HTML."""
    parts = []
    if document.title:
        parts.append(f"# {markdown_text(document.title)}")
    if document.source:
        parts.append(f"*{markdown_text(document.source)}*")
    parts += [markdown_text(line) for line in document.description.splitlines() if line.strip()]
    if document.given:
        fits = fits_beside((Line(each.left, each.relations) for each in document.given), _ROOM)
        sides = " &emsp; ".join(f"${_given(each)}$" for each in document.given)
        parts.append(sides if fits else _equations(Equations(document.given)))
    parts += [f"*{markdown_text(remark)}*" for remark in document.remarks]
    parts += list(map(_block, document.blocks))
    return "\n\n".join(parts) + "\n"


def markdown_text(text: str) -> str:
    """A user's text as Markdown that shows it."""
    escaped = _SPECIAL.sub(r"\\\1", printable(text).strip())
    return _LINE_END.sub(r"\\", _LINE_START.sub(r"\1\3\\\2\4", escaped))


def _given(equation: Equation) -> str:
    left = [_MATH.write(equation.left)] if equation.left else []
    return " ".join(
        [*left, *(f"{sign(_MATH, each.sign)} {_MATH.write(each.right)}" for each in equation.relations)]
    )


def _equations(block: Equations) -> str:
    return f"$$\n\\begin{{aligned}}\n{aligned(_MATH, block, _ROOM)}\n\\end{{aligned}}\n$$"


def _block(block: Block) -> str:
    return writer_of(_BLOCKS, block, "Markdown")(block)


def _drawing(block: Drawing) -> str:
    """The drawing in text, in a fence that nothing in it can close."""
    text = "\n".join(map(printable, drawing_text(picture_of(block))))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    legend = f"\n\n{markdown_text(block.legend)}" if block.legend else ""
    return f"{fence}text\n{text}\n{fence}{legend}"


def _heading(block: Heading) -> str:
    number = f"{markdown_text(block.number)}: " if block.number else ""
    return f"## {number}{markdown_text(block.text)}"


def _paragraph(block: Paragraph) -> str:
    return markdown_text(block.text)


def _table(block: Table) -> str:
    rows = [[_cell(column.title) for column in block.columns]]
    rows.append(["---:" if column.numeric else ":---" for column in block.columns])
    rows += [[_cell(cell) for cell in row] for group in block.groups for row in group]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(cell: str | Math) -> str:
    return markdown_text(cell) if isinstance(cell, str) else f"${_MATH.write(cell)}$"


def _entry(block: Entry) -> str:
    about = "".join(f"  \n  {markdown_text(line)}" for line in block.about if line)
    return f"- **{markdown_text(block.name)}** {markdown_text(block.fact)}{about}"


def _points(block: Points) -> str:
    items = []
    for point in block.items:
        label = f"**{markdown_text(point.label)}** " if point.label else ""
        items.append(f"- {label}" + "  \n  ".join("".join(map(_run, line)) for line in point.lines))
    return "\n".join(items)


def _run(part: str | Math) -> str:
    """A part of a line; the spaces about it part it from its neighbours."""
    if not isinstance(part, str):
        return _cell(part)
    return " " * part.startswith(" ") + markdown_text(part) + " " * part.endswith(" ")


_BLOCKS: dict[type[Block], Callable[..., str]] = {
    Heading: _heading,
    Equations: _equations,
    Paragraph: _paragraph,
    Table: _table,
    Entry: _entry,
    Points: _points,
    Questions: lambda block: _equations(Equations(block.items)),
    Drawing: _drawing,
    Box: lambda block: f"## {markdown_text(block.title)}\n\n" + "\n\n".join(map(_block, block.blocks)),
}
