"""Safe marks: what is left out counts, the problem is pinned, a bad row costs its own student only."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from classes import FLIPPED, HONEST, PARTS, toml, wide
from command_line import Ran, backprop
from grading import MAZUR, honest

OTHER = MAZUR.replace("0.40, 0.45", "0.41, 0.45")
EASY = MAZUR.replace("0.01, 0.99", "0.7514, 0.7729")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mazur.toml").write_text(MAZUR, encoding="utf-8")
    return tmp_path


def check(folder: Path, *arguments: str | Path) -> Ran:
    return backprop("check", *arguments, folder=folder)


def graded(folder: Path, *arguments: str | Path) -> dict[str, dict[str, Any]]:
    found = json.loads(check(folder, *arguments, "--format", "json").out)
    reports = found if isinstance(found, list) else [found]
    return {
        one["student"]: {**one, "problem": report["problem"], "cells": {c["cell"]: c for c in one["cells"]}}
        for report in reports
        for one in report["results"]
    }


def rows(folder: Path, *arguments: str | Path) -> list[dict[str, str]]:
    check(folder, *arguments, "--grades", "grades.csv")
    return list(csv.DictReader(io.StringIO((folder / "grades.csv").read_text(encoding="utf-8"))))


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return name


def test_one_right_answer_alone_is_not_full_marks(folder: Path) -> None:
    sheet = write(folder, "ada.toml", toml("Ada", {"2.delta[1]": "0.1385"}))
    one = graded(folder, sheet)["Ada"]
    assert (one["score"], one["max_score"]) == (1, len(HONEST))
    assert one["cells"]["loss"]["verdict"] == "missing"
    assert check(folder, sheet).status == 1
    one = graded(folder, sheet, "--partial")["Ada"]
    assert (one["score"], one["max_score"]) == (1, 1)
    assert graded(folder, sheet, "--complete") == graded(folder, sheet)


def test_partial_does_not_count_a_blank_either(folder: Path) -> None:
    sheet = write(folder, "ada.toml", toml("Ada", {"2.delta[1]": "0.1385", "loss": ""}))
    assert graded(folder, sheet, "--partial")["Ada"]["max_score"] == 1


def test_a_table_asks_for_its_columns_only(folder: Path) -> None:
    write(folder, "class.csv", wide({"Ada": HONEST, "Ben": {}}))
    found = graded(folder, "class.csv", "--problem", "mazur.toml")
    assert [found[name]["max_score"] for name in ("Ada", "Ben")] == [len(PARTS)] * 2


def test_a_sheet_on_an_easier_problem_of_its_own_is_told_and_not_graded(folder: Path) -> None:
    for name in ("ada", "ben", "cem"):
        write(folder, f"sheets/{name}.toml", toml(name, HONEST))
    write(folder, "sheets/easy.toml", EASY)
    write(folder, "sheets/eve.toml", toml("eve", honest(EASY), "easy"))
    ran = check(folder, "sheets", "--format", "json")
    assert ran.status == 2
    assert {one["student"] for one in json.loads(ran.out)["results"]} == {"ada", "ben", "cem"}
    assert 'eve.toml answers the problem "easy", the class "mazur": not graded' in ran.err


def test_a_folder_for_each_student_may_have_the_same_problem_in_it_and_no_other(folder: Path) -> None:
    for name in ("ada", "ben", "cem"):
        write(folder, f"class_{name}/answers.toml", toml(name, HONEST, ""))
        write(folder, f"class_{name}/problem.toml", EASY if name == "cem" else MAZUR)
    ran = check(folder, "class_ada", "class_ben", "class_cem", "--format", "json")
    assert {one["student"] for one in json.loads(ran.out)["results"]} == {"ada", "ben"}
    assert "answers.toml" in ran.err
    assert ran.status == 2


def test_a_class_that_agrees_on_no_problem_is_not_graded_by_chance(folder: Path) -> None:
    write(folder, "other.toml", OTHER)
    write(folder, "sheets/ada.toml", toml("ada", HONEST))
    write(folder, "sheets/ben.toml", toml("ben", honest(OTHER), "other"))
    ran = check(folder, "sheets")
    assert (ran.status, ran.out) == (2, "")
    assert 'the sheets answer 2 problems: "mazur", "other"' in ran.err
    assert "--problem" in ran.err


def test_several_problems_count_where_they_are_named(folder: Path) -> None:
    write(folder, "other.toml", OTHER)
    write(folder, "sheets/ada.toml", toml("ada", HONEST))
    write(folder, "sheets/ben.toml", toml("ben", honest(OTHER), "other"))
    write(folder, "sheets/eve.toml", toml("eve", {"loss": "0.47"}, "w3wi-ds304"))
    found = graded(folder, "sheets", "--problem", "mazur.toml", "--problem", "other.toml")
    assert {name: one["problem"] for name, one in found.items()} == {"ada": "mazur", "ben": "other"}
    assert all(one["score"] == one["max_score"] for one in found.values())
    ran = check(folder, "sheets", "--problem", "mazur.toml", "--problem", "other.toml")
    assert 'the problem "w3wi-ds304" is none of those that count' in ran.err


def test_one_problem_named_overrides_the_sheet_and_says_so(folder: Path) -> None:
    sheet = write(folder, "ada.toml", toml("ada", HONEST, "mazurr"))
    ran = check(folder, sheet, "--problem", "mazur.toml")
    assert ran.status == 0
    assert 'names the problem "mazurr" and is graded on "mazur"' in ran.err


TABLE = wide({"Ada": HONEST, "Ben": FLIPPED, "Cem": HONEST})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (",0.7514,0.1385,-0.0381,0.3589", "a student without a name: class.csv, row 5"),
        ("...,0.7514,0.1385,-0.0381,0.3589", "a student without a name: class.csv, row 5"),
        ("Dan,0,7514,0,1385,-0,0381,0,3589", "row 5 of class.csv has 9 columns"),
        ("Ada,0.7514,0.1385,-0.0381,0.3589", "class.csv, row 2, and class.csv, row 5"),
        ("  aDA ,0.7514,0.1385,-0.0381,0.3589", "class.csv, row 2, and class.csv, row 5"),
    ],
    ids=["nameless", "dots", "too long", "twice", "twice after folding"],
)
def test_one_bad_row_is_told_with_its_number_and_the_others_are_graded(
    line: str, told: str, folder: Path
) -> None:
    write(folder, "class.csv", TABLE + line + "\n")
    ran = check(folder, "class.csv", "--problem", "mazur.toml", "--format", "json")
    assert ran.status == 2
    assert told in ran.err
    found = {one["student"]: one["score"] for one in json.loads(ran.out)["results"]}
    assert {"Ben": 3, "Cem": 4}.items() <= found.items()


def test_names_composed_in_two_ways_are_one_student(folder: Path) -> None:
    write(folder, "class.csv", wide({"Zoe\u0308": HONEST, "Zo\u00eb": FLIPPED, "Ben": HONEST}))
    ran = check(folder, "class.csv", "--problem", "mazur.toml", "--format", "json")
    assert [one["student"] for one in json.loads(ran.out)["results"]] == ["Ben"]


def test_a_misspelt_problem_in_a_row_is_told_and_the_others_are_graded(folder: Path) -> None:
    lines = TABLE.splitlines()
    text = "\n".join(
        [
            lines[0] + ",problem",
            *(f"{line},mazur" for line in lines[1:]),
            lines[1].replace("Ada", "Dan") + ",mazzur",
        ]
    )
    write(folder, "class.csv", text + "\n")
    ran = check(folder, "class.csv", "--format", "json")
    assert [one["student"] for one in json.loads(ran.out)["results"]] == ["Ada", "Ben", "Cem"]
    assert 'class.csv, row 5: there is no problem "mazzur"' in ran.err
    assert ran.status == 2


def test_two_problems_in_one_wide_table_cost_nobody_points(folder: Path) -> None:
    """Ada was given δ of the first unit, Bea another problem with its own columns."""
    other = "w3wi-ds304"
    write(
        folder,
        "class.csv",
        "student,problem,loss,2.delta[1],2.delta[2],hid.preactivation[1]\n"
        f"Ada,mazur,0.2984,0.1385,,\nBea,{other},0.47,,,0.61\n",
    )
    found = graded(folder, "class.csv", "--problem", "mazur.toml", "--problem", other)
    assert {name: (one["score"], one["max_score"]) for name, one in found.items()} == {
        "Ada": (2, 2),
        "Bea": (2, 2),
    }


ATTEMPTS = wide({"Ada": {**HONEST, "2.delta[1]": "1"}, "Ben": HONEST}) + "".join(
    wide({"Ada": answers}).partition("\n")[2]
    for answers in (HONEST, {**HONEST, "2.delta[1]": "1", "2.delta[2]": "1"})
)


@pytest.mark.parametrize(("attempts", "score"), [("first", 3), ("best", 4), ("last", 2)])
def test_the_attempt_that_counts_is_chosen(attempts: str, score: int, folder: Path) -> None:
    write(folder, "class.csv", ATTEMPTS)
    found = graded(folder, "class.csv", "--problem", "mazur.toml", "--attempts", attempts)
    assert {name: one["score"] for name, one in found.items()} == {"Ada": score, "Ben": 4}
    assert check(folder, "class.csv", "--problem", "mazur.toml", "--attempts", attempts).status < 2


def test_without_a_choice_a_student_of_several_attempts_is_told(folder: Path) -> None:
    write(folder, "class.csv", ATTEMPTS)
    ran = check(folder, "class.csv", "--problem", "mazur.toml", "--format", "json")
    assert [one["student"] for one in json.loads(ran.out)["results"]] == ["Ben"]
    assert (
        'three answer sheets by "Ada": class.csv, row 2, and class.csv, row 4, and class.csv, row 5'
        in ran.err
    )
    assert "--attempts" in ran.err


def test_attempts_go_by_the_time_stamp_where_there_is_one(folder: Path) -> None:
    lines = ATTEMPTS.splitlines()
    stamps = (
        "Timestamp",
        "02/11/2026 10:00:00",
        "02/11/2026 08:00:00",
        "13/10/2026 9:00:00",
        "01/11/2026 9:00:00",
    )
    write(folder, "class.csv", "\n".join(f"{s},{line}" for s, line in zip(stamps, lines, strict=True)))
    last = graded(folder, "class.csv", "--problem", "mazur.toml", "--attempts", "last")
    first = graded(folder, "class.csv", "--problem", "mazur.toml", "--attempts", "first")
    assert (last["Ada"]["score"], first["Ada"]["score"]) == (3, 4)


def test_an_id_tells_students_of_one_name_apart_and_is_carried_into_the_grades(folder: Path) -> None:
    lines = wide({"Ada": HONEST}).splitlines()
    flipped = wide({"Ada": FLIPPED}).splitlines()[1]
    write(folder, "class.csv", f"{lines[0]},E-mail,Group\n{lines[1]},a@x.org,1\n{flipped},b@x.org,2\n")
    found = rows(folder, "class.csv", "--problem", "mazur.toml", "--id", "e-mail")
    assert [(row["student"], row["E-mail"], row["Group"], row["score"]) for row in found] == [
        ("Ada", "a@x.org", "1", "4"),
        ("Ada", "b@x.org", "2", "3"),
    ]
    ran = check(folder, "class.csv", "--problem", "mazur.toml", "--id", "matric")
    assert (ran.status, ran.out) == (2, "")
    assert 'no column "matric"' in ran.err


def test_a_sheet_has_its_id_on_a_line_of_its_own(folder: Path) -> None:
    for number in (1, 2):
        text = toml("Ada", HONEST).replace("student =", f'"E-mail" = "a{number}@x.org"\nstudent =')
        write(folder, f"sheets/{number}.toml", text)
    found = rows(folder, "sheets", "--id", "email")
    assert [(row["student"], row["email"]) for row in found] == [("Ada", "a1@x.org"), ("Ada", "a2@x.org")]


def test_grades_have_the_contracts_columns(folder: Path) -> None:
    write(folder, "class.csv", wide({"Ada": {**FLIPPED, "2.activation[1]": "about half"}}))
    (row,) = rows(folder, "class.csv", "--problem", "mazur.toml")
    assert list(row) == [
        *("student", "problem", "score", "max", "percentage", "2.activation", "2.delta", "2.new_weights"),
        *("first slip", "slip codes", "unreadable"),
    ]
    assert row["unreadable"] == "2.activation[1]: about half"
    assert (row["2.activation"], row["2.delta"], row["2.new_weights"]) == ("0", "1", "1")


def test_what_cannot_be_read_is_listed_for_the_teacher(folder: Path) -> None:
    class_ = {f"s{number}": HONEST for number in range(5)} | {
        "Ada": {**HONEST, "2.activation[1]": "about half"}
    }
    write(folder, "class.csv", wide(class_))
    out = check(folder, "class.csv", "--problem", "mazur.toml").out
    assert "One answer could not be read" in out
    assert "2.activation[1]  “about half”" in out


def test_one_answer_that_does_not_nest_costs_no_other_of_the_sheet(folder: Path) -> None:
    bad = toml("Ben", HONEST).replace('"delta[1]" = "0.1385"', 'delta = [["0.1385"]]\ndetla = "3"')
    write(folder, "sheets/ada.toml", toml("Ada", HONEST))
    write(folder, "sheets/ben.toml", bad)
    ran = check(folder, "sheets", "--format", "json")
    found = {one["student"]: one["score"] for one in json.loads(ran.out)["results"]}
    assert found == {"Ada": len(HONEST), "Ben": len(HONEST) - 1}
    assert "2.delta must be a list of 2 answers" in ran.err
    assert "nothing is called 2.detla in this problem" in ran.err
    assert ran.err.count("ben.toml:") == 2
    assert ran.status == 2


def test_files_that_are_passed_over_are_named(folder: Path) -> None:
    write(folder, "sheets/ada.toml", toml("Ada", HONEST))
    for name in ("ben.docx", "cem.TXT", "dan.pdf"):
        write(folder, f"sheets/{name}", "x")
    (folder / "sheets" / "eve" / "deep").mkdir(parents=True)
    ran = check(folder, "sheets")
    assert "passed over in sheets, being no sheets: ben.docx, cem.TXT, dan.pdf, eve/deep/" in ran.err
    assert ran.status == 0


def test_feedback_of_an_earlier_run_is_told(folder: Path) -> None:
    write(folder, "class.csv", TABLE)
    check(folder, "class.csv", "--problem", "mazur.toml", "--report", "feedback")
    write(folder, "class.csv", wide({"Ada": HONEST}))
    ran = check(folder, "class.csv", "--problem", "mazur.toml", "--report", "feedback")
    assert "feedback still has what was written earlier, for nobody graded now: Ben.md, Cem.md" in ran.err


@pytest.mark.parametrize(
    "ask", ['["delta"]', '["2.delta", "1.delta"]', '["2.delta[1]", "2.delta[2]", "1.delta"]']
)
def test_marks_may_say_what_is_asked(ask: str, folder: Path) -> None:
    write(folder, "mazur.toml", MAZUR + f"\n[marks]\nask = {ask}\n")
    key = backprop("sheet", "mazur.toml", "--fill", folder=folder).out
    assert "preactivation" not in key
    sheet = write(folder, "key.toml", key)
    assert sorted(graded(folder, sheet)["key"]["cells"]) == [
        f"{n}.delta[{u}]" for n in (1, 2) for u in (1, 2)
    ]
    assert check(folder, sheet).status == 0
    header = backprop("sheet", "mazur.toml", "--format", "csv", folder=folder).out
    assert sorted(next(csv.reader([header.strip()]))) == sorted(
        ["student", *graded(folder, sheet)["key"]["cells"]]
    )
    # What is given besides is not counted, and what follows from it is.
    wrong = {**HONEST, "2.activation[1]": "0.8514"}
    wrong["2.delta[1]"] = f"{(0.8514 - 0.01) * 0.8514 * (1 - 0.8514):.4f}"
    sheet = write(folder, "ada.toml", toml("Ada", wrong))
    cells = graded(folder, sheet)["Ada"]["cells"]
    assert len(cells) == 4
    assert cells["2.delta[1]"]["verdict"] == "follows"


@pytest.mark.parametrize("ask", ['"delta"', "[1]", '["detla"]', '["2.delta[3]"]'])
def test_an_ask_that_makes_no_sense_is_an_error(ask: str, folder: Path) -> None:
    write(folder, "mazur.toml", MAZUR + f"\n[marks]\nask = {ask}\n")
    ran = backprop("sheet", "mazur.toml", folder=folder)
    assert (ran.status, ran.out) == (2, "")
    assert "mazur.toml:" in ran.err


HOSTILE = {
    "a header only": "student,loss\n",
    "a hint only": "sep=,\n",
    "a hint and blanks": "sep=;\n\n \n",
    "commas": "," * 3_000_000,
    "a header of brackets": "student," + "[" * 200_000 + "\n1,2\n",
    "brackets and commas": "student" + ",[" * 4_000 + "\n1,2\n",
    "quotes and brackets": '["' * 100_000 + "\nAda,1\n",
    "blank lines": "\n" * 2_000_000 + "student,loss\n",
    "rows of commas": "student,loss\n" + ("," * 20_000 + "\n") * 20,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_table_that_is_none_is_refused_at_once(text: str, folder: Path) -> None:
    write(folder, "class.csv", text)
    ran = check(folder, "class.csv", "--problem", "mazur.toml")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert len(ran.err) < 3000


def test_a_broken_table_does_not_cost_the_sheets_beside_it(folder: Path) -> None:
    write(folder, "sheets/ada.toml", toml("Ada", HONEST))
    for number, text in enumerate(HOSTILE.values()):
        write(folder, f"sheets/{number}.csv", text)
    ran = check(folder, "sheets", "--problem", "mazur.toml", "--format", "json")
    assert [one["score"] for one in json.loads(ran.out)["results"]] == [len(HONEST)]
    assert ran.status == 2
