"""One graded cell: what stands in it, what was due, the verdict, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CellResult:
    """One graded cell, as the contract's JSON has it; `cell` is its name, `symbol` the handout's."""

    cell: str
    symbol: str
    answer: str
    expected: float | str
    from_yours: float | None
    verdict: str
    credit: float
    points: float
    slip: tuple[str, ...]  # the codes, likeliest first
    message: str
    worked: str = ""
    digits: int = 4

    def to_dict(self, *, hint: bool = False) -> dict[str, Any]:
        """The cell of the contract's JSON; `hint` leaves out what the answer is."""
        result: dict[str, Any] = {"cell": self.cell, "answer": self.answer}
        if hint:
            result |= {"verdict": self.verdict, "credit": self.credit, "slip": list(self.slip)}
            return result | ({"message": self.message} if self.verdict == "invalid" else {})
        result["expected"] = self.expected
        if self.from_yours is not None:
            result["from_yours"] = self.from_yours
        result |= {"verdict": self.verdict, "credit": self.credit, "slip": list(self.slip)}
        result["message"] = f"{self.message} {self.worked}".strip()
        return result
