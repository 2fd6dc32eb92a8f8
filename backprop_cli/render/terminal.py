"""A document in the terminal: Rich for the colours; the widths are ours, so that nothing is cut."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from io import StringIO
from itertools import zip_longest
from typing import cast

from rich.console import Console
from rich.text import Text

from ..documents.document import (
    Block,
    Box,
    Digits,
    Document,
    Drawing,
    Entry,
    Equations,
    Heading,
    Math,
    Paragraph,
    Points,
    Questions,
    Table,
)
from .boxes import on_the_point
from .text import TextMath
from .text_lines import INDENT, Line, equation_lines

MAX_WIDTH = 120
_STYLES = {"general": "bold", "result": "bold green", "condition": "dim", "note": "dim italic", "": ""}


def show(
    document: Document, console: Console, *, ascii: bool = False, pace: Callable[[], bool] | None = None
) -> None:
    """Print the document to the console, as wide as it is but not wider than one can read.

    With `pace` each line but the first waits for it; once it says False the rest follows at once.
    """
    terminal = _Terminal(console, ascii)
    terminal.document(document)
    if pace is not None:
        waits = True
        for number, text in enumerate(terminal.printed):
            waits = waits and (not number or not text.plain.strip() or pace())
            console.print(text, soft_wrap=True, highlight=False)
        return
    # All lines at once: a call of print for each takes longer than to work the problem out.
    console.print(Text("\n").join(terminal.printed), soft_wrap=True, highlight=False)


def as_text(document: Document, width: int) -> str:
    """What the terminal shows, without colours."""
    console = Console(file=StringIO(), width=width, no_color=True, highlight=False, markup=False, emoji=False)
    show(document, console)
    return cast(StringIO, console.file).getvalue()


class _Terminal:
    def __init__(self, console: Console, ascii: bool) -> None:
        self.printed: list[Text] = []
        self.text = TextMath(ascii)
        self.width = max(40, min(console.width, MAX_WIDTH))

    def out(self, text: Text) -> None:
        self.printed.append(text)

    def document(self, document: Document) -> None:
        if document.title:
            self.paragraph(document.title, "bold")
        if document.source:
            self.paragraph(document.source, "dim")
        for part in (document.title or document.source) and document.description.splitlines():
            self.paragraph(part, "")
        self.given(document)
        previous: Block | None = None
        for block in document.blocks:
            if self.printed and not _joined(previous, block):
                self.out(Text())
            _BLOCKS[type(block)](self, block)
            previous = block

    def paragraph(self, text: str, style: str, indent: int = 0) -> None:
        for line in textwrap.wrap(self.text.plain(text), self.width - indent):
            self.out(Text(" " * indent + line, style))

    def given(self, document: Document) -> None:
        """The samples and the learning rate: on one line where they fit."""
        lines = [equation_lines(Equations((equation,)), self.text, self.width) for equation in document.given]
        if lines and self.printed:
            self.out(Text())
        texts = ["".join(part for part, _ in group[0]).strip() for group in lines if len(group) == 1]
        if len(texts) == len(lines) and sum(len(text) + 4 for text in texts) <= self.width:
            if texts:
                self.out(Text(" " * INDENT + "    ".join(texts)))
        else:
            for group in lines:
                self.lines(group)
        for remark in document.remarks:
            self.paragraph(remark, "dim italic", INDENT)

    def heading(self, block: Heading) -> None:
        number = f"{block.number}  " if block.number else ""
        indent = " " * len(number)
        for place, line in enumerate(
            textwrap.wrap(self.text.plain(block.text), self.width - len(indent)) or [""]
        ):
            self.out(Text((indent if place else self.text.plain(number)) + line, "bold cyan"))

    def equations(self, block: Equations) -> None:
        self.lines(equation_lines(block, self.text, self.width))

    def lines(self, lines: list[Line]) -> None:
        for line in lines:
            text = Text()
            for part, role in line:
                text.append(part, _STYLES[role])
            text.rstrip()
            self.out(text)

    def note(self, block: Paragraph) -> None:
        self.paragraph(block.text, "", INDENT)

    def table(self, block: Table) -> None:
        """A table, its titles broken and its columns closer together where it would be too wide."""
        lines: list[Text] = []
        for gap, broken in ((4, False), (3, False), (4, True), (3, True), (2, True)):
            lines = self.grid(block, gap, broken)
            if max(len(line) for line in lines) <= self.width:
                break
        else:
            lines = self.records(block)
        for line in lines:
            self.out(line)

    def records(self, block: Table) -> list[Text]:
        """A table that is too wide: below each row's first cell the others, each behind its title."""
        first, *titles = (self.cell(column.title) for column in block.columns)
        margin, widest = " " * (INDENT + 1), max(map(len, titles), default=0)
        lines: list[Text] = []
        for row in (row for group in block.groups for row in group):
            head, *cells = map(self.cell, row)
            lines.append(Text(f"{margin}{first} {head}".rstrip(), "bold"))
            for title, cell in zip(titles, cells, strict=True):
                room = self.width - len(margin) - widest - 4
                for place, part in enumerate(textwrap.wrap(cell, max(room, 8)) or [""]):
                    lines.append(Text(f"{margin}  {'' if place else title:{widest}}  {part}".rstrip()))
        return lines

    def grid(self, block: Table, gap: int, broken: bool) -> list[Text]:
        """The table's lines, `gap` spaces between columns; `broken` titles have a line for each word."""
        names = [self.cell(column.title) for column in block.columns]
        heads = [name.split(" ") if broken else [name] for name in names]
        titles = list(zip_longest(*heads, fillvalue=""))
        groups = [[[self.cell(cell) for cell in row] for row in group] for group in block.groups]
        for place, column in enumerate(block.columns):
            if column.numeric:
                groups = _pointed(groups, place)
        rows = [*titles, *(row for group in groups for row in group)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(names))]

        def line(row: Sequence[str], style: str) -> Text:
            cells = [
                cell.rjust(width) if column.numeric else cell.ljust(width)
                for cell, width, column in zip(row, widths, block.columns, strict=True)
            ]
            return Text.assemble(margin, ((" " * gap).join(cells).rstrip(), style))

        margin = " " * (INDENT + 1)
        rule = Text(margin + self.text.plain("─") * (sum(widths) + gap * (len(widths) - 1)))
        lines = [line(row, "bold") for row in titles]
        for group in groups:
            lines += [rule, *(line(row, "") for row in group)]
        return lines

    def entry(self, block: Entry) -> None:
        self.out(
            Text.assemble((self.text.plain(block.name), "bold cyan"), f"  {self.text.plain(block.fact)}")
        )
        for about in block.about:
            self.paragraph(about, "", INDENT)

    def drawing(self, block: Drawing) -> None:
        from .drawing_text import drawing_text, picture_of

        for line in drawing_text(picture_of(block), ascii=self.text.ascii, width=self.width):
            self.out(Text(line))
        if block.legend:
            self.paragraph(block.legend, "dim")

    def box(self, block: Box) -> None:
        self.heading(Heading(block.title))
        for inner in block.blocks:
            _BLOCKS[type(inner)](self, inner)

    def points(self, block: Points) -> None:
        margin = max(len(self.text.plain(point.label)) for point in block.items) + 3
        for point in block.items:
            label = self.text.plain(point.label)
            for line in point.lines:
                words = "".join(self.cell(part) for part in line)
                for part in textwrap.wrap(words, self.width - margin) or [""]:
                    self.out(Text.assemble((label.ljust(margin), "bold"), part))
                    label = ""

    def cell(self, cell: str | Math) -> str:
        if isinstance(cell, str):
            return self.text.plain(cell)
        return self.text.number(cell.text) if isinstance(cell, Digits) else self.text.line(cell)


