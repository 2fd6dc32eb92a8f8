"""A worksheet: the worked solution with blanks where its answers were; with `key`, the answers in them.

It is made from the solution's own document, so its lines stand in the handout's order and in its notation.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, repeat
from typing import cast

from ..plan.plan import make_plan
from ..plan.questions import CHAINS, LOCAL, is_question
from ..plan.steps import EquationPlan, Plan, Step
from ..problem.equations import given_by_equations
from ..problem.problem import PHASES, Phase, Problem
from ..values.asked import asked_cells, asked_steps
from ..values.cells import Cell, quantity_name
from ..values.trace import Trace
from ..values.turns import turn_name
from .answer_cells import cells_by_line
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

        whole, given = equation_blocks(plan, traces, only, figure=figure)
    elif traces:
        whole = solution_document(plan, traces, frozenset(PHASES))
        given = (given_box(plan, traces[0], problem, figure=figure),)
    else:
        # In symbols, the network and its loss are what is given.
        whole = solution_document(plan, (), _GIVEN)
    total: float | None = None
    if traces:
        turns = problem.samples if len(traces) > 1 else 0
        answers = _Answers(plan, only, key, 0.0 if key else ROOM[room], turns)
        asked = tuple(_headed(answers.blocks(whole.blocks)))
        total = answers.total if answers.marked else None
    elif given_by_equations(problem):
        asked = tuple(_blanked(plan, whole.blocks, key))
    else:
        steps = [step for step, _ in asked_steps(plan) if step.phase in only]
        lines = Lines(plan, None)
        given = tuple(_without(whole.blocks, {lines.left(step, lines.symbols.singles) for step in steps}))
        asked = tuple(_formulas(lines, steps, key))
    kept = () if traces or given_by_equations(problem) else whole.given
    blocks = (_head(plan, _count(asked), key, total), *given, *asked)
    sheet_of = "" if key else problem.name
    return replace(whole, given=kept, remarks=(), blocks=blocks, sheet_of=sheet_of)


def _blanked(plan: Plan, blocks: Iterable[Block], key: bool) -> Iterator[Block]:
    """General equations with a blank for what each is."""
    from .equation_solution import EquationLines

    left = EquationLines(cast(EquationPlan, plan), None).left
    names = {left(step, {}): quantity_name(plan, step) for step in plan.written()}
    for block in blocks:
        if isinstance(block, Equations):
            asked = [each for each in block.items if each.relations]
            yield replace(
                block,
                items=tuple(
                    _line(each, key, (names[each.left],) if each.left in names else ()) for each in asked
                ),
            )
        else:
            yield block


def _head(plan: Plan, count: int, key: bool, total: float | None) -> Points:
    """Course and date, where the student's name goes, and how many answers or points there are."""
    paper = plan.problem.paper
    labels = {"Course": paper.course, "Date": paper.date, "Time": paper.time, "Version": paper.version}
    head = [Point(label, ((text,),)) for label, text in labels.items() if text]
    if key:
        return Points((*head, Point("Answer key", ((f"{count} answers",),))))
    # Who the student is stands on a sheet under that name, whatever the paper calls it.
    names = ("student", *paper.fields[1:])
    head += [Point(field, ((Blank(_NAME, name),),)) for field, name in zip(paper.fields, names, strict=False)]
    most = f" of {count}" if total is None else f" of {total:g} points"
    return Points((*head, Point("Correct answers" if total is None else "Points", ((Blank(_NUMBER), most),))))


