"""The report: what each student gets for each cell, and why.

The verdicts of a class stay arrays; a cell's message is written when it is asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ...formula.arithmetic import Array, Significant, decimal, decimals_of
from ...formula.tree import Key
from ...problem.problem import Problem
from ...typed.numbers import parse_cell
from ...values.cells import Cell
from ..cell_result import CellResult
from ..faults import Fault
from ..judge import Judgement
from ..slips.conventions import Habit, habits
from ..slips.diagnose import CellKey, Diagnosis
from ..verdicts import Line, Verdict
from .words import Figures, Teller

SCHEMA = "backprop.report/1"
NAMES = {verdict: verdict.name.lower() for verdict in Verdict}
_RIGHT = (Verdict.CORRECT, Verdict.ROUNDED)


@dataclass(eq=False)
class BaseReport(ABC):
    """A graded class on one problem: verdicts, credits and points, and how the cells are told of."""

    problem: Problem
    cells: tuple[Cell, ...]
    students: Sequence[str]
    sources: Sequence[str]
    texts: Mapping[str, Sequence[str]]  # cell → answers as typed
    diagnoses: Mapping[CellKey, Diagnosis]
    reasons: Mapping[CellKey, str]  # why an answer cannot be read, or why a formula is wrong
    verdicts: np.ndarray  # (student, cell)
    credits: Array  # (student, cell)
    points: Array  # (cell,)
    teller: Teller
    _: KW_ONLY
    faults: list[Fault] = field(default_factory=list)  # of ours, met while grading
    carried: Mapping[str, Sequence[str]] = field(default_factory=dict)  # what a table tells besides answers

    FREE: ClassVar[str] = "Follows from a slip that left nothing to work out, so it earns nothing."

    @abstractmethod
    def result(self, student: int, place: int, *, hint: bool = False) -> CellResult:
        """One graded cell; `hint` keeps the answer back."""

    @property
    def habits(self) -> dict[int, list[Habit]]:
        """Each student's misconceptions, as far as there are any."""
        return self._habits

    @cached_property
    def _habits(self) -> dict[int, list[Habit]]:
        return habits(self.diagnoses, None)

    def use_ascii(self, ascii: bool) -> None:
        """Keep to ASCII from now on, or no longer."""
        self.teller.use_ascii(ascii)

    def own_places(self) -> dict[tuple[Key, tuple[int, ...]], int]:
        """Step and position, as the diagnoses have them → the cell's place, where the cells say otherwise."""
        return {}

    def problem_name(self, student: int) -> str:
        """The problem that a student was graded on."""
        return self.problem.name

    def symbol(self, place: int) -> str:
        """A cell as the handout writes it."""
        cell = self.cells[place]
        return self.teller.name(cell.step, cell.position)

    def shown(self, result: CellResult) -> str:
        """What was due."""
        return str(result.expected)

    def notes(self, student: int) -> tuple[str, ...]:
        """What is said of a student's sheet as a whole."""
        return ()

    def results(self, student: int, *, hint: bool = False) -> Iterator[CellResult]:
        """The graded cells of one student, in order."""
        for place in np.flatnonzero(self.verdicts[student] != Verdict.NONE).tolist():
            yield self.result(student, place, hint=hint)

    @property
    def asked(self) -> np.ndarray:
        """Which cells each student was asked for."""
        return np.asarray(self.verdicts != Verdict.NONE)

    @cached_property
    def scores(self) -> Array:
        """Each student's points."""
        return np.asarray((self.credits * self.points).sum(axis=1))

    @cached_property
    def max_scores(self) -> Array:
        """The points each student could have had."""
        return np.asarray((self.asked * self.points).sum(axis=1))

    def first_slips(self) -> list[str]:
        """For each student the name of the cell with the first slip, "" where there is none."""
        slips = self.verdicts == Verdict.SLIP
        if not slips.size:
            return [""] * len(self.students)
        firsts = zip(slips.argmax(axis=1).tolist(), slips.any(axis=1).tolist(), strict=True)
        return [self.cells[place].name if found else "" for place, found in firsts]

    def codes_by_student(self) -> dict[int, list[str]]:
        """The slip codes of each student who has any, each once, the most frequent first."""
        found: dict[int, list[str]] = defaultdict(list)
        for (student, _, _), diagnosis in self.diagnoses.items():
            found[student] += diagnosis.codes
        return {
            student: [code for code, _ in Counter(codes).most_common()] if len(codes) > 1 else codes
            for student, codes in found.items()
        }

    def all_right(self) -> bool:
        """Whether every cell that was asked for is right."""
        wrong = self.asked & ~np.isin(self.verdicts, _RIGHT)
        return bool(self.asked.any() and not wrong.any())

    def diagnosis(self, student: int, place: int) -> Diagnosis | None:
        cell = self.cells[place]
        return self.diagnoses.get((student, cell.step.key, cell.position))

    def to_dict(self, student: int, *, hint: bool = False) -> dict[str, Any]:
        """One student's part of the contract's JSON."""
        first = self.first_slip(student)
        return {
            "student": self.students[student],
            "source": self.sources[student],
            "score": round(float(self.scores[student]), 6),
            "max_score": round(float(self.max_scores[student]), 6),
            "first_slip": None if first is None else self.cells[first].name,
            "cells": [result.to_dict(hint=hint) for result in self.results(student, hint=hint)],
        }

    def first_slip(self, student: int) -> int | None:
        """The first slip in the order of the plan: the place of its cell."""
        slips = np.flatnonzero(self.verdicts[student] == Verdict.SLIP)
        return int(slips[0]) if len(slips) else None


