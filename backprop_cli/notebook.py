"""What a notebook shows: a solution as its own handout, and a practice cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .documents.translated import translated
from .documents.worked_solution import solution_document
from .files.problem_file import read_problem as load
from .grading.practice import Sitting
from .problem.problem import PHASES
from .render.papers import Style, paper_of
from .values.solution import Solution

if TYPE_CHECKING:
    from .problem.problem import Phase, Problem
    from .values.equation_solution import EquationSolution


def shown_as(solution: Solution | EquationSolution, form: str) -> str:
    """The worked solution in a format of text, to stand among other cells."""
    phases = frozenset(PHASES)
    if isinstance(solution, Solution):
        document = solution_document(solution.traces[0].plan, solution.traces, phases)
    else:
        document = solution_document(solution.trace.plan, solution.traces, phases)
    return paper_of(translated(document, solution.problem.language), form, Style(fragment=True)).decode()


class Practice:
    """A problem asked line by line in a notebook's cells; the same judgement as `backprop practice`.

        line = practice("w3wi-ds304")
        line.answer("0.61")

    Each call shows what is said and the next question; `hint`, `formula`, `tell` and `leave` do what `?`,
    `f`, `!` and an empty line do at the prompt.
    """

    def __init__(self, problem: Problem | str, *phases: Phase) -> None:
        self.sitting = Sitting(load(problem) if isinstance(problem, str) else problem, phases)
        self.said = ""

    def answer(self, text: str | float) -> Practice:
        """Judge an answer, as text or as a number."""
        reply = self.sitting.answer(str(text))
        words = " ".join(part for part in (reply.worked, reply.remark) if part)
        self.said = f"✓ {words}" if reply.right else f"✗ {reply.remark or 'not yet: hint() tells more'}"
        return self

    def hint(self) -> Practice:
        """The next hint; each further one tells more."""
        self.said = self.sitting.hint() or "That is all there is to say: tell() is the answer"
        return self

    def formula(self) -> Practice:
        """The general formula of the line."""
        self.said = self.sitting.formula()
        return self

    def tell(self) -> Practice:
        """The answer to the line."""
        self.said = f"{self.sitting.symbol()} = {self.sitting.tell()}"
        return self

    def leave(self) -> Practice:
        """Leave the line as it stands."""
        self.sitting.leave()
        self.said = ""
        return self

    @property
    def all_right(self) -> bool:
        """Whether every line was found."""
        return self.sitting.all_right

    def __repr__(self) -> str:
        done = sum(line.done for line in self.sitting.lines)
        count = f"{done} of {len(self.sitting.lines)}"
        asked = f"{self.sitting.symbol()} = ?   ({count})" if self.sitting.line else f"all done: {count}"
        return f"{self.said}\n{asked}" if self.said else asked


def practice(problem: Problem | str, *phases: Phase) -> Practice:
    """A problem, or its name, asked line by line; `phases` such as "forward" are asked alone."""
    return Practice(problem, *phases)