def _headed(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks without the headings under which nothing is asked; a turn's own stands over its parts'."""
    turn: Heading | None = None
    part: Heading | None = None
    for block in blocks:
        if isinstance(block, Questions):
            yield from (heading for heading in (turn, part) if heading is not None)
            yield block
            turn = part = None
        elif isinstance(block, Heading) and block.major:
            turn, part = block, None
        elif isinstance(block, Heading):
            part = block


def _marked(problem: Problem) -> bool:
    """Whether the problem says what its answers are worth."""
    return bool(problem.marks.points or problem.marks.weights)


class _Answers:
    """The lines with numbers, a blank for each result, or in the key the result.

    Formulas and tables would give the answers away.
    """

    def __init__(self, plan: Plan, only: frozenset[Phase], key: bool, room: float, turns: int) -> None:
        self.plan, self.marks, self.key, self.room, self.turns = plan, plan.problem.marks, key, room, turns
        self.cells = cells_by_line(plan)
        asked = {cell.name for cell in asked_cells(plan)}
        self.wanted = {
            left
            for left, cells in self.cells.items()
            if any(cell.name in asked and cell.step.phase in only for cell in cells)
        }
        self.marked = _marked(plan.problem)
        self.total = 0.0

    def blocks(self, blocks: tuple[Block, ...]) -> Iterator[Block]:
        turn = -1
        for block in blocks:
            if isinstance(block, Equations):
                worked = [each for each in block.items if each.relations and each.relations[-1].result]
                worked = [each for each in worked if each.left in self.wanted]
                if worked:
                    yield Questions(tuple(self._line(each, turn) for each in worked), self.room)
            elif not isinstance(block, Table):
                turn += isinstance(block, Heading) and block.major
                yield block

    def _line(self, equation: Equation, turn: int) -> Equation:
        cells = self.cells[equation.left] if equation.left is not None else ()
        names = [cell.name for cell in cells]
        if self.turns:  # on a sheet a sample has one turn: later epochs have no place there
            names = [turn_name(name, turn) for name in names] if turn < self.turns else []
        worth = self._worth(cells)
        self.total += worth
        return _line(equation, self.key, tuple(names), f"({points(worth)})" if self.marked else "")

    def _worth(self, cells: tuple[Cell, ...]) -> float:
        """What a line is worth: a cell's points, or those of a whole matrix."""
        return sum(self._points(cell.name) for cell in cells)

    def _points(self, cell: str) -> float:
        quantity = cell.partition("[")[0]
        role, _, rest = quantity.partition(".")
        weights = self.marks.weights
        found = (weights[name] for name in (quantity, rest, role) if name in weights)
        return self.marks.points.get(cell, next(found, 1.0))


def points(worth: float) -> str:
    return f"{worth:g} {'point' if worth == 1 else 'points'}"


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
            asked = ((_general(lines, step), quantity_name(lines.plan, step)) for step in own)
            yield Equations(tuple(_line(each, key, (name,)) for each, name in asked), general=True)


def _general(lines: Lines, step: Step) -> Equation:
    """A step in symbols, in matrices where the handout has them."""
    if lines.plan.problem.notation.layout == "matrix" and not is_question(step):
        return Matrices(lines).equation(step)
    return lines.general(step)


def _part(step: Step) -> str:
    return "local" if step.quantity in LOCAL else "chain" if step.quantity in CHAINS else "formula"


def _line(equation: Equation, key: bool, names: tuple[str, ...] = (), worth: str = "") -> Equation:
    """The left side and a place for the answer to each of the names, or the answer; with its points."""
    last, sign = equation.relations[-1], equation.relations[0].sign
    right = last.right if key else _blank(last, names)
    relation = Relation("=" if sign == "≈" else sign, right, result=last.result and key)
    return Equation(equation.left, (relation,), equation.condition, worth)


def _blank(relation: Relation, names: tuple[str, ...]) -> Math:
    if isinstance(relation.right, Matrix):
        rows = relation.right.rows
        fitting = names if len(names) == sum(map(len, rows)) else ()
        cells = chain(fitting, repeat(""))
        return Matrix(tuple(tuple(Blank(_NUMBER, next(cells)) for _ in row) for row in rows))
    return Blank(_NUMBER if relation.result else _FORMULA, names[0] if len(names) == 1 else "")


def _count(blocks: Iterable[Block]) -> int:
    """How many answers are asked for."""
    groups = [block for block in blocks if isinstance(block, Equations | Questions)]
    equations = [each for block in groups for each in block.items]
    rights = [each.relations[-1].right for each in equations if each.relations]
    return sum(sum(map(len, right.rows)) if isinstance(right, Matrix) else 1 for right in rights)
