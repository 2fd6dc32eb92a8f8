"""Mathematics with matrices in it, as boxes of text lines set side by side on one baseline."""

from __future__ import annotations

from dataclasses import dataclass

from ..layouts.document import BigSum, Call, Digits, Fenced, Math, Matrix, Operator, Row, Superscript, Transposed
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
            case Call(name, arguments, prime):
                sign = self.text.plain(name) + (self.text.plain("′") if prime else "")
                return beside(Box((sign,)), self.fenced(self.box(arguments[0]), "(", ")"))
            case BigSum(index=index, body=body):
                return beside(Box((self.text.big_sign(index) + " ",)), self.box(body))
            case Superscript(base, exponent):
                return self.raised(self.box(base), self.exponent(exponent))
            case Transposed(body):
                return self.raised(self.box(body), self.text.plain("ᵀ"))
            case _:
                return Box((self.text.line(math),))

    def exponent(self, exponent: Math) -> str:
        return self.text.superscript(exponent.text) if isinstance(exponent, Digits) else self.text.line(exponent)

    def raised(self, base: Box, exponent: str) -> Box:
        side = Box((exponent, *[" " * len(exponent)] * (len(base.lines) - 1)), base.baseline)
        return beside(base, side)

    def fenced(self, body: Box, left: str, right: str) -> Box:
        height = len(body.lines)
        if height == 1:
            return beside(Box((left,)), body, Box((right,)))
        if self.text.ascii:
            edges = left * height, right * height
        else:
            opening, closing = _TALL[left]
            edges = _edge(opening, height), _edge(closing, height)
        return beside(Box(tuple(edges[0]), body.baseline), body, Box(tuple(edges[1]), body.baseline))

    def matrix(self, math: Matrix) -> Box:
        """The matrix in brackets, each column on one decimal point; by groups of columns where it is too wide."""
        texts = [[self.text.number(cell.text) for cell in row] for row in math.rows]
        widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
        parts = _groups(widths, self.width - 2)
        boxes = []
        for start, stop in parts:
            lines = ["  ".join(row[c].rjust(widths[c]) for c in range(start, stop)) for row in texts]
            box = self.fenced(Box(tuple(lines), len(lines) // 2), "[", "]")
            if len(parts) > 1:
                caption = self.text.plain(f"columns {start + 1}–{stop} of {len(widths)}")
                box = stacked([box, Box((caption,))])
            boxes.append(box)
        return stacked(boxes)

    def lines(self, math: Math, first_indent: int = 0) -> list[Box]:
        """The expression in rows of boxes, each within the width, broken before its operators."""
        whole = self.box(math)
        if whole.width <= self.width or not isinstance(math, Row):
            return [whole] if whole.width <= self.width or holds_matrix(math) else self._text_lines(math)
        rows: list[Box] = []
        for item in _pieces(math):
            box = self.box(item)
            if box.width > self.width and not isinstance(item, Matrix):
                rows += self._broken(item)
            elif rows and rows[-1].width + box.width <= self.width:
                rows[-1] = beside(rows[-1], box)
            else:
                rows.append(_unindented(box))
        return rows

    def _broken(self, item: Math) -> list[Box]:
        if isinstance(item, Row) and len(_pieces(item, "·⊙")) > 1:
            rows: list[Box] = []
            for piece in _pieces(item, "·⊙"):
                box = self.box(piece)
                if rows and rows[-1].width + box.width <= self.width:
                    rows[-1] = beside(rows[-1], box)
                else:
                    rows.append(_unindented(box))
            return rows
        return [_unindented(self.box(item))] if holds_matrix(item) else self._text_lines(item)

    def _text_lines(self, math: Math) -> list[Box]:
        return [Box((line,)) for line in self.text.wrapped(math, self.width)]


def _edge(glyphs: str, height: int) -> list[str]:
    top, middle, bottom = glyphs
    return [top, *[middle] * (height - 2), bottom]


def _unindented(box: Box) -> Box:
    """The box without blank columns at its left."""
    indent = min((len(line) - len(line.lstrip()) for line in box.lines if line.strip()), default=0)
    return Box(tuple(line[indent:] for line in box.lines), box.baseline)


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


def _pieces(row: Row, signs: str = "+−") -> list[Math]:
    """The row cut before its operators."""
    pieces: list[list[Math]] = [[]]
    for item in row.items:
        if isinstance(item, Operator) and item.spaced and item.text in signs and pieces[-1]:
            pieces.append([])
        pieces[-1].append(item)
    if len(pieces) == 1 and signs == "+−":
        return _pieces(row, "·⊙")
    return [Row(tuple(items)) for items in pieces]
