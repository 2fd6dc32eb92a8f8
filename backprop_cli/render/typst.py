"""A document → Typst source, for PDF, SVG and PNG. Text stands in string literals: nothing in it is code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest

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
    Relation,
    Table,
    Word,
)
from .characters import printable
from .math_typst import name, sign, string, typst_math
from .shapes import Line, fits_beside, holds, index_letters, line_width, lines_of_all, on_one_line
from .text import TextMath
from .writers import writer_of

_TEXT = TextMath()
_ROOM = 1120  # how many digits, times the size of the text in points, a line holds
_GAP = 4.0  # digits between columns of short lines
_LONG = 45  # lines of numbers, from which on a paper is set densely
_WHOLE = 14  # lines that stay together on a page
_ALIKE = 8  # questions of one kind, beyond which they stand in two columns
_MOST_ROWS = 34  # of a table that stays on one page
_ROWS = 8  # a longer table is set in parts side by side, where there is room


@dataclass(frozen=True)
class Setting:
    """How a paper is set: the text's size in points, the room between blocks in em, and that for working.

    A `long` one has its many lines of numbers in columns, each fraction at their left on one line.
    """

    size: float = 10.0
    gap: float = 0.7
    room: float = 1.0
    long: bool = False


# Size, gaps and room that are tried in turn, times those of the paper.
_OTHERS = (
    (0.97, 0.8, 0.8),
    (0.94, 0.7, 0.6),
    (0.9, 0.6, 0.5),
    (1.0, 1.3, 1.3),
    (1.05, 1.5, 1.6),
    (1.1, 1.6, 1.9),
)
_PAPERS = {"a4": "a4", "letter": "us-letter"}
_SET = """#set text(font: "New Computer Modern", size: {size}pt, lang: "{language}", ligatures: false)
#set par(leading: {leading}em, spacing: {gap}em)
#set block(spacing: {gap}em)
#show heading: set block(above: {wide}em, below: {below}em, sticky: true)
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
#let columned(..pairs) = layout(size => {{
  set par(leading: 0pt)
  let (pairs, gap) = (pairs.pos(), 1.2em.to-absolute())
  let widest(place) = calc.max(..pairs.map(pair => measure(pair.at(place)).width))
  let (before, own) = (widest(0), widest(0) + widest(1) + gap)
  let room = size.width - 1em.to-absolute() + gap
  let many = calc.max(1, calc.min(4, pairs.len(), calc.floor(room / own / {least})))
  let smaller = calc.min(1, room / own / many)
  let column(part) = grid(columns: (before * smaller, auto), row-gutter: {row}em,
    align: (right + horizon, left + horizon), ..part.flatten())
  let each = calc.ceil(pairs.len() / calc.ceil(pairs.len() / ({whole} * many)))
  for part in pairs.chunks(each) {{
    let high = calc.ceil(part.len() / many)
    block(breakable: false, above: {gap}em, below: {gap}em, pad(left: 1em, text(size: smaller * 1em,
      grid(columns: (1fr,) * calc.ceil(part.len() / high), ..part.chunks(high).map(column)))))
  }}
}})
#let tables(rows, ..ways) = layout(size => {{
  let room = size.width - 1em.to-absolute()
  for way in ways.pos() {{
    let all = grid(columns: way.len(), column-gutter: 2em, ..way)
    let own = measure(all).width
    if own * {least} <= room or way.len() == 1 {{
      let long = rows / way.len() > {most}
      return block(breakable: long, pad(left: 1em, text(size: calc.min(1, room / own) * 1em, all)))
    }}
  }}
}})
#let spoken(words, formula) = math.equation(alt: words, block: formula.block, formula.body)
#let strut = box(width: 0pt, height: 1.15em)
#let quiet = rgb("#666666")
#let blue = rgb("#1550a8")
#let at(x, y, body) = context {{
  let own = measure(body)
  place(top + left, dx: x - own.width / 2, dy: y - own.height / 2, body)
}}
#let question(left, answer, worth, room) = block(breakable: false, width: 100%, above: 0.7em, below: 0.7em, {{
  set par(leading: 0pt) // so that a fraction takes the room that it needs
  pad(left: 1em, grid(columns: (auto, 1fr, auto), column-gutter: 0.6em, align: horizon, left, answer, worth))
  v(room)
}})
#let slot(body) = align(right, box(width: 3.4cm, height: 0.8cm, stroke: 0.6pt, radius: 2pt, inset: 4pt,
  align(center + horizon, body)))
