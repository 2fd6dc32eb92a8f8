"""Matrices set as boxes of text: brackets, baselines, and what becomes of one that is too wide."""

from __future__ import annotations

import pytest

from backprop_cli.documents.document import (
    BigSum,
    Call,
    Digits,
    Fenced,
    Math,
    Matrix,
    Operator,
    Row,
    Superscript,
    Symbol,
    Transposed,
)
from backprop_cli.render.boxes import BoxMath
from backprop_cli.render.text import TextMath

SQUARE = Matrix(((Digits("1.5"), Digits("-2")), (Digits("30"), Digits("0.25"))))
WIDE = Matrix(tuple(tuple(Digits(f"{row}{column}.5") for column in range(1, 10)) for row in (1, 2)))
A = Symbol("A")


def text(math: Math, width: int = 80, *, ascii: bool = False) -> str:
    """The expression as it is printed within a width."""
    lines = [line.rstrip() for box in BoxMath(TextMath(ascii), width).lines(math) for line in box.lines]
    return "\n".join(lines)


def test_a_matrix_has_its_numbers_on_their_points() -> None:
    assert text(SQUARE) == "⎡ 1.5  −2   ⎤\n⎣30     0.25⎦"


def test_in_ascii_it_has_straight_brackets() -> None:
    assert text(SQUARE, ascii=True) == "[ 1.5  -2   ]\n[30     0.25]"


@pytest.mark.parametrize(
    ("math", "expected"),
    [
        (Transposed(SQUARE), "⎡ 1.5  −2   ⎤ᵀ\n⎣30     0.25⎦"),
        (Superscript(SQUARE, Digits("2")), "⎡ 1.5  −2   ⎤²\n⎣30     0.25⎦"),
        (Superscript(SQUARE, A), "⎡ 1.5  −2   ⎤A\n⎣30     0.25⎦"),
        (Fenced(SQUARE), "⎛⎡ 1.5  −2   ⎤⎞\n⎝⎣30     0.25⎦⎠"),
        (Call("ln", (SQUARE,)), "  ⎛⎡ 1.5  −2   ⎤⎞\nln⎝⎣30     0.25⎦⎠"),
        (BigSum("k", "2", SQUARE), "   ⎡ 1.5  −2   ⎤\nΣₖ ⎣30     0.25⎦"),
        (Row((A, Operator("·"), SQUARE)), "    ⎡ 1.5  −2   ⎤\nA · ⎣30     0.25⎦"),
    ],
    ids=["transposed", "squared", "to a letter", "fenced", "called", "summed", "multiplied"],
)
def test_what_stands_around_a_matrix(math: Math, expected: str) -> None:
    assert text(math) == expected


PAGED = """\
⎡11.5  12.5  13.5  14.5⎤
⎣21.5  22.5  23.5  24.5⎦
columns 1–4 of 9
⎡15.5  16.5  17.5  18.5⎤
⎣25.5  26.5  27.5  28.5⎦
columns 5–8 of 9
⎡19.5⎤
⎣29.5⎦
column 9 of 9"""


def test_a_matrix_too_wide_is_paged_by_columns() -> None:
    assert text(WIDE, 26) == PAGED


@pytest.mark.parametrize(
    "math",
    [
        Fenced(WIDE),
        Call("ln", (WIDE,)),
        Superscript(WIDE, Digits("2")),
        Transposed(WIDE),
        BigSum("k", "2", WIDE),
        Row((Operator("−", spaced=False), WIDE)),
        Row((WIDE, Operator("⊙"), Fenced(Row((Digits("1"), Operator("−"), WIDE))))),
        Row((A, Operator("·"), Call("σ", (Fenced(WIDE),)), Operator("+"), Transposed(Fenced(WIDE)))),
    ],
    ids=["fenced", "called", "squared", "transposed", "summed", "negated", "Hadamard", "mixed"],
)
def test_every_number_stays_within_the_width_and_on_the_page(math: Math) -> None:
    printed = text(math, 36)
    assert all(len(line) <= 36 for line in printed.splitlines())
    for row in WIDE.rows:
        for cell in row:
            assert cell.text in printed
