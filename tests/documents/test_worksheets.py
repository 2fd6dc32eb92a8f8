"""Worksheets: the problem with blanks in the handout's order, and the same with the answers in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import backprop
from papers import text_of

PROBLEM = Path(__file__).parents[2] / "problems" / "w3wi-ds304" / "problem.toml"


def exam(*arguments: str) -> str:
    ran = backprop("sheet", *arguments, "--format", "markdown")
    assert ran.status == 0, ran.err
    return ran.out


def test_a_worksheet_gives_the_problem_and_asks_every_value_once() -> None:
    """4 preactivations, 4 activations, the loss, 4 error gradients, 8 weight gradients, 8 new weights."""
    text = exam("w3wi-ds304")
    assert "**Name**" in text
    assert "of 29" in text
    assert text.count(r"\underline{\phantom{00000000}}") == 29 + 1
    assert "-1.40 & 0.50" in text
    for answer in ("0.61", "-0.85", "0.077", "-1.4077", "0.47"):
        assert answer not in text


def test_the_key_has_the_answers_where_the_blanks_were() -> None:
    blank, key = (exam("w3wi-ds304", *more) for more in ((), ("--key",)))
    lefts = [re.findall(r"^(\\frac\S+ ?|[pzJ\\]\S+) ?.*&", text, re.M) for text in (blank, key)]
    assert lefts[0] == lefts[1] != []
    assert r"\underline" not in key
    assert r"= 0.077" in key
    assert r"\leftarrow -1.4077" in key
    assert "**Answer key** 29 answers" in key


def test_the_lines_stand_in_the_handouts_order() -> None:
    headings = re.findall(r"^## (.*)", exam("w3wi-ds304"), re.M)
    assert headings == [
        "Given",
        "Forward pass",
        "Loss",
        "Step 1: Error gradient in the output layer",
        "Step 2: Error gradient in the hidden layer",
        "Step 3: Weight gradient in the output layer",
        "Step 4: Weight gradient in the hidden layer",
        "Step 5: Update",
    ]


def test_matrices_have_a_blank_for_each_number() -> None:
    """61 answers: 8 + 8 + 4 + 4 forward, 4 + 3 of the loss, 4 + 8 signals, 9 gradients, 9 new values."""
    text = exam("or-batch")
    assert "of 61" in text
    assert text.count(r"\underline{\phantom{00000000}}") == 61 + 1
    assert "0.57444" not in text
    assert "0.57444" in exam("or-batch", "--key")


def test_a_problem_in_letters_gives_the_network_and_asks_for_the_gradients() -> None:
    text = exam("umons")
    assert r"g_j &= \sum_{k=1}^2" in text
    assert text.count(r"\underline{\phantom{" + "0" * 40 + "}}") == 7
    assert r"2 \cdot (z - y)" not in text
    assert r"2 \cdot (z - y)" in exam("umons", "--key")


def test_points_are_told_where_the_problem_gives_them(tmp_path: Path) -> None:
    marks = "\n[marks]\nweights = { weight_gradient = 2 }\npoints = { loss = 0.5 }\n"
    (tmp_path / "problem.toml").write_text(PROBLEM.read_text(encoding="utf-8") + marks, encoding="utf-8")
    text = backprop("sheet", "--format", "markdown", folder=tmp_path).out
    assert "of 36.5 points" in text
    assert text.count("(2 points)") == 8
    assert text.count("(0.5 points)") == 1
    assert text.count("(1 point)") == 20


def test_the_exam_and_its_key_are_pdfs(tmp_path: Path) -> None:
    for name, extra in (("exam", ()), ("key", ("--key",))):
        assert backprop("sheet", "w3wi-ds304", *extra, "-o", f"{name}.pdf", folder=tmp_path).status == 0
    texts = [text_of((tmp_path / f"{name}.pdf").read_bytes()) for name in ("exam", "key")]
    assert ["−1.4077" in text for text in texts] == [False, True]
    assert "Name" in texts[0]


def test_a_blank_stands_in_every_paper() -> None:
    from backprop_cli.documents.document import Blank
    from backprop_cli.render.math_mathml import mathml
    from backprop_cli.render.math_typst import typst_math
    from backprop_cli.render.text import TextMath

    assert TextMath().line(Blank(4)) == "____"
    assert mathml(Blank(2)) == '<mtext class="blank" aria-label="blank">\u00a0\u00a0</mtext>'
    assert typst_math(Blank(2)).startswith("#box(width: 1.10em")


def problem_with(tmp_path: Path, more: str, *, before: str = "") -> Path:
    (tmp_path / "problem.toml").write_text(
        before + PROBLEM.read_text(encoding="utf-8") + more, encoding="utf-8"
    )
    return tmp_path


def exam_of(folder: Path, *options: str) -> str:
    ran = backprop("sheet", "--format", "markdown", *options, folder=folder)
    assert ran.status == 0, ran.err
    return ran.out


def test_an_exam_gives_all_it_takes_to_solve_it() -> None:
    """Numbers with their layers, what each layer computes, functions, loss, rule, rounding."""
    given = exam("w3wi-ds304").partition("## Forward pass")[0]
    for part in (
        "the weights of the hidden layer",
        r"\Theta^{[\mathrm{out}]} &= ",
        r"z_{n_t^{[\mathrm{hid}]}} &= g(",
        r"\max(0,\ x) && \text{in the hidden layer}",
        r"\frac{1}{1 + e^{- x}} && \text{in the output layer}",
        r"- y_k)^2",
        r"\leftarrow \Theta_{kt}",
        "Round every line to 2 decimals (forward pass)",
    ):
        assert part in given


def test_a_figure_stands_first_in_the_box_unless_it_is_left_out() -> None:
    assert "x₁ ─ 0.30 ┐→ n₁[hid]" in exam("w3wi-ds304")
    assert "x₁ ─" not in exam("w3wi-ds304", "--no-figure")


def test_only_some_parts_are_asked_for() -> None:
    text = exam("w3wi-ds304", "--only", "forward", "--only", "gradients")
    assert "of 16" in text
    assert "## Step 3" in text
    assert "## Step 1" not in text


def test_marks_say_what_an_exam_asks_for(tmp_path: Path) -> None:
    folder = problem_with(tmp_path, '\n[marks]\nask = ["loss", "out.weight_gradient"]\n')
    text = exam_of(folder)
    assert "of 5" in text
    assert "## Update" not in text


def test_the_head_of_an_exam_stands_in_the_file(tmp_path: Path) -> None:
    more = '\n[paper]\ncourse = "ML 1"\ndate = 2026-02-03\nfields = ["Name", "Student number"]\n'
    head = exam_of(problem_with(tmp_path, more)).partition("## Given")[0]
    assert "**Course** ML 1" in head
    assert "**Date** 2026\\-02\\-03" in head or "**Date** 2026-02-03" in head
    assert "**Student number**" in head


def test_a_paper_key_that_is_none_is_told(tmp_path: Path) -> None:
    ran = backprop("sheet", folder=problem_with(tmp_path, '\n[paper]\nroom = "101"\n'))
    assert ran.status == 2
    assert 'unknown key "room"' in ran.err


def test_room_for_working_makes_an_exam_longer() -> None:
    from io import BytesIO

    from pypdf import PdfReader

    from backprop_cli import load, solve
    from backprop_cli.documents.worksheet import worksheet_document
    from backprop_cli.render.papers import paper_of

    problem = load("w3wi-ds304")
    traces = solve(problem).traces

    def pages(room: str) -> int:
        paper = paper_of(worksheet_document(problem, traces, room=room), "pdf")
        return len(PdfReader(BytesIO(paper)).pages)

    assert pages("none") <= pages("small") < pages("large")  # a last page that is begun is used


def test_every_function_an_exam_uses_is_defined(tmp_path: Path) -> None:
    from backprop_cli.functions.activations import ACTIVATIONS

    for name in ACTIVATIONS:
        if name in ("generic", "identity", "softmax", "sigmoid", "step", "sign"):  # sigmoid: both layers'
            continue
        text = PROBLEM.read_text(encoding="utf-8").replace('"relu"', f'"{name}"')
        (tmp_path / "problem.toml").write_text(text, encoding="utf-8")
        where = exam_of(tmp_path).partition("where:")[2].partition("The loss")[0]
        assert "g(x) &= " in where, name
        assert r"\text{in the hidden layer}" in where, name


CASES = sorted((Path(__file__).parents[1] / "cases" / "equations").glob("*/problem.toml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name)
def test_equations_and_their_numbers_are_given_and_every_value_is_asked_for(path: Path) -> None:
    text, key = exam(str(path)), exam(str(path), "--key")
    given = text.partition("## Given")[2].partition("## Forward pass")[0]
    assert "decimals." in given
    sheet = backprop("sheet", str(path)).out
    cells = sheet.partition("student")[2].count('""') - 1  # one of them is the student's name
    assert f"of {cells}" in text
    assert r"\underline" not in key


def test_what_equations_are_asked_for_stands_in_the_marks(tmp_path: Path) -> None:
    path = next(path for path in CASES if path.parent.name == "rnn_scalar_two_steps")
    marks = '\n[marks]\nask = ["gradient.w", "value.o"]\n'
    (tmp_path / "problem.toml").write_text(path.read_text(encoding="utf-8") + marks, encoding="utf-8")
    text = exam_of(tmp_path)
    assert "of 2" in text
    assert "## Update" not in text


def test_an_online_exam_gives_all_samples_and_heads_each_turn(tmp_path: Path) -> None:
    text = PROBLEM.read_text(encoding="utf-8")
    text = text.replace("inputs        = [1, 1]", "inputs = [[1, 1], [0, 1]]").replace(
        "targets       = [0, 1]", "targets = [[0, 1], [1, 0]]"
    )
    assert "[[0, 1], [1, 0]]" in text
    (tmp_path / "problem.toml").write_text('schedule = "online"\n' + text, encoding="utf-8")
    shown = exam_of(tmp_path)
    assert shown.index("## Sample 1") < shown.index("## Forward pass") < shown.index("## Sample 2")
    assert r"1 & 1 \\ 0 & 1" in shown.partition("Each layer computes")[0]


def test_a_bias_is_given_as_the_formulas_have_it_and_its_rule_too(tmp_path: Path) -> None:
    """Samples in rows: Z = X·Wᵀ + b with b a row; only the hidden layer has one."""
    (tmp_path / "problem.toml").write_text(
        """
