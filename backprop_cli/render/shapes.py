"""What every paper asks of an expression: how wide and how tall it is, and where a long line breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from ..documents.document import (
    BigSum,
    Blank,
    Braced,
    Call,
    Cases,
    Digits,
    Equation,
    Fenced,
    Fraction,
    Math,
    Matrix,
    Operator,
    Partial,
    Relation,
    Row,
    Superscript,
    Symbol,
    Transposed,
    Word,
)
from .characters import glyphs
from .writers import writer_of


def parts_of(math: Math) -> tuple[Math, ...]:
    """The expressions right inside an expression."""
    match math:
        case Row(items):
            return items
        case Fenced(body=body) | BigSum(body=body) | Transposed(body) | Braced(body):
            return (body,)
        case Superscript(base, exponent):
            return base, exponent
        case Fraction(top, bottom) | Partial(top, bottom):
            return top, bottom
        case Call(arguments=arguments):
            return arguments
        case Cases(rows):
            return tuple(side for row in rows for side in row)
        case _:
            return ()


def holds(math: Math, *kinds: type[Math]) -> bool:
    """Whether the expression is of one of the kinds, or one of them is in it."""
    return isinstance(math, kinds) or any(holds(part, *kinds) for part in parts_of(math))


def tall(math: Math) -> bool:
    """Whether brackets around it have to grow."""
    return holds(math, Fraction, Partial, Matrix, BigSum, Cases, Braced)


def marked(math: Math) -> bool:
    """Whether a superscript on it would touch a rule above it."""
    return isinstance(math, Symbol) and bool(math.mark) and math.mark[0] == "["


def raised_in_brackets(base: Math) -> bool:
    """Whether a base needs brackets: it has a superscript already, or several parts."""
    return (isinstance(base, Symbol) and bool(base.mark or base.argument)) or isinstance(
        base, Row | Fraction | Partial
    )


def subscript_text(parts: tuple[str, ...]) -> list[str]:
    """Subscripts as they are written: jk, but 1,12 where one is longer than a letter."""
    if all(len(glyphs(part)) == 1 for part in parts):
        return list(parts)
    return [piece for part in parts for piece in (",", part)][1:]


def decimals(matrix: Matrix) -> list[int]:
    """How many decimals each column of a matrix has at most."""
    return [max((_decimals(cell) for cell in column), default=0) for column in zip(*matrix.rows, strict=True)]


def _decimals(cell: Math) -> int:
    return len(cell.text.partition(".")[2]) if isinstance(cell, Digits) and "e" not in cell.text else 0


def padding(cell: Math, places: int) -> str:
    """The digits, to be left blank, that bring a number's decimal point over the others' in its column."""
    if not isinstance(cell, Digits) or not cell.text[-1:].isdigit() or "e" in cell.text:
        return ""
    missing = places - _decimals(cell)
    return ("" if "." in cell.text or not missing else ".") + "0" * missing


# Widths, in digits of the same size.


def width(math: Math) -> float:
    """How wide an expression is set, about, counted in digits."""
    return writer_of(_WIDTHS, math, "a line")(math)


def _symbol(math: Symbol) -> float:
    below = sum(len(part) for part in math.subscripts) + (_symbol(math.of) if math.of else 0)
    argument = 1.6 + len(math.argument) if math.argument else 0
    return 1.15 * len(math.name) + argument + 0.75 * max(below, len(math.mark))


_WIDTHS: dict[type, Callable[..., float]] = {
    Digits: lambda math: len(math.text) + (0.6 if math.text.startswith("-") else 0),
    Word: lambda math: len(math.text),
    Symbol: _symbol,
    Operator: lambda math: 2.5 if math.spaced else 1.0,
    Row: lambda math: sum(width(item) for item in math.items),
    Fenced: lambda math: 2 + width(math.body),
    Fraction: lambda math: 0.6 + max(width(math.top), width(math.bottom)),
    Partial: lambda math: 1.7 + max(width(math.top), width(math.bottom)),
    Superscript: lambda math: (
        width(math.base) + 0.75 * width(math.exponent) + 2 * raised_in_brackets(math.base)
    ),
    BigSum: lambda math: 3.4 + width(math.body),
    Call: lambda math: len(math.name) + 2 + sum(width(argument) + 1 for argument in math.arguments),
    Blank: lambda math: math.digits,
    Cases: lambda math: 4 + max(width(value) + width(when) for value, when in math.rows),
    Matrix: lambda math: min(
        MATRIX + 2,
        2 + sum(2 + max(width(cell) for cell in column) for column in zip(*math.rows, strict=True)),
    ),
    Braced: lambda math: max(width(math.body), 0.75 * width(math.label)),
    Transposed: lambda math: 1 + width(math.body) + 2 * raised_in_brackets(math.body),
}


def on_one_line(equation: Equation) -> Equation:
    """The equation with ∂L/∂w on one line, where no sum or fraction makes its line higher anyway."""
    sides = [*([equation.left] if equation.left else []), *(each.right for each in equation.relations)]
    if any(holds(side, BigSum, Fraction, Cases, Matrix) for side in sides):
        return equation
    relations = tuple(replace(each, right=_slashed(each.right)) for each in equation.relations)
    return replace(equation, left=equation.left and _slashed(equation.left), relations=relations)


def _slashed(math: Math) -> Math:
    if isinstance(math, Partial):
        d, slash = Operator("∂", spaced=False), Operator("/", spaced=False)
        return Row((d, math.top, slash, d, math.bottom))
    return Row(tuple(map(_slashed, math.items))) if isinstance(math, Row) else math


_SIGN = 2.7  # a sign with the space about it


@dataclass(frozen=True)
class Line:
    """One line of an equation: its left side, then signs with expressions; no sign where it continues."""

    left: Math | None
    relations: tuple[Relation, ...]
    extra: str = ""


_INDEX = re.compile(r"(?<![\w(])([^\W\d_])(?= [=≠] )|(?<=…, )([^\W\d_])(?!\w)|(?<=≠ )([^\W\d_])(?!\w)")


def index_letters(words: str) -> Iterator[tuple[str, bool]]:
    """Words in pieces, and which of them are index letters: "for ", j, " = 1, 2 and ", k, " = 1, …, ", P."""
    end = 0
    for found in _INDEX.finditer(words):
        if found.start() > end:
            yield words[end : found.start()], False
        yield found[0], True
        end = found.end()
    if end < len(words):
        yield words[end:], False


def line_width(line: Line) -> float:
    """How wide a line is set, about, counted in digits."""
    left = width(line.left) if line.left else 0.0
    sides = sum(_SIGN + width(relation.right) for relation in line.relations)
    return left + sides + _said_width(line.extra)


def lines_of(equation: Equation, room: float, general: bool = False) -> Iterator[Line]:
    """An equation on as many lines as it needs.

    A general formula's every sign begins a line; numbers follow on the same line as long as there is room.
    """
    own = width(equation.left) if equation.left else 0
    found: list[Line] = []
    left, used = equation.left, own
    for relation in equation.relations:
        needed = _SIGN + width(relation.right)
        if found and not general and used + needed <= room:
            found[-1] = replace(found[-1], relations=(*found[-1].relations, relation))
            used += needed
            continue
        first, *rest = broken(relation.right, room - own - _SIGN)
        found.append(Line(left, (replace(relation, right=first),)))
        found += [Line(None, (Relation("", piece, relation.result),)) for piece in rest]
        left = None
        used = own + _SIGN + width(rest[-1] if rest else first)
    found = found or [Line(left, ())]
    extra = "; ".join(part for part in (equation.condition, equation.note) if part)
    yield from [*found[:-1], replace(found[-1], extra=extra)]


def lines_of_all(equations: Iterable[Equation], room: float, general: bool = False) -> list[Line]:
    """The lines of a group; what is said about one stands under it where there is no room beside them."""
    lines = [line for equation in equations for line in lines_of(equation, room, general)]
    widest = max((line_width(replace(line, extra="")) for line in lines), default=0.0)
    found = []
    for line in lines:
        if line.relations and widest + _said_width(line.extra) > room:
            words = tuple(
                Symbol(part) if letter else Word(part) for part, letter in index_letters(line.extra)
            )
            found += [replace(line, extra="")] + [Line(None, (Relation("", Row(words)),))] * bool(words)
        else:
            found.append(line)
    return found


def _said_width(words: str) -> float:
    return 3.0 + 0.9 * len(words) if words else 0.0


def broken(math: Math, room: float) -> list[Math]:
    """An expression in pieces that fit the room: cut before + and −, else · and ⊙, else in brackets."""
    if width(math) <= room:
        return [math]
    for signs in ("+−", "·⊙⊘", ","):
        pieces = _cut(_flat(math), signs)
        if len(pieces) > 1:
            return [part for line in _packed(pieces, room) for part in broken(line, room)]
    opened = [item for part in _flat(math) for item in _opened(part)]
    return [math] if len(opened) == len(_flat(math)) else broken(Row(tuple(opened)), room)


MATRIX = 84.0  # digits a matrix may be wide before it is set in blocks of its columns


def blocks_of(matrix: Matrix) -> list[tuple[Matrix, str]]:
    """A matrix in blocks of columns that fit, each with the columns it has; one without words if it fits."""
    widths = [2 + max(width(cell) for cell in column) for column in zip(*matrix.rows, strict=True)]
    if sum(widths) <= MATRIX:
        return [(matrix, "")]
    found: list[tuple[Matrix, str]] = []
    start, used = 0, 0.0
    for place, own in enumerate([*widths, MATRIX]):
        if used + own > MATRIX and place > start:
            rows = tuple(row[start:place] for row in matrix.rows)
            which = f"column {place}" if place == start + 1 else f"columns {start + 1}–{place}"
            found.append((Matrix(rows), f"{which} of {len(widths)}"))
            start, used = place, 0.0
        used += own
    return found


def fits_beside(sides: Iterable[Line], room: float) -> bool:
    """Whether what is given fits side by side on one line."""
    return sum(line_width(line) + 6 for line in sides) <= room


def _flat(math: Math) -> tuple[Math, ...]:
    return math.items if isinstance(math, Row) else (math,)


def _opened(math: Math) -> tuple[Math, ...]:
    """A bracketed expression as its brackets and what is in them, so that a line can end inside."""
    if isinstance(math, Fenced) and isinstance(math.body, Row):
        return (Operator(math.left, spaced=False), *math.body.items, Operator(math.right, spaced=False))
    if isinstance(math, Transposed) and isinstance(math.body, Fenced) and isinstance(math.body.body, Row):
        *inside, last = _opened(math.body)
        return (*inside, Transposed(last))
    return _flat(math.body) if isinstance(math, Braced) else (math,)


def _cut(items: tuple[Math, ...], signs: str) -> list[list[Math]]:
    pieces: list[list[Math]] = [[]]
    for item in items:
        if isinstance(item, Operator) and item.spaced and item.text in signs and pieces[-1]:
            pieces.append([])
        pieces[-1].append(item)
        if signs == "," and isinstance(item, Word) and item.text == ", ":
            pieces.append([])
    return pieces


def _packed(pieces: list[list[Math]], room: float) -> list[Math]:
    """Pieces put together again, as many to a line as there is room for."""
    lines: list[list[Math]] = []
    for piece in pieces:
        if lines and sum(map(width, lines[-1])) + sum(map(width, piece)) <= room:
            lines[-1] += piece
        else:
            lines.append(list(piece))
    return [Row(tuple(line)) if len(line) > 1 else line[0] for line in lines]
