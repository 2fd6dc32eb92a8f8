"""The program's own frozen dataclasses behave as the standard ones do."""

from __future__ import annotations

import copy
import os
import pickle
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, field, fields, replace
from pathlib import Path

import pytest

from backprop_cli.records import dataclass


@dataclass(frozen=True)
class Point:
    """A point with a default, and a list of its own."""

    x: int
    y: int = 2
    seen: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Even:
    """A number that must be even."""

    value: int

    def __post_init__(self) -> None:
        if self.value % 2:
            raise ValueError("odd")


@dataclass(frozen=True, eq=False)
class Single:
    """Equal to itself alone."""

    value: int


@dataclass(frozen=True)
class Nothing:
    """Without fields."""


def test_it_takes_its_fields_in_order_and_by_name_with_their_defaults() -> None:
    assert (Point(1).x, Point(1).y, Point(1).seen) == (1, 2, [])
    assert (Point(1, y=5).y, Point(y=5, x=1).x) == (5, 1)
    assert Point(1).seen is not Point(1).seen
    with pytest.raises(TypeError):
        Point()


def test_it_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 3
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    assert point.x == 1


def test_it_is_equal_by_its_values_and_hashes_by_them() -> None:
    assert Even(2) == Even(2) != Even(4)
    assert hash(Even(2)) == hash(Even(2))
    assert Even(2) != 2
    assert {Even(2), Even(2), Even(4)} == {Even(4), Even(2)}
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1


def test_without_eq_it_is_equal_to_itself_alone() -> None:
    single = Single(1)
    assert single == single
    assert single != Single(1)
    assert len({Single(1), Single(1)}) == 2


def test_it_checks_itself_once_made() -> None:
    with pytest.raises(ValueError, match="odd"):
        Even(3)


def test_it_reads_as_it_is_written() -> None:
    assert repr(Point(1)) == "Point(x=1, y=2, seen=[])"
    assert repr(Nothing()) == "Nothing()"


def test_replace_fields_match_copy_and_pickle_know_it() -> None:
    assert replace(Even(2), value=4) == Even(4)
    assert [each.name for each in fields(Point)] == ["x", "y", "seen"]
    match Point(7):
        case Point(x, y):
            assert (x, y) == (7, 2)
    assert copy.deepcopy(Even(2)) == pickle.loads(pickle.dumps(Even(2))) == Even(2)


def test_only_frozen_ones_are_made() -> None:
    with pytest.raises(TypeError, match="frozen"):
        dataclass(frozen=False)


PACKAGE = Path(__file__).parents[2] / "backprop_cli"
LOADED = """
import contextlib, io, sys
from backprop_cli.commands.app import run
sys.argv = ["backprop", "solve", "w3wi-ds304"]
with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())), contextlib.suppress(SystemExit):
    run()
print(*(name for name in sys.modules if name.startswith("backprop_cli.")), file=sys.__stdout__)
"""


def test_a_module_on_the_way_of_solve_takes_them_from_here_and_no_other_does() -> None:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "backprop_cli.values.solution" in loaded
    for path in PACKAGE.rglob("*.py"):
        text, name = (
            path.read_text(encoding="utf-8"),
            ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts),
        )
        frozen = "@dataclass(frozen=True" in text
        own = re.search(r"^from \.*records import dataclass", text, re.M) is not None
        if frozen:
            assert own == (name in loaded), name
