"""The worked solution as Markdown, LaTeX, HTML with MathML, PDF, SVG and PNG."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest
from command_line import backprop
from papers import COMMANDS, FOLDER, HANDOUTS, document_of, text_of

from backprop_cli.commands.options import Format
from backprop_cli.commands.output import require_file
from backprop_cli.documents.document import (
    BigSum,
    Braced,
    Call,
    Cases,
    Digits,
    Document,
    Entry,
    Equation,
    Equations,
    Fenced,
    Fraction,
    Math,
    Matrix,
    Operator,
    Partial,
    Point,
    Points,
    Relation,
    Row,
    Superscript,
    Symbol,
    Transposed,
    Word,
)
from backprop_cli.errors import InputError
from backprop_cli.render.latex_text import latex_text
from backprop_cli.render.markdown import markdown_text
from backprop_cli.render.math_latex import LatexMath
from backprop_cli.render.math_mathml import mathml
from backprop_cli.render.math_typst import typst_math
from backprop_cli.render.papers import PAPERS, Style, paper_of
from backprop_cli.render.shapes import broken, lines_of, width

UNIT = Symbol("n", ("1",), "[out]")
Z, J = Symbol("z", of=UNIT), Symbol("𝒥", argument="Θ")


@pytest.mark.parametrize("name", COMMANDS)
def test_paper_is_the_golden_file(name: str) -> None:
    """To accept a change: python tests/scripts/refresh.py, and read the difference."""
    assert backprop(*COMMANDS[name].split()[1:]).out == (FOLDER / name).read_text(encoding="utf-8")


def test_no_golden_paper_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(COMMANDS)


# What each kind of expression is, in LaTeX and in Typst; written from the two languages' manuals.
KINDS: list[tuple[Math, str, str]] = [
    (Digits("-0.20"), "-0.20", "-0.20"),
    (Digits("1.5e+16"), r"1.5 \cdot 10^{16}", "1.5 dot.op 10^(16)"),
    (Digits("…"), r"\ldots", '"…"'),
    (
        Symbol("Θ", ("1", "1"), "[out]"),
        r"\Theta_{11}^{[\mathrm{out}]}",
        r'attach(Θ, b: "1" "1", t: \[ "out" \])',
    ),
    (Partial(J, Z), r"\frac{\partial \mathcal{J}(\Theta)}{\partial z_{n_1^{[\mathrm{out}]}}}", ""),
    (Symbol("ŷ"), r"\hat{y}", "hat(y)"),
    (Symbol("lr"), r"\mathrm{lr}", '"lr"'),
    (Symbol("w", ("1", "12")), r"w_{1,12}", r'attach(w, b: "1" \, "12")'),
    (Symbol("z", ("i",), of=Symbol("n", ("1",))), r"z_{n_1, i}", r'attach(z, b: attach(n, b: "1") \, i)'),
    (Fraction(Digits("1"), Digits("4")), r"\frac{1}{4}", "frac(1, 4)"),
    (Superscript(Row((Word("a"), Operator("−"), Word("y"))), Digits("2")), "(a - y)^2", ""),
    (
        Transposed(Symbol("W", mark="(2)")),
        r"(W^{(2)})^{\top}",
        r"attach(lr(\( attach(W, t: \( \"2\" \)) \)), t: top)",
    ),
    (BigSum("k", "K", Word("x")), r"\sum_{k=1}^K x", "attach(sum, b: k eq 1, t: K) x"),
    (BigSum("s", "", Word("x")), r"\sum_s x", "attach(sum, b: s) x"),
    (Call("σ", (Symbol("z"),), prime=True), r"\sigma'(z)", r"σ' lr(\( z \))"),
    (Call("max", (Digits("0"), Word("z"))), r"\max(0,\ z)", r"max lr(\( 0 \, space.med z \))"),
    (Call("ReLU", (Fraction(Word("a"), Word("b")),)), r"\mathrm{ReLU}\!\left( \frac{a}{b} \right)", ""),
    (Fenced(Word("x"), "|", "|"), r"\vert x \vert", "lr(| x |)"),
    (Row((Word("A"), Operator("⊙"), Word("B"))), r"A \odot B", "A dot.o B"),
    (
        Matrix(((Digits("0.2"),), (Digits("1"),))),
        r"\left[\begin{array}{r} 0.2 \\ 1\phantom{.0} \end{array}\right]",
        "",
    ),
    (Braced(Word("x"), Symbol("δ")), r"\underbrace{x}_{\delta}", "underbrace(x, δ)"),
    (
        Cases(((Digits("0"), Word("a")), (Digits("1"), Word("b")))),
        r"\begin{cases} 0 & \text{if } a \\ 1 & \text{if } b \end{cases}",
        "",
    ),
]


@pytest.mark.parametrize(("math", "latex", "typst"), KINDS)
def test_each_kind_of_expression_is_written(math: Math, latex: str, typst: str) -> None:
    assert LatexMath().write(math) == latex
    assert typst_math(math) == typst.replace('\\"', '"') if typst else typst_math(math)
    ElementTree.fromstring(f"<math>{mathml(math).replace('&#8289;', '')}</math>")


def test_mathml_has_the_handouts_structure() -> None:
    """∂𝒥(Θ)/∂z with n₁ of [out] below z, as presentation MathML."""
    assert mathml(Partial(J, Z)) == (
        '<mfrac><mrow><mi>∂</mi><mrow><mi>𝒥</mi><mo form="prefix" stretchy="false">(</mo>'
        '<mi mathvariant="normal">Θ</mi><mo form="postfix" stretchy="false">)</mo></mrow></mrow>'
        "<mrow><mi>∂</mi><msub><mi>z</mi><msubsup><mi>n</mi><mn>1</mn>"
        '<mrow><mo form="prefix" stretchy="false">[</mo><mi>out</mi>'
        '<mo form="postfix" stretchy="false">]</mo></mrow>'
        "</msubsup></msub></mrow></mfrac>"
    )


@pytest.mark.parametrize("write", [LatexMath().write, LatexMath(web=True).write, mathml, typst_math, width])
def test_an_unknown_node_says_what_is_missing(write: object) -> None:
    with pytest.raises(TypeError, match=r"no way to write int into .*: add it to the table"):
        write(7)


# Lines.


def test_a_general_equation_begins_a_line_at_each_sign() -> None:
    equation = Equation(Word("a"), (Relation("=", Word("b")), Relation("=", Word("c"))), "for k = 1, 2")
    lines = list(lines_of(equation, 80, general=True))
    assert [(line.left is not None, len(line.relations), line.extra) for line in lines] == [
        (True, 1, ""),
        (False, 1, "for k = 1, 2"),
    ]
    assert len(list(lines_of(equation, 80))) == 1


def test_a_long_sum_is_cut_before_its_signs_and_loses_nothing() -> None:
    terms: list[Math] = [Digits("0.12345")]
    for _ in range(20):
        terms += [Operator("+"), Digits("0.12345")]
    pieces = broken(Row(tuple(terms)), 40)
    assert all(width(piece) <= 40 for piece in pieces)
    assert [item for piece in pieces for item in piece.items] == terms
    assert all(piece.items[0] == Operator("+") for piece in pieces[1:])


def test_a_long_bracket_is_opened_where_it_has_to_be() -> None:
    inside = Row((Digits("0.1234567890"), Operator("+"), Digits("0.1234567890")))
    pieces = broken(Row((Word("a"), Operator("·"), Fenced(inside))), 16)
    assert len(pieces) > 2
    assert max(map(width, pieces)) <= 18


# Whole papers.


def test_markdown_survives_what_github_does_to_it() -> None:
    """No \\operatorname, which GitHub refuses; no line of a formula begins like a list or a title."""
    for name in HANDOUTS:
        text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        assert "operatorname" not in text
        for block in re.findall(r"^\$\$\n(.*?)^\$\$$", text, re.M | re.S):
            assert block.strip()
            assert not re.search(r"^\s*([-+=>#]|\d+\.|$)", block[:-1], re.M)
            assert block.count("{") == block.count("}")


def test_latex_needs_common_packages_alone_and_a_fragment_needs_no_preamble() -> None:
    document = document_of("umons")
    whole = paper_of(document, "latex").decode()
    assert re.findall(r"\\usepackage.*", whole) == [r"\usepackage{amsmath,booktabs,xcolor}"]
    assert "a4paper" in whole
    assert "letterpaper" in paper_of(document, "latex", Style("letter")).decode()
    part = paper_of(document, "latex", Style(fragment=True)).decode()
    assert part in whole
    assert "documentclass" not in part
    assert whole.isascii()


class Page(HTMLParser):
    """What a page holds: its tags, and every attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("name", HANDOUTS)
