"""Mathematics → MathML, within MathML Core: what browsers show without a script, and screen readers read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

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
from .characters import ACCENTS, Glyph, glyphs, printable
from .shapes import blocks_of, decimals, padding, raised_in_brackets, subscript_text, tall
from .writers import writer_of

_CAPITALS = {
    # alphabet → where its A and its a stand in Unicode
    "bold": (0x1D400, 0x1D41A),
    "bold italic": (0x1D468, 0x1D482),
    "sans-serif": (0x1D5A0, 0x1D5BA),
    "monospace": (0x1D670, 0x1D68A),
    "script": (0x1D49C, 0x1D4B6),
    "fraktur": (0x1D504, 0x1D51E),
    "double-struck": (0x1D538, 0x1D552),
}
# Letters that were in Unicode before their alphabets.
_EARLIER = dict(zip("BEFHILMR", "ℬℰℱℋℐℒℳℛ", strict=True))
_EARLIER_DOUBLE = dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True))


def mathml(math: Math) -> str:
    """The expression as MathML elements, without the <math> about them."""
    return writer_of(_MATHML, math, "MathML")(math)


def element(name: str, /, *content: str, **attributes: str) -> str:
    """One element; the content is MathML already, the attributes are not."""
    given = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{''.join(content)}</{name}>"


def words(name: str, text: str, /, **attributes: str) -> str:
    """One element with a text in it."""
    return element(name, escape(printable(text), quote=False), **attributes)


def name_of(name: str) -> str:
    """A symbol's name: one letter in italics, several upright."""
    parts = glyphs(name)
    if len(parts) > 1 and all(part == Glyph(part.base) for part in parts):
        return words("mi", name)
    return _grouped([_glyph(part) for part in parts])


def _subscript(part: str) -> Iterator[str]:
    """A part of a subscript: a comma, a name, or an index that is worked out, i + m − 1."""
    for piece in re.split("([+−])", part):
        if piece in (",", "+", "−"):
            yield words("mo", piece)
        elif piece:
            yield name_of(piece)


def _glyph(glyph: Glyph) -> str:
    kind = "mi" if glyph.base.isalpha() else "mn" if glyph.base.isdigit() else "mo"
    # Capital Greek letters stand upright, as LaTeX has them.
    upright = {"mathvariant": "normal"} if "Α" <= glyph.base <= "Ω" else {}
    letter = words(kind, _styled(glyph), **upright)
    return (
        element("mover", letter, words("mo", ACCENTS[glyph.accent][2]), accent="true")
        if glyph.accent
        else letter
    )


def _styled(glyph: Glyph) -> str:
    base, alphabet = glyph.base, glyph.alphabet
    earlier = {"script": _EARLIER, "double-struck": _EARLIER_DOUBLE}.get(alphabet, {})
    if base in earlier:
        return earlier[base]
    if alphabet in _CAPITALS and base.isascii() and base.isalpha():
        capital, small = _CAPITALS[alphabet]
        return chr(capital + ord(base) - ord("A")) if base.isupper() else chr(small + ord(base) - ord("a"))
    return base


