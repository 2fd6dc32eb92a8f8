"""The computation graph: which quantity is computed from which, with the local derivative on each edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..formula.differentiate import differentiate
from ..formula.tree import Index, Ref
from ..plan.plan import make_plan
from ..plan.steps import bias, per_sample, weights
from ..problem.problem import Problem
from .derivations import local_derivatives
from .document import Equation, Math, Partial, Relation
from .equation_lines import Lines
from .figure import Figure, Label, Shape, Stroke

Width = Callable[[Math], float]
_DIGIT, _ROW, _HEIGHT = 0.19, 1.9, 0.9


@dataclass(frozen=True)
class Edge:
    """From a node to another, with the local derivative ∂end/∂start; of the target there is none."""

    start: Math
    end: Math
    derivative: Equation | None

    @property
    def slope(self) -> Math | None:
        return self.derivative.relations[0].right if self.derivative else None


@dataclass(frozen=True)
class Graph:
    """Nodes by column and row, and edges between them with their local derivatives."""

    nodes: dict[Math, tuple[int, int]]
    edges: tuple[Edge, ...]


def graph_of(problem: Problem) -> Graph:
    """Inputs and parameters on the left, each layer's preactivation and activation, the loss on the right."""
    problem = replace(problem.sample(0), notation=replace(problem.notation, loss_steps=()))
    plan = make_plan(problem)
    lines = Lines(plan, None)
    write = lines.symbols.write
    singles = lines.symbols.singles
    x, z = per_sample("activation", 0), per_sample("preactivation", 1)
    formula = next(step.formula for step in plan.steps if step.key == ("preactivation", 1))
    slope = lines.general_writer.write(differentiate(formula, x))
    first = Equation(Partial(write(z, singles), write(x, singles)), (Relation("=", slope),))
    # ∂a_m/∂z_k of a softmax: the node of every a_m is that of a_k.
    alike = {
        write(per_sample("activation", level, Index(level, copy=1)), singles): write(
            per_sample("activation", level), singles
        )
        for level in range(1, problem.depth + 1)
    }
    edges: list[Edge] = []
    for equation in (first, *local_derivatives(lines, plan)):
        if isinstance(equation.left, Partial):
            start, end = (alike.get(node, node) for node in (equation.left.bottom, equation.left.top))
            edges.append(Edge(start, end, equation))
    nodes: dict[Math, tuple[int, int]] = {write(x, singles): (0, 0)}
    column = 0
    for level, layer in enumerate(problem.layers, start=1):
        parameters = [weights(level)] + [bias(problem, level)] * layer.has_bias
        for row, parameter in enumerate(parameters, start=1):
            nodes[write(parameter, singles)] = (column, row)
        for quantity in ["preactivation"] + ["activation"] * (not problem.merged(level)):
            column += 1
            nodes[write(per_sample(quantity, level), singles)] = (column, 0)
    if not problem.loss.takes_targets:  # the output itself is the end
        return Graph(nodes, tuple(edge for edge in edges if edge.start != edge.end))
    target = write(Ref("target", problem.depth, per_sample("activation", problem.depth).indices), singles)
    nodes[target] = (column, 1)
    loss = edges[-1].end
    nodes[loss] = (column + 1, 0)
    return Graph(nodes, (*edges, Edge(target, loss, None)))


def graph_figure(graph: Graph, width: Width, about: str) -> Figure:
    """The graph's drawing: the way from the inputs to the loss along the top, what joins it below."""
    wide = {node: max(1.1, _DIGIT * width(node) + 0.5) for node in graph.nodes}
    labels = {edge: _DIGIT * width(edge.slope) + 0.3 for edge in graph.edges if edge.slope}
    xs = _columns(graph, wide, labels)
    places = {node: (xs[column], 0.9 + _ROW * row) for node, (column, row) in graph.nodes.items()}
    parts: list[Stroke | Shape | Label] = []
    over: list[Label] = []
    for edge in graph.edges:
        (x, y), (to_x, to_y) = places[edge.start], places[edge.end]
        stroke = Stroke(x + wide[edge.start] / 2, y, to_x - wide[edge.end] / 2, to_y, arrow=True)
        parts.append(stroke)
        if edge.slope is not None:
            # Along the top above the line, elsewhere on it, away from where the lines meet.
            along, up = (0.5, 0.45) if y == to_y else (0.36, 0.0)
            across, down = stroke.to_x - stroke.x, stroke.to_y - stroke.y
            place = stroke.x + along * across, stroke.y + along * down - up
            over.append(Label(*place, edge.slope, labels[edge], ink="gradient", over=not up))
    for node, place in places.items():
        parts.append(Shape(*place, wide[node], _HEIGHT))
        over.append(Label(*place, node, wide[node]))
    rows = max(row for _, row in graph.nodes.values()) + 1
    return Figure(xs[-1] + 1.2, _ROW * rows - 0.1, (*parts, *over), about)


def _columns(graph: Graph, wide: dict[Math, float], labels: dict[Edge, float]) -> list[float]:
    """The middle of each column of nodes, room for the labels between them."""
    count = max(column for column, _ in graph.nodes.values()) + 1
    widest = [
        max(wide[n] for n, place in graph.nodes.items() if place[0] == column) for column in range(count)
    ]
    xs = [0.4 + widest[0] / 2]
    for column in range(1, count):
        into = [label for edge, label in labels.items() if graph.nodes[edge.end][0] == column]
        xs.append(xs[-1] + (widest[column - 1] + widest[column]) / 2 + 1.2 + max(into))
    return xs


def graph_equations(graph: Graph) -> tuple[Equation, ...]:
    """The graph in lines, as a terminal shows it: the local derivatives of its edges."""
    return tuple(replace(edge.derivative, condition="") for edge in graph.edges if edge.derivative)
