"""When each row of a class was handed in, as forms and learning platforms write it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

# The columns that may tell it, the end of an attempt before its beginning.
COLUMNS = (
    "timestamp",
    "zeitstempel",
    "marca temporal",
    "horodateur",
    "informazioni cronologiche",
    "carimbo de data/hora",
    "tijdstempel",
    "submitted at",
    "submitted on",
    "submitted",
    "submission time",
    "submit date",
    "date submitted",
    "completion time",
    "completed",
    "completed on",
    "abgeschlossen",
    "beendet",
    "abgabezeit",
    "finalizado",
    "completado",
    "enviado",
    "terminé",
    "completato",
    "date",
    "time",
    "datum",
    "fecha",
    "started on",
    "started",
    "start time",
)
_MONTHS = (
    "jan ene gen",
    "feb fev fév",
    "mar mär mrt maa",
    "apr abr avr",
    "may mai mag mei",
    "jun juin giu",
    "jul lug juil",
    "aug ago aou aoû",
    "sep set",
    "oct okt ott out",
    "nov",
    "dec dez dic déc",
)
_MONTH = {
    "".join(part for part in unicodedata.normalize("NFD", name) if not unicodedata.combining(part)): number
    for number, names in enumerate(_MONTHS, start=1)
    for name in names.split()
}
_NUMERIC = re.compile(r"(\d{1,4})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{1,4})")
_NAMED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.|º|er)?\s*(?:de |of )?([^\W\d_]{3,})\.?\s*(?:de |del )?(\d{4})"
)
_NAMED_FIRST = re.compile(r"([^\W\d_]{3,})\.?\s*(\d{1,2})(?:st|nd|rd|th)?\s+(\d{4})")
_TIME = re.compile(
    r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([ap])?\.?\s?(?:m\b)?", re.IGNORECASE
)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)  # where a spreadsheet's days are counted from
ORDERS = ("mdy", "dmy")


def moments(texts: Sequence[str]) -> list[float] | None:
    """The times in a column, as seconds; None where they cannot all be read.

    Where a day may be a month and the other way round, the order in which the rows stand is taken.
    """
    tidied = [" ".join(text.replace("\u202f", " ").split()) for text in texts]
    if not any(tidied):
        return None
    try:
        return [_seconds(datetime.fromisoformat(text)) for text in tidied]
    except ValueError:
        pass
    found: list[list[float]] = []
    for order in ORDERS:
        times = [_moment(text, order) for text in tidied]
        if None not in times:
            found.append([time for time in times if time is not None])
    in_order = (times for times in found if times == sorted(times))
    return next(in_order, found[0] if found else None)


def _moment(text: str, order: str) -> float | None:
    """One time, its day and month in this order where both are numbers."""
    if _SERIAL.fullmatch(text):
        return _seconds(_EPOCH + timedelta(days=float(text.replace(",", "."))))
    rest = text.replace(",", " ")
    if date := _NUMERIC.search(rest):
        first, second, third = int(date[1]), int(date[3]), int(date[4])
        if first > 31:
            year, month, day = first, second, third
        else:
            day, month = (first, second) if order == "dmy" or date[2] == "." else (second, first)
            year = third if third > 99 else 2000 + third
    elif date := _NAMED.search(rest):
        year, month, day = int(date[3]), _month(date[2]), int(date[1])
    elif date := _NAMED_FIRST.search(rest):
        year, month, day = int(date[3]), _month(date[1]), int(date[2])
    else:
        return None
    clock = _TIME.search(rest, date.end())
    hour, minute, second = (int(clock[1]), int(clock[2]), int(clock[3] or 0)) if clock else (0, 0, 0)
    if clock and clock[4]:
        hour = hour % 12 + (12 if clock[4].lower() == "p" else 0)
    try:
        return _seconds(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except ValueError:
        return None


def _month(name: str) -> int:
    """The number of a month's name, 0 where it is none."""
    plain = "".join(
        part for part in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(part)
    )
    return next((_MONTH[plain[:size]] for size in (4, 3) if plain[:size] in _MONTH), 0)


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