#let result(body) = box(fill: rgb("#e4ecf4"), outset: (x: 1.5pt, y: 2.5pt), radius: 1.5pt,
  $display(#text(fill: rgb("#0b3f70"), weight: "bold", body))$)
"""
_PAGE = (
    '#set page(paper: "{paper}", margin: (x: {margin}cm, top: 1.4cm, bottom: 1.5cm), numbering: "1 / 1")\n'
)
_LABEL = '#let whose = state("whose", "")\n'
_LABELLED = '#set page(footer: context [#whose.get() #h(1fr) #counter(page).display("1")])\n'
_PICTURE = "#set page(width: 21cm, height: auto, margin: 1cm)\n"


def typst_source(
    document: Document, *, paper: str = "a4", picture: bool = False, setting: Setting | None = None
) -> str:
    """The document as Typst source, for pages of paper or for one `picture` as long as it has to be."""
    setting = setting or own_setting(document)
    page = _PICTURE if picture else _page(paper, setting)
    return _head(document, page, setting) + _body(document, setting)


def typst_papers(papers: Sequence[tuple[Document, str]], *, paper: str = "a4") -> str:
    """Several papers of a kind as one, each from a page of its own, its label at the foot of every page."""
    setting = own_setting(papers[0][0])
    foot = _LABEL + _page(paper, setting) + _LABELLED
    bodies = (
        f"#whose.update({string(label)})\n#counter(page).update(1)\n{_body(document, setting)}"
        for document, label in papers
    )
    return _head(papers[0][0], foot, setting) + "#pagebreak()\n".join(bodies)


def _page(paper: str, setting: Setting) -> str:
    return _PAGE.format(paper=_PAPERS[paper], margin=1.6 if setting.long else 2)


def _head(document: Document, page: str, setting: Setting) -> str:
    """What is set for the whole paper."""
    title = string(document.title or "backprop")
    rules = _SET.format(
        size=setting.size,
        language=document.language.code,
        gap=setting.gap,
        wide=setting.gap + 0.4,
        below=0.2 + setting.gap * 0.75,
        leading=0.42 if setting.long else 0.55,
        row=0.3 if setting.long else 0.45,
        least=0.9 if setting.long else 1.0,
        whole=_WHOLE,
        most=_MOST_ROWS,
    )
    return f"#set document(title: {title}, date: none)\n{page}{rules}"


def _body(document: Document, setting: Setting) -> str:
    return "\n".join(_parts(document, setting)) + "\n"


def own_setting(document: Document) -> Setting:
    """Smaller for a paper of many numbers or matrices, so that what belongs together stands on a page."""
    groups = [block for block in document.blocks if isinstance(block, Equations)]
    matrices = sum(any(holds(side, Matrix) for side in _sides(group)) for group in groups)
    lines = sum(len(group.items) for group in groups if not group.general)
    if lines > _LONG:
        return Setting(8.4, 0.4, long=True)
    return Setting(8.8, 0.5) if 2 * matrices > len(groups) > 4 else Setting()


def settings_of(document: Document) -> Iterator[Setting]:
    """The setting of a paper, then others near it, for when its last page would be nearly empty."""
    own = own_setting(document)
    yield own
    for size, gap, room in _OTHERS:
        yield replace(own, size=own.size * size, gap=own.gap * gap, room=own.room * room)


def _sides(group: Equations) -> list[Math]:
    return [each.right for equation in group.items for each in equation.relations]


def _shows(words: str) -> bool:
    """Whether anything of the words can be seen: a reader is told of no heading that is empty."""
    return bool(printable(words).strip())


def text(words: str) -> str:
    """Words in the text of the paper."""
    return f"#text({string(words)})"


def _parts(document: Document, setting: Setting) -> list[str]:
    parts = []
    if _shows(document.title):
        parts.append(f"#heading(level: 1, {string(document.title)})\n#set heading(offset: 1)")
    if document.source:
        parts.append(f"#par(emph({string(document.source)}))")
    parts += [f"#par({string(line)})" for line in document.description.splitlines() if line.strip()]
    if document.given:
        given = [Line(each.left, each.relations) for each in document.given]
        if fits_beside(given, _ROOM / setting.size):
            formula = f"$ {' wide '.join(map(_beside, given))} $"
            parts.append(f"#fitting[{_spoken(formula, *given)}]")
        else:
            parts.append(_equations(Equations(document.given), setting))
    parts += [f"#par(emph({string(remark)}))" for remark in document.remarks]
    return parts + _written(document.blocks, setting)


def _written(blocks: tuple[Block, ...], setting: Setting) -> list[str]:
    """The blocks; a general formula stays with its first numbers on a page, and a label with its lines."""
    found = []
    for block, after in zip_longest(blocks, blocks[1:]):
        written = writer_of(_BLOCKS, block, "Typst")(block, setting)
        before_numbers = isinstance(after, Equations) and not after.general
        general = isinstance(block, Equations) and block.general and before_numbers
        label = isinstance(block, Paragraph) and isinstance(after, Equations)
        above = f"above: {1.3 * setting.gap + 0.1:.2f}em, " if general else ""
        found.append(f"#block({above}sticky: true)[{written}]" if general or label else written)
    return found


def _box(block: Box, setting: Setting) -> str:
    """A frame that may run on to the next page."""
    inside = "\n".join(_written(block.blocks, setting))
    title = f"#block(sticky: true, below: 0.7em, strong({string(block.title)}))"
    frame = "width: 100%, stroke: 0.6pt, radius: 3pt, inset: (x: 0.9em, y: 0.8em), breakable: true"
    return f"#block({frame})[\n{title}\n{inside}\n]"


def _questions(block: Questions, setting: Setting) -> str:
    """Each with room as wide as the page; many alike in two columns, to be read line by line."""
    each = [_question(item, block.room * setting.room) for item in block.items]
    matrices = any(isinstance(item.relations[-1].right, Matrix) for item in block.items)
    if len(each) <= _ALIKE or matrices:
        return "\n".join(each)
    return f"#grid(columns: (1fr, 1fr), column-gutter: 1.5em, {', '.join(f'[{one}]' for one in each)})"


def _question(equation: Equation, room: float) -> str:
    relation = equation.relations[-1]
    left = f"{typst_math(equation.left) if equation.left else ''} {sign(relation.sign)}"
    right = relation.right
    if isinstance(right, Matrix):
        answer = _cell(right)
    else:
        answer = f"#slot[{'' if isinstance(right, Blank) else _cell(right)}]"
    worth = text(equation.note) if equation.note else ""
    asked = _spoken(f"$display({left})$", Line(equation.left, (Relation(relation.sign, Word("")),)))
    return f"#question([{asked}], [{answer}], [{worth}], {room:.2f}cm)"


def _drawing(block: Drawing, setting: Setting) -> str:
    from .drawing_text import picture_of
    from .figure_typst import drawn_inside

    legend = f"\n#align(center, text(size: 0.9em, {string(block.legend)}))" if block.legend else ""
    drawn = f"fitting({drawn_inside(picture_of(block), block.about)})"
    return f"#figure(alt: {string(block.about)}, {drawn})" + legend


def _beside(line: Line) -> str:
    left = [typst_math(line.left)] if line.left else []
    return " ".join([*left, *(f"{sign(each.sign)} {typst_math(each.right)}" for each in line.relations)])


def _equations(block: Equations, setting: Setting) -> str:
    room = _ROOM / setting.size
    first, *rest = block.items or (Equation(None, ()),)
    if not block.general and len(rest) > 2 and first.relations and not any(r.result for r in first.relations):
        parts = (
            replace(block, items=(first,)),
            replace(block, items=tuple(rest)),
        )  # S = …, then what uses it
        return "\n".join(_equations(part, setting) for part in parts)
    items = map(on_one_line, block.items) if setting.long else block.items
    lines = lines_of_all(items, room, block.general)
    if (
        not block.general
        and len(lines) == len(block.items)
        and 2 * max(map(line_width, lines)) <= room + _GAP
    ):
        return f"#columned({', '.join(map(_pair, lines))})"
    whole = _cut_in_parts(lines, _WHOLE)
    return "\n".join(f"#block(breakable: false)[#fitting[{_aligned(part)}]]" for part in whole)


def _cut_in_parts(lines: list[Line], most: int) -> list[list[Line]]:
    """Lines in parts of about one length that each stay whole on a page."""
    each = -(-len(lines) // -(-len(lines) // most))
    return [lines[start : start + each] for start in range(0, len(lines), each)]


def _pair(line: Line) -> str:
    """A short line as its left side and what follows it, for Typst to set in as many columns as fit."""
    left = typst_math(line.left) if line.left else ""
    words = _said(line)
    said = f" wide {words}" if words else ""
    named = _spoken(f"$display({left})$", Line(line.left, ()))
    worked = _spoken(f"$display(#h(0.25em) {_after(line)}{said})$", replace(line, left=None))
    return f"([{named}], [{worked}])"


def _aligned(lines: list[Line]) -> str:
    return _spoken("$ " + " \\\n".join(map(_row, lines)) + " $", *lines)


def _spoken(formula: str, *lines: Line) -> str:
    """A formula with its words, as the text in a terminal has them, for who listens to the paper."""
    words = printable("; ".join(map(_words, lines))).strip() or "formula"
    return f"#spoken({string(words)}, {formula})"


def _words(line: Line) -> str:
    sides = [_TEXT.line(line.left)] if line.left else []
    sides += [f"{each.sign} {_TEXT.line(each.right)}".strip() for each in line.relations]
    return " ".join([*sides, line.extra]).strip()


def _row(line: Line) -> str:
    left = f"{typst_math(line.left)} &" if line.left else "&"
    words = _said(line)
    return f"{left} {_after(line)}" + (f" && wide {words}" if words else "")


def _after(line: Line) -> str:
    """What follows the left side, its result set off."""
    parts = []
    for each in line.relations:
        right = typst_math(each.right)
        right = f"#result[$display({right})$]" if each.result else right
        parts.append(f"{sign(each.sign) if each.sign else 'wide'} {right}")
    return " ".join(parts)


def _said(line: Line) -> str:
    """What is said about a line, its index letters in italics."""
    pieces = index_letters(line.extra)
    words = "".join(f"${name(part)}$" if letter else f"#{string(part)}" for part, letter in pieces)
    return f"#[{words}]" if words else ""


def _heading(block: Heading, setting: Setting) -> str:
    if not _shows(block.text):
        return text(block.number)
    number = f"{string(block.number)} + h(0.8em) + " if block.number else ""
    return f"#heading(depth: 1, {number}{string(block.text)})"


def _paragraph(block: Paragraph, setting: Setting) -> str:
    return f"#par({string(block.text)})"


def _table(block: Table, setting: Setting) -> str:
    """A table, whole on its page unless it is very long; of many rows, in parts side by side."""
    rows = sum(map(len, block.groups))
    most = min(3, -(-rows // _ROWS))
    ways = [", ".join(map(_rules, _side_by_side(block, many))) for many in range(most, 0, -1)]
    return f"#tables({rows}, {', '.join(f'({way},)' for way in ways)})"


def _side_by_side(block: Table, parts: int) -> list[Table]:
    """A table in parts of about as many rows, the rules between its groups kept."""
    rows = [(place, row) for place, group in enumerate(block.groups) for row in group]
    each = -(-len(rows) // parts) if rows else 1
    found = []
    for start in range(0, max(1, len(rows)), each):
        own = groupby(rows[start : start + each], key=lambda pair: pair[0])
        found.append(replace(block, groups=tuple(tuple(row for _, row in group) for _, group in own)))
    return found


def _rules(block: Table) -> str:
    """A table with a rule above, below and between its groups."""
    columns = ", ".join("right + horizon" if column.numeric else "left + horizon" for column in block.columns)
    lines = [
        "{set par(leading: 0pt)",
        f"table(columns: {len(block.columns)}, align: ({columns},), stroke: none,",
    ]
    lines.append("  inset: (x: 0.6em, y: 0.27em), table.hline(stroke: 0.8pt), table.header(")
    lines.append("  " + ", ".join(f"strong[{_cell(column.title)}]" for column in block.columns) + "),")
    for group in block.groups:
        lines.append("  table.hline(stroke: 0.4pt),")
        lines += ["  " + ", ".join(f"[{_cell(cell)}]" for cell in row) + "," for row in group]
    return "\n".join([*lines, "  table.hline(stroke: 0.8pt))}"])


def _cell(cell: str | Math) -> str:
    return text(cell) if isinstance(cell, str) else _spoken(f"${typst_math(cell)}$", Line(cell, ()))


def _entry(block: Entry, setting: Setting) -> str:
    about = "".join(f"#linebreak() {text(line)}" for line in block.about if line)
    return f"#par[#strong({string(block.name)}) #h(0.5em) {text(block.fact)}{about}]"


def _points(block: Points, setting: Setting) -> str:
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
