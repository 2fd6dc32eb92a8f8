"""The `typst` package, behind one typed function: Typst source → PDF, SVG or PNG."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from ..errors import InputError

PIXELS_PER_INCH = 200
_PAGE, _TRIED = 6_000, 300_000  # characters of one page, and of a paper that is set only once
LONGEST = {"pdf": 1_500_000, "svg": 500_000, "png": 120_000}  # characters; about a gigabyte of memory each


def well_ended(sources: Iterable[str]) -> str:
    """The first of the sources whose last page is not nearly empty; the first of all where each one's is."""
    first = ""
    for source in sources:
        first = first or source
        short = len(source) < _PAGE and "#question(" not in source
        if short or len(source) > _TRIED or not _ends_early(source):
            return source
    return first


def _ends_early(source: str) -> bool:
    """Whether the text ends near the top of a page that is not the first."""
    found = _typst("PDF").query((source + _END).encode(), "<end-of-paper>", field="value", one=True)
    end = json.loads(found)
    return bool(end["page"] > 1 and end["y"] < end["height"] * _LEAST)


_END = """
#context {
  let place = here().position()
  [#metadata((page: place.page, y: place.y.pt(), height: page.height.pt())) <end-of-paper>]
}
"""
_LEAST = 0.4  # of a last page that is filled


def compiled_as(source: str, form: str) -> bytes:
    """The source compiled; with the typesetter's own fonts only, so that every machine gives the same paper.

    Raises InputError when the `papers` extra is not installed, and for a paper too long to be held in memory:
    a picture is one page of any height, a hundred thousand characters of source are 20,000 pixels of it.
    """
    if len(source) > LONGEST[form]:
        raise InputError(
            f"this is too long for {form.upper()}: {len(source)} characters to typeset, "
            f"and the most is {LONGEST[form]}",
            help="show a part of it, such as --only forward"
            if form == "pdf"
            else "write a PDF, which has pages, or show a part of it, such as --only forward",
        )
    typst = _typst(form.upper())
    made = _accessible(typst, source) if form == "pdf" else None
    made = made or typst.compile(source.encode(), format=form, ppi=PIXELS_PER_INCH)
    return bytes(made[0] if isinstance(made, list) else made)


def _accessible(typst: Any, source: str) -> Any:
    """The PDF as PDF/UA-1 wants it, for screen readers; None where a letter of it is in none of the fonts."""
    try:
        return typst.compile(source.encode(), format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError:
        return None


def _typst(form: str) -> Any:
    """The package. Raises InputError when the `papers` extra is not installed."""
    try:
        return import_module("typst")
    except ImportError:
        raise InputError(
            f"writing {form} needs the typst package, which is not installed",
            help='install it with: pip install "backprop-cli[papers]"',
        ) from None
