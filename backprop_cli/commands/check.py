"""`backprop check`: grade answer sheets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError, debugging, internal_error, report
from .options import AsciiOption, NoColorOption, write_text
from .reports import WRITERS, CheckFormat, ReportFormat, write_feedback

if TYPE_CHECKING:
    from ..grading.grade import Options
    from ..grading.report.report import BaseReport
    from ..problem.problem import Problem
    from ..sheets.answers import Answers, HandedIn


class AttemptsChoice(StrEnum):
    """Which of several sheets of one student counts."""

    first = "first"
    last = "last"
    best = "best"


MOST_POINTS = 1000


def check(
    answers: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="ANSWERS...",
            help="Answer sheets, folders of them, or CSVs of a class. Without any: ./answers.toml.",
            show_default=False,
        ),
    ] = None,
    problem: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROBLEM",
            help="The problem that counts, whatever a sheet names; may be given several times.",
            show_default=False,
        ),
    ] = None,
    hint: Annotated[
        bool, typer.Option("--hint", help="Only where a slip is and of what kind, not the answer.")
    ] = False,
    all: Annotated[bool, typer.Option("--all", help="List every cell.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="The key alone: no follow-through.")] = False,
    partial: Annotated[
        bool,
        typer.Option(
            "--partial/--complete",
            help="Count only what is answered; by default what a sheet leaves out counts as not answered.",
            show_default=False,
        ),
    ] = False,
    attempts: Annotated[
        AttemptsChoice | None,
        typer.Option(
            help="Which of several sheets of one student counts. Without it none does.", show_default=False
        ),
    ] = None,
    id: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column that tells one student from another, such as an e-mail address.",
            show_default=False,
        ),
    ] = None,
    credit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERDICT=CREDIT",
            help="Credit for follows, rounded or slip, such as follows=0.5.",
            show_default=False,
        ),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=POINTS",
            help="Points for each cell of a role, or for one cell: delta=2, out.delta[1]=0.",
            show_default=False,
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
    from ..sheets.answers import read_answers
    from ..sheets.class_csv import Reading

    credits = _numbers(credit, "--credit", 1, ("follows", "rounded", "slip"))
    points = _numbers(weights, "--weights", MOST_POINTS)
    if output is not None and format is CheckFormat.terminal and output.suffix.lower() == ".json":
        format = CheckFormat.json
    reading = Reading(id, attempts.value if attempts else None)
    handed_in = read_answers([str(path) for path in answers or ()], problem or (), reading)
    _check_roles(handed_in, points)
    _tell_failures(handed_in)
    reports: list[BaseReport] = []
    for group in handed_in.groups:
        options = _options(group.problem, credits, points, strict=strict, partial=partial, ascii=ascii)
        reports.append(
            best_attempts(group, options) if attempts is AttemptsChoice.best else _grade(group, options)
        )
    if grades is not None:
        from ..grading.report.exports import grades_csv

        write_text(grades_csv(reports), grades)
    if report_folder is not None:
        write_feedback(reports, report_folder, report_format, hint=hint)
    WRITERS[format](reports, output, hint=hint, every=all, ascii=ascii, no_color=no_color)
    faults = {(fault.where, repr(fault.error)): fault for graded in reports for fault in graded.faults}
    for fault in faults.values():
        tell_fault(fault.error, fault.where)
    if faults or any(not isinstance(failure.error, InputError) for failure in handed_in.failures):
        raise typer.Exit(3)
    if handed_in.failures:
        raise typer.Exit(2)
    if not all_right(reports):
        raise typer.Exit(1)


def all_right(reports: Sequence[BaseReport]) -> bool:
    """Whether everything that was asked is right."""
    return all(graded.all_right() for graded in reports)


def tell_fault(error: Exception, where: str) -> None:
    """A fault of our own in one line, and with BACKPROP_DEBUG=1 where in the program it was."""
    typer.echo(internal_error(error, where), err=True)
    if debugging():
        from traceback import format_exception

        typer.echo("".join(format_exception(error)), err=True)


def _tell_failures(handed_in: HandedIn) -> None:
    for failure in handed_in.failures:
        if isinstance(failure.error, InputError):
            typer.echo(report(failure.error), err=True)
        else:
            tell_fault(failure.error, failure.source)
    for note in handed_in.notes:
        typer.echo(f"note: {note}", err=True)


def _grade(answers: Answers, options: Options) -> BaseReport:
    from ..grading.grade import grade
    from ..grading.symbolic import grade_symbolic

    return (grade_symbolic if answers.problem.symbolic else grade)(answers, options)


def best_attempts(answers: Answers, options: Options) -> BaseReport:
    """The report on each student's best sheet: the first of those with the highest score."""
    scores = _grade(answers, options).scores.tolist()
    rows = answers.attempts()
    return _grade(answers.part(sorted(max(own, key=scores.__getitem__) for own in rows)), options)


def _check_roles(handed_in: HandedIn, points: dict[str, float]) -> None:
    """Raises InputError for points of a role, a quantity or a cell that no problem has."""
    from ..files.keys import suggestion
    from ..values.cells import Lookup

    if not points:
        return
    lookups = [Lookup(group.plan) for group in handed_in.groups]
    names = [name for lookup in lookups for name in lookup.steps]
    roles = tuple(dict.fromkeys(name.rpartition(".")[2] for name in names))
    for role in list(points):
        cells = {cell.name for lookup in lookups if (cell := lookup.find(role))}
        if cells and role not in names:
            points |= dict.fromkeys(cells, points[role])
        elif role not in roles and role not in names:
            raise InputError(
                f'--weights: nothing is called "{role}" here', help=suggestion(role, roles, "roles")
            )


def _numbers(
    texts: Sequence[str] | None, option: str, most: float, known: Sequence[str] = ()
) -> dict[str, float]:
    """NAME=NUMBER options. Raises InputError for anything else."""
    found: dict[str, float] = {}
    for text in (part for given in texts or () for part in re.split(r",(?![^\[]*\])", given)):
        name, equals, number = text.strip().rpartition("=")
        try:
            value = float(number)
        except ValueError:
            equals = ""
            value = -1.0
        if not equals or not 0 <= value <= most:
            raise InputError(
                f"{option} {text}: a name, = and a number from 0 to {most:g} are expected",
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
    partial: bool,
    ascii: bool,
) -> Options:
    """The problem's own marks, with what the command line says on top."""
    from ..grading.grade import Options

    marks = problem.marks
    return Options(
        strict=strict,
        partial=partial,
        follows=credits.get("follows", marks.follows),
        rounded=credits.get("rounded", marks.rounded),
        slip=credits.get("slip", 0.0),
        weights={**marks.weights, **points},
        points=marks.points,
        digits=marks.digits,
        ascii=ascii,
    )
