"""What the README and the guide show is so: commands print what they say, files load, Python runs."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from command_line import backprop
from readme import (
    CUT,
    DOCUMENTS,
    GUIDE,
    README,
    Block,
    blocks,
    commands,
    fits,
    output_of,
    refreshed,
    write_files,
)

from backprop_cli import InputError, parse_problem, solve
from backprop_cli.commands.guide import TOPICS
from backprop_cli.files.layer_tables import LAYER_KEYS
from backprop_cli.files.presets import PRESETS
from backprop_cli.functions.losses import LOSSES
from backprop_cli.functions.table import ACTIVATIONS
from backprop_cli.grading.kinds import KINDS
from backprop_cli.plan.optimizers import RULES
from backprop_cli.problem.problem import Notation, Symbols

TEXTS = {document.stem: document.read_text(encoding="utf-8") for document in DOCUMENTS}
TEXT = TEXTS["README"]
SESSIONS = list(
    dict.fromkeys(
        pair for text in TEXTS.values() for block in blocks(text, "console") for pair in commands(block.text)
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_files(tmp_path)
    return tmp_path


def test_the_command_with_its_output_comes_first() -> None:
    assert SESSIONS[0][0] == "backprop solve w3wi-ds304"
    assert TEXT.index("```console") < TEXT.index("\n## ")


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_command_prints_what_is_shown(command: str, shown: str, folder: Path) -> None:
    """To accept a change: python tests/scripts/refresh.py, and read the difference."""
    printed = output_of(command, folder)
    assert fits(shown, printed), f"printed:\n{printed}"
    assert all(len(line) <= 80 for line in shown.splitlines() if not line.startswith("  = help: "))


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_session_shows_more_than_cuts(command: str, shown: str) -> None:
    silent = "-o " in command  # what writes a file says nothing
    assert silent or any(line.strip() not in ("", CUT) for line in shown.splitlines())


def test_refreshing_refuses_to_lose_a_part_whose_lines_are_gone() -> None:
    text = "```console\n$ backprop --version\n[…]\nno such line\n```\n"
    with pytest.raises(LookupError, match="no such line"):
        refreshed(text)


def test_refreshing_keeps_a_part_whose_first_line_changed() -> None:
    version = "  --version   Show the version and exit.\n"
    new = refreshed(f"```console\n$ backprop --help\n[…]\nOptions of old:\n{version}[…]\n```\n")
    assert f"Options:\n{version}" in new


@pytest.mark.parametrize("name", TEXTS)
def test_refreshing_changes_nothing(name: str) -> None:
    assert refreshed(TEXTS[name]) == TEXTS[name]


PROBLEMS = [
    block for text in TEXTS.values() for block in blocks(text, "toml") if "\nstudent = " not in block.text
]


@pytest.mark.parametrize("block", PROBLEMS, ids=lambda block: block.file or "unnamed")
def test_problem_file_can_be_solved(block: Block) -> None:
    if block.file == "mistake.toml":
        with pytest.raises(InputError):
            parse_problem(block.text, "mistake.toml", "mistake")
    else:
        assert solve(parse_problem(block.text, "problem.toml", "problem")).loss > 0


def test_the_problem_to_begin_with_is_a_whole_file_of_fewer_than_20_lines() -> None:
    block = next(block for block in blocks(TEXT, "toml") if block.file == "problem.toml")
    assert len(block.text.splitlines()) < 20


@pytest.mark.parametrize(
    "block",
    [block for text in TEXTS.values() for block in blocks(text, "python")],
    ids=lambda block: block.text.split("\n")[0],
)
def test_python_runs(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    exec(compile(block.text, str(README), "exec"), {})


def test_library_use_takes_six_lines() -> None:
    first = blocks(TEXT, "python")[0]
    assert len([line for line in first.text.splitlines() if line]) <= 6


def test_json_shown_has_the_keys_that_are_written() -> None:
    shown = json.loads(blocks(TEXTS["json"], "json")[0].text)
    written = json.loads(backprop("solve", "w3wi-ds304", "--format", "json").out)
    assert shown.keys() == written.keys()
    assert shown["layers"][0].keys() == written["layers"][0].keys()
    assert shown["schema"] == written["schema"]


def test_report_shown_has_the_keys_and_the_numbers_that_are_written(folder: Path) -> None:
    shown = json.loads(blocks(TEXTS["json"], "json")[1].text)
    written = json.loads(backprop("check", "bea.toml", "--format", "json", folder=folder).out)
    assert shown.keys() == written.keys()
    (one,), (own,) = shown["results"], written["results"]
    assert {name: value for name, value in one.items() if name != "cells"} == {
        name: value for name, value in own.items() if name != "cells"
    }
    (cell,) = one["cells"]
    (same,) = (each for each in own["cells"] if each["cell"] == cell["cell"])
    assert cell.keys() == same.keys()
    assert {**cell, "message": ""} == {**same, "message": "", "from_yours": round(same["from_yours"], 6)}


@pytest.mark.parametrize(
    "name",
    [
        *KINDS,
        *(name for name in ACTIVATIONS),
        *LOSSES,
        *PRESETS,
        *LAYER_KEYS,
        *(field.name for field in fields(Notation)),
        *(field.name for field in fields(Symbols)),
    ],
)
def test_every_name_a_file_may_use_is_told(name: str) -> None:
    assert re.search(rf"[`\".]{name}[`\"]", "".join(TEXTS.values())), f"{name} is not in the guide"


def test_every_command_is_told() -> None:
    """Each command of `backprop --help` has its own help among the sessions."""
    listed = re.findall(r"^  ([a-z]+)  ", backprop("--help").out.partition("Commands:")[2], re.M)
    helped = {command.split()[1] for command, _ in SESSIONS if command.endswith(" --help")}
    assert listed
    assert set(listed) <= helped


def test_the_readme_is_short() -> None:
    assert len(TEXT.encode()) < 14_000


def test_the_guides_topics_are_its_files() -> None:
    assert set(TOPICS) == {path.stem for path in GUIDE}


@pytest.mark.parametrize(
    ("topic", "first", "known"),
    [
        ("problem", "loss", set(LOSSES)),
        ("problem", "activation", set(ACTIVATIONS)),
        ("notation", "name", set(PRESETS)),
        ("steps", "optimizer", set(RULES)),
        ("grading", "slip codes", set(KINDS)),
    ],
)
def test_a_table_of_the_guide_names_what_there_is_and_nothing_else(
    topic: str, first: str, known: set[str]
) -> None:
    rows = re.search(rf"^\| {first} \|.*\n\|[-|]+\n((?:\|.*\n)+)", TEXTS[topic], re.M)
    assert rows is not None
    cells = rows[1] if topic == "grading" else "".join(row.split("|")[1] for row in rows[1].splitlines())
    assert set(re.findall(r"`([^`]+)`", cells)) == known


def test_every_link_to_the_guide_leads_to_a_topic() -> None:
    linked = set(re.findall(r"backprop_cli/guide/([a-z]+)\.md", TEXT))
    assert linked == set(TOPICS)
    told = {topic for text in TEXTS.values() for topic in re.findall(r"`backprop guide ([a-z]+)`", text)}
    assert told <= set(TOPICS)


def test_a_topic_is_markdown_in_a_pipe_and_may_be_named_by_its_beginning() -> None:
    assert backprop("guide", "rounding").out == TEXTS["rounding"]
    assert backprop("guide", "roun").out == TEXTS["rounding"]


def test_a_topic_in_ascii_is_ascii() -> None:
    assert backprop("guide", "notation", "--ascii").out.isascii()


def test_an_unknown_topic_is_told_the_nearest() -> None:
    ran = backprop("guide", "notations")
    assert ran.status == 2
    assert 'did you mean "notation"?' in ran.err


def test_without_a_topic_the_guide_lists_them_all() -> None:
    listed = backprop("guide").out
    assert all(re.search(rf"^{topic}  ", listed, re.M) for topic in TOPICS)


def test_a_cut_stands_for_lines_left_out_and_nothing_else_may_differ() -> None:
    assert fits("a\n[…]\nd\n", "a\nb\nc\nd\n")
    assert fits("a\n[…]\n", "a\n")
    assert not fits("a\n[…]\nd\n", "a\nb\nc\n")
    assert not fits("a\nb\n", "a\nb\nc\n")
