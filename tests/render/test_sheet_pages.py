"""A sheet as an HTML page: a field for every answer, and a script that saves what `check` reads."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from command_line import backprop
from pages import fields_of, filled, page_of

from backprop_cli.files.bundled import bundled_names
from backprop_cli.files.problem_file import parse_problem, read_problem
from backprop_cli.sheets.answer_sheet import parse_sheet, read_sheet
from backprop_cli.values.asked import asked_steps
from backprop_cli.values.cells import Lookup, quantity_name
from backprop_cli.values.turns import sheet_plan

SCRIPT = Path(__file__).parents[2] / "backprop_cli" / "render" / "sheet.js"
TWO_SAMPLES = """
inputs = [[0.5, 0.1], [0.2, 0.4]]
targets = [[1, 0], [0, 1]]
loss = "half_squared_error"
learning_rate = 0.5
MORE
[[layers]]
activation = "tanh"
weights = [[0.1, 0.2], [0.3, 0.4]]
bias = [0.1, 0.2]
[[layers]]
name = "out"
activation = "sigmoid"
weights = [[0.5, 0.6], [0.7, 0.8]]
"""
NOTATIONS = [
    f'notation = {{ layout = "{layout}", samples = "{samples}", weight_order = "{order}" }}'
    for layout in ("matrix", "indices", "neurons")
    for samples, order in (("rows", "input,unit"), ("columns", "unit,input"))
]


def page(*arguments: str, folder: Path | None = None) -> str:
    ran = backprop("sheet", *arguments, "--format", "html", **({"folder": folder} if folder else {}))
    assert ran.status == 0, ran.err
    return ran.out


@pytest.mark.parametrize("name", bundled_names())
def test_the_page_asks_for_what_the_blank_sheet_asks(name: str) -> None:
    plan = sheet_plan(read_problem(name))
    sheet = read_sheet(parse_sheet(filled(page(name), {}), "answers.toml"), Lookup(plan))
    if plan.problem.symbolic:
        assert set(sheet.wholes) == {quantity_name(plan, step) for step, _ in asked_steps(plan)}
    else:
        assert set(sheet.cells) == {cell.name for _, cells in asked_steps(plan) for cell in cells}


@pytest.mark.parametrize("more", [*NOTATIONS, 'schedule = "online"'])
def test_the_right_answers_typed_where_the_page_asks_for_them_are_right(more: str, tmp_path: Path) -> None:
    """Each field stands where its value stands in the solution: a cell in the wrong place would be a slip."""
    (tmp_path / "problem.toml").write_text(TWO_SAMPLES.replace("MORE", more), encoding="utf-8")
    blank, key = (page(*extra, folder=tmp_path) for extra in ((), ("--key",)))
    plan = sheet_plan(parse_problem(TWO_SAMPLES.replace("MORE", more), "problem.toml", "problem"))
    names = [each["name"] for each in fields_of(blank)][1:]
    head, row = backprop("sheet", "--fill", "--format", "csv", folder=tmp_path).out.splitlines()
    due = dict(zip(_cells(head)[1:], row.split(",")[1:], strict=True))
    assert sorted(names) == sorted(due)
    # The key's page has the same lines in the same order, its numbers where the fields were.
    shown = [text for text in _numbers(key) if text]
    assert [float(due[name]) for name in names] == [float(text) for text in shown]
    (tmp_path / "Ada.toml").write_text(filled(blank, {"student": "Ada", **due}), encoding="utf-8")
    report = json.loads(backprop("check", "Ada.toml", "--format", "json", folder=tmp_path).out)
    assert {cell["verdict"] for cell in report["results"][0]["cells"]} == {"correct"}
    assert len(report["results"][0]["cells"]) == sum(len(cells) for _, cells in asked_steps(plan))


def _cells(line: str) -> list[str]:
    import csv

    return next(csv.reader([line]))


def _numbers(key: str) -> list[str]:
    """The results in a key's page, in their order."""

    found = re.findall(r'<span class="result">(.*?)</span>', key, re.S)
    cells = [re.findall(r"(?:<mrow>(<mo form=\"prefix\">−</mo>))?<mn>([0-9.]+)</mn>", each) for each in found]
    return [("-" if minus else "") + number for each in cells for minus, number in each]


def test_a_page_holds_no_answer() -> None:
    text = page("w3wi-ds304")
    assert not any("value" in each for each in fields_of(text))
    text = re.sub(r'<svg.*?</svg>| style="[^"]*"', "", text)  # where the figure's parts stand
    for answer in ("−0.85", "0.077", "−1.4077", "0.47"):
        assert answer not in text
        assert answer.replace("−", "-") not in text


