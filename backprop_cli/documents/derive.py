"""A derivation as a document: local derivatives, the chain rule layer by layer, the recursion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, islice
from itertools import product as positions
from math import prod

from ..errors import InputError
from ..formula.chain import Link, Paths, links
from ..formula.tree import SAMPLE
from ..plan.plan import make_plan
from ..plan.steps import Plan, Step, units
from ..problem.problem import Problem
from ..values.trace import Trace
from .derive_equations import Deriver
from .derive_names import Target, find
from .derive_recursion import recursion
from .derive_values import MAX_FACTORS, Values
from .document import Block, Document, Equation, Equations, Heading, Paragraph, Relation
from .equation_lines import Lines, shape
from .function_definitions import slope
from .given import given_equations
from .handout_steps import in_handout_order
from .matrices import Matrices
from .shown_numbers import Figures
from .symbols import AS_PARTIAL, Bound
from .titles import layer_title

PARTS = ("local", "chain", "recursion", "result")
MAX_EQUATIONS = 64
MOST_EXPANDED = 20  # layers: each gradient then holds all layers above its own


def derivation_document(
    plan: Plan,
    trace: Trace | None = None,
    *,
    of: str | None = None,
    show: frozenset[str] | None = None,
    all_units: bool = False,
    invite: bool = False,
) -> Document:
    """The derivation of a plan's gradients, or of one of them; with a trace, its numbers too.

    `invite` tells at the end how a reader at the command line gets the numbers.

    Raises InputError for a quantity there is not, and for units without number or without end.
    """
    given_layout, problem = plan.problem.notation.layout, as_derived(plan.problem)
    if trace is not None:
        trace = Trace(make_plan(problem), trace.values)
    plan = trace.plan if trace else make_plan(problem)
    derivation = _Derivation(plan, trace, show or handout_parts(problem))
    if of is None and problem.depth > MOST_EXPANDED and derivation.deriver.expands:
        raise InputError(
            f"{problem.depth} layers with every signal written inside the others make no derivation to read",
            help="ask for one quantity: --of NAME; or have the signals named: "
            '[notation] backward = ["preactivation"]',
        )
    blocks = list(derivation.one(of, all_units) if of is not None else derivation.all(all_units))
    if given_layout == "matrix" and of is None:
        blocks += _in_matrices(plan, derivation.show)
    if invite and of is None and not all_units:
        blocks += derivation.invitation()
    given = given_equations(problem, True) if trace else ()
    remarks = derivation.remarks()
    ordered = tuple(blocks)
    if "recursion" not in derivation.show:
        ordered = in_handout_order(ordered, plan, titles=of is None)
    return Document(problem.title, problem.source, problem.description, given, remarks, ordered)


def as_derived(problem: Problem) -> Problem:
    """The problem as its derivation is written: in index equations, whatever the handout's layout.

    A handout that has no δ gets none: ∂L/∂z is written as what it is.
    """
    notation = problem.notation
    if notation.layout == "matrix":
        notation = replace(notation, layout="indices")
    layers = problem.layers
    if "preactivation" not in notation.backward:
        layers = tuple(
            replace(layer, symbols=replace(layer.symbols, delta=layer.symbols.delta or AS_PARTIAL))
            for layer in layers
        )
    return replace(problem, notation=notation, layers=layers)


def handout_parts(problem: Problem) -> frozenset[str]:
    """What the handout's own derivation shows, where the problem says so."""
    wanted = problem.notation.derivation
    own = frozenset(part for part in PARTS if part in wanted)
    return own | {"result"} if own else frozenset(("local", "chain", "result"))


def _in_matrices(plan: Plan, show: frozenset[str]) -> Iterator[Block]:
    """What is derived index by index, as the handout's matrix equations."""
    if "result" not in show:
        return
    notation = replace(plan.problem.notation, layout="matrix")
    whole = make_plan(replace(plan.problem, notation=notation))
    matrices = Matrices(Lines(whole, None))
    steps = sorted(whole.written("backward", "gradient"), key=lambda step: -step.level)
    yield Heading("In matrices")
    yield Equations(tuple(matrices.equation(step) for step in steps), general=True)


