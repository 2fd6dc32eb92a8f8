"""What is wider than the page is broken or set in blocks, in every format."""

from __future__ import annotations

import re

import pytest
from command_line import backprop

from backprop_cli.documents.document import Digits, Matrix
from backprop_cli.render.shapes import MATRIX, blocks_of, width

WIDE = Matrix((tuple(Digits(f"0.{place:02d}") for place in range(64)),) * 2)


def problem(layout: str) -> bytes:
    row = ", ".join("0.25" for _ in range(64))
    return f"""
inputs = {[[0.5] * 64]}
targets = [[1]]
loss = "squared_error"
learning_rate = 0.1
notation = {{ layout = "{layout}" }}
[[layers]]
activation = "sigmoid"
weights = [[{row}]]
bias = 0.1
""".encode()


def test_a_wide_matrix_is_set_in_blocks_that_have_every_column_once() -> None:
    blocks = blocks_of(WIDE)
    assert len(blocks) > 1
    assert all(width(block) <= MATRIX + 2 for block, _ in blocks)
    assert [cell for block, _ in blocks for cell in block.rows[0]] == list(WIDE.rows[0])
    words = [re.findall(r"\d+", about) for _, about in blocks]
    assert [int(numbers[0]) for numbers in words[1:]] == [int(numbers[-2]) + 1 for numbers in words[:-1]]


def test_a_matrix_that_fits_stays_whole() -> None:
    small = Matrix((WIDE.rows[0][:5],))
    assert blocks_of(small) == [(small, "")]


@pytest.mark.parametrize("form", ["markdown", "latex"])
@pytest.mark.parametrize("layout", ["neurons", "matrix"])
@pytest.mark.parametrize("command", ["solve", "sheet"])
def test_no_line_of_64_inputs_is_wider_than_the_page(command: str, layout: str, form: str) -> None:
    ran = backprop(command, "-", "--format", form, stdin=problem(layout))
    assert ran.status == 0, ran.err
    for row in re.split(r"\\\\|\n", ran.out):
        assert len(re.findall(r"0\.[0-9]+", row)) <= 24, row
