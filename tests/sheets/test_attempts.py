"""Times of handing in, as forms and learning platforms write them in several languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backprop_cli.sheets.attempts import moments

FIRST, SECOND = datetime(2026, 11, 3, 9, 0, tzinfo=UTC), datetime(2026, 11, 25, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "texts",
    [
        ("11/3/2026 9:00:00", "11/25/2026 15:05:00"),
        ("03/11/2026 09:00:00", "25/11/2026 15:05:00"),
        ("11/3/26 9:00:00", "11/25/26 15:05:00"),
        ("03.11.2026 09:00", "25.11.2026 15:05"),
        ("2026/11/03 9:00:00 AM GMT+1", "2026/11/25 3:05:00 PM GMT+1"),
        ("3 November 2026, 9:00 AM", "25 November 2026, 3:05 PM"),
        ("Dienstag, 3. November 2026, 09:00", "Mittwoch, 25. November 2026, 15:05"),
        ("martes, 3 de noviembre de 2026, 09:00", "miércoles, 25 de noviembre de 2026, 15:05"),
        ("mardi 3 novembre 2026, 09:00", "mercredi 25 novembre 2026, 15:05"),
        ("Nov 3, 2026 9:00 a.m.", "Nov 25, 2026 3:05 p. m."),
        ("2026-11-03 09:00:00 UTC", "2026-11-25 15:05:00 UTC"),
        ("2026-11-03T09:00:00Z", "2026-11-25T15:05:00Z"),
        ("46329.375", "46351.628472222"),
    ],
)
def test_a_time_is_read_as_it_is_exported(texts: tuple[str, ...]) -> None:
    assert moments(texts) == pytest.approx([FIRST.timestamp(), SECOND.timestamp()], abs=1)


def test_a_column_with_what_is_no_time_has_none() -> None:
    assert moments(["3 November 2026, 9:00 AM", "-"]) is None
    assert moments(["31 February 2026", "1 March 2026"]) is None
