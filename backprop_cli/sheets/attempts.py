"""When each row of a class was handed in, as forms and learning platforms write it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

COLUMNS = (
    "timestamp",
    "submitted at",
    "submitted",
    "completed",
    "completed on",
    "submission time",
    "date",
    "time",
    "zeitstempel",
    "abgeschlossen",
    "beendet",
    "started on",
)
_FORMS = (
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%Y/%m/%d %I:%M:%S %p",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d %B %Y %I:%M %p",
    "%d %B %Y %H:%M",
    "%A %d %B %Y %I:%M %p",
    "%A %d %B %Y %H:%M",
)
_ZONE = re.compile(r" (?:GMT|UTC|CES?T|[ECMP][SD]T)(?:[+-][0-9:]+)?$")


def moments(texts: Sequence[str]) -> list[float] | None:
    """The times in a column, as seconds; None where they cannot all be read in one form.

    Where a day may be a month and the other way round, the form in which the rows stand in order is taken.
    """
    tidied = [
        _ZONE.sub("", " ".join(text.replace("\u202f", " ").replace(",", " ").split())) for text in texts
    ]
    if not any(tidied):
        return None
    try:
        return [_seconds(datetime.fromisoformat(text)) for text in tidied]
    except ValueError:
        pass
    found: list[list[float]] = []
    for form in _FORMS:
        try:
            found.append([_seconds(datetime.strptime(text, form)) for text in tidied])
        except ValueError:
            continue
    in_order = (times for times in found if times == sorted(times))
    return next(in_order, found[0] if found else None)


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
