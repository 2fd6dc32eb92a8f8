"""The options that several commands share, and where their output goes."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from ..problem.problem import Problem


class Format(StrEnum):
    """What a command can write."""

    terminal = "terminal"
    json = "json"
    markdown = "markdown"
    latex = "latex"
    html = "html"
    pdf = "pdf"
    svg = "svg"
    png = "png"


BINARY = (Format.pdf, Format.png)


class PaperSize(StrEnum):
    """What a PDF is printed on."""

    a4 = "a4"
    letter = "letter"


class RoundingChoice(StrEnum):
    """Whether full precision is carried or every written line is rounded."""

    carry = "carry"
    each_step = "each-step"


ProblemArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="PROBLEM",
        help="A problem file, '-' for standard input, or a bundled problem's name. "
        "Without it: ./problem.toml.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format", "-f", help="Default: terminal, or what the ending of -o says.", show_default=False
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to FILE; its ending picks the format.",
        show_default=False,
    ),
]
DigitsOption = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, max=15, help="Decimals shown, instead of the file's.", show_default=False
    ),
]
RoundingOption = Annotated[
    RoundingChoice | None,
    typer.Option(
        help="Carry full precision, or round every written line before the next one uses it (each-step).",
        show_default=False,
    ),
]
NoFigureOption = Annotated[bool, typer.Option("--no-figure", help="On paper, no drawing of the network.")]
PaperOption = Annotated[PaperSize, typer.Option(help="What a PDF is printed on.")]
FragmentOption = Annotated[
    bool, typer.Option("--fragment", help="LaTeX or HTML to paste into a document of one's own.")
]
AsciiOption = Annotated[bool, typer.Option("--ascii", help="No character outside ASCII: δ becomes delta.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Write over a file that is read, or that holds a problem or answers.")
]
SLOW = "The next line at a key press, for a lecture: any key goes on, a shows all the rest, q stops."
NoColorOption = Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR does the same.")]

_ENDINGS = {
    ".json": Format.json,
    ".txt": Format.terminal,
    ".md": Format.markdown,
    ".tex": Format.latex,
    ".html": Format.html,
    ".pdf": Format.pdf,
    ".svg": Format.svg,
    ".png": Format.png,
}


def chosen_problem(source: str | None) -> Problem:
    """The problem named on the command line, or ./problem.toml.

    Raises InputError saying what to do when there is none.
    """
    from ..files.problem_file import read_problem

    if source is None:
        if not Path("problem.toml").is_file():
            raise InputError(
                "no problem given, and there is no problem.toml in this folder",
                help="name a file, or a bundled problem: backprop solve w3wi-ds304 "
                "('backprop problems' lists them)",
            )
        source = "problem.toml"
    return read_problem(source)


def chosen_format(wanted: Format | None, output: Path | None) -> Format:
    """The format asked for, else the one the output file's ending names, else the terminal's."""
    if wanted is not None:
        return wanted
    if output is None:
        return Format.terminal
    if output.suffix.lower() not in _ENDINGS:
        raise InputError(
            f"cannot tell the format of {output} from its ending",
            help=f"end its name in {', '.join(_ENDINGS)}, or name a format with --format",
        )
    return _ENDINGS[output.suffix.lower()]


def write_text(text: str, output: Path | None) -> None:
    """Write text to a file, or to standard output."""
    if output is None:
        sys.stdout.write(text)
        return
    write_bytes(text.encode(), output)


def write_pieces(pieces: Iterable[str], output: Path | None) -> None:
    """Write a text that comes piece by piece, to a file whole or not at all."""
    if output is None:
        sys.stdout.writelines(pieces)
        return
    from ..files.saving import save

    save(output, (piece.encode() for piece in pieces))


def write_json(data: object, output: Path | None, *, ascii: bool = False, indent: int | None = None) -> None:
    """Write numbers and names for other programs; what steers a terminal stands there as \\u009b."""
    write_text(json_writer(output, ascii=ascii, indent=indent)(data) + "\n", output)


def json_writer(
    output: Path | None, *, ascii: bool = False, indent: int | None = None
) -> Callable[[object], str]:
    """What writes a value as JSON for an output."""
    import json

    plain = ascii or (output is None and not encodes(sys.stdout.encoding))

    def written(data: object) -> str:
        text = json.dumps(data, ensure_ascii=plain, indent=indent)
        return re.sub(_STEERING, lambda found: f"\\u{ord(found.group()):04x}", text)

    return written


# Control characters, those that turn the direction of writing, and halves of a pair.
_STEERING = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"


def write_bytes(data: bytes, output: Path | None) -> None:
    """Write a paper to a file, whole or not at all, or to standard output as it is."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    from ..files.saving import save

    save(output, data)


def write_paper(paper: bytes, form: Format, output: Path | None) -> None:
    """Write a paper; to a standard output without our symbols in ASCII, where the format is one of text."""
    if output is None and form not in BINARY and not encodes(sys.stdout.encoding):
        from ..render.ascii import to_ascii

        text = paper.decode()
        if form in (Format.html, Format.svg):
            write_bytes(text.encode("ascii", "xmlcharrefreplace"), None)
        else:
            write_text(to_ascii(text), None)
        return
    write_bytes(paper, output)


@contextmanager
def console(output: Path | None, *, ascii: bool, no_color: bool) -> Iterator[tuple[Console, bool]]:
    """A Rich console on standard output or on a file, and whether it must keep to ASCII.

    A terminal that cannot encode the symbols gets ASCII rather than a crash. A file is written at the end.
    """
    from rich.console import Console

    if output is None:
        plain = ascii or not encodes(sys.stdout.encoding)
        yield (
            Console(file=sys.stdout, no_color=no_color or None, highlight=False, markup=False, emoji=False),
            plain,
        )
        return
    text = io.StringIO()
    yield (
        Console(file=text, width=80, no_color=True, highlight=False, markup=False, emoji=False),
        ascii,
    )
    write_text(text.getvalue(), output)


def encodes(encoding: str | None) -> bool:
    """Whether an output can hold the symbols."""
    try:
        "δΣ∂ₖ⁽¹⁾⎡⎦−·≈←⊙".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
