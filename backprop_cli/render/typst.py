"""A document → Typst source, for PDF, SVG and PNG. Text stands in string literals: nothing in it is code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

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
    Matrix,
    Paragraph,
    Points,
    Questions,
    Table,
)
from .math_typst import name, sign, string, typst_math
from .shapes import Line, fits_beside, holds, index_letters, line_width, lines_of
from .writers import writer_of

_ROOM = 1120  # how many digits, times the size of the text in points, a line holds
_GAP = 4.0  # digits between columns of short lines
_SIZE, _DENSE = 10.0, 8.8  # a paper full of matrices is set smaller, so that they keep together on a page
_PAPERS = {"a4": "a4", "letter": "us-letter"}
_SET = """#set text(font: "New Computer Modern", size: {size}pt, lang: "en", ligatures: false)
#set par(leading: 0.55em, spacing: {gap}em)
#show heading: set block(above: {wide}em, below: 0.6em, sticky: true)
#show heading.where(level: 1): set text(size: 14pt)
#show heading.where(level: 2): set text(size: 11pt)
#show math.equation: set block(breakable: true, above: {gap}em, below: {gap}em)
#show math.equation.where(block: true): it => align(left, pad(left: 1em, it))
#set math.mat(row-gap: 0.3em)
#let fitting(body) = layout(size => {{
  let own = measure(body).width
  if own <= size.width {{ return body }}
  scale(size.width / own * 100%, origin: left + top, reflow: true, body)
}})
#let quiet = rgb("#666666")
#let blue = rgb("#1550a8")
#let at(x, y, body) = context {{
  let own = measure(body)
  place(top + left, dx: x - own.width / 2, dy: y - own.height / 2, body)
}}
#let question(left, answer, worth, room) = block(breakable: false, width: 100%, above: 0.7em, below: 0.7em, {{
  pad(left: 1em, grid(columns: (auto, 1fr, auto), column-gutter: 0.6em, align: horizon, left, answer, worth))
  v(room)
}})
#let slot(body) = align(right, box(width: 3.4cm, height: 0.8cm, stroke: 0.6pt, radius: 2pt, inset: 4pt,
  align(center + horizon, body)))
