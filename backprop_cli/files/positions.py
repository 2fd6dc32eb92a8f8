"""Where in a TOML text a key path such as ("layers", 0, "weights", 1) stands.

Run only once an error has occurred, on text that tomllib has accepted, so it need not tell faults of its own;
one pass over the text, and only into what lies on the way to the path.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from ..errors import KeyPath, Place

# Comments, strings and brackets; an unclosed string runs to the end, so that scanning stays linear.
_TOKEN = r'''\#[^\n]*+
    | """(?:\\.|[^\\])*?(?:"{3,5}|\Z)
    | \'\'\'.*?(?:\'{3,5}|\Z)
    | "(?:[^"\\\n]|\\.)*+"?
    | '[^'\n]*+'?
    | [][{}]'''
_SPACE = r"(?:[ \t\r\n]++|\#[^\n]*+)*+"
_KEY_PART = r"""[ \t]*+([A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+(\.?)"""
_BARE = r"[^,\]}\n#]*+"

Span = tuple[int, int]


@cache
def token() -> re.Pattern[str]:
    """What tells brackets from those in comments and strings; compiled when it is first needed."""
    return re.compile(_TOKEN, re.VERBOSE | re.DOTALL)


def locate(text: str, path: KeyPath, file: str, *, key: bool = False) -> Place | None:
    """The place of the value at a path (`key`: of its key), else of the innermost thing around it.

    None when nothing on the path stands in the text.
    """
    scanner = _Scanner(text, path)
    scanner.document()
    span = scanner.key_span if key and scanner.key_span else scanner.span
    return place_at(text, file, *span) if span else None


def span_of(text: str, path: KeyPath) -> Span | None:
    """Where the value at a path begins and ends; None where it does not stand in the text."""
    scanner = _Scanner(text, path)
    scanner.document()
    return scanner.span if scanner.matched == len(path) else None


def place_at(text: str, file: str, start: int, end: int | None = None) -> Place:
    """The place of a stretch of text, cut off at the end of its first line, or at a comment there."""
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    until = start + 1 if end is None else min(end, stop)
    if end is not None and end > stop:
        comment = next((m for m in token().finditer(text, start, stop) if m.group()[0] == "#"), None)
        until = comment.start() if comment else stop
        until = start + len(text[start:until].rstrip())
    return Place(
        file, text.count("\n", 0, start) + 1, start - begin + 1, text[begin:stop], max(1, until - start)
    )


def line_text(text: str, line: int) -> str:
    """The text of a line, counted from 1; empty past the end."""
    lines = text.split("\n")
    return lines[line - 1] if 0 < line <= len(lines) else ""


@dataclass
class _Scanner:
    """Walks a document, remembering the span of the longest part of `target` met so far."""

    text: str
    target: KeyPath
    position: int = 0
    matched: int = 0
    span: Span | None = None
    key_span: Span | None = None

    def document(self) -> None:
        table: KeyPath = ()
        counts: dict[KeyPath, int] = {}  # of the elements of each array of tables so far
        while True:
            self._skip_space()
            if self.position >= len(self.text):
                return
            if self.text[self.position] == "[":
                table = self._header(counts)
            else:
                self._key_value(table)

    def _header(self, counts: dict[KeyPath, int]) -> KeyPath:
        start = self.position
        double = self.text.startswith("[[", start)
        self.position += 2 if double else 1
        path: KeyPath = ()
        parts = self._key()
        for number, part in enumerate(parts, start=1):
            path = (*path, part)
            if double and number == len(parts):
                counts[path] = counts.get(path, 0) + 1
            if path in counts:
                path = (*path, counts[path] - 1)
        self.position += 2 if double else 1
        span = (start, self.position)
        if self._leads_to(path):
            self._remember(len(path), span, span)
        elif path[: len(self.target)] == self.target and self.span is None:
            self._remember(len(self.target), span, span)
        return path

    def _key_value(self, table: KeyPath) -> None:
        self._skip_space()
        start = self.position
        path = (*table, *self._key())
        key = (start, start + len(self.text[start : self.position].rstrip()))
        self.position = self.text.index("=", self.position) + 1
        self._skip_space()
        if path[: len(self.target)] == self.target and len(path) > len(self.target) and self.span is None:
            self._remember(len(self.target), key, key)
        self._value(path, key if path == self.target else None)

    def _value(self, path: KeyPath, key: Span | None = None) -> None:
        """Step over the value at the position, and into it where the target may lie inside."""
        start = self.position
        on_the_way = self._leads_to(path)
        opening = self.text[start]
        if on_the_way and len(path) < len(self.target) and opening in "[{":
            self._inside(path, "]" if opening == "[" else "}")
        else:
            self._skip_value()
        if on_the_way:
            self._remember(len(path), (start, self.position), key)

    def _inside(self, path: KeyPath, closing: str) -> None:
        self.position += 1
        count = 0
        self._skip_space()
        while self.text[self.position] != closing:
            if closing == "}":
                self._key_value(path)
            else:
                self._value((*path, count))
            count += 1
            self._skip_space()
            if self.text[self.position] == ",":
                self.position += 1
                self._skip_space()
        self.position += 1

    def _skip_value(self) -> None:
        match = token().match(self.text, self.position)
        if match is None:
            bare = re.compile(_BARE).match(self.text, self.position)
            end = bare.end() if bare else self.position + 1
            self.position += len(self.text[self.position : end].rstrip())
            return
        depth = 0
        for match in token().finditer(self.text, self.position):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match.group(), 0)
            self.position = match.end()
            if depth == 0:
                return

    def _key(self) -> KeyPath:
        """The parts of a bare, quoted or dotted key."""
        parts: list[str] = []
        while match := re.compile(_KEY_PART).match(self.text, self.position):
            self.position = match.end()
            part = match.group(1)
            quoted = part[0] in "\"'"
            parts.append(next(iter(tomllib.loads(f"{part} = 0"))) if quoted else part)
            if not match.group(2):
                break
        return tuple(parts)

    def _leads_to(self, path: KeyPath) -> bool:
        return self.target[: len(path)] == path

    def _remember(self, length: int, span: Span, key: Span | None) -> None:
        if length > self.matched or self.span is None:
            self.matched, self.span = length, span
            self.key_span = key if length == len(self.target) else None

    def _skip_space(self) -> None:
        match = re.compile(_SPACE).match(self.text, self.position)
        self.position = match.end() if match else self.position
