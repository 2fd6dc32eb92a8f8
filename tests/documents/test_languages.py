"""`language` and `[words]`: the same papers in other words, and nothing else changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from command_line import backprop

from backprop_cli.documents.document import Box, Document, Drawing, Equation, Heading, Paragraph, Point
from backprop_cli.documents.drawn import with_figure
from backprop_cli.documents.translated import translated
from backprop_cli.documents.worked_solution import solution_document
from backprop_cli.documents.worksheet import worksheet_document
from backprop_cli.files.bundled import bundled_names
from backprop_cli.files.problem_file import read_problem
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.language import LANGUAGES, WORDS, Language
from backprop_cli.problem.problem import PHASES
from backprop_cli.values.solution import solve

PROBLEM = Path(__file__).parents[2] / "problems" / "w3wi-ds304" / "problem.toml"
MARKED = Language("en", {key: f"«{key}»" for key in WORDS})


@pytest.mark.parametrize("key", WORDS)
def test_every_language_has_every_word_with_its_gaps(key: str) -> None:
    assert len(WORDS[key]) == len(LANGUAGES) - 1
    for text in WORDS[key]:
        assert text.strip()
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", key))


def said(part: object) -> Iterator[str]:
    """The words of a document, wherever they stand in it."""
    if isinstance(part, Document):
        yield from part.remarks
    if isinstance(part, Heading):
        yield from (part.text, part.number)
    if isinstance(part, Paragraph):
        yield part.text
    if isinstance(part, Box):
        yield part.title
    if isinstance(part, Equation):
        yield from (part.condition, part.note)
    if isinstance(part, Drawing):
        yield from (part.about, part.legend)
    if isinstance(part, Point):
        yield part.label
    if isinstance(part, tuple):
        for inner in part:
            yield from said(inner)
    elif is_dataclass(part) and not isinstance(part, Language | Drawing):
        for each in fields(part):
            yield from said(getattr(part, each.name))


@pytest.mark.parametrize("name", bundled_names())
def test_no_heading_label_or_remark_is_left_in_english(name: str) -> None:
    problem = read_problem(name)
    traces = () if problem.symbolic else solve(problem).traces
    plan = traces[0].plan if traces else make_plan(problem)
    whole = solution_document(plan, traces, frozenset(PHASES))
    own = [title for title, _ in problem.notation.steps]  # the handout's own titles
    for document in (
        with_figure(whole, problem, traces[0] if traces else None),
        worksheet_document(problem, traces),
        worksheet_document(problem, traces, key=True),
    ):
        for text in said(translated(document, MARKED)):
            assert not re.search("[a-z]{2}", text) or "«" in text or text in own, text


def test_the_guide_lists_every_word() -> None:
    guide = (Path(__file__).parents[2] / "backprop_cli" / "guide" / "words.md").read_text(encoding="utf-8")
    for key, texts in WORDS.items():
        assert f"| {' | '.join((key, *texts))} |" in guide


def german(tmp_path: Path, more: str = "") -> None:
    text = f'language = "de"\n{PROBLEM.read_text(encoding="utf-8")}\n{more}'
    (tmp_path / "problem.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("form", ["terminal", "markdown", "latex", "html"])
def test_a_solution_is_in_german_in_every_format(form: str, tmp_path: Path) -> None:
    german(tmp_path)
    text = backprop("solve", "--format", form, folder=tmp_path).out
    for words in ("Vorwärtsdurchlauf", "Fehlergradient in der Ausgabeschicht", "Schritt 5", "Aktualisierung"):
        assert words.replace("ä", r"\"{a}" if form == "latex" else "ä") in text
    assert "Forward" not in text.replace('"Forward', "")
    assert ('lang="de"' in text) == (form == "html")


def test_an_exam_and_a_derivation_are_in_german_and_the_sheet_as_it_was(tmp_path: Path) -> None:
    german(tmp_path)
    exam = backprop("sheet", "--format", "markdown", folder=tmp_path).out
    assert "die Gewichte der Ausgabeschicht" in exam
    assert "Richtige Antworten" in exam
    assert "2 Nachkommastellen (Vorwärtsdurchlauf)" in exam
    assert "Als Antwortbogen speichern" in backprop("sheet", "--format", "html", folder=tmp_path).out
    assert "Lokale Ableitungen" in backprop("derive", folder=tmp_path).out
    assert "Schätzung durch den Gradienten" in backprop("step", folder=tmp_path).out
    sheet = backprop("sheet", folder=tmp_path).out
    assert "[hid]\npreactivation       = " in sheet
    solved = json.loads(backprop("solve", "--format", "json", folder=tmp_path).out)
    assert [layer["name"] for layer in solved["layers"]] == ["hid", "out"]


def test_a_paper_is_set_in_its_language(tmp_path: Path) -> None:
    german(tmp_path)
    assert backprop("sheet", "-o", "exam.pdf", folder=tmp_path).status == 0
    from papers import text_of

    assert "Jede Schicht berechnet" in text_of((tmp_path / "exam.pdf").read_bytes())


def test_words_of_ones_own_come_before_those_of_the_language(tmp_path: Path) -> None:
    german(tmp_path, '[words]\nLoss = "Kosten"\n"Step {n}" = "Nr. {n}"\n')
    text = backprop("solve", "--format", "markdown", folder=tmp_path).out
    assert "## Kosten" in text
    assert "## Nr. 1: Fehlergradient" in text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('language = "german"', "language"),
        ("language = 3", "language"),
        ('words = { "Foward pass" = "x" }', 'did you mean "Forward pass"?'),
        ("words = { Loss = 3 }", "Loss must be text in quotes"),
    ],
)
def test_what_is_no_language_and_no_word_is_told(line: str, said: str, tmp_path: Path) -> None:
    text = f"{line}\n{PROBLEM.read_text(encoding='utf-8')}"
    (tmp_path / "problem.toml").write_text(text, encoding="utf-8")
    ran = backprop("solve", folder=tmp_path)
    assert ran.status == 2
    assert said in ran.err