@dataclass(eq=False)
class Report(BaseReport):
    """A graded class on a problem with numbers."""

    judgement: Judgement
    conventions: Mapping[CellKey, str]
    _figures: dict[int, Figures] = field(default_factory=dict)

    @cached_property
    def _habits(self) -> dict[int, list[Habit]]:
        return habits(self.diagnoses, self.judgement)

    def notes(self, student: int) -> tuple[str, ...]:
        """The conventions of a student's own that are right."""
        said = [
            text
            for (one, key, position), text in self.conventions.items()
            if one == student and self.judgement.lines[key].verdict[(student, *position)] == Verdict.CORRECT
        ]
        return tuple(dict.fromkeys(said))

    def figures(self, student: int) -> Figures:
        """A student's own numbers; kept for the next cell of the same student."""
        if student not in self._figures:
            self._figures.clear()
            self._figures[student] = Figures(self.judgement, student)
        return self._figures[student]

    def result(self, student: int, place: int, *, hint: bool = False) -> CellResult:
        """One graded cell."""
        figures = self.figures(student)
        cell = self.cells[place]
        line = self.judgement.lines[cell.step.key]
        verdict = Verdict(int(self.verdicts[student, place]))
        own = float(line.own.centre[(student, *cell.position)])
        diagnosis = self.diagnosis(student, place)
        try:
            message, worked = self._message(student, place, verdict, line, diagnosis, figures)
        except Exception as error:  # any fault of ours in one message is told; the other cells are reported
            message = worked = ""
            self.faults.append(Fault(self.sources[student], cell.name, error))
        answer = self.texts.get(cell.name, ())
        return CellResult(
            cell.name,
            self.symbol(place),
            answer[student] if student < len(answer) else "",
            float(line.key[cell.position]),
            own if np.isfinite(own) else None,
            NAMES[verdict],
            float(self.credits[student, place]),
            float(self.points[place]),
            self._codes(student, cell, verdict, line, diagnosis),
            message,
            "" if hint else worked,
            self._digits(student, cell, line),
        )

    def shown(self, result: CellResult) -> str:
        """What was due from the student's own numbers, else the key, at the digits asked for or written."""
        due = result.from_yours if result.from_yours is not None else result.expected
        if result.verdict == "rounded":  # right by the one or by the other
            typed = parse_cell(result.answer).value
            due = min((float(due), float(result.expected)), key=lambda value: abs(value - typed))
        return self.teller.text.number(decimal(float(due), result.digits))

    def _message(
        self,
        student: int,
        place: int,
        verdict: Verdict,
        line: Line,
        diagnosis: Diagnosis | None,
        figures: Figures,
    ) -> tuple[str, str]:
        """What is said of a cell, and the line worked with the student's own numbers."""
        cell = self.cells[place]
        key = (student, cell.step.key, cell.position)
        if verdict == Verdict.SLIP:
            if not np.isfinite(line.own.centre[(student, *cell.position)]):
                return "From your numbers above this has no value: one of them cannot be.", ""
            own = figures.result(cell.step, cell.position, self._digits(student, cell, line))
            worked = self.teller.worked(cell.step, cell.position, figures, own)
            if key in self.conventions:
                return self.teller.text.plain(self.conventions[key]), worked
            if key in self.reasons:
                return self.reasons[key], worked
            if diagnosis is None:
                return (
                    "This does not follow from your numbers above; here is the line worked with them.",
                    worked,
                )
            return self._explained(cell, diagnosis, figures), worked
        if verdict == Verdict.FOLLOWS:
            if self.credits[student, place] == 0 and line.trivial_above[(student, *cell.position)]:
                return self.FREE, ""
            return "Wrong too, but it follows from your earlier slip: nothing new to mend.", ""
        if verdict == Verdict.INVALID:
            return self.reasons.get(key, "This cannot be read as a number."), ""
        words = {
            Verdict.ROUNDED: "Right, but the last digit is off by one.",
            Verdict.MISSING: "Not answered.",
        }
        if verdict == Verdict.ROUNDED and line.coarse[(student, *cell.position)]:
            return "Right as far as it goes; more digits were asked for.", ""
        said = self.conventions.get(key, "") if verdict == Verdict.CORRECT else ""
        return words.get(verdict, said), ""

    def _codes(
        self, student: int, cell: Cell, verdict: Verdict, line: Line, diagnosis: Diagnosis | None
    ) -> tuple[str, ...]:
        """The slip codes of a cell; one that is right as far as it goes has one too."""
        if verdict == Verdict.ROUNDED and line.coarse[(student, *cell.position)]:
            return ("too-few-digits",)
        return diagnosis.codes if diagnosis else ()

    def _digits(self, student: int, cell: Cell, line: Line) -> int:
        """As many decimals as the student wrote, or were asked for."""
        written = int(line.written.decimals[(student, *cell.position)])
        asked = self.judgement.digits[cell.step.phase]
        if isinstance(asked, Significant):
            asked = max(0, int(decimals_of(line.own.centre[(student, *cell.position)], asked)))
        return min(max(written, asked) if written >= 0 else asked, 15)

    def _explained(self, cell: Cell, diagnosis: Diagnosis, figures: Figures) -> str:
        """The changes that explain a slip: one, two together, or several that would."""
        said = [self.teller.change(change, cell.step, cell.position, figures) for change in diagnosis.changes]
        said = list(dict.fromkeys(said))
        if diagnosis.together or len(said) == 1:
            return " ".join(said)
        others = " Or: ".join(said[1:])
        return f"{said[0]} Or: {others} Your working on this line would tell which."
