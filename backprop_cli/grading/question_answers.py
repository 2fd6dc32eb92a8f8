"""Answers to a local derivative, and to a gradient asked for as a chain of partial derivatives."""

from __future__ import annotations

from ..formula.tree import Formula
from ..plan.questions import CHAINS, LOCAL
from ..plan.steps import Plan, Step
from ..typed.expressions import Parser
from ..typed.names import Reader
from ..typed.tokens import UnreadableError, sides, tidy
from ..typed.wording import worded
from .formulas import FormulaGrade, grade_formula, parse_formula, reading, same
from .verdicts import Verdict

_NAME_ONLY = "this is the name of what is asked for, not its formula"
_NO_CHAIN = "a chain of partial derivatives is asked for here: nothing is put in yet"


class _ChainReader(Reader):
    """Reads a product of partial derivatives, and nothing else; `links` counts them."""

    links = 0

    def read(self, parser: Parser) -> Formula:
        if parser.token.kind in ("partial", "frac"):
            self.links += 1
        elif parser.token.text not in ("Σ", "sum"):
            raise UnreadableError(f"{parser.token.text} is no partial derivative")
        return super().read(parser)


def grade_question(plan: Plan, step: Step, position: tuple[int, ...] | None, text: str) -> FormulaGrade:
    """Grade an answer to a step of `plan.questions`."""
    try:
        text = worded(text, reading(plan).marks)
    except UnreadableError as error:
        return FormulaGrade(Verdict.INVALID, f"cannot be read: {error}")
    if step.quantity in LOCAL:
        return _local(plan, step, position, text)
    grade = grade_formula(plan, subject(plan, step), position, text)
    if grade.ok and not any(_is_chain(plan, step, side) for side in sides(text)):
        return FormulaGrade(Verdict.SLIP, _NO_CHAIN, grade.formula)
    return grade


def _local(plan: Plan, step: Step, position: tuple[int, ...] | None, text: str) -> FormulaGrade:
    """A partial derivative may stand on the left only, and must be the one that is asked for."""
    texts = sides(text)
    worked = [side for side in texts if not _partial(plan, step, side)]
    if not worked:
        return FormulaGrade(Verdict.SLIP, _NAME_ONLY)
    for side in texts:
        if side not in worked and not _agrees(plan, step, position, side):
            return FormulaGrade(Verdict.SLIP, f"{side} is another quantity than the one asked for")
    return grade_formula(plan, step, position, " = ".join(worked))


def _agrees(plan: Plan, step: Step, position: tuple[int, ...] | None, side: str) -> bool:
    """Whether a partial derivative is the one that is asked for; one that cannot be read proves nothing."""
    try:
        return same(step.formula, parse_formula(side, plan, step), step.indices, plan, position)
    except UnreadableError:
        return True


def _partial(plan: Plan, step: Step, side: str) -> bool:
    """Whether a ∂ stands in a side, or a d that means it."""
    try:
        return "∂" in Reader(reading(plan).vocabulary, step).prepare(tidy(side))
    except UnreadableError:
        return False


def _is_chain(plan: Plan, step: Step, side: str) -> bool:
    """Whether a side is a product of two partial derivatives or more."""
    reader = _ChainReader(reading(plan).vocabulary, step)
    try:
        Parser(side, reader).formula()
    except UnreadableError:
        return False
    return reader.links > 1


def subject(plan: Plan, step: Step) -> Step:
    """The step whose formula an answer is compared with: of a chain, its gradient's."""
    return plan.step(CHAINS[step.quantity], step.level) or step if step.quantity in CHAINS else step
