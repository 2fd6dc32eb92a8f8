"""Class tables as they really leave spreadsheets, forms and platforms."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from command_line import backprop

SEMICOLONS = "Name;out.activation[1];out.activation_gradient[2]\r\nÄda;0,30;-1,24\r\nBen;0,30;1,24\r\n"
COMMAS = SEMICOLONS.replace(",", ".").replace(";", ",")


def scores(data: bytes, folder: Path) -> tuple[dict[str, str], str]:
    """Each student's score, and what else was told."""
    (folder / "class.csv").write_bytes(data)
    ran = backprop("check", "class.csv", "--problem", "w3wi-ds304", "--grades", "grades.csv", folder=folder)
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row["score"] for row in csv.DictReader(file)}, ran.err


@pytest.mark.parametrize(
    "data",
    [
        SEMICOLONS.encode("utf-8-sig"),
        SEMICOLONS.encode("utf-16"),
        SEMICOLONS.encode("utf-16-le"),
        SEMICOLONS.replace(";", "\t").encode("utf-16-be"),
        COMMAS.encode(),
        COMMAS.replace("\r\n", "\r").encode(),
        COMMAS.replace("Ben", " ,\t,\u00a0\r\n,,\r\nBen").encode(),
        COMMAS.replace("0.30", '"0.30\n"').encode(),
        COMMAS.replace("Name,", '"Your\nname",').encode(),
        SEMICOLONS.replace("-", "−").replace("Name", "\u00a0Name ").encode(),
    ],
)
def test_encodings_separators_and_empty_rows_change_no_score(data: bytes, tmp_path: Path) -> None:
    assert scores(data, tmp_path) == ({"Äda": "2", "Ben": "1"}, "")


@pytest.mark.parametrize("title", ["Export of the course\r\n\r\n", "Group;;\r\n;;\r\n"])
def test_the_lines_of_a_title_are_passed_over_and_told(title: str, tmp_path: Path) -> None:
    found, told = scores((title + SEMICOLONS).encode(), tmp_path)
    assert found == {"Äda": "2", "Ben": "1"}
    assert "the columns are named in row 3" in told


def test_two_columns_of_one_question_are_one_where_nobody_answers_it_twice(tmp_path: Path) -> None:
    table = "Name,out.activation[1],1. z(n₁[out])\nAda,0.30,\nBen,,0.31\nCem,,0.30\n"
    assert scores(table.encode(), tmp_path)[0] == {"Ada": "1", "Ben": "1", "Cem": "1"}
    (tmp_path / "class.csv").write_text(table.replace("Cem,,0.30", "Cem,0.30,0.70"), encoding="utf-8")
    ran = backprop("check", "class.csv", "--problem", "w3wi-ds304", folder=tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert "two columns" in ran.err


@pytest.mark.parametrize(
    "name",
    ["Overall average", "Promedio general", "Gesamtdurchschnitt", "Test Student", "    Points Possible"],
)
def test_rows_that_are_no_students_are_passed_over_and_told(name: str, tmp_path: Path) -> None:
    found, told = scores((COMMAS + f"{name},1,1\r\n").encode(), tmp_path)
    assert found == {"Äda": "2", "Ben": "1"}
    assert f'row 4 ("{name.strip()}")' in told


def test_a_column_of_numbers_that_no_answer_was_found_for_is_told(tmp_path: Path) -> None:
    table = "Name,out.activation[1],What is the middle one?,Grade/10.00\nAda,0.30,-0.25,7.50\n"
    _, told = scores(table.encode(), tmp_path)
    assert 'taken for no answers, though they hold numbers: "What is the middle one?";' in told
