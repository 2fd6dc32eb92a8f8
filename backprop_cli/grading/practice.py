"""Practice: one student at one problem, a line at a time, judged at once by the numbers written above.

A line is open until it is right, left standing wrong, left out, or told. Hints climb: where it is wrong, of
what kind the slip is, the formula, the formula with the student's own numbers; the answer comes last. Each
costs a star of the line's three, and no mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from ..documents.document import Row
from ..plan.steps import EquationPlan, Plan
from ..problem.equations import given_by_equations
from ..problem.problem import Phase, Problem
from ..render.text import TextMath
from ..sheets.answers import Answers
from ..sheets.sheet_symbols import EquationSheetSymbols, SheetSymbols
from ..values.asked import asked_steps
from ..values.cell_plan import cell_plan
from ..values.cells import Cell, quantity_name
from ..values.cells import cells as all_cells
from ..values.turns import sheet_plan
from .cell_result import CellResult
from .grade import Options, grade
from .kinds import kind
from .report.report import BaseReport, Report
from .symbolic import grade_symbolic

STARS = 3
RIGHT = ("correct", "rounded", "follows")
YOU = ("you",)

# Slip code → where to look, without saying what is wrong there.
WHERE = {
    "sign": "Look at the signs.",
    "swapped-target": "Look at the signs.",
    "ascent": "Look at the signs.",
    "missing-factor": "Count the factors.",
    "extra-factor": "Count the factors.",
    "missing-derivative": "One of the factors is missing.",
    "derivative-at-activation": "Look at the factor f′.",
    "wrong-derivative": "Look at the factor f′.",
    "wrong-function": "Look at the factor f′.",
    "missing-batch-mean": "Look at what stands before the sum over the samples.",
    "one-sample-only": "Look at what the sum runs over.",
    "wrong-axis": "Look at what the sum runs over.",
    "total-for-part": "Look at what the sum runs over.",
    "transposed-weights": "Look at the indices of the weights.",
    "wrong-weights": "Look at which weights the line takes.",
    "updated-weights": "Look at which weights the line takes.",
    "missing-bias": "One of the terms is missing.",
    "missing-term": "One of the terms is missing.",
    "missing-path": "One of the paths is missing.",
    "extra-term": "There is a term too many.",
    "double-bias": "There is a term too many.",
    "wrong-input": "One of the quantities is not the one the formula names.",
    "wrong-sample": "One of the quantities is not the one the formula names.",
    "wrong-target": "One of the quantities is not the one the formula names.",
    "misread": "One of the given numbers is not the one on the paper.",
    "missing-learning-rate": "Look at the factor before the gradient.",
    "missing-activation": "Look at the function.",
    "wrong-activation": "Look at the function.",
    "extra-activation": "Look at the function.",
    "missing-square": "Look at the powers.",
    "digits-swapped": "Look at the digits you wrote.",
    "decimal-shift": "Look at the digits you wrote.",
    "early-rounding": "Look at how many digits you carried.",
    "too-few-digits": "Look at how many digits you wrote.",
}

ELSEWHERE = "It does not follow from what stands above: check each factor and term in turn."


@dataclass
class LineState:
    """What has happened at one line."""

    cell: Cell
    answer: str = ""
    verdict: str = ""  # "" before the first answer
    hints: int = 0
    told: bool = False
    left: bool = False

    @property
    def stars(self) -> int:
        """What is left of the line's stars."""
        return 0 if self.told or self.verdict not in RIGHT else max(STARS - self.hints, 0)

    @property
    def done(self) -> bool:
        return self.told or self.left or self.verdict in RIGHT


@dataclass(frozen=True)
class Reply:
    """What is said of an answer: its verdict, a remark and, of a right one, the line worked."""

    verdict: str
    remark: str = ""
    worked: str = ""

    @property
    def right(self) -> bool:
        return self.verdict in RIGHT


