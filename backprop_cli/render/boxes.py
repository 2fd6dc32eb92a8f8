"""Mathematics with matrices in it, as boxes of text lines set side by side on one baseline."""

from __future__ import annotations

from dataclasses import replace

from ..documents.document import (
    BigSum,
    Call,
    Digits,
    Fenced,
    Math,
    Matrix,
    Operator,
    Row,
    Superscript,
    Transposed,
)
from ..records import dataclass
from .text import TextMath

# left and right edge of a tall fence: (top, middle, bottom)
_TALL = {
    "[": ("⎡⎢⎣", "⎤⎥⎦"),
    "(": ("⎛⎜⎝", "⎞⎟⎠"),
    "|": ("⎢⎢⎢", "⎥⎥⎥"),
}


@dataclass(frozen=True)
class Box:
    """Lines of equal width, and which of them stands on the line of the text."""

    lines: tuple[str, ...]
    baseline: int = 0

    @property
    def width(self) -> int:
        return len(self.lines[0])


def holds_matrix(math: Math) -> bool:
    """Whether the expression needs more than one line."""
    match math:
        case Matrix():
            return True
        case Row(items):
            return any(holds_matrix(item) for item in items)
        case Fenced(body=body) | Superscript(base=body) | Transposed(body) | BigSum(body=body):
            return holds_matrix(body)
        case Call(arguments=arguments):
            return any(holds_matrix(argument) for argument in arguments)
        case _:
            return False


def beside(*boxes: Box) -> Box:
    """Boxes side by side, their baselines on one line."""
    above = max(box.baseline for box in boxes)
    below = max(len(box.lines) - box.baseline for box in boxes)
    columns = []
    for box in boxes:
        blank = " " * box.width
        top = above - box.baseline
        columns.append([blank] * top + list(box.lines) + [blank] * (above + below - top - len(box.lines)))
    return Box(tuple("".join(parts) for parts in zip(*columns, strict=True)), above)


def stacked(boxes: list[Box]) -> Box:
    """Boxes one under the other, flush left; the baseline is the first one's."""
    width = max(box.width for box in boxes)
    return Box(tuple(line.ljust(width) for box in boxes for line in box.lines), boxes[0].baseline)


