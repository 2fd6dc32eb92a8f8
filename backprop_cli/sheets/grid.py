"""A CSV as spreadsheets and forms export it → its header and rows.

With or without a byte order mark, UTF-8 or UTF-16, separated by commas, semicolons or tabs.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from ..errors import InputError, Place
from ..files.keys import clipped
from ..files.source import decode, read_limited
from .csv_text import as_typed

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 5_000
MOST_SHARED = 100_000  # texts
MOST_INDICES = 4
LONGEST_HEADER = 500_000
LONGEST_TITLE = 2_000
_SEPARATORS = ",;\t"
_LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


@dataclass(frozen=True)
class Grid:
    """A CSV as it stands: its header, its rows without the empty ones, and the number of each, from 1."""

    file: str
    header: tuple[str, ...]
    rows: list[list[str]]
    numbers: Sequence[int]
    first_line: str = ""

    def place(self, column: int) -> Place:
        """Where a column's name stands."""
        name = self.header[column]
        at = self.first_line.find(name)
        return Place(self.file, 1, max(at, 0) + 1, self.first_line, max(1, len(name)))

    def part(self, picked: Sequence[int]) -> Grid:
        """Some of the rows."""
        return replace(
            self, rows=[self.rows[row] for row in picked], numbers=[self.numbers[row] for row in picked]
        )


def open_csv(path: Path) -> Grid:
    """A CSV's header and rows. Raises InputError when it cannot be read or is too large."""
    file = clipped(str(path), 200)
    raw = read_limited(path, file, MAX_BYTES, "split the class")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = raw.decode("utf-16")
        except UnicodeDecodeError:
            raise InputError(f"{file} begins like UTF-16 and is none", help="save it as UTF-8") from None
    elif (order := _order_of_bytes(raw)) is not None:
        text = raw.decode(order, "replace")
    else:
        text = decode(raw, file)
    return parse_csv(text.removeprefix("\ufeff"), file)


def _order_of_bytes(raw: bytes) -> str | None:
    """UTF-16's order where its mark is missing: every other byte of a heading in plain letters is 0."""
    begun = raw[:64]
    even, odd = begun[::2], begun[1::2]
    if len(begun) < 16 or len(raw) % 2:
        return None
    if even.count(0) == 0 and 2 * odd.count(0) > len(odd):
        return "utf-16-le"
    return "utf-16-be" if odd.count(0) == 0 and 2 * even.count(0) > len(even) else None


def parse_csv(text: str, file: str) -> Grid:
    """A CSV's header and rows, from its text."""
    if not text.strip():
        raise InputError(f"{file} is empty", help="its first line names the columns: student, loss, …")
    start = _begin_of_text(text, 0)
    first = _line(text, start)
    hinted = re.fullmatch(r"sep=(.)", first)  # a spreadsheet's own hint
    if hinted:
        start = _begin_of_text(text, text.find("\n", start) + 1 or len(text))
        first = _line(text, start)
    if not first.strip():
        raise InputError(f"{file} has no line but its first", help="the next one names the columns")
    plain = _outside_quotes(first[:LONGEST_HEADER])
    if not any(map(plain.count, _SEPARATORS)):  # a title: the lines below it tell
        plain = _outside_quotes(text[start : start + LONGEST_TITLE])
    separator = max(_SEPARATORS, key=plain.count)
    if hinted and hinted[1] in _SEPARATORS and hinted[1] in plain:
        separator = hinted[1]
    before = text.count("\n", 0, start)
    if first.count(separator) > 2 * MAX_COLUMNS:
        raise InputError(f"{file} has more than {MAX_COLUMNS} columns")
    lines = (found.group() for found in _LINES.finditer(text, start))
    reader = csv.reader(_checked(lines, separator, file, before), delimiter=separator)
    try:
        rows = list(_shared(islice(reader, MAX_ROWS + 2)))
    except csv.Error as error:
        place = Place(file, before + reader.line_num, 1, "")
        raise InputError(
            f"not CSV: {error}", place=place, help='a text with a " in it stands in quotes'
        ) from None
    if len(rows) > MAX_ROWS + 1:
        raise InputError(f"{file} has more than {MAX_ROWS} rows", help="split the class")
    header = tuple(tidy_name(name) for name in _rejoined(rows[0], separator))
    if len(header) > MAX_COLUMNS:
        raise InputError(f"{file} has {len(header)} columns, more than {MAX_COLUMNS}")
    del rows[0]
    grid = Grid(file, header, rows, range(before + 2, before + len(rows) + 2), first)
    if all(map(any, rows)) and all(row[0].strip() for row in rows):
        return grid
    return grid.part([number for number, row in enumerate(rows) if any(map(str.strip, row))])


def _shared(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows, a text that stands in many cells kept once: a class writes the same numbers."""
    texts: dict[str, str] = {}
    for row in rows:
        if len(texts) < MOST_SHARED:
            yield list(map(texts.setdefault, row, row))
        else:
            yield [texts.get(text, text) for text in row]


def _begin_of_text(text: str, start: int) -> int:
    """Where the first line that is not blank begins."""
    while (end := text.find("\n", start)) >= 0 and not text[start:end].strip():
        start = end + 1
    return start


def _line(text: str, start: int) -> str:
    end = text.find("\n", start)
    return text[start : end if end >= 0 else len(text)].rstrip("\r")


def _checked(lines: Iterable[str], separator: str, file: str, before: int) -> Iterator[str]:
    """The lines, none of which would be taken apart into far too many columns."""
    for number, line in enumerate(lines, start=before + 1):
        if len(line) > MAX_COLUMNS and line.count(separator) > 2 * MAX_COLUMNS:
            raise InputError(f"row {number} of {file} has more than {MAX_COLUMNS} columns")
        yield line


def _rejoined(names: list[str], separator: str) -> list[str]:
    """Cell names, joined again where the commas inside their brackets have cut them apart."""
    whole: list[str] = []
    place = 0
    while place < len(names):
        parts = [names[place]]
        if "[" in parts[0] and "]" not in parts[0]:
            parts += names[place + 1 : place + MOST_INDICES]
            ends = [end for end, part in enumerate(parts) if end and "]" in part][:1]
            inside = parts[1 : ends[0] + 1] if ends else []
            fits = bool(inside) and all(re.fullmatch(r"\s*[0-9]+\s*(\].*)?", part) for part in inside)
            parts = parts[: ends[0] + 1] if fits else parts[:1]
        whole.append(separator.join(parts))
        place += len(parts)
    return whole


def _outside_quotes(line: str) -> str:
    """A line without what stands in quotes or in square brackets."""
    kept: list[str] = []
    place, ends = 0, {'"': '"', "[": "]"}
    for found in re.finditer(r'["\[]', line):
        closing = ends.get(found.group())
        if closing is None or found.start() < place:
            continue
        end = line.find(closing, found.end())
        if end < 0:
            del ends[found.group()]  # nor is there one further on
            continue
        kept.append(line[place : found.start()])
        place = end + 1
    return "".join([*kept, line[place:]])


def tidy_name(name: str) -> str:
    """A column's or a cell's name without stray space."""
    return as_typed(" ".join(name.replace("\ufeff", "").split()))
