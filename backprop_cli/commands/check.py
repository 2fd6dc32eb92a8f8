"""`backprop check`: grade answer sheets."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InputError, report
from .options import AsciiOption, NoColorOption, console, write_text

if TYPE_CHECKING:
    from ..check.grade import Options
    from ..check.report import BaseReport
    from ..files.answers import HandedIn
    from ..problem import Problem


class CheckFormat(StrEnum):
    """What `check` can write."""

    terminal = "terminal"
    json = "json"
    gradescope = "gradescope"


class ReportFormat(StrEnum):
    """What feedback for a student can be."""

    markdown = "markdown"
    html = "html"
    latex = "latex"
    pdf = "pdf"


_REPORT_ENDINGS = {ReportFormat.markdown: "md", ReportFormat.latex: "tex"}
MOST_SHOWN_WHOLE = 3


def check(
    answers: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="ANSWERS",
            help="Answer sheets, folders of them, or CSVs of a class. Without any: ./answers.toml.",
            show_default=False,
        ),
    ] = None,
    problem: Annotated[
        str | None,
        typer.Option(metavar="PROBLEM", help="Instead of the problem a sheet names.", show_default=False),
    ] = None,
    hint: Annotated[
        bool, typer.Option("--hint", help="Only where a slip is and of what kind, not the answer.")
    ] = False,
    all: Annotated[bool, typer.Option("--all", help="List every cell.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="The key alone: no follow-through.")] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="Count what a sheet leaves out as not answered.")
    ] = False,
    credit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERDICT=CREDIT",
            help="Credit for follows or rounded, such as follows=0.5.",
            show_default=False,
        ),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=POINTS", help="Points for each cell of a role, such as delta=2.", show_default=False
        ),
    ] = None,
    grades: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one CSV line a student to FILE.", show_default=False),
    ] = None,
    report_folder: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="DIR", help="Write feedback for each student into DIR.", show_default=False
        ),
    ] = None,
    report_format: Annotated[
        ReportFormat, typer.Option("--report-format", help="What the feedback of --report is.")
    ] = ReportFormat.markdown,
    format: Annotated[
        CheckFormat, typer.Option("--format", "-f", help="What to write.")
    ] = CheckFormat.terminal,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE.", show_default=False)
    ] = None,
    ascii: AsciiOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Grade answer sheets, following each student's own numbers.

    Honest rounding is right; what follows from an earlier slip is not punished twice; the slip is named.
    The exit status is 0 when everything is right, 1 when an answer is wrong or missing, and 2 when the
    input cannot be used.

    \b
    Examples:
      backprop check answers.toml
      backprop check answers.toml --hint
      backprop check class.csv --problem or-batch --grades grades.csv
      backprop check sheets/ --report feedback --credit follows=0.5
      backprop check answers.toml --format json
    """
    from ..check.grade import grade
    from ..check.symbolic import grade_symbolic
    from ..files.answers import read_answers

    credits = _numbers(credit, "--credit", ("follows", "rounded"))
    points = _numbers(weights, "--weights", None)
    if output is not None and format is CheckFormat.terminal and output.suffix.lower() == ".json":
        format = CheckFormat.json
    handed_in = read_answers([str(path) for path in answers or ()], problem)
    _tell_failures(handed_in)
    reports: list[BaseReport] = []
    for group in handed_in.groups:
        options = _options(group.problem, credits, points, strict=strict, complete=complete, ascii=ascii)
        reports.append((grade_symbolic if group.problem.symbolic else grade)(group, options))
    if grades is not None:
        from ..check.exports import grades_csv

        write_text(grades_csv(reports), grades)
    if report_folder is not None:
        _write_feedback(reports, report_folder, report_format, hint=hint)
    _WRITERS[format](reports, output, hint=hint, every=all, ascii=ascii, no_color=no_color)
    if handed_in.failures:
        raise typer.Exit(2)
    if not all_right(reports):
        raise typer.Exit(1)


def all_right(reports: Sequence[BaseReport]) -> bool:
    """Whether everything that was asked is right."""
    return all(graded.all_right() for graded in reports)


def _tell_failures(handed_in: HandedIn) -> None:
    for failure in handed_in.failures:
        typer.echo(report(failure.error), err=True)
    for group in handed_in.groups:
        if group.ignored:
            typer.echo(
                f"note: columns that are no answers are passed over: {', '.join(group.ignored)}", err=True
            )


