"""Grading a class on one problem: answers as typed → a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..formula.arithmetic import Array
from ..formula.tree import Key
from ..plan.steps import Plan
from ..problem.equations import given_by_equations
from ..problem.problem import Phase, Problem
from ..sheets.answers import Answers
from ..typed.around_numbers import is_blank
from ..typed.numbers import BLANK, FORMULA, INVALID, NUMBER, Known, parse_cell, parse_columns
from ..typed.vocabulary import Vocabulary
from ..values.asked import asked_cells
from ..values.cells import Cell, cells, quantity_name, shape_of
from ..values.solution import solve
from ..values.trace import Trace
from ..values.turns import by_turns, sheet_plan, turn_name
from .faults import UNGRADED, Fault
from .formula_answers import mark_formulas
from .judge import Judgement, grading_plans, judge, keys
from .readings import understood
from .report.cell_words import teller_of
from .report.in_parts import ReportInParts
from .report.report import BaseReport, Report
from .report.turns import TurnsReport
from .slips.diagnose import CellKey, Diagnosis
from .verdicts import Kind, Verdict, Written, everyone, unasked

AT_ONCE = 8000  # students
_KINDS = {NUMBER: Kind.NUMBER, BLANK: Kind.BLANK, INVALID: Kind.INVALID, FORMULA: Kind.INVALID}


@dataclass(frozen=True)
class Options:
    """How strictly to mark: credits by verdict, weights by role, quantity or cell, points by cell; `partial`
    counts only what is answered.
    """

    strict: bool = False
    partial: bool = False
    follows: float = 1.0
    rounded: float = 1.0
    slip: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)
    points: Mapping[str, float] = field(default_factory=dict)
    digits: Mapping[Phase, int] | None = None
    ascii: bool = False

    def worth(self, cell: str) -> float:
        """The points of a cell: its own, else its quantity's, else its role's, else 1."""
        quantity = cell.partition("[")[0]
        names = ((self.weights, cell), (self.points, cell), (self.weights, quantity))
        found = (table[name] for table, name in names if name in table)
        return next(found, self.weights.get(quantity.rpartition(".")[2], 1.0))


def grade(answers: Answers, options: Options) -> BaseReport:
    """Grade what a class handed in for a problem with numbers.

    Where a student's answers bring about a fault of ours, the others are graded without them and the report
    tells it. Raises InputError when the key itself cannot be worked out.
    """
    asked = _asked(answers, options)
    try:
        return _graded(answers, asked, options)
    except InputError:
        raise
    except Exception:  # any fault of ours: one sheet must not cost the class, so it is looked for
        faults = _faults(answers, asked, options, range(len(answers.students)))
        if not 0 < len(faults) < len(answers.students):
            raise
        report = grade(
            answers.part([one for one in range(len(answers.students)) if one not in faults]), options
        )
        report.faults.extend(faults.values())
        return report


def _faults(answers: Answers, asked: _Asked, options: Options, rows: Sequence[int]) -> dict[int, Fault]:
    """Which students cannot be graded, and what goes wrong: halved until each is found."""
    try:
        _graded(answers.part(rows), asked.part(rows), options)
    except Exception as error:  # any fault of ours: kept as a Fault and told with its sheet
        if len(rows) == 1:
            return {rows[0]: Fault(answers.sources[rows[0]], "", error)}
        half = len(rows) // 2
        return {
            student: fault
            for part in (rows[:half], rows[half:])
            for student, fault in _faults(answers, asked, options, part).items()
        }
    return {}


def _graded(answers: Answers, asked: _Asked, options: Options) -> BaseReport:
    """The report on a class: at one go, or on its different sheets part by part."""
    if len(answers.students) <= AT_ONCE:
        return _report(answers, asked, options)
    parts = _parts(answers, asked)

    def again(number: int) -> BaseReport:
        rows = [students[0] for students in parts[number]]
        return _report(answers.part(rows), asked.part(rows), options)

    texts = {} if asked.wholes else asked.columns
    return ReportInParts.of(answers.students, answers.sources, texts, answers.carried, parts, again)


def _parts(answers: Answers, asked: _Asked) -> list[list[list[int]]]:
    """The students of each different sheet, in parts of so many that follow one another in the class."""
    columns: list[Sequence[object]] = [*asked.columns.values(), *answers.wholes.values()]
    columns += [who.tolist() for who in asked.who.values() if not who.all()]
    columns += [each.tolist() for each in answers.noise.values()]
    parts: list[list[list[int]]] = []
    found: dict[tuple[object, ...], list[int]] = {}
    for student, sheet in enumerate(zip(*columns, strict=True)):
        if sheet not in found and len(found) == AT_ONCE:
            parts.append(list(found.values()))
            found = {}
        found.setdefault(sheet, []).append(student)
    return [*parts, list(found.values())]


def _report(answers: Answers, asked: _Asked, options: Options) -> BaseReport:
    problem = answers.problem
    if not by_turns(problem):
        return _Part(problem, answers, asked, options).report(keys(problem))
    carried = solve(replace(problem, rounding="carry")).traces
    by_hand = solve(problem).traces if problem.rounding == "each-step" else None
    reports: list[Report] = []
    for turn, trace in enumerate(carried):
        traces = (trace,) if by_hand is None else (by_hand[turn], trace)
        part = _Part(traces[0].problem, answers, asked, options, turn)
        reports.append(part.report(traces, tuple(reports)))
    return TurnsReport.of(problem, tuple(reports))


@dataclass(frozen=True)
class _Asked:
    """Which cells are asked for: a column for each that anybody was asked, and who was; those that count;
    the whole quantities that anybody answered by one formula.
    """

    columns: Mapping[str, Sequence[str]]
    who: Mapping[str, NDArray[np.bool_]]
    counted: frozenset[str] | None  # None: whatever is answered
    wholes: frozenset[str]

    def part(self, rows: Sequence[int]) -> _Asked:
        """What is asked of some of the students: the class's cells, whoever answers them."""
        picked = list(rows)
        columns = {name: [texts[row] for row in picked] for name, texts in self.columns.items()}
        return replace(self, columns=columns, who={name: who[picked] for name, who in self.who.items()})


