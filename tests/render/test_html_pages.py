"""HTML pages: their outline, what they say to who does not see them, and --reveal."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from command_line import backprop
from pages import page_of

PAGES = [
    ("solve", "w3wi-ds304"),
    ("solve", "or-batch"),
    ("solve", "perceptron-or"),
    ("solve", "lstm-cell"),
    ("sheet", "or-batch"),
    ("derive", "umons"),
]


def written(*arguments: str, folder: Path | None = None) -> str:
    ran = backprop(*arguments, "--format", "html", **({"folder": folder} if folder else {}))
    assert ran.status == 0, ran.err
    return ran.out


@pytest.mark.parametrize("arguments", PAGES, ids=" ".join)
def test_the_outline_skips_no_level_and_every_section_has_its_heading(arguments: tuple[str, str]) -> None:
    page = page_of(written(*arguments))
    levels = [int(each.tag[1]) for each in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.all("section")) == len(levels) - 1


@pytest.mark.parametrize("arguments", PAGES, ids=" ".join)
def test_formulas_are_in_words_tables_have_headers_and_scrollers_take_the_focus(
    arguments: tuple[str, str],
) -> None:
    page = page_of(written(*arguments))
    assert all(each.attributes["alttext"] for each in page.all("math"))
    assert all(each.attributes["scope"] in ("row", "col") for each in page.all("th"))
    for each in page.elements:
        if "scroller" in each.attributes.get("class", "") and each.attributes["role"] == "region":
            assert each.attributes["tabindex"] == "0"
            assert each.attributes["aria-label"]
    tables = [e for e in page.all("table") if e.attributes.get("role") != "presentation"]
    assert len(page.all("caption")) == len(tables)


def test_a_page_lists_its_sections() -> None:
    text = written("solve", "w3wi-ds304")
    links = [each.attributes["href"] for each in page_of(text).all("a")]
    assert len(links) == 7
    assert all(f'<h2 id="{link[1:]}">' in text for link in links)


def test_the_words_of_a_formula_are_those_of_the_terminal() -> None:
    assert 'alttext="∂J/∂z(n₁[out])"' in written("solve", "w3wi-ds304")


@pytest.mark.parametrize("name", ["w3wi-ds304", "or-batch", "lstm-cell"])
def test_revealed_solutions_fold_every_result_under_its_formula(name: str) -> None:
    text = written("solve", name, "--reveal", "--no-figure")
    page = page_of(text)
    assert len(page.all("details")) == len(page.all("summary")) > 4
    assert not page.all("script")
    results = [each for each in page.all("span") if each.attributes.get("class") == "result"]
    assert len(results) > 10
    assert all("details" in each.inside for each in results)
    assert all("details" in each.inside for each in page.all("table"))
    shown = [each for each in page.all("math") if "details" not in each.inside]
    assert len(shown) > 8


def test_reveal_is_of_pages_alone() -> None:
    ran = backprop("solve", "umons", "--reveal")
    assert ran.status == 2
    assert "-o solution.html" in ran.err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("draw", "w3wi-ds304"), "x₁ = 1 ─ 0.30 ┐→ n₁[hid]"),
        (("draw", "w3wi-ds304", "--graph"), "→ z(nₜ[hid])"),
        (("draw", "circuit"), "gradient"),
    ],
)
def test_a_drawing_has_its_text_within_it(arguments: tuple[str, ...], line: str) -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(backprop(*arguments, "--format", "svg").out)
    assert root[0].text
    assert line in (root[1].text or "")


def test_a_picture_says_what_it_shows_in_words() -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(backprop("solve", "w3wi-ds304", "--format", "svg").out)
    title, said = root[0], root[1]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {said.get('id')}"
    assert title.text == "A 2-2-2 network, ReLU then sigmoid"
    assert "∂J/∂z(n₁[out]) = 2·(0.30 − 0) =  0.60" in (said.text or "")
