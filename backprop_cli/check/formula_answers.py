"""Cells and whole quantities answered by a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .cells import Cell
from .diagnose import CellKey
from .judge import Judgement


def mark_formulas(
    judgement: Judgement,
    formulas: Mapping[CellKey, str],
    wholes: Mapping[str, Sequence[str]],
    found: Sequence[Cell],
) -> dict[CellKey, str]:
    """Judge what is answered by a formula, and say why the wrong ones are wrong."""
    return {}
