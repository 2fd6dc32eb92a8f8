"""`backprop sheet`: the answer sheet to fill in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError
from ..files.overwriting import claim
from .options import (
    AsciiOption,
    ForceOption,
    Format,
    FragmentOption,
    NoFigureOption,
    PaperOption,
    PaperSize,
    ProblemArgument,
    chosen_problem,
    write_text,
)
from .output import write_document
from .solve import Part, phases_of

if TYPE_CHECKING:
    from ..documents.document import Document
    from ..problem.problem import Phase, Problem


class SheetFormat(StrEnum):
    """What an answer sheet can be."""

    toml = "toml"
    csv = "csv"
    moodle = "moodle"
    markdown = "markdown"
    latex = "latex"
    html = "html"
    pdf = "pdf"
    svg = "svg"
    png = "png"


class Room(StrEnum):
    """How much room a paper has under each question."""

    none = "none"
    small = "small"
    large = "large"


def sheet(
    problem: ProblemArgument = None,
    fill: Annotated[
        bool, typer.Option("--fill", "--key", help="Write the key: the answers filled in.")
    ] = False,
    format: Annotated[
        SheetFormat | None,
        typer.Option(
            "--format",
            "-f",
            help="toml, one student's sheet, csv, a class's table, moodle, a question bank, or a worksheet "
            "to print. "
            "Default: toml, or what -o says.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to FILE.", show_default=False),
    ] = None,
    only: Annotated[
        list[Part] | None,
        typer.Option(help="On paper, only this part; may be given several times.", show_default=False),
    ] = None,
    room: Annotated[Room, typer.Option(help="On paper, how much room for working.")] = Room.small,
    no_figure: NoFigureOption = False,
    paper: PaperOption = PaperSize.a4,
    fragment: FragmentOption = False,
    force: ForceOption = False,
    ascii: AsciiOption = False,
) -> None:
    """Write the blank answer sheet of a problem, the handout's own symbol beside each line.

    A sheet filled in goes to 'backprop check'. A problem in letters asks for formulas.

    \b
    Examples:
      backprop sheet w3wi-ds304 -o answers.toml
      backprop sheet w3wi-ds304 --fill
      backprop sheet or-batch -o class.csv
      backprop sheet w3wi-ds304 -o exam.pdf
      backprop sheet w3wi-ds304 --key -o key.pdf
    """
    form = format or _by_ending(output)
    claim(force=force)
    if form is SheetFormat.moodle:
        from ..grading.moodle import question_bank

        write_text(question_bank(chosen_problem(problem)), output)
        return
    if form not in (SheetFormat.toml, SheetFormat.csv):
        chosen = chosen_problem(problem)
        document = _worksheet(chosen, fill, phases_of(only), room, not no_figure)
        write_document(document, Format(form.value), output, paper=paper, fragment=fragment)
        return
    write_text(_text(chosen_problem(problem), form, fill=fill, ascii=ascii), output)


def _worksheet(problem: Problem, key: bool, only: frozenset[Phase], room: Room, figure: bool) -> Document:
    from ..documents.translated import translated
    from ..documents.worksheet import worksheet_document
    from ..values.solution import solve

    traces = () if problem.symbolic else solve(problem).traces
    document = worksheet_document(problem, traces, key=key, only=only, room=room.value, figure=figure)
    return translated(document, problem.language)


def _text(problem: Problem, form: SheetFormat, *, fill: bool, ascii: bool) -> str:
    from ..problem.equations import given_by_equations
    from ..sheets.blank_sheet import BlankSheet
    from ..sheets.equation_sheet import EquationSheet
    from ..values.turns import sheet_plan, sheet_trace

    trace = sheet_trace(problem) if fill and not problem.symbolic else None
    kind = EquationSheet if given_by_equations(problem) else BlankSheet
    blank = kind(sheet_plan(problem), trace, filled=fill, ascii=ascii)
    return blank.csv() if form is SheetFormat.csv else blank.toml("key" if fill else "")


_ENDINGS = {SheetFormat.markdown: ".md", SheetFormat.latex: ".tex", SheetFormat.moodle: ".xml"}


def _by_ending(output: Path | None) -> SheetFormat:
    endings = {_ENDINGS.get(form, f".{form.value}"): form for form in SheetFormat}
    if output is None:
        return SheetFormat.toml
    if output.suffix.lower() not in endings:
        raise InputError(
            f"cannot tell the format of {output} from its ending",
            help=f"end its name in {', '.join(endings)}, or name a format with --format",
        )
    return endings[output.suffix.lower()]
