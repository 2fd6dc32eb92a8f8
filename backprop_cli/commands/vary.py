"""`backprop vary`: the same exercise with other numbers for each student."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError
from ..files.overwriting import claim
from .options import PaperOption, PaperSize, ProblemArgument, chosen_problem, write_bytes, write_text
from .streams import tell

if TYPE_CHECKING:
    from ..documents.document import Document
    from ..problem.problem import Problem
    from ..sheets.roster import Student

MOST_VARIANTS = 5_000
MOST_COLUMNS = 8
LONGEST_NAME = 40


def vary(
    problem: ProblemArgument = None,
    count: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=MOST_VARIANTS, help="How many variants.", show_default=False),
    ] = None,
    students: Annotated[
        Path | None,
        typer.Option(metavar="ROSTER.csv", help="A variant for each student of a CSV.", show_default=False),
    ] = None,
    id: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="The roster's column that tells students apart.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="The same seed draws the same numbers.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where the variants go.", show_default=False),
    ] = None,
    paper: PaperOption = PaperSize.a4,
    force: Annotated[bool, typer.Option("--force", help="Write over the variants that are there.")] = False,
) -> None:
    """Write the same exercise with other numbers for each student, and which student has which.

    A variant is as good an exercise as the first: something flows wherever it flowed, nothing saturates, and
    common slips change a digit that is shown. It follows from the seed and the student alone. [vary] in the
    problem file says what is drawn. FOLDER has variants.csv, a problem file for each student, key.csv with
    everybody's answers and, with the papers extra, exam.pdf, key.pdf and answers.pdf. 'backprop check
    --problem FOLDER' grades each by their own.

    \b
    Examples:
      backprop vary w3wi-ds304 --count 4 -o variants
      backprop vary exam.toml --students roster.csv --seed 7 -o variants
      backprop check class.csv --problem variants
    """
    from ..files.problem_file import parse_problem
    from ..files.problem_writing import varied_text
    from ..files.source import read_source
    from ..grading.kinds import kind
    from ..grading.report.exports import FileNames
    from ..grading.variants import hidden_kinds, mistaken_lines, variant
    from ..sheets.roster import VARIANTS, Student, read_roster, variants_csv

    if output is None:
        raise InputError("name the folder for the variants", help="such as: -o variants")
    if (count is None) == (students is None):
        raise InputError("say how many variants, or for whom", help="--count 4, or --students roster.csv")
    if (output / VARIANTS).exists() and not force:
        raise InputError(
            f"{output} has variants already, which students may have been given",
            help="name another folder, or write over them with --force",
        )
    claim(force=force)
    original = chosen_problem(problem)
    if original.symbolic:
        raise InputError(
            "a problem in letters has no numbers to draw", help="give it inputs, targets and weights"
        )
    source = read_source(problem or "problem.toml")
    if students is not None:
        people = read_roster(students, id)
    else:
        width = max(2, len(str(count)))
        people = tuple(Student(f"{n:0{width}}", f"{n:0{width}}") for n in range(1, (count or 0) + 1))
    mistaken = mistaken_lines(original)
    least = hidden_kinds(original, mistaken)
    enough = least.total()
    names = FileNames()
    found: list[Problem] = []
    texts: list[tuple[str, str]] = []
    weaker: dict[str, list[str]] = {}
    for student in people:
        drawn = variant(original, seed_of(seed, student.identity), enough, (), mistaken)
        for code in hidden_kinds(drawn, mistaken) - least:
            weaker.setdefault(code, []).append(student.name)
        name = names.of(student.name)
        text = varied_text(source.text, original, drawn)
        texts.append((name, text))
        found.append(parse_problem(text, f"{name}.toml", name))
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write into {output}: {error.strerror}") from None
    for name, text in texts:
        write_text(text, output / f"{name}.toml")
    write_text(variants_csv(people, [name for name, _ in texts]), output / VARIANTS)
    write_text(_key(people, found), output / "key.csv")
    papers = _write_papers(people, found, output, paper)
    tell(f"{len(texts)} variants of {original.name} in {output}{papers}")
    for code, named in weaker.items():
        shown = ", ".join(named[:8]) + (f" and {len(named) - 8} more" if len(named) > 8 else "")
        tell(f"note: {kind(code)} ({code}) changes the digits of fewer lines than in the original: {shown}")


def seed_of(seed: int, identity: str) -> int:
    """A student's own seed: from the class's and from who it is, whoever else there is."""
    from hashlib import blake2b

    from ..sheets.names import folded

    return int.from_bytes(blake2b(f"{seed}:{folded(identity)}".encode(), digest_size=8).digest())


def _key(people: Sequence[Student], problems: Sequence[Problem]) -> str:
    """Everybody's right answers, a row each."""
    from ..problem.equations import given_by_equations
    from ..sheets.blank_sheet import BlankSheet
    from ..sheets.equation_sheet import EquationSheet
    from ..values.turns import sheet_plan, sheet_trace

    lines: list[str] = []
    for student, problem in zip(people, problems, strict=True):
        kind = EquationSheet if given_by_equations(problem) else BlankSheet
        sheet = kind(sheet_plan(problem), sheet_trace(problem), filled=True)
        header, key = sheet.csv(student.name).splitlines()
        lines += [*([] if lines else [header]), key]
    return "\n".join(lines) + "\n"


