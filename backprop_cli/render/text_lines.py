"""Equations as aligned lines of text, each line a row of spans with a role that a terminal may colour."""

from __future__ import annotations

from ..documents.document import Equation, Equations, Relation
from ..records import dataclass
from .boxes import Box, BoxMath, beside, holds_matrix
from .text import TextMath

Span = tuple[str, str]  # text, role: "", "general", "result", "condition", "note"
Line = list[Span]
INDENT = 2


@dataclass(frozen=True)
class Cells:
    """One equation's texts: its left side, and each relation's sign and right side."""

    left: str
    relations: tuple[tuple[str, str, bool], ...]


def equation_lines(block: Equations, text: TextMath, width: int) -> list[Line]:
    """A group of equations, aligned on their first sign, and on their results where that leaves room."""
    boxed = any(_boxed(equation) for equation in block.items)
    if boxed:
        return [line for equation in block.items for line in _matrix_lines(equation, text, width)]
    role = "general" if block.general else ""
    room = width - INDENT
    lefts = [text.line(equation.left) if equation.left else "" for equation in block.items]
    left = max((len(side) for side in lefts), default=0)
    middle = _middle(block, text)
    tail = max((_tail(equation, text) for equation in block.items), default=0)
    columns = (middle, tail) if left + middle + tail <= room else (0, 0)
    if left > room // 2:
        left = 0
    conditions = _condition_column(block, text, left, room)
    lines: list[Line] = []
    for equation, name in zip(block.items, lefts, strict=True):
        lines += _one(equation, name.ljust(left), text, room, role, columns, conditions)
    return [[(" " * INDENT, ""), *line] for line in lines]


def _boxed(equation: Equation) -> bool:
    sides = [relation.right for relation in equation.relations]
    return any(holds_matrix(side) for side in sides) or (
        equation.left is not None and holds_matrix(equation.left)
    )


def _relation(text: TextMath, relation: Relation) -> str:
    return f" {text.plain(relation.sign)} {text.line(relation.right)}"


def _middle(block: Equations, text: TextMath) -> int:
    """The widest of the workings before a result."""
    widths = [
        len("".join(_relation(text, r) for r in e.relations[:-1]))
        for e in block.items
        if len(e.relations) > 1
    ]
    return max(widths, default=0)


def _tail(equation: Equation, text: TextMath) -> int:
    return len(_relation(text, equation.relations[-1])) if equation.relations else 0


def _condition_column(block: Equations, text: TextMath, left: int, room: int) -> int:
    """Where the index ranges of general equations begin, 0 where each has to follow its own formula."""
    if not block.general:
        return 0
    ends = []
    for equation in block.items:
        last = f" = {text.line(equation.relations[-1].right)}" if equation.relations else ""
        ends.append(left + len(last))
    fits = all(
        end + 4 + len(text.plain(e.condition)) <= room for end, e in zip(ends, block.items, strict=True)
    )
    return max(ends, default=0) if fits else 0


def _one(
    equation: Equation,
    name: str,
    text: TextMath,
    room: int,
    role: str,
    columns: tuple[int, int],
    conditions: int,
) -> list[Line]:
    """One equation on as many lines as it needs."""
    margin = " " * len(name)
    lines: list[Line] = []
    current: Line = [(name, role)]
    for place, relation in enumerate(equation.relations):
        piece = _relation(text, relation)
        last = place == len(equation.relations) - 1
        style = "result" if relation.result else role
        if last and relation.result and any(columns) and role != "general":
            used = _length(current) - len(name)
            current.append((" " * max(0, columns[0] - used), ""))
            current += _signed(piece[:3] + piece[3:].rjust(columns[1] - 3), style)
        elif place and (role == "general" or _length(current) + len(piece) > room):
            lines.append(current)
            current = [(margin, ""), *_signed(piece, style)]
        else:
            current += _signed(piece, style)
        if _length(current) > room:
            current.pop()
            broken = _broken(relation, text, room, len(name), _length(current))
            lines.append([*current, (broken[0], style)])
            lines += [[(" " * (len(name) + 3), ""), (line, style)] for line in broken[1:-1]]
            current = [(" " * (len(name) + 3), ""), (broken[-1], style)] if len(broken) > 1 else lines.pop()
    lines.append(current)
    for extra, kind in ((equation.condition, "condition"), (equation.note, "note")):
        if extra:
            _append(lines, text.plain(extra), kind, room, len(name), conditions if kind == "condition" else 0)
    return lines


def _signed(piece: str, style: str) -> Line:
    """A relation's text with its sign apart, so that only the value is set off."""
    return [(piece[:3], ""), (piece[3:], style)]


def _broken(relation: Relation, text: TextMath, room: int, margin: int, used: int) -> list[str]:
    return text.wrapped(relation.right, max(20, room - max(margin + 3, used)))


def _append(lines: list[Line], extra: str, kind: str, room: int, margin: int, column: int) -> None:
    gap = max(4, column + 4 - _length(lines[-1]))
    if _length(lines[-1]) + gap + len(extra) <= room:
        lines[-1].append((" " * gap, ""))
        lines[-1].append((extra, kind))
        return
    for part in _wrapped_words(extra, room - margin - 3):
        lines.append([(" " * (margin + 3), ""), (part, kind)])


def _wrapped_words(words: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(words, max(20, width))


def _length(line: Line) -> int:
    return sum(len(part) for part, _ in line)


def _matrix_lines(equation: Equation, text: TextMath, width: int) -> list[Line]:
    """An equation with matrices: the formula on the first line, each matrix expression under it."""
    left = text.line(equation.left) if equation.left else ""
    room = width - INDENT
    indent = min(len(left), 24)
    lines: list[Line] = []
    pending = left
    for relation in equation.relations:
        sign = f" {text.plain(relation.sign)} "
        boxes = BoxMath(text, room - indent - 3).lines(relation.right)
        head = Box((pending.ljust(indent) if pending else " " * indent,))
        if pending and len(pending) > indent:
            lines.append([(pending, "general")])
            head = Box((" " * indent,))
        pending = ""
        first = beside(head, Box((sign,)), boxes[0])
        role = "result" if relation.result else ("" if holds_matrix(relation.right) else "general")
        for box, skip in [
            (first, True),
            *((beside(Box((" " * (indent + 3),)), box), False) for box in boxes[1:]),
        ]:
            for line in box.lines:
                cut = indent + 3 if skip else 0
                lines.append([(line[:cut], "general" if skip else ""), (line[cut:].rstrip(), role)])
    if pending:
        lines.append([(pending, "general")])
    for extra, kind in ((equation.condition, "condition"), (equation.note, "note")):
        if extra:
            _append(lines, text.plain(extra), kind, room, indent, 0)
    return [[(" " * INDENT, ""), *line] for line in lines]
