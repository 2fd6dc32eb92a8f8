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


def test_half_a_point_is_a_weight_in_proportion(tmp_path: Path) -> None:
    marks = '\n[marks]\nask = ["delta"]\npoints = { "2.delta[1]" = 0.5 }\n'
    (tmp_path / "mazur.toml").write_text(MAZUR + marks, encoding="utf-8")
    _, fields = bank("mazur.toml", tmp_path)
    assert sorted(worth for worth, _, _ in fields) == [1, 2, 2, 2]


def cloze(text: str) -> list[tuple[str, str, str]]:
    """The fields of a cloze text by Moodle's grammar: weight, kind, answers; everything else is text.

    { weight : KIND : answers }, where \\ before } # ~ / " makes it a plain character.
    """
    found, place = [], 0
    while (start := text.find("{", place)) >= 0:
        end = start
        while text[end] != "}" or text[end - 1] == "\\":
            end += 1
        weight, kind, answers = text[start + 1 : end].split(":", 2)
        assert weight.isdigit()
        assert kind in ("NUMERICAL", "NM")
        found.append((weight, kind, answers))
        place = end + 1
    assert "}" not in text[place:]
    return found


TITLE = 'title = "Sets {a:b} & <b>bold</b> ]]> ~ # 50 %"\n'


def test_a_bank_reads_back_whatever_its_title_and_symbols_hold(tmp_path: Path) -> None:
    """By a strict reader of the format: a field for each answer, with one value and its tolerance."""
    text = MAZUR if "title" not in MAZUR else re.sub("(?m)^title.*\n", "", MAZUR)
    (tmp_path / "odd.toml").write_text(TITLE + text, encoding="utf-8")
    questiontext, fields = bank("odd.toml", tmp_path)
    read = cloze(questiontext)
    assert len(read) == len(fields) > 20
    for (_, _, answers), (_, value, wide) in zip(read, fields, strict=True):
        assert [float(part) for part in answers.removeprefix("=").split(":")] == [value, wide]
    ran = backprop("sheet", "odd.toml", "--format", "moodle", folder=tmp_path)
    assert (
        ElementTree.fromstring(ran.out).findtext("question/name/text")
        == "Sets {a:b} & <b>bold</b> ]]> ~ # 50 %"
    )


def test_a_parser_of_moodles_xml_reads_the_same_fields(tmp_path: Path) -> None:
    parser = pytest.importorskip("moodle_xml_parser.parser")
    ran = backprop("sheet", "w3wi-ds304", "--format", "moodle")
    (tmp_path / "bank.xml").write_text(ran.out, encoding="utf-8")
    (question,) = parser.parse_file(str(tmp_path / "bank.xml"))["cloze"]
    _, fields = bank("w3wi-ds304")
    read = [
        (gap.sub_grade, gap.sub_type, gap.options[0].answer, gap.options[0].score) for gap in question.gaps
    ]
    assert [one[:2] for one in read] == [(worth, "NUMERICAL") for worth, _, _ in fields]
    assert [float(one[2].split(":")[0]) for one in read] == [value for _, value, _ in fields]
    assert {one[3] for one in read} == {100}
