"""Who is who in a class: the columns that name a student, and when two names are one student's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# The columns that may name a student, the first that is there taken.
NAMES = (
    "student",
    "name",
    "student name",
    "full name",
    "your name",
    "username",
    "user name",
    "login",
    "id",
    "student id",
    "email",
    "e-mail",
    "email address",
    "e-mail address",
)
FIRST_NAMES = ("first name", "firstname", "given name", "vorname", "prénom", "nombre")
LAST_NAMES = ("last name", "lastname", "surname", "family name", "nachname", "nom", "apellido(s)")
# Rows that spreadsheets and learning platforms put among the students.
NOT_STUDENTS = frozenset(
    (
        "overall average",
        "average",
        "averages",
        "class average",
        "mean",
        "median",
        "total",
        "sum",
        "maximum",
        "max",
        "points possible",
        "possible points",
        "gesamtdurchschnitt",
        "durchschnitt",
        "mittelwert",
        "summe",
    )
)


def is_name(text: str) -> bool:
    """Whether there is a letter or a digit in it: neither nothing nor dots name anybody."""
    return any(map(str.isalnum, text))


def folded(name: str) -> str:
    """A name as it is compared: however it is composed, spaced and capitalised, it is one student's."""
    if name.isascii():
        return " ".join(name.casefold().split())
    shown = "".join(
        char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char) != "Cf"
    )
    return unicodedata.normalize("NFKC", " ".join(shown.casefold().split()))


def column_of(header: Sequence[str], wanted: Sequence[str]) -> int | None:
    """The first of the wanted columns that is there."""
    lowered = [name.casefold() for name in header]
    return next((lowered.index(name) for name in wanted if name in lowered), None)


def name_columns(header: Sequence[str]) -> tuple[int, ...]:
    """The column that names the student, or those of the first and the last name, if there are any."""
    first, last = column_of(header, FIRST_NAMES), column_of(header, LAST_NAMES)
    whole = column_of(header, NAMES[: NAMES.index("username")])
    if whole is not None:
        return (whole,)
    if first is not None or last is not None:
        return tuple(place for place in (first, last) if place is not None)
    other = column_of(header, NAMES)
    return () if other is None else (other,)