def test_html_is_one_file_with_mathml_and_loads_nothing(name: str) -> None:
    text = paper_of(document_of(name), "html").decode()
    page = Page()
    page.feed(text)
    assert page.tags.count("math") > 3
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not {"src", "onload", "onclick"} & page.attributes
    assert all(re.fullmatch(r"#s\d+", link) for link in re.findall(r'href="([^"]*)"', text))
    assert "url(" not in text
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    body = (
        text[text.index("<main") : text.index("</main>") + 7].replace("&#8289;", "").replace("<br>", "<br/>")
    )
    ElementTree.fromstring(body)


def test_html_fragment_is_an_article_with_its_style() -> None:
    text = paper_of(document_of("umons"), "html", Style(fragment=True)).decode()
    assert text.startswith("<style>")
    assert "<html" not in text
    assert '<article class="backprop">' in text


NUMBERS = {
    "w3wi-ds304": ["−0.85", "2 ⋅ (0.30 − 0) = 0.60", "−1.24", "0.06", "= 0.077", "−1.4077", "0.47"],
    "or-batch": [
        "0.57444",
        "1.10325",
        "0.72275",
        "0.18069",
        "0.09034",
        "−0.00362",
        "0.00454",
        "0.49773",
        "0.30118",
    ],
    "umons": ["for j = 1, 2, 3 and k = 1, 2", "2 ⋅ (z − y)", "σ(gj) ⋅ (1 − σ(gj))"],
    "solutions-16": ["σ′(zk)", "w − y", "k = 1, ..., K"],
    "regression-1-5-1": ["hi ⋅ (1 − hi)", "for i = 1, 2, 3, 4, 5"],
}


