"""Mathematics → LaTeX, for a document with amsmath alone, or for the pages that show $…$ (MathJax, KaTeX)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

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
from .characters import ACCENTS, MATH, SIGNS, WEB_SIGNS, Glyph, glyphs, printable
from .latex_text import latex_text
from .shapes import blocks_of, decimals, padding, raised_in_brackets, subscript_text, tall
from .writers import writer_of

_FUNCTIONS = {"max": r"\max", "min": r"\min", **{row.symbol: row.latex for row in ROWS.values() if row.latex}}
_ALPHABETS = {
    "script": r"\mathcal",
    "bold": r"\mathbf",
    "bold italic": r"\boldsymbol",
    "double-struck": r"\mathbf",  # the real ones are not in amsmath
    "fraktur": r"\mathbf",
    "sans-serif": r"\mathsf",
    "monospace": r"\mathtt",
}
_PLAIN = re.compile(r"[A-Za-z0-9 ,.;:()!?=+/@…]+")


@dataclass(frozen=True)
class LatexMath:
    """Writes mathematics as LaTeX; for the `web`, with what MathJax knows and Markdown leaves alone."""

    web: bool = False

    def write(self, math: Math) -> str:
        """The expression, without dollar signs."""
        return writer_of(_LATEX, math, "LaTeX")(self, math)

    # Characters.

    def name(self, name: str) -> str:
        """A symbol's name: one letter in italics, several upright, accents and alphabets as commands."""
        parts = glyphs(name)
        if (
            len(parts) > 1
            and all(glyph == Glyph(glyph.base) for glyph in parts)
            and name.isalnum()
            and name.isascii()
        ):
            return name if name.isdigit() else f"\\mathrm{{{name}}}"
        return _joined([self._glyph(glyph) for glyph in parts])

    def base(self, name: str) -> str:
        """A symbol's name that takes a superscript: one that has a prime or a script already is grouped."""
        written = self.name(name)
        return f"{{{written}}}" if any(script in written for script in ("'", "}^", "}_")) else written

    def _glyph(self, glyph: Glyph) -> str:
        letter = self.character(glyph.base)
        if glyph.alphabet and (glyph.alphabet != "script" or glyph.base.isupper()):
            letter = f"{_ALPHABETS[glyph.alphabet]}{{{letter}}}"
        command = ACCENTS[glyph.accent][0] if glyph.accent else ""
        return f"\\{command}{{{letter}}}" if command else letter

    def character(self, char: str) -> str:
        """One character inside mathematics."""
        if char in MATH:
            return MATH[char]
        if char.isascii():
            return (WEB_SIGNS if self.web else SIGNS).get(char, char)
        return f"\\text{{{char if self.web else latex_text(char)}}}"

    def text(self, text: str) -> str:
        """Words inside mathematics."""
        if not self.web:
            return f"\\text{{{latex_text(text)}}}"
        parts = []
        for char in re.findall(f"{_PLAIN.pattern}|.", printable(text)):
            parts.append(f"\\text{{{char}}}" if _PLAIN.fullmatch(char) else self.character(char))
        return _joined(parts)

    # One method for each kind of expression, filed in _LATEX.

    def digits(self, math: Digits) -> str:
        number, _, power = math.text.replace("−", "-").partition("e")
        if power and power.lstrip("+-").isdigit():
            return f"{number} \\cdot 10^{{{int(power)}}}"
        return number if re.fullmatch(r"-?[0-9.]+", number) else self.word(Word(math.text))

    def word(self, math: Word) -> str:
        if math.text.strip() == ",":
            return r",\ "
        if len(glyphs(math.text)) == 1:
            return self.name(math.text)
        return (
            f"\\mathrm{{{math.text}}}"
            if math.text.isascii() and math.text.isalnum()
            else self.text(math.text)
        )

    def symbol(self, math: Symbol) -> str:
        text = self.base(math.name)
        below = self.subscript(math.subscripts)
        if math.of:
            below = ", ".join(part for part in (self.symbol(math.of), below) if part)
        text += _script("_", below)
        if math.mark:
            text += f"^{{{math.mark[0]}{self.mark(math.mark[1:-1])}{math.mark[-1]}}}"
        return f"{text}({self.name(math.argument)})" if math.argument else text

    def mark(self, name: str) -> str:
        """The layer's name in its mark, upright, for it is a word."""
        letters = len(name) > 1 and name.isascii() and name.isalpha()
        return f"\\mathrm{{{name}}}" if letters else self.name(name)

    def subscript(self, parts: tuple[str, ...]) -> str:
        return "".join(
            part if isinstance(part, str) and part == "," else self.name(part)
            for part in subscript_text(parts)
        )

    def operator(self, math: Operator) -> str:
        return _joined([self.character(char) for char in printable(math.text)])

    def row(self, math: Row) -> str:
        return " ".join(self.write(item) for item in math.items)

    def fenced(self, math: Fenced) -> str:
        left, right = (SIGNS.get(side, side) if side == "|" else side for side in (math.left, math.right))
        left, right = ({"{": r"\{", "}": r"\}"}.get(side, side) for side in (left, right))
        return self.between(left, self.write(math.body), right, tall(math.body))

    def between(self, left: str, body: str, right: str, grows: bool) -> str:
        if grows:
            return f"\\left{left} {body} \\right{right}"
        return f"{left}{' ' if left[0] == chr(92) else ''}{body}{' ' if right[0] == chr(92) else ''}{right}"

    def fraction(self, math: Fraction) -> str:
        return f"\\frac{{{self.write(math.top)}}}{{{self.write(math.bottom)}}}"

    def partial(self, math: Partial) -> str:
        return f"\\frac{{\\partial {self.write(math.top)}}}{{\\partial {self.write(math.bottom)}}}"

    def power(self, math: Superscript) -> str:
        return self.raised(math.base, self.write(math.exponent))

    def blank(self, math: Blank) -> str:
        return f"\\underline{{\\phantom{{{'0' * math.digits}}}}}"

    def cases(self, math: Cases) -> str:
        rows = (f"{self.write(value)} & \\text{{if }} {self.write(when)}" for value, when in math.rows)
        return f"\\begin{{cases}} {(' ' + chr(92) * 2 + ' ').join(rows)} \\end{{cases}}"

    def transposed(self, math: Transposed) -> str:
        return self.raised(math.body, r"\top")

    def braced(self, math: Braced) -> str:
        return f"\\underbrace{{{self.write(math.body)}}}_{{{self.write(math.label)}}}"

    def raised(self, base: Math, exponent: str) -> str:
        written = self.write(base)
        if raised_in_brackets(base):
            written = self.between("(", written, ")", tall(base))
        return written + _script("^", exponent)

    def big_sum(self, math: BigSum) -> str:
        below = self.name(math.index) + (f"={math.lower}" if math.upper else "") if math.index else ""
        above = self.word(Word(math.upper)) if math.upper else ""
        return f"\\sum{_script('_', below)}{_script('^', above)} {self.write(math.body)}"

    def call(self, math: Call) -> str:
        if math.name == "√":
            return f"\\sqrt{{{self.write(math.arguments[0])}}}"
        name = _FUNCTIONS.get(math.name) or self.base(math.name)
        inside = r",\ ".join(self.write(argument) for argument in math.arguments)
        grows = any(tall(argument) for argument in math.arguments)
        if grows:
            name += "'" if math.prime else ""
            return f"{name}\\!\\left( {inside} \\right)"
        return f"{name}{chr(39) if math.prime else ''}({inside})"

    def matrix(self, math: Matrix) -> str:
        blocks = blocks_of(math)
        if len(blocks) == 1:
            return self.whole(math)
        lines = [line for block, words in blocks for line in (self.whole(block), self.text(words))]
        return f"\\begin{{array}}{{l}} {(' ' + chr(92) * 2 + ' ').join(lines)} \\end{{array}}"

    def whole(self, math: Matrix) -> str:
        places = decimals(math)
        rows = [
            " & ".join(self.cell(cell, place) for cell, place in zip(row, places, strict=True))
            for row in math.rows
        ]
        columns = "r" * len(math.rows[0])
        cells = r" \\ ".join(rows)
        return f"\\left[\\begin{{array}}{{{columns}}} {cells} \\end{{array}}\\right]"

    def cell(self, cell: Math, places: int) -> str:
        """A matrix's cell, filled up so that the column stands on its decimal point."""
        blank = padding(cell, places)
        return self.write(cell) + (f"\\phantom{{{blank}}}" if blank else "")


def _script(where: str, text: str) -> str:
    """A subscript or a superscript, in braces where it is more than one character."""
    return where + (text if len(text) == 1 else f"{{{text}}}") if text else ""


def _joined(parts: list[str]) -> str:
    """LaTeX side by side: a command's name is kept apart from a letter after it."""
    text = ""
    for part in parts:
        text += " " if re.search(r"\\[A-Za-z]+$", text) and part[:1].isalpha() else ""
        text += part
    return text


_LATEX: dict[type, Callable[..., str]] = {
    Digits: LatexMath.digits,
    Word: LatexMath.word,
    Symbol: LatexMath.symbol,
    Operator: LatexMath.operator,
    Row: LatexMath.row,
    Fenced: LatexMath.fenced,
    Fraction: LatexMath.fraction,
    Partial: LatexMath.partial,
    Superscript: LatexMath.power,
    BigSum: LatexMath.big_sum,
    Call: LatexMath.call,
    Blank: LatexMath.blank,
    Cases: LatexMath.cases,
    Matrix: LatexMath.matrix,
    Transposed: LatexMath.transposed,
    Braced: LatexMath.braced,
}
