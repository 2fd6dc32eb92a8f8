"""A text in quotes as it stands in a TOML file: what it says, and where each of its characters stands.

LaTeX in double quotes is read as it was meant: TOML takes the \\f of \\frac and the \\t of \\tanh for
characters that nobody types.
"""

from __future__ import annotations

import re

from ..errors import KeyPath, Place
from .positions import place_at, span_of

_QUOTES = re.compile(r'"""\n?|\'\'\'\n?|"|\'')
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|[ \t]*\n\s*|(.))", re.DOTALL)
_PLAIN = {'"': '"', "\\": "\\", "b": " ", "t": "\t", "n": "\n", "f": " ", "r": " ", "e": " "}


def quoted_text(text: str, path: KeyPath) -> tuple[str, tuple[int, ...]] | None:
    """What the text at a path says, with the offset of each character in the file, and of its end.

    None when no text in quotes stands there.
    """
    span = span_of(text, path)
    quotes = _QUOTES.match(text, span[0]) if span else None
    if span is None or quotes is None:
        return None
    mark = quotes.group().strip("\n")
    at, end = quotes.end(), span[1] - len(mark)
    said: list[str] = []
    places: list[int] = []
    while at < end:
        piece, after = text[at], at + 1
        if mark[0] == '"' and piece == "\\" and (escape := _ESCAPE.match(text, at)):
            piece, after = _unescaped(text, escape), escape.end()
            if escape[3] and len(piece) == 2:
                after = escape.end()
        said.append(piece)
        places += [at] * len(piece)
        at = after
    return "".join(said), (*places, end)


def _unescaped(text: str, escape: re.Match[str]) -> str:
    code, long_code, char = escape.groups()
    if code or long_code:
        return chr(int(code or long_code, 16))
    if char is None:
        return ""
    letters = re.compile("[a-z]{2}").match(text, escape.end())
    if char in "btfr" and letters:  # the \f of \frac, the \t of \tanh
        return f"\\{char}"
    return _PLAIN.get(char, char)


def place_in(text: str, file: str, path: KeyPath, start: int, end: int) -> Place | None:
    """The place in a file of a stretch of the text in quotes at a path."""
    found = quoted_text(text, path)
    if found is None:
        return None
    _, places = found
    first = places[min(start, len(places) - 1)]
    last = places[min(max(end - 1, start), len(places) - 1)]
    return place_at(text, file, first, max(last, first) + 1)
