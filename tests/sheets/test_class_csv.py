"""A class as one CSV, wide or long, as forms and spreadsheets export it."""

from __future__ import annotations

import codecs
import csv
import io
import random
import time
from pathlib import Path

import pytest
from command_line import backprop
from hypothesis import given
from hypothesis import strategies as st

from backprop_cli.errors import InputError, report
from backprop_cli.files.problem_file import read_problem
from backprop_cli.plan.plan import make_plan
from backprop_cli.sheets.answers import read_answers
from backprop_cli.sheets.class_csv import ClassAnswers, Reading, read_class, read_rows
from backprop_cli.sheets.grid import MAX_ROWS, parse_csv
from backprop_cli.values.cells import Lookup, cells

W3WI = Lookup(make_plan(read_problem("w3wi-ds304")))


def read(text: str) -> ClassAnswers:
    rows = read_rows(parse_csv(text, "class.csv"), Reading())
    found = read_class(rows, W3WI, Reading())
    told = (*rows.told, *found.told)
    if told:
        raise told[0]
    return found


EXPECTED = {"loss": ["0.47", ""], "hid.preactivation[1]": ["0.61", "0.6"]}


@pytest.mark.parametrize(
    "text",
    [
        "student,loss,hid.preactivation[1]\nAda,0.47,0.61\nBob,,0.6\n",
        "student;loss;hid.preactivation[1]\nAda;0.47;0.61\nBob;;0.6\n",
        "student\tloss\thid.preactivation[1]\nAda\t0.47\t0.61\nBob\t\t0.6\n",
        '"Student","Loss","Hid.Preactivation[1]"\r\n"Ada","0.47","0.61"\r\n"Bob","","0.6"\r\n',
        "sep=;\nName ; loss ;hid.preactivation [ 1 ]\n Ada ;0.47;0.61\n\nBob;;0.6\n\n",
        "Timestamp,Email address,loss,hid.preactivation[1],\n2024,Ada,0.47,0.61,\n2024,Bob,,0.6\n",
        'student,problem,loss,"hid.preactivation[1,1]"\nAda,w3wi-ds304,0.47,0.61\nBob,w3wi-ds304,,0.6\n',
        "student,loss,hid.preactivation[1,1]\nAda,0.47,0.61\nBob,,0.6\n",
        "student,cell,value\nAda,loss,0.47\nAda,hid.preactivation[1],0.61\nBob,hid.preactivation[1],0.6\n",
        "Value;Cell;Student\n0.47;loss;Ada\n0.61;hid.preactivation[1];Ada\n0.6;hid.preactivation[1];Bob\n",
    ],
)
def test_a_class_is_read(text: str) -> None:
    found = read(text)
    assert found.students == ("Ada", "Bob")
    assert found.columns == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_are_told_by_their_mark(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    path = tmp_path / "class.csv"
    path.write_bytes(mark + "student;loss\nZoë;0,47\n".encode(encoding))
    group = read_answers([path], ["w3wi-ds304"]).groups[0]
    assert (group.students, group.columns) == (("Zoë",), {"loss": ["0,47"]})


def test_rows_name_their_problems(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    path.write_text("student,problem,loss\nAda,w3wi-ds304,0.47\nBob,or-batch,0.09\n\nCyd,w3wi-ds304,0.5\n")
    groups = read_answers([path], ["w3wi-ds304", "or-batch"]).groups
    assert [(group.problem.name, group.students) for group in groups] == [
        ("w3wi-ds304", ("Ada", "Cyd")),
        ("or-batch", ("Bob",)),
    ]
    assert groups[0].sources[1].endswith("class.csv, row 5")


def test_a_column_may_be_a_whole_quantity_or_nothing_of_ours() -> None:
    found = read("student,hid.weight_gradient,Comments\nAda,x_t,fine\n")
    assert found.wholes == {"hid.weight_gradient": ["x_t"]}
    assert found.carried == {"Comments": ["fine"]}
    assert read("student,cell,value\nAda,hid.weight_gradient,x_t\n").wholes == found.wholes


def test_without_numbers_every_quantity_is_whole() -> None:
    lookup = Lookup(make_plan(read_problem("umons")))
    for text in ("student,loss,2.delta\nAda,a,b\n", "student,cell,value\nAda,loss,a\nAda,2.delta,b\n"):
        found = read_class(read_rows(parse_csv(text, "class.csv"), Reading()), lookup, Reading())
        assert (found.columns, found.wholes) == ({}, {"loss": ["a"], "2.delta": ["b"]})


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("", "class.csv is empty", "its first line names the columns: student, loss, …"),
        (
            "who,loss\nAda,1\n",
            "class.csv has no student column",
            'the first line names the columns: student, then a cell each, such as "hid.preactivation[1]"',
        ),
        (
            "student,hid.preactivaton[1]\nAda,1\n",
            'there is no cell "hid.preactivaton[1]"',
            'did you mean "hid.preactivation[1]"?',
        ),
        (
            "student,hid.preactivation[3]\nAda,1\n",
            'there is no cell "hid.preactivation[3]"',
            'did you mean "hid.preactivation[1]"?',
        ),
        (
            "student,zzz.qqq[1]\nAda,1\n",
            'there is no cell "zzz.qqq[1]"',
            "the cells are named like hid.preactivation[1], hid.activation[1], out.preactivation[1]",
        ),
        (
            "student,Colour\nAda,red\n",
            "class.csv has no column for a cell",
            "the cells are named like hid.preactivation[1], hid.activation[1], out.preactivation[1]; "
            "--columns tells which column is which",
        ),
        ("student,loss,Loss\nAda,1,2\n", "two columns are called loss", "keep one of them"),
        (
            "student,loss\nAda,1\n,2\n",
            "a student without a name: class.csv, row 3",
            "fill in the student column",
        ),
        (
            "student,loss\nAda,0,47\n",
            "row 2 of class.csv has 3 columns, the first line 2",
            "a decimal comma in a file separated by commas needs quotes; use semicolons, or points",
        ),
        (
            "student,cell,value\nAda,los[1],1\n",
            'there is no cell "los[1]" (row 2 of class.csv)',
            'did you mean "loss"?',
        ),
        (
            "student,cell,value\nAda,qq,1\n",
            'there is no cell "qq" (row 2 of class.csv)',
            "the cells are named like hid.preactivation[1], hid.activation[1], out.preactivation[1]",
        ),
        (
            "student,cell,value\nAda,loss,1\nAda,loss,2\n",
            '"Ada" answers loss twice, the second time in row 3 of class.csv',
            "keep one of the rows, or say which counts: --attempts first, or last",
        ),
    ],
)
def test_what_is_wrong_with_a_csv_is_said(text: str, message: str, help: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert (caught.value.message, caught.value.help) == (message, help)
    assert report(caught.value)


def test_too_many_rows_and_too_long_a_field_are_refused() -> None:
    with pytest.raises(InputError, match="more than 200000 rows"):
        parse_csv("student,loss\n" + "a,1\n" * (MAX_ROWS + 1), "class.csv")
    with pytest.raises(InputError, match="not CSV"):
        parse_csv("student,loss\nAda," + "1" * 200_000 + "\n", "class.csv")
    with pytest.raises(InputError, match="5002 columns"):
        parse_csv("student" + ",a" * 5001 + "\n", "class.csv")


def test_utf_16_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_bytes(codecs.BOM_UTF16_LE + b"a")
    with pytest.raises(InputError, match="begins like UTF-16"):
        read_answers([tmp_path / "class.csv"], ["w3wi-ds304"])


def test_reading_a_class_costs_little_more_than_csv_itself() -> None:
    drawn = random.Random(1)
    names = [cell.name for cell in cells(W3WI.plan)][:20]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["student", *names])
    writer.writerows([f"s{i}", *(f"{drawn.uniform(-1, 1):.4f}" for _ in names)] for i in range(10_000))
    text = out.getvalue()
    theirs, ours = [], []
    for _ in range(3):
        begun = time.perf_counter()
        list(csv.reader(io.StringIO(text)))
        theirs.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        found = read(text)
        ours.append(time.perf_counter() - begun)
    assert len(found.students) == 10_000
    assert min(ours) < 6 * min(theirs), f"{min(ours):.3f} s, csv alone {min(theirs):.3f} s"


@given(st.text(alphabet='student,loss;\t\n\r"[]1.Ada=\x00', max_size=60) | st.text(max_size=40))
def test_no_csv_raises_anything_but_an_input_error(text: str) -> None:
    for header in ("", "student,loss\n", "student,cell,value\n"):
        try:
            found = read(header + text)
        except InputError as error:
            report(error)
            continue
        assert all(len(column) == len(found.students) for column in found.columns.values())


def test_a_table_that_names_no_problem_is_told_so_before_its_rows(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text("student,loss\nAda,0.47\n,0.47\nBea,0.47,1\n", encoding="utf-8")
    ran = backprop("check", "class.csv", folder=tmp_path)
    assert ran.status == 2
    assert "class.csv does not say which problem it answers" in ran.err
