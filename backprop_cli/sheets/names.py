"""Who is who in a class: the columns that name a student, and when two names are one student's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# The columns that may name a student, the first that is there taken.
NAMES = (
    "student",
    "name",
    "student name",
    "full name",
    "your name",
    "your full name",
    "participant",
    "teilnehmer/in",
    "nombre completo",
    "nom complet",
    "vollständiger name",
    "username",
    "user name",
    "login",
    "id",
    "student id",
    "email",
    "e-mail",
    "email address",
    "e-mail address",
    "matriculation number",
    "matrikelnummer",
)
FIRST_NAMES = (
    "first name",
    "firstname",
    "given name",
    "forename",
    "vorname",
    "prénom",
    "nombre",
    "voornaam",
)
LAST_NAMES = (
    "last name",
    "lastname",
    "surname",
    "family name",
    "nachname",
    "familienname",
    "nom",
    "nom de famille",
    "apellido(s)",
    "apellidos",
    "cognome",
    "achternaam",
)
_NAME = re.compile(r"\b(?:names?|nombres?|nom|student(?:in)?)\b", re.IGNORECASE)
# Rows that spreadsheets and learning platforms put among the students: averages, points, a test student.
_NO_STUDENT = re.compile(
    r"(?:(?:overall|grand|class|group|course|section|quiz|total|gesamt|kurs|gruppen?|klassen) ?)?"
    r"(?:averages?|avg\.?|means?|medians?|totals?|sums?|maximum|minimum|count|std\.? ?dev\.?|"
    r"standard deviation|(?:max(?:imum)? |total )?points(?: possible)?|possible points|answer key|"
    r"durchschnitt|mittelwerte?|mittel|summen?|punkte|maximalpunkte|erreichbare punkte|anzahl|"
    r"standardabweichung|promedio|media|mediana|suma|moyenne|médiane|somme|écart[- ]type|gemiddelde)"
    r"(?: (?:general|global|del grupo|de la clase|générale|du groupe|overall|score|grade|points))?|"
    r"test[ ,]+students?|students?, test|testschüler|teststudent(?:in)?|testbenutzer|estudiante de prueba|"
    r"étudiant (?:de )?test"
)


def is_no_student(name: str) -> bool:
    """Whether a row's name is that of an average, of the points or of a platform's test student."""
    return _NO_STUDENT.fullmatch(folded(name).strip(" :*-–—")) is not None


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
    if other is None:  # a form's own question: "What is your full name? *"
        asking = [place for place, name in enumerate(header) if _NAME.search(name)]
        other = asking[0] if len(asking) == 1 else None
    return () if other is None else (other,)
