"""Mistakes that programs make in equations: found where they are made, and named by their cause.

The whole simulation is tests/scripts/confusion.py; here stands one of each kind that a change broke once.
"""

from __future__ import annotations

import numpy as np
import pytest
from grading import graded, results
from mistaken_equations import CODES, FAMILIES, System, texts

CASES = (
    ("recurrent", "path-through-time-dropped", "gradient.h"),
    ("recurrent", "transposed", "value.h"),
    ("convolution", "kernel-flipped", "value.z"),
    ("attention", "scale-dropped", "value.s"),
    ("attention", "z-for-a", "gradient.v"),
    ("gate", "gate-swapped", "value.h"),
    ("logistic", "decay-on-bias", "gradient.b"),
    ("circuit", "operation", "value.s"),
)


def system(family: str) -> System:
    return System(family, FAMILIES[family].numbers(np.random.default_rng(5)), 0.1, 5)


@pytest.mark.parametrize(("family", "kind", "line"), CASES)
def test_a_mistake_is_found_in_its_line_and_named(family: str, kind: str, line: str) -> None:
    one = system(family)
    found = results(graded(one.toml(), texts(one.worked((kind, line)).sheet, 5)))
    slips = [each for each in found.values() if each.verdict == "slip"]
    assert slips
    assert {each.cell.partition("[")[0] for each in slips} == {line}
    assert all(each.slip[0] in CODES[kind] for each in slips if each.slip or float(each.answer))


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_an_honest_sheet_has_no_slip(family: str) -> None:
    one = system(family)

    def written(values: np.ndarray) -> np.ndarray:
        return np.round(values, 5)

    for sheet in (one.worked(), one.worked(written=written)):
        found = results(graded(one.toml(), texts(sheet.sheet, 5)))
        assert not [each for each in found.values() if each.verdict == "slip"]


def test_a_number_misread_inside_a_function_is_named_once() -> None:
    """W₂₁ stands inside tanh, where the line is not straight in it."""
    one = system("layers")
    numbers = {**one.numbers, "W": one.numbers["W"].copy()}
    numbers["W"][1, 0] *= -1
    found = results(graded(one.toml(), texts(one.worked(numbers=numbers).sheet, 5)))
    slips = [each for each in found.values() if each.verdict == "slip"]
    assert [(each.cell, each.slip) for each in slips] == [("value.h[2]", ("misread",))]


@pytest.mark.parametrize(
    ("family", "kind", "line", "said"),
    [
        ("logistic", "term-dropped", "value.L", "You left out the term (r·Σⱼ wⱼ²)/2."),
        ("convolution", "kernel-flipped", "value.z", "You went through kₘ from its other end."),
        ("gate", "gate-swapped", "value.h", "You took z₁ and 1 − z₁ the wrong way round."),
        ("attention", "scale-dropped", "value.s", "You did not divide by √(2)."),
    ],
)
def test_what_is_said_of_a_line_is_a_sentence_in_its_own_letters(
    family: str, kind: str, line: str, said: str
) -> None:
    one = system(family)
    report = graded(one.toml(), texts(one.worked((kind, line)).sheet, 5))
    slips = [each for each in results(report).values() if each.verdict == "slip"]
    assert slips[0].message == said
    assert not report.faults
