"""A worksheet: the worked solution with blanks where its answers were; with `key`, the answers in them.

It is made from the solution's own document, so its lines stand in the handout's order and in its notation.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from ..plan.plan import make_plan
from ..plan.questions import CHAINS, LOCAL, is_question
from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from ..problem.problem import PHASES, Phase, Problem
from ..values.asked import asked_steps
from ..values.cells import cells_of
from ..values.trace import Trace
from .document import (
    Blank,
    Block,
    Document,
    Equation,
    Equations,
    Heading,
    Math,
    Matrix,
    Point,
    Points,
    Questions,
    Relation,
    Table,
)
from .equation_lines import Lines
from .given_box import given_box
from .matrices import Matrices
from .worked_solution import solution_document

_GIVEN: frozenset[Phase] = frozenset(("forward", "loss"))
_NUMBER, _FORMULA, _NAME = 8, 40, 32  # how wide a blank is, in digits


ROOM = {"none": 0.0, "small": 0.7, "large": 2.6}  # centimetres for working under each question


def worksheet_document(
    problem: Problem,
    traces: tuple[Trace, ...] = (),
    *,
    key: bool = False,
    only: frozenset[Phase] = frozenset(PHASES),
    room: str = "small",
    figure: bool = True,
) -> Document:
    """The worksheet of a problem with its traces, or of one in symbols without any.

    `only` these phases are asked for, and of them what [marks] asks; `room` is for working.
    """
    plan = traces[0].plan if traces else make_plan(problem)
    given: tuple[Block, ...]
    if given_by_equations(problem):
        from .equation_worksheet import equation_blocks

        whole, given, blocks, wanted = equation_blocks(plan, traces, only, figure=figure)
        space = 0.0 if key else ROOM[room]
        asked = tuple(_headed(_numbers(blocks, key, {}, wanted, space)))
        if not traces:
            asked = tuple(_blanked(blocks, key))
        head = _head(plan, _count(asked), key, None)
        return replace(whole, given=(), remarks=(), blocks=(head, *given, *asked))
    if traces:
        whole = solution_document(plan, traces, frozenset(PHASES))
        wanted = None if only >= set(PHASES) and not problem.marks.ask else _wanted(plan, only)
        given = (given_box(plan, traces[0], problem, figure=figure),)
        space = 0.0 if key else ROOM[room]
        asked = tuple(_headed(_numbers(whole.blocks, key, _worths(plan), wanted, space)))
    else:
        # In symbols, the network and its loss are what is given.
        whole = solution_document(plan, (), _GIVEN)
        steps = [step for step, _ in asked_steps(plan) if step.phase in only]
        lines = Lines(plan, None)
        given = tuple(_without(whole.blocks, {lines.left(step, lines.symbols.singles) for step in steps}))
        asked = tuple(_formulas(lines, steps, key))
    shown = sum(_worths(plan).values()) if _marked(problem) else None
    if traces and wanted is not None and shown is not None:
        shown = sum(worth for left, worth in _worths(plan).items() if left in wanted)
    head = _head(plan, _count(asked), key, shown)
    return replace(whole, given=() if traces else whole.given, remarks=(), blocks=(head, *given, *asked))


def _blanked(blocks: Iterable[Block], key: bool) -> Iterator[Block]:
    """General equations with a blank for what each is."""
    for block in blocks:
        if isinstance(block, Equations):
            yield replace(block, items=tuple(_line(each, key, {}) for each in block.items if each.relations))
        else:
            yield block


def _head(plan: Plan, count: int, key: bool, total: float | None) -> Points:
    """Course and date, where the student's name goes, and how many answers or points there are."""
    paper = plan.problem.paper
    labels = {"Course": paper.course, "Date": paper.date, "Time": paper.time, "Version": paper.version}
    points = [Point(label, ((text,),)) for label, text in labels.items() if text]
    if key:
        return Points((*points, Point("Key", ((f"{count} answers",),))))
    points += [Point(field, ((Blank(_NAME),),)) for field in paper.fields]
    most = f" of {count} answers" if total is None else f" of {total:g} points"
    return Points((*points, Point("Right" if total is None else "Points", ((Blank(_NUMBER), most),))))


def _wanted(plan: Plan, only: frozenset[Phase]) -> set[Math]:
    """The left sides of the lines that are asked for."""
    lines, matrix = Lines(plan, None), plan.problem.notation.layout == "matrix"
    found: set[Math] = set()
    for step, cells in asked_steps(plan):
        if step.phase in only:
            for cell in cells:
                bound = dict(zip(step.indices, cell.position, strict=True))
                found.add(lines.symbols.whole(step.ref) if matrix else lines.left(step, bound))
    return found


