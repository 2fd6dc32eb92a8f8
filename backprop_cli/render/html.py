"""A document → one self-contained HTML page with MathML, and nothing loaded from elsewhere.

There is no script in it, but for a worksheet's, which saves what is typed into its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from itertools import count

from ..documents.document import (
    Blank,
    Block,
    Box,
    Document,
    Drawing,
    Entry,
    Equation,
    Equations,
    Heading,
    Math,
    Paragraph,
    Points,
    Questions,
    Relation,
    Table,
)
from ..documents.network_figure import network_figure
from ..problem.language import Language
from .characters import printable
from .drawing_text import drawing_text, picture_of
from .figure_html import figure_html
from .html_fields import Fields, named, saving_bar, script, script_hash
from .math_mathml import element, mathml, words
from .shapes import Line, fits_beside, index_letters, lines_of, width
from .stylesheet import PAGE, STYLESHEET
from .text import TextMath
from .writers import writer_of

_ROOM = 110
_PHONE = 34.0  # digits that a telephone shows side by side; what is wider scrolls there
_CONTENTS = 4  # headings from which on a page lists them
# Should a name ever slip through as markup, the page may still load nothing, and run its own script at most.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}{own}">
<meta name="viewport" content="width=device-width, initial-scale=1">
{title}
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
_TEXT = TextMath()


def html(document: Document, *, fragment: bool = False, reveal: bool = False) -> str:
    """The document as a page; a `fragment` is its article alone, with its style, as notebooks show it.

    A worksheet's page has fields to type into; its fragment, blanks. With `reveal` the numbers of each step
    are folded under its formula.
    """
    if fragment:
        body = "\n".join(_Page(None, reveal, document.language).parts(document))
        return f'<style>{STYLESHEET}</style>\n<article class="backprop">\n{body}\n</article>\n'
    fields = Fields() if document.sheet_of else None
    parts = _Page(fields, reveal, document.language, contents=True).parts(document)
    of, own, run = {}, "", ""
    if fields is not None:
        of, text = {"data-problem": document.sheet_of}, script()
        own, run = f"; script-src {script_hash(text)}", f"\n<script>{text}</script>"
        parts.append(saving_bar(document.language))
    body = element("main", "\n", "\n".join(parts), "\n", **{"class": "backprop"}, **of) + run
    title = words("title", document.title or "backprop")
    return _PAGE.format(
        lang=document.language.code, policy=_POLICY, own=own, title=title, style=PAGE + STYLESHEET, body=body
    )


class _Page:
    """Writes one page: what its sections are called, and what stands in them."""

    def __init__(
        self, fields: Fields | None, reveal: bool, language: Language, *, contents: bool = False
    ) -> None:
        self.fields, self.reveal, self.contents = fields, reveal, contents
        self.language, self.word = language, language.word
        self.section = ""  # the title of the section that is being written
        self._ids = count(1)
        self._listed: list[tuple[str, str, int]] = []  # id, title and level of each heading

    def parts(self, document: Document) -> list[str]:
        parts = []
        self.section = document.title
        if document.title:
            parts.append(words("h1", document.title))
        if document.source:
            parts.append(words("p", document.source, **{"class": "source"}))
        parts += [words("p", line) for line in document.description.splitlines() if line.strip()]
        if document.given:
            parts.append(self._given(document.given))
        parts += [words("p", remark, **{"class": "remark"}) for remark in document.remarks]
        blocks = self._blocks(document.blocks, 2)
        if self.contents and len(self._listed) >= _CONTENTS:
            parts.append(self._contents())
        return parts + blocks

    def _contents(self) -> str:
        """Links to the sections; those within a part are left to the part."""
        items = (
            element("li", words("a", title, href=f"#{id}")) for id, title, level in self._listed if level == 2
        )
        return element(
            "nav", element("ul", *items), **{"aria-label": self.word("Contents"), "class": "contents"}
        )

    def _given(self, given: tuple[Equation, ...]) -> str:
        lines = [Line(each.left, each.relations) for each in given]
        if not fits_beside(lines, _ROOM):
            return self._equations(Equations(given))
        return element("p", " ".join(map(_beside, lines)), **{"class": "given"})

    def _blocks(self, blocks: Iterable[Block], level: int) -> list[str]:
        """The blocks in sections, each from its heading to the next; a part's own sections are inside it."""
        parts: list[str] = []
        open_levels: list[int] = []
        below = level  # of a heading that opens no part
        before: Block | None = None
        for block in blocks:
            if isinstance(block, Heading):
                own = level if block.major else below
                while open_levels and open_levels[-1] >= own:
                    open_levels.pop()
                    parts.append("</section>")
                open_levels.append(own)
                below = level + 1 if block.major else below
                parts += ["<section>", self._heading(block, own)]
            else:
                parts.append(self._block(block, (open_levels or [level - 1])[-1] + 1, before))
            before = block
        return parts + ["</section>"] * len(open_levels)

    def _heading(self, block: Heading, level: int) -> str:
        title = f"{block.number} {block.text}".strip()
        self.section = title
        number = words("span", block.number, **{"class": "number"}) + " " if block.number else ""
        return element(f"h{level}", number, words("span", block.text), **self._listing(title, level))

    def _listing(self, title: str, level: int) -> dict[str, str]:
        """A heading's id on a page that lists its headings."""
        if not self.contents:
            return {}
        id = f"s{next(self._ids)}"
        self._listed.append((id, title, level))
        return {"id": id}

    def _block(self, block: Block, level: int, before: Block | None) -> str:
        if isinstance(block, Box):
            title = element(f"h{level}", words("span", block.title), **self._listing(block.title, level))
            inside = _Page(self.fields, False, self.language)
            inside.section = block.title
            return element("section", title, *inside._blocks(block.blocks, level + 1), **{"class": "box"})
        if not self.reveal:
            return self._written(block)
        if isinstance(block, Equations) and not block.general:
            return self._folded(block)
        if isinstance(block, Table | Drawing):
            return _details(
                self._written(block), self.word("Figure" if isinstance(block, Drawing) else "Table")
            )
        return self._written(block)

    def _folded(self, block: Equations) -> str:
        """The formulas, and below them what they give, folded."""
        formulas: list[Equation] = []
        numbers: list[Equation] = []
        for equation in block.items:
            first = equation.relations[:1]
            in_symbols = len(equation.relations) > 2 and not first[0].result
            if in_symbols:
                formulas.append(Equation(equation.left, first, equation.condition))
            (numbers if any(each.result for each in equation.relations) else formulas).append(equation)
        shown = self._equations(Equations(tuple(formulas))) if formulas else ""
        return shown + (
            _details(self._equations(Equations(tuple(numbers))), self.word("Numbers")) if numbers else ""
        )

    def _written(self, block: Block) -> str:
        return writer_of(_BLOCKS, block, "HTML")(self, block)

    def _equations(self, block: Equations) -> str:
        if self.fields is not None and any(e.relations and named(e.relations[-1].right) for e in block.items):
            return self._questions(Questions(block.items))
        lines = [line for equation in block.items for line in lines_of(equation, _ROOM, block.general)]
        rows = "\n".join(map(_line, lines))
        kind = "equations general" if block.general else "equations"
        return self._region(rows, kind, max(map(_on_a_telephone, lines), default=0.0), self.word("Equations"))

    def _region(self, content: str, kind: str, wide: float, what: str) -> str:
        """What is wider than a telephone scrolls by itself, for the keyboard too, and shows that it does."""
        if wide <= _PHONE:
            return element("div", content, **{"class": kind})
        label = f"{what}: {self.section}" if self.section else what
        return element(
            "div",
            content,
            **{
                "class": f"{kind} scroller",
                "role": "region",
                "tabindex": "0",
                "aria-label": printable(label),
            },
        )

    def _questions(self, block: Questions) -> str:
        if self.fields is None:
            return self._equations(Equations(block.items))
        return "\n".join(self._question(each, block.room, self.fields) for each in block.items)

    def _question(self, equation: Equation, room: float, fields: Fields) -> str:
        if not named(equation.relations[-1].right):
            return self._region(_line(next(lines_of(equation, _ROOM))), "equations", 0.0, "")
        about = "; ".join(part for part in (equation.condition, equation.note) if part)
        left = _beside(Line(equation.left, ()))
        sign = words("span", equation.relations[-1].sign, **{"class": "sign"})
        return fields.question(equation, f"{left} {sign}", about, room)

    def _paragraph(self, block: Paragraph) -> str:
        return words("p", block.text)

    def _table(self, block: Table) -> str:
        kinds = [{"class": "numeric"} if column.numeric else {} for column in block.columns]
        titles = (
            element("th", _cell(c.title), scope="col", **kind)
            for c, kind in zip(block.columns, kinds, strict=True)
        )
        caption = words("caption", self.section) if self.section else ""
        lines = ["<table>" + caption, element("thead", element("tr", *titles))]
        for group in block.groups:
            lines.append("<tbody>")
            for row in group:
                first, *others = (_cell(cell) for cell in row)
                cells = [element("th", first, scope="row", **kinds[0])]
                cells += [element("td", cell, **kind) for cell, kind in zip(others, kinds[1:], strict=True)]
                lines.append(element("tr", *cells))
            lines.append("</tbody>")
        rows = [tuple(column.title for column in block.columns), *(row for g in block.groups for row in g)]
        wide = sum(3 + max(map(_cell_width, column)) for column in zip(*rows, strict=True))
        return self._region("\n".join([*lines, "</table>"]), "table", wide, self.word("Table"))

    def _entry(self, block: Entry) -> str:
        about = "".join(f"<br>{_text(line)}" for line in block.about if line)
        return element("p", words("strong", block.name), " ", _text(block.fact), about)

    def _drawing(self, block: Drawing) -> str:
        """The drawing; for telephones, where it is wider, as text, its layers below one another."""
        picture = picture_of(block)
        figure = network_figure(picture, width, block.about)
        drawn = element("div", figure_html(figure), role="img", **{"aria-label": printable(block.about)})
        parts = [drawn]
        if figure.width > _FIGURE_CM:
            narrow = _lines(drawing_text(picture, width=_FIGURE))
            wide = self._region(drawn, "picture wide", figure.width / _DIGIT, "Figure")
            parts = [wide, _text_picture(narrow, block.about, "narrow")]
        return element("figure", *parts, words("figcaption", block.legend) if block.legend else "")

    def _points(self, block: Points) -> str:
        items = []
        for point in block.items:
            lines = "<br>".join(
                "".join(self._part(part, point.label) for part in line) for line in point.lines
            )
            items.append(element("dt", _text(point.label)) + element("dd", lines))
        return element("dl", "\n".join(items))

    def _part(self, part: str | Math, label: str) -> str:
        if self.fields is not None and isinstance(part, Blank) and part.cell:
            return self.fields.field(part, label)
        return _cell(part)