def _grouped(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else element("mrow", *parts)


def _digits(math: Digits) -> str:
    number, _, power = math.text.replace("−", "-").partition("e")
    if not re.fullmatch(r"-?[0-9.]+", number):
        return _word(Word(math.text))
    minus = words("mo", "−", form="prefix") if number.startswith("-") else ""
    parts = [minus] * bool(minus) + [words("mn", number.removeprefix("-"))]
    if power.lstrip("+-").isdigit():
        parts += [
            words("mo", "·"),
            element("msup", words("mn", "10"), words("mn", str(int(power)).replace("-", "−"))),
        ]
    return _grouped(parts)


def _word(math: Word) -> str:
    if math.text.strip() == ",":
        return words("mo", ",", separator="true")
    return name_of(math.text) if len(glyphs(math.text)) == 1 else words("mtext", math.text)


def _symbol(math: Symbol) -> str:
    name = name_of(math.name)
    below = [piece for part in subscript_text(math.subscripts) for piece in _subscript(part)]
    if math.of:
        below = [_symbol(math.of), *([words("mo", ",")] if below else []), *below]
    if below and math.mark:
        name = element("msubsup", name, _grouped(below), _mark(math.mark))
    elif below:
        name = element("msub", name, _grouped(below))
    elif math.mark:
        name = element("msup", name, _mark(math.mark))
    if not math.argument:
        return name
    return element("mrow", name, _fence("(", "prefix"), name_of(math.argument), _fence(")", "postfix"))


def _mark(mark: str) -> str:
    return element("mrow", _fence(mark[0], "prefix"), words("mi", mark[1:-1]), _fence(mark[-1], "postfix"))


def _fence(sign: str, form: str, stretchy: str = "false") -> str:
    return words("mo", sign, form=form, stretchy=stretchy)


def _operator(math: Operator) -> str:
    if not math.spaced and math.text in "+−":
        return words("mo", math.text, form="prefix")
    return words("mo", math.text, **({"form": "infix"} if math.spaced else {"stretchy": "false"}))


def _row(math: Row) -> str:
    return element("mrow", *map(mathml, math.items))


def _fenced(math: Fenced) -> str:
    return _within(math.left, math.body, math.right)


def _within(left: str, body: Math, right: str) -> str:
    grows = "true" if tall(body) else "false"
    return element("mrow", _fence(left, "prefix", grows), mathml(body), _fence(right, "postfix", grows))


def _fraction(math: Fraction) -> str:
    return element("mfrac", mathml(math.top), mathml(math.bottom))


def _partial(math: Partial) -> str:
    sides = (element("mrow", words("mi", "∂"), mathml(side)) for side in (math.top, math.bottom))
    return element("mfrac", *sides)


def _power(math: Superscript) -> str:
    return element("msup", _base(math.base), mathml(math.exponent))


def _transposed(math: Transposed) -> str:
    return element("msup", _base(math.body), words("mo", "⊤", form="postfix"))


def _base(base: Math) -> str:
    return _within("(", base, ")") if raised_in_brackets(base) else mathml(base)


def _big_sum(math: BigSum) -> str:
    sign = words("mo", "∑", movablelimits="false")
    below = name_of(math.index) if math.index else ""
    if below and math.upper:
        below = element("mrow", below, words("mo", "="), words("mn", math.lower))
        sign = element("munderover", sign, below, _word(Word(math.upper)))
    elif below:
        sign = element("munder", sign, below)
    return element("mrow", sign, mathml(math.body))


def _call(math: Call) -> str:
    if math.name == "√":
        return element("msqrt", mathml(math.arguments[0]))
    name = name_of(math.name)
    name = element("msup", name, words("mo", "′")) if math.prime else name
    inside: list[Math] = []
    for argument in math.arguments:
        inside += [Word(", "), argument] if inside else [argument]
    return element("mrow", name, "<mo>&#8289;</mo>", _within("(", Row(tuple(inside)), ")"))


def _matrix(math: Matrix) -> str:
    blocks = blocks_of(math)
    if len(blocks) == 1:
        return _whole(math)
    rows = (
        element("mtr", element("mtd", content))
        for block, about in blocks
        for content in (_whole(block), words("mtext", about))
    )
    return element("mtable", *rows, **{"class": "blocks"})


def _whole(math: Matrix) -> str:
    places = decimals(math)
    rows = [
        element("mtr", *(_cell(cell, place) for cell, place in zip(row, places, strict=True)))
        for row in math.rows
    ]
    table = element("mtable", *rows, **{"class": "matrix"})
    return element("mrow", _fence("[", "prefix", "true"), table, _fence("]", "postfix", "true"))


def _cell(cell: Math, places: int) -> str:
    """A matrix's cell, filled up so that the column stands on its decimal point."""
    blank = padding(cell, places)
    filled = element("mphantom", words("mn", blank)) if blank else ""
    return element("mtd", mathml(cell), filled)


def _blank(math: Blank) -> str:
    return element("mtext", "\u00a0" * math.digits, **{"class": "blank", "aria-label": "blank"})


def _cases(math: Cases) -> str:
    rows = (
        element("mtr", element("mtd", mathml(value)), element("mtd", "<mtext>if&#160;</mtext>", mathml(when)))
        for value, when in math.rows
    )
    return element("mrow", _fence("{", "prefix", "true"), element("mtable", *rows, **{"class": "cases"}))


_BRACED = {"class": "braced"}  # a line by the stylesheet: browsers stretch a brace by other widths than drawn
_MATHML: dict[type, Callable[..., str]] = {
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
    Braced: lambda math: element("munder", element("mrow", mathml(math.body), **_BRACED), mathml(math.label)),
}
