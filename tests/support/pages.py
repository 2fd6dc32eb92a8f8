"""An HTML page as its tests read it, and a worksheet's page filled in as its script would save it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = dict[str, str]


@dataclass
class Element:
    tag: str
    attributes: Attributes
    inside: tuple[str, ...]  # the tags about it, outermost first


@dataclass
class Page(HTMLParser):
    """The elements of a page, and its visible text."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {k: v or "" for k, v in attrs}, tuple(self._open)))
        if tag not in ("input", "br", "meta"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._open):
            self.text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]


def page_of(text: str) -> Page:
    page = Page()
    page.feed(text)
    return page


def fields_of(text: str) -> list[Attributes]:
    """The fields of a worksheet's page that have a place on the answer sheet."""
    return [element.attributes for element in page_of(text).all("input") if "data-key" in element.attributes]


def filled(text: str, answers: dict[str, str]) -> str:
    """The sheet that a worksheet's page saves when these answers, by cell, are typed into it."""
    of = next(e.attributes["data-problem"] for e in page_of(text).all("main"))
    tables: dict[str, list[str]] = {"": [f"problem = {json.dumps(of)}"]}
    for each in fields_of(text):
        lines = tables.setdefault(each["data-table"], ["", f"[{_key(each['data-table'])}]"])
        value = json.dumps(answers.get(each["name"], ""), ensure_ascii=False)
        lines.append(f"{_key(each['data-key'])} = {value}")
    return "\n".join(line for lines in tables.values() for line in lines) + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