def _joined(previous: Block | None, block: Block) -> bool:
    """Whether no blank line parts the two: a title and what it is of, a formula and its numbers."""
    if isinstance(previous, Equations) and isinstance(block, Equations):
        return previous.general and not block.general
    return isinstance(previous, Heading)


_BLOCKS: dict[type, Callable[..., None]] = {
    Heading: _Terminal.heading,
    Equations: _Terminal.equations,
    Paragraph: _Terminal.note,
    Table: _Terminal.table,
    Entry: _Terminal.entry,
    Points: _Terminal.points,
    Questions: lambda terminal, block: terminal.equations(Equations(block.items)),
    Drawing: _Terminal.drawing,
    Box: _Terminal.box,
}


def _pointed(groups: list[list[list[str]]], place: int) -> list[list[list[str]]]:
    """The groups with a column's numbers on their decimal points, where they differ in decimals."""
    numbers = [row[place] for group in groups for row in group if re.fullmatch(_NUMBER, row[place])]
    padded = dict(zip(numbers, on_the_point(numbers), strict=True)) if numbers else {}
    return [
        [[*row[:place], padded.get(row[place], row[place]), *row[place + 1 :]] for row in group]
        for group in groups
    ]


_NUMBER = r"[−-]?[0-9]+(\.[0-9]*)?"
