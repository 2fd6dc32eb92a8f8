"""`backprop guide`: the manual, one Markdown file a topic."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsciiOption, Format, NoColorOption, OutputOption, console, write_text
from .output import write_document

if TYPE_CHECKING:
    from ..documents.document import Document

GUIDE = Path(__file__).parent.parent / "guide"
# In the order a reader meets them; each is a file of the folder guide.
TOPICS = (
    "problem",
    "notation",
    "rounding",
    "letters",
    "equations",
    "derivations",
    "steps",
    "papers",
    "words",
    "drawings",
    "sheets",
    "grading",
    "classes",
    "variants",
    "week",
    "autograders",
    "practice",
    "gradients",
    "commands",
    "json",
    "python",
    "errors",
    "limits",
)


class SchemaOf(StrEnum):
    """What a schema describes."""

    problem = "problem"
    sheet = "sheet"


def guide(
    topic: Annotated[
        str | None, typer.Argument(metavar="TOPIC", help="What to read about; without it, the topics.")
    ] = None,
    schema: Annotated[
        SchemaOf | None,
        typer.Option(
            "--schema",
            help="The JSON Schema of problem files or sheets, for editors.",
            show_default=False,
        ),
    ] = None,
    output: OutputOption = None,
    ascii: AsciiOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Read the manual: problem files, notation, grading, papers, …

    Rendered in a terminal; in a pipe or a file it is Markdown.

    \b
    Examples:
      backprop guide
      backprop guide notation
      backprop guide grading | less
      backprop guide --schema problem -o problem.schema.json
    """
    if schema is not None:
        import json

        from ..files.schema import SCHEMAS

        write_text(json.dumps(SCHEMAS[schema.value](), indent=2, ensure_ascii=False) + "\n", output)
        return
    if topic is None:
        write_document(_contents(), Format.terminal, output, ascii=ascii, no_color=no_color)
        return
    text = (GUIDE / f"{_known(topic)}.md").read_text(encoding="utf-8")
    if output is not None:
        write_text(text, output)
        return
    with console(output, ascii=ascii, no_color=no_color) as (out, plain):
        if plain:
            from ..render.ascii import to_ascii

            text = "".join(map(to_ascii, text.splitlines(keepends=True)))
        if not out.is_terminal:
            out.file.write(text)
            return
        from rich.markdown import Markdown

        out.print(
            Markdown(_read_aloud(text), code_theme="default", hyperlinks=False), width=min(out.width, 100)
        )


def _known(topic: str) -> str:
    """The topic's file, which may be named by its beginning. Raises InputError for an unknown one."""
    from ..errors import InputError
    from ..files.keys import clipped, suggestion

    begun = [name for name in TOPICS if topic and name.startswith(topic.lower())]
    if topic.lower() in TOPICS or len(begun) == 1:
        return begun[0]
    raise InputError(
        f'the guide has no topic "{clipped(topic)}"',
        help=suggestion(topic, TOPICS, "topics") + '; "backprop guide" tells what each is about',
    )


def _contents() -> Document:
    from ..documents.document import Document, Entry, Paragraph

    entries = []
    for topic in TOPICS:
        title, about = (GUIDE / f"{topic}.md").read_text(encoding="utf-8").split("\n\n")[:2]
        entries.append(Entry(topic, title.removeprefix("# "), (" ".join(about.split()),)))
    hint = Paragraph("Read one: backprop guide problem")
    return Document("The guide to backprop", "", "", (), (), (*entries, hint))


def _read_aloud(text: str) -> str:
    """Without what only a page shows: pictures, and the names under which the tests save examples."""
    lines = (line for line in text.splitlines() if not line.startswith(("![", "<!-- ")))
    return "\n".join(lines)
