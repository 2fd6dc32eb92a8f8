"""The [paper] table → Paper: what stands at the head of an exam."""

from __future__ import annotations

from datetime import date, time

from ..errors import InputError, KeyPath
from ..problem.problem import Paper
from .keys import Table, describe, known_keys, prose, table_of

PATH: KeyPath = ("paper",)
_WORDS = ("course", "date", "time", "version")
MOST_FIELDS = 8


def read_paper(value: object) -> Paper:
    """The head of an exam. Raises InputError for an unknown key, or for what is no text."""
    table = table_of(value, PATH, "paper", '[paper] with course = "…"')
    known_keys(table, (*_WORDS, "fields"), PATH)
    texts = {key: str(item) if isinstance(item, date | time) else item for key, item in table.items()}
    course, day, hour, version = (_text(texts, key) for key in _WORDS)
    fields = _fields(table["fields"]) if "fields" in table else Paper().fields
    return Paper(course, day, hour, version, fields)


def _text(table: Table, key: str) -> str:
    try:
        return prose(table, key, 100)
    except InputError as error:
        raise InputError(error.message, path=(*PATH, key), help=error.help) from None


def _fields(value: object) -> tuple[str, ...]:
    path = (*PATH, "fields")
    if not isinstance(value, list):
        raise InputError(
            f"fields must be a list of texts, not {describe(value)}",
            path=path,
            help='such as fields = ["Name", "Student number"]',
        )
    if len(value) > MOST_FIELDS:
        raise InputError(f"fields has {len(value)} entries, more than {MOST_FIELDS}", path=path)
    return tuple(_text({"fields": item}, "fields") for item in value)
