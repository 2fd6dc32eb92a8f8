"""How answers are read: a number, or a formula in the handout's notation; else why not, and the mend."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from ..formula.tree import Formula
from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from ..render.characters import printable
from ..render.text import TextMath
from ..sheets.answers import Answers
from ..typed.around_numbers import is_blank
from ..typed.expressions import UnknownNameError
from ..typed.numbers import Known, parse_cell
from ..typed.tokens import UnreadableError, sides, tidy
from ..typed.vocabulary import Vocabulary
from ..typed.wording import worded
from ..values.cells import answerable, cells, quantity_name
from ..values.turns import by_turns
from .formulas import parse_formula, reading
from .report.words import Teller

MOST_MENDED = 500  # formulas of a class
MOST_SHOWN = 200  # characters of an answer
AROUND = 24  # characters shown on each side of the place where reading ended


def read_back(answers: Answers, *, ascii: bool = False) -> Iterator[str]:
    """A line for each answer of each student: what stands there, and what it is read as."""
    text = TextMath(ascii)
    read = _read_as(answers.plan, text)
    for student, name in enumerate(answers.students):
        yield text.plain(printable(name or answers.sources[student]))
        for quantity, typed in (*answers.wholes.items(), *answers.columns.items()):
            wrote = typed[student]
            if not is_blank(wrote):
                symbol, said = read(quantity, wrote)
                shown = wrote if len(wrote) <= MOST_SHOWN else f"{wrote[:MOST_SHOWN]}…"
                yield text.plain(f"  {symbol}    {printable(' '.join(shown.split()))}    {said}")


def _read_as(plan: Plan, text: TextMath) -> Callable[[str, str], tuple[str, str]]:
    """Reads the answer to a cell or a whole quantity: the symbol of it, and what was read."""
    if given_by_equations(plan.problem) or by_turns(plan.problem):  # of numbers alone, by their cells' names
        return lambda quantity, wrote: (
            quantity,
            _number(wrote, None) or "cannot be read: a number is asked for",
        )
    teller = Teller(plan)
    wholes = {quantity_name(plan, step): step for step in answerable(plan)}
    single = {cell.name: cell for cell in cells(plan)}
    vocabulary = Vocabulary(plan)

    def read(quantity: str, wrote: str) -> tuple[str, str]:
        cell = single.get(quantity)
        step, position = (cell.step, cell.position) if cell else (wholes[quantity], ())
        said = _number(wrote, vocabulary.of_numbers(step.level), formulas=plan.problem.symbolic)
        name = text.line(teller.lines.left(step, teller.bound(step, position)))
        return name, said or _formula_as_read(teller, text, plan, step, wrote)

    return read


def _number(wrote: str, known: Known | None, *, formulas: bool = False) -> str:
    """Read as 0.6, or why it is no number; nothing where it may be a formula."""
    answer = parse_cell(wrote, known)
    if answer.kind == "number":
        exact = answer.decimals is None
        return f"read as {answer.value:.12g}" if exact else f"read as {answer.value:.{answer.decimals}f}"
    return f"cannot be read: {answer.reason}" if answer.kind == "invalid" and not formulas else ""


def _formula_as_read(teller: Teller, text: TextMath, plan: Plan, step: Step, wrote: str) -> str:
    """Read as 2·(z − y)·hⱼ; or why it is none, and the likeliest mend."""
    try:
        formula = _formula(plan, step, wrote)
    except UnreadableError as error:
        return f"cannot be read: {error}{mend(plan, step, wrote)}{_caret(error)}"
    return f"read as {text.line(teller.written(formula))}"


def _caret(error: UnreadableError) -> str:
    """Where reading came to an end, under the text."""
    if error.at is None:
        return ""
    text, place = error.at
    return f"\n      {printable(text)}\n      {' ' * place}^"


def where(plan: Plan, step: Step, text: str) -> str:
    """Where in an unreadable formula reading came to an end: a caret in the text around it."""
    try:
        _formula(plan, step, text)
    except UnreadableError as error:
        if error.at is not None:
            read, place = error.at
            before, behind = read[max(0, place - AROUND) : place], read[place : place + AROUND]
            ends = ("…" if place > AROUND else "", "…" if len(read) > place + AROUND else "")
            return f", at the ‸ in {ends[0]}{printable(before)}‸{printable(behind)}{ends[1]}"
    return ""


def mend(plan: Plan, step: Step, text: str) -> str:
    """The likeliest change that lets an unreadable formula be read, as a question; for some hundreds."""
    known = reading(plan)
    known.mended += 1
    if known.mended > MOST_MENDED:
        return ""
    for candidate in _candidates(plan, step, text):
        try:
            _formula(plan, step, candidate)
        except UnreadableError:
            continue
        return f"; did you mean {printable(' '.join(candidate.split()))}?"
    return ""


def _formula(plan: Plan, step: Step, text: str) -> Formula:
    """The last side of an answer as a formula."""
    texts = sides(tidy(worded(text, reading(plan).marks)))
    return parse_formula(texts[-1], plan, step, texts[0] if len(texts) > 1 else "")


def _candidates(plan: Plan, step: Step, text: str) -> Iterator[str]:
    opened = text.count("(") - text.count(")")
    if opened > 0:
        yield text + ")" * opened
    for place, char in enumerate(text):
        if opened < 0 and char == ")":
            yield text[:place] + text[place + 1 :]
    yield re.sub(r"([*/+·])\s*[*/·]+", r"\1", text)
    yield re.sub(r"[*/+·=-]\s*$", "", text)
    try:
        _formula(plan, step, text)
    except UnknownNameError as error:
        name = str(error).partition(" ")[0]
        known = [known for known in reading(plan).vocabulary.entries if known != name]
        for near in get_close_matches(name, known, n=2, cutoff=0.5):
            yield re.sub(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])", near, text, count=1)
    except UnreadableError:
        return
