"""The worked solution of equations: each in general, then with its numbers, then the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product as combinations
from math import prod

import numpy as np

from ..formula.arithmetic import decimal
from ..formula.tree import (
    Add,
    At,
    Extreme,
    Formula,
    Function,
    Index,
    Kronecker,
    Ref,
    Shifted,
    Sum,
    children,
    refs,
    walk,
)
from ..functions.table import ROWS, X
from ..plan.grounded import grounded
from ..plan.reverse import reached, uses
from ..plan.steps import EquationPlan, Step
from ..problem.equations import EquationProblem
from ..problem.problem import Numbers, Phase
from ..values.equation_trace import EquationTrace
from .document import (
    Block,
    Call,
    Column,
    Digits,
    Document,
    Equation,
    Equations,
    Fenced,
    Heading,
    Math,
    Matrix,
    Operator,
    Partial,
    Relation,
    Row,
    Symbol,
    Table,
    Word,
)
from .equation_figures import EquationFigures
from .equation_lines import MAX_IN_ALL, MAX_LINES, MAX_OPERANDS, ends, sign, summary
from .equation_writing import (
    Bound,
    Conditions,
    EquationSymbols,
    EquationWriter,
    bound_indices,
    chosen,
    number_of,
    plain_maxima,
)
from .given_optimizer import settings_given
from .optimizer_symbols import worked_columns
from .symbols import parse_symbol

Only = frozenset[Phase]
_MAX_GIVEN, _MAX_MATRICES = 1000, 8
_MAX_ROWS, _MAX_COLUMNS = 12, 10  # of what is given; of more only the ends are shown
# Heading → the phases that stand under it.
_PARTS: tuple[tuple[str, tuple[Phase, ...]], ...] = (
    ("Forward pass", ("forward", "loss")),
    ("Backward pass", ("backward",)),
    ("Gradients", ("gradient",)),
    ("Update", ("update",)),
)


def equation_document(plan: EquationPlan, traces: tuple[EquationTrace, ...], only: Only) -> Document:
    """The worked solution of a plan with its trace; in symbols alone without any."""
    problem = plan.problem
    solution = _Solution(plan, EquationFigures(traces[0]) if traces else None, only)
    blocks = tuple(solution.blocks())
    return Document(
        problem.title,
        problem.source,
        problem.description,
        given_numbers_of(problem),
        tuple(solution.remarks()),
        blocks,
    )


class EquationLines:
    """Writes the steps of one plan as equations; without figures, in symbols alone."""

    def __init__(self, plan: EquationPlan, figures: EquationFigures | None) -> None:
        self.plan, self.problem, self.figures = plan, plan.problem, figures
        self.symbols = EquationSymbols(plan.problem)
        self.conditions = Conditions(self.symbols)
        problem, known = plan.problem, reached(plan.problem)
        self._takers = {  # how many of the equations that count take a symbol
            symbol: sum(uses(problem, one, symbol) for one in problem.equations if one.symbol in known)
            for symbol in problem.axes
        }
        self.general_writer = EquationWriter(self.symbols)  # type: ignore[arg-type]  # symbols of equations
        self.number_writer = EquationWriter(self.symbols, figures)  # type: ignore[arg-type]  # likewise

    def left(self, step: Step, bound: Bound) -> Math:
        """The quantity that a step computes, as it stands before the equals sign."""
        return self.symbols.write(step.ref, bound)

    def general(self, step: Step) -> Equation:
        """The step's formula in symbols, with its index ranges."""
        formula = plain_maxima(step.formula)
        self.symbols.choose(formula, step.indices)
        right = Relation(sign(step), self._in_symbols(replace(step, formula=formula)))
        condition = self.conditions.of(formula, step.indices)
        return Equation(self.left(step, {}), (right,), condition, note=self._paths_note(step))

    def _in_symbols(self, step: Step) -> Math:
        """A step's formula; a gradient handed on as it is with the slope 1 that it is multiplied by."""
        if self.figures is not None and (chain := self._handed_on(step)) is not None:
            return chain
        return self.general_writer.write(step.formula)

    def _handed_on(self, step: Step) -> Math | None:
        """∂f/∂q · ∂q/∂x, where ∂q/∂x is 1."""
        formula = step.formula
        if step.quantity != "gradient" or not isinstance(formula, Ref) or formula.quantity != "gradient":
            return None
        if step.indices or formula.indices:
            return None
        below = self.symbols.write(Ref("value", step.level), {})
        above = self.symbols.write(Ref("value", formula.level), {})
        return Row((self.symbols.write(formula, {}), Operator("·"), Partial(above, below)))

    def numbers(self, step: Step) -> Iterator[Equation]:
        """The step at every position, with its numbers put in and the result."""
        if self.figures is None:
            return
        rough = self.figures.approximate(step)
        for position in self._positions(step):
            bound = dict(zip(step.indices, position, strict=True))
            relations, note = self._worked(step, bound, rough)
            yield Equation(self.left(step, bound), relations, note=note)

    def at_once(self, step: Step) -> Iterator[Equation]:
        """The step in symbols and with its numbers in one line, for each position by itself."""
        rough = self.figures.approximate(step) if self.figures else None
        for position in self._positions(step):
            bound = dict(zip(step.indices, position, strict=True))
            if step.indices:
                formula = grounded(self.problem, step.formula, bound)
                symbols = self.general_writer.write(formula)
            else:
                symbols = self._in_symbols(step)
            first = Relation(sign(step), symbols)
            if rough is None:
                yield Equation(self.left(step, bound), (first,), note=self._paths_note(step))
                continue
            relations, note = self._worked(step, bound, rough)
            before = "=" if sign(step) == "←" else relations[0].sign
            repeated = isinstance(symbols, Digits) and len(relations) == 1
            later = relations if repeated else (first, Relation(before, relations[0].right), *relations[1:])
            if len(relations) == 1 and not repeated:
                later = (first, Relation(relations[0].sign, relations[0].right, result=True))
            yield Equation(self.left(step, bound), later, note=note or self._paths_note(step))

    def _positions(self, step: Step) -> Iterator[tuple[int, ...]]:
        """The positions of a step, from the last on where each needs a later one."""
        spans = [self.problem.range_of(index) for index in step.indices]
        found = list(combinations(*(range(span.first, span.first + len(span)) for span in spans)))
        yield from reversed(found) if _from_the_end(step) else found

    def _worked(self, step: Step, bound: Bound, rough: np.ndarray) -> tuple[tuple[Relation, ...], str]:
        """The working and the result at one position, and why a gradient stops there."""
        figures = self.figures
        if figures is None:
            return (), ""
        formula = grounded(self.problem, step.formula, bound)
        spans = [self.problem.range_of(index) for index in step.indices]
        place = tuple(bound[index] - span.first for index, span in zip(step.indices, spans, strict=True))
        result = Digits(figures.at(step.key, place))
        if self._handed_on(step) is not None:
            gradient = self.number_writer.write(formula)
            worked: Math = Row((gradient, Operator("·"), Digits("1")))
        else:
            worked = self.number_writer.write(formula)
        equals = "≈" if rough[place] else "="
        same = isinstance(worked, Digits) and float(worked.text) == float(result.text)
        relations = [] if same else [Relation(sign(step), worked)]
        relations.append(Relation(equals if relations else sign(step), result, result=True))
        return tuple(relations), self._one_way(step, formula)

    def _one_way(self, step: Step, formula: Formula) -> str:
        """Which way a maximum sends the gradient, and where a unit that is off lets none through."""
        if self.figures is None or step.phase not in ("backward", "gradient"):
            return ""
        notes: dict[str, None] = {}
        for _, part in walk(formula):
            if isinstance(part, Function) and part.derivative:
                notes[self._off(part)] = None
            elif isinstance(part, Extreme) and part.picked is not None:
                notes[self._picked(part)] = None
        return "; ".join(note for note in notes if note)

    def _off(self, part: Function) -> str:
        row = ROWS.get(part.name)
        value = number_of(self.figures, part.argument) if self.figures else None
        if row is None or value is None or not row.note(value):
            return ""
        argument = self.number_writer.write(part.argument)
        text = argument.text.replace("-", "−") if isinstance(argument, Digits) else f"{value:g}"
        return f"{row.symbol}′({text}) = 0: no gradient passes"

    def _picked(self, part: Extreme) -> str:
        choice = chosen(self.figures, part) if self.figures else None
        if choice is None:
            return ""
        name = {"max": "largest", "min": "smallest"}[part.name]
        here = choice == part.picked
        return f"the {name}: the gradient goes this way" if here else f"not the {name}: no gradient passes"

    def _paths_note(self, step: Step) -> str:
        """That the paths of what is used several times are added."""
        if step.phase not in ("backward", "gradient") or _scattered(step.formula, step.indices):
            return ""
        name = self.problem_letter(step)
        inside = isinstance(step.formula, Add) and _passes_on(step.formula) > 1
        if inside or self._takers[step.level] > 1:
            return f"{name} is used in several places: its paths are added"
        extra = [index for index in bound_indices(step.formula) if index not in step.indices]
        if extra and step.level in self.problem.parameters:
            runs = " and ".join(dict.fromkeys(self.symbols.letter(index) for index in extra))
            return f"{name} is used for every {runs}: its paths are added"
        return ""

    def problem_letter(self, step: Step) -> str:
        """A symbol as text: its letter and what is fixed at it."""
        symbol = parse_symbol(self.symbols.spelled(step.level))
        return symbol.name + (f"_{','.join(symbol.subscripts)}" if symbol.subscripts else "")


