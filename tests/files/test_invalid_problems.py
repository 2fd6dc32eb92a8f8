"""What is said of each problem file that cannot be used: cases/invalid/NAME.toml beside its NAME.txt."""

from __future__ import annotations

from pathlib import Path

import pytest

from backprop_cli.errors import InputError, report
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.files.source import decode

FOLDER = Path(__file__).parents[1] / "cases" / "invalid"
CASES = sorted(path for path in FOLDER.glob("*") if path.suffix in (".toml", ".bin"))


def message_about(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        parse_problem(decode(path.read_bytes(), "problem.toml"), "problem.toml", path.stem)
    return report(caught.value) + "\n"


def test_there_are_cases() -> None:
    assert len(CASES) >= 45
    assert {path.with_suffix(".txt") for path in CASES} == set(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_invalid_problem_gets_its_message(path: Path) -> None:
    assert message_about(path) == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_the_contracts_example_comes_out_word_for_word() -> None:
    text = """inputs = [[0.05, 0.10]]
targets = [[0.01, 0.99]]
loss = "squared_error"


[[layers]]
name = "hid"
activation = "sigmoid"
weights = [[0.15, 0.20], [0.25]]
"""
    with pytest.raises(InputError) as caught:
        parse_problem(text, "problem.toml", "example")
    assert report(caught.value) == (
        'error: layer "hid": row 2 of weights has 1 number, expected 2 (one per input)\n'
        " --> problem.toml:9:26\n"
        "  |\n"
        "9 | weights = [[0.15, 0.20], [0.25]]\n"
        "  |                          ^^^^^^\n"
        "  = help: the problem has 2 inputs, so every row of the first layer's weights needs 2 numbers"
    )
