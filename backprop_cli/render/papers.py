"""The papers: format → the document as bytes. Each renderer is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..documents.document import Document


@dataclass(frozen=True)
class Style:
    """How a paper is set: what it is printed on, and whether it is whole or for pasting into another."""

    paper: str = "a4"
    fragment: bool = False
    reveal: bool = False  # in HTML each step's numbers are folded under its formula


def paper_of(document: Document, form: str, style: Style | None = None) -> bytes:
    """The document as a file of that format; raises InputError where an extra is missing."""
    return PAPERS[form](document, style or Style())


def _markdown(document: Document, style: Style) -> bytes:
    from .markdown import markdown

    return markdown(document).encode()


def _latex(document: Document, style: Style) -> bytes:
    from .latex import latex

    return latex(document, paper=style.paper, fragment=style.fragment).encode()


def _html(document: Document, style: Style) -> bytes:
    from .html import html

    return html(document, fragment=style.fragment, reveal=style.reveal).encode()


def _compiled(form: str) -> Callable[[Document, Style], bytes]:
    def compiled(document: Document, style: Style) -> bytes:
        from .compiler import compiled_as, well_ended
        from .typst import settings_of, typst_source

        if form != "pdf":
            picture = compiled_as(typst_source(document, picture=True), form)
            return _in_words(picture, document) if form == "svg" else picture
        sources = (typst_source(document, paper=style.paper, setting=each) for each in settings_of(document))
        return compiled_as(well_ended(sources), form)

    return compiled


def _in_words(picture: bytes, document: Document) -> bytes:
    """An SVG with what the terminal shows of the document as its description."""
    from .svg_words import in_words
    from .terminal import as_text

    return in_words(picture, document.title, as_text(document, 100).splitlines())


PAPERS: dict[str, Callable[[Document, Style], bytes]] = {
    "markdown": _markdown,
    "latex": _latex,
    "html": _html,
    "pdf": _compiled("pdf"),
    "svg": _compiled("svg"),
    "png": _compiled("png"),
}
