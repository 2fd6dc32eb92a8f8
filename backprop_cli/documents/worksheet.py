"""A worksheet: the worked solution with blanks where its answers were; with `key`, the answers in them.

It is made from the solution's own document, so its lines stand in the handout's order and in its notation.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from ..formula.arithmetic import Significant
from ..formula.tree import Ref
from ..plan.plan import make_plan
from ..plan.questions import CHAINS, LOCAL, is_question
from ..plan.steps import Plan, Step
from ..problem.problem import Numbers, Phase, Problem
from ..values.asked import asked_steps
from ..values.cells import cells_of
from ..values.trace import Trace
from .document import (
    Blank,
    Block,
    Digits,
    Document,
    Equation,
    Equations,
    Heading,
    Math,
    Matrix,
    Point,
    Points,
    Relation,
    Table,
)
from .equation_lines import Lines
from .matrices import Matrices
from .worked_solution import solution_document

_GIVEN: frozenset[Phase] = frozenset(("forward", "loss"))
_ASKED: frozenset[Phase] = frozenset(("backward", "gradient", "update"))
_NUMBER, _FORMULA, _NAME = 8, 40, 32  # how wide a blank is, in digits


def worksheet_document(problem: Problem, traces: tuple[Trace, ...] = (), *, key: bool = False) -> Document:
    """The worksheet of a problem with its traces, or of one in symbols without any."""
    plan = traces[0].plan if traces else make_plan(problem)
    if traces:
        whole = solution_document(plan, traces, _GIVEN | _ASKED)
        given: tuple[Block, ...] = tuple(_parameters(problem))
        asked = tuple(_numbers(whole.blocks, key, _worths(plan)))
    else:
        # In symbols, the network and its loss are what is given.
        whole = solution_document(plan, (), _GIVEN)
        steps = [step for step, _ in asked_steps(plan)]
        lines = Lines(plan, None)
        given = tuple(_without(whole.blocks, {lines.left(step, lines.symbols.singles) for step in steps}))
        asked = tuple(_formulas(lines, steps, key))
    remarks = tuple(remark for remark in whole.remarks if "≈" not in remark)
    head = _head(plan, _count(asked), key)
    return replace(whole, remarks=remarks, blocks=(head, *given, *asked))


def _head(plan: Plan, count: int, key: bool) -> Points:
    """Where the student's name goes, how many answers there are, and the decimals asked for."""
    problem, total = plan.problem, sum(_worths(plan).values())
    if key:
        return Points((Point("Key", ((f"{count} answers",),)),))
    most = f" of {total:g} points" if _marked(problem) else f" of {count}"
    points = [Point("Name", ((Blank(_NAME),),)), Point("Right", ((Blank(_NUMBER), most),))]
    if not problem.symbolic:
        digits = problem.marks.digits or problem.digits
        several = len(set(digits.values())) > 1
        said = [
            (f"{phase} " if several else "") + f"{count}{' significant' * isinstance(count, Significant)}"
            for phase, count in digits.items()
        ]
        what = "Digits" if any(isinstance(count, Significant) for count in digits.values()) else "Decimals"
        points.append(Point(what, ((", ".join(dict.fromkeys(said)),),)))
    return Points(tuple(points))


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


def _parameters(problem: Problem) -> Iterator[Block]:
    """The weights and biases the problem starts from."""
    lines = Lines(Plan(problem, ()), None)
    equations = []
    for level, layer in enumerate(problem.layers, start=1):
        turned = problem.notation.weight_order == "input,unit"
        for quantity, numbers in (("weights", layer.weights), ("bias", layer.bias)):
            if numbers is not None:
                left = lines.symbols.whole(Ref(quantity, level))
                equations.append(Equation(left, (Relation("=", _matrix(numbers, turned)),)))
    yield Heading("Given")
    yield Equations(tuple(equations))


def _matrix(numbers: Numbers, turned: bool) -> Math:
    texts = numbers.texts.reshape(len(numbers.texts), -1)
    rows = texts.T if turned and numbers.texts.ndim == 2 else texts
    cells = tuple(tuple(Digits(str(text)) for text in row) for row in rows)
    return cells[0][0] if texts.size == 1 else Matrix(cells)


def _numbers(blocks: tuple[Block, ...], key: bool, worths: dict[Math, float]) -> Iterator[Block]:
    """The lines with numbers, a blank for each result; formulas and tables would give the answers away."""
    for block in blocks:
        if isinstance(block, Equations):
            worked = [each for each in block.items if each.relations and each.relations[-1].result]
            if worked:
                yield Equations(tuple(_line(each, key, worths) for each in worked))
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
    equations = [each for block in blocks if isinstance(block, Equations) for each in block.items]
    rights = [each.relations[-1].right for each in equations if each.relations]
    return sum(sum(map(len, right.rows)) if isinstance(right, Matrix) else 1 for right in rights)
