"""What a user types is text in every paper: never a command, a link, a script or a way to another file."""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hostile import HOSTILE, document
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import text_of

from backprop_cli.documents.document import (
    Document,
    Heading,
    Paragraph,
)
from backprop_cli.render.papers import Style, paper_of


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def shown(text: str) -> str:
    """The text as every paper may show it: one line, nothing that has no shape."""
    return re.sub(r"[\x00-\x08\x0e-\x1f\u202a-\u202e]", "\ufffd", re.sub(r"[\t\n\r]", " ", text))


@pytest.mark.parametrize("text", HOSTILE)
def test_html_shows_it_and_makes_nothing_of_it(text: str) -> None:
    page = Page()
    page.feed(paper_of(document(text, text[:12]), "html").decode())
    allowed = (
        "html head meta title style body main section h1 h2 p span i div "
        "table caption thead tbody tr th td strong br dl dt dd"
    )
    mathematics = {"math"} | {tag for tag in page.tags if re.fullmatch(r"m[a-z]+", tag)} - {
        "main",
        "meta",
        "marquee",
    }
    assert page.tags <= {*allowed.split(), *mathematics}
    attributes = (
        "lang charset http-equiv content name class id scope form stretchy displaystyle separator accent "
        "alttext role tabindex"
    )
    assert page.attributes <= {*attributes.split(), "mathvariant", "movablelimits", "aria-label"}
    assert "".join(page.texts).count(shown(text)) >= 5


@pytest.mark.parametrize("text", HOSTILE)
def test_pdf_prints_it(text: str) -> None:
    """The page holds the text itself, so nothing of it was code; fonts lack some characters."""
    printed = text_of(paper_of(document(text, text[:12]), "pdf")).replace(" ", "")
    wanted = re.sub(r"[\ufffd]", "", shown(text)).replace(" ", "")
    assert printed.replace("\ufffd", "").count(wanted[:18]) >= 3
    assert "root:" not in printed


def test_pdf_joins_no_signs() -> None:
    """The paper's font has TeX's ligatures, which would make dashes and quotation marks of what is typed."""
    text = "a--b---c <!-- '' ``"
    printed = text_of(paper_of(document(text, "--x"), "pdf"))
    assert printed.count("a--b---c") >= 5
    assert not set("–—“”") & set(printed)


def latex_commands(source: str) -> set[str]:
    return set(re.findall(r"\\([A-Za-z]+)", source))


@pytest.mark.parametrize("text", HOSTILE)
def test_latex_has_no_command_of_the_users(text: str) -> None:
    source = paper_of(document(text, text[:12]), "latex", Style(fragment=True)).decode()
    assert not latex_commands(source) & {
        "input",
        "write",
        "read",
        "include",
        "openin",
        "immediate",
        "def",
        "csname",
    }
    assert source.count("\\end{document}") == 0
    for line in source.splitlines():
        assert not re.search(r"(?<!\\)%", line)
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\$", line)) % 2 == 0
    bare = re.sub(r"\\[{}]", "", source)
    assert bare.count("{") == bare.count("}")


SPECIAL = re.compile(r"(?<!\\)(?:\\\\)*[`*_<>\[\]|~]")


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_has_no_markup_of_the_users(text: str) -> None:
    source = paper_of(
        Document(text, text, text, (), (), (Paragraph(text), Heading(text))), "markdown"
    ).decode()
    lines = [line for line in source.splitlines() if line]
    for line in lines:
        plain = re.sub(r"^(#+ )", "", line).removeprefix("*").removesuffix("*")
        assert not SPECIAL.search(plain)
        assert not re.search(r"(?<!\\)(?:\\\\)*\$", plain)
        assert not re.match(r"([#+=-]|\d+[.)]) ", plain)
        assert not re.search(r"\s#+$", plain)
    # Without its backslashes it is what was typed.
    unescaped = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", lines[-2])
    assert unescaped == re.sub(" +$", "", shown(text).strip())


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_formulas_hold_no_dollar_or_bar_of_the_users(text: str) -> None:
    source = paper_of(document(text, text[:12]), "markdown").decode()
    for row in re.findall(r"^\|.*\|$", source, re.M):
        assert len(re.findall(r"(?<!\\)\|", row)) == 3
    for block in re.findall(r"^\$\$$(.*?)^\$\$$", source, re.M | re.S):
        assert not re.search(r"(?<!\\)[$<>`]", block)
    assert not latex_commands(source.replace("\\\\", "")) & {"input", "write", "end{document", "read"}


@settings(max_examples=25)
@given(
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=6),
)
def test_any_text_and_any_symbol_can_be_printed(text: str, symbol: str) -> None:
    made = document(text, symbol)
    for form in ("markdown", "latex", "html", "pdf"):
        assert paper_of(made, form)


def test_a_problem_file_with_such_titles_is_printed(tmp_path: Path) -> None:
    from command_line import backprop

    source = (Path(__file__).parents[2] / "problems/w3wi-ds304/problem.toml").read_text(encoding="utf-8")
    title = '</script> $\\input{/etc/passwd}$ #read("x") [link](javascript:alert(1))'
    changed = re.sub(r"^title .*", lambda _: f"title = '{title}'", source, flags=re.M)
    changed = changed.replace('weights = "Θ"', "weights = '$#&'")
    assert tomllib.loads(changed)["title"] == title
    (tmp_path / "problem.toml").write_text(changed, encoding="utf-8")
    for ending in ("md", "tex", "html", "pdf", "svg"):
        ran = backprop("solve", "problem.toml", "-o", f"out.{ending}", folder=tmp_path)
        assert (ran.status, ran.err) == (0, "")
    assert title.replace(" ", "") in text_of((tmp_path / "out.pdf").read_bytes()).replace(" ", "")
    assert "javascript:" not in re.findall(
        r'href="([^"]*)"', (tmp_path / "out.html").read_text(encoding="utf-8")
    )