def _numbers(texts: Sequence[str] | None, option: str, known: Sequence[str] | None) -> dict[str, float]:
    """NAME=NUMBER options. Raises InputError for anything else."""
    found: dict[str, float] = {}
    for text in (part for given in texts or () for part in given.split(",")):
        name, equals, number = text.strip().partition("=")
        try:
            value = float(number)
        except ValueError:
            equals = ""
            value = -1.0
        if not equals or not 0 <= value <= 1e6:
            raise InputError(
                f"{option} {text}: a name, = and a number of 0 or more are expected",
                help=f"such as {option} {(known or ('delta',))[0]}=0.5",
            )
        if known and name.strip() not in known:
            raise InputError(
                f'{option}: there is no credit to set for "{name}"', help=f"it can be {' or '.join(known)}"
            )
        found[name.strip()] = value
    return found


def _options(
    problem: Problem,
    credits: dict[str, float],
    points: dict[str, float],
    *,
    strict: bool,
    complete: bool,
    ascii: bool,
) -> Options:
    """The problem's own marks, with what the command line says on top."""
    from ..check.grade import Options

    marks = problem.marks
    return Options(
        strict=strict,
        complete=complete,
        follows=credits.get("follows", marks.follows),
        rounded=credits.get("rounded", marks.rounded),
        weights={**marks.weights, **points},
        points=marks.points,
        digits=marks.digits,
        ascii=ascii,
    )


def _write_feedback(reports: Sequence[BaseReport], folder: Path, form: ReportFormat, *, hint: bool) -> None:
    """One file for each student."""
    from ..check.exports import file_name
    from ..check.feedback import feedback
    from ..render.papers import paper_of

    ending = _REPORT_ENDINGS.get(form, form.value)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken: set[str] = set()
        for graded in reports:
            for student, name in enumerate(_watched(graded.students)):
                path = folder / f"{file_name(name, taken)}.{ending}"
                path.write_bytes(paper_of(feedback(graded, student, hint=hint), form.value))
    except OSError as error:
        raise InputError(f"cannot write into {folder}: {error.strerror}") from None


def _watched(students: Sequence[str]) -> Sequence[str]:
    """The students, with a progress bar where it takes a while and somebody watches."""
    if len(students) < 500 or not sys.stderr.isatty():
        return students
    from rich.console import Console
    from rich.progress import track

    return list(track(students, "Writing feedback", console=Console(stderr=True), transient=True))


def _terminal(
    reports: Sequence[BaseReport],
    output: Path | None,
    *,
    hint: bool,
    every: bool,
    ascii: bool,
    no_color: bool,
) -> None:
    from ..check.feedback import feedback
    from ..check.summary import class_summary
    from ..render.terminal import show

    with console(output, ascii=ascii, no_color=no_color) as (out, plain):
        for graded in reports:
            graded.teller.use_ascii(plain)
            if len(graded.students) > MOST_SHOWN_WHOLE:
                show(class_summary(graded), out, ascii=plain)
                if not every:
                    continue
                out.print()
            for student in range(len(graded.students)):
                show(feedback(graded, student, hint=hint, every=every), out, ascii=plain)


def _dump(data: Any, output: Path | None, *, ascii: bool) -> None:
    import json

    write_text(json.dumps(data, ensure_ascii=ascii) + "\n", output)


def _json(
    reports: Sequence[BaseReport],
    output: Path | None,
    *,
    hint: bool,
    every: bool,
    ascii: bool,
    no_color: bool,
) -> None:
    from ..check.exports import to_json

    found = [to_json(graded, hint=hint) for graded in reports]
    _dump(found[0] if len(found) == 1 else found, output, ascii=ascii)


def _gradescope(
    reports: Sequence[BaseReport],
    output: Path | None,
    *,
    hint: bool,
    every: bool,
    ascii: bool,
    no_color: bool,
) -> None:
    from ..check.exports import gradescope

    students = [(graded, student) for graded in reports for student in range(len(graded.students))]
    if len(students) != 1:
        raise InputError(
            f"--format gradescope is for one student, and there are {len(students)}",
            help="Gradescope runs it once for each submission; for a class use --grades or --format json",
        )
    _dump(gradescope(*students[0], hint=hint), output, ascii=ascii)


_WRITERS = {CheckFormat.terminal: _terminal, CheckFormat.json: _json, CheckFormat.gradescope: _gradescope}
