"""Moodle: a question bank out, its fields as wide as honest rounding, and the responses back in."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command_line import backprop
from grading import MAZUR, honest

FIELD = re.compile(r"\{(\d+):NUMERICAL:=(-?[\d.e-]+):([\d.e-]+)\}")


def bank(problem: str, folder: Path | None = None) -> tuple[str, list[tuple[int, float, float]]]:
    """The question's text as a reader of the format has it, and its fields: points, value, tolerance."""
    ran = backprop("sheet", problem, "--format", "moodle", folder=folder)
    assert ran.status == 0, ran.err
    (question,) = ElementTree.fromstring(ran.out).findall("question")
    assert question.get("type") == "cloze"
    assert question.findtext("name/text")
    text = question.findtext("questiontext/text") or ""
    found = [(int(worth), float(value), float(wide)) for worth, value, wide in FIELD.findall(text)]
    return text, found


@pytest.mark.parametrize("problem", ["w3wi-ds304", "or-batch"])
def test_there_is_a_field_for_each_answer_of_the_sheet(problem: str) -> None:
    text, fields = bank(problem)
    header, key = csv.reader(io.StringIO(backprop("sheet", problem, "--fill", "--format", "csv").out))
    assert len(fields) == len(header) - 1
    for (_, value, wide), answer in zip(fields, key[1:], strict=True):
        assert abs(value - float(answer)) <= wide
    assert FIELD.sub("", text).count("{") == 0


def test_a_field_takes_what_honest_rounding_gives_and_not_a_flipped_sign(tmp_path: Path) -> None:
    (tmp_path / "mazur.toml").write_text(MAZUR, encoding="utf-8")
    _, fields = bank("mazur.toml", tmp_path)
    (header,) = csv.reader(io.StringIO(backprop("sheet", "mazur.toml", "-f", "csv", folder=tmp_path).out))
    names = header[1:]
    right = honest(MAZUR)
    for name, (_, value, wide) in zip(names, fields, strict=True):
        assert abs(value - float(right[name])) <= wide, name
        assert wide < 0.02
        if abs(value) > 0.02:
            assert abs(-value - float(right[name])) > wide, name


def test_points_are_those_of_the_marks(tmp_path: Path) -> None:
    marks = '\n[marks]\nask = ["delta"]\npoints = { "2.delta[1]" = 3 }\n'
    (tmp_path / "mazur.toml").write_text(MAZUR + marks, encoding="utf-8")
    _, fields = bank("mazur.toml", tmp_path)
    assert sorted(worth for worth, _, _ in fields) == [1, 1, 1, 3]


def test_what_is_given_stands_above_the_fields_and_no_answer_does() -> None:
    text, _ = bank("w3wi-ds304")
    given = text.partition("NUMERICAL")[0]
    for number in ("0.30", "0.31", "1.40"):
        assert number in given
    for answer in ("0.85", "0.49", "1.24"):
        assert answer not in given


def test_a_problem_in_letters_has_no_fields() -> None:
    ran = backprop("sheet", "umons", "--format", "moodle")
    assert (ran.status, ran.out) == (2, "")
    assert "Moodle has no field for a formula" in ran.err


def responses(*answers: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Last name", "First name", "Email address", "State", "Completed", "Response 1"])
    for number, answer in enumerate(answers):
        writer.writerow(
            [f"L{number}", "F", f"{number}@x.org", "Finished", "25 November 2026 8:10 AM", answer]
        )
    return out.getvalue()


def test_the_responses_come_back_and_are_followed_through(tmp_path: Path) -> None:
    """The second student's δ has its sign flipped, and the weights' gradient follows from that."""
    (tmp_path / "mazur.toml").write_text(
        MAZUR + '\n[marks]\nask = ["2.delta", "2.bias_gradient"]\n', encoding="utf-8"
    )
    right = "part 1: 0.1385; part 2: -0.0381; part 3: 0.1385; part 4: -0.0381"
    flipped = "part 1: -0.1385; part 2: -0.0381; part 3: -0.1385; part 4: -0.0381"
    half = "part 1: 0.1385; part 2: ; part 4: -0.0381"
    german = "Teil 1: 0,1385; Teil 2: -0,0381; Teil 3: 0,1385; Teil 4: -0,0381"
    (tmp_path / "moodle.csv").write_text(responses(right, flipped, half, german), encoding="utf-8")
    ran = backprop("check", "moodle.csv", "--problem", "mazur.toml", "--format", "json", folder=tmp_path)
    found = [[cell["verdict"] for cell in one["cells"]] for one in json.loads(ran.out)["results"]]
    assert found == [
        ["correct"] * 4,
        ["slip", "correct", "follows", "correct"],
        ["correct", "missing", "missing", "correct"],
        ["correct"] * 4,
    ]
