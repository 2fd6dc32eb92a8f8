"""A document → one self-contained HTML page with MathML: no script, and nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from ..documents.document import (
    Block,
    Box,
    Document,
    Drawing,
    Entry,
    Equations,
    Heading,
    Math,
    Paragraph,
    Points,
    Questions,
    Relation,
    Table,
)
from .characters import printable
from .drawing_text import drawing_text, picture_of
from .math_mathml import element, mathml, words
from .shapes import Line, fits_beside, index_letters, lines_of
from .stylesheet import PAGE, STYLESHEET
from .writers import writer_of

_ROOM = 110
# Should a name ever slip through as markup, the page may still run and load nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
{title}
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def html(document: Document, *, fragment: bool = False) -> str:
    """The document as a page; a `fragment` is its article alone, with its style, as notebooks show it."""
    tag = "article" if fragment else "main"
    body = f'<{tag} class="backprop">\n' + "\n".join(_parts(document)) + f"\n</{tag}>"
    if fragment:
        return f"<style>{STYLESHEET}</style>\n{body}\n"
    title = words("title", document.title or "backprop")
    return _PAGE.format(policy=_POLICY, title=title, style=PAGE + STYLESHEET, body=body)


def _parts(document: Document) -> list[str]:
    parts = []
    if document.title:
        parts.append(words("h1", document.title))
    if document.source:
        parts.append(words("p", document.source, **{"class": "source"}))
    parts += [words("p", line) for line in document.description.splitlines() if line.strip()]
    if document.given:
        given = [Line(each.left, each.relations) for each in document.given]
        sides = (element("math", _beside(line)) for line in given)
        if fits_beside(given, _ROOM):
            parts.append(element("p", " ".join(sides), **{"class": "given"}))
        else:
            parts.append(_equations(Equations(document.given)))
    parts += [words("p", remark, **{"class": "remark"}) for remark in document.remarks]
    return parts + list(map(_block, document.blocks))


def _beside(line: Line) -> str:
    left = [mathml(line.left)] if line.left else []
    return element("mrow", *left, *map(_relation, line.relations))


def _relation(relation: Relation) -> str:
    sign = words("mo", relation.sign) if relation.sign else ""
    right = mathml(relation.right)
    right = element("mrow", right, **{"class": "result"}) if relation.result else right
    return sign + right


def _equations(block: Equations) -> str:
    rows = [_row(line) for equation in block.items for line in lines_of(equation, _ROOM, block.general)]
    table = element("mtable", "\n", *rows, **{"class": "aligned"})
    return element("div", element("math", table, display="block"), **{"class": "equations"})


def _row(line: Line) -> str:
    left = element("mtd", mathml(line.left) if line.left else "", displaystyle="true")
    own = {"class": "inset"} if line.relations and not line.relations[0].sign else {}
    right = element("mtd", *map(_relation, line.relations), displaystyle="true", **own)
    pieces = [words("mi" if letter else "mtext", part) for part, letter in index_letters(line.extra)]
    extra = element("mtd", *pieces, **{"class": "about"}) if pieces else ""
    return element("mtr", left, right, extra) + "\n"


def _heading(block: Heading) -> str:
    number = words("span", block.number, **{"class": "number"}) + " " if block.number else ""
    return element("h2", number, words("span", block.text))


def _paragraph(block: Paragraph) -> str:
    return words("p", block.text)


def _table(block: Table) -> str:
    kinds = [{"class": "numeric"} if column.numeric else {} for column in block.columns]
    titles = (
        element("th", _cell(c.title), scope="col", **kind)
        for c, kind in zip(block.columns, kinds, strict=True)
    )
    lines = ["<table>", element("thead", element("tr", *titles))]
    for group in block.groups:
        lines.append("<tbody>")
        lines += [
            element(
                "tr", *(element("td", _cell(cell), **kind) for cell, kind in zip(row, kinds, strict=True))
            )
            for row in group
        ]
        lines.append("</tbody>")
    return "\n".join([*lines, "</table>"])


def _cell(cell: str | Math) -> str:
    return _text(cell) if isinstance(cell, str) else element("math", mathml(cell))


def _text(text: str) -> str:
    return escape(printable(text), quote=False)


def _entry(block: Entry) -> str:
    about = "".join(f"<br>{_text(line)}" for line in block.about if line)
    return element("p", words("strong", block.name), " ", _text(block.fact), about)


def _block(block: Block) -> str:
    return writer_of(_BLOCKS, block, "HTML")(block)


def _box(block: Box) -> str:
    return element("section", words("h2", block.title), *map(_block, block.blocks), **{"class": "box"})


def _drawing(block: Drawing) -> str:
    lines = "\n".join(drawing_text(picture_of(block)))
    lines = "\n".join(map(printable, lines.split("\n")))
    picture = element("pre", escape(lines, quote=False), role="img", **{"aria-label": block.about})
    return element("figure", picture, words("figcaption", block.legend) if block.legend else "")


def _points(block: Points) -> str:
    items = []
    for point in block.items:
        lines = "<br>".join("".join(map(_cell, line)) for line in point.lines)
        items.append(element("dt", _text(point.label)) + element("dd", lines))
    return element("dl", "\n".join(items))


_BLOCKS: dict[type[Block], Callable[..., str]] = {
    Heading: _heading,
    Equations: _equations,
    Paragraph: _paragraph,
    Table: _table,
    Entry: _entry,
    Points: _points,
    Questions: lambda block: _equations(Equations(block.items)),
    Drawing: _drawing,
    Box: _box,
}
