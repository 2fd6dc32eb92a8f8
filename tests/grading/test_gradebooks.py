"""A teacher's tables: headings as forms and platforms have them, gradebooks, a second key, a regrade."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from command_line import Ran, backprop

from backprop_cli.grading.report.exports import FileNames
from backprop_cli.sheets.attempts import moments
from backprop_cli.sheets.csv_text import csv_text, neutral

FORM = (
    'Timestamp,Email Address,First name,Last name,"What is z(n₁[out])?",'
    '"3. p(n_1[hid])","∂J/∂z(n₂[out]) = ?",Remarks\n'
    "2026/11/25 8:00:00 AM GMT+1,a@x.org,Ada,Lovelace,0.30,0.61,-1.24,fine\n"
    "2026/11/25 8:10:00 AM GMT+1,b@x.org,Ben,Bo,0.30,0.61,1.24,\n"
)
MOODLE = (
    '"Last name","First name","ID number","Email address",Status,Started,Completed,Duration,"Grade/10.00",'
    '"Response 1","Response 2"\n'
    "Lovelace,Ada,123,a@x.org,Finished,25 November 2026 8:00 AM,25 November 2026 8:10 AM,9 m,10,0.61,-0.64\n"
    "Bo,Ben,124,b@x.org,Finished,25 November 2026 8:00 AM,25 November 2026 8:10 AM,9 min,10,0.61,0.64\n"
    '"Overall average",,,,,,,,10.00,,\n'
)
CANVAS = (
    "name,id,sis_id,section,submitted,attempt,1234: hid.preactivation[1],1.0,1235: z(n₁[out]),1.0,"
    "n correct,score\n"
    "Ada Lovelace,77,a77,Sec 1,2026-11-25 08:00:00 UTC,1,0.61,1.0,0.30,1.0,2,2.0\n"
    "Ben Bo,78,b78,Sec 1,2026-11-25 08:00:00 UTC,1,0.16,0.0,0.30,1.0,1,1.0\n"
)


def check(folder: Path, text: str, *options: str) -> Ran:
    (folder / "class.csv").write_text(text, encoding="utf-8")
    return backprop("check", "class.csv", "--problem", "w3wi-ds304", *options, folder=folder)


def graded(folder: Path, text: str, *options: str) -> dict[str, dict[str, Any]]:
    ran = check(folder, text, "--format", "json", *options)
    return {
        one["student"]: {cell["cell"]: cell["verdict"] for cell in one["cells"]}
        for one in json.loads(ran.out)["results"]
    }


def rows(folder: Path, text: str, *options: str) -> list[dict[str, str]]:
    check(folder, text, "--grades", "grades.csv", *options)
    return list(csv.DictReader(io.StringIO((folder / "grades.csv").read_text(encoding="utf-8"))))


def test_a_forms_questions_are_known_by_the_symbols_in_them(tmp_path: Path) -> None:
    assert graded(tmp_path, FORM) == {
        "Ada Lovelace": {
            "hid.preactivation[1]": "correct",
            "out.activation[1]": "correct",
            "out.activation_gradient[2]": "correct",
        },
        "Ben Bo": {
            "hid.preactivation[1]": "correct",
            "out.activation[1]": "correct",
            "out.activation_gradient[2]": "slip",
        },
    }


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("out.activation_gradient[2]", "out.activation_gradient[2]"),
        ("Question 3: out.activation_gradient[2]", "out.activation_gradient[2]"),
        ("12: out.activation_gradient[2]", "out.activation_gradient[2]"),
        ("∂J/∂z(n₂[out])", "out.activation_gradient[2]"),
        ("Give ∂J/∂z(n_2[out]) to two decimals", "out.activation_gradient[2]"),
        ("z(n2[out])", "out.activation[2]"),
        ("$z(n_{2}[out])$", "out.activation[2]"),
        ("∂J/∂Θ₁₁[out]", "out.weight_gradient[1,1]"),
        ("J(Θ)", "loss"),
        ("loss", "loss"),
        ("Antwort 2", "hid.preactivation[2]"),
        ("Compare z(n₁[out]) and z(n₂[out])", None),
        ("How did you like z?", None),
        ("Response 99", None),
    ],
)
def test_a_heading_asks_for_one_cell_or_for_none(heading: str, cell: str | None, tmp_path: Path) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("student", heading, "hid.activation[1]"), ("Ada", "1", "0.61")])
    (found,) = graded(tmp_path, out.getvalue()).values()
    assert set(found) == {"hid.activation[1]", *([cell] if cell else [])}


def test_the_numbered_responses_go_by_the_order_of_the_sheet_and_averages_are_passed_over(
    tmp_path: Path,
) -> None:
    assert graded(tmp_path, MOODLE) == {
        "Ada Lovelace": {"hid.preactivation[1]": "correct", "hid.preactivation[2]": "correct"},
        "Ben Bo": {"hid.preactivation[1]": "correct", "hid.preactivation[2]": "slip"},
    }
    assert "class.csv: passed over, being no student's: row 4" in check(tmp_path, MOODLE).err


def test_what_the_columns_are_taken_for_can_be_mended(tmp_path: Path) -> None:
    text = "student,First,z(n₁[out])\nAda,0.61,0.30\n"
    ran = check(tmp_path, text, "--columns-draft", "map.toml")
    assert (ran.status, ran.out) == (0, "")
    draft = (tmp_path / "map.toml").read_text(encoding="utf-8")
    assert '"First" = ""\n"z(n₁[out])" = "out.activation[1]"\n' in draft
    (tmp_path / "map.toml").write_text(
        draft.replace('"First" = ""', '"First" = "hid.preactivation[1]"'), encoding="utf-8"
    )
    found = graded(tmp_path, text, "--columns", "map.toml")
    assert found["Ada"] == {"hid.preactivation[1]": "correct", "out.activation[1]": "correct"}
    (tmp_path / "map.toml").write_text('"First" = "hid.preactivaton[1]"', encoding="utf-8")
    ran = check(tmp_path, text, "--columns", "map.toml")
    assert ran.status == 2
    assert 'did you mean "hid.preactivation[1]"?' in ran.err


def test_canvas_gets_its_own_columns_back(tmp_path: Path) -> None:
    check(tmp_path, CANVAS, "--grades", "grades.csv", "--for", "canvas")
    written = list(csv.reader(io.StringIO((tmp_path / "grades.csv").read_text(encoding="utf-8"))))
    title = "A 2-2-2 network, ReLU then sigmoid"
    assert written == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title],
        ["    Points Possible", "", "", "", "", "2"],
        ["Ada Lovelace", "77", "a77", "", "Sec 1", "2"],
        ["Ben Bo", "78", "b78", "", "Sec 1", "1"],
    ]


def test_moodle_gets_its_own_columns_back(tmp_path: Path) -> None:
    found = rows(tmp_path, MOODLE, "--for", "moodle")
    title = "A 2-2-2 network, ReLU then sigmoid"
    assert [(row["ID number"], row["Email address"], row[title]) for row in found] == [
        ("123", "a@x.org", "2"),
        ("124", "b@x.org", "1"),
    ]
    assert found[1][f"{title} (feedback)"] == "first slip: hid.preactivation[2]"


def test_a_platform_that_cannot_know_its_students_is_told(tmp_path: Path) -> None:
    ran = check(tmp_path, "student,loss\nAda,0.47\n", "--grades", "grades.csv", "--for", "canvas")
    assert ran.status == 2
    assert "Canvas knows its students by ID, SIS User ID or SIS Login ID" in ran.err
    assert not (tmp_path / "grades.csv").exists()


PROBLEM = (Path(__file__).resolve().parents[2] / "problems" / "w3wi-ds304" / "problem.toml").read_text(
    encoding="utf-8"
)


def test_a_second_key_gives_each_student_the_better_of_the_two(tmp_path: Path) -> None:
    (tmp_path / "misprint.toml").write_text(PROBLEM.replace("-1.40", "-1.90"), encoding="utf-8")
    for name, problem in (("ada", "w3wi-ds304"), ("ben", "misprint.toml")):
        key = backprop("sheet", problem, "--fill", folder=tmp_path).out
        key = key.replace('problem = "misprint"', 'problem = "w3wi-ds304"').replace('"key"', f'"{name}"')
        (tmp_path / f"{name}.toml").write_text(key, encoding="utf-8")

    def scores(*options: str) -> list[float]:
        ran = backprop("check", "ada.toml", "ben.toml", "--format", "json", *options, folder=tmp_path)
        return [one["score"] for one in json.loads(ran.out)["results"]]

    alone = scores()
    assert alone[0] == 29 > alone[1]
    assert scores("--accept", "misprint.toml") == [29, 29]
    assert scores("--accept", "w3wi-ds304") == alone
    ran = backprop("check", "ada.toml", "--accept", "or-batch", folder=tmp_path)
    assert ran.status == 2
    assert 'the problem "or-batch" does not ask for the same as "w3wi-ds304"' in ran.err


CLASS = (
    "student,loss,out.delta[1],out.delta[2],hid.preactivation[1]\nAda,0.47,0.13,-0.29,0.61\nBen,9,9,9,0.61\n"
)


@pytest.mark.parametrize(
    ("options", "ada", "ben"),
    [
        ((), (4, 4), (1, 4)),
        (("--weights", "out.delta[1]=0"), (3, 3), (1, 3)),
        (("--weights", "out.delta[1]=0,out.delta[2]=0"), (2, 2), (1, 2)),
        (("--weights", "out.delta=3"), (8, 8), (1, 8)),
        (("--weights", "delta=2,out.delta[1]=5"), (9, 9), (1, 9)),
        (("--credit", "slip=0.25"), (4, 4), (1.75, 4)),
    ],
)
def test_questions_are_dropped_weighed_and_credited(
    options: tuple[str, ...], ada: tuple[float, float], ben: tuple[float, float], tmp_path: Path
) -> None:
    ran = check(tmp_path, CLASS, "--format", "json", *options)
    found = [(one["score"], one["max_score"]) for one in json.loads(ran.out)["results"]]
    assert found == [ada, ben]


def test_a_regrade_tells_what_changes_for_whom(tmp_path: Path) -> None:
    rows(tmp_path, CLASS)
    (tmp_path / "grades.csv").rename(tmp_path / "old.csv")
    ran = check(tmp_path, CLASS.replace("Ben,9", "Cem,9"), "--weights", "out.delta=2", "--since", "old.csv")
    assert "Changed since old.csv: 3 students" in ran.out
    assert "  Ada: 4 of 4 → 6 of 6 (out.delta 2 → 4)\n" in ran.out
    assert "  Cem: new, 1\n" in ran.out
    assert "  Ben: no longer there, had 1\n" in ran.out
    assert "Nothing is changed since old.csv" in check(tmp_path, CLASS, "--since", "old.csv").out
    json.loads(check(tmp_path, CLASS, "--since", "old.csv", "--format", "json").out)


TWO_ADAS = """student,E-Mail,out.activation_gradient[1],out.activation_gradient[2]
Ada,a@x.org,0.60,-1.24
Ada,b@x.org,0.60,1.24
"""


def test_a_regrade_knows_students_by_their_address_whatever_they_are_called_now(tmp_path: Path) -> None:
    rows(tmp_path, TWO_ADAS, "--id", "E-Mail")
    (tmp_path / "grades.csv").rename(tmp_path / "old.csv")
    table = TWO_ADAS.replace("Ada,b@x.org,0.60,1.24", "Ada B.,b@x.org,0.60,-1.24")
    ran = check(tmp_path, table, "--since", "old.csv", "--id", "e-mail")
    assert "Changed since old.csv: 1 student\n  Ada B.: 1 → 2 (out.activation_gradient 1 → 2)" in ran.out


def test_a_regrade_by_names_says_when_they_do_not_tell_students_apart(tmp_path: Path) -> None:
    rows(tmp_path, TWO_ADAS, "--id", "E-Mail")
    old = (tmp_path / "grades.csv").read_text(encoding="utf-8")
    for text in ('"E-Mail",', '"a@x.org",', '"b@x.org",'):
        old = old.replace(text, "")
    (tmp_path / "old.csv").write_text(old, encoding="utf-8")
    ran = check(tmp_path, TWO_ADAS, "--since", "old.csv", "--id", "E-Mail")
    assert ran.status == 2
    assert 'two students are called "Ada"' in ran.err


def test_grades_that_a_spreadsheet_saved_anew_can_be_compared(tmp_path: Path) -> None:
    before = rows(tmp_path, CLASS)
    lines = [";".join(before[0]), *(";".join(row.values()).replace(".", ",") for row in before)]
    (tmp_path / "old.csv").write_bytes("\r\n".join(lines).encode("utf-16"))
    assert "Nothing is changed" in check(tmp_path, CLASS, "--since", "old.csv").out


def test_junits_xml_has_a_suite_for_each_student(tmp_path: Path) -> None:
    ran = check(tmp_path, CLASS, "--junit", "report.xml", "--exit-zero")
    assert ran.status == 0
    suites = ElementTree.parse(tmp_path / "report.xml").getroot().findall("testsuite")
    assert [(suite.get("tests"), suite.get("failures")) for suite in suites] == [("4", "0"), ("4", "3")]
    assert suites[1].findall("testcase")[1].find("failure") is not None


def test_exit_zero_is_of_wrong_answers_only(tmp_path: Path) -> None:
    assert check(tmp_path, CLASS).status == 1
    assert check(tmp_path, CLASS, "--exit-zero").status == 0
    assert check(tmp_path, CLASS + ",1,1,1,1\n", "--exit-zero").status == 2


@pytest.mark.parametrize("ending", ["html", "md", "tex"])
def test_the_class_report_names_what_to_discuss_and_whom_to_see(ending: str, tmp_path: Path) -> None:
    text = CLASS + "Cem,0.47,-0.13,0.29,0.61\nDan,0.47,-0.13,0.29,0..6\nEve,0.47,0.13,-0.29,0.61\n"
    ran = check(tmp_path, text, "-o", f"class.{ending}")
    assert (ran.status, ran.out) == (1, "")
    said = (tmp_path / f"class.{ending}").read_text(encoding="utf-8")
    for part in ("By question", "Who made them", "Who to see", "Unreadable", "a flipped sign", "Cem"):
        assert part in said, part
    assert said.index("a flipped sign") < said.rindex("Who to see")


@pytest.mark.parametrize(
    "text",
    ["=1+1", "＝1+1", "+1", "-1", "−1", "@x", "\t=1", "  =1", "\u200b=1", "\u202e=1", "|x", "\r=1"],
)
def test_no_text_begins_a_spreadsheets_formula(text: str) -> None:
    assert neutral(text).startswith("'")
    assert neutral("Ada") == "Ada"
    assert neutral("") == ""


def test_texts_stand_in_quotes_so_that_no_separator_splits_them() -> None:
    assert csv_text([('Ada;=1+1;x "y"', 1.0, None, 2 / 3)]) == '"Ada;=1+1;x ""y""",1,,0.666667\n'