@dataclass
class Sitting:
    """A student working through the lines of a problem, in the handout's order."""

    problem: Problem
    phases: Sequence[Phase] = ()
    ascii: bool = False
    lines: list[LineState] = field(default_factory=list)
    slips: Counter[str] = field(default_factory=Counter)
    place: int = 0

    def __post_init__(self) -> None:
        self.plan: Plan = sheet_plan(self.problem)
        by_equations = given_by_equations(self.problem)
        self.symbols = (EquationSheetSymbols if by_equations else SheetSymbols)(self.plan, ascii=self.ascii)
        self.text = TextMath(self.ascii)
        self.lines = [LineState(cell) for cell in asked_lines(self.plan, self.phases)]

    @property
    def line(self) -> LineState | None:
        """The line that is asked, or None when all are done."""
        return self.lines[self.place] if self.place < len(self.lines) else None

    @property
    def all_right(self) -> bool:
        """Whether every line was found, with hints or without."""
        return all(line.verdict in RIGHT and not line.told for line in self.lines)

    def resume(self, answers: Mapping[str, str]) -> None:
        """Take over the answers of an earlier sitting; go on at the first line without one."""
        for line in self.lines:
            line.answer = answers.get(line.cell.name, "").strip()
        report = self._report()
        for line in self.lines:
            if line.answer:
                line.verdict = self._result(report, line).verdict
                line.left = line.verdict not in RIGHT
        self.place = -1
        self._next()

    def answer(self, text: str) -> Reply:
        """Judge an answer to the line that is asked; a right one goes on to the next."""
        line = self._open()
        before, line.answer = line.answer, text.strip()
        report = self._report()
        result = self._result(report, line)
        if result.verdict in ("missing", "invalid", "none"):
            line.answer = before
            return Reply("invalid", self.text.plain(result.message))
        line.verdict = result.verdict
        if result.verdict not in RIGHT:
            self.slips.update(_codes(result.slip))
            return Reply(result.verdict)
        worked = self._worked(report, line)
        self._next()
        return Reply(result.verdict, self.text.plain(_REMARKS[result.verdict]), worked)

    def hint(self) -> str | None:
        """The next hint at the line that is asked; None when only the answer is left."""
        line = self._open()
        hints = list(self._hints(line))
        if line.hints >= len(hints):
            return None
        line.hints += 1
        return hints[line.hints - 1]

    def tell(self) -> str:
        """The answer to the line that is asked, by the student's own numbers; it goes on to the next."""
        line = self._open()
        due = self._due(line)
        line.told, line.answer, line.verdict = True, due, "correct"
        self._next()
        return self.text.plain(due.replace("-", "−")) if not self.problem.symbolic else due

    def leave(self) -> None:
        """Leave the line as it stands: blank, or with the wrong answer that was given."""
        self._open().left = True
        self._next()

    def symbol(self) -> str:
        """The symbol of the line that is asked, as the handout writes it."""
        cell = self._open().cell
        if self.problem.symbolic:
            return self.symbols.general(cell.step)
        return self.symbols.of(cell.step, cell.position)

    def formula(self) -> str:
        """The general formula of the line that is asked, with its ranges."""
        equation = self.symbols.equation(self._open().cell.step)
        right = "".join(f" {one.sign} {self.text.line(one.right)}" for one in equation.relations)
        condition = f"    {self.text.plain(equation.condition)}" if equation.condition else ""
        return f"{self.text.line(equation.left or Row(()))}{right}{condition}"

    def kept(self) -> dict[str, str]:
        """The student's own answers by cell: not what was told."""
        return {line.cell.name: line.answer for line in self.lines if line.answer and not line.told}

    def _open(self) -> LineState:
        line = self.line
        if line is None:
            raise ValueError("every line is done")
        return line

    def _next(self) -> None:
        self.place += 1
        while self.place < len(self.lines) and self.lines[self.place].done:
            self.place += 1

    def _report(self) -> BaseReport:
        answers = {line.cell.name: [line.answer] for line in self.lines if line.answer}
        if self.problem.symbolic:
            handed_in = Answers(self.problem, self.plan, YOU, YOU, wholes=answers)
            return grade_symbolic(handed_in, Options(ascii=self.ascii))
        return grade(Answers(self.problem, self.plan, YOU, YOU, answers), Options(ascii=self.ascii))

    def _result(self, report: BaseReport, line: LineState) -> CellResult:
        place = next(n for n, cell in enumerate(report.cells) if cell.name == line.cell.name)
        return report.result(0, place)

    def _hints(self, line: LineState) -> Iterator[str]:
        """The hints at a line as it stands, each telling more than the one before."""
        if line.answer and line.verdict and line.verdict not in RIGHT:
            result = self._result(self._report(), line)
            codes = _codes(result.slip)
            yield self.text.plain(_where(codes) or ELSEWHERE)
            if codes and result.message:
                yield self.text.plain(result.message)
        yield self.formula()
        if with_numbers := self._with_numbers(line):
            yield with_numbers

    def _with_numbers(self, line: LineState) -> str:
        """The formula with the student's own numbers put in, without its result."""
        if self.problem.symbolic:
            return ""
        standing, line.answer = line.answer, "0"
        try:
            report = self._report()
            worked = self._worked(report, line)
        finally:
            line.answer = standing
        return f"{self.symbol()} = {worked}" if worked else ""

    def _worked(self, report: BaseReport, line: LineState) -> str:
        """The line's right side with the student's numbers."""
        if not isinstance(report, Report):
            return ""
        cell = _judged(report, line)
        return report.teller.worked(cell.step, cell.position, report.figures(0), "").rpartition(" = ")[0]

    def _due(self, line: LineState) -> str:
        """What the line is, from the student's own numbers above it."""
        standing, line.answer = line.answer, "0"
        try:
            report = self._report()
            result = self._result(report, line)
        finally:
            line.answer = standing
        if not isinstance(report, Report):
            return str(result.expected)
        cell = _judged(report, line)
        return report.figures(0).result(cell.step, cell.position, result.digits)


