"""The `typst` package, behind one typed function: Typst source → PDF, SVG or PNG."""

from __future__ import annotations

from importlib import import_module

from ..errors import InputError

PIXELS_PER_INCH = 200
LONGEST = {"pdf": 1_500_000, "svg": 500_000, "png": 120_000}  # characters; about a gigabyte of memory each


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
    try:
        typst = import_module("typst")
    except ImportError:
        raise InputError(
            f"writing {form.upper()} needs the typst package, which is not installed",
            help='install it with: pip install "backprop-cli[papers]"',
        ) from None
    made = typst.compile(source.encode(), format=form, ppi=PIXELS_PER_INCH)
    return bytes(made[0] if isinstance(made, list) else made)
