"""The schemas fit every problem and sheet that the readers take, and refuse what is plainly none."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from command_line import backprop
from jsonschema import Draft202012Validator

from backprop_cli.files.equation_file import KEYS as EQUATION_KEYS
from backprop_cli.files.layer_tables import LAYER_KEYS
from backprop_cli.files.problem_file import KEYS as NETWORK_KEYS
from backprop_cli.files.schema import SCHEMAS

PROBLEMS = Path(__file__).parents[2] / "problems"


def faults(kind: str, document: object) -> list[str]:
    schema = SCHEMAS[kind]()
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


@pytest.mark.parametrize("path", sorted(PROBLEMS.glob("*/problem.toml")), ids=lambda path: path.parent.name)
def test_every_bundled_problem_fits_and_so_does_its_blank_sheet(path: Path) -> None:
    assert faults("problem", tomllib.loads(path.read_text(encoding="utf-8"))) == []
    sheet = backprop("sheet", path.parent.name).out
    assert faults("sheet", tomllib.loads(sheet)) == []


def test_every_sheet_that_comes_with_a_problem_fits() -> None:
    sheets = sorted(PROBLEMS.glob("*/answers*.toml"))
    assert sheets
    for path in sheets:
        assert faults("sheet", tomllib.loads(path.read_text(encoding="utf-8"))) == [], path


def test_what_new_and_practice_write_fits() -> None:
    for arguments in (
        ["2-3-1"],
        ["3-4-3", "--output", "softmax", "--notation", "nielsen"],
        ["--from-equations"],
    ):
        assert faults("problem", tomllib.loads(backprop("new", *arguments).out)) == []


def test_it_has_every_key_of_the_readers_and_no_other() -> None:
    schema = SCHEMAS["problem"]()
    assert set(schema["properties"]) == {*NETWORK_KEYS, *EQUATION_KEYS}
    assert set(schema["properties"]["layers"]["items"]["properties"]) == set(LAYER_KEYS)


@pytest.mark.parametrize(
    "text",
    [
        "layers = []",
        'title = "no layers"',
        "[[layers]]\nactivation = 3",
        'rounding = "sometimes"\n[[layers]]\nactivation = "relu"',
        'lr = 0.1\n[[layers]]\nactivation = "relu"',
        'notation = "nobody"\n[[layers]]\nactivation = "relu"',
        'inputs = [["a"]]\n[[layers]]\nactivation = "relu"',
    ],
)
def test_what_is_no_problem_does_not_fit(text: str) -> None:
    assert faults("problem", tomllib.loads(text))


def test_the_guide_prints_it() -> None:
    ran = backprop("guide", "--schema", "problem")
    assert json.loads(ran.out) == SCHEMAS["problem"]()
    assert json.loads(backprop("guide", "--schema", "sheet").out) == SCHEMAS["sheet"]()
