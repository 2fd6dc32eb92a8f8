"""`backprop vary`: numbers of their own for everybody, and each graded by their own."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from command_line import Ran, backprop

from backprop_cli import load, solve

ROSTER = "Name,E-mail\nAda Lovelace,a@x.org\nBen,b@x.org\nZoë,z@x.org\n"


def vary(folder: Path, *arguments: str | Path) -> Ran:
    return backprop("vary", *arguments, folder=folder)


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return tmp_path


def check(folder: Path, *arguments: str | Path) -> Ran:
    return backprop("check", *arguments, folder=folder)


def test_everybody_gets_numbers_of_their_own_drawn_like_those_typed(folder: Path) -> None:
    ran = vary(folder, "w3wi-ds304", "--students", "roster.csv", "-o", "given")
    assert (ran.status, ran.out) == (0, "")
    assert "3 variants of w3wi-ds304 in given" in ran.err
    rows = list(csv.DictReader(io.StringIO((folder / "given" / "variants.csv").read_text(encoding="utf-8"))))
    assert rows == [{"student": name, "problem": name} for name in ("Ada Lovelace", "Ben", "Zoë")]
    original = load("w3wi-ds304")
    seen = set()
    for row in rows:
        drawn = load(str(folder / "given" / f"{row['problem']}.toml"))
        for old, new in zip(original.layers, drawn.layers, strict=True):
            assert old.weights is not None
            assert new.weights is not None
            assert not np.array_equal(old.weights.values, new.weights.values)
            assert all(len(str(text).partition(".")[2]) == 2 for text in new.weights.texts.flat)
            assert ((new.weights.values == 0) == (old.weights.values == 0)).all()
            seen.add(tuple(new.weights.values.flat))
        solution = solve(drawn)
        assert 0 < np.count_nonzero(solution.layers[0].activation) == 1
    assert len(seen) == 6


def test_a_variant_follows_from_the_seed_and_the_student_alone(folder: Path) -> None:
    vary(folder, "w3wi-ds304", "--students", "roster.csv", "--seed", "5", "-o", "one")
    late = "Name,E-mail\nBen ,b@x.org\nEve,e@x.org\nzoë,z@x.org\n"
    (folder / "late.csv").write_text(late, encoding="utf-8")
    vary(folder, "w3wi-ds304", "--students", "late.csv", "--seed", "5", "-o", "two")
    vary(folder, "w3wi-ds304", "--students", "late.csv", "--seed", "6", "-o", "three")
    one, two, three = (texts(folder / name) for name in ("one", "two", "three"))
    assert one["Ben.toml"] == two["Ben.toml"] != three["Ben.toml"]
    assert one["Zoë.toml"] == two["zoë.toml"]
    assert len(set(two.values())) == 3


def test_the_key_of_all_is_right_and_nobody_elses_is(folder: Path) -> None:
    vary(folder, "w3wi-ds304", "--students", "roster.csv", "-o", "given")
    ran = check(folder, "given/key.csv", "--problem", "given", "--format", "json")
    reports = json.loads(ran.out)
    assert ran.status == 0
    assert {one["problem"] for one in reports} == {"Ada Lovelace", "Ben", "Zoë"}
    assert all(result["score"] == 29 for one in reports for result in one["results"])
    key = (folder / "given" / "key.csv").read_text(encoding="utf-8")
    copied = key.replace('"Ben"', '"Nobody"').replace('"Zoë"', '"Ben"')
    (folder / "copied.csv").write_text(copied, encoding="utf-8")
    ran = check(folder, "copied.csv", "--problem", "given", "--grades", "grades.csv")
    assert ran.status == 2
    assert 'the student "Nobody" was given no variant' in ran.err
    rows = list(csv.DictReader(io.StringIO((folder / "grades.csv").read_text(encoding="utf-8"))))
    assert [(row["student"], row["problem"]) for row in rows] == [("Ada Lovelace",) * 2, ("Ben",) * 2]
    assert float(rows[0]["score"]) == 29 > float(rows[1]["score"])


def test_sheets_are_graded_by_their_students_variant_whatever_they_name(folder: Path) -> None:
    vary(folder, "w3wi-ds304", "--students", "roster.csv", "-o", "given")
    key = backprop("sheet", "given/Ben.toml", "--fill", folder=folder).out
    for name, student in (("ben", "Ben"), ("zoe", "Zoë")):
        (folder / f"{name}.toml").write_text(key.replace('"key"', f'"{student}"'), encoding="utf-8")
    reports = json.loads(check(folder, "ben.toml", "zoe.toml", "--problem", "given", "--format", "json").out)
    scores = {result["student"]: result["score"] for one in reports for result in one["results"]}
    assert scores["Ben"] == 29 > scores["Zoë"]


def test_students_are_known_by_the_id_of_the_roster(folder: Path) -> None:
    (folder / "roster.csv").write_text("Name,E-mail\nAda,a@x.org\nAda,b@x.org\n", encoding="utf-8")
    ran = vary(folder, "w3wi-ds304", "--students", "roster.csv", "-o", "given")
    assert (ran.status, ran.out) == (2, "")
    assert 'has the student "Ada" twice' in ran.err
    ran = vary(folder, "w3wi-ds304", "--students", "roster.csv", "--id", "e-mail", "-o", "given")
    assert ran.status == 0
    header, *key = (folder / "given" / "key.csv").read_text(encoding="utf-8").splitlines()
    mails = zip(("a@x.org", "b@x.org"), key, strict=True)
    table = [f"E-mail,{header}", *(f"{mail},{row}" for mail, row in mails)]
    (folder / "class.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    ran = check(folder, "class.csv", "--problem", "given", "--id", "E-mail", "--format", "json")
    assert [one["results"][0]["score"] for one in json.loads(ran.out)] == [29, 29]


def test_a_class_of_variants_is_summed_up_as_one(folder: Path) -> None:
    vary(folder, "w3wi-ds304", "--count", "6", "-o", "given")
    ran = check(folder, "given/key.csv", "--problem", "given")
    assert ran.status == 0
    assert "6 students, mean 100 %" in ran.out
    assert ran.out.count("By question") == 1


VARY = """
[vary]
weights = { from = -1, to = 1, step = 0.5 }
"out.weights" = { from = 2, to = 3, step = 0.25 }
keep = ["inputs"]
"""


def test_the_problem_may_say_what_is_drawn(folder: Path) -> None:
    problem = (Path(__file__).resolve().parents[2] / "problems" / "w3wi-ds304" / "problem.toml").read_text(
        encoding="utf-8"
    )
    (folder / "exam.toml").write_text(problem + VARY, encoding="utf-8")
    ran = vary(folder, "exam.toml", "--count", "3", "-o", "given")
    assert ran.status == 0, ran.err
    for number in (1, 2, 3):
        drawn = load(str(folder / "given" / f"0{number}.toml"))
        first, last = (layer.weights for layer in drawn.layers)
        assert first is not None
        assert last is not None
        assert set(first.values.flat) <= {-1.0, -0.5, 0.5, 1.0}
        assert set(last.values.flat) <= {2.0, 2.25, 2.5, 2.75, 3.0}


@pytest.mark.parametrize(
    "table",
    [
        "weigths = { from = 0, to = 1, step = 0.1 }",
        "weights = { from = 1, to = 0, step = 0.1 }",
        "weights = { from = 0, to = 1 }",
        "weights = { from = 0, to = 1, step = 0 }",
        "weights = { from = 0, to = 1e9, step = 1e-9 }",
        "weights = 3",
        'keep = "inputs"',
        'keep = ["hid.nothing"]',
        "keep = [1]",
    ],
)
def test_a_vary_table_that_makes_no_sense_is_an_error_with_its_place(table: str, folder: Path) -> None:
    problem = (Path(__file__).resolve().parents[2] / "problems" / "w3wi-ds304" / "problem.toml").read_text(
        encoding="utf-8"
    )
    (folder / "exam.toml").write_text(f"{problem}\n[vary]\n{table}\n", encoding="utf-8")
    ran = backprop("solve", "exam.toml", folder=folder)
    assert (ran.status, ran.out) == (2, "")
    assert "exam.toml:" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("w3wi-ds304", "--count", "2"),
        ("w3wi-ds304", "-o", "given"),
        ("w3wi-ds304", "--count", "2", "--students", "roster.csv", "-o", "given"),
        ("w3wi-ds304", "--count", "0", "-o", "given"),
        ("umons", "--count", "2", "-o", "given"),
        ("w3wi-ds304", "--students", "nowhere.csv", "-o", "given"),
    ],
)
def test_what_cannot_be_varied_writes_nothing(arguments: tuple[str, ...], folder: Path) -> None:
    ran = vary(folder, *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert not (folder / "given").exists()


def test_variants_that_were_given_out_are_not_written_over(folder: Path) -> None:
    vary(folder, "w3wi-ds304", "--count", "2", "-o", "given")
    before = texts(folder / "given")
    ran = vary(folder, "w3wi-ds304", "--count", "2", "--seed", "9", "-o", "given")
    assert ran.status == 2
    assert texts(folder / "given") == before
    assert vary(folder, "w3wi-ds304", "--count", "2", "--seed", "9", "-o", "given", "--force").status == 0
    assert texts(folder / "given") != before


EQUATIONS = """
learning_rate = 0.1
equations = \"\"\"
h = tanh(u x + b)
L = 1/2 (h - y)^2
\"\"\"
[given]
x = 0.5
y = 0.3
[parameters]
u = 0.40
b = -0.10
"""


def test_a_problem_of_equations_is_varied_too(folder: Path) -> None:
    (folder / "unit.toml").write_text(EQUATIONS, encoding="utf-8")
    assert vary(folder, "unit.toml", "--count", "4", "-o", "given").status == 0
    ran = check(folder, "given/key.csv", "--problem", "given")
    assert ran.status == 0, ran.out
    assert len(set(texts(folder / "given").values())) == 4


def test_the_papers_have_the_name_on_every_page(folder: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    vary(folder, "w3wi-ds304", "--students", "roster.csv", "-o", "given")
    answers = "".join(page.extract_text() for page in pypdf.PdfReader(folder / "given" / "answers.pdf").pages)
    assert all(student in answers for student in ("Ada Lovelace", "Ben", "Zoë"))
    for name in ("exam.pdf", "key.pdf"):
        pages = pypdf.PdfReader(folder / "given" / name).pages
        feet = [page.extract_text().splitlines()[-1] for page in pages]
        for student in ("Ada Lovelace", "Ben", "Zoë"):
            assert any(foot.startswith(student) for foot in feet), (name, student)
        assert all(foot.startswith(("Ada Lovelace", "Ben", "Zoë")) for foot in feet)
