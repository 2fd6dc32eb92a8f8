"""Long arrays of numbers in a TOML text, changed where they stand.

tomlkit makes several objects of every number, which takes minutes for a million of them. So what is long is
taken out before it reads the text, a name left in its place, and put back afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from ..formula.arithmetic import Array
from .positions import token

LONG = 1000  # numbers
_NUMBER = re.compile(r"[-+]?[0-9][0-9_]*+(?:\.[0-9_]+)?(?:[eE][-+]?[0-9_]+)?")


class LongArrays:
    """The arrays that are taken out of a text, each by its name."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.name = "long-array-"

    def taken_out(self, text: str) -> str:
        """The text with a name in place of each long array of numbers."""
        while f'"{self.name}' in text:
            self.name += "-"
        pieces: list[str] = []
        done = 0
        for start, end in _arrays(text):
            if text.count(",", start, end) >= LONG:
                pieces += [text[done:start], self._added(text[start:end])]
                done = end
        return "".join([*pieces, text[done:]])

    def put_back(self, text: str) -> str:
        """The text with the arrays in their places again."""
        return re.sub(f'"{self.name}(\\d+)"', lambda found: self.texts[int(found[1])], text)

    def change(self, value: object, old: Array, new: Array, spell: Callable[[float], str]) -> bool:
        """Put new numbers in the places of the old ones where they differ, in the array a value stands for.

        False where the value is no name of an array.
        """
        if not isinstance(value, str) or not value.startswith(self.name):
            return False
        number = int(value.removeprefix(self.name))
        text = self.texts[number]
        spans = list(_numbers(text))
        before, after = (np.resize(values, len(spans)) for values in (old, new))
        pieces: list[str] = []
        done = 0
        for place in np.flatnonzero(before != after).tolist():
            start, end = spans[place]
            pieces += [text[done:start], spell(float(after[place]))]
            done = end
        self.texts[number] = "".join([*pieces, text[done:]])
        return True

    def made(self, values: Array, spell: Callable[[float], str]) -> str:
        """A name for an array that did not stand in the text."""
        rows = values if values.ndim == 2 else values[np.newaxis]
        texts = [f"[{', '.join(map(spell, row.tolist()))}]" for row in rows]
        return self._added(f"[{', '.join(texts)}]" if values.ndim == 2 else texts[0])[1:-1]

    def _added(self, text: str) -> str:
        self.texts.append(text)
        return f'"{self.name}{len(self.texts) - 1}"'


def _arrays(text: str) -> Iterator[tuple[int, int]]:
    """Where the values of keys stand that are arrays of numbers alone."""
    depth, start, numbers = 0, 0, True
    for found in token().finditer(text):
        sign = found.group()
        if sign == "[":
            if not depth:
                start = found.start()
                numbers = _is_value(text, start)
            depth += 1
        elif sign == "]":
            depth -= 1
            if depth <= 0:
                depth = 0
                if numbers:
                    yield start, found.end()
        elif not sign.startswith("#"):
            numbers = False
            depth += {"{": 1, "}": -1}.get(sign, 0)


def _is_value(text: str, start: int) -> bool:
    """Whether a bracket opens a key's value rather than a table's header."""
    while start and text[start - 1] in " \t":
        start -= 1
    return start > 0 and text[start - 1] == "="


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where the numbers of an array stand, those in comments left out."""
    done = 0
    for comment in (found for found in token().finditer(text) if found.group().startswith("#")):
        yield from (found.span() for found in _NUMBER.finditer(text, done, comment.start()))
        done = comment.end()
    yield from (found.span() for found in _NUMBER.finditer(text, done))
