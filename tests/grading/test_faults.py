"""One answer never costs another: a fault of ours at one answer is told, and all the rest is graded."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from command_line import backprop

from backprop_cli.files.problem_file import read_problem
from backprop_cli.formula.tree import Sum, walk
from backprop_cli.grading import formula_answers, grade
from backprop_cli.grading.report.cell_words import teller_of
from backprop_cli.plan.plan import make_plan
from backprop_cli.typed import numbers
from backprop_cli.values.cell_plan import cell_plan

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


def test_a_mend_that_is_asked_about_steers_no_terminal(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text("student,loss\nAda,(z - y\x9b31m\u202e)^2 = (\n", encoding="utf-8")
    ran = backprop("check", "class.csv", "--problem", "regression-1-5-1", folder=tmp_path)
    assert not set("\x1b\x9b\u202e") & set(ran.out + ran.err)


def test_a_sum_in_what_is_said_of_a_cell_is_written_as_in_the_equations() -> None:
    teller = teller_of(cell_plan(make_plan(read_problem("batch-normalisation"))))
    step = next(step for step in make_plan(teller.problem).steps if step.key == ("value", "L"))
    sum_of = next(part for _, part in walk(step.formula) if isinstance(part, Sum))
    assert "Σ" in teller.text.line(teller.written(sum_of))
