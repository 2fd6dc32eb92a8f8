"""A given number misread and used throughout is one slip; what follows from it follows."""

from __future__ import annotations

import numpy as np
import pytest
from grading import graded, results
from misreadings import CASES, NET, misread
from mistaken import texts, worked


@pytest.mark.parametrize(("what", "place", "value", "symbol", "shown"), CASES)
def test_a_number_misread_throughout_is_one_slip(
    what: str, place: tuple[int, ...], value: float, symbol: str, shown: str
) -> None:
    report = graded(NET.toml(), texts(worked(misread(what, place, value)), NET))
    slips = [cell for cell in results(report).values() if cell.verdict == "slip"]
    assert len(slips) == 1, [(cell.cell, cell.slip) for cell in slips]
    assert slips[0].slip == ("misread",)
    assert symbol in slips[0].message
    assert shown in slips[0].message


def test_two_random_slips_are_no_misreading() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        sheet = worked(NET)
        sheet["1.preactivation"][0, 0] += rng.uniform(0.01, 1)
        sheet["2.preactivation"][1, 0] -= rng.uniform(0.01, 1)
        slips = results(graded(NET.toml(), texts(sheet, NET))).values()
        assert sum(cell.slip[:1] == ("misread",) for cell in slips) == 0