def _asked(answers: Answers, options: Options) -> _Asked:
    """Who is asked what: of a sheet all that a blank one has, of a table its columns."""
    students = len(answers.students)
    columns: dict[str, Sequence[str]] = dict(answers.columns)
    everybody = np.ones(students, dtype=bool)
    who = {name: answers.asked.get(name, everybody) for name in columns}
    sheet = np.zeros(students, dtype=bool) if answers.whole_sheet is None else answers.whole_sheet
    nothing = not (answers.columns or answers.wholes)
    due = [cell.name for cell in asked_cells(sheet_plan(answers.problem))]
    if (sheet.any() or nothing) and not options.partial:
        blank = [""] * students
        for name in due:
            columns.setdefault(name, blank)
            who[name] = who.get(name, ~everybody) | sheet | nothing
    if options.partial:
        who = {
            name: who[name] & np.fromiter((not is_blank(text) for text in texts), np.bool_, students)
            for name, texts in columns.items()
        }
    wholes = frozenset(name for name, texts in answers.wholes.items() if any(texts))
    return _Asked(columns, who, frozenset(due) if answers.problem.marks.ask else None, wholes)


@dataclass(frozen=True)
class _Part:
    """What is graded at one go: a whole problem, or one turn of an online one."""

    problem: Problem
    answers: Answers
    asked: _Asked
    options: Options
    turn: int | None = None

    def name(self, name: str) -> str:
        """A cell or quantity of this part as the sheet calls it."""
        return name if self.turn is None else turn_name(name, self.turn)

    def report(self, traces: tuple[Trace, ...], earlier: Sequence[Report] = ()) -> Report:
        """The report on this part; of an online problem after those on the turns before it."""
        problem, answers, options = self.problem, self.answers, self.options
        students = len(answers.students)
        roles = frozenset(name.partition("[")[0].rpartition(".")[2] for name in self.asked.columns)
        plans = grading_plans(problem, roles)
        found = tuple(replace(cell, name=self.name(cell.name)) for cell in cells(plans[0]))
        wholes = {name: texts for name, texts in answers.wholes.items() if name in self.asked.wholes}
        written, formulas, reasons = self._written(plans[0], found)
        for name in wholes:
            for cell in found:
                if quantity_name(plans[0], cell.step) == name and cell.step.key not in written:
                    written[cell.step.key] = unasked((students, *(shape_of(plans[0], cell.step) or ())))
        digits = options.digits or problem.digits
        judgement = judge(
            problem,
            plans,
            traces,
            written,
            students,
            digits,
            strict=options.strict,
            before=earlier[-1].judgement if earlier else None,
        )
        faults: list[Fault] = []
        diagnoses, conventions = understood(judgement, faults, strict=options.strict)
        _told_before(judgement, conventions, diagnoses, earlier)
        reasons |= mark_formulas(judgement, formulas, wholes, found, diagnoses, answers.sources, faults)
        found = tuple(cell for cell in found if cell.step.key in judgement.lines)
        verdicts = self._verdicts(judgement, found)
        return Report(
            problem=problem,
            cells=found,
            students=answers.students,
            sources=answers.sources,
            texts={**self.asked.columns, **self._spread(plans[0], found, wholes)},
            diagnoses=diagnoses,
            reasons=reasons,
            verdicts=verdicts,
            credits=_credits(judgement, found, verdicts, options),
            points=np.array([options.worth(cell.name) for cell in found], dtype=np.float64),
            teller=teller_of(plans[0], ascii=options.ascii),
            judgement=judgement,
            conventions=conventions,
            faults=faults,
            carried=answers.carried,
        )

    def _spread(
        self, plan: Plan, found: Sequence[Cell], wholes: Mapping[str, Sequence[str]]
    ) -> dict[str, list[str]]:
        """A formula for a whole quantity as the answer to each of its cells that has none of its own."""
        texts: dict[str, list[str]] = {}
        for cell in found:
            if (whole := wholes.get(quantity_name(plan, cell.step))) is not None:
                own = self.asked.columns.get(cell.name, [""] * len(whole))
                texts[cell.name] = [
                    one if one.strip() else other for one, other in zip(own, whole, strict=True)
                ]
        return texts

    def _written(
        self, plan: Plan, found: Sequence[Cell]
    ) -> tuple[dict[Key, Written], dict[CellKey, str], dict[CellKey, str]]:
        """The answers by step, the cells that hold formulas, and why others cannot be read."""
        students = len(self.answers.students)
        shapes = {step.key: tuple(int(plan.problem.size(one)) for one in step.indices) for step in plan.steps}
        answers: dict[Key, Written] = {}
        formulas: dict[CellKey, str] = {}
        reasons: dict[CellKey, str] = {}
        known_of = _known(plan)
        for cell in found:
            column = self.asked.columns.get(cell.name)
            if column is None:
                continue
            key = cell.step.key
            if key not in answers:
                shape = (students, *shapes[key])
                answers[key] = Written(
                    np.zeros(shape),
                    np.zeros(shape, dtype=np.int64),
                    np.zeros(shape, dtype=np.uint8),
                    np.zeros(shape) if self.answers.noise else None,
                )
            known = known_of(cell.step.level)
            values, decimals, kinds = _read(column, known)
            place = everyone(cell.position)
            written = answers[key]
            written.values[place] = np.where(kinds == NUMBER, values, 0.0)
            written.decimals[place] = decimals
            if written.noise is not None:
                written.noise[place] = self.answers.noise.get(cell.name, 0.0)
            table = np.zeros(4, dtype=np.uint8)
            for kind, meaning in _KINDS.items():
                table[kind] = meaning
            written.kinds[place] = table[kinds]
            written.kinds[place][~self.asked.who[cell.name]] = Kind.NOT_ASKED
            for student in np.flatnonzero((kinds == FORMULA) | (kinds == INVALID)).tolist():
                if kinds[student] == FORMULA:
                    formulas[student, key, cell.position] = column[student]
                else:
                    reasons[student, key, cell.position] = _why(column[student], known)
        return answers, formulas, reasons

    def _verdicts(self, judgement: Judgement, found: Sequence[Cell]) -> np.ndarray:
        """The verdicts with one column for each cell; none where the problem does not ask for the cell."""
        columns = [judgement.lines[cell.step.key].verdict[everyone(cell.position)] for cell in found]
        if not columns:
            return np.zeros((judgement.students, 0), dtype=np.uint8)
        verdicts = np.stack(columns, axis=1)
        if self.asked.counted is not None:
            verdicts[:, [cell.name not in self.asked.counted for cell in found]] = Verdict.NONE
        return verdicts


