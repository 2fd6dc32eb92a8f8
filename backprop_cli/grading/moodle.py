"""A problem as a question bank for Moodle: one cloze question, a field for each answer.

A field takes what honest rounding can give: the key, within half a unit of the digits asked for and as far as
the rounding of the numbers above it reaches. What follows from a slip Moodle cannot know; 'backprop check'
reads the responses and grades that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from ..documents.document import Document
from ..documents.given_box import given_box
from ..errors import InputError
from ..plan.plan import make_plan
from ..problem.equations import given_by_equations
from ..problem.problem import PHASES, Problem
from ..render.papers import Style, paper_of
from ..sheets.answers import Answers
from ..sheets.sheet_symbols import EquationSheetSymbols, SheetSymbols
from ..values.asked import asked_steps
from ..values.cells import Cell
from ..values.solution import solve
from ..values.trace import work_out
from ..values.turns import sheet_plan, sheet_trace
from .grade import Options, grade
from .report.report import BaseReport, Report
from .report.turns import TurnsReport

STUDENT = ("key",)
_TITLES = {
    "forward": "Forward pass",
    "loss": "Loss",
    "backward": "Backward pass",
    "gradient": "Gradients",
    "update": "Update",
}


def question_bank(problem: Problem) -> str:
    """The problem as Moodle's XML. Raises InputError for one in letters, which Moodle has no field for."""
    if problem.symbolic:
        raise InputError(
            "Moodle has no field for a formula, and the problem asks for formulas only",
            help="give it numbers, or hand out a sheet",
        )
    text = "".join((*_given(problem), *_fields(problem))).replace("]]>", "]]&gt;")
    title = escape(problem.title or problem.name)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n<question type="cloze">\n'
        f"<name><text>{title}</text></name>\n"
        f'<questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>\n'
        '<generalfeedback format="html"><text></text></generalfeedback>\n'
        f"<penalty>0.3333333</penalty>\n<hidden>0</hidden>\n<idnumber>{escape(problem.name)}</idnumber>\n"
        "</question>\n</quiz>\n"
    )


def _given(problem: Problem) -> Iterator[str]:
    """What is given, as HTML."""
    if given_by_equations(problem):
        from ..documents.equation_worksheet import equation_blocks

        traces = solve(problem).traces
        blocks = equation_blocks(traces[0].plan, traces, frozenset(PHASES), figure=False)[1]
    else:
        trace = work_out(make_plan(problem))
        blocks = (given_box(trace.plan, trace, problem, figure=False),)
    document = Document("", problem.source, problem.description, (), (), tuple(blocks))
    written = paper_of(document, "html", Style(fragment=True)).decode()
    yield _braces(re.sub(r"<style>.*?</style>\s*", "", written, flags=re.DOTALL))


def _braces(text: str) -> str:
    """Text in which no brace begins a field of Moodle's."""
    return text.replace("{", "&#123;").replace("}", "&#125;")


def _fields(problem: Problem) -> Iterator[str]:
    """A line for each answer: its symbol, and the field."""
    plan, trace = sheet_plan(problem), sheet_trace(problem)
    equations = given_by_equations(problem)
    symbols = EquationSheetSymbols(plan) if equations else SheetSymbols(plan)
    asked = asked_steps(plan)
    reach = _reach(problem, [cell for _, cells in asked for cell in cells])
    digits = problem.marks.digits or problem.digits
    worths = _weights(_options(problem), [cell.name for _, cells in asked for cell in cells])
    phase = ""
    for step, cells in asked:
        if step.phase != phase:
            phase = step.phase
            yield f"<h4>{_TITLES[phase]}</h4>\n"
        new = "new " if step.quantity.startswith("new") else ""
        for cell in cells:
            value = float(trace[step.key][cell.position])
            name = f"{new}{symbols.of(step, cell.position)}"
            turn = f" (sample {cell.position[0] + 1})" if getattr(symbols, "turns", False) else ""
            tolerance = max(reach.get(cell.name, 0.0), 0.5 * 10.0 ** -digits[step.phase])
            field = f"{{{worths[cell.name]}:NUMERICAL:={value + 0.0:.12g}:{1.0001 * tolerance:.6g}}}"
            yield f"<p>{_braces(escape(name + turn))} = {field}</p>\n"


_SCALES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 100)


def _weights(options: Options, names: list[str]) -> dict[str, int]:
    """The points as the whole numbers that a cloze field has, in their proportions: ½ and 1 as 1 and 2."""
    points = {name: max(options.worth(name), 0.0) for name in names}
    fits = (
        scale
        for scale in _SCALES
        if all(abs(scale * worth - round(scale * worth)) < 1e-6 for worth in points.values())
    )
    scale = next(fits, _SCALES[-1])
    return {name: round(scale * worth) for name, worth in points.items()}


def _options(problem: Problem) -> Options:
    return Options(weights=problem.marks.weights, points=problem.marks.points)


def _reach(problem: Problem, cells: list[Cell]) -> dict[str, float]:
    """How far from the key the rounding of the numbers above it, and of its own, can take each answer."""
    plan, trace = sheet_plan(problem), sheet_trace(problem)
    digits = problem.marks.digits or problem.digits
    columns = {
        cell.name: [f"{float(trace[cell.step.key][cell.position]):.{digits[cell.step.phase]}f}"]
        for cell in cells
    }
    report = grade(Answers(problem, plan, STUDENT, STUDENT, columns), Options(digits=digits))
    found: dict[str, float] = {}
    for part in _parts(report):
        for cell in part.cells:
            line = part.judgement.lines[cell.step.key]
            place = (0, *cell.position)
            half = 0.5 * 10.0 ** -digits[cell.step.phase]
            spread = line.own.spread()
            width = float(spread[place]) if spread.ndim else float(spread)
            off = abs(float(line.own.centre[place]) - float(line.key[cell.position]))
            found[cell.name] = half + (width + off if width + off < 100 * half else 0.0)
    return found


def _parts(report: BaseReport) -> tuple[Report, ...]:
    if isinstance(report, TurnsReport):
        return report.turns
    return (report,) if isinstance(report, Report) else ()