@pytest.mark.parametrize("name", HANDOUTS)
def test_pdf_text_holds_the_handouts_numbers(name: str) -> None:
    text = text_of(paper_of(document_of(name), "pdf"))
    assert [number for number in NUMBERS[name] if number not in text] == []


def test_or_batch_has_its_matrices_on_one_page() -> None:
    from io import BytesIO

    from pypdf import PdfReader

    pages = PdfReader(BytesIO(paper_of(document_of("or-batch"), "pdf"))).pages
    assert "0.49930" in pages[0].extract_text()
    assert pages[0].mediabox.height > pages[0].mediabox.width


def test_paper_sizes_are_those_of_the_trade() -> None:
    from io import BytesIO

    from pypdf import PdfReader

    sizes = {}
    for size in ("a4", "letter"):
        reader = PdfReader(BytesIO(paper_of(document_of("umons"), "pdf", Style(size))))
        sizes[size] = tuple(round(float(side)) for side in reader.pages[0].mediabox[2:])
        assert reader.metadata is not None
        assert reader.metadata.title == "A 2-3-1 network in index notation"
        assert "1 / 1" in reader.pages[0].extract_text()
    assert sizes == {"a4": (595, 842), "letter": (612, 792)}


def test_the_same_document_gives_the_same_pdf() -> None:
    document = document_of("w3wi-ds304")
    assert paper_of(document, "pdf") == paper_of(document, "pdf")


def test_pictures_are_pictures() -> None:
    document = document_of("umons")
    assert paper_of(document, "png").startswith(b"\x89PNG")
    ElementTree.fromstring(paper_of(document, "svg"))


def test_every_paper_takes_every_block(tmp_path: Path) -> None:
    blocks = (
        Entry("name", "2-2-1", ("about", "")),
        Points((Point("First", (("you wrote ", Digits("-1.24"), " there"), ("2",))), Point("", (("x",),)))),
        Equations((Equation(Cases(((Digits("0"), Word("a")), (Digits("1"), Word("b")))), (), "", "a note"),)),
    )
    document = Document("Title", "Source", "one\n\ntwo", (), ("a remark",), blocks)
    for form in PAPERS:
        assert len(paper_of(document, form)) > 100
    text = text_of(paper_of(document, "pdf"))
    for words in ("2-2-1", "about", "First", "−1.24", "a note", "two", "a remark"):
        assert words in text


# The command line.