_REMARKS = {
    "correct": "",
    "rounded": "the last digit is off by one, which is fine",
    "follows": "right, with your numbers above",
}


def asked_lines(plan: Plan, phases: Sequence[Phase] = ()) -> Iterator[Cell]:
    """The lines that are asked, in the handout's order; a problem in letters asks for whole quantities."""
    if given_by_equations(plan.problem) and not plan.problem.symbolic:
        yield from _in_order(plan, phases)
        return
    for step, cells in asked_steps(plan):
        if phases and step.phase not in phases:
            continue
        if plan.problem.symbolic:
            yield Cell(quantity_name(plan, step), step, ())
        else:
            yield from cells


def _in_order(plan: Plan, phases: Sequence[Phase]) -> Iterator[Cell]:
    """The cells of equations in an order in which each can be worked out: a recurrence step by step."""
    asked = (cells for step, cells in asked_steps(plan) if not phases or step.phase in phases)
    found = {cell.name: cell for cells in asked for cell in cells}
    for cell in all_cells(cast(Plan, cell_plan(cast(EquationPlan, plan)))):
        if cell.name in found:
            yield found[cell.name]


def _judged(report: Report, line: LineState) -> Cell:
    """The cell of a line in the plan it is graded by."""
    return next(cell for cell in report.cells if cell.name == line.cell.name)


def read_up_on(slips: Mapping[str, int]) -> list[str]:
    """What to look at again, by how often it went wrong: "a flipped sign, 3 times"."""
    return [
        f"{kind(code)}, {'once' if count == 1 else f'{count} times'}"
        for code, count in sorted(slips.items(), key=lambda item: -item[1])
    ]


def _where(codes: Sequence[str]) -> str:
    return next((WHERE[code] for code in codes if code in WHERE), "")


def _codes(slip: str | Sequence[str] | None) -> list[str]:
    """The slip codes of a result."""
    if not slip:
        return []
    return [code.strip() for code in slip.split(",")] if isinstance(slip, str) else list(slip)
