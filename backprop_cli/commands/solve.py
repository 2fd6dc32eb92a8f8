"""`backprop solve`: the worked solution."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ..errors import InputError
from ..files.overwriting import claim
from .options import (
    SLOW,
    AsciiOption,
    DigitsOption,
    ForceOption,
    Format,
    FormatOption,
    FragmentOption,
    NoColorOption,
    NoFigureOption,
    OutputOption,
    PaperOption,
    PaperSize,
    ProblemArgument,
    RoundingOption,
    chosen_format,
    chosen_problem,
    write_json,
)
from .output import write_document

if TYPE_CHECKING:
    from ..problem.problem import Phase, Rounding


class Part(StrEnum):
    """A part of the worked solution."""

    forward = "forward"
    loss = "loss"
    backward = "backward"
    gradients = "gradients"
    update = "update"


class Values(StrEnum):
    """Where a symbolic problem takes its numbers from."""

    random = "random"


def solve(
    problem: ProblemArgument = None,
    only: Annotated[
        list[Part] | None,
        typer.Option(help="Only this part; may be given several times.", show_default=False),
    ] = None,
    digits: DigitsOption = None,
    rounding: RoundingOption = None,
    values: Annotated[
        Values | None,
        typer.Option(help="Put numbers into a problem that has only symbols.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Which random numbers.")] = 0,
    format: FormatOption = None,
    output: OutputOption = None,
    paper: PaperOption = PaperSize.a4,
    no_figure: NoFigureOption = False,
    fragment: FragmentOption = False,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="In HTML, fold each step's numbers under its formula.")
    ] = False,
    slow: Annotated[bool, typer.Option("--slow", help=SLOW)] = False,
    force: ForceOption = False,
    ascii: AsciiOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Work a problem out, step by step.

    Forward pass, loss, backward pass, gradients, update: every step shows its formula in the problem's own
    notation, then the numbers put in, then the result.

    \b
    Examples:
      backprop solve w3wi-ds304
      backprop solve my-problem.toml --only backward --digits 3
      backprop solve or-batch --rounding each-step
      backprop solve umons --values random --seed 7
      backprop solve w3wi-ds304 --format json | jq .loss
      backprop solve w3wi-ds304 -o handout.pdf
    """
    form = chosen_format(format, output)
    chosen = chosen_problem(problem)
    claim(output, force=force)
    if values is not None:
        from ..values.random_numbers import with_random_numbers

        chosen = with_random_numbers(chosen, seed)
    if chosen.symbolic and form is Format.json:
        raise InputError(
            f"{chosen.title or chosen.name} has symbols only, and JSON is for numbers",
            help="put numbers in with --values random --seed 7, or leave --format out to read its equations",
        )
    from ..documents.worked_solution import solution_document
    from ..plan.plan import make_plan

    phases = phases_of(only)
    trace = None
    if chosen.symbolic:
        document = solution_document(make_plan(chosen), (), phases)
    else:
        from ..values.solution import solve as work_out

        solution = work_out(
            chosen, rounding=cast("Rounding | None", rounding and rounding.value), digits=digits
        )
        if form is Format.json:
            write_json(solution.to_dict(), output, ascii=ascii)
            return
        trace = solution.traces[0]
        document = solution_document(trace.plan, solution.traces, phases)
    if form is not Format.terminal and not no_figure and only is None:
        from ..documents.drawn import with_figure

        document = with_figure(document, trace.problem if trace else chosen, trace)
    from ..documents.translated import translated

    write_document(
        translated(document, chosen.language),
        form,
        output,
        ascii=ascii,
        no_color=no_color,
        paper=paper,
        fragment=fragment,
        slow=slow,
        reveal=reveal,
    )


def phases_of(parts: list[Part] | None) -> frozenset[Phase]:
    """The phases of the plan that the wanted parts are; all of them by default."""
    names: dict[Part, Phase] = {
        Part.forward: "forward",
        Part.loss: "loss",
        Part.backward: "backward",
        Part.gradients: "gradient",
        Part.update: "update",
    }
    return frozenset(names[part] for part in parts or Part)