def _known(plan: Plan) -> Callable[[Any], Known]:
    """The functions and letters that answers may use, by the level of their step."""
    if given_by_equations(plan.problem):
        known = Known((), frozenset(plan.problem.axes))
        return lambda symbol: known
    return Vocabulary(plan).of_numbers


def _told_before(
    judgement: Judgement,
    conventions: dict[CellKey, str],
    diagnoses: dict[CellKey, Diagnosis],
    earlier: Sequence[Report],
) -> None:
    """A convention of the student's own is one slip, in the first turn that shows it."""
    said = {(cell[0], words) for report in earlier for cell, words in report.conventions.items()}
    for cell, words in list(conventions.items()):
        place = (cell[0], *cell[2])
        if (cell[0], words) in said and judgement.lines[cell[1]].verdict[place] == Verdict.SLIP:
            judgement.lines[cell[1]].verdict[place] = Verdict.FOLLOWS
            diagnoses.pop(cell, None)


def _read(column: Sequence[str], known: Known) -> tuple[Array, NDArray[np.int16], NDArray[np.int8]]:
    """A column's numbers, decimals and kinds; an answer that brings about a fault of ours is unreadable."""
    try:
        return parse_columns(list(column), known)
    except Exception:  # any fault of ours in one answer: each is then read by itself
        parts = [_read_one(text, known) for text in column]
        values, decimals, kinds = (np.concatenate(part) for part in zip(*parts, strict=True))
        return values, decimals, kinds


