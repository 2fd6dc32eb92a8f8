"""How graded sheets are written: to the terminal, as JSON, for Gradescope, and as a file for each student."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .options import Format, console, json_writer, write_bytes, write_json, write_pieces

if TYPE_CHECKING:
    from ..documents.document import Document
    from ..grading.report.report import BaseReport


class CheckFormat(StrEnum):
    """What `check` can write."""

    terminal = "terminal"
    json = "json"
    gradescope = "gradescope"
    markdown = "markdown"
    latex = "latex"
    html = "html"
    pdf = "pdf"


class ReportFormat(StrEnum):
    """What feedback for a student can be."""

    markdown = "markdown"
    html = "html"
    latex = "latex"
    pdf = "pdf"


_REPORT_ENDINGS = {ReportFormat.markdown: "md", ReportFormat.latex: "tex"}
MOST_SHOWN_WHOLE = 3


def write_feedback(
    reports: Sequence[BaseReport], folder: Path, form: ReportFormat, *, hint: bool
) -> list[str]:
    """One file for each student; the names of those of an earlier run that are left there."""
    from ..grading.report.exports import FileNames
    from ..grading.report.feedback import feedback
    from ..render.papers import paper_of

    ending = _REPORT_ENDINGS.get(form, form.value)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names, written = FileNames(), set[str]()
        for graded in reports:
            for student, name in enumerate(_watched(graded.students)):
                path = folder / f"{names.of(name)}.{ending}"
                written.add(path.name)
                write_bytes(paper_of(feedback(graded, student, hint=hint), form.value), path)
        return sorted(one.name for one in folder.glob(f"*.{ending}") if one.name not in written)
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
    from ..render.terminal import show

    with console(output, ascii=ascii, no_color=no_color) as (out, plain):
        documents = (
            document
            for graded in reports
            for document in _documents(graded, ascii=plain, hint=hint, every=every)
        )
        for place, document in enumerate(documents):
            if place:
                out.print()
            show(document, out, ascii=plain)


def _documents(graded: BaseReport, *, ascii: bool, hint: bool, every: bool) -> Iterator[Document]:
    """What the terminal shows of one problem: a class at a glance, or each student's feedback."""
    from ..grading.report.feedback import feedback
    from ..grading.report.summary import class_summary

    graded.use_ascii(ascii)
    is_class = len(graded.students) > MOST_SHOWN_WHOLE
    if is_class:
        yield class_summary(graded)
    if every or not is_class:
        for student in range(len(graded.students)):
            yield feedback(graded, student, hint=hint, every=every)


def _json(
    reports: Sequence[BaseReport],
    output: Path | None,
    *,
    hint: bool,
    every: bool,
    ascii: bool,
    no_color: bool,
) -> None:
    from ..grading.report.exports import json_pieces

    written = json_writer(output, ascii=ascii)
    inner = (
        piece
        for place, graded in enumerate(reports)
        for piece in chain((", ",) if place else (), json_pieces(graded, written, hint=hint))
    )
    one = len(reports) == 1
    write_pieces(chain(() if one else ("[",), inner, ("\n",) if one else ("]\n",)), output)


def _gradescope(
    reports: Sequence[BaseReport],
    output: Path | None,
    *,
    hint: bool,
    every: bool,
    ascii: bool,
    no_color: bool,
) -> None:
    from ..grading.report.exports import gradescope

    students = [(graded, student) for graded in reports for student in range(len(graded.students))]
    if len(students) != 1:
        raise InputError(
            f"--format gradescope is for one student, and there are {len(students)}",
            help="Gradescope runs it once for each submission; for a class use --grades or --format json",
        )
    write_json(gradescope(*students[0], hint=hint), output, ascii=ascii)


def _paper(form: Format) -> Writer:
    """A report on the class as a paper: what to discuss, and whom to see."""

    def write(
        reports: Sequence[BaseReport],
        output: Path | None,
        *,
        hint: bool,
        every: bool,
        ascii: bool,
        no_color: bool,
    ) -> None:
        from ..documents.document import Document, Heading
        from ..grading.report.summary import class_summary
        from .output import write_document

        parts = [class_summary(graded, names=True) for graded in reports]
        if not parts:
            raise InputError("nothing was graded, so there is nothing to report")
        document = parts[0]
        for part in parts[1:]:
            blocks = (*document.blocks, Heading(part.title), *part.blocks)
            document = Document(document.title, document.source, "", (), (), blocks)
        write_document(document, form, output)

    return write


Writer = Callable[..., None]
WRITERS: dict[CheckFormat, Writer] = {
    CheckFormat.terminal: _terminal,
    CheckFormat.json: _json,
    CheckFormat.gradescope: _gradescope,
    **{
        CheckFormat(form.value): _paper(form)
        for form in (Format.markdown, Format.latex, Format.html, Format.pdf)
    },
}
ENDINGS = {
    ".json": CheckFormat.json,
    ".md": CheckFormat.markdown,
    ".tex": CheckFormat.latex,
    ".html": CheckFormat.html,
    ".pdf": CheckFormat.pdf,
}
