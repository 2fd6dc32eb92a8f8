"""`backprop autograder`: the zip is unpacked as Gradescope does, and run on submissions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from command_line import backprop


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ran = backprop("autograder", "w3wi-ds304", "-o", "autograder.zip", folder=tmp_path)
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    with zipfile.ZipFile(tmp_path / "autograder.zip") as packed:
        packed.extractall(tmp_path / "source")
        modes = {entry.filename: entry.external_attr >> 16 for entry in packed.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    (tmp_path / "submission").mkdir()
    return tmp_path


def graded(home: Path, **files: str) -> dict[str, Any]:
    """What Gradescope would read after a run in an environment of its own."""
    for name, text in files.items():
        (home / "submission" / f"{name}.toml").write_text(text, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "AUTOGRADER": str(home)}
    subprocess.run(
        [sys.executable, home / "source" / "run_autograder"],
        env=environment,
        cwd=home,
        check=True,
        timeout=60,
    )
    return json.loads((home / "results" / "results.json").read_text(encoding="utf-8"))


KEY = backprop("sheet", "w3wi-ds304", "--fill").out


def test_a_right_sheet_has_all_the_points(home: Path) -> None:
    found = graded(home, answers=KEY)
    assert found["score"] == len(found["tests"]) == 29


def test_a_wrong_answer_is_a_failed_test_with_why(home: Path) -> None:
    found = graded(home, answers=KEY.replace('"-1.24"', '"1.24"'))
    assert found["score"] == 28
    (wrong,) = [test for test in found["tests"] if test["status"] == "failed"]
    assert "The sign is flipped" in wrong["output"]
    assert found["output_format"] == "html"
    assert "The sign is flipped" in found["output"]


def test_a_name_in_the_feedback_is_text_and_no_markup(home: Path) -> None:
    found = graded(home, answers=KEY.replace('"key"', '"<script>alert(1)</script>"'))
    assert "<script" not in found["output"]
    assert "&lt;script" in found["output"]


def test_the_problem_is_the_zips_whatever_the_sheet_names_or_brings_along(home: Path) -> None:
    found = graded(home, answers=KEY.replace("w3wi-ds304", "or-batch"))
    assert found["score"] == 29
    assert "or-batch" in found["output"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "no answer sheet"),
        ({"a": KEY, "b": KEY}, "several answer sheets"),
        ({"a": "student = = 1"}, "error:"),
        ({"a": 'problem = "w3wi-ds304"\n[hidden]\ndelta = 1\n'}, 'no layer "hidden"'),
    ],
)
def test_a_submission_that_cannot_be_read_scores_0_and_shows_why(
    files: dict[str, str], told: str, home: Path
) -> None:
    found = graded(home, **files)
    assert (found["score"], found["tests"]) == (0, [])
    assert told in found["output"]
    assert str(home) not in found["output"]


def test_copies_links_and_what_a_mac_adds_are_no_sheets(home: Path, tmp_path: Path) -> None:
    submission = home / "submission"
    (submission / "__MACOSX").mkdir()
    (submission / "__MACOSX" / "._answers.toml").write_bytes(b"\x00\x05\x16\x07")
    (submission / "problem.toml").write_text("inputs = [1]", encoding="utf-8")
    (submission / "directory.toml").mkdir()
    (tmp_path / "secret").write_text("a = 'secret'", encoding="utf-8")
    (submission / "link.toml").symlink_to(tmp_path / "secret")
    assert "no answer sheet" in graded(home)["output"]
    assert graded(home, answers=KEY)["score"] == 29


def test_the_zip_is_the_same_each_time_and_is_not_written_over(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        backprop("autograder", "w3wi-ds304", "-o", name, folder=tmp_path)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    ran = backprop("autograder", "w3wi-ds304", "-o", "autograder.tar", folder=tmp_path)
    assert (ran.status, ran.out) == (2, "")
