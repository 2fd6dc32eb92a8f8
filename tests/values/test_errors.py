"""An error says what, where and how to mend it, with a caret under the place."""

from __future__ import annotations

from backprop_cli.errors import InputError, Place, report

LINE = "weights = [[0.15, 0.20], [0.25]]"


def test_the_error_of_the_contract() -> None:
    error = InputError(
        'layer "hid": row 2 of weights has 1 number, expected 2 (one per input)',
        place=Place("problem.toml", 9, 26, LINE, 6),
        help="the problem has 2 inputs, so every row of the first layer's weights needs 2 numbers",
    )
    assert report(error) == (
        'error: layer "hid": row 2 of weights has 1 number, expected 2 (one per input)\n'
        " --> problem.toml:9:26\n"
        "  |\n"
        "9 | weights = [[0.15, 0.20], [0.25]]\n"
        "  |                          ^^^^^^\n"
        "  = help: the problem has 2 inputs, so every row of the first layer's weights needs 2 numbers"
    )


def test_an_error_without_a_place_or_help_is_its_message() -> None:
    assert report(InputError("no")) == "error: no"
    assert report(InputError("no", help="yes")) == "error: no\n  = help: yes"
    assert str(InputError("no")) == "no"


def test_the_margin_is_as_wide_as_the_line_number() -> None:
    shown = report(InputError("no", place=Place("p.toml", 120, 1, "a = 1"), help="yes")).splitlines()
    assert shown[1:] == ["   --> p.toml:120:1", "    |", "120 | a = 1", "    | ^", "    = help: yes"]


def test_a_place_can_be_given_to_an_error_later() -> None:
    placed = InputError("no", path=("layers", 0), help="yes").at(Place("p.toml", 1, 1, "a"))
    assert (placed.message, placed.path, placed.help) == ("no", ("layers", 0), "yes")
    assert placed.place is not None
    assert placed.place.file == "p.toml"


def test_the_caret_stays_within_the_line_and_under_its_text() -> None:
    """A tab is kept as a tab, so that the caret is under it in any terminal; a length too long is cut."""
    shown = report(InputError("no", place=Place("p.toml", 1, 3, "\ta = 1", 99))).splitlines()
    assert shown[-2:] == ["1 | \ta = 1", "  | \t ^^^^"]
    shown = report(InputError("no", place=Place("p.toml", 1, 6, "a = [", 3))).splitlines()
    assert shown[-1] == "  |      ^"


def test_a_long_line_is_shown_around_the_place() -> None:
    for column in (1, 50, 150, 290, 300):
        text = "".join("x" if place != column else "@" for place in range(1, 301))
        shown, caret = report(InputError("no", place=Place("p.toml", 7, column, text))).splitlines()[-2:]
        assert len(shown) <= 4 + 96
        assert shown[caret.index("^")] == "@", (
            f"column {column}: the caret is under {shown[caret.index('^')]!r}"
        )
        assert ("…" in shown[4:6]) == (column > 40), f"column {column}: {shown}"


def test_control_characters_do_not_reach_the_terminal() -> None:
    shown = report(InputError("no", place=Place("p.toml", 1, 1, "a\x1b[31m")))
    assert "\x1b" not in shown
    assert "a�[31m" in shown
