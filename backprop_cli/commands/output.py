"""Where a document goes: to the terminal, or as a paper to a file or a pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .options import Format, PaperSize, console, write_bytes

if TYPE_CHECKING:
    from ..documents.document import Document

_BINARY = (Format.pdf, Format.png)


def write_document(
    document: Document,
    form: Format,
    output: Path | None = None,
    *,
    ascii: bool = False,
    no_color: bool = False,
    paper: PaperSize = PaperSize.a4,
    fragment: bool = False,
) -> None:
    """Write a document in any format but JSON, which is of numbers and each command's own.

    Raises InputError when the file cannot be written, when the `papers` extra is wanted and missing, and
    rather than put a PDF or a PNG on a terminal.
    """
    if form is Format.terminal:
        from ..render.terminal import show

        with console(output, ascii=ascii, no_color=no_color) as (out, plain):
            show(document, out, ascii=plain)
        return
    require_file(form, output)
    from ..render.papers import Style, paper_of

    write_bytes(paper_of(document, form.value, Style(paper.value, fragment)), output)


def require_file(form: Format, output: Path | None) -> None:
    """Refuse to put what nobody can read on a terminal."""
    if output is None and form in _BINARY and sys.stdout.isatty():
        raise InputError(
            f"a {form.value.upper()} is not for the terminal", help=f"name a file: -o solution.{form.value}"
        )
