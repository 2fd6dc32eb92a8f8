"""`backprop draw`: the network as handouts draw it, and its computation graph."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ..errors import InputError
from ..files.overwriting import claim
from .options import (
    AsciiOption,
    DigitsOption,
    ForceOption,
    Format,
    FormatOption,
    OutputOption,
    ProblemArgument,
    RoundingOption,
    chosen_format,
    chosen_problem,
    encodes,
    write_paper,
    write_text,
)
from .output import require_file

if TYPE_CHECKING:
    from pathlib import Path

    from ..documents.figure import Figure
    from ..documents.graph import Graph
    from ..documents.network import Network
    from ..problem.equations import EquationProblem
    from ..problem.problem import Problem, Rounding
    from ..values.trace import Trace


class Shown(StrEnum):
    """What a drawing of the network shows."""

    none = "none"
    weights = "weights"
    forward = "forward"
    all = "all"


def draw(
    problem: ProblemArgument = None,
    values: Annotated[
        Shown, typer.Option(help="How much is written into the network: all is with the error gradients.")
    ] = Shown.all,
    sample: Annotated[int, typer.Option(min=1, help="Whose values, where there are several samples.")] = 1,
    graph: Annotated[
        bool, typer.Option("--graph", help="Draw the computation graph, local derivatives on its edges.")
    ] = False,
    digits: DigitsOption = None,
    rounding: RoundingOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    ascii: AsciiOption = False,
) -> None:
    """Draw the network with its numbers, or its computation graph.

    In the terminal as text, or as a picture: SVG, PNG, PDF, or TikZ for a LaTeX document.

    \b
    Examples:
      backprop draw w3wi-ds304
      backprop draw w3wi-ds304 --values forward -o network.svg
      backprop draw umons --graph -o graph.pdf
      backprop draw w3wi-ds304 -o network.tikz
    """
    tikz = format is None and output is not None and output.suffix.lower() == ".tikz"
    form = Format.latex if tikz else chosen_format(format, output)
    if form not in (Format.terminal, Format.svg, Format.png, Format.pdf, Format.latex):
        raise InputError(
            f"a drawing cannot be written as {form.value}",
            help="draw it as svg, png, pdf, latex (TikZ) or in the terminal",
        )
    require_file(form, output)
    from ..problem.equations import given_by_equations

    chosen = chosen_problem(problem)
    claim(output, force=force)
    if given_by_equations(chosen):
        _draw_operations(chosen, form, output, rounding and rounding.value, digits, ascii=ascii)
        return
    if not sample <= chosen.samples:
        raise InputError(f"there is no sample {sample}: the problem has {chosen.samples}")
    if graph:
        from ..documents.graph import graph_of

        picture: Graph | Network = graph_of(chosen)
    else:
        from ..documents.network import MOST, MOST_IN_A_PICTURE, network_of

        worked, trace, place = _worked(chosen, rounding and rounding.value, digits, sample - 1)
        most = MOST if form is Format.terminal else MOST_IN_A_PICTURE
        picture = network_of(worked, trace, values.value, place, most)
    from ..render.drawing_text import drawing_text

    if form is Format.terminal:
        plain = ascii or (output is None and not encodes(sys.stdout.encoding))
        write_text("\n".join(drawing_text(picture, ascii=plain)) + "\n", output)
        return
    from ..render.figure_typst import drawing_figure

    title = chosen.title or chosen.name
    _write_figure(drawing_figure(picture, title), form, output, title, drawing_text(picture))


def _write_figure(figure: Figure, form: Format, output: Path | None, title: str, text: list[str]) -> None:
    """Write a drawing: TikZ for \\input where the file ends in .tikz, else what compiles by itself.

    An SVG has its title and the drawing in text within it.
    """
    if form is Format.latex:
        from ..render.figure_tikz import tikz

        alone = output is None or output.suffix.lower() != ".tikz"
        write_text(tikz(figure, alone=alone), output)
        return
    from ..render.compiler import compiled_as
    from ..render.figure_typst import figure_typst

    made = compiled_as(figure_typst(figure), form.value)
    if form is Format.svg:
        from ..render.svg_words import in_words

        made = in_words(made, title, text)
    write_paper(made, form, output)


def _draw_operations(
    problem: EquationProblem,
    form: Format,
    output: Path | None,
    rounding: str | None,
    digits: int | None,
    *,
    ascii: bool,
) -> None:
    """Draw equations as the graph of their operations: values forward, gradients back."""
    from ..documents.operation_graph import operation_figure, operation_graph
    from ..render.operations_text import operations_text
    from ..values.solution import solve

    if problem.symbolic:
        raise InputError(
            f"{problem.title or problem.name} has symbols only, and its graph shows numbers",
            help="give it [given] and [parameters]",
        )
    graph = operation_graph(
        solve(problem, rounding=cast("Rounding | None", rounding), digits=digits).traces[0]
    )
    if form is Format.terminal:
        plain = ascii or (output is None and not encodes(sys.stdout.encoding))
        write_text("\n".join(operations_text(graph, ascii=plain)) + "\n", output)
        return
    title = f"Computation graph: {problem.title or problem.name}"
    _write_figure(operation_figure(graph, title), form, output, title, operations_text(graph))


def _worked(
    problem: Problem, rounding: str | None, digits: int | None, sample: int
) -> tuple[Problem, Trace | None, int]:
    """The problem worked out, the trace that holds the sample, and the sample's place in it."""
    if problem.symbolic:
        return problem, None, 0
    from ..values.solution import solve

    solution = solve(problem, rounding=cast("Rounding | None", rounding), digits=digits)
    online = len(solution.traces) > 1
    trace = solution.traces[sample if online else 0]
    return trace.problem, trace, 0 if online else sample
