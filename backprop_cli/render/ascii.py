"""Text for a terminal or a file that has ASCII only: δ → delta."""

from __future__ import annotations

import re
import unicodedata

_ASCII = {
    "·": "*",
    "−": "-",
    "‸": "^",
    "⊙": "(*)",
    "⊘": "(/)",
    "∘": "o",
    "×": "x",
    "÷": "/",
    "±": "+-",
    "∑": "sum",
    "∈": "in",
    "∞": "inf",
    "∀": "for all ",
    "∝": "~",
    "≡": "==",
    "¼": "1/4",
    "¾": "3/4",
    "ß": "ss",
    "æ": "ae",
    "Æ": "Ae",
    "œ": "oe",
    "Œ": "Oe",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "ı": "i",
    "≈": "~=",
    "←": "<-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "∂": "d",
    "Σ": "sum",
    "′": "'",
    "″": "''",
    "…": "...",
    "–": "-",
    "—": "-",
    "─": "-",
    "½": "1/2",
    "ᵀ": "^T",
    "⊤": "^T",
    "⁻": "-",
    "₋": "-",
    "⋯": "...",
    "⋮": ":",
    "•": "*",
    "°": " deg",
    "→": "->",
    "↔": "<->",
    "∇": "grad ",
    "√": "sqrt",
    "‖": "||",
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    **dict(zip("⎡⎢⎣⎤⎥⎦⎛⎜⎝⎞⎟⎠", "[[[]]]((()))", strict=True)),
    **dict(zip("│┐┘┤┼┌└├┬┴▏", "|++|+++||||", strict=True)),
    **dict(zip("▁▂▃▄▅▆▇█", "_.-=+*%#", strict=True)),  # the bars of a sparkline
    "✓": "+",
    "✗": "x",
    "\u00a0": " ",
}
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}


def to_ascii(text: str) -> str:
    """The text with every character outside ASCII spelled out: δ → delta, ŷ → yhat, é → e."""
    return "".join(char if char.isascii() else _ascii_char(char) for char in text)


def _ascii_char(char: str) -> str:
    if char in _ASCII:
        return _ASCII[char]
    name = unicodedata.name(char, "")
    if match := re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", name):
        letter = match[2].replace("LAMDA", "LAMBDA")
        return letter.capitalize() if match[1] == "CAPITAL" else letter.lower()
    parts = unicodedata.normalize("NFKD", char)
    if parts != char:
        return "".join(_ACCENTS.get(part) or to_ascii(part) for part in parts)
    if unicodedata.combining(char):
        return ""
    # A sign without an ASCII likeness keeps its number, so that two of them stay two.
    return "" if unicodedata.category(char) in ("Cf", "Mn") else f"U+{ord(char):04X}"
