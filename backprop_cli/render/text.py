"""Mathematics as one line of text: Unicode as on paper (∂J/∂Θ₁₁[out]), or ASCII (dJ/dTheta_11[out]).

Places where a long line may break are marked by private-use characters, one for each depth of nesting;
`wrapped` breaks at the outermost ones that suffice and takes the rest out.
"""

from __future__ import annotations

import re
import unicodedata
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
from ..records import dataclass
from .ascii import to_ascii

_BREAK, _DEEPEST = 0xE000, 0xE00F
_BREAKS = re.compile(f"[{chr(_BREAK)}-{chr(_DEEPEST)}]")
_SUBSCRIPTS = str.maketrans(
    "0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ"
)
_SUPERSCRIPTS = str.maketrans("0123456789+-=()niT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀ")
_VULGAR = {("1", "2"): "½"}


@dataclass(frozen=True)
class TextMath:
    """Writes mathematics as text, in Unicode or in ASCII."""

    ascii: bool = False

    def line(self, math: Math) -> str:
        """The expression on one line."""
        return _BREAKS.sub("", self.marked(math))

    def wrapped(self, math: Math, width: int) -> list[str]:
        """The expression on as many lines as it needs, broken before signs, the outermost first."""
        marked = self.marked(math)
        if len(_BREAKS.sub("", marked)) <= width:
            return [_BREAKS.sub("", marked)]
        lines: list[str] = []
        for depth in range(_BREAK, _DEEPEST + 1):
            pieces = [_BREAKS.sub("", piece) for piece in re.split(f"[{chr(_BREAK)}-{chr(depth)}]", marked)]
            lines = _packed(pieces, width)
            if all(len(line) <= width for line in lines):
                break
        return lines

    def plain(self, text: str) -> str:
        """Text that is not mathematics."""
        return to_ascii(text) if self.ascii else text

    def marked(self, math: Math, depth: int = 0) -> str:
        return _TEXTS[type(math)](self, math, depth)

    def number(self, text: str) -> str:
        """A number as it is read: −0.20, and 6.0·10²³ in place of 6.0e+23."""
        if self.ascii:
            return to_ascii(text)
        digits, e, power = text.partition("e")
        if e and power.lstrip("+-").isdigit():
            return f"{digits.replace('-', '−')}·10{str(int(power)).translate(_SUPERSCRIPTS)}"
        return text.replace("-", "−")

    # One method for each kind of expression, filed in _TEXTS.

    def digits(self, math: Digits, depth: int) -> str:
        return self.number(math.text)

    def word(self, math: Word, depth: int) -> str:
        return self.plain(math.text)

    def symbol(self, math: Symbol, depth: int) -> str:
        name = self.plain(plain_letters(math.name))
        subscripts = self.subscript(math.subscripts)
        mark = (
            self.superscript(math.mark) if math.mark.startswith("(") and math.mark[1:-1].isdigit() else None
        )
        text = name + mark + subscripts if mark is not None else name + subscripts + self.plain(math.mark)
        if math.argument:
            text += f"({self.plain(math.argument)})"
        return f"{text}({self.symbol(math.of, depth)})" if math.of else text

    def subscript(self, parts: tuple[str, ...]) -> str:
        if not parts:
            return ""
        text = "".join(parts) if all(len(part) == 1 for part in parts) else ",".join(parts)
        small = text.translate(_SUBSCRIPTS)
        if self.ascii or any(a == b and a != "," for a, b in zip(text, small, strict=True)):
            worked_out = any(sign in text for sign in "+−")  # h_{t−1}: what is below ends at the brace
            return f"_{{{self.plain(text)}}}" if worked_out else f"_{self.plain(text)}"
        return small

    def superscript(self, text: str) -> str:
        small = text.translate(_SUPERSCRIPTS)
        if self.ascii or any(a == b for a, b in zip(text, small, strict=True)):
            return text if text.startswith("(") else f"^{self.plain(text)}"
        return small

    def operator(self, math: Operator, depth: int) -> str:
        sign = self.plain(math.text)
        return f"{chr(min(_BREAK + depth, _DEEPEST))} {sign} " if math.spaced else sign

    def row(self, math: Row, depth: int) -> str:
        # A product binds more tightly than the sum around it: it breaks one level later.
        inner = (
            depth + 1
            if any(isinstance(item, Operator) and item.text in "+−" for item in math.items)
            else depth
        )
        parts = []
        for item in math.items:
            own = depth + (1 if isinstance(item, Operator) and item.text in "·⊙" else 0)
            parts.append(self.marked(item, own if isinstance(item, Operator) else inner + 1))
        return "".join(parts)

    def fenced(self, math: Fenced, depth: int) -> str:
        return f"{math.left}{self.marked(math.body, depth + 2)}{math.right}"

    def fraction(self, math: Fraction, depth: int) -> str:
        top, bottom = self.marked(math.top, depth + 2), self.marked(math.bottom, depth + 2)
        if not self.ascii and (top, bottom) in _VULGAR:
            return _VULGAR[top, bottom]
        top = f"({top})" if isinstance(math.top, Row) else top
        bottom = f"({bottom})" if isinstance(math.bottom, Row | Fraction) else bottom
        return f"{top}/{bottom}"

    def partial(self, math: Partial, depth: int) -> str:
        # The argument of J(Θ) is dropped inside ∂J/∂z on a line of text.
        top = math.top
        if isinstance(top, Symbol) and top.argument:
            top = Symbol(top.name, top.subscripts, top.mark, top.of)
        sign = self.plain("∂")
        return f"{sign}{self.marked(top, depth + 1)}/{sign}{self.marked(math.bottom, depth + 1)}"

    def power(self, math: Superscript, depth: int) -> str:
        base = self.marked(math.base, depth + 1)
        if isinstance(math.exponent, Digits) and math.exponent.text.isdigit():
            return base + self.superscript(math.exponent.text)
        exponent = self.marked(math.exponent, depth + 2)
        simple = isinstance(math.exponent, Symbol) or (
            isinstance(math.exponent, Digits) and exponent[0].isdigit()
        )
        return f"{base}^{exponent}" if simple else f"{base}^({exponent})"

    def big_sum(self, math: BigSum, depth: int) -> str:
        return f"{self.big_sign(math.index)} {self.marked(math.body, depth + 1)}"

    def big_sign(self, index: str) -> str:
        """Σ with the index it runs over."""
        return self.plain("Σ") + self.subscript((index,) if index else ())

    def call(self, math: Call, depth: int) -> str:
        comma = f",{chr(min(_BREAK + depth + 1, _DEEPEST))} "
        arguments = comma.join(self.marked(argument, depth + 2) for argument in math.arguments)
        return f"{self.call_sign(math)}({arguments})"

    def call_sign(self, math: Call) -> str:
        """A function's name, primed for its derivative."""
        return self.plain(math.name) + (self.plain("′") if math.prime else "")

    def matrix(self, math: Matrix, depth: int) -> str:
        rows = "; ".join("  ".join(self.number(cell.text) for cell in row) for row in math.rows)
        return f"[{rows}]"

    def blank(self, math: Blank, depth: int) -> str:
        return math.text

    def transposed(self, math: Transposed, depth: int) -> str:
        body = self.marked(math.body, depth + 1)
        compound = isinstance(math.body, Row) or (
            isinstance(math.body, Symbol) and bool(math.body.mark or math.body.subscripts)
        )
        return f"({body}){self.plain('ᵀ')}" if compound else f"{body}{self.plain('ᵀ')}"

    def cases(self, math: Cases, depth: int) -> str:
        rows = [
            f"{self.marked(value, depth + 2)} if {self.marked(when, depth + 2)}" for value, when in math.rows
        ]
        return "{" + f",{chr(min(_BREAK + depth, _DEEPEST))} ".join(rows) + "}"


def plain_letters(name: str) -> str:
    """A symbol's name without mathematical alphabets, which few terminals' fonts have: 𝒥 → J."""
    return "".join(
        unicodedata.normalize("NFKC", char) if "\U0001d400" <= char <= "\U0001d7ff" else char for char in name
    )


def _packed(pieces: list[str], width: int) -> list[str]:
    """Pieces joined into lines of at most `width`, as many to a line as fit; a line begins with its sign."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) <= width:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return lines


_TEXTS: dict[type, Callable[..., str]] = {
    Digits: TextMath.digits,
    Word: TextMath.word,
    Symbol: TextMath.symbol,
    Operator: TextMath.operator,
    Row: TextMath.row,
    Fenced: TextMath.fenced,
    Fraction: TextMath.fraction,
    Partial: TextMath.partial,
    Superscript: TextMath.power,
    BigSum: TextMath.big_sum,
    Call: TextMath.call,
    Blank: TextMath.blank,
    Matrix: TextMath.matrix,
    Transposed: TextMath.transposed,
    Cases: TextMath.cases,
    Braced: lambda text, math, depth: text.marked(math.body, depth),
}
