"""Where a problem comes from: a path, a folder, standard input, or the bundled problems."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import pytest

from backprop_cli.errors import InputError, report
from backprop_cli.files import bundled
from backprop_cli.files.bundled import bundled_names, bundled_path
from backprop_cli.files.problem_file import parse_problem, read_problem
from backprop_cli.files.source import MAX_BYTES

SMALL = (
    "inputs = [1]\ntargets = [1]\nloss = 'squared_error'\n[[layers]]\nactivation = 'tanh'\nweights = [[2]]\n"
)


def error_of(source: str) -> str:
    with pytest.raises(InputError) as caught:
        read_problem(source)
    return report(caught.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Input:
    """A standard input with bytes in it."""

    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def test_the_five_handouts_are_bundled() -> None:
    assert {"umons", "w3wi-ds304", "or-batch", "solutions-16", "regression-1-5-1"} <= set(bundled_names())


@pytest.mark.parametrize("name", bundled_names())
def test_every_bundled_problem_can_be_read(name: str) -> None:
    problem = read_problem(name)
    assert problem.name == name
    assert problem.title
    assert problem.source


@pytest.mark.parametrize("path", sorted(bundled.bundled_folder().glob("*/answers*.toml")), ids=str)
def test_every_bundled_answer_sheet_names_its_problem_and_layers(path: Path) -> None:
    sheet = tomllib.loads(path.read_text(encoding="utf-8"))
    problem = read_problem(sheet["problem"])
    assert sheet["problem"] == path.parent.name
    assert {key for key, value in sheet.items() if isinstance(value, dict)} <= {
        x.name for x in problem.layers
    }


def test_the_chosen_weights_of_w3wi_sum_to_what_is_printed() -> None:
    weights = read_problem("w3wi-ds304").layers[0].weights
    assert weights is not None
    assert weights.values.sum(axis=1).tolist() == pytest.approx([0.61, -0.64])


def test_the_wheel_s_own_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "package" / "bundled" / "tiny"
    inside.mkdir(parents=True)
    (inside / "problem.toml").write_text(SMALL)
    monkeypatch.setattr(bundled, "_PACKAGE", tmp_path / "package")
    assert bundled_names() == ("tiny",)
    assert bundled_path("tiny") == inside / "problem.toml"
    assert read_problem("tiny").name == "tiny"


def test_a_name_that_is_not_bundled_has_no_path() -> None:
    assert bundled_path("../problems/umons") is None
    assert bundled_path("") is None


def test_a_file_is_read_and_named_after_itself(folder: Path) -> None:
    (folder / "mine.toml").write_text(SMALL)
    assert read_problem("mine.toml").name == "mine"


def test_a_problem_toml_is_named_after_its_folder(folder: Path) -> None:
    (folder / "xor").mkdir()
    (folder / "xor" / "problem.toml").write_text(SMALL)
    assert read_problem("xor/problem.toml").name == "xor"
    assert read_problem("xor").name == "xor"


def test_a_path_that_exists_wins_over_a_bundled_name(folder: Path) -> None:
    (folder / "umons").write_text(SMALL)
    assert read_problem("umons").shape == "1-1"


def test_a_folder_without_a_problem_does_not_hide_a_bundled_name(folder: Path) -> None:
    (folder / "umons").mkdir()
    assert read_problem("umons").shape == "2-3-1"


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Input(SMALL.encode()))
    assert read_problem("-").shape == "1-1"


def test_errors_in_standard_input_have_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Input(SMALL.replace("tanh", "tan").encode()))
    assert " --> <stdin>:5:14\n" in error_of("-")


def test_empty_standard_input_is_said_to_be_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Input(b""))
    assert error_of("-").startswith("error: <stdin> is empty\n")


def test_a_closed_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert error_of("-").startswith("error: standard input cannot be read")


def test_a_missing_file_is_named(folder: Path) -> None:
    assert error_of("nowhere/mine.toml") == (
        'error: there is no file "nowhere/mine.toml"\n'
        '  = help: "backprop problems" lists the bundled problems'
    )


def test_a_name_near_a_bundled_one_is_suggested(folder: Path) -> None:
    assert error_of("w3wi-ds305") == (
        'error: there is no file and no bundled problem "w3wi-ds305"\n'
        '  = help: did you mean the bundled problem "w3wi-ds304"? "backprop problems" lists them all'
    )


def test_no_problem_toml_here_points_to_the_bundled_ones(folder: Path) -> None:
    assert error_of("problem.toml") == (
        'error: there is no file "problem.toml"\n'
        '  = help: name a problem file, or a bundled problem: "backprop problems" lists them'
    )


def test_a_folder_is_not_a_problem(folder: Path) -> None:
    (folder / "course").mkdir()
    assert error_of("course") == (
        'error: "course" is a folder without a problem.toml in it\n  = help: name the problem file itself'
    )


@pytest.mark.parametrize("source", ["", "x" * 5000, "a\0b", "\x1b[31m", "\udcff"])
def test_what_can_be_no_file_name_is_an_error(folder: Path, source: str) -> None:
    message = error_of(source)
    assert message.startswith("error: ")
    assert "\x1b" not in message
    message.encode("utf-8")


def test_a_huge_file_is_refused_before_it_is_read_whole(folder: Path) -> None:
    with (folder / "huge.toml").open("wb") as stream:
        stream.truncate(MAX_BYTES * 8)
    assert error_of("huge.toml") == (
        "error: huge.toml is larger than 64 MB\n  = help: a problem file is a small text file"
    )


def test_a_file_that_cannot_be_read_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "mine.toml").write_text(SMALL)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert error_of("mine.toml") == "error: mine.toml cannot be read: permission denied"


@pytest.mark.parametrize(
    "text",
    [
        ".".join("a" * 60_000) + " = 1",
        "[" + ".".join("a" * 60_000) + "]",
        "x = { " + '"a".' * 60_000 + "b = 1 }",
    ],
)
def test_a_key_of_very_many_parts_is_refused_at_once(text: str) -> None:
    """tomllib takes minutes and gigabytes for it."""
    with pytest.raises(InputError, match="a key has more than 32 parts"):
        parse_problem(text, "problem.toml", "test")


def test_a_line_of_many_points_is_no_key_of_many_parts() -> None:
    text = f'title = "{"a." * 50}"\ninputs = [[{", ".join(["0.5"] * 50)}]]\n'
    with pytest.raises(InputError) as told:
        parse_problem(text, "problem.toml", "test")
    assert "parts" not in told.value.message
