"""Several reports as one: each student from the report that is theirs.

So it is with two keys that are as good, each student by the better one, and with a class in which each has
numbers of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...formula.tree import Key
from ..cell_result import CellResult
from ..slips.diagnose import CellKey
from .report import BaseReport

T = TypeVar("T")


@dataclass(eq=False)
class JoinedReport(BaseReport):
    """A class in which each student has a report, and a place in it, of their own."""

    parts: tuple[BaseReport, ...]
    rows: tuple[tuple[int, int], ...]  # for each student which part, and the place there
    places: tuple[NDArray[np.intp], ...]  # of each part: for each cell of the first its place there

    @classmethod
    def better(cls, parts: tuple[BaseReport, ...]) -> JoinedReport:
        """The reports on the same answers by several keys: each student by the one that gives them most."""
        chosen = np.argmax(np.stack([part.scores for part in parts]), axis=0)
        return cls.of(parts, [(int(part), student) for student, part in enumerate(chosen)])

    @classmethod
    def together(cls, parts: tuple[BaseReport, ...]) -> JoinedReport:
        """The reports on variants of one exercise as that on a class."""
        return cls.of(
            parts, [(number, row) for number, part in enumerate(parts) for row in range(len(part.students))]
        )

    @classmethod
    def of(cls, parts: tuple[BaseReport, ...], rows: Sequence[tuple[int, int]]) -> JoinedReport:
        """Each student from a part of their own. Raises InputError where the parts ask for other cells."""
        first = parts[0]
        places = tuple(_places(first, part) for part in parts)
        owners: dict[tuple[int, int], int] = {row: student for student, row in enumerate(rows)}

        def picked(array_of: Callable[[BaseReport], np.ndarray]) -> np.ndarray:
            arrays = [array_of(part)[:, at] for part, at in zip(parts, places, strict=True)]
            return np.stack([arrays[part][row] for part, row in rows])

        def own(table_of: Callable[[BaseReport], Mapping[CellKey, T]]) -> dict[CellKey, T]:
            return {
                (owners[number, key[0]], *key[1:]): value
                for number, part in enumerate(parts)
                for key, value in table_of(part).items()
                if (number, key[0]) in owners
            }

        def texts(table_of: Callable[[BaseReport], Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
            tables = [table_of(part) for part in parts]
            names = dict.fromkeys(name for table in tables for name in table)
            blank: Sequence[str] = ()
            return {
                name: [
                    column[row] if row < len(column := tables[part].get(name, blank)) else ""
                    for part, row in rows
                ]
                for name in names
            }

        return cls(
            problem=first.problem,
            cells=first.cells,
            students=[parts[part].students[row] for part, row in rows],
            sources=[parts[part].sources[row] for part, row in rows],
            texts=texts(lambda part: part.texts),
            diagnoses=own(lambda part: part.diagnoses),
            reasons=own(lambda part: part.reasons),
            verdicts=picked(lambda part: part.verdicts),
            credits=picked(lambda part: part.credits),
            points=first.points,
            teller=first.teller,
            parts=parts,
            rows=tuple(rows),
            places=places,
            faults=[fault for part in parts for fault in part.faults],
            carried=texts(lambda part: part.carried),
        )

    def result(self, student: int, place: int, *, hint: bool = False) -> CellResult:
        """One graded cell, by the student's own report."""
        number, row = self.rows[student]
        part = self.parts[number]
        known = len(part.faults)
        result = part.result(row, int(self.places[number][place]), hint=hint)
        self.faults.extend(part.faults[known:])
        return result

    def problem_name(self, student: int) -> str:
        """The problem that a student was graded on."""
        number, row = self.rows[student]
        return self.parts[number].problem_name(row)

    def own_places(self) -> dict[tuple[Key, tuple[int, ...]], int]:
        """As the first part has them."""
        return self.parts[0].own_places()

    def symbol(self, place: int) -> str:
        """A cell as the handout writes it."""
        return self.parts[0].symbol(place)

    def shown(self, result: CellResult) -> str:
        """What was due."""
        return self.parts[0].shown(result)

    def use_ascii(self, ascii: bool) -> None:
        """Keep to ASCII from now on, or no longer."""
        for part in self.parts:
            part.use_ascii(ascii)


def _places(first: BaseReport, part: BaseReport) -> NDArray[np.intp]:
    """For each cell of the first report its place in another. Raises InputError where it has other cells."""
    place = {cell.name: number for number, cell in enumerate(part.cells)}
    if len(place) != len(first.cells) or any(cell.name not in place for cell in first.cells):
        raise InputError(
            f'the problem "{part.problem.name}" does not ask for the same as "{first.problem.name}"',
            help="a second key is the same exercise with other numbers or another convention",
        )
    return np.array([place[cell.name] for cell in first.cells], dtype=np.intp)
