"""Mistakes from outside as cases: a problem, a sheet, and what has to be found in it.

A case is a folder with problem.toml, sheet.toml and expect.json:
    slips     the cells where the mistake is, and no others
    codes     the slip codes that name its cause: the first that is told must be one of them
    by_cell   the same for single cells, where they differ
    also      cells that may be slips too
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backprop_cli.grading.grade import Options, grade
from backprop_cli.grading.report.report import BaseReport
from backprop_cli.sheets.answers import read_answers


@dataclass(frozen=True)
class Outcome:
    """How a case went: slips that were not found, false ones, and the cells named rightly, wrongly, not."""

    name: str
    missed: tuple[str, ...]
    false: tuple[str, ...]
    named: tuple[str, ...]
    wrongly: dict[str, tuple[str, ...]]
    unnamed: tuple[str, ...]

    @property
    def located(self) -> bool:
        return not (self.missed or self.false)

    @property
    def right(self) -> bool:
        """Whether the mistake is found just there, and each cell is named by its cause."""
        return self.located and not (self.wrongly or self.unnamed)


def report_on(folder: Path) -> BaseReport:
    """The report on the sheet of a case."""
    group = read_answers([str(folder / "sheet.toml")], [str(folder / "problem.toml")]).groups[0]
    return grade(group, Options())


def run(folder: Path) -> Outcome:
    """Grade a case and compare with what is expected."""
    expected: dict[str, Any] = json.loads((folder / "expect.json").read_text(encoding="utf-8"))
    due, also = set(expected["slips"]), set(expected.get("also", ()))
    told = {result.cell: result for result in report_on(folder).results(0) if result.verdict == "slip"}
    named, unnamed, wrongly = [], [], {}
    for cell in sorted(due & told.keys()):
        wanted = expected.get("by_cell", {}).get(cell) or expected.get("codes", ())
        codes = told[cell].slip
        if not codes:
            unnamed.append(cell)
        elif codes[0] in wanted:
            named.append(cell)
        else:
            wrongly[cell] = codes
    return Outcome(
        folder.name,
        tuple(sorted(due - told.keys())),
        tuple(sorted(told.keys() - due - also)),
        tuple(named),
        wrongly,
        tuple(unnamed),
    )