def _headed(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks without the headings under which nothing is asked; a turn's own stands over its parts'."""
    turn: Heading | None = None
    part: Heading | None = None
    for block in blocks:
        if isinstance(block, Questions):
            yield from (heading for heading in (turn, part) if heading is not None)
            yield block
            turn = part = None
        elif isinstance(block, Heading) and _TURN.match(block.text):
            turn, part = block, None
        elif isinstance(block, Heading):
            part = block


_TURN = re.compile(r"(Epoch \d+, )?[Ss]ample \d+$")


def _marked(problem: Problem) -> bool:
    """Whether the problem says what its answers are worth."""
    return bool(problem.marks.points or problem.marks.weights)


def _worths(plan: Plan) -> dict[Math, float]:
    """What each line's left side is worth: a cell's points, or those of a whole matrix."""
    marks, lines = plan.problem.marks, Lines(plan, None)
    worths: dict[Math, float] = {}
    if not _marked(plan.problem):
        return worths
    for step in plan.written():
        for cell in cells_of(plan, step):
            bound = dict(zip(step.indices, cell.position, strict=True))
            role = cell.name.partition("[")[0].rpartition(".")[2]
            worth = marks.points.get(cell.name, marks.weights.get(role, 1.0))
            matrix = plan.problem.notation.layout == "matrix"
            left = lines.symbols.whole(step.ref) if matrix else lines.left(step, bound)
            worths[left] = worths.get(left, 0.0) + worth
    return worths


def _numbers(
    blocks: tuple[Block, ...], key: bool, worths: dict[Math, float], wanted: set[Math] | None, room: float
) -> Iterator[Block]:
    """The lines with numbers, a blank for each result; formulas and tables would give the answers away."""
    for block in blocks:
        if isinstance(block, Equations):
            worked = [each for each in block.items if each.relations and each.relations[-1].result]
            worked = [each for each in worked if wanted is None or each.left in wanted]
            if worked:
                yield Questions(tuple(_line(each, key, worths) for each in worked), room)
        elif not isinstance(block, Table):
            yield block


def _without(blocks: Iterable[Block], lefts: Container[Math]) -> Iterator[Block]:
    """What is given, without the lines that are asked for."""
    for block in blocks:
        if isinstance(block, Equations):
            block = replace(block, items=tuple(each for each in block.items if each.left not in lefts))
            if not block.items:
                continue
        yield block


_PARTS = {"local": "Local derivatives", "chain": "The chain rule", "formula": "Backward pass"}


def _formulas(lines: Lines, steps: Sequence[Step], key: bool) -> Iterator[Block]:
    """The formulas asked for, a blank for each: those of a sheet, the last layer's before the others'."""
    for part, heading in _PARTS.items():
        own = [step for step in steps if _part(step) == part]
        if part != "local":
            own.sort(key=lambda step: step.level if step.phase in _GIVEN else -step.level)
        if own:
            yield Heading(heading)
            yield Equations(tuple(_line(_general(lines, step), key, {}) for step in own), general=True)


def _general(lines: Lines, step: Step) -> Equation:
    """A step in symbols, in matrices where the handout has them."""
    if lines.plan.problem.notation.layout == "matrix" and not is_question(step):
        return Matrices(lines).equation(step)
    return lines.general(step)


def _part(step: Step) -> str:
    return "local" if step.quantity in LOCAL else "chain" if step.quantity in CHAINS else "formula"


def _line(equation: Equation, key: bool, worths: dict[Math, float]) -> Equation:
    """The left side and a place for the answer, or the answer; with its points where it has some."""
    last, sign = equation.relations[-1], equation.relations[0].sign
    right = last.right if key else _blank(last)
    relation = Relation("=" if sign == "≈" else sign, right, result=last.result and key)
    worth = worths.get(equation.left) if equation.left else None
    note = "" if worth is None else f"({worth:g} {'point' if worth == 1 else 'points'})"
    return Equation(equation.left, (relation,), equation.condition, note)


def _blank(relation: Relation) -> Math:
    if isinstance(relation.right, Matrix):
        return Matrix(tuple(tuple(Blank(_NUMBER) for _ in row) for row in relation.right.rows))
    return Blank(_NUMBER if relation.result else _FORMULA)


def _count(blocks: Iterable[Block]) -> int:
    """How many answers are asked for."""
    groups = [block for block in blocks if isinstance(block, Equations | Questions)]
    equations = [each for block in groups for each in block.items]
    rights = [each.relations[-1].right for each in equations if each.relations]
    return sum(sum(map(len, right.rows)) if isinstance(right, Matrix) else 1 for right in rights)
