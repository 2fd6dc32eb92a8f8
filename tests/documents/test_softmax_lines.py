"""A softmax of many classes: its denominator is written and worked out once."""

from __future__ import annotations

import math
import re
from pathlib import Path

from command_line import backprop

PROBLEM = """
inputs  = [[1.0]]
targets = [[0, 0, 1, 0, 0]]
loss    = "cross_entropy"
[[layers]]
activation = "softmax"
weights = [[0.1], [0.2], [0.3], [-0.4], [0.5]]
"""


def test_the_denominator_of_a_softmax_is_written_once(tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    file.write_text(PROBLEM, encoding="utf-8")
    text = backprop("solve", str(file), "--only", "forward", columns=120).out
    total = sum(map(math.exp, (0.1, 0.2, 0.3, -0.4, 0.5)))
    assert re.search(rf"S += e\^0\.1000 \+ .* ≈ {total:.4f}", text)
    assert len(re.findall(r"/S\s+[=≈]", text)) == 5
    assert f"{math.exp(0.1) / total:.4f}" in text


def test_a_denominator_of_two_classes_stays_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    two = PROBLEM.replace("[0, 0, 1, 0, 0]", "[0, 1]").replace(", [0.3], [-0.4], [0.5]", "")
    file.write_text(two, encoding="utf-8")
    assert "/S" not in backprop("solve", str(file), "--only", "forward").out
