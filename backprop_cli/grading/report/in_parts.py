"""The report on a class with very many sheets: equal ones are graded once, the different ones part by part.

Verdicts, credits and causes are kept of everybody; the numbers of a part are worked out once more where its
cells are told of, so that memory grows with the class by some bytes a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...formula.tree import Key
from ..cell_result import CellResult
from ..faults import Fault
from ..slips.conventions import Habit
from ..slips.diagnose import CellKey, Diagnosis
from .report import BaseReport

T = TypeVar("T")
Sheets = Sequence[Sequence[int]]  # for each of some different sheets the students whose it is


@dataclass(eq=False)
class ReportInParts(BaseReport):
    """A class whose different sheets are graded part by part; `again` grades a part anew."""

    own_habits: dict[int, list[Habit]]
    places: NDArray[np.intp]  # student → the part, and the place there
    again: Callable[[int], BaseReport]
    latest: tuple[int, BaseReport]  # the part graded last
    ascii: bool = False

    @classmethod
    def of(
        cls,
        students: Sequence[str],
        sources: Sequence[str],
        texts: Mapping[str, Sequence[str]],
        carried: Mapping[str, Sequence[str]],
        parts: Sequence[Sheets],
        again: Callable[[int], BaseReport],
    ) -> ReportInParts:
        """Grade the parts one after the other; of texts that are not given, a part's own are taken."""
        first = again(0)
        count, shape = len(students), (len(students), len(first.cells))
        verdicts, credits = np.zeros(shape, dtype=np.uint8), np.zeros(shape)
        places = np.zeros((count, 2), dtype=np.intp)
        columns = {name: [""] * count for name in first.texts if name not in texts}
        diagnoses: dict[CellKey, Diagnosis] = {}
        reasons: dict[CellKey, str] = {}
        found: dict[int, list[Habit]] = {}
        faults: list[Fault] = []
        for number, sheets in enumerate(parts):
            part = again(number) if number else first
            whose = np.array([student for one in sheets for student in one], dtype=np.intp)
            which = np.repeat(np.arange(len(sheets)), [len(one) for one in sheets])
            verdicts[whose], credits[whose] = part.verdicts[which], part.credits[which]
            places[whose] = np.stack([np.full(len(which), number), which], axis=1)
            diagnoses.update(_of_each(part.diagnoses, sheets))
            reasons.update(_of_each(part.reasons, sheets))
            found.update((student, own) for sheet, own in part.habits.items() for student in sheets[sheet])
            for name, column in columns.items():
                for student, sheet in zip(whose.tolist(), which.tolist(), strict=True):
                    column[student] = part.texts[name][sheet]
            faults += part.faults
        return cls(
            problem=first.problem,
            cells=first.cells,
            students=students,
            sources=sources,
            texts={**texts, **columns},
            diagnoses=diagnoses,
            reasons=reasons,
            verdicts=verdicts,
            credits=credits,
            points=first.points,
            teller=first.teller,
            own_habits=found,
            places=places,
            again=again,
            latest=(len(parts) - 1, part),
            faults=faults,
            carried=carried,
        )

    @property
    def habits(self) -> dict[int, list[Habit]]:
        """Each student's misconceptions, as far as there are any."""
        return self.own_habits

    def _part(self, student: int) -> tuple[BaseReport, int]:
        """The report on a student's part, and their place there."""
        number, place = self.places[student].tolist()
        if number != self.latest[0]:
            self.latest = (number, self.again(number))
            self.latest[1].use_ascii(self.ascii)
        return self.latest[1], place

    def result(self, student: int, place: int, *, hint: bool = False) -> CellResult:
        """One graded cell, by the report on its part."""
        part, sheet = self._part(student)
        known = len(part.faults)
        result = part.result(sheet, place, hint=hint)
        self.faults += [replace(fault, source=self.sources[student]) for fault in part.faults[known:]]
        return result

    def notes(self, student: int) -> tuple[str, ...]:
        """What is said of a student's sheet as a whole."""
        part, sheet = self._part(student)
        return part.notes(sheet)

    def own_places(self) -> dict[tuple[Key, tuple[int, ...]], int]:
        """As every part has them."""
        return self.latest[1].own_places()

    def symbol(self, place: int) -> str:
        """A cell as the handout writes it."""
        return self.latest[1].symbol(place)

    def shown(self, result: CellResult) -> str:
        """What was due."""
        return self.latest[1].shown(result)

    def use_ascii(self, ascii: bool) -> None:
        """Keep to ASCII from now on, or no longer."""
        self.ascii = ascii
        self.latest[1].use_ascii(ascii)


def _of_each(table: Mapping[CellKey, T], sheets: Sheets) -> Iterable[tuple[CellKey, T]]:
    """What is said of a sheet, of each student whose it is."""
    return (
        ((student, key, position), value)
        for (sheet, key, position), value in table.items()
        for student in sheets[sheet]
    )
