"""The sheet of a practice: the answers as they come, and in [practice] what went wrong over all sittings.

It is an answer sheet like any other, so `backprop check` reads it; a cell is written by its own name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError
from ..files.saving import save
from ..problem.problem import Problem
from ..values.cells import Lookup
from ..values.turns import sheet_plan
from .answer_sheet import open_sheet, read_sheet

TABLE = "practice"
MOST = 1_000_000


@dataclass
class PracticeSheet:
    """What is kept: answers by cell, slips by code over all sittings, and how many sittings there were."""

    problem: str
    student: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    slips: Counter[str] = field(default_factory=Counter)
    sittings: int = 0

    def save(self, path: Path) -> None:
        """Write the sheet. Raises InputError when it cannot be written."""
        save(path, self.text(), own=True)

    def text(self) -> str:
        """The sheet as TOML."""
        lines = [f"problem = {_quoted(self.problem)}", f"student = {_quoted(self.student)}"]
        tables: dict[str, list[str]] = {}
        for cell, answer in self.answers.items():
            table, dot, name = (
                cell.rpartition("[")[0].rpartition(".") if "[" in cell else cell.rpartition(".")
            )
            entry = name + cell[len(table) + len(dot) + len(name) :]
            tables.setdefault(table, []).append(f"{_quoted(entry)} = {_quoted(answer)}")
        lines += tables.pop("", [])
        for table, entries in tables.items():
            lines += ["", f"[{_key(table)}]", *entries]
        lines += ["", f"[{TABLE}]", f"sittings = {self.sittings}"]
        lines += [f"slips = {{ {', '.join(self._counts())} }}"] if self.slips else []
        return "\n".join(lines) + "\n"

    def _counts(self) -> Iterator[str]:
        for code, count in sorted(self.slips.items()):
            yield f"{_quoted(code)} = {count}"


def read_practice(path: Path, problem: Problem) -> PracticeSheet:
    """The sheet of an earlier sitting, or any answer sheet of the problem.

    Raises InputError when it cannot be read.
    """
    draft = open_sheet(path)
    sheet = read_sheet(draft, Lookup(sheet_plan(problem)))
    table = draft.document.get(TABLE)
    kept: Mapping[str, object] = table if isinstance(table, dict) else {}
    slips = kept.get("slips")
    counts = {code: _count(count) for code, count in slips.items()} if isinstance(slips, dict) else {}
    answers = {cell: text for cell, text in {**sheet.cells, **sheet.wholes}.items() if text.strip()}
    student = draft.document.get("student")
    return PracticeSheet(
        draft.problem or problem.name,
        student if isinstance(student, str) else "",
        answers,
        Counter({code: count for code, count in counts.items() if count}),
        _count(kept.get("sittings", 0)),
    )


def holds_answers(path: Path, problem: Problem) -> bool:
    """Whether there is a file at the path that must not be written over."""
    if not path.exists():
        return False
    try:
        return bool(read_practice(path, problem).answers)
    except InputError:
        return True


def _count(value: object) -> int:
    """A count of the [practice] table; what is none counts as 0."""
    number = str(value)
    return min(int(number), MOST) if number.isascii() and number.isdigit() and len(number) < 9 else 0


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return (
        name if name.replace("-", "_").isascii() and name.replace("-", "_").isidentifier() else _quoted(name)
    )