_FIGURE = 48  # columns of text that a telephone shows
_FIGURE_CM = 9.0  # and centimetres of a drawing
_DIGIT = 0.19  # a digit's width in centimetres


def _lines(drawn: list[str]) -> list[str]:
    return [printable(line) for part in drawn for line in part.split("\n")]


def _text_picture(lines: list[str], about: str, kind: str = "") -> str:
    """A picture made of characters, as large as its columns fit."""
    columns = max(map(len, lines), default=1)
    of = {"role": "img", "aria-label": printable(about), "style": f"--columns: {max(columns, 1)}"}
    return element("pre", escape("\n".join(lines), quote=False), **({"class": kind} if kind else {}), **of)


def _details(content: str, title: str) -> str:
    return element("details", words("summary", title), "\n", content)


def _math(content: str, said: str, **attributes: str) -> str:
    """One formula, in its text's words for who does not see it."""
    return element("math", content, alttext=printable(said), displaystyle="true", **attributes)


def _beside(line: Line) -> str:
    left = [mathml(line.left)] if line.left else []
    said = _TEXT.line(line.left) if line.left else ""
    content = element("mrow", *left, *(_sign(each) + mathml(each.right) for each in line.relations))
    said += "".join(f" {each.sign} {_TEXT.line(each.right)}" for each in line.relations)
    return _math(content, said.strip())


