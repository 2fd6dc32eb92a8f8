"""What the columns of a class's table ask for: cells by their names, their symbols, or their order.

hid.preactivation[1]                   a cell
z(n₁[out])   What is z(n₁[out])?       the handout's symbol, alone or in a form's question
1234: hid.preactivation[1]             as Canvas numbers its questions
Response 1                             Moodle's, in the order of the sheet
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

from ..errors import InputError
from ..files.keys import clipped
from ..values.asked import asked_cells
from ..values.cells import Lookup
from .question_symbols import QuestionSymbols

_CELL = re.compile(r"[\w.-]+\s*[\[(][\d\s,;]*[\])]|[\w-]+\.[a-z_]+|loss\w*", re.IGNORECASE)
_INSIDE = re.compile(r"[\w-]+\.[a-z_]+(?:\s*\[[\d\s,;]+\])?|\bloss\[\d+\]", re.IGNORECASE)
_NUMBERED = re.compile(r"\d+\s*[:.)]\s*(.+)")
_RESPONSE = re.compile(r"(?:response|answer|antwort|réponse|respuesta|risposta)\s*(\d{1,4})", re.IGNORECASE)
_PART = re.compile(
    r"(?:^|;)\s*(?:part|teil|partie|parte|deel)\s+(\d{1,4})\s*:\s*(.*?)(?=;\s*\w+\s+\d{1,4}\s*:|$)",
    re.IGNORECASE | re.DOTALL,
)
LONGEST_HEADING = 400


class Headings:
    """Finds what a column's heading asks for in one problem."""

    def __init__(self, lookup: Lookup, columns: Mapping[str, str] | None = None) -> None:
        self.lookup = lookup
        self.order = [cell.name for cell in asked_cells(lookup.plan)]
        self.columns = {_plain(heading): name for heading, name in (columns or {}).items()}
        self.symbols = QuestionSymbols(lookup.plan)
        self.taken = 0  # how many answers stand in the columns of whole questions before

    def answered(self, heading: str) -> tuple[str, bool] | None:
        """The cell or whole quantity that a heading asks for, and whether it is whole; None: no answer."""
        if len(heading) > LONGEST_HEADING:
            return None
        if (name := self.columns.get(_plain(heading))) is not None:
            return self.lookup.answered(name) if name else None
        if found := self.lookup.answered(heading):
            return found
        bare = match[1] if (match := _NUMBERED.fullmatch(heading)) else heading
        if bare != heading and (found := self.lookup.answered(bare)):
            return found
        if (match := _RESPONSE.fullmatch(bare)) and not self.lookup.plan.problem.symbolic:
            place = int(match[1]) - 1
            return (self.order[place], False) if 0 <= place < len(self.order) else None
        return self._within(bare)

    def parts(self, heading: str, values: Sequence[str]) -> dict[str, list[str]]:
        """The answers in a column of Moodle's with all fields of a question: "part 1: 0.61; part 2: …"."""
        if not _RESPONSE.fullmatch(heading) or not any(_PART.match(text) for text in values):
            return {}
        found: dict[str, list[str]] = {}
        last = 0
        for row, text in enumerate(values):
            for match in _PART.finditer(text):
                place = self.taken + int(match[1]) - 1
                last = max(last, int(match[1]))
                if place < len(self.order):
                    found.setdefault(self.order[place], [""] * len(values))[row] = match[2].strip()
        for name in self.order[self.taken : self.taken + last]:
            found.setdefault(name, [""] * len(values))
        self.taken += last
        return found

    def looks_like_one(self, heading: str) -> bool:
        """Whether a heading that asks for nothing here was meant to."""
        if self.columns.get(_plain(heading)) == "":
            return False
        bare = match[1] if (match := _NUMBERED.fullmatch(heading)) else heading
        return bool(_CELL.fullmatch(bare)) or (" " not in bare and bool(self.lookup.suggestion(bare)))

    def _within(self, question: str) -> tuple[str, bool] | None:
        """The one cell that a form's question names, or writes the symbol of."""
        named = {cell for part in _INSIDE.findall(question) if (cell := self.lookup.answered(part))}
        if len(named) == 1:
            return named.pop()
        if named or self.lookup.plan.problem.symbolic:
            return None
        asked = self.symbols.asked(question)
        return (asked, False) if asked else None


def _plain(text: str) -> str:
    """A heading as those of --columns are compared."""
    text = unicodedata.normalize("NFKC", text[: LONGEST_HEADING + 1])
    return re.sub(r"\s+", " ", text).strip().casefold()


def draft(headings: Sequence[str], found: Mapping[str, str]) -> str:
    """A file for --columns to mend: each heading with the cell that it was taken for, or none."""
    lines = [
        '# Which cell each column answers; "" for none. Mend it, and give it to --columns.',
        *(f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(found.get(name, ''))}" for name in headings),
    ]
    return "\n".join(lines) + "\n"


def read_columns(table: Mapping[str, object], lookup: Lookup) -> dict[str, str]:
    """The cells by heading that a file of --columns tells.

    Raises InputError for a cell that the problem has not.
    """
    found: dict[str, str] = {}
    for number, (heading, name) in enumerate(table.items(), start=1):
        if not isinstance(name, str):
            raise InputError(f'--columns: "{clipped(heading, 60)}" must be the name of a cell, or ""')
        if name and lookup.answered(name) is None:
            near = lookup.suggestion(name)
            raise InputError(
                f'--columns: there is no cell "{clipped(name, 60)}" (entry {number})',
                help=f'did you mean "{near}"?' if near else None,
            )
        found[heading] = name
    return found