def test_the_one_script_is_the_one_that_may_run() -> None:
    from base64 import b64encode
    from hashlib import sha256

    text = page("w3wi-ds304")
    script = text[text.index("<script>") + 8 : text.index("</script>")]
    assert script == SCRIPT.read_text(encoding="utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"; script-src 'sha256-{digest}'\">" in text
    assert text.count("<script") == 1
    assert not {"src", "onclick", "oninput"} & {
        key for each in page_of(text).elements for key in each.attributes
    }


def test_a_key_and_a_fragment_have_no_fields_and_no_script() -> None:
    for text in (page("w3wi-ds304", "--key"), page("w3wi-ds304", "--fragment")):
        assert "<script" not in text
        assert "<input" not in text


def test_every_field_says_what_it_asks_for() -> None:
    text = page("or-batch")
    labels = [each["aria-label"] for each in fields_of(text)]
    assert labels[0] == "Name"
    assert "Z⁽¹⁾ 2,3" in labels
    assert all(labels)
    assert len(set(labels)) >= len(labels) - 9  # old and new weights have one symbol


def test_further_fields_of_a_paper_are_told_on_the_sheet(tmp_path: Path) -> None:
    paper = '\n[paper]\nfields = ["Name", "Student number"]\n'
    (tmp_path / "problem.toml").write_text(TWO_SAMPLES.replace("MORE", "") + paper, encoding="utf-8")
    typed = {"student": "Ada", "Student number": "4711", "loss": "1"}
    (tmp_path / "a.toml").write_text(filled(page(folder=tmp_path), typed), encoding="utf-8")
    ran = backprop("check", "a.toml", "--format", "json", folder=tmp_path)
    assert json.loads(ran.out)["results"][0]["student"] == "Ada", ran.err


# The script itself, run by Node in a page that is just large enough for it.
STUB = """
const listeners = {}; const saved = {}; let text = "";
const about = (table, key) => ({ table, key, ...(key === "student" ? {} : { answer: "" }) });
const fields = %s.map(([name, table, key, value]) => ({ name, value, dataset: about(table, key) }));
const part = { dataset: { saved: "{file}: {given} of {all}" } };
part.addEventListener = (_, run) => { listeners.save ??= run; };
const bar = { dataset: {}, hidden: true, querySelector: () => part };
const page = { dataset: { problem: %s }, querySelector: () => bar, querySelectorAll: () => fields };
page.addEventListener = (_, run) => { listeners.keep = run; };
globalThis.document = { querySelector: () => page, createElement: () => ({ click() {} }) };
globalThis.location = { pathname: "/exam.html" };
globalThis.localStorage = { getItem: () => null, setItem: (_, value) => { saved.kept = value; } };
globalThis.URL = { createObjectURL: () => "", revokeObjectURL: () => {} };
globalThis.Blob = class { constructor([part]) { text = part; } };
globalThis.setTimeout = () => {};
const typed = fields.map((one) => one.value);
%s
fields.forEach((one, place) => { one.value = typed[place]; });
listeners.keep(); listeners.save();
console.log(JSON.stringify({ text, told: part.textContent, kept: saved.kept }));
"""
ODD = [
    "'",
    '"',
    "\\",
    "\\frac{1}{2}",
    '"""',
    "'''",
    "a # b",
    "\u007f",
    "ü δ′ 𝒥",
    "]",
    "\n",
    "\ud800",
    "= [x]",
]


@pytest.mark.skipif(shutil.which("node") is None, reason="the script is run by Node")
def test_the_script_saves_any_text_as_toml() -> None:
    fields = [["student", "", "student", 'Ada O\'Neil "A" \\'], ["hid.delta[1]", "hid", "delta[1]", "0.5"]]
    fields += [[f"ö x.r[{place}]", "ö x", f"r[{place}]", text] for place, text in enumerate(ODD)]
    source = STUB % (json.dumps(fields), json.dumps('p"q'), SCRIPT.read_text(encoding="utf-8"))
    ran = subprocess.run(["node", "-"], input=source.encode(), capture_output=True, check=True)
    made = json.loads(ran.stdout)
    sheet = tomllib.loads(made["text"])
    assert sheet["problem"] == 'p"q'
    assert sheet["student"] == 'Ada O\'Neil "A" \\'
    assert sheet["hid"] == {"delta[1]": "0.5"}
    assert list(sheet["ö x"].values()) == [text.replace("\ud800", "\ufffd").strip() for text in ODD]
    assert made["told"] == f"Ada-O-Neil-A.toml: {1 + len(ODD) - 1} of {1 + len(ODD)}"
    assert json.loads(made["kept"])["hid.delta[1]"] == "0.5"
