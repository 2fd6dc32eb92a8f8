"""The graph of operations as lines of text: each number, what it is made of, its value, what comes back."""

from __future__ import annotations

from ..documents.operation_graph import Node, OperationGraph
from .text import TextMath

_LONGEST = 44


def operations_text(graph: OperationGraph, *, ascii: bool = False) -> list[str]:
    """A line for each node: its formula, its value and its gradient, aligned."""
    text = TextMath(ascii)
    rows = [_row(graph, node, text) for node in graph.nodes if not node.constant]
    head = ("", text.plain("value"), text.plain("gradient"))
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(3)]
    lines = []
    for row in (head, *rows):
        first, value, gradient = row
        lines.append(f"  {first:<{widths[0]}}   {value:>{widths[1]}}   {gradient:>{widths[2]}}".rstrip())
    rule = ("-" if ascii else "─") * (sum(widths) + 6)
    return [lines[0], f"  {rule}", *lines[1:]]


def _row(graph: OperationGraph, node: Node, text: TextMath) -> tuple[str, str, str]:
    name = text.line(node.name)
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 3]}..." if text.ascii else f"{name[: _LONGEST - 1]}…"
    if node.symbol is not None:
        name = f"{text.line(node.symbol)} = {name}"
    elif node.inputs:
        name = f"    {name}"
    return name, text.line(graph.value(node)), text.line(graph.gradient(node))
