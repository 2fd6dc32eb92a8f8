"""`backprop check`: grade answer sheets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError, debugging, internal_error, report
from ..files.overwriting import claim
from .options import AsciiOption, ForceOption, NoColorOption, write_text
from .reports import ENDINGS, WRITERS, CheckFormat, ReportFormat, write_feedback
from .streams import tell

if TYPE_CHECKING:
    from ..grading.grade import Options
    from ..grading.report.report import BaseReport
    from ..plan.steps import Plan
    from ..problem.problem import Problem
    from ..sheets.answers import Answers, HandedIn
    from ..sheets.grid import Grid


class Platform(StrEnum):
    """Whose gradebook is written."""

    plain = "plain"
    canvas = "canvas"
    moodle = "moodle"


class AttemptsChoice(StrEnum):
    """Which of several sheets of one student counts."""

    first = "first"
    last = "last"
    best = "best"


MOST_POINTS = 1000
MOST_COLUMN_BYTES = 1024 * 1024


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
    read: Annotated[
        bool, typer.Option("--read", help="Show how each answer is read, and judge nothing.")
    ] = False,
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
    platform: Annotated[
        Platform, typer.Option("--for", help="Whose gradebook --grades writes.")
    ] = Platform.plain,
    since: Annotated[
        Path | None,
        typer.Option(
            metavar="GRADES", help="Tell what is changed since an earlier --grades.", show_default=False
        ),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROBLEM",
            help="A second key that is as good: each student gets the better of the two.",
            show_default=False,
        ),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Which cell each column of a CSV answers.", show_default=False),
    ] = None,
    draft: Annotated[
        Path | None,
        typer.Option(
            "--columns-draft",
            metavar="FILE",
            help="Write what the columns are taken for, to mend for --columns, and grade nothing.",
            show_default=False,
        ),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write JUnit's XML for a build server.", show_default=False),
    ] = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Wrong answers are no failure of the command.")
    ] = False,
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
    force: ForceOption = False,
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
    from ..sheets.answers import columns_draft, read_answers
    from ..sheets.class_csv import Reading

    credits = _numbers(credit, "--credit", 1, ("follows", "rounded", "slip"))
    points = _numbers(weights, "--weights", MOST_POINTS)
    if output is not None and format is CheckFormat.terminal:
        format = ENDINGS.get(output.suffix.lower(), format)
    reading = Reading(id, attempts.value if attempts else None, _columns(columns))
    paths = [str(path) for path in answers or ()]
    if draft is not None:
        write_text(columns_draft(_one_table(answers), problem or (), reading), draft)
        return
    earlier = _earlier(since)
    handed_in = read_answers(paths, problem or (), reading)
    accepted = [_sheet_plan(source) for source in accept or ()]
    _check_roles(handed_in, points)
    _tell_failures(handed_in)
    if read:
        _show_readings(handed_in, output, ascii=ascii)
        return
    reports: list[BaseReport] = []
    for group in handed_in.groups:
        options = _options(group.problem, credits, points, strict=strict, partial=partial, ascii=ascii)
        best = attempts is AttemptsChoice.best
        reports.append(best_attempts(group, options, accepted) if best else _grade(group, options, accepted))
    claim(grades, output, junit, force=force)
    if handed_in.varied and len(reports) > 1 and format is not CheckFormat.json:
        from ..grading.report.joined import JoinedReport

        reports = [JoinedReport.together(tuple(reports))]
    if grades is not None:
        from ..grading.report.gradebooks import GRADEBOOKS

        write_text(GRADEBOOKS[platform.value](reports), grades)
    if junit is not None:
        from ..grading.report.exports import junit as junit_xml

        write_text(junit_xml(reports), junit)
    if report_folder is not None:
        left = write_feedback(reports, report_folder, report_format, hint=hint)
        _note_left(report_folder, left)
    WRITERS[format](reports, output, hint=hint, every=all, ascii=ascii, no_color=no_color)
    if earlier is not None:
        on_output = format is CheckFormat.terminal and not output
        _tell_changes(earlier, reports, id, ascii=ascii, on_output=on_output)
    faults = {(fault.where, repr(fault.error)): fault for graded in reports for fault in graded.faults}
    for fault in faults.values():
        tell_fault(fault.error, fault.where)
    if faults or any(not isinstance(failure.error, InputError) for failure in handed_in.failures):
        raise typer.Exit(3)
    if handed_in.failures:
        raise typer.Exit(2)
    if not exit_zero and not all_right(reports):
        raise typer.Exit(1)


def all_right(reports: Sequence[BaseReport]) -> bool:
    """Whether everything that was asked is right."""
    return all(graded.all_right() for graded in reports)


def tell_fault(error: Exception, where: str) -> None:
    """A fault of our own in one line, and with BACKPROP_DEBUG=1 where in the program it was."""
    tell(internal_error(error, where))
    if debugging():
        from traceback import format_exception

        tell("".join(format_exception(error)))


def _tell_failures(handed_in: HandedIn) -> None:
    for failure in handed_in.failures:
        if isinstance(failure.error, InputError):
            tell(report(failure.error))
        else:
            tell_fault(failure.error, failure.source)
    for note in handed_in.notes:
        tell(f"note: {note}")


def _show_readings(handed_in: HandedIn, output: Path | None, *, ascii: bool) -> None:
    """What each answer was read as; exit status 2 where a sheet could not be."""
    from ..grading.reading_back import read_back

    lines = [line for group in handed_in.groups for line in read_back(group, ascii=ascii)]
    write_text("\n".join(lines) + "\n", output)
    if handed_in.failures:
        raise typer.Exit(2)


def _grade(answers: Answers, options: Options, accepted: Sequence[Plan] = ()) -> BaseReport:
    """The report on a class; with other keys that are as good, each student by the one that is best."""
    from ..grading.grade import grade
    from ..grading.report.joined import JoinedReport
    from ..grading.symbolic import grade_symbolic

    work = grade_symbolic if answers.problem.symbolic else grade
    report = work(answers, options)
    if not accepted:
        return report
    others = [work(replace(answers, problem=plan.problem, plan=plan), options) for plan in accepted]
    return JoinedReport.better((report, *others))


def best_attempts(answers: Answers, options: Options, accepted: Sequence[Plan] = ()) -> BaseReport:
    """The report on each student's best sheet: the first of those with the highest score."""
    scores = _grade(answers, options, accepted).scores.tolist()
    rows = answers.attempts()
    best = sorted(max(own, key=scores.__getitem__) for own in rows)
    return _grade(answers.part(best), options, accepted)