#let result(body) = text(fill: rgb("#0b4f8a"), body)
"""
_PAGE = '#set page(paper: "{paper}", margin: (x: 2cm, top: 1.4cm, bottom: 1.5cm), numbering: "1 / 1")\n'
_LABEL = '#let whose = state("whose", "")\n'
_LABELLED = '#set page(footer: context [#whose.get() #h(1fr) #counter(page).display("1")])\n'
_PICTURE = "#set page(width: 21cm, height: auto, margin: 1cm)\n"


def typst_source(document: Document, *, paper: str = "a4", picture: bool = False) -> str:
    """The document as Typst source, for pages of paper or for one `picture` as long as it has to be."""
    return _head(document, _PICTURE if picture else _PAGE.format(paper=_PAPERS[paper])) + _body(document)


def typst_papers(papers: Sequence[tuple[Document, str]], *, paper: str = "a4") -> str:
    """Several papers of a kind as one, each from a page of its own, its label at the foot of every page."""
    foot = _LABEL + _PAGE.format(paper=_PAPERS[paper]) + _LABELLED
    bodies = (
        f"#whose.update({string(label)})\n#counter(page).update(1)\n{_body(document)}"
        for document, label in papers
    )
    return _head(papers[0][0], foot) + "#pagebreak()\n".join(bodies)


def _head(document: Document, page: str) -> str:
    """What is set for the whole paper."""
    dense = _dense(document)
    size, gap = (_DENSE, 0.5) if dense else (_SIZE, 0.7)
    title = string(document.title or "backprop")
    rules = _SET.format(size=size, gap=gap, wide=0.9 if dense else 1.1)
    return f"#set document(title: {title}, date: none)\n{page}{rules}"


def _body(document: Document) -> str:
    return "\n".join(_parts(document, _DENSE if _dense(document) else _SIZE)) + "\n"


def _dense(document: Document) -> bool:
    """Whether the paper is mostly of matrices."""
    groups = [block for block in document.blocks if isinstance(block, Equations)]
    return 2 * sum(any(holds(side, Matrix) for side in _sides(group)) for group in groups) > len(groups) > 4


def _sides(group: Equations) -> list[Math]:
    return [each.right for equation in group.items for each in equation.relations]


def text(words: str) -> str:
    """Words in the text of the paper."""
    return f"#text({string(words)})"


def _parts(document: Document, size: float) -> list[str]:
    parts = []
    if document.title:
        parts.append(f"#heading(level: 1, {string(document.title)})")
    if document.source:
        parts.append(f"#par(emph({string(document.source)}))")
    parts += [f"#par({string(line)})" for line in document.description.splitlines() if line.strip()]
    if document.given:
        given = [Line(each.left, each.relations) for each in document.given]
        if fits_beside(given, _ROOM / size):
            parts.append(f"#fitting[$ {' wide '.join(map(_beside, given))} $]")
        else:
            parts.append(_equations(Equations(document.given), size))
    parts += [f"#par(emph({string(remark)}))" for remark in document.remarks]
    return parts + _written(document.blocks, size)


def _written(blocks: tuple[Block, ...], size: float) -> list[str]:
    """The blocks; a general formula stays with its first numbers on a page, and a label with its lines."""
    found = []
    for block, after in zip_longest(blocks, blocks[1:]):
        written = writer_of(_BLOCKS, block, "Typst")(block, size)
        before_numbers = isinstance(after, Equations) and not after.general
        general = isinstance(block, Equations) and block.general and before_numbers
        label = isinstance(block, Paragraph) and isinstance(after, Equations)
        found.append(f"#block(sticky: true)[{written}]" if general or label else written)
    return found


def _box(block: Box, size: float) -> str:
    """A frame that may run on to the next page."""
    inside = "\n".join(_written(block.blocks, size))
    title = f"#block(sticky: true, below: 0.7em, strong({string(block.title)}))"
    frame = "width: 100%, stroke: 0.6pt, radius: 3pt, inset: (x: 0.9em, y: 0.8em), breakable: true"
    return f"#block({frame})[\n{title}\n{inside}\n]"


def _questions(block: Questions, size: float) -> str:
    return "\n".join(_question(each, block.room) for each in block.items)


def _question(equation: Equation, room: float) -> str:
    relation = equation.relations[-1]
    left = f"{typst_math(equation.left) if equation.left else ''} {sign(relation.sign)}"
    right = relation.right
    if isinstance(right, Matrix):
        answer = f"${typst_math(right)}$"
    else:
        answer = f"slot[{'' if isinstance(right, Blank) else f'${typst_math(right)}$'}]"
        answer = "#" + answer
    worth = text(equation.note) if equation.note else ""
    return f"#question([$display({left})$], [{answer}], [{worth}], {room:.2f}cm)"


def _drawing(block: Drawing, size: float) -> str:
    from .drawing_text import picture_of
    from .figure_typst import drawn_inside

    legend = f"\n#align(center, text(size: 0.9em, {string(block.legend)}))" if block.legend else ""
    return f"#align(center, fitting({drawn_inside(picture_of(block), block.about)}))" + legend


def _beside(line: Line) -> str:
    left = [typst_math(line.left)] if line.left else []
    return " ".join([*left, *(f"{sign(each.sign)} {typst_math(each.right)}" for each in line.relations)])


def _equations(block: Equations, size: float) -> str:
    room = _ROOM / size
    lines = [line for equation in block.items for line in lines_of(equation, room, block.general)]
    columns = 1 if block.general or len(lines) > len(block.items) else _columns(lines, room)
    if columns == 1:
        return f"#fitting[{_aligned(lines)}]"
    height = -(-len(lines) // columns)
    parts = [f"[{_aligned(lines[start : start + height])}]" for start in range(0, len(lines), height)]
    return f"#grid(columns: {columns}, column-gutter: 1.6em, {', '.join(parts)})"


def _aligned(lines: list[Line]) -> str:
    return "$ " + " \\\n".join(map(_row, lines)) + " $"


def _columns(lines: list[Line], room: float) -> int:
    """How many columns short lines are set in: as many as there is room for, of three lines or more each."""
    widest = max(map(line_width, lines)) + _GAP
    return max(1, min(4, int((room + _GAP) // widest), len(lines) // 3))


def _row(line: Line) -> str:
    row = f"{typst_math(line.left)} &" if line.left else "&"
    for each in line.relations:
        right = typst_math(each.right)
        right = f"#result[${right}$]" if each.result else right
        row += f" {sign(each.sign) if each.sign else 'wide'} {right}"
    pieces = index_letters(line.extra)
    words = "".join(f"${name(part)}$" if letter else f"#{string(part)}" for part, letter in pieces)
    return row + (f" && wide #[{words}]" if words else "")


def _heading(block: Heading, size: float) -> str:
    number = f"{string(block.number)} + h(0.8em) + " if block.number else ""
    return f"#heading(level: 2, {number}{string(block.text)})"


def _paragraph(block: Paragraph, size: float) -> str:
    return f"#par({string(block.text)})"


def _table(block: Table, size: float) -> str:
    columns = ", ".join("right" if column.numeric else "left" for column in block.columns)
    lines = [f"#pad(left: 1em, table(columns: {len(block.columns)}, align: ({columns},), stroke: none,"]
    lines.append("  inset: (x: 0.7em, y: 0.52em), table.hline(stroke: 0.8pt), table.header(")
    lines.append("  " + ", ".join(f"strong[{_cell(column.title)}]" for column in block.columns) + "),")
    for group in block.groups:
        lines.append("  table.hline(stroke: 0.4pt),")
        lines += ["  " + ", ".join(f"[{_cell(cell)}]" for cell in row) + "," for row in group]
    return "\n".join([*lines, "  table.hline(stroke: 0.8pt)))"])


def _cell(cell: str | Math) -> str:
    return text(cell) if isinstance(cell, str) else f"${typst_math(cell)}$"


def _entry(block: Entry, size: float) -> str:
    about = "".join(f"#linebreak() {text(line)}" for line in block.about if line)
    return f"#par[#strong({string(block.name)}) #h(0.5em) {text(block.fact)}{about}]"


def _points(block: Points, size: float) -> str:
    cells = []
    for point in block.items:
        lines = " #linebreak() ".join("".join(f"#[{_cell(part)}]" for part in line) for line in point.lines)
        cells.append(f"strong({string(point.label)}), [{lines}]")
    grid = f"columns: (auto, 1fr), column-gutter: 1.2em, row-gutter: 0.7em, {', '.join(cells)}"
    return f"#pad(left: 1em, grid({grid}))"


_BLOCKS: dict[type[Block], Callable[..., str]] = {
    Heading: _heading,
    Equations: _equations,
    Paragraph: _paragraph,
    Table: _table,
    Entry: _entry,
    Points: _points,
    Questions: _questions,
    Drawing: _drawing,
    Box: _box,
}