@pytest.mark.parametrize("ending", ["md", "tex", "html", "pdf", "svg", "png"])
def test_the_ending_of_the_file_picks_the_format(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"paper.{ending}"
    assert backprop("solve", "umons", "-o", str(file)).status == 0
    starts = {
        "md": b"# A 2-3-1",
        "tex": b"\\documentclass",
        "html": b"<!DOCTYPE",
        "pdf": b"%PDF",
        "svg": b"<svg",
    }
    assert file.read_bytes().startswith(starts.get(ending, b"\x89PNG"))


def test_without_the_extra_a_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(InputError) as caught:
        paper_of(document_of("umons"), "pdf")
    assert caught.value.message == "writing PDF needs the typst package, which is not installed"
    assert caught.value.help == 'install it with: pip install "backprop-cli[papers]"'
    assert paper_of(document_of("umons"), "html")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    ran = backprop("solve", "umons", "-o", str(tmp_path / "none" / "paper.html"))
    assert (ran.status, "cannot write" in ran.err) == (2, True)


def test_a_solution_shows_itself_in_a_notebook() -> None:
    from backprop_cli import load, solve

    solution = solve(load("w3wi-ds304"))
    assert '<article class="backprop">' in solution._repr_html_()
    assert solution._repr_markdown_().startswith("# A 2-2-2 network")


def test_text_for_latex_is_told_by_its_accents() -> None:
    assert latex_text("é ß – 50 % δ") == r"\'{e} \ss{} -- 50 \% \ensuremath{\delta}"


def test_markdown_escapes_what_begins_a_list_and_leaves_numbers_alone() -> None:
    starts = {
        "0.140 · 0.4": "0.140 · 0.4",
        "1. one": r"1\. one",
        "2) two": r"2\) two",
        "- a": r"\- a",
        "# b": r"\# b",
    }
    assert {text: markdown_text(text) for text in starts} == starts


@pytest.mark.parametrize(
    ("form", "ending"), [("markdown", "md"), ("html", "html"), ("latex", "tex"), ("pdf", "pdf")]
)
def test_feedback_is_a_paper_for_each_student(form: str, ending: str, tmp_path: Path) -> None:
    answers = Path(__file__).parents[2] / "problems" / "or-batch" / "answers.toml"
    ran = backprop("check", str(answers), "--report", str(tmp_path), "--report-format", form)
    assert ran.status == 1
    (paper,) = tmp_path.iterdir()
    assert paper.suffix == f".{ending}"
    text = text_of(paper.read_bytes()) if form == "pdf" else paper.read_text(encoding="utf-8")
    assert "The sign is flipped" in text


def test_a_pdf_is_not_put_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(InputError) as caught:
        require_file(Format.pdf, None)
    assert (caught.value.message, caught.value.help) == (
        "a PDF is not for the terminal",
        "name a file: -o solution.pdf",
    )
    require_file(Format.pdf, Path("x.pdf"))


def test_punctuation_prints_in_latex_as_typed() -> None:
    assert latex_text("\\ { } $ & # _ % ~ ^ < > | \" ` -- '' -") == (
        r"\textbackslash{} \{ \} \$ \& \# \_ \% \textasciitilde{} \textasciicircum{} \textless{} "
        r"\textgreater{} \textbar{} {\ttfamily\char34} \textasciigrave{} -{}- '{}' -"
    )


def test_a_network_too_wide_for_the_page_is_still_a_paper(tmp_path: Path) -> None:
    layers = "".join(f"[[layers]]\nunits = {units}\nactivation = 'tanh'\n" for units in (14, 9))
    source = f"features = 20\nloss = 'squared_error'\n{layers}[notation]\nlayout = 'matrix'\n"
    (tmp_path / "problem.toml").write_text(source, encoding="utf-8")
    for ending in ("pdf", "tex", "md", "html"):
        ran = backprop("solve", "--values", "random", "-o", f"wide.{ending}", folder=tmp_path)
        assert (ran.status, ran.err) == (0, "")


def test_html_matrices_stand_on_their_decimal_points() -> None:
    """Chromium sets what is in a cell of a formula as a block, which `text-align: right` does not move."""
    page = paper_of(document_of("or-batch"), "html").decode()
    rule = re.search(r"\.matrix > mtr > mtd {([^}]*)}", page)
    assert rule
    assert rule[1].index("text-align: right;") < rule[1].index("text-align: -webkit-right;")


@pytest.mark.parametrize("name", ["w3wi-ds304", "umons", "lstm-cell"])
@pytest.mark.parametrize("command", ["solve", "sheet"])
def test_papers_keep_to_the_standard_for_screen_readers(name: str, command: str, tmp_path: Path) -> None:
    """PDF/UA-1: the typesetter refuses it to a formula or figure without words, and to headings that skip."""
    assert backprop(command, name, "-o", "paper.pdf", folder=tmp_path).status == 0
    assert b"pdfuaid" in (tmp_path / "paper.pdf").read_bytes()


@pytest.mark.parametrize("options", [[], ["--graph"]])
def test_drawings_keep_to_the_standard_for_screen_readers(options: list[str], tmp_path: Path) -> None:
    assert backprop("draw", "w3wi-ds304", *options, "-o", "drawing.pdf", folder=tmp_path).status == 0
    assert b"pdfuaid" in (tmp_path / "drawing.pdf").read_bytes()