def _sheet_plan(source: str) -> Plan:
    from ..files.problem_file import read_problem
    from ..values.turns import sheet_plan

    return sheet_plan(read_problem(source))


def _columns(path: Path | None) -> dict[str, object]:
    """What --columns says of a table's headings."""
    if path is None:
        return {}
    from ..files.source import decode, read_limited
    from ..files.toml import parse_toml

    text = decode(read_limited(path, str(path), MOST_COLUMN_BYTES, "it is a small text file"), str(path))
    return dict(parse_toml(text, str(path)))


def _one_table(answers: Sequence[Path] | None) -> Path:
    """The one table that --columns-draft is of."""
    from ..sheets.sheet_problem import CSV_ENDINGS

    if answers is None or len(answers) != 1 or answers[0].suffix.lower() not in CSV_ENDINGS:
        raise InputError(
            "--columns-draft is of one CSV", help="such as: check class.csv --columns-draft map.toml"
        )
    return answers[0]


def _earlier(path: Path | None) -> Grid | None:
    """The grades of an earlier run, read before anything is written."""
    if path is None:
        return None
    from ..sheets.grid import open_csv

    return open_csv(path)


def _tell_changes(
    old: Grid, reports: Sequence[BaseReport], id: str | None, *, ascii: bool, on_output: bool
) -> None:
    """What is changed since an earlier run, for whom."""
    from ..grading.report.regrade import changes

    found = changes(old, reports, id)
    title = f"Changed since {old.file}: " + (f"{len(found)} students" if len(found) != 1 else "1 student")
    lines = [
        title if found else f"Nothing is changed since {old.file}",
        *(f"  {one.said()}" for one in found),
    ]
    arrow = (lambda line: line.replace("→", "->")) if ascii else str
    if on_output:
        typer.echo()
    for line in lines:
        typer.echo(arrow(line), err=not on_output)


def _note_left(folder: Path, left: Sequence[str]) -> None:
    if left:
        shown = ", ".join(left[:8]) + (f" and {len(left) - 8} more" if len(left) > 8 else "")
        tell(f"note: {folder} still has what was written earlier, for nobody graded now: {shown}")


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
