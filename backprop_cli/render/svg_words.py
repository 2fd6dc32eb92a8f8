"""An SVG's title, and all that it shows in words, for who does not see it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .characters import printable


def in_words(picture: bytes, title: str, lines: Iterable[str]) -> bytes:
    """The picture with its title and its text as its description."""
    text = escape("\n".join(map(printable, lines)), quote=False)
    name = escape(printable(title or "backprop"), quote=False)
    said = f'<title id="t">{name}</title><desc id="d">{text}</desc>'
    head, end, body = picture.partition(b">")
    return head + b' role="img" aria-labelledby="t d"' + end + said.encode() + body
