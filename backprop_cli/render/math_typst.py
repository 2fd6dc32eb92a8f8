"""Mathematics → Typst's math markup. What a user typed stands in string literals: nothing in it is code."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..documents.document import (
    BigSum,
    Blank,
    Braced,
    Call,
    Cases,
    Digits,
    Fenced,
    Fraction,
    Math,
    Matrix,
    Operator,
    Partial,
    Row,
    Superscript,
    Symbol,
    Transposed,
    Word,
)
from ..functions.table import ROWS
from .characters import ACCENTS, Glyph, glyphs, printable
from .shapes import blocks_of, decimals, marked, padding, raised_in_brackets, subscript_text
from .writers import writer_of

_ALPHABETS = {
    "script": "cal",
    "bold": "bold",
    "bold italic": "bold",
    "double-struck": "bb",
    "fraktur": "frak",
    "sans-serif": "sans",
    "monospace": "mono",
}
_TYPST_ACCENTS = {"bar": "macron", "mathring": "circle", "check": "caron", "ddot": "diaer"}
_SIGNS = {
    "·": "dot.op",
    "−": "minus",
    "+": "plus",
    "⊙": "dot.o",
    "=": "eq",
    "≈": "approx",
    "←": "arrow.l",
    "<": "lt",
    ">": "gt",
    "(": r"\(",
    ")": r"\)",
    "[": r"\[",
    "]": r"\]",
    "/": r'class("normal", \/)',
}
_FENCES = {"(": r"\(", ")": r"\)", "[": r"\[", "]": r"\]", "|": "|", "{": r"\{", "}": r"\}"}
_FUNCTIONS = {"max": "max", "min": "min", **{row.symbol: row.typst for row in ROWS.values() if row.typst}}


def string(text: str) -> str:
    """A text as a Typst string literal."""
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def typst_math(math: Math) -> str:
    """The expression, without dollar signs."""
    return writer_of(_TYPST, math, "Typst")(math)


def sign(text: str) -> str:
    """A sign between two expressions."""
    return _SIGNS.get(text) or (text if _is_symbol(text) else string(text))


def _is_symbol(text: str) -> bool:
    return len(text) == 1 and not text.isascii() and text.isprintable() and not text.isalnum()


def name(text: str) -> str:
    """A symbol's name: one letter in italics, several upright, accents and alphabets as functions."""
    return " ".join(_glyph(glyph) for glyph in glyphs(text)) if not _is_word(text) else string(text)


def _is_word(text: str) -> bool:
    return len(text) > 1 and all(glyph == Glyph(glyph.base) for glyph in glyphs(text))


def _glyph(glyph: Glyph) -> str:
    letter = glyph.base if glyph.base.isalpha() else string(glyph.base)
    if glyph.alphabet:
        letter = f"{_ALPHABETS[glyph.alphabet]}({letter})"
    command = ACCENTS[glyph.accent][0] if glyph.accent else ""
    return f"{_TYPST_ACCENTS.get(command, command)}({letter})" if command else letter


def _digits(math: Digits) -> str:
    number, _, power = math.text.replace("−", "-").partition("e")
    if power and power.lstrip("+-").isdigit():
        return f"{number} dot.op 10^({int(power)})"
    return number if re.fullmatch(r"-?[0-9.]+", number) else _word(Word(math.text))


def _word(math: Word) -> str:
    if math.text.strip() == ",":
        return r"\, space.med"
    return name(math.text) if len(glyphs(math.text)) == 1 else string(math.text)


def _symbol(math: Symbol) -> str:
    below = [piece if piece != "," else r"\," for piece in map(_subscript, subscript_text(math.subscripts))]
    below = ([_symbol(math.of)] if math.of else []) + ([r"\,"] if math.of and below else []) + below
    text = f"{name(math.name)}"
    if below or math.mark:
        lower = f", b: {' '.join(below)}" if below else ""
        upper = f", t: {_mark(math.mark)}" if math.mark else ""
        text = f"attach({text}{lower}{upper})"
    return f"{text} \\({name(math.argument)}\\)" if math.argument else text


