"""The computation graph of equations, an operation a node: its value above, what comes back below.

As lectures draw it: numbers flow from left to right, ∂L/∂ of each flows back, at every node times the local
derivative, and where a number is used twice what comes back is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import cast

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import decimal
from ..formula.tree import (
    Add,
    Extreme,
    Formula,
    Function,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Raised,
    Ref,
    children,
)
from ..functions.table import ROWS
from ..problem.equations import EquationProblem
from ..values.cell_plan import cell_plan, cell_values
from ..values.equation_trace import EquationTrace
from ..values.evaluate import apply
from .cell_symbols import CellSymbols
from .document import Digits, Math, Word
from .figure import Figure, Ink, Label, Shape, Stroke
from .math_writing import Writer

MOST_NODES = 400
_COLUMN, _ROW, _RADIUS = 3.0, 1.5, 0.75


@dataclass(eq=False)
class Node:
    """A number of the graph: where it comes from, what it is, and what comes back to it."""

    name: Math  # what it is, in symbols
    sign: str  # the operation; "" for what is given
    inputs: list[Node]
    value: float
    slopes: list[float] = field(default_factory=list)  # ∂ of this by each input
    gradient: float = 0.0
    column: int = 0
    row: float = 0.0
    constant: bool = False
    symbol: Math | None = None  # of the quantity that it is the value of


@dataclass(frozen=True)
class OperationGraph:
    """The nodes, each behind its inputs, and how many decimals are shown of values and gradients."""

    nodes: tuple[Node, ...]
    digits: tuple[int, int]

    def value(self, node: Node) -> Digits:
        return Digits(decimal(node.value, self.digits[0]))

    def gradient(self, node: Node) -> Digits:
        return Digits(decimal(node.gradient, self.digits[1]))


def operation_graph(trace: EquationTrace) -> OperationGraph:
    """The graph of a problem that has been worked out. Raises InputError where it would be too large."""
    return _Building(trace).graph()


class _Building:
    def __init__(self, trace: EquationTrace) -> None:
        self.problem: EquationProblem = trace.problem
        self.plan = cell_plan(trace.plan)
        self.values = cell_values(self.problem, trace.values)
        self.writer = Writer(CellSymbols(self.problem))  # type: ignore[arg-type]  # symbols of single cells
        self.nodes: list[Node] = []
        self.by_key: dict[object, Node] = {}

    def graph(self) -> OperationGraph:
        for step in self.plan.steps:
            if step.quantity != "value":
                continue
            node = self.node(step.formula)
            if not node.inputs:  # an equation that copies a number
                node = self._operation(step.formula, "=", [node], node.value, [1.0])
            node.symbol = self.writer.write(step.ref)
            self.by_key[step.key] = node
        self._flow_back(self.by_key["value", self.problem.objective])
        self._arrange()
        digits = self.problem.digits
        return OperationGraph(tuple(self.nodes), (digits["forward"], digits["backward"]))

    def node(self, formula: Formula) -> Node:
        """The node of a formula; a quantity has one, however often it is used."""
        if isinstance(formula, Ref):
            known = self.by_key.get(formula.key)
            if known is None:
                known = self._add(Node(self.writer.write(formula), "", [], float(self.values[formula.key])))
                self.by_key[formula.key] = known
            return known
        if isinstance(formula, Number):
            return self._add(Node(self.writer.write(formula), "", [], float(formula.value), constant=True))
        inputs = [self.node(child) for child in children(formula)]
        numbers = [node.value for node in inputs]
        sign, value, slopes = _OPERATIONS[type(formula)](formula, numbers)
        return self._operation(formula, sign, inputs, value, slopes)

    def _operation(
        self, formula: Formula, sign: str, inputs: list[Node], value: float, slopes: list[float]
    ) -> Node:
        return self._add(Node(self.writer.write(formula), sign, inputs, value, slopes))

    def _add(self, node: Node) -> Node:
        if len(self.nodes) >= MOST_NODES:
            raise InputError(
                f"the graph would have more than {MOST_NODES} operations",
                help="draw a smaller problem: fewer steps, samples or units",
            )
        self.nodes.append(node)
        return node

    def _flow_back(self, end: Node) -> None:
        end.gradient = 1.0
        for node in reversed(self.nodes):
            for start, slope in zip(node.inputs, node.slopes, strict=True):
                start.gradient += node.gradient * slope

    def _arrange(self) -> None:
        """Columns by how far a node is from what is given; rows near the nodes it is used with."""
        for node in self.nodes:
            node.column = 1 + max((start.column for start in node.inputs), default=-1)
        for node in reversed(self.nodes):  # what is given stands right before it is first used
            uses = [other.column for other in self.nodes if any(start is node for start in other.inputs)]
            if not node.inputs and uses:
                node.column = min(uses) - 1
        columns: dict[int, list[Node]] = {}
        for node in self.nodes:
            columns.setdefault(node.column, []).append(node)
        for column in sorted(columns):
            members = columns[column]
            wanted = [
                float(np.mean([start.row for start in node.inputs])) if node.inputs else float(place)
                for place, node in enumerate(members)
            ]
            taken = -1.0
            for place, node in sorted(zip(wanted, members, strict=True), key=lambda pair: pair[0]):
                node.row = max(place, taken + 1.0)
                taken = node.row


def _sum(formula: Add, numbers: list[float]) -> tuple[str, float, list[float]]:
    return "+", float(sum(numbers)), [1.0] * len(numbers)


def _product(formula: Product, numbers: list[float]) -> tuple[str, float, list[float]]:
    slopes = [prod(numbers[:place] + numbers[place + 1 :]) for place in range(len(numbers))]
    return "×", float(prod(numbers)), slopes


def _negation(formula: Negation, numbers: list[float]) -> tuple[str, float, list[float]]:
    return "−", -numbers[0], [-1.0]


def _quotient(formula: Quotient, numbers: list[float]) -> tuple[str, float, list[float]]:
    top, bottom = numbers
    if top == 0:
        return "÷", 0.0, [1 / bottom if bottom else 0.0, 0.0]
    return "÷", top / bottom, [1 / bottom, -top / bottom**2]


def _power(formula: Power, numbers: list[float]) -> tuple[str, float, list[float]]:
    base, exponent = numbers[0], formula.exponent
    slope = exponent * base ** (exponent - 1) if exponent else 0.0
    return {2: "²", 3: "³"}.get(exponent, f"^{exponent}"), base**exponent, [slope]


def _raised(formula: Raised, numbers: list[float]) -> tuple[str, float, list[float]]:
    base, power = numbers
    value = base**power
    return "^", value, [power * base ** (power - 1), value * float(np.log(base)) if base > 0 else 0.0]


def _extreme(formula: Extreme, numbers: list[float]) -> tuple[str, float, list[float]]:
    picked = numbers.index(max(numbers) if formula.name == "max" else min(numbers))
    return formula.name, numbers[picked], [float(place == picked) for place in range(len(numbers))]


def _function(formula: Function, numbers: list[float]) -> tuple[str, float, list[float]]:
    row = ROWS[formula.name]
    x = np.asarray(numbers[0])
    slope = apply(Function(formula.name, formula.argument, True, formula.parameter), x)
    sign = {"exp": "e^", "positive_part": "max 0", "abs": "|·|"}.get(formula.name, row.symbol)
    return sign, float(apply(formula, x)), [float(slope)]


_OPERATIONS: dict[type, Callable[..., tuple[str, float, list[float]]]] = {
    Add: _sum,
    Product: _product,
    Negation: _negation,
    Quotient: _quotient,
    Power: _power,
    Raised: _raised,
    Extreme: _extreme,
    Function: _function,
}


def operation_figure(graph: OperationGraph, about: str) -> Figure:
    """The graph's drawing, values above the edges and gradients below."""
    parts: list[Stroke | Shape | Label] = []
    over: list[Label] = []
    at = {id(node): (1.0 + _COLUMN * node.column, 1.0 + _ROW * node.row) for node in graph.nodes}
    for node in graph.nodes:
        x, y = at[id(node)]
        for start in node.inputs:
            from_x, from_y = at[id(start)]
            parts.append(Stroke(from_x + _RADIUS / 2, from_y, x - _RADIUS / 2, y, arrow=True))
        over.extend(_labels(graph, node, x, y))
        if node.inputs:
            parts.append(Shape(x, y, _RADIUS, _RADIUS))
    width = max(x for x, _ in at.values()) + 2.0
    height = max(y for _, y in at.values()) + 1.0
    return Figure(width, height, (*parts, *over), about)


def _labels(graph: OperationGraph, node: Node, x: float, y: float) -> Iterator[Label]:
    yield Label(x, y, Word(node.sign) if node.inputs else node.name, _RADIUS)
    if node.symbol is not None:
        yield Label(x, y - 0.6, node.symbol, _RADIUS)
    if node.constant:
        return
    value, gradient = graph.value(node), graph.gradient(node)
    for number, up, ink in ((value, -0.27, "plain"), (gradient, 0.27, "gradient")):
        width = 0.19 * len(number.text) + 0.1
        place = x + _RADIUS / 2 + 0.1 + width / 2
        yield Label(place, y + up, number, width, ink=cast(Ink, ink), over=True)
