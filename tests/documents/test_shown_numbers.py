"""Given numbers stay as typed, computed ones have the problem's digits, decimals or significant ones."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest
from command_line import backprop

from backprop_cli import InputError, parse_problem
from backprop_cli.formula.arithmetic import Significant, decimal, round_half_up

PROBLEM = """
inputs        = [[{x}, 0.10]]
targets       = [[0.01]]
loss          = "half_squared_error"
learning_rate = 0.5
{more}
[[layers]]
activation = "sigmoid"
weights    = [[{w}, 0.20], [0.25, 0.30]]
bias       = [0.35, 0.35]
[[layers]]
activation = "sigmoid"
weights    = [[0.40, 0.45]]
bias       = 0.60
"""


def problem(x: str = "0.05", w: str = "0.1", more: str = "") -> str:
    return PROBLEM.format(x=x, w=w, more=more)


def solved(text: str, *options: str) -> str:
    ran = backprop("solve", "-", *options, stdin=text.encode())
    assert ran.status == 0, ran.err
    return ran.out


def test_a_typed_number_is_never_shown_with_the_noise_of_its_float() -> None:
    shown = solved(problem(w="0.123456789"))
    assert "w⁽¹⁾₁₁       0.123456789" in shown
    assert re.search(r"w⁽¹⁾₁₂ +0\.2000 ", shown)
    assert "0000000000" not in shown


@pytest.mark.parametrize("more", ["", "digits = 3", "digits = { significant = 3 }"])
def test_what_a_step_wrote_is_shown_with_the_problems_digits(more: str, tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(problem(more=more), encoding="utf-8")
    assert backprop("step", "-o", "next.toml", folder=tmp_path).status == 0
    longest = max(re.findall(r"[0-9.]+", (tmp_path / "next.toml").read_text(encoding="utf-8")), key=len)
    assert len(longest) > 12  # in full precision, so that nothing is lost
    for command in (["solve"], ["draw"], ["derive", "--of", "w_11(1)"]):
        ran = backprop(*command, "next.toml", folder=tmp_path)
        assert not re.search(r"\d\.\d{9}", ran.out), ran.out


def test_what_a_step_did_not_move_stays_as_it_was_typed(tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(problem() + 'frozen = ["weights"]\n', encoding="utf-8")
    backprop("step", "-o", "next.toml", folder=tmp_path)
    assert "[[0.40, 0.45]]" in (tmp_path / "next.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("value", [0.00067012, 1234.5, -0.0999951, 9.995, 3e-9, 12.25, 0.5])
def test_significant_digits_are_those_of_a_decimal_computation(value: float) -> None:
    exact = Decimal(repr(value))
    step = Decimal(1).scaleb(exact.adjusted() - 2)
    expected = exact.quantize(step, rounding=ROUND_HALF_UP)
    assert round_half_up(np.array(value), Significant(3)) == pytest.approx(float(expected), rel=1e-15)
    assert Decimal(decimal(value, Significant(3))) == expected


def test_significant_digits_keep_their_noughts() -> None:
    assert [decimal(value, Significant(3)) for value in (0.0015, 2.0, 0.0, 1e-20)] == [
        "0.00150",
        "2.00",
        "0",
        "1.00e-20",
    ]


def test_significant_digits_show_what_four_decimals_hide() -> None:
    assert "= 0.0000" in solved(problem(x="0.0005"))
    shown = solved(problem(x="0.0005", more="digits = { significant = 3 }"))
    assert "∂L/∂w⁽¹⁾₁₁ = 0.0134·0.0005 = 0.00000670" in shown
    assert "shown as 0" not in shown


def test_by_hand_each_line_computes_with_its_significant_digits() -> None:
    shown = solved(problem(more='digits = { significant = 2 }\nrounding = "each-step"'))
    value = re.search(r"a⁽²⁾ = σ\(([0-9.]+)\) = ([0-9.]+)", shown)
    assert value is not None
    assert value[2] == decimal(1 / (1 + np.exp(-float(value[1]))), Significant(2))


def test_phases_may_have_decimals_beside_significant_digits() -> None:
    found = parse_problem(problem(more="digits = { significant = 3, update = 5 }"), "p.toml", "p").digits
    assert (found["gradient"], found["update"]) == (Significant(3), 5)
    assert isinstance(found["gradient"], Significant)
    assert not isinstance(found["update"], Significant)


def test_no_significant_digit_is_an_error() -> None:
    with pytest.raises(InputError, match="significant must be from 1 to 15"):
        parse_problem(problem(more="digits = { significant = 0 }"), "p.toml", "p")


def test_a_sheet_filled_with_significant_digits_is_right(tmp_path: Path) -> None:
    text = problem(x="0.0005", more="digits = { significant = 3 }")
    (tmp_path / "problem.toml").write_text(text, encoding="utf-8")
    sheet = backprop("sheet", "--fill", folder=tmp_path).out
    assert "# Significant digits: 3." in sheet
    (tmp_path / "answers.toml").write_text(sheet, encoding="utf-8")
    ran = backprop("check", "answers.toml", folder=tmp_path)
    assert ran.status == 0, ran.out + ran.err


def test_nought_is_no_answer_where_significant_digits_are_asked(tmp_path: Path) -> None:
    text = problem(x="0.0005", more="digits = { significant = 3 }")
    (tmp_path / "problem.toml").write_text(text, encoding="utf-8")
    sheet = backprop("sheet", "--fill", folder=tmp_path).out
    (tmp_path / "answers.toml").write_text(re.sub(r"0\.00000670", "0.000", sheet), encoding="utf-8")
    assert backprop("check", "answers.toml", folder=tmp_path).status == 1


def test_numbers_of_different_decimals_stand_on_their_points() -> None:
    shown = solved(problem(x="0.0005", more="digits = { significant = 3 }"), "--only", "update")
    rows = [line for line in shown.splitlines() if re.match(r"   [wb]⁽", line)]
    assert len({row.index(".", 12) for row in rows}) == 1


NETWORK_OF_SQUARES = """
inputs = [[0.5]]
targets = [[1.0]]
loss = "squared_error"
learning_rate = 0.1
{digits}

[optimizer]
name = "rmsprop"

[[layers]]
activation = "identity"
weights = [[0.25]]
"""
EQUATION_OF_SQUARES = """
equations = "L = (w x - y)^2"
learning_rate = 0.1
{digits}
[given]
x = 0.5
y = 1.0
[parameters]
w = 0.25
[optimizer]
name = "rmsprop"
"""


@pytest.mark.parametrize("text", [NETWORK_OF_SQUARES, EQUATION_OF_SQUARES], ids=["network", "equation"])
@pytest.mark.parametrize(
    ("digits", "square"),
    [
        ("digits = 3", "0.076563"),
        ('digits = 3\nrounding = "each-step"', "0.077"),
        ("digits = 9", "0.076562500000000"),
        ("digits = { significant = 3 }", "0.0766"),
    ],
    ids=["twice the decimals", "by hand as they are", "at most fifteen", "significant digits"],
)
def test_a_mean_square_is_shown_with_twice_the_decimals(
    text: str, digits: str, square: str, tmp_path: Path
) -> None:
    """0.1·0.875² is 0.0765625."""
    path = tmp_path / "problem.toml"
    path.write_text(text.format(digits=digits), encoding="utf-8")
    printed = backprop("solve", str(path), "--only", "update").out
    assert re.findall(r"\)²\s+= (0\.0\d+)\s*$", printed, re.M) == [square]
