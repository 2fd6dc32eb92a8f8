"""Faults of our own while grading: what one answer brings about never costs another.

Every answer, and every student, is graded by itself where grading them together fails; what still fails is
kept here with the place it was met at, counts as unreadable, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass

UNGRADED = "This could not be graded, through a fault of the program's own: show it to your teacher."


@dataclass(frozen=True)
class Fault:
    """An error of ours: whose sheet and which cell it was met at ("" where it is not known)."""

    source: str
    cell: str
    error: Exception

    @property
    def where(self) -> str:
        return ", ".join(part for part in (self.source, self.cell) if part)