def _from_the_end(step: Step) -> bool:
    """Whether a step takes gradients of later positions: ∂L/∂h_{t+1} in ∂L/∂h_t."""
    return step.phase == "backward" and any(
        isinstance(place, Shifted) and place.offset > 0 and len(place.terms) == 1
        for ref in refs(step.formula)
        if ref.quantity == "gradient"
        for place in ref.indices
    )


def _passes_on(formula: Add) -> int:
    return sum(
        any(isinstance(part, Ref) and part.quantity == "gradient" for _, part in walk(term))
        for term in formula.terms
    )


class _Solution:
    """The blocks of a worked solution, and the remarks that go above them."""

    def __init__(self, plan: EquationPlan, figures: EquationFigures | None, only: Only) -> None:
        self.plan, self.problem, self.figures, self.only = plan, plan.problem, figures, only
        self.lines = EquationLines(plan, figures)

    def remarks(self) -> Iterator[str]:
        if self.figures is None:
            return
        if self.figures.by_hand:
            yield "rounded by hand at every written line"
        elif any(self.figures.approximate(step).any() for step in self._steps()):
            yield "only the numbers shown are rounded: ≈ where they give a little more or less"

    def _steps(self, *phases: Phase) -> list[Step]:
        return [step for step in self.plan.written(*phases) if step.phase in self.only]

    def blocks(self) -> Iterator[Block]:
        for title, phases in _PARTS:
            steps = self._steps(*phases)
            if not steps:
                continue
            yield Heading(title)
            yield from self._group(steps)
            if title == "Forward pass":
                yield from self._functions()
            if title == "Update" and self.figures is not None:
                yield from self._table([step for step in steps if step.quantity == "new"])

    def _group(self, steps: list[Step]) -> Iterator[Block]:
        """Steps one after the other; those that take one line each are aligned together."""
        together: list[Equation] = []
        for step in steps:
            short = self._short(step)
            if short and self.figures is not None:
                together += self.lines.at_once(step)
                continue
            if self.figures is None:
                scattered = _scattered(step.formula, step.indices) and not self._open(step)
                together += self.lines.at_once(step) if scattered else [self.lines.general(step)]
                continue
            if together:
                yield Equations(tuple(together))
                together = []
            yield from self._worked(step)
        if together:
            yield Equations(tuple(together), general=self.figures is None)

    def _short(self, step: Step) -> bool:
        """Whether a step is written in one line a position: without sums, or by single elements."""
        if not readable(self.problem, step):
            return False
        if _scattered(step.formula, step.indices):
            return True
        return not step.indices and not bound_indices(step.formula)

    def _open(self, step: Step) -> bool:
        return any(isinstance(self.problem.size(index), str) for index in step.indices)

    def _worked(self, step: Step) -> Iterator[Block]:
        """A step's general formula and its numbers."""
        yield Equations((self.lines.general(step),), general=True)
        if self.figures is None:
            return
        if readable(self.problem, step):
            yield Equations(tuple(self.lines.numbers(step)))
        else:
            yield Equations((summary(self.lines.symbols, self.figures, step),))

    def _functions(self) -> Iterator[Block]:
        """The functions of one's own, and their derivatives."""
        writer, found = self.lines.general_writer, []
        used = {
            part.name
            for step in self.plan.steps
            for _, part in walk(step.formula)
            if isinstance(part, Function)
        }
        for name in sorted(used):
            row = ROWS.get(name)
            if row is None or row.symbol not in self.problem.functions:
                continue
            definition = row.defined(X, X)
            slope = row.prime_from_preactivation
            if definition is None or slope is None or not isinstance(definition, Formula):
                continue
            for prime, formula in ((False, definition), (True, slope(X, None))):
                left = Call(row.symbol, (Symbol("x"),), prime)
                found.append(Equation(left, (Relation("=", writer.write(formula)),)))
        if found:
            yield Equations(tuple(found), general=True)

    def _table(self, steps: list[Step]) -> Iterator[Block]:
        """Old value, gradient, what the optimizer keeps, new value of every parameter."""
        figures, symbols = self.figures, self.lines.symbols
        count = sum(prod(figures.trace[step.key].shape) for step in steps) if figures else 0
        if figures is None or not 0 < count <= MAX_LINES or (count == len(steps) == 1):
            return
        kept = worked_columns(symbols)  # type: ignore[arg-type]  # it asks for the optimizer and letters only
        digits = max(
            self.problem.digits["update"], *(_typed(self.problem.parameters[s.level]) for s in steps)
        )
        groups: list[tuple[tuple[str | Math, ...], ...]] = []
        alone = False  # whether the group before is of single numbers, which stand together
        for step in steps:
            rows: list[tuple[str | Math, ...]] = []
            array = self.problem.parameters[step.level].values
            for place in np.ndindex(array.shape):
                spans = [self.problem.range_of(index).first for index in step.indices]
                bound = {
                    index: at + first for index, at, first in zip(step.indices, place, spans, strict=True)
                }
                keys = [("gradient", step.level), *((role, step.level) for role, _ in kept), step.key]
                old = Digits(decimal(float(array[place]), digits))
                row = [Digits(figures.at(key, place)) for key in keys if key in figures.phases]
                rows.append((symbols.write(step.ref, bound), old, *row))
            if groups and len(rows) == 1 and alone:
                groups[-1] += tuple(rows)
            else:
                groups.append(tuple(rows))
            alone = len(rows) == 1
        columns = (
            Column("Parameter"),
            Column("old", numeric=True),
            Column("gradient", numeric=True),
            *(Column(title, numeric=True) for _, title in kept),
            Column("new", numeric=True),
        )
        yield Table(columns, tuple(groups))


