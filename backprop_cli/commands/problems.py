"""`backprop problems`: the bundled problems."""

from __future__ import annotations

from .options import (
    AsciiOption,
    Format,
    FormatOption,
    NoColorOption,
    OutputOption,
    chosen_format,
    write_text,
)
from .output import write_document


def problems(
    format: FormatOption = None,
    output: OutputOption = None,
    ascii: AsciiOption = False,
    no_color: NoColorOption = False,
) -> None:
    """List the bundled problems: name, shape, title and source.

    \b
    Examples:
      backprop problems
      backprop problems --format json
    """
    from ..files.bundled import bundled_names
    from ..files.problem_file import read_problem

    form = chosen_format(format, output)
    found = [read_problem(name) for name in bundled_names()]
    if form is Format.json:
        import json

        rows = [{"name": p.name, "shape": p.shape, "title": p.title, "source": p.source} for p in found]
        write_text(json.dumps(rows, ensure_ascii=ascii) + "\n", output)
        return
    from ..documents.catalogue import catalogue

    write_document(catalogue(found), form, output, ascii=ascii, no_color=no_color)