class _Derivation:
    def __init__(self, plan: Plan, trace: Trace | None, show: frozenset[str]) -> None:
        self.plan, self.problem, self.show = plan, plan.problem, show
        figures = Figures(trace) if trace else None
        values = Values(figures, Lines(plan, None).symbols) if figures else None
        self.figures = figures
        self.deriver = Deriver(plan, values)
        self.with_numbers = False

    def remarks(self) -> tuple[str, ...]:
        if not self.with_numbers or self.figures is None:
            return ()
        if self.figures.by_hand:
            return ("error signals and gradients are rounded by hand, as when the problem is solved",)
        return ("only the numbers shown are rounded: ≈ where they give a little more or less",)

    # Everything.

    def all(self, all_units: bool) -> Iterator[Block]:
        """The derivation of all that the handout works out."""
        if "local" in self.show:
            yield Heading("Local derivatives")
            yield Equations(tuple(map(self.deriver.local, self.deriver.local_links())), general=True)
            if any(not layer.activation.elementwise for layer in self.problem.layers):
                yield Paragraph(_SAME)
            if spelled := self.deriver.loss_slope():
                yield Equations((spelled,), general=True)
            strangers = [self.deriver.strangers(level) for level in range(1, self.problem.depth + 1)]
            yield from self._strangers([each for each in strangers if each])
        if self.show & {"chain", "result"}:
            steps = sorted(self.plan.written("backward", "gradient"), key=lambda step: -step.level)
            for level, group in groupby(steps, key=lambda step: step.level):
                title = "The chain rule in " if "chain" in self.show else "The gradients in "
                yield Heading(title + layer_title(self.problem, level))
                yield from self._layer(list(group), all_units)
        if "recursion" in self.show:
            yield from recursion(self.plan)

    def _layer(self, steps: list[Step], all_units: bool) -> Iterator[Block]:
        yield from self._said(steps[0])
        if not all_units:
            general = [
                each
                for step in steps
                for each in (*slope(self.deriver.lines, self.problem, step), self._general(step))
            ]
            yield Equations(tuple(general), general=True)
            return
        for step in steps:
            yield Equations(tuple(self._units(step)), general=True)

    def _general(self, step: Step) -> Equation:
        """The step in index form; without its numbers, even if it has one value only."""
        deriver = self.deriver
        values, deriver.values = deriver.values, None
        equation = deriver.equation(step, self.show)
        deriver.values = values
        return equation

    def _units(self, step: Step) -> Iterator[Equation]:
        """The step for each unit and weight."""
        letters = [str(size) for size in map(self.problem.size, step.indices) if isinstance(size, str)]
        if letters:
            raise InputError(
                f"the number of units is the letter {letters[0]}, so they cannot be written out one by one",
                help="leave --all-units out, or put numbers in with --values random",
            )
        count = prod(shape(self.problem, step))
        if count > MAX_EQUATIONS:
            raise InputError(
                f"there would be {count} equations for one quantity, more than {MAX_EQUATIONS}",
                help="leave --all-units out, or choose one quantity with --of",
            )
        self.with_numbers = self.figures is not None
        for place in positions(*(range(count) for count in shape(self.problem, step))):
            yield self.deriver.equation(step, self.show, dict(zip(step.indices, place, strict=True)))

    def invitation(self) -> Iterator[Block]:
        """How to see one gradient with its numbers, where there are numbers."""
        if self.figures and self.show & {"chain", "result"}:
            name = f"{self.problem.layers[-1].name}.weight_gradient[1,1]"
            yield Paragraph(f"One gradient with its numbers: add --of '{name}'; all of them: --all-units.")

    # One quantity.

    def one(self, wanted: str, all_units: bool) -> Iterator[Block]:
        """The derivation of one quantity: of a cell with its numbers, else in index form."""
        target = find(self.plan, self.deriver.symbols, wanted)
        step, bound = target.step, self._bound(target)
        numeric = self.figures is not None and bound is not None
        self.with_numbers = numeric
        if "local" in self.show:
            yield Heading("Local derivatives")
            yield from self._local(step, bound or {}, numeric)
        if self.show & {"chain", "result"}:
            yield Heading("Chain rule" if "chain" in self.show else "Result")
            yield from self._said(step)
            if all_units and bound is None:
                yield Equations(tuple(self._units(step)), general=True)
            else:
                cell = bound is not None
                equation = self.deriver.equation(step, self.show, bound) if cell else self._general(step)
                yield Equations((equation,), general=True)
        if "recursion" in self.show:
            yield from recursion(self.plan)

    def _bound(self, target: Target) -> Bound | None:
        """The positions of a cell; also where a quantity has one value only."""
        indices = target.step.indices
        if target.position is not None:
            return dict(zip(indices, target.position, strict=True))
        if all(self.problem.size(index) == 1 for index in indices):
            return dict.fromkeys(indices, 0)
        return None

    def _local(self, step: Step, bound: Bound, numeric: bool) -> Iterator[Block]:
        deriver, whole = self.deriver, self.deriver.whole(step)
        general = tuple(deriver.local(link, bound) for link in dict.fromkeys(links(whole.chain)))
        yield Equations(general, general=True)
        level = step.level
        if step.quantity == "weight_gradient":
            stranger = deriver.strangers(level, bound)
            yield from self._strangers([stranger] if stranger else [])
        if numeric and deriver.values:
            pairs = list(islice(deriver.values.chains.instances(whole, bound), MAX_FACTORS + 1))
            if len(pairs) <= MAX_FACTORS:
                yield Paragraph("With numbers:")
                yield Equations(tuple(self._valued(deriver.values, *pair) for pair in pairs))

    def _valued(self, values: Values, link: Link, bound: Bound) -> Equation:
        left = self.deriver.chains.partial(link, bound)
        value, worked = values.factor(link, bound), values.with_numbers(link, bound)
        if worked == value:
            worked = self.deriver.writer.write(link.slope, bound)
        relations = (Relation("=", worked),) if worked != value else ()
        return Equation(left, (*relations, Relation(values.sign(link, bound), value)))

    def _strangers(self, equations: list[Equation]) -> Iterator[Block]:
        if equations:
            yield Paragraph(_STRANGERS)
            yield Equations(tuple(equations), general=True)

    def _said(self, step: Step) -> Iterator[Block]:
        """Which paths there are from the quantity to the loss, in words."""
        if "chain" not in self.show:
            return
        top = units(self.problem.depth)
        elementwise = self.problem.layers[-1].activation.elementwise
        if any(_several(self.problem, part) for part in self.deriver.whole(step).chain):
            yield Paragraph(_PATHS)
        elif step.level == self.problem.depth and self.problem.size(top) != 1 and elementwise:
            yield Paragraph(_ONE_ADDEND)
        if self.deriver.collapses(step) and not elementwise:
            yield Paragraph(_TARGETS)


def _several(problem: Problem, part: Link | Paths) -> bool:
    """Whether a part of a chain adds up paths through several units."""
    if isinstance(part, Link):
        return False
    own = part.index.level != SAMPLE and problem.size(part.index) != 1
    return own or any(_several(problem, inner) for inner in part.chain)


_STRANGERS = "A weight enters the preactivation of its own unit only; no other one contains it:"
_SAME = "[m = k] is 1 where m and k are the same unit, else 0."
_TARGETS = "The targets add up to 1, which is what leaves a difference at the end."
_PATHS = "A unit that feeds several others reaches the loss along several paths: their products are added."
_ONE_ADDEND = (
    "The loss is a sum over the outputs, and only one of them depends on this quantity: the other addends "
    "are constant, and their derivative is 0."
)
