"""The report on an online problem: those on its turns, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...formula.tree import Key
from ...problem.problem import Problem
from ..cell_result import CellResult
from ..slips.diagnose import CellKey, Diagnosis
from .report import BaseReport, Report


@dataclass(eq=False)
class TurnsReport(BaseReport):
    """A graded class on an online problem."""

    turns: tuple[Report, ...]

    @classmethod
    def of(cls, problem: Problem, turns: tuple[Report, ...]) -> TurnsReport:
        """The turns' reports as one."""
        first = turns[0]
        diagnoses: dict[CellKey, Diagnosis] = {}
        reasons: dict[CellKey, str] = {}
        for turn, part in enumerate(turns):
            for (student, key, position), diagnosis in part.diagnoses.items():
                diagnoses[student, key, (turn, *position)] = diagnosis
            for (student, key, position), reason in part.reasons.items():
                reasons[student, key, (turn, *position)] = reason
        return cls(
            problem=problem,
            cells=tuple(cell for part in turns for cell in part.cells),
            students=first.students,
            sources=first.sources,
            texts={name: texts for part in turns for name, texts in part.texts.items()},
            diagnoses=diagnoses,
            reasons=reasons,
            verdicts=np.concatenate([part.verdicts for part in turns], axis=1),
            credits=np.concatenate([part.credits for part in turns], axis=1),
            points=np.concatenate([part.points for part in turns]),
            teller=first.teller,
            turns=turns,
            faults=[fault for part in turns for fault in part.faults],
            carried=first.carried,
        )

    def place(self, place: int) -> tuple[int, int]:
        """The turn that a cell belongs to, and its place there."""
        for turn, part in enumerate(self.turns):
            if place < len(part.cells):
                return turn, place
            place -= len(part.cells)
        raise IndexError(place)

    def result(self, student: int, place: int, *, hint: bool = False) -> CellResult:
        """One graded cell, with the sample of its turn."""
        turn, inner = self.place(place)
        part = self.turns[turn]
        known = len(part.faults)
        result = part.result(student, inner, hint=hint)
        self.faults.extend(part.faults[known:])
        return replace(result, symbol=self.symbol(place))

    def symbol(self, place: int) -> str:
        """A cell as the handout writes it, and the sample of its turn."""
        turn, inner = self.place(place)
        return f"{self.turns[turn].symbol(inner)} (sample {turn + 1})"

    def own_places(self) -> dict[tuple[Key, tuple[int, ...]], int]:
        """A diagnosis has the turn before its position."""
        found: dict[tuple[Key, tuple[int, ...]], int] = {}
        for turn, part in enumerate(self.turns):
            for cell in part.cells:
                found[cell.step.key, (turn, *cell.position)] = len(found)
        return found

    def shown(self, result: CellResult) -> str:
        """What was due."""
        return self.turns[0].shown(result)

    def use_ascii(self, ascii: bool) -> None:
        """Keep to ASCII from now on, or no longer."""
        for part in self.turns:
            part.use_ascii(ascii)