def _read_one(text: str, known: Known) -> tuple[Array, NDArray[np.int16], NDArray[np.int8]]:
    try:
        return parse_columns([text], known)
    except Exception:  # any fault of ours in this answer: it is told as unreadable
        return np.zeros(1), np.zeros(1, dtype=np.int16), np.full(1, INVALID, dtype=np.int8)


def _why(text: str, known: Known) -> str:
    """Why an answer cannot be read."""
    try:
        return parse_cell(text, known).reason
    except Exception:  # any fault of ours: UNGRADED says so to the student
        return UNGRADED


def _credits(judgement: Judgement, found: Sequence[Cell], verdicts: np.ndarray, options: Options) -> Array:
    """1 for right, the options' credit for rounded and follows, nothing for what follows from a trivial
    slip.
    """
    table = np.zeros(len(Verdict))
    table[Verdict.CORRECT], table[Verdict.SLIP] = 1.0, options.slip
    table[Verdict.ROUNDED], table[Verdict.FOLLOWS] = options.rounded, options.follows
    credits = table[verdicts]
    for place, cell in enumerate(found):
        line = judgement.lines[cell.step.key]
        free = line.trivial_above[everyone(cell.position)] & (verdicts[:, place] == Verdict.FOLLOWS)
        credits[free, place] = 0.0
    return np.asarray(credits)
