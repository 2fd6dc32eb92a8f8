"""`backprop problems`: the bundled problems."""

from __future__ import annotations

from ..files.overwriting import claim
from .options import (
    AsciiOption,
    ForceOption,
    Format,
    FormatOption,
    NoColorOption,
    OutputOption,
    chosen_format,
    write_json,
)
from .output import write_document


def problems(
    format: FormatOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
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
    claim(output, force=force)
    found = [read_problem(name) for name in bundled_names()]
    if form is Format.json:
        from ..documents.catalogue import shape_of_problem

        rows = [
            {"name": p.name, "shape": shape_of_problem(p), "title": p.title, "source": p.source}
            for p in found
        ]
        write_json(rows, output, ascii=ascii)
        return
    from ..documents.catalogue import catalogue

    write_document(catalogue(found), form, output, ascii=ascii, no_color=no_color)
