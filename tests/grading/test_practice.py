"""Practice: answers judged at once, hints that climb, a slip left standing that is followed."""

from __future__ import annotations

import pytest

from backprop_cli import load
from backprop_cli.grading.practice import STARS, Sitting, read_up_on

HANDOUT = ("0.61", "-0.64", "0.61", "0.00", "-0.85", "-0.49", "0.30", "0.38", "0.47")


def sitting(problem: str = "w3wi-ds304", *phases: str) -> Sitting:
    return Sitting(load(problem), phases)


def test_the_handouts_own_numbers_are_right_line_by_line() -> None:
    practice = sitting("w3wi-ds304", "forward", "loss")
    for number in HANDOUT:
        assert practice.answer(number).right, (practice.symbol(), number)
    assert practice.line is None
    assert practice.all_right
    assert sum(line.stars for line in practice.lines) == STARS * len(HANDOUT)


def test_a_wrong_answer_is_asked_again_and_names_no_number() -> None:
    practice = sitting()
    reply = practice.answer("0.16")
    assert (reply.right, reply.remark, reply.worked) == (False, "", "")
    assert practice.symbol() == "p(n₁[hid])"
    assert practice.answer("0.61").worked == "1·0.30 + 1·0.31"
    assert practice.symbol() == "p(n₂[hid])"


def test_hints_climb_from_where_to_the_formula_and_never_say_the_answer() -> None:
    practice = sitting("w3wi-ds304", "backward")
    practice.answer("0.60")
    practice.answer("1.24")
    hints = []
    while (hint := practice.hint()) is not None:
        hints.append(hint)
    assert hints[0] == "Look at the signs."
    assert "The sign is flipped" in hints[1]
    assert hints[2].startswith("∂J/∂z(nₖ[out]) = 2·(z(nₖ[out]) − yₖ)")
    assert hints[3] == "∂J/∂z(n₂[out]) = 2·(0.38 − 1)"
    assert not any("−1.24" in hint for hint in hints)
    assert practice.answer("-1.24").right
    assert practice.lines[1].stars == 0


def test_each_hint_costs_a_star() -> None:
    practice = sitting()
    practice.hint()
    practice.answer("0.61")
    assert practice.lines[0].stars == STARS - 1


def test_a_slip_left_standing_is_followed() -> None:
    """With n₁ = 0.71 above, z(n₁) = ReLU(0.71) is 0.71; the key's 0.61 is right too."""
    practice = sitting()
    assert not practice.answer("0.71").right
    practice.leave()
    practice.answer("-0.64")
    reply = practice.answer("0.71")
    assert reply.verdict == "follows"
    assert reply.remark == "right, with your numbers above"
    assert not practice.all_right


def test_what_was_told_is_by_ones_own_numbers_and_is_not_kept() -> None:
    practice = sitting()
    practice.answer("0.71")
    practice.leave()
    practice.answer("-0.64")
    assert practice.tell() == "0.71"
    assert practice.kept() == {"hid.preactivation[1]": "0.71", "hid.preactivation[2]": "-0.64"}
    assert not practice.all_right


@pytest.mark.parametrize("typed", ["1e999", "nan", "__import__('os')", "1/0", "(" * 5000, "x" * 9999])
def test_what_cannot_be_read_is_told_and_changes_nothing(typed: str) -> None:
    practice = sitting()
    reply = practice.answer(typed)
    assert not reply.right
    assert practice.symbol() == "p(n₁[hid])"
    assert practice.answer("0.61").right


def test_a_problem_in_letters_takes_formulas() -> None:
    practice = sitting("umons", "gradient")
    assert practice.symbol() == "∂L/∂wⱼ"
    assert not practice.answer("(z - y) h_j").right
    assert practice.answer("2 (z - y) h_j").right


def test_an_earlier_sitting_is_gone_on_with_at_the_first_open_line() -> None:
    practice = sitting()
    practice.resume({"hid.preactivation[1]": "0.61", "hid.preactivation[2]": "0.64"})
    assert practice.symbol() == "z(n₁[hid])"
    assert [line.verdict for line in practice.lines[:2]] == ["correct", "slip"]


def test_what_to_read_up_on_is_told_by_how_often_it_went_wrong() -> None:
    assert read_up_on({"sign": 1, "digits-swapped": 3}) == [
        "two digits swapped, 3 times",
        "a flipped sign, once",
    ]


def test_a_notebook_practises_cell_by_cell_with_the_same_judgement() -> None:
    from backprop_cli import practice

    line = practice("w3wi-ds304", "forward")
    assert repr(line) == "p(n₁[hid]) = ?   (0 of 8)"
    assert "✗ not yet" in repr(line.answer("0.16"))
    assert "Look at the digits" in repr(line.hint())
    assert repr(line.answer(0.61)) == "✓ 1·0.30 + 1·0.31\np(n₂[hid]) = ?   (1 of 8)"
    assert "p(n₂[hid]) = −0.64" in repr(line.tell())
    assert not line.all_right


def test_equations_are_asked_value_by_value() -> None:
    """Backpropagation through time: h₁₁ = tanh(0.1·1.0 − 0.2·0.5 + 0.05) = tanh(0.05)."""
    practice = sitting("rnn-two-steps", "forward")
    assert practice.symbol() == "h₁₁"
    assert practice.answer("0.0500").right
    assert practice.symbol() == "h₁₂"
    assert practice.formula().startswith("hₜₖ = tanh(")


def test_online_problems_are_asked_turn_by_turn() -> None:
    from dataclasses import replace

    problem = replace(load("or-batch"), schedule="online")
    practice = Sitting(problem, ("loss",))
    names = [line.cell.name for line in practice.lines]
    assert "loss[4]" in names