@dataclass(frozen=True)
class BoxMath:
    """Sets mathematics in boxes no wider than `width` where it can."""

    text: TextMath
    width: int

    def box(self, math: Math) -> Box:
        if not holds_matrix(math):
            return Box((self.text.line(math),))
        match math:
            case Matrix():
                return self.matrix(math)
            case Row(items):
                return beside(*(self.box(item) for item in items))
            case Fenced(body, left, right):
                return self.fenced(self.box(body), left, right)
            case Call(arguments=arguments):
                return beside(
                    Box((self.text.call_sign(math),)), self.fenced(self.box(arguments[0]), "(", ")")
                )
            case BigSum(index=index, body=body):
                return beside(Box((self.text.big_sign(index) + " ",)), self.box(body))
            case Superscript(base, exponent):
                return self.raised(self.box(base), self.exponent(exponent))
            case Transposed(body):
                return self.raised(self.box(body), self.text.plain("ᵀ"))
            case _:
                return Box((self.text.line(math),))

    def exponent(self, exponent: Math) -> str:
        return (
            self.text.superscript(exponent.text) if isinstance(exponent, Digits) else self.text.line(exponent)
        )

    def raised(self, base: Box, exponent: str) -> Box:
        side = Box((exponent, *[" " * len(exponent)] * (len(base.lines) - 1)), base.baseline)
        return beside(base, side)

    def fenced(self, body: Box, left: str, right: str) -> Box:
        height = len(body.lines)
        if height == 1:
            return beside(Box((left,)), body, Box((right,)))
        if self.text.ascii:
            edges = [left] * height, [right] * height
        else:
            opening, closing = _TALL[left]
            edges = _edge(opening, height), _edge(closing, height)
        return beside(Box(tuple(edges[0]), body.baseline), body, Box(tuple(edges[1]), body.baseline))

    def matrix(self, math: Matrix) -> Box:
        """The matrix in brackets, each column on one decimal point; in groups of columns where too wide."""
        columns = [
            on_the_point([self.text.number(row[c].text) for row in math.rows])
            for c in range(len(math.rows[0]))
        ]
        texts = list(zip(*columns, strict=True))
        widths = [len(column[0]) for column in columns]
        parts = _groups(widths, self.width - 2)
        boxes = []
        for start, stop in parts:
            lines = ["  ".join(row[start:stop]) for row in texts]
            box = self.fenced(Box(tuple(lines), len(lines) // 2), "[", "]")
            if len(parts) > 1:
                which = f"column {stop}" if stop == start + 1 else f"columns {start + 1}–{stop}"
                caption = self.text.plain(f"{which} of {len(widths)}")
                box = stacked([box, Box((caption,))])
            boxes.append(box)
        return stacked(boxes)

    def lines(self, math: Math) -> list[Box]:
        """The expression in rows of boxes within the width, broken before its operators, then in brackets."""
        return self._flow(math, self.width)

    def _flow(self, math: Math, width: int) -> list[Box]:
        whole = self.box(math)
        if whole.width <= width:
            return [_unindented(whole)]
        if not holds_matrix(math):
            return [Box((line,)) for line in self.text.wrapped(math, max(20, width))]
        match math:
            case Row(items):
                return self._row(items, width)
            case Fenced(body, left, right):
                inside = [_indented(box) for box in self._flow(body, width - 2)]
                return [Box((left,)), *inside, Box((right,))]
            case Call(arguments=arguments):
                inside = [_indented(box) for box in self._flow(arguments[0], width - 2)]
                return [Box((self.text.call_sign(math) + "(",)), *inside, Box((")",))]
            case Matrix():
                return [replace(self, width=width).matrix(math)]
            case Superscript(base, exponent):
                *before, last = self._flow(base, width - 2)
                return [*before, self.raised(last, self.exponent(exponent))]
            case Transposed(body):
                *before, last = self._flow(body, width - 2)
                return [*before, self.raised(last, self.text.plain("ᵀ"))]
            case BigSum(index=index, body=body):
                return self._led(Box((self.text.big_sign(index) + " ",)), body, width)
            case _:
                return [_unindented(whole)]

    def _row(self, items: tuple[Math, ...], width: int) -> list[Box]:
        """A row broken before its loosest operators; a lone operand after its sign is broken inside."""
        pieces = next((parts for signs in ("+−", "·⊙⊘") if len(parts := _pieces(items, signs)) > 1), None)
        if pieces is None:
            head, *rest = items
            tail = rest[0] if len(rest) == 1 else Row(tuple(rest))
            return self._led(self.box(head), tail, width) if rest else self._flow(head, width)
        rows: list[Box] = []
        for piece in pieces:
            box = self.box(piece)
            if rows and rows[-1].width + box.width <= width:
                rows[-1] = beside(rows[-1], box)
            else:
                rows += self._flow(piece, width)
        return rows

    def _led(self, head: Box, body: Math, width: int) -> list[Box]:
        """An expression behind its sign, broken where it has to be."""
        head = _unindented(head)
        first, *others = self._flow(body, width - head.width)
        return [beside(head, first), *others]


def on_the_point(texts: list[str]) -> list[str]:
    """Numbers padded to one width, their decimal points under one another."""
    whole = max(len(text.partition(".")[0]) for text in texts)
    aligned = [" " * (whole - len(text.partition(".")[0])) + text for text in texts]
    width = max(len(text) for text in aligned)
    return [text.ljust(width) for text in aligned]


def _edge(glyphs: str, height: int) -> list[str]:
    return [glyphs[0], *[glyphs[1]] * (height - 2), glyphs[2]]


def _unindented(box: Box) -> Box:
    """The box without blank columns at its left."""
    indent = min((len(line) - len(line.lstrip()) for line in box.lines if line.strip()), default=0)
    return Box(tuple(line[indent:] for line in box.lines), box.baseline)


def _indented(box: Box) -> Box:
    return beside(Box(("  ",)), box)


def _groups(widths: list[int], room: int) -> list[tuple[int, int]]:
    """Ranges of columns that fit into the room, two spaces between columns."""
    groups, start, used = [], 0, 0
    for column, width in enumerate(widths):
        needed = width + (2 if column > start else 0)
        if column > start and used + needed > room:
            groups.append((start, column))
            start, used, needed = column, 0, width
        used += needed
    return [*groups, (start, len(widths))]


def _pieces(items: tuple[Math, ...], signs: str) -> list[Math]:
    """The items of a row cut before its operators."""
    pieces: list[list[Math]] = [[]]
    for item in items:
        if isinstance(item, Operator) and item.spaced and item.text in signs and pieces[-1]:
            pieces.append([])
        pieces[-1].append(item)
    return [Row(tuple(piece)) for piece in pieces]
