"""A worksheet's blanks as fields to type into, and what keeps and saves them: the one script of our pages.

Each field knows its place on the answer sheet; the script writes the sheet from them and holds no answer.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from itertools import count
from pathlib import Path

from ..documents.document import Blank, Equation, Math, Matrix
from ..problem.language import Language
from .math_mathml import element, mathml, words
from .text import TextMath

_LONGEST = "500"  # characters of an answer: more are not read
_TEXT = TextMath()


class Fields:
    """Writes the fields of one page, each with an id of its own."""

    def __init__(self) -> None:
        self._ids = count(1)

    def question(self, equation: Equation, math: str, about: str, room: float) -> str:
        """A left side and a field, or a matrix of fields, for what it is; `room` to work in when printed."""
        right = equation.relations[-1].right
        said = _TEXT.line(equation.left) if equation.left else ""
        if isinstance(right, Matrix):
            label = element("span", math, **{"class": "asked"})
            answer = self._matrix(right, said)
        else:
            blank = right if isinstance(right, Blank) else Blank(0)
            id = f"a{next(self._ids)}"
            label = element("label", math, **{"class": "asked", "for": id})
            answer = self.field(blank, said, id)
        parts = [label, answer, words("span", about, **{"class": "about"}) if about else ""]
        if room:
            parts.append(element("div", **{"class": "working", "style": f"height: {room:g}cm"}))
        return element("div", *parts, **{"class": "question"})

    def _matrix(self, matrix: Matrix, said: str) -> str:
        rows = []
        for row, cells in enumerate(matrix.rows, start=1):
            places = (f"{said} {row},{column}" for column in range(1, len(cells) + 1))
            fields = (
                self.field(cell, place) if isinstance(cell, Blank) else mathml(cell)
                for cell, place in zip(cells, places, strict=True)
            )
            rows.append(element("tr", *(element("td", field) for field in fields)))
        table = element("table", *rows, **{"class": "fields", "role": "presentation"})
        return element("div", table, **{"class": "scroller", "role": "group", "aria-label": said})

    def field(self, blank: Blank, said: str, id: str = "") -> str:
        """One field, named by what it asks for; without a place on the sheet it is for the hand alone."""
        if not blank.cell:
            return words("span", "\u00a0" * blank.digits, **{"class": "blank"})
        quantity, bracket, inside = blank.cell.partition("[")
        table, _, role = quantity.rpartition(".")
        own = {"data-answer": ""}
        if blank.digits == NAME:  # who the student is: no answer, and called as the paper calls it
            table, role, bracket, inside, own = "", blank.cell, "", "", {}
        attributes = {
            **({"id": id} if id else {}),
            "name": blank.cell,
            "data-table": table,
            "data-key": role + bracket + inside,
            "size": str(blank.digits),
            "maxlength": _LONGEST,
            "aria-label": said,
            "autocomplete": "off",
            "autocapitalize": "off",
            "spellcheck": "false",
        }
        return element("input", type="text", **attributes, **own).removesuffix("</input>")


NAME = 32  # how wide a worksheet's blank for a name is, in digits


def script() -> str:
    """The script, as it stands in a page."""
    return (Path(__file__).parent / "sheet.js").read_text(encoding="utf-8")


def script_hash(text: str) -> str:
    """What lets a page run this script and no other."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def saving_bar(language: Language) -> str:
    """The buttons; without the script, which shows them, there are none."""
    word = language.word
    buttons = [
        words("button", word("Save as an answer sheet"), **{"type": "button", "class": "save"}),
        words("button", word("Empty all fields"), **{"type": "button", "class": "clear"}),
        element("output", **{"data-saved": word("{file}: {given} of {all} answers")}),
    ]
    about = word("What is typed is kept in this browser only. Hand in the file that is saved.")
    return element(
        "div",
        *buttons,
        words("p", about),
        **{"class": "saving", "hidden": "", "data-clear": word("Empty all fields?")},
    )


def named(math: Math) -> bool:
    """Whether it is a blank with a place on the sheet, or a matrix of them."""
    if isinstance(math, Matrix):
        return any(named(cell) for row in math.rows for cell in row)
    return isinstance(math, Blank) and bool(math.cell)