inputs = [[0.5, -1.0], [1.0, 0.3]]
labels = [1, 3]
loss = "cross_entropy"
learning_rate = 0.5
notation = { preset = "ng", samples = "rows" }
[[layers]]
activation = "tanh"
weights = [[0.1, 0.2], [0.3, -0.4]]
bias = [0.1, 0.2]
[[layers]]
activation = "softmax"
weights = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
""",
        encoding="utf-8",
    )
    given = exam_of(tmp_path).partition("## Layer 1")[0]
    assert r"b^{[1]} &= \left[\begin{array}{rr} 0.1 & 0.2 \end{array}\right]" in given
    assert r"b^{[1]} &\leftarrow" in given
    assert r"g(x_k) &= \frac{e^{x_k}}{\sum_m e^{x_m}}" in given


def test_an_exam_of_equations_defines_its_functions_and_tells_the_points(tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    file.write_text(
        'equations = """\nz = w x\na = sigmoid(z)\nL = (a - y)^2\n"""\n'
        "[given]\nx = 1.5\ny = 1\n[parameters]\nw = 0.4\n"
        '[marks]\nweights = { w = 2 }\npoints = { "value.z" = 3 }\n',
        encoding="utf-8",
    )
    text = backprop("sheet", str(file), "--format", "markdown").out
    assert r"\sigma(x) &= \frac{1}{1 + e^{- x}}" in text
    assert re.findall(r"\((\d) points?\)", text) == ["3", "1", "1", "1", "1", "2"]
    assert "of 9 points" in text  # z: 3, a, L, ∂L/∂a, ∂L/∂z and, weighted, ∂L/∂w