def _subscript(part: str) -> str:
    if part == ",":
        return part
    signs = {"+": "+", "−": "-"}  # an index that is worked out: i + m − 1
    return " ".join(signs.get(piece) or name(piece) for piece in re.split("([+−])", part) if piece)


def _mark(mark: str) -> str:
    """[hid], the layer's name upright, for it is a word."""
    return f"{_FENCES[mark[0]]} {string(mark[1:-1])} {_FENCES[mark[-1]]}"


def _operator(math: Operator) -> str:
    return sign(math.text)


def _row(math: Row) -> str:
    return " ".join(typst_math(item) for item in math.items)


def _fenced(math: Fenced) -> str:
    return f"lr({_FENCES[math.left]} {typst_math(math.body)} {_FENCES[math.right]})"


def _fraction(math: Fraction) -> str:
    return f"frac({typst_math(math.top)}, {typst_math(math.bottom)})"


def _partial(math: Partial) -> str:
    strut = " #strut" if marked(math.bottom) else ""
    return f"frac(partial {typst_math(math.top)}, partial {typst_math(math.bottom)}{strut})"


def _power(math: Superscript) -> str:
    return _raised(math.base, typst_math(math.exponent))


def _transposed(math: Transposed) -> str:
    return _raised(math.body, "top")


def _raised(base: Math, exponent: str) -> str:
    written = typst_math(base)
    if raised_in_brackets(base):
        written = rf"lr(\( {written} \))"
    return f"attach({written}, t: {exponent})"


def _big_sum(math: BigSum) -> str:
    below = f", b: {name(math.index)}{f' eq {math.lower}' if math.upper else ''}" if math.index else ""
    above = f", t: {_word(Word(math.upper))}" if math.upper else ""
    return f"attach(sum{below}{above}) {typst_math(math.body)}"


def _call(math: Call) -> str:
    if math.name == "√":
        return f"sqrt({typst_math(math.arguments[0])})"
    function = _FUNCTIONS.get(math.name) or name(math.name)
    function = f"op({function})" if function.startswith('"') else function
    prime = "'" if math.prime else ""
    inside = r" \, space.med ".join(typst_math(argument) for argument in math.arguments)
    return rf"{function}{prime} lr(\( {inside} \))"


def _matrix(math: Matrix) -> str:
    blocks = blocks_of(math)
    if len(blocks) == 1:
        return _whole(math)
    lines = " ; ".join(f"{_whole(block)} ; #text(size: 0.8em, {string(words)})" for block, words in blocks)
    return f"mat(delim: #none, align: #left, row-gap: #0.5em, {lines})"


def _whole(math: Matrix) -> str:
    places = decimals(math)
    rows = [
        ", ".join(_cell(cell, place) for cell, place in zip(row, places, strict=True)) for row in math.rows
    ]
    cells = " ; ".join(rows)  # a semicolon right behind an embedded box would end the box
    return f'mat(delim: "[", align: #right, column-gap: #0.7em, {cells})'


def _cell(cell: Math, places: int) -> str:
    """A matrix's cell, filled up so that the column stands on its decimal point."""
    blank = padding(cell, places)
    return typst_math(cell) + (f" #hide[${blank}$]" if blank else "")


def _blank(math: Blank) -> str:
    return f"#box(width: {0.55 * math.digits:.2f}em, height: 1.3em, stroke: (bottom: 0.5pt))"


def _cases(math: Cases) -> str:
    rows = [f'{typst_math(value)} quad &"if" {typst_math(when)}' for value, when in math.rows]
    return f"cases({', '.join(rows)})"


def _braced(math: Braced) -> str:
    return f"underbrace({typst_math(math.body)}, {typst_math(math.label)})"


_TYPST: dict[type, Callable[..., str]] = {
    Digits: _digits,
    Word: _word,
    Symbol: _symbol,
    Operator: _operator,
    Row: _row,
    Fenced: _fenced,
    Fraction: _fraction,
    Partial: _partial,
    Superscript: _power,
    BigSum: _big_sum,
    Call: _call,
    Blank: _blank,
    Cases: _cases,
    Matrix: _matrix,
    Transposed: _transposed,
    Braced: _braced,
}
