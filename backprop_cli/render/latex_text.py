"""Words → LaTeX that prints them, whatever they are."""

from __future__ import annotations

import re
import unicodedata

from .characters import ACCENTS, MATH, decomposed

_TEXT = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\ttfamily\char34}",
    "`": r"\textasciigrave{}",
    "-": "-{}",  # so that -- stays two hyphens
    "'": "'{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "„": ",,",
    "‘": "`",
    "’": "'",
    "\u00a0": "~",
    "\ufffd": "[?]",
}


def latex_text(text: str) -> str:
    """A user's text as LaTeX that prints it: nothing in it is a command; what pdfLaTeX has not is named."""
    found = ""
    for char in decomposed(text):
        if char in ACCENTS and found:
            base = re.search(r"(\\?[^\\{}]|\\.)(\{\})?$", found)
            found = found[: base.start()] + f"\\{ACCENTS[char][1]}{{{base[0]}}}" if base else found
        elif char in _TEXT:
            found += _TEXT[char]
        elif char in MATH:
            found += f"\\ensuremath{{{MATH[char]}}}"
        else:
            found += char if char.isascii() else _other(char)
    return re.sub(r"-\{\}(?!-)", "-", re.sub(r"'\{\}(?!')", "'", found))


def _other(char: str) -> str:
    plain = unicodedata.normalize("NFKC", char)
    return latex_text(plain) if plain != char else f"[U+{ord(char):04X}]"