def _write_papers(
    people: Sequence[Student], problems: Sequence[Problem], folder: Path, paper: PaperSize
) -> str:
    """The exam and its key, all students in one each; nothing without the extra that sets them."""
    from dataclasses import replace
    from importlib.util import find_spec

    if find_spec("typst") is None:
        return ""
    from ..documents.translated import translated
    from ..documents.worksheet import worksheet_document
    from ..render.compiler import compiled_as
    from ..render.typst import typst_papers
    from ..values.solution import solve

    for name, key in (("exam.pdf", False), ("key.pdf", True)):
        papers = []
        for student, problem in zip(people, problems, strict=True):
            document = translated(
                worksheet_document(problem, solve(problem).traces, key=key), problem.language
            )
            label = student.name if student.name == problem.name else f"{student.name}, {problem.name}"
            papers.append((replace(document, description=""), label))
        write_bytes(compiled_as(typst_papers(papers, paper=paper.value), "pdf"), folder / name)
    answers = typst_papers([(_answers(people, problems), "Answers by version")], paper=paper.value)
    write_bytes(compiled_as(answers, "pdf"), folder / "answers.pdf")
    return ", with exam.pdf, key.pdf and answers.pdf"


def _answers(people: Sequence[Student], problems: Sequence[Problem]) -> Document:
    """The answers by version: a table for each question, a row for each student."""
    from ..documents.document import Block, Column, Document, Heading, Table
    from ..formula.arithmetic import decimal
    from ..problem.equations import given_by_equations
    from ..sheets.sheet_symbols import EquationSheetSymbols, SheetSymbols
    from ..values.asked import asked_steps
    from ..values.turns import sheet_plan, sheet_trace

    first = problems[0]
    plan = sheet_plan(first)
    symbols = (EquationSheetSymbols if given_by_equations(first) else SheetSymbols)(plan)
    traces = [sheet_trace(problem) for problem in problems]
    digits = first.marks.digits or first.digits
    blocks: list[Block] = []
    for step, cells in asked_steps(plan):
        new = "new " if step.quantity.startswith("new") else ""
        blocks.append(Heading(cells[0].name.partition("[")[0]))
        for start in range(0, len(cells), MOST_COLUMNS):
            part = cells[start : start + MOST_COLUMNS]
            heads = (Column(new + symbols.of(step, cell.position), numeric=True) for cell in part)
            rows = tuple(
                (
                    student.name[:LONGEST_NAME],
                    *(
                        decimal(float(trace[step.key][cell.position]), digits[step.phase]).replace("-", "−")
                        for cell in part
                    ),
                )
                for student, trace in zip(people, traces, strict=True)
            )
            blocks.append(Table((Column("Student"), *heads), (rows,)))
    return Document(first.title or first.name, "Answers by version", "", (), (), tuple(blocks))
