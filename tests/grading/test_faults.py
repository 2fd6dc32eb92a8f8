"""One answer never costs another: a fault of ours at one answer is told, and all the rest is graded."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from command_line import backprop

from backprop_cli.grading import formula_answers, grade
from backprop_cli.typed import numbers

SHEET = 'problem = "w3wi-ds304"\nstudent = "{0}"\nloss = "0.47"\n[hid]\npreactivation = ["0.61", "{1}"]\n'


def a_class(folder: Path, **answers: str) -> Path:
    inside = folder / "sheets"
    inside.mkdir()
    for name, answer in answers.items():
        (inside / f"{name}.toml").write_text(SHEET.format(name, answer), encoding="utf-8")
    return inside


def by_student(out: str) -> dict[str, dict[str, Any]]:
    return {
        one["student"]: {cell["cell"]: cell for cell in one["cells"]} for one in json.loads(out)["results"]
    }


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("a bug\nof two lines")


def test_a_formula_that_brings_a_fault_about_costs_its_own_cell_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = a_class(tmp_path, ada="p_1", ben="-0.64")
    monkeypatch.setattr(formula_answers, "grade_formula", broken)
    ran = backprop("check", inside, "--format", "json")
    cells = by_student(ran.out)
    assert cells["ada"]["hid.preactivation[2]"]["verdict"] == "invalid"
    assert "fault of the program's own" in cells["ada"]["hid.preactivation[2]"]["message"]
    assert cells["ada"]["hid.preactivation[1]"]["verdict"] == "correct"
    assert cells["ben"]["hid.preactivation[2]"]["verdict"] == "correct"
    (line,) = [line for line in ran.err.splitlines() if line.startswith("internal error")]
    assert "ada.toml, hid.preactivation[2]: ZeroDivisionError: a bug of two lines" in line
    assert "Traceback" not in ran.err
    assert ran.status == 3


def test_an_answer_that_breaks_the_reading_of_numbers_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = a_class(tmp_path, ada="1/3", ben="-0.64")
    monkeypatch.setattr(numbers, "_read", broken)
    cells = by_student(backprop("check", inside, "--format", "json").out)
    assert cells["ada"]["hid.preactivation[2]"]["verdict"] == "invalid"
    assert cells["ada"]["loss"]["verdict"] == cells["ben"]["loss"]["verdict"] == "correct"


def test_a_student_whose_sheet_breaks_the_judging_is_told_and_the_others_are_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = grade.judge

    def at_seven(problem: Any, plans: Any, traces: Any, answers: Any, *rest: Any, **options: Any) -> Any:
        if any((written.values == 7).any() for written in answers.values()):
            raise ValueError("seven")
        return judge(problem, plans, traces, answers, *rest, **options)

    inside = a_class(tmp_path, ada="-0.64", ben="7", cem="-0.64")
    monkeypatch.setattr(grade, "judge", at_seven)
    ran = backprop("check", inside, "--format", "json", "--grades", tmp_path / "grades.csv")
    assert by_student(ran.out).keys() == {"ada", "cem"}
    assert "ben.toml: ValueError: seven" in ran.err
    assert ran.status == 3
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        assert [row["student"] for row in csv.DictReader(file)] == ["ada", "cem"]


def test_a_fault_in_telling_of_a_cell_leaves_its_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backprop_cli.grading.report.words import Teller

    inside = a_class(tmp_path, ada="0.64")
    monkeypatch.setattr(Teller, "worked", broken)
    ran = backprop("check", inside, "--format", "json")
    assert by_student(ran.out)["ada"]["hid.preactivation[2]"]["verdict"] == "slip"
    assert ran.status == 3


@pytest.mark.parametrize("command", [("solve", "w3wi-ds304"), ("sheet", "w3wi-ds304")])
def test_a_fault_anywhere_is_one_line_and_status_3(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backprop_cli.files.problem_file.parse_problem", broken)
    ran = backprop(*command)
    assert (ran.status, ran.out) == (3, "")
    assert ran.err == (
        "internal error: ZeroDivisionError: a bug of two lines "
        "(ours, not yours; BACKPROP_DEBUG=1 shows where)\n"
    )


def test_the_place_of_a_fault_is_shown_to_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backprop_cli.files.problem_file.parse_problem", broken)
    with pytest.raises(ZeroDivisionError):
        backprop("solve", "w3wi-ds304", BACKPROP_DEBUG="1")
