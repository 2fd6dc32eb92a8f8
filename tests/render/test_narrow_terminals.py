"""The terminal at 40 and at 120 columns: nothing is cut, and powers of ten are written as on paper."""

from __future__ import annotations

import pytest

from backprop_cli.documents.document import (
    Block,
    Column,
    Digits,
    Document,
    Equation,
    Equations,
    Heading,
    Relation,
    Symbol,
    Table,
    Word,
)
from backprop_cli.files.bundled import bundled_names
from backprop_cli.render.terminal import as_text
from backprop_cli.render.text import TextMath

from papers import document_of  # isort: skip


def shown(*blocks: Block, width: int = 40) -> list[str]:
    return as_text(Document("", "", "", (), (), blocks), width).splitlines()


@pytest.mark.parametrize("name", bundled_names())
def test_nothing_is_wider_than_a_terminal_of_40_columns(name: str) -> None:
    wide = [line for line in as_text(document_of(name), 40).splitlines() if len(line) > 40]
    assert wide == []


def test_a_table_too_wide_for_its_columns_is_told_row_by_row() -> None:
    titles = ("Neuron", "Preactivation-of-it", "Activation-of-its-unit")
    table = Table(tuple(map(Column, titles)), ((("n", Digits("0.61"), Digits("-0.2")),),))
    assert shown(table) == [
        "   Neuron n",
        "     Preactivation-of-it     0.61",
        "     Activation-of-its-unit  −0.2",
    ]


def test_a_long_heading_is_broken_between_words() -> None:
    heading = Heading("Weight and bias gradients in the output layer", "Step 3")
    assert shown(heading) == ["Step 3  Weight and bias gradients in the", "        output layer"]


@pytest.mark.parametrize(
    ("text", "said", "ascii"),
    [
        ("6.02e+23", "6.02·10²³", "6.02e+23"),
        ("-1.5e-07", "−1.5·10⁻⁷", "-1.5e-07"),
        ("0.20", "0.20", "0.20"),
        ("…", "…", "..."),
    ],
)
def test_powers_of_ten_are_written_as_on_paper(text: str, said: str, ascii: str) -> None:
    assert TextMath().line(Digits(text)) == said
    assert TextMath(ascii=True).line(Digits(text)) == ascii


def test_a_result_stays_on_its_line_at_120_columns_where_it_fits() -> None:
    worked = Word("x" * 100)
    line = Equation(Symbol("a"), (Relation("=", worked), Relation("=", Digits("0.5"), result=True)))
    assert len(shown(Equations((line,)), width=120)) == 1
