"""What is said behind a line, and how many decimals it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import backprop

NETWORK = """
title = "one unit"
inputs = [[1.0]]
targets = [[1.0]]
loss = "half_squared_error"
learning_rate = 0.1
{more}
[[layers]]
activation = "relu"
weights = [[{weight}]]
bias = [0.5]

[[layers]]
activation = "identity"
weights = [[2.0]]
"""


def solved(folder: Path, *, weight: str, more: str = "", command: str = "solve") -> str:
    path = folder / "problem.toml"
    path.write_text(NETWORK.format(weight=weight, more=more), encoding="utf-8")
    ran = backprop(command, path, columns=120)
    assert ran.status == 0, ran.err
    return ran.out


@pytest.mark.parametrize(("weight", "off"), [("-0.7", True), ("-0.5", True), ("-0.4", False), ("0.5", False)])
def test_a_relu_is_off_at_0_and_below_and_nowhere_else(tmp_path: Path, weight: str, off: bool) -> None:
    """Its preactivation is weight + 0.5; ReLU′(0) = 0 by the contract."""
    assert ("the unit is off" in solved(tmp_path, weight=weight)) == off


def test_a_mean_square_has_twice_the_decimals_of_a_gradient(tmp_path: Path) -> None:
    """RMSProp with decay 0.9: s = 0.1·g². o = 1.02, g = 0.02·2 = 0.04, s = 0.00016."""
    out = solved(
        tmp_path, weight="0.01", more='optimizer = { name = "rmsprop", decay = 0.9 }', command="step"
    )
    assert re.search(r"\b0\.00016000\b", out), out
