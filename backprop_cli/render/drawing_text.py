"""A network or a computation graph as lines of text, for a terminal of 80 columns."""

from __future__ import annotations

from dataclasses import dataclass

from ..documents.document import Drawing, Equation, Equations, Partial
from ..documents.graph import Graph, graph_equations
from ..documents.network import Network, Unit
from .boxes import Box, beside
from .text import TextMath
from .text_lines import equation_lines

_GAP = 3
_ASCII = str.maketrans("─│┐┘┤→┼⋮", "-|++|>+:")


def drawing_text(picture: Network | Graph, *, ascii: bool = False, width: int = 80) -> list[str]:
    """The lines of a drawing."""
    drawing = DrawingText(TextMath(ascii), width)
    return drawing.graph(picture) if isinstance(picture, Graph) else drawing.network(picture)


def picture_of(block: Drawing) -> Network:
    """The network that a drawing in a document is of."""
    if not isinstance(block.picture, Network):
        raise TypeError(f"no drawing of a {type(block.picture).__name__}")
    return block.picture


@dataclass(frozen=True)
class DrawingText:
    """Draws in text: each unit with what flows into it, the layers side by side while they fit."""

    text: TextMath
    width: int = 80

    def network(self, network: Network) -> list[str]:
        """The lines of a network's drawing."""
        layers = [self.layer(network, column) for column in range(1, len(network.columns))]
        whole = beside(*self.spaced(layers))
        if whole.width <= self.width:
            lines = list(whole.lines)
        else:
            lines = [line for box in layers for line in (*box.lines, "")][:-1]
        return [self.plain(line).rstrip() for line in lines]

    def graph(self, graph: Graph) -> list[str]:
        """The lines of a graph: what flows where, then the local derivatives."""
        chains: dict[str, list[str]] = {}
        for edge in graph.edges:
            chains.setdefault(self.text.line(edge.end), []).append(self.text.line(edge.start))
        widest = max(len(", ".join(starts)) for starts in chains.values())
        flows = [f"  {', '.join(starts):{widest}} → {end}" for end, starts in chains.items()]
        slopes = equation_lines(Equations(graph_equations(graph), general=True), self.text, self.width)
        return (
            [self.plain(line) for line in flows]
            + [""]
            + ["".join(part for part, _ in line) for line in slopes]
        )

    def plain(self, line: str) -> str:
        return self.text.plain(line.translate(_ASCII)) if self.text.ascii else line

    def spaced(self, boxes: list[Box]) -> list[Box]:
        gap = Box((" " * _GAP,))
        return [box for each in boxes for box in (gap, Box(each.lines))][1:]

    def layer(self, network: Network, column: int) -> Box:
        """One layer: for each unit the weights into it, then the unit."""
        before = network.columns[column - 1]
        lines = [self.text.plain(network.titles[column])]
        for end, unit in enumerate(network.columns[column]):
            edges = [edge for edge in network.edges if edge.column == column - 1 and edge.end == end]
            weights = {edge.start: self.text.line(edge.label) if edge.label else "" for edge in edges}
            more = "⋮" if any(weights.values()) else ""
            left = [
                (self.source(source, column == 1), weights.get(start, more))
                for start, source in enumerate(before)
            ]
            if unit.bias:
                left.append((self.equation(unit.bias), ""))
            lines += [*self.unit(unit, left, network.signal), ""]
        return _box(lines[:-1])

    def unit(self, unit: Unit, left: list[tuple[str, str]], signal: str) -> list[str]:
        """A unit's lines: its arrows on the left, and on the right its name, its values, its gradient."""
        if unit.dots:
            return ["⋮"]
        names, labels = (max((len(pair[side]) for pair in left), default=0) for side in (0, 1))
        right = self.about(unit, signal)
        arrow = (len(left) - 1) // 2
        lines = []
        for place in range(max(len(left), arrow + len(right))):
            stem = " " * (names + labels + 5)
            if place < len(left):
                name, label = left[place]
                middle = (self.on_line(label) if label else "").center(labels + 2, "─")
                stem = f"{name:{names}} ─{middle}{self.joint(place, len(left))}"
            head = "→ " if place == arrow else "  "
            own = right[place - arrow] if 0 <= place - arrow < len(right) else ""
            lines.append((stem + head + own).rstrip())
        return lines

    def on_line(self, label: str) -> str:
        """A label on its line, which in ASCII is of minus signs: in brackets there, 1 -[-0.20]-."""
        return f"[{label}]" if self.text.ascii else f" {label} "

    def about(self, unit: Unit, signal: str) -> list[str]:
        """What stands at a unit: its name, its values, its error gradient, and the target beside it."""
        lines = [self.name(unit)]
        if unit.inside and unit.name not in unit.inside:
            lines.append("")
        values = " │ ".join(self.text.line(value) for value in unit.inside)
        if values:
            lines[-1] = f"({values})" + (" off" if unit.dead else "")
        if unit.beside:
            lines[-1] += f"  {self.equation(unit.beside)}"
        if unit.gradient:
            sign = "" if isinstance(unit.gradient, Partial) else f"{self.text.plain(signal)} "
            lines.append(sign + self.text.line(unit.gradient))
        return lines

    def joint(self, place: int, count: int) -> str:
        if count == 1:
            return "─"
        arrow = (count - 1) // 2
        if place == arrow:
            return "┐" if place == 0 else "┼"
        return "┐" if place == 0 else "┘" if place == count - 1 else "┤"

    def source(self, unit: Unit, given: bool) -> str:
        """Where an edge comes from; an input with its value."""
        value = f" = {self.text.line(unit.inside[0])}" if given and unit.inside else ""
        return self.name(unit) + value

    def name(self, unit: Unit) -> str:
        return "⋮" if unit.dots or unit.name is None else self.text.line(unit.name)

    def equation(self, equation: Equation) -> str:
        left = self.text.line(equation.left) if equation.left else ""
        return left + "".join(f" {each.sign} {self.text.line(each.right)}" for each in equation.relations)


def _box(lines: list[str]) -> Box:
    width = max(map(len, lines))
    return Box(tuple(line.ljust(width) for line in lines))
