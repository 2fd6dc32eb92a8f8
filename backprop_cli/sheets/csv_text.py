"""Rows as CSV that a spreadsheet neither splits at a text's semicolons nor runs, and how it is read back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

Row = Sequence["str | float | None"]
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")

# Control characters but for white space, and those that turn the direction of writing.
_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Figure(str):
    """A number as it is to be written."""

    __slots__ = ()


def neutral(text: str) -> str:
    """A text that no spreadsheet runs as a formula: one that could begin one gets a leading apostrophe."""
    if text[:1].isalnum():
        return text
    begun = text.lstrip()
    while begun and unicodedata.category(begun[0]) in ("Cf", "Cc"):
        begun = begun[1:].lstrip()
    first = unicodedata.normalize("NFKC", begun[:1]).replace("−", "-")
    return f"'{text}" if first.startswith(_RUNS) or text.startswith(("\t", "\r", "\n")) else text


def as_typed(text: str) -> str:
    """A text without the apostrophe that `neutral` has put before it."""
    return text[1:] if text[:1] == "'" and neutral(text[1:]) == text else text


def csv_text(rows: Iterable[Row]) -> str:
    """Rows as CSV, texts in quotes, numbers as they are, nothing where there is none (None, nan)."""
    numbers: dict[float, str] = {}
    quoted: dict[str, str] = {}

    def cell(value: str | float | None) -> str:
        if value is None or value != value:
            return ""
        if isinstance(value, Figure):
            return value
        if isinstance(value, str):
            if value not in quoted:
                text = neutral(_STEERING.sub("", value))
                quoted[value] = '"' + text.replace('"', '""') + '"'
            return quoted[value]
        if value not in numbers:
            numbers[value] = f"{value:.6g}"
        return numbers[value]

    return "".join(",".join(map(cell, row)) + "\n" for row in rows)
