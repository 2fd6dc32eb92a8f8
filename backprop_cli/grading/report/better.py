"""Two keys that are as good as one another: each student gets the report that is better for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..cell_result import CellResult
from .report import BaseReport

T = TypeVar("T")


@dataclass(eq=False)
class BetterReport(BaseReport):
    """A class graded by several keys, each student by the one that gives them most."""

    parts: tuple[BaseReport, ...]
    chosen: NDArray[np.intp]  # for each student which part
    places: tuple[NDArray[np.intp], ...]  # of each part: for each cell of the first its place there

    @classmethod
    def of(cls, parts: tuple[BaseReport, ...]) -> BetterReport:
        """The reports on the same answers by several keys, the problem's own first.

        Raises InputError where they do not ask for the same cells.
        """
        first = parts[0]
        names = [cell.name for cell in first.cells]
        places = []
        for part in parts:
            place = {cell.name: number for number, cell in enumerate(part.cells)}
            missing = [name for name in names if name not in place]
            if missing or len(place) != len(names):
                raise InputError(
                    f'the problem "{part.problem.name}" does not ask for the same as "{first.problem.name}"',
                    help="a second key is the same exercise with other numbers or another convention",
                )
            places.append(np.array([place[name] for name in names], dtype=np.intp))
        chosen = np.argmax(np.stack([part.scores for part in parts]), axis=0)

        def picked(arrays: list[np.ndarray]) -> np.ndarray:
            found = arrays[0].copy()
            for number, array in enumerate(arrays):
                found[chosen == number] = array[chosen == number]
            return found

        def own(
            tables: list[Mapping[tuple[int, tuple[str, int], tuple[int, ...]], T]],
        ) -> dict[tuple[int, tuple[str, int], tuple[int, ...]], T]:
            return {
                key: value
                for number, table in enumerate(tables)
                for key, value in table.items()
                if chosen[key[0]] == number
            }

        return cls(
            problem=first.problem,
            cells=first.cells,
            students=first.students,
            sources=first.sources,
            texts=first.texts,
            diagnoses=own([part.diagnoses for part in parts]),
            reasons=own([part.reasons for part in parts]),
            verdicts=picked([part.verdicts[:, at] for part, at in zip(parts, places, strict=True)]),
            credits=picked([part.credits[:, at] for part, at in zip(parts, places, strict=True)]),
            points=first.points,
            teller=first.teller,
            parts=parts,
            chosen=chosen,
            places=tuple(places),
            faults=[fault for part in parts for fault in part.faults],
            carried=first.carried,
        )

    def result(self, student: int, place: int, *, hint: bool = False) -> CellResult:
        """One graded cell, by the student's own key."""
        number = int(self.chosen[student])
        part = self.parts[number]
        known = len(part.faults)
        result = part.result(student, int(self.places[number][place]), hint=hint)
        self.faults.extend(part.faults[known:])
        return result

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
