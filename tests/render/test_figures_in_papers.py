"""The figure of a network stands first in its papers, and nothing in it gets out of its frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import backprop

PROBLEM = Path(__file__).parents[2] / "problems" / "w3wi-ds304" / "problem.toml"


def solved(*options: str) -> str:
    ran = backprop("solve", "w3wi-ds304", *options)
    assert ran.status == 0, ran.err
    return ran.out


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_a_solution_begins_with_the_figure_unless_it_is_left_out(form: str) -> None:
    text = solved("--format", form)
    assert text.index("x₁ = 1 ─ 0.30 ┐→ n₁[hid]") < text.rindex("Forward pass")
    assert "x₁ = 1 ─" not in solved("--format", form, "--no-figure")


def test_a_terminal_shows_no_figure() -> None:
    assert "┐→" not in solved()


def test_no_symbol_closes_the_fence_that_the_figure_stands_in(tmp_path: Path) -> None:
    text = PROBLEM.read_text(encoding="utf-8").replace('unit = "n"', 'unit = "```"')
    (tmp_path / "problem.toml").write_text(text, encoding="utf-8")
    shown = backprop("solve", "--format", "markdown", folder=tmp_path).out
    assert "\n````text\n" in shown
    latex = text.replace('unit = "```"', 'unit = "\\\\end{verbatim}"')
    (tmp_path / "problem.toml").write_text(latex, encoding="utf-8")
    assert r"\end{verbatim}" not in backprop("solve", "--format", "latex", folder=tmp_path).out


def test_index_letters_are_italic_in_conditions() -> None:
    assert r"\text{for }t\text{ = 1, 2; the sum over }j\text{ = 1, 2}" in solved("--format", "latex")
    assert "for <i>t</i> = 1, 2; the sum over <i>j</i> = 1, 2" in solved("--format", "html")


def test_short_lines_stand_in_columns_on_paper() -> None:
    from io import BytesIO

    from pypdf import PdfReader

    from backprop_cli import parse_problem, solve
    from backprop_cli.documents.worked_solution import solution_document
    from backprop_cli.problem.problem import PHASES
    from backprop_cli.render.papers import paper_of

    made = backprop("new", "5-6-5-4", "--hidden", "sigmoid", "--output", "softmax", "--seed", "3").out
    traces = solve(parse_problem(made, "p.toml", "p")).traces
    paper = paper_of(solution_document(traces[0].plan, traces, frozenset(PHASES)), "pdf")
    assert len(PdfReader(BytesIO(paper)).pages) <= 7  # ten, a line each


def test_a_page_draws_the_network_and_writes_its_numbers_as_mathematics() -> None:
    text = solved("--format", "html")
    drawing = text[text.index('<div class="drawing"') : text.index("<figcaption")]
    assert drawing.count("<rect") == 7  # the loss is the last
    assert drawing.count("<polygon") == 8 + 2  # an arrow a weight, and from each output to the loss
    for number in ("−1.40", "0.31", "−0.85", "−1.24"):
        assert f'alttext="{number}"' in drawing
    assert "<svg" not in solved("--format", "html", "--no-figure")