def _scattered(formula: Formula, indices: tuple[Index, ...]) -> bool:
    """Whether a formula is another one at each position of one of its own indices: terms for w_1, w_2, …"""
    return any(
        isinstance(part, Kronecker)
        and any(isinstance(place, At) for place in (part.left, part.right))
        and any(place in indices for place in (part.left, part.right))
        for _, part in walk(formula)
    )


def readable(problem: EquationProblem, step: Step) -> bool:
    """Whether a step is small enough to be worked out line by line."""
    sizes = [problem.size(index) for index in step.indices]
    if any(isinstance(size, str) for size in sizes):
        return False
    lines, each = prod(int(size) for size in sizes), operands(problem, step.formula)
    return lines <= MAX_LINES and each <= MAX_OPERANDS and lines * each <= MAX_IN_ALL


def operands(problem: EquationProblem, formula: Formula) -> int:
    """How many numbers stand in the formula at most, once its sums are written out."""
    if isinstance(formula, Ref):
        return 1
    inside = sum(operands(problem, child) for child in children(formula))
    index: Index | None = None
    if isinstance(formula, Sum):
        index = formula.index
    elif isinstance(formula, Function) and formula.over is not None:
        index = formula.over
    if index is None:
        return inside
    size = problem.size(index)
    return inside * (size if isinstance(size, int) else 1)


