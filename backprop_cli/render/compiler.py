"""The `typst` package, behind one typed function: Typst source → PDF, SVG or PNG."""

from __future__ import annotations

from importlib import import_module

from ..errors import InputError

PIXELS_PER_INCH = 200


def compiled_as(source: str, form: str) -> bytes:
    """The source compiled; with the typesetter's own fonts only, so that every machine gives the same paper.

    Raises InputError when the `papers` extra is not installed.
    """
    try:
        typst = import_module("typst")
    except ImportError:
        raise InputError(
            f"writing {form.upper()} needs the typst package, which is not installed",
            help='install it with: pip install "backprop-cli[papers]"',
        ) from None
    made = typst.compile(source.encode(), format=form, ppi=PIXELS_PER_INCH)
    return bytes(made[0] if isinstance(made, list) else made)
