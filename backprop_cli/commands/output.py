"""Where a document goes: to the terminal, or as a paper to a file or a pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .options import BINARY, Format, PaperSize, console, write_paper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..documents.document import Document


def write_document(
    document: Document,
    form: Format,
    output: Path | None = None,
    *,
    ascii: bool = False,
    no_color: bool = False,
    paper: PaperSize = PaperSize.a4,
    fragment: bool = False,
    slow: bool = False,
    reveal: bool = False,
) -> None:
    """Write a document in any format but JSON, which is of numbers and each command's own.

    `slow` shows the next line at a key press, which takes a terminal; `reveal` folds a page's numbers.

    Raises InputError when the file cannot be written, when the `papers` extra is wanted and missing, and
    rather than put a PDF or a PNG on a terminal.
    """
    if reveal and form is not Format.html:
        raise InputError("--reveal folds the numbers of an HTML page", help="name one: -o solution.html")
    if form is Format.terminal:
        from ..render.terminal import show

        pace = _at_a_key_press(output) if slow else None
        with console(output, ascii=ascii, no_color=no_color) as (out, plain):
            show(document, out, ascii=plain, pace=pace)
        return
    if slow:
        raise InputError(_SLOW, help="leave --format and -o out")
    require_file(form, output)
    from ..render.papers import Style, paper_of

    write_paper(paper_of(document, form.value, Style(paper.value, fragment, reveal)), form, output)


_SLOW = "a line at a key press is for a terminal"


def _at_a_key_press(output: Path | None) -> Callable[[], bool]:
    """Waits for a key; False once the rest is wanted at once. Raises InputError without a terminal."""
    if output is not None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(_SLOW, help="run it in one, without a pipe and without -o")
    import typer

    def pace() -> bool:
        key = typer.getchar()
        if key in ("q", "Q", "\x1b", "\x04"):
            raise typer.Exit
        return key not in ("a", "A")

    return pace


def require_file(form: Format, output: Path | None) -> None:
    """Refuse to put what nobody can read on a terminal."""
    if output is None and form in BINARY and sys.stdout.isatty():
        raise InputError(
            f"a {form.value.upper()} is not for the terminal", help=f"name a file: -o solution.{form.value}"
        )
