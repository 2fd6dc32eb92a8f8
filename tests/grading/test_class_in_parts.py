"""A large class is graded part by part and equal sheets once: nobody's verdict hangs on the others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import backprop
from grading import spread
from misreadings import CASES, NET, misread
from mistaken import texts, worked

from backprop_cli import parse_problem
from backprop_cli.grading import grade as grading
from backprop_cli.grading.grade import Options, grade
from backprop_cli.grading.report.exports import json_pieces, to_json
from backprop_cli.grading.report.feedback import feedback
from backprop_cli.grading.report.gradebooks import grades_csv
from backprop_cli.grading.report.summary import class_summary
from backprop_cli.plan.plan import make_plan
from backprop_cli.sheets.answers import Answers

PROBLEM = parse_problem(NET.toml(), "problem.toml", "problem")


def a_class() -> Answers:
    """Honest sheets, misread numbers, numbers out of nowhere, both together, and some sheets twice."""
    rng = np.random.default_rng(7)
    sheets = [texts(worked(NET), NET)]
    for what, place, value, _, _ in CASES[::2]:
        for spoilt in (None, "2.weight_gradient"):
            sheet = worked(misread(what, place, value))
            if spoilt:
                sheet[spoilt].flat[0] += rng.uniform(0.1, 1)
            sheets.append(texts(sheet, NET))
    sheets += [sheets[0], sheets[3], {**sheets[4], "loss": "δ"}, {**sheets[0], "loss": "what?"}]
    taken = [spread(PROBLEM, sheet) for sheet in sheets]
    names = dict.fromkeys(name for sheet in taken for name in sheet)
    students = tuple(f"student {number}" for number in range(len(taken)))
    columns = {name: [sheet.get(name, "") for sheet in taken] for name in names}
    return Answers(PROBLEM, make_plan(PROBLEM), students, students, columns)


CLASS = a_class()


def test_a_row_has_the_same_verdicts_alone_as_in_a_class_of_any_size() -> None:
    many = 3
    whole = grade(CLASS.part(list(range(len(CLASS.students))) * many), Options())
    for student in range(0, len(CLASS.students), 2):
        alone = list(grade(CLASS.part([student]), Options()).results(0))
        assert list(whole.results((many - 1) * len(CLASS.students) + student)) == alone


def test_in_parts_all_that_is_told_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    formulas = {"2.delta": ["", "(a - y)", *[""] * (len(CLASS.students) - 2)]}
    answers = replace(CLASS, wholes=formulas)
    at_once = grade(answers, Options())
    monkeypatch.setattr(grading, "AT_ONCE", 4)
    parts = grade(answers, Options())
    assert type(parts) is not type(at_once)
    assert to_json(parts) == to_json(at_once)
    assert grades_csv([parts]) == grades_csv([at_once])
    assert class_summary(parts, names=True).blocks == class_summary(at_once, names=True).blocks
    for student in (0, 3, 2, 9):
        assert feedback(parts, student) == feedback(at_once, student)


def test_json_comes_piece_by_piece_as_it_would_whole() -> None:
    report = grade(CLASS, Options())
    assert "".join(json_pieces(report, json.dumps)) == json.dumps(to_json(report))


def test_what_is_written_piece_by_piece_is_whole(tmp_path: Path) -> None:
    for number in ("1", "2"):
        backprop("sheet", "umons", "--fill", "-o", tmp_path / f"{number}.toml")
    sheets = [tmp_path / "1.toml", tmp_path / "2.toml"]
    told = backprop("check", *sheets, "--attempts", "last", "-f", "json")
    backprop("check", *sheets, "--attempts", "last", "-f", "json", "-o", tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text(encoding="utf-8") == told.out
    json.loads(told.out)


def test_a_sheet_that_fails_costs_those_like_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grading, "AT_ONCE", 4)

    def broken(answers: Answers, asked: object, options: Options) -> object:
        if "student 6" in answers.students:
            raise ZeroDivisionError
        return report(answers, asked, options)

    report = grading._report
    monkeypatch.setattr(grading, "_report", broken)
    found = grade(CLASS, Options())
    assert [fault.source for fault in found.faults] == ["student 6"]
    assert len(found.students) == len(CLASS.students) - 1