def given_numbers_of(problem: EquationProblem) -> tuple[Equation, ...]:
    """The line under the title: what is given, the parameters and the learning rate."""
    symbols = EquationSymbols(problem)
    found: list[Equation] = []
    for symbol, numbers in (*problem.given.items(), *problem.parameters.items()):
        outer = numbers.values.shape[:-2]
        if numbers.values.size > _MAX_GIVEN or prod(outer) > _MAX_MATRICES:
            continue
        for place in np.ndindex(outer):  # a matrix for each of the first indices of three or four
            left = symbols.write(Ref("value", symbol, tuple(At(at + 1) for at in place)), {})
            found.append(Equation(left, (Relation("=", _array(numbers.texts[place])),)))
    if problem.learning_rate is not None:
        rate = Digits(str(problem.learning_rate.texts))
        found.append(Equation(parse_symbol(problem.notation.learning_rate), (Relation("=", rate),)))
    return (*found, *settings_given(symbols, problem.optimizer))


def _array(texts: np.ndarray) -> Math:
    """A number, a list in round brackets, or a matrix; of a long one its ends."""
    if texts.ndim == 0:
        return Digits(str(texts))
    if texts.ndim == 2:
        rows, columns = (_places(texts[:, 0], _MAX_ROWS), _places(texts[0], _MAX_COLUMNS))
        return Matrix(tuple(tuple(_shown(texts, (row, column)) for column in columns) for row in rows))
    items: list[Math] = []
    for place in _places(texts, _MAX_COLUMNS):
        items += [Word(", ")] * bool(items) + [_shown(texts, (place,))]
    return Fenced(Row(tuple(items)))


def _places(texts: np.ndarray, most: int) -> list[int | None]:
    return ends(len(texts)) if len(texts) > most else list(range(len(texts)))


def _shown(texts: np.ndarray, place: tuple[int | None, ...]) -> Digits:
    return Digits("…" if None in place else str(texts[place]))


def _typed(numbers: Numbers) -> int:
    """The most decimals a parameter was given with."""
    texts = (str(text) for text in numbers.texts.flat)
    return max((len(text.partition(".")[2]) for text in texts if "e" not in text.lower()), default=0)
