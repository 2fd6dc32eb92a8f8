"""The cells of a plan, for the judge; they live in `backprop_cli.cells`, which `files` reads too."""

from __future__ import annotations

from ..cells import Cell, Lookup, answerable, cells, cells_of, quantity_name, shape_of

__all__ = ["Cell", "Lookup", "answerable", "cells", "cells_of", "quantity_name", "shape_of"]
