"""Where a key path stands in a TOML text."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_cli.errors import KeyPath
from backprop_cli.files.positions import locate

TEXT = '''# [[layers]] in a comment
title = "a # b [ \\" ]"   # not the end
'single' = 'it is "so" ['
note = """
[[layers]]
weights = 1 \\""" still text"""""
rows = [ # first
  [1, 2,
   3], # second ]
  [ "]", 4 ], ]
digits = { forward = 2, "loss" = 3, deep.er = { x = [1, [2]] } }
a.b."c.d" = 2024-01-01 07:32:00 # a date

[[layers]]
name = "hid"
symbols.weights = "Θ"
[layers.symbols.more]
z = 1
[[layers]]
name = 'out'
  [[layers.parts]]
  [[layers.parts]]
  tag = \'\'\'x\'\'\'
[ notation . "deep" ]
layout = +1_0.5
'''


def shown(path: KeyPath, *, key: bool = False) -> str:
    """The stretch of text that is pointed at."""
    place = locate(TEXT, path, "x.toml", key=key)
    assert place is not None
    assert place.text == TEXT.split("\n")[place.line - 1]
    return place.text[place.column - 1 : place.column - 1 + place.length]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("title",), '"a # b [ \\" ]"'),
        (("single",), "'it is \"so\" ['"),
        (("note",), '"""'),
        (("rows",), "["),
        (("rows", 0), "[1, 2,"),
        (("rows", 0, 2), "3"),
        (("rows", 1, 0), '"]"'),
        (("rows", 1, 1), "4"),
        (("digits", "forward"), "2"),
        (("digits", "loss"), "3"),
        (("digits", "deep", "er", "x", 1, 0), "2"),
        (("a", "b", "c.d"), "2024-01-01 07:32:00"),
        (("layers", 0, "name"), '"hid"'),
        (("layers", 0, "symbols", "weights"), '"Θ"'),
        (("layers", 0, "symbols", "more", "z"), "1"),
        (("layers", 1, "name"), "'out'"),
        (("layers", 1, "parts", 1, "tag"), "'''x'''"),
        (("notation", "deep", "layout"), "+1_0.5"),
    ],
)
def test_a_value_is_found(path: KeyPath, text: str) -> None:
    assert shown(path) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("layers", 1, "weights"), "[[layers]]"),
        (("layers", 1, "parts", 0, "tag"), "[[layers.parts]]"),
        (("notation", "deep", "other"), '[ notation . "deep" ]'),
        (("digits", "update"), '{ forward = 2, "loss" = 3, deep.er = { x = [1, [2]] } }'),
        (("rows", 1, 7), '[ "]", 4 ]'),
        (("layers",), "[[layers]]"),
    ],
)
def test_what_is_missing_is_placed_at_what_holds_it(path: KeyPath, text: str) -> None:
    assert shown(path) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("title",), "title"),
        (("digits", "loss"), '"loss"'),
        (("a", "b", "c.d"), 'a.b."c.d"'),
        (("layers", 0, "symbols", "weights"), "symbols.weights"),
        (("notation", "deep"), '[ notation . "deep" ]'),
    ],
)
def test_a_key_is_found(path: KeyPath, text: str) -> None:
    assert shown(path, key=True) == text


def test_lines_are_counted_from_one_in_the_right_layer() -> None:
    place = locate(TEXT, ("layers", 1, "name"), "x.toml")
    assert place is not None
    assert (place.line, place.column) == (TEXT[: TEXT.index("'out'")].count("\n") + 1, 8)


def test_what_is_nowhere_has_no_place() -> None:
    assert locate(TEXT, ("loss",), "x.toml") is None


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {toml(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " , ".join(toml(item) for item in value) + "]"
    return f"'{value}'" if isinstance(value, str) else str(value)


def paths(value: Any, path: KeyPath = ()) -> list[tuple[KeyPath, Any]]:
    found = [(path, value)] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += paths(item, (*path, key))
    return found


LEAF = st.integers() | st.text('[]{}#,=" .ab', max_size=6)
TREE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("ab#]. ", max_size=3), inner, max_size=3)
    ),
)


@given(st.dictionaries(st.text("abc[#=", min_size=1, max_size=3), TREE, max_size=4))
def test_every_value_of_any_document_is_found(document: dict[str, Any]) -> None:
    text = "".join(f'"{key}" = {toml(value)}\n' for key, value in document.items())
    assert tomllib.loads(text) == document
    for path, value in paths(document):
        place = locate(text, path, "x.toml")
        assert place is not None
        found = place.text[place.column - 1 : place.column - 1 + place.length]
        assert found == toml(value)
