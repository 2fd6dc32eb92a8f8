"""Text for a terminal or a file that has ASCII only: δ → delta."""

from __future__ import annotations

import re
import unicodedata

_ASCII = {
    "·": "*",
    "−": "-",
    "⊙": "(*)",
    "≈": "~=",
    "←": "<-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "∂": "d",
    "Σ": "sum",
    "′": "'",
    "…": "...",
    "–": "-",
    "—": "-",
    "─": "-",
    "×": "x",
    "½": "1/2",
    "ᵀ": "^T",
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
        return match[2].capitalize() if match[1] == "CAPITAL" else match[2].lower()
    spelled = ""
    for part in unicodedata.normalize("NFKD", char):
        spelled += part if part.isascii() else _ACCENTS.get(part, "" if unicodedata.combining(part) else "?")
    return spelled