def _sign(relation: Relation) -> str:
    return words("mo", relation.sign) if relation.sign else ""


def _line(line: Line) -> str:
    """One line: what is computed, each of its sides as a formula of its own, and what is said about it."""
    left = _math(mathml(line.left), _TEXT.line(line.left)) if line.left else ""
    sides = []
    for relation in line.relations:
        said = f"{relation.sign} {_TEXT.line(relation.right)}".strip()
        kind = "result" if relation.result else "side"
        content = element("mrow", _sign(relation), mathml(relation.right))
        sides.append(element("span", _math(content, said), **{"class": kind}))
    inset = "right inset" if line.relations and not line.relations[0].sign else "right"
    parts = [
        element("span", left, **{"class": "left"}),
        element("span", " ".join(sides), **{"class": inset}),
    ]
    if line.extra:
        pieces = (words("i", part) if letter else _text(part) for part, letter in index_letters(line.extra))
        parts.append(element("span", *pieces, **{"class": "about"}))
    return element("div", *parts, **{"class": "line"})


def _on_a_telephone(line: Line) -> float:
    """How wide a line's widest row is where each result has a row of its own."""
    left = width(line.left) if line.left else 0.0
    sides = [2.5 + width(relation.right) for relation in line.relations] or [0.0]
    return max(left + sides[0], *sides[1:], 0.0)


def _cell(cell: str | Math) -> str:
    return _text(cell) if isinstance(cell, str) else _math(mathml(cell), _TEXT.line(cell))


def _cell_width(cell: str | Math) -> float:
    return len(cell) if isinstance(cell, str) else width(cell)


def _text(text: str) -> str:
    return escape(printable(text), quote=False)


_BLOCKS: dict[type, Callable[..., str]] = {
    Equations: _Page._equations,
    Paragraph: _Page._paragraph,
    Table: _Page._table,
    Entry: _Page._entry,
    Points: _Page._points,
    Questions: _Page._questions,
    Drawing: _Page._drawing,
}
