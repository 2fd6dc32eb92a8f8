"""A worked solution with the figure of its network before it."""

from __future__ import annotations

from dataclasses import replace

from ..problem.equations import given_by_equations
from ..problem.problem import Problem
from ..values.trace import Trace
from .document import Document, Drawing
from .given_box import drawable
from .network import MOST_IN_A_PICTURE, network_of
from .network_figure import by_width


def with_figure(document: Document, problem: Problem, trace: Trace | None) -> Document:
    """The document, the figure of a network that is small enough first, with a line that explains it."""
    if given_by_equations(problem) or not drawable(problem):
        return document
    network = network_of(problem, trace, "all", most=MOST_IN_A_PICTURE)
    legend = ""
    if trace is not None:
        of = " of sample 1" if problem.samples > 1 else ""
        where = "beside them" if by_width(network) else "below it"
        legend = f"In each unit the preactivation and the activation{of}, {where} {_signal(problem)}."
        if by_width(network):
            legend += " A line is the wider the larger its weight, and dashed where it is negative."
    drawing = Drawing(network, "The network with its numbers", legend)
    return replace(document, blocks=(drawing, *document.blocks))


def _signal(problem: Problem) -> str:
    if problem.notation.backward != frozenset(("preactivation",)):
        return "the error gradient by the activation"
    descent = problem.notation.delta_sign == "descent"
    return "the error signal, in the direction of descent" if descent else "the error signal"