def test_file_names_of_many_like_names_are_made_in_no_time_and_differ() -> None:
    names = FileNames()
    found = [names.of("x" * 200 + str(number)) for number in range(20_000)]
    assert len({name.casefold() for name in found}) == 20_000
    assert max(len(name.encode()) for name in found) < 120


@pytest.mark.parametrize(
    "name", ["", "...", "..", "/", "con", "CON.txt", "aux", "Zoë", "Zoe\u0308", "a/b", "\x00"]
)
def test_a_file_name_is_safe_on_any_system(name: str) -> None:
    made = FileNames().of(name)
    assert made
    assert not set(made) & set('/\\:*?"<>|\x00')
    assert made.partition(".")[0].lower() not in ("con", "aux")
    assert made.strip(". ") == made
    names = FileNames()
    assert names.of(name).casefold() != names.of(name).casefold()


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2026-11-25 08:00:00", "2026-11-24 09:00:00"], [1, 0]),
        (["11/25/2026 8:00:00", "11/24/2026 9:00:00"], [1, 0]),
        (["2026/11/25 8:00:00 AM GMT+1", "2026/11/25 7:00:00 PM GMT+1"], [0, 1]),
        (["25 November 2026 8:10 AM", "24 November 2026 8:10 AM"], [1, 0]),
        (["25.11.2026 08:10:00", "24.12.2026 08:10:00"], [0, 1]),
        (["1/2/2026 8:00:00", "2/1/2026 8:00:00", "13/1/2026 8:00:00"], [1, 2, 0]),
    ],
)
def test_times_are_read_in_the_forms_that_platforms_write(texts: list[str], order: list[int]) -> None:
    found = moments(texts)
    assert found is not None
    assert sorted(range(len(texts)), key=found.__getitem__) == order


def test_what_is_no_time_is_none() -> None:
    assert moments(["yesterday", "today"]) is None
    assert moments(["", ""]) is None


def test_the_class_report_tells_what_each_line_cost_whom(tmp_path: Path) -> None:
    """Cem's one wrong error gradient costs 1 point; a line that cost nothing is not listed."""
    text = CLASS.splitlines()[0] + "\nAda,0.47,-0.13,0.29,0.61\nCem,0.74,-0.13,0.29,0.61\n"
    assert check(tmp_path, text, "-o", "class.md").status == 1
    said = (tmp_path / "class.md").read_text(encoding="utf-8")
    table = said[said.index("What each line cost whom") :].split("##")[0]
    rows = [line for line in table.splitlines() if "█" in line]
    assert any("Cem 1" in row and "J(Θ)" in row for row in rows)


def test_nothing_in_a_table_steers_a_terminal_or_turns_the_writing() -> None:
    written = csv_text([("\x1b[31mAda", "\u202eBen\x9b2J", "Zoë\u200d", "two\nlines", -0.5)])
    assert written == '"[31mAda","Ben2J","Zoë\u200d","two\nlines",-0.5\n'
