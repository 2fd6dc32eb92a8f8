"""A CSV as spreadsheets and forms export it → its header and rows.

With or without a byte order mark, UTF-8 or UTF-16, separated by commas, semicolons or tabs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from ..errors import InputError, Place
from ..files.keys import clipped
from ..files.source import decode, read_limited

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 5_000


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
    else:
        text = decode(raw, file)
    return parse_csv(text.removeprefix("\ufeff"), file)


def parse_csv(text: str, file: str) -> Grid:
    """A CSV's header and rows, from its text."""
    if not text.strip():
        raise InputError(f"{file} is empty", help="its first line names the columns: student, loss, …")
    start = re.match(r"(?:[ \t]*\r?\n)*", text)
    text = text[start.end() :] if start else text
    first = text.partition("\n")[0].rstrip("\r")
    if re.fullmatch(r"sep=.", first):  # a spreadsheet's own hint
        text = text.partition("\n")[2]
        first = text.partition("\n")[0].rstrip("\r")
    separator = max(",;\t", key=_outside_quotes(first).count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = list(islice(reader, MAX_ROWS + 2))
    except csv.Error as error:
        place = Place(file, reader.line_num, 1, "")
        raise InputError(
            f"not CSV: {error}", place=place, help='a text with a " in it stands in quotes'
        ) from None
    if len(rows) > MAX_ROWS + 1:
        raise InputError(f"{file} has more than {MAX_ROWS} rows", help="split the class")
    header = tuple(tidy_name(name) for name in _rejoined(rows[0], separator))
    if len(header) > MAX_COLUMNS:
        raise InputError(f"{file} has {len(header)} columns, more than {MAX_COLUMNS}")
    del rows[0]
    grid = Grid(file, header, rows, range(2, len(rows) + 2), first)
    if all(map(any, rows)):
        return grid
    return grid.part([number for number, row in enumerate(rows) if any(row)])


def _rejoined(names: list[str], separator: str) -> list[str]:
    """Cell names, joined again where the comma inside their brackets has cut them in two."""
    whole: list[str] = []
    for name in names:
        if whole and "[" in whole[-1] and "]" not in whole[-1] and re.fullmatch(r"\s*[0-9]+\s*(\].*)?", name):
            whole[-1] += separator + name
        else:
            whole.append(name)
    return whole


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"|\[[^\]]*\]', "", line)


def tidy_name(name: str) -> str:
    """A column's or a cell's name without stray space."""
    return " ".join(name.replace("\ufeff", "").split())
