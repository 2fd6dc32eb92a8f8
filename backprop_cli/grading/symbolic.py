"""Grading a handout without numbers: every answer is a formula for a whole quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..formula.tree import Formula, Key
from ..plan.steps import Plan
from ..problem.equations import given_by_equations
from ..sheets.answers import Answers
from ..typed.around_numbers import is_blank
from ..values.asked import asked_steps
from ..values.cells import Cell, answerable, quantity_name
from ..values.cells import cells as all_cells
from .cell_result import CellResult
from .faults import UNGRADED, Fault
from .formula_answers import judge_formula
from .formula_follows import follows
from .grade import Options
from .reading_back import mend, where
from .report.cell_words import teller_of
from .report.report import NAMES, BaseReport
from .slips.diagnose import CellKey, Diagnosis
from .verdicts import Verdict


@dataclass(eq=False)
class SymbolicReport(BaseReport):
    """A graded class on a problem with symbols only."""

    read: dict[CellKey, Formula] = field(default_factory=dict)  # what each wrong formula was read as

    def result(self, student: int, place: int, *, hint: bool = False) -> CellResult:
        """One graded quantity."""
        cell = self.cells[place]
        verdict = Verdict(int(self.verdicts[student, place]))
        diagnosis = self.diagnosis(student, place)
        ours = self.teller.right(cell.step, cell.position)
        message = self.teller.text.plain(self.reasons.get((student, cell.step.key, cell.position), ""))
        if diagnosis:
            message = " ".join(
                self.teller.text.plain(self.teller.said(change, cell.step, cell.position))
                for change in diagnosis.changes
            )
        if verdict == Verdict.MISSING:
            message = "Not answered."
        return CellResult(
            cell.name,
            self.symbol(place),
            self.texts[cell.name][student],
            ours,
            None,
            NAMES[verdict],
            float(self.credits[student, place]),
            float(self.points[place]),
            diagnosis.codes if diagnosis else (),
            message,
            self._read_as(student, cell, verdict),
        )

    def _read_as(self, student: int, cell: Cell, verdict: Verdict) -> str:
        """How a wrong formula was read, in the handout's notation, where that is not what was typed."""
        formula = self.read.get((student, cell.step.key, cell.position))
        if formula is None or verdict not in (Verdict.SLIP, Verdict.FOLLOWS):
            return ""
        said = self.teller.text.plain(self.teller.text.line(self.teller.written(formula)))
        typed = self.texts[cell.name][student]
        alike = (one.replace(" ", "").replace("−", "-") for one in (said, typed))
        return "" if len(set(alike)) == 1 else f"Read as {said}."


FOLLOWS = "It follows from your own formula above: nothing new to mend."


def grade_symbolic(answers: Answers, options: Options) -> SymbolicReport:
    """Grade what a class handed in for a problem with symbols only."""
    plan, students = answers.plan, answers.students
    steps = {quantity_name(plan, step): step for step in answerable(plan)}
    names = [name for name in steps if name in answers.wholes]
    single = [cell for cell in all_cells(plan) if cell.name in answers.columns and cell.name not in names]
    sheet = np.zeros(len(students), dtype=bool) if answers.whole_sheet is None else answers.whole_sheet
    nothing = not (names or single)
    due = {quantity_name(plan, step) for step, _ in asked_steps(plan)}
    if (sheet.any() or nothing) and not options.partial:
        names = [name for name in steps if name in due or name in answers.wholes]
    if answers.problem.marks.ask:
        names = [name for name in names if name in due]
        single = [cell for cell in single if quantity_name(plan, cell.step) in due]
    cells = (*(Cell(name, steps[name], ()) for name in names), *single)
    texts = {name: answers.wholes.get(name, [""] * len(students)) for name in names}
    texts |= {cell.name: answers.columns[cell.name] for cell in single}
    verdicts = np.zeros((len(students), len(cells)), dtype=np.uint8)
    diagnoses: dict[CellKey, Diagnosis] = {}
    reasons: dict[CellKey, str] = {}
    faults: list[Fault] = []
    read: dict[CellKey, Formula] = {}
    slips: dict[int, dict[int, Formula]] = {}  # student → place → what was read of a whole quantity's slip
    for place, cell in enumerate(cells):
        left_out = answers.asked.get(cell.name)
        for student, text in enumerate(texts[cell.name]):
            key: CellKey = (student, cell.step.key, cell.position)
            position = cell.position if place >= len(names) else None
            if is_blank(text):
                asked = left_out is None or bool(left_out[student])
                if place < len(names):
                    table = not sheet[student] and cell.name in answers.wholes
                    asked = nothing or table or (bool(sheet[student]) and cell.name in due)
                asked = asked and not options.partial
                verdicts[student, place] = Verdict.MISSING if asked else Verdict.NONE
                continue
            try:
                grade, found = judge_formula(plan, cell.step, position, text)
            except Exception as error:  # of whatever kind: the other answers are judged all the same
                verdicts[student, place], reasons[key] = Verdict.INVALID, UNGRADED
                faults.append(Fault(answers.sources[student], cell.name, error))
                continue
            verdicts[student, place] = grade.verdict
            if grade.formula is not None and not grade.ok:
                read[key] = grade.formula
            if (
                grade.verdict == Verdict.SLIP
                and grade.formula is not None
                and not grade.reason
                and position is None
            ):
                slips.setdefault(student, {})[place] = grade.formula
            if found:
                diagnoses[key] = found
            elif not grade.ok:
                reasons[key] = grade.reason or "This is not the same formula."
                if grade.verdict == Verdict.INVALID and not given_by_equations(plan.problem):
                    reasons[key] += where(plan, cell.step, text) + mend(plan, cell.step, text)
    for student, found_of in slips.items():
        _follow(plan, cells, student, found_of, verdicts, diagnoses, reasons)
    return SymbolicReport(
        problem=answers.problem,
        cells=cells,
        students=students,
        sources=answers.sources,
        texts=texts,
        diagnoses=diagnoses,
        reasons=reasons,
        verdicts=verdicts,
        credits=np.where(
            verdicts == Verdict.FOLLOWS, options.follows, (verdicts == Verdict.CORRECT).astype(np.float64)
        ),
        points=np.array([options.worth(cell.name) for cell in cells], dtype=np.float64),
        teller=teller_of(plan, ascii=options.ascii),
        faults=faults,
        carried=answers.carried,
        read=read,
    )


def _follow(
    plan: Plan,
    cells: Sequence[Cell],
    student: int,
    slips: Mapping[int, Formula],
    verdicts: np.ndarray,
    diagnoses: dict[CellKey, Diagnosis],
    reasons: dict[CellKey, str],
) -> None:
    """Tell of one student's wrong formulas which follow from those above them."""
    own: dict[Key, Formula] = {}
    for place, formula in sorted(slips.items()):
        step = cells[place].step
        if own and follows(plan, step, formula, own):
            key: CellKey = (student, step.key, cells[place].position)
            verdicts[student, place] = Verdict.FOLLOWS
            diagnoses.pop(key, None)
            reasons[key] = FOLLOWS
        own[step.key] = formula
