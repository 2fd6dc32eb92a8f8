"""The worked solution as a document: which steps stand under which heading, in the handout's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Any, overload

from ..formula.tree import Index
from ..plan.steps import EquationPlan, Plan, Step
from ..problem.problem import Phase, Problem
from ..values.trace import Trace
from .document import (
    Block,
    Document,
    Equation,
    Equations,
    Heading,
    Paragraph,
)
from .equation_lines import MAX_LINES, Lines, readable, shape, summary
from .given import given_equations, sample_equations
from .perceptron_table import turns_table
from .shown_numbers import Figures
from .titles import layer_title, steps_title
from .value_tables import neuron_table, parameter_table

if TYPE_CHECKING:
    from ..values.equation_trace import EquationTrace

Only = frozenset[Phase]
_Group = tuple[int, Phase]  # what stands under one heading: a level and a phase


@overload
def solution_document(plan: Plan, traces: tuple[Trace, ...], only: Only) -> Document: ...
@overload
def solution_document(plan: EquationPlan, traces: tuple[EquationTrace, ...], only: Only) -> Document: ...
def solution_document(plan: Any, traces: tuple[Any, ...], only: Only) -> Document:
    """The worked solution of a plan: of each trace in turn (one, or one a sample), in symbols without any."""
    if isinstance(plan, EquationPlan):
        from .equation_solution import equation_document

        return equation_document(plan, traces, only)
    problem = plan.problem
    blocks: list[Block] = []
    remarks: dict[str, None] = dict.fromkeys(doubts(problem))
    for position, trace in enumerate(traces):
        figures = Figures(trace)
        if len(traces) > 1:
            blocks.append(Heading(_turn_title(position, len(traces), problem.epochs), major=True))
            blocks.append(Equations(sample_equations(trace.problem)))
        part = _Solution(trace.plan, figures, only)
        blocks += part.blocks()
        remarks |= dict.fromkeys(part.remarks)
    if problem.rule == "perceptron" and len(traces) > 1 and (table := turns_table(traces, problem.epochs)):
        blocks += [Heading("All turns", major=True), table]
    if not traces:
        blocks += _Solution(plan, None, only).blocks()
    given = given_equations(problem, with_samples=len(traces) < 2)
    ordered = tuple(blocks)
    if problem.notation.numbers or problem.notation.steps:
        from .handout_steps import in_handout_order

        ordered = in_handout_order(ordered, plan)
    return Document(problem.title, problem.source, problem.description, given, tuple(remarks), ordered)


def _turn_title(position: int, turns: int, epochs: int) -> str:
    """Which sample's turn it is, and in which epoch where there are several."""
    if epochs == 1:
        return f"Sample {position + 1}"
    epoch, sample = divmod(position, turns // epochs)
    return f"Epoch {epoch + 1}, sample {sample + 1}"


def doubts(problem: Problem) -> Iterator[str]:
    """What the problem says and hardly means."""
    last = problem.layer(problem.depth)
    if problem.loss.name == "cross_entropy" and last.units == 1 and last.activation.name == "sigmoid":
        yield (
            "cross_entropy has no term for y = 0: with one sigmoid output binary_cross_entropy is meant, "
            "most likely"
        )


class _Solution:
    """One trace's blocks, and the remarks that go above them."""

    def __init__(self, plan: Plan, figures: Figures | None, only: Only) -> None:
        self.plan, self.problem, self.figures, self.only = plan, plan.problem, figures, only
        self.lines = Lines(plan, figures)
        self.remarks: list[str] = []
        if figures and figures.by_hand:
            self.remarks.append("rounded by hand at every written line")
        elif figures and any(figures.approximate(step).any() for step in self.steps()):
            self.remarks.append("only the numbers shown are rounded: ≈ where they give a little more or less")
        if figures and (vanished := sum(figures.vanished(step) for step in self.steps())):
            numbers = "1 number is" if vanished == 1 else f"{vanished} numbers are"
            self.remarks.append(f"{numbers} not 0 and shown as 0: digits = {{ significant = 3 }} shows them")

    def steps(self) -> list[Step]:
        return [step for step in self.plan.written() if step.phase in self.only]

    def blocks(self) -> list[Block]:
        by_phase: dict[str, Callable[[list[Step]], Iterator[Block]]] = {
            "forward": self.forward,
            "loss": self.loss,
            "backward": self.backward,
            "update": self.update,
        }
        blocks: list[Block] = []
        for name, write in by_phase.items():
            phases = ("backward", "gradient") if name == "backward" else (name,)
            steps = [step for step in self.steps() if step.phase in phases]
            if steps:
                blocks += write(steps)
        return blocks

    def worked(self, step: Step) -> Iterator[Block]:
        """A step's general formula and its numbers."""
        if self.problem.notation.layout == "matrix" and (self.figures is None or self._matrix_readable(step)):
            from .matrices import Matrices

            yield Equations((Matrices(self.lines).equation(step),))
            return
        general = self.lines.general(step)
        if self.figures is None:
            yield Equations((general,), general=True)
        elif readable(self.problem, step):
            yield Equations((general,), general=True)
            yield Equations(tuple(self.lines.numbers(step)))
        else:
            yield Equations((general,), general=True)
            yield Equations((summary(self.lines.symbols, self.figures, step),))

    def _matrix_readable(self, step: Step) -> bool:
        sizes = [int(self.problem.size(Index(level))) for level in range(self.problem.depth + 1)]
        return max(*sizes, self.problem.samples) <= 40 and prod(shape(self.problem, step)) <= 200

    def together(self, steps: list[Step]) -> Iterator[Block]:
        """Steps one after the other; in symbols alone, as one group aligned on its signs."""
        if self.figures is not None and self.problem.notation.layout != "matrix":
            for step in steps:
                yield from self.worked(step)
            return
        equations = [
            item for step in steps for block in self.worked(step) for item in getattr(block, "items", ())
        ]
        if self.figures is None:
            from .function_definitions import slope

            derived: list[Equation] = []
            for step, equation in zip(steps, equations, strict=True):
                derived += [*slope(self.lines, self.problem, step), self._derived(step, equation)]
            yield Equations(tuple(derived), general=True)
        else:
            for equation in equations:
                yield Equations((equation,))

    def _derived(self, step: Step, equation: Equation) -> Equation:
        wanted = self.problem.notation.derivation
        if step.phase not in ("backward", "gradient"):
            return equation
        from .derivations import expanded, with_chain

        if "expanded" in wanted:
            equation = expanded(self.lines, self.plan, step, equation)
        return with_chain(self.lines, self.plan, step, equation) if "chain" in wanted else equation

    def forward(self, steps: list[Step]) -> Iterator[Block]:
        if self.problem.notation.layout == "matrix":
            for level, group in groupby(steps, key=lambda step: step.level):
                yield Heading(f"Layer {self.problem.layer(level).name}")
                yield from self.together(list(group))
            return
        yield Heading("Forward pass")
        if self.figures is None:
            from .function_definitions import function_definitions

            yield from self.together(steps)
            if definitions := tuple(function_definitions(self.lines, self.problem)):
                yield Equations(definitions, general=True)
            return
        tabled = self.problem.notation.layout == "neurons" and self.problem.rule == "gradient"
        if tabled and _units(self.problem) <= MAX_LINES:
            yield neuron_table(self.lines, self.figures)
        yield from self.together(steps)

    def loss(self, steps: list[Step]) -> Iterator[Block]:
        yield Heading("Loss")
        yield from self.together(steps)
        if self.problem.loss.definition:
            yield Paragraph(self.problem.loss.definition.format(self.problem.loss.parameter))

    def in_order(self, steps: Iterable[Step]) -> list[Step]:
        """Backward and gradient steps as the handout has them: the gradients last, or by layer."""
        notation = self.problem.notation
        order = notation.gradients or ("by-layer" if notation.layout == "indices" else "last")
        return sorted(steps, key=lambda step: -step.level) if order == "by-layer" else list(steps)

    def numbers(self) -> dict[_Group, int]:
        """The handout's number of each group of backward and gradient steps, shown or not."""
        steps = self.in_order(self.plan.written("backward", "gradient"))
        groups = dict.fromkeys(_group(step) for step in steps)
        return {group: number for number, group in enumerate(groups, start=1)}

    def backward(self, steps: list[Step]) -> Iterator[Block]:
        notation, steps = self.problem.notation, self.in_order(steps)
        if notation.layout != "neurons":
            if "local" in notation.derivation:
                from .derivations import local_derivatives

                yield Heading("Local derivatives")
                yield Equations(tuple(local_derivatives(self.lines, self.plan)), general=True)
            yield Heading("Backward pass")
            yield from self.together(steps)
            return
        numbers = self.numbers()
        for key, group in groupby(steps, key=_group):
            own = tuple(group)
            yield Heading(steps_title(self.problem, own), number=f"Step {numbers[key]}")
            yield from self.together(list(own))

    def update(self, steps: list[Step]) -> Iterator[Block]:
        numbered = self.problem.notation.layout == "neurons"
        yield Heading("Update", number=f"Step {len(self.numbers()) + 1}" if numbered else "")
        for level, group in groupby(steps, key=lambda step: step.level):
            own = [
                step
                for step in group
                if step.quantity.removeprefix("new_") not in self.problem.layer(level).frozen
            ]
            frozen = self.problem.layer(level).frozen
            yield from self.together(own)
            if frozen:
                kinds = {"weights": True, "bias": self.problem.layer(level).has_bias}
                names = {"weights": "weights", "bias": "biases"}
                which = " and ".join(names[kind] for kind, there in kinds.items() if there and kind in frozen)
                if which:
                    yield Paragraph(f"The {which} of {layer_title(self.problem, level)} are held fixed.")
        parameters = [step for step in steps if step.quantity in ("new_weights", "new_bias")]
        small = sum(prod(shape(self.problem, step)) for step in parameters) <= MAX_LINES
        if self.figures and small and self.problem.rule == "gradient":
            yield parameter_table(self.lines, self.figures, parameters)


def _group(step: Step) -> _Group:
    return (step.level, step.phase)


def _units(problem: Problem) -> int:
    return problem.samples * sum(int(layer.units) for layer in problem.layers)
