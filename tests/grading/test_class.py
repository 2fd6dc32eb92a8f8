"""A class: folders of sheets and CSVs in, grades, feedback, a summary and other programs' JSON out."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from classes import FLIPPED, HONEST, PARTS, toml, wide
from command_line import Ran, backprop
from grading import MAZUR, honest

PROBLEM = MAZUR + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mazur.toml").write_text(PROBLEM, encoding="utf-8")
    return tmp_path


def sheets(folder: Path, **students: dict[str, str]) -> Path:
    inside = folder / "sheets"
    inside.mkdir()
    for name, answers in students.items():
        (inside / f"{name}.toml").write_text(toml(name, answers), encoding="utf-8")
    return inside


def long(students: dict[str, dict[str, str]], cells: tuple[str, ...] = PARTS) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("student", "cell", "value"))
    writer.writerows((name, cell, answers[cell]) for name, answers in students.items() for cell in cells)
    return out.getvalue()


def check(folder: Path, *arguments: str | Path, **options: Any) -> Ran:
    return backprop("check", *arguments, folder=folder, **options)


def graded(folder: Path, *arguments: str | Path) -> dict[str, dict[str, Any]]:
    """The JSON report by student, each with its cells by name."""
    found = json.loads(check(folder, *arguments, "--format", "json").out)
    return {
        one["student"]: {**one, "cells": {cell["cell"]: cell for cell in one["cells"]}}
        for one in found["results"]
    }


def grades(folder: Path, *arguments: str | Path) -> list[dict[str, str]]:
    check(folder, *arguments, "--grades", "grades.csv")
    return list(csv.DictReader(io.StringIO((folder / "grades.csv").read_text(encoding="utf-8"))))


CLASS = {"Ada": HONEST, "Ben": FLIPPED, "Cem": {**HONEST, "2.activation[1]": ""}}


def test_a_folder_of_sheets(folder: Path) -> None:
    found = graded(folder, sheets(folder, Ada=HONEST, Ben=FLIPPED))
    assert found["Ada"]["score"] == found["Ada"]["max_score"] == len(HONEST)
    assert found["Ben"]["score"] == len(HONEST) - 1
    assert found["Ben"]["first_slip"] == "2.delta[1]"


@pytest.mark.parametrize(
    "text",
    [
        wide(CLASS),
        long(CLASS),
        "\ufeff" + wide(CLASS),
        wide(CLASS, ";").replace(".1", ",1").replace(".7", ",7").replace("0.", "0,").replace('"', ""),
        wide(CLASS, "\t"),
        wide(CLASS).replace("\n", "\r\n"),
    ],
    ids=["wide", "long", "BOM", "semicolons and decimal commas", "tabs", "CRLF"],
)
def test_a_csv_of_a_class_in_each_form_gives_the_same(text: str, folder: Path) -> None:
    if "," in text and ";" in text:
        text = (
            text.replace("2,activation", "2.activation")
            .replace("2,delta", "2.delta")
            .replace("2,new", "2.new")
        )
    (folder / "class.csv").write_text(text, encoding="utf-8", newline="")
    found = graded(folder, "class.csv", "--problem", "mazur.toml")
    assert {name: one["score"] for name, one in found.items()} == {"Ada": 4, "Ben": 3, "Cem": 3}
    assert found["Cem"]["cells"]["2.activation[1]"]["verdict"] == "missing"
    assert found["Ben"]["cells"]["2.delta[1]"]["slip"] == ["sign"]


def test_a_broken_sheet_is_reported_and_the_others_are_graded(folder: Path) -> None:
    inside = sheets(folder, Ada=HONEST, Ben=FLIPPED)
    (inside / "broken.toml").write_text('problem = "mazur"\n[2\n', encoding="utf-8")
    (inside / "strange.toml").write_text('problem = "mazur"\n[9]\ndelta = "1"\n', encoding="utf-8")
    ran = check(folder, inside, "--format", "json")
    assert ran.status == 2
    assert "broken.toml:2" in ran.err
    assert 'no layer "9"' in ran.err
    assert [one["student"] for one in json.loads(ran.out)["results"]] == ["Ada", "Ben"]


def test_one_broken_sheet_alone_is_an_error(folder: Path) -> None:
    (folder / "answers.toml").write_text("student = \n", encoding="utf-8")
    ran = check(folder)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("form", ["folder", "wide", "long"])
def test_a_student_twice_is_told_and_the_others_are_graded(form: str, folder: Path) -> None:
    if form == "folder":
        inside = sheets(folder, **CLASS)
        (inside / "again.toml").write_text(toml("Ada", FLIPPED), encoding="utf-8")
        ran = check(folder, inside, "--format", "json")
    else:
        text = wide(CLASS) + wide({"Ada": FLIPPED}).partition("\n")[2]
        if form == "long":
            text = long(CLASS) + long({"Ada": FLIPPED}).partition("\n")[2]
        (folder / "class.csv").write_text(text, encoding="utf-8")
        ran = check(folder, "class.csv", "--problem", "mazur.toml", "--format", "json")
    assert ran.status == 2
    assert [one["student"] for one in json.loads(ran.out)["results"]] == ["Ben", "Cem"]
    assert '"Ada"' in ran.err
    assert "twice" in ran.err or "two answer sheets" in ran.err


def test_grades_have_a_line_for_each_student(folder: Path) -> None:
    inside = sheets(folder, Ada=HONEST, Ben={**FLIPPED, "loss": "0.5967"})
    most = str(len(HONEST))
    asked = [name.partition("[")[0] for name in HONEST]
    worth = {name: str(asked.count(name)) for name in asked}
    assert grades(folder, inside) == [
        {
            "student": "Ada",
            "problem": "mazur",
            "score": most,
            "max": most,
            "percentage": "100.0",
            **worth,
            "first slip": "",
            "slip codes": "",
            "unreadable": "",
        },
        {
            "student": "Ben",
            "problem": "mazur",
            "score": str(len(HONEST) - 2),
            "max": most,
            "percentage": f"{100 * (len(HONEST) - 2) / len(HONEST):.1f}",
            **worth,
            "loss": "0",
            "2.delta": "1",
            "first slip": "loss",
            "slip codes": "missing-factor sign",
            "unreadable": "",
        },
    ]


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "+49", "-1+1", "@SUM(A1)", "  =1", "\t=1"])
def test_a_name_that_a_spreadsheet_would_run_is_neutralised(name: str, folder: Path) -> None:
    (folder / "answers.toml").write_text(toml(name, FLIPPED), encoding="utf-8")
    (row,) = grades(folder)
    assert row["student"].startswith("'")
    assert row["student"].endswith(name.strip())


def test_numbers_are_not_neutralised(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("-Ada", {"2.delta[1]": "-0.1385"}), encoding="utf-8")
    (row,) = grades(folder, "--partial")
    assert (row["score"], row["max"], row["percentage"]) == ("0", "1", "0.0")


def test_feedback_has_a_file_for_each_student(folder: Path) -> None:
    check(folder, sheets(folder, Ada=HONEST, Ben=FLIPPED), "--report", "feedback")
    files = {path.name: path.read_text(encoding="utf-8") for path in (folder / "feedback").iterdir()}
    assert set(files) == {"Ada.md", "Ben.md"}
    assert files["Ben.md"].startswith("# Ben\n")
    assert "**First slip** δ⁽²⁾₁" in files["Ben.md"]
    assert "The sign is flipped" in files["Ben.md"]
    assert "slip" not in files["Ada.md"]


@pytest.mark.parametrize(
    "name", ["../../etc/x", "a/b\\c", "", "..", "ä" * 300, "con:aux", "x\u202ey", "é\u0000"]
)
def test_feedback_stays_in_its_folder_whatever_a_student_is_called(name: str, folder: Path) -> None:
    (folder / "class.csv").write_text(
        wide({name.replace("\0", ""): FLIPPED, "Zoe": HONEST}), encoding="utf-8"
    )
    ran = check(folder, "class.csv", "--problem", "mazur.toml", "--report", "feedback")
    named = any(map(str.isalnum, name))
    assert ran.status == (1 if named else 2)
    assert len(list((folder / "feedback").iterdir())) == 1 + named
    assert {path.name for path in folder.iterdir()} == {"mazur.toml", "class.csv", "feedback"}


def test_names_that_make_the_same_file_name_are_kept_apart(folder: Path) -> None:
    (folder / "class.csv").write_text(wide({"a/b": FLIPPED, "a:b": HONEST, "A*B": HONEST}), encoding="utf-8")
    check(folder, "class.csv", "--problem", "mazur.toml", "--report", "feedback")
    assert len({path.name.lower() for path in (folder / "feedback").iterdir()}) == 3


def test_a_name_is_no_markup_in_the_feedback(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("<script>[x](http://y)", FLIPPED), encoding="utf-8")
    check(folder, "--report", "feedback")
    (text,) = (path.read_text(encoding="utf-8") for path in (folder / "feedback").iterdir())
    assert "<script>" not in text
    assert "[x](http" not in text


BIG = {f"s{number:02}": (FLIPPED if number % 3 == 0 else HONEST) for number in range(12)}


def test_a_class_is_summed_up(folder: Path) -> None:
    (folder / "class.csv").write_text(wide({**BIG, "zero": {}}), encoding="utf-8")
    ran = check(folder, "class.csv", "--problem", "mazur.toml")
    assert ran.status == 1
    assert "13 students, mean 85 %, median 100 %, from 0 % to 100 %" in ran.out
    assert re.search(r"90–100 % +8 +█+", ran.out)
    assert re.search(r"70–80 % +4 +█+", ran.out)
    assert re.search(r"2\.delta\[1\] +δ⁽²⁾₁ +4 +31 % +1\n", ran.out)
    assert re.search(r"a flipped sign +sign +4 +4 +4\n", ran.out)
    assert "To discuss in the next lecture: a flipped sign, in 4 of 13 sheets (31 %)." in ran.out
    assert all(len(line) <= 80 for line in ran.out.splitlines())


def test_a_class_without_a_slip(folder: Path) -> None:
    (folder / "class.csv").write_text(wide(dict.fromkeys("abcd", HONEST)), encoding="utf-8")
    ran = check(folder, "class.csv", "--problem", "mazur.toml")
    assert ran.status == 0
    assert "Nobody slipped." in ran.out


def test_all_lists_every_cell_of_every_student(folder: Path) -> None:
    (folder / "class.csv").write_text(wide(BIG), encoding="utf-8")
    out = check(folder, "class.csv", "--problem", "mazur.toml", "--all").out
    assert out.count("2.new_weights[1,1]") == len(BIG)
    assert "Where most slipped" in out


def test_all_shows_what_was_right_too(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ben", FLIPPED), encoding="utf-8")
    out = check(folder, "--all").out
    for name in FLIPPED:
        assert name in out
    assert re.search(r"2\.delta\[1\] +δ⁽²⁾₁ +−0\.1385 +0\.138499 +✗ slip\n", out)


def test_json_has_the_contracts_schema(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ben", {**FLIPPED, "loss": ""}), encoding="utf-8")
    found = json.loads(check(folder, "--format", "json").out)
    assert found.keys() == {"schema", "problem", "results"}
    assert (found["schema"], found["problem"]) == ("backprop.report/1", "mazur")
    (one,) = found["results"]
    assert one.keys() == {"student", "source", "score", "max_score", "first_slip", "cells"}
    assert (one["student"], one["source"]) == ("Ben", "answers.toml")
    cells = {cell["cell"]: cell for cell in one["cells"]}
    slip = cells["2.delta[1]"]
    assert slip.keys() == {"cell", "answer", "expected", "from_yours", "verdict", "credit", "slip", "message"}
    assert slip["answer"] == "-0.1385"
    assert slip["expected"] == pytest.approx(0.138498562, abs=1e-8)
    assert slip["from_yours"] == pytest.approx((0.7514 - 0.01) * 0.7514 * (1 - 0.7514))
    assert (slip["verdict"], slip["credit"], slip["slip"]) == ("slip", 0.0, ["sign"])
    assert cells["loss"]["verdict"] == "missing"
    assert cells["2.delta[2]"]["slip"] == []


def test_an_output_that_ends_in_json_is_json(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ben", FLIPPED), encoding="utf-8")
    ran = check(folder, "-o", "report.json")
    assert ran.out == ""
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["schema"] == "backprop.report/1"


def test_gradescopes_results(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ben", FLIPPED), encoding="utf-8")
    found = json.loads(check(folder, "--format", "gradescope").out)
    assert found["score"] == len(FLIPPED) - 1
    tests = {test["name"].split()[0]: test for test in found["tests"]}
    assert len(tests) == len(FLIPPED)
    wrong = tests["2.delta[1]"]
    assert wrong.keys() == {"name", "score", "max_score", "status", "output", "tags", "visibility"}
    assert (wrong["score"], wrong["max_score"], wrong["status"]) == (0, 1, "failed")
    assert wrong["tags"] == ["sign"]
    assert wrong["visibility"] == "visible"
    assert "The sign is flipped" in wrong["output"]
    assert tests["2.delta[2]"]["status"] == "passed"
    assert sum(test["score"] for test in found["tests"]) == found["score"]


def test_gradescope_is_for_one_student(folder: Path) -> None:
    ran = check(folder, sheets(folder, Ada=HONEST, Ben=FLIPPED), "--format", "gradescope")
    assert (ran.status, ran.out) == (2, "")
    assert "one student" in ran.err


FOLLOWING = {"2.delta[1]": "0.2385", "2.weight_gradient[1,1]": "0.1415", "2.activation[1]": "0.7513"}


@pytest.mark.parametrize(
    ("options", "score", "most"),
    [
        ((), 2, 3),
        (("--credit", "follows=0.5"), 1.5, 3),
        (("--credit", "rounded=0"), 1, 3),
        (("--credit", "follows=0,rounded=0.25"), 0.25, 3),
        (("--credit", "follows=0", "--credit", "rounded=0"), 0, 3),
        (("--weights", "weight_gradient=4"), 5, 6),
        (("--weights", "delta=0"), 2, 2),
        (("--strict",), 1, 3),
    ],
)
def test_credits_and_weights(options: tuple[str, ...], score: float, most: float, folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ada", FOLLOWING), encoding="utf-8")
    one = graded(folder, "--partial", *options)["Ada"]
    assert (one["score"], one["max_score"]) == (score, most)


def test_marks_in_the_problem_file(folder: Path) -> None:
    marks = '\n[marks]\nfollows = 0.5\nweights = { delta = 2 }\npoints = { "2.activation[1]" = 3 }\n'
    (folder / "mazur.toml").write_text(PROBLEM + marks, encoding="utf-8")
    (folder / "answers.toml").write_text(toml("Ada", FOLLOWING), encoding="utf-8")
    one = graded(folder, "--partial")["Ada"]
    assert (one["score"], one["max_score"]) == (3.5, 6)
    one = graded(folder, "--partial", "--credit", "follows=1", "--weights", "delta=1")["Ada"]
    assert (one["score"], one["max_score"]) == (4, 5)


@pytest.mark.parametrize(
    "options",
    [
        ("--credit", "missing=1"),
        ("--credit", "follows"),
        ("--credit", "follows=nan"),
        ("--credit", "follows=-1"),
        ("--credit", "follows=2"),
        ("--weights", "detla=2"),
        ("--weights", "delta=much"),
    ],
)
def test_marks_that_make_no_sense_are_refused(options: tuple[str, ...], folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ada", FOLLOWING), encoding="utf-8")
    ran = check(folder, *options)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {options[0]}")
    assert "= help: " in ran.err


@pytest.mark.parametrize(
    "form", [(), ("--all",), ("--format", "json"), ("--format", "gradescope"), ("--report", "feedback")]
)
def test_a_hint_says_where_and_of_what_kind_and_not_the_answer(form: tuple[str, ...], folder: Path) -> None:
    wrong = {
        "loss": "0.5967",
        "2.delta[1]": "-0.0801",
        "2.activation[1]": "0.9000",
        "1.delta[1]": "nan",
        "1.preactivation[1]": "0.3776",
    }
    (folder / "answers.toml").write_text(toml("Ben", wrong), encoding="utf-8")
    ran = check(folder, "--hint", *form)
    shown = ran.out + "".join(path.read_text(encoding="utf-8") for path in folder.glob("feedback/*"))
    assert "2.delta[1]" in shown or "δ⁽²⁾₁" in shown
    for key in ("0.1385", "0.7514", "0.2984", "0.3775", "0.1384", "0.75136", "expected", "from_yours", "due"):
        assert key not in shown, key
    assert "sign" in shown
    assert "not a finite number" in shown


def test_ascii_has_no_other_character(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ben", {**FLIPPED, "loss": "0.5967"}), encoding="utf-8")
    for options in ((), ("--all",), ("--format", "json")):
        ran = check(folder, "--ascii", *options)
        assert ran.out.isascii(), options
    assert "delta(2)_1" in check(folder, "--ascii").out
    (folder / "class.csv").write_text(wide(BIG), encoding="utf-8")
    assert check(folder, "class.csv", "--problem", "mazur.toml", "--ascii").out.isascii()


def test_no_line_is_wider_than_the_terminal(folder: Path) -> None:
    wrong = {name: f"{float(text) * 1.7 + 0.1:.4f}" for name, text in HONEST.items()}
    (folder / "answers.toml").write_text(toml("Ben", wrong), encoding="utf-8")
    for columns in (60, 80, 120):
        for options in ((), ("--all",), ("--hint",)):
            out = check(folder, *options, columns=columns).out
            assert max(map(len, out.splitlines())) <= max(columns, 80), (columns, options)


def test_many_slips_are_cut_and_counted(folder: Path) -> None:
    wrong = {name: f"{float(text) * 1.7 + 0.1:.4f}" for name, text in HONEST.items()}
    (folder / "answers.toml").write_text(toml("Ben", wrong), encoding="utf-8")
    out = check(folder).out
    assert "First slip" in out
    assert "Slip 5" in out
    assert "Slip 6" not in out
    slips = int(re.search(r"✗ +(\d+)  slips", out)[1])
    assert f"{slips - 5} more: " in out


@pytest.mark.parametrize(("answers", "status"), [(HONEST, 0), (FLIPPED, 1), ({**HONEST, "loss": ""}, 1)])
def test_exit_status(answers: dict[str, str], status: int, folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ada", answers), encoding="utf-8")
    assert check(folder).status == status


def test_what_is_off_by_one_is_all_right_to_the_exit_status(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ada", {**HONEST, "loss": "0.2985"}), encoding="utf-8")
    assert check(folder).status == 0


@pytest.mark.parametrize("arguments", [("nothing.toml",), (".",), ("answers.toml", "--problem", ["nothing"])])
def test_what_cannot_be_used_is_status_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    if "--problem" in arguments:
        (tmp_path / "answers.toml").write_text(toml("Ada", HONEST), encoding="utf-8")
    ran = check(tmp_path, *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: ")


def test_sheets_on_several_problems_are_graded_each_on_its_own(folder: Path) -> None:
    inside = sheets(folder, Ada=HONEST)
    (inside / "w3wi.toml").write_text(
        'problem = "w3wi-ds304"\nstudent = "Ada"\n[out]\npreactivation = ["-0.85", "-0.49"]\n',
        encoding="utf-8",
    )
    counting = ("--problem", "mazur.toml", "--problem", "w3wi-ds304", "--partial")
    found = json.loads(check(folder, inside, *counting, "--format", "json").out)
    assert [report["problem"] for report in found] == ["mazur", "w3wi-ds304"]
    assert check(folder, inside, *counting).status == 0


def test_several_students_are_parted_by_a_blank_line(folder: Path) -> None:
    assert "\n\nBen\n" in check(folder, sheets(folder, Ada=HONEST, Ben=FLIPPED)).out


def test_the_sheet_in_the_folder_is_taken_without_arguments(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ada", HONEST), encoding="utf-8")
    assert check(folder).out.startswith("Ada\n")


def test_a_sheet_filled_with_the_key_is_all_right(folder: Path) -> None:
    for problem in ("w3wi-ds304", "or-batch"):
        sheet = backprop("sheet", problem, "--fill")
        (folder / "answers.toml").write_text(sheet.out, encoding="utf-8")
        assert check(folder).status == 0


def test_a_blank_sheet_is_all_missing(folder: Path) -> None:
    (folder / "answers.toml").write_text(backprop("sheet", "w3wi-ds304").out, encoding="utf-8")
    ran = check(folder)
    assert ran.status == 1
    assert re.search(r"· +29  not answered", ran.out)
    assert "Score   0 / 29" in ran.out


def test_a_table_of_every_cell_fits_80_columns(folder: Path) -> None:
    """Four samples, and loss terms written out: the widest of the bundled sheets."""
    sheet = Path(__file__).resolve().parents[2] / "problems" / "or-batch" / "answers.toml"
    out = check(folder, sheet, "--all").out
    assert max(map(len, out.splitlines())) <= 80
    assert out.count("1.new_weights[") == 4


def test_a_credit_of_ones_own_is_shown_in_the_table(folder: Path) -> None:
    (folder / "answers.toml").write_text(toml("Ada", FOLLOWING), encoding="utf-8")
    assert "Credit" not in check(folder, "--all").out
    assert re.search(r"→ follows +0\.5\n", check(folder, "--all", "--credit", "follows=0.5").out)


def test_a_wrong_number_that_most_of_a_class_has_makes_the_key_suspect(folder: Path) -> None:
    right = honest(MAZUR)
    rows = [["student", *right]]
    for number in range(5):
        sheet = {**right, "2.activation[1]": "0.7777"} if number < 4 else right
        rows.append([f"student {number}", *sheet.values()])
    (folder / "class.csv").write_text(
        "\n".join(",".join(row) for row in map(_quoted, rows)), encoding="utf-8"
    )
    ran = check(folder, "class.csv", "--problem", "mazur.toml")
    assert "4 of 5 have 0.7777 for a⁽²⁾₁, where 0.7514 was due: is the key right?" in ran.out


def _quoted(row: list[str]) -> list[str]:
    return [f'"{text}"' for text in row]
