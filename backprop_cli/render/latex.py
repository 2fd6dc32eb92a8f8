"""A document → LaTeX: a whole file that compiles with amsmath alone, or a fragment for one's own."""

from __future__ import annotations

from collections.abc import Callable

from ..documents.document import (
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
    Table,
)
from .latex_text import latex_text
from .math_latex import LatexMath
from .shapes import Line, fits_beside, index_letters, lines_of_all
from .writers import writer_of

_ROOM = 88  # digits of the text's size that fit on a line, beside the indentation
_PAPERS = {"a4": "a4paper", "letter": "letterpaper"}
_PREAMBLE = r"""\documentclass[10pt,%s,fleqn]{article}
\usepackage{amsmath}
\allowdisplaybreaks
\setlength{\textwidth}{17cm}
\setlength{\textheight}{24cm}
\setlength{\oddsidemargin}{-0.5cm}
\setlength{\topmargin}{-1.5cm}
\setlength{\parindent}{0pt}
\setlength{\mathindent}{1em}
\AtBeginDocument{\setlength{\abovedisplayskip}{5pt plus 2pt}\setlength{\belowdisplayskip}{5pt plus 2pt}}
\begin{document}
"""


def latex(document: Document, *, paper: str = "a4", fragment: bool = False) -> str:
    """The document as LaTeX; a `fragment` is what stands between \\begin{document} and \\end{document}."""
    body = "\n".join(_parts(document))
    return body if fragment else f"{_PREAMBLE % _PAPERS[paper]}\n{body}\n\\end{{document}}\n"


def _parts(document: Document) -> list[str]:
    parts = []
    if document.title:
        parts.append(f"\\section*{{{latex_text(document.title)}}}\n")
    if document.source:
        parts.append(f"\\textit{{{latex_text(document.source)}}}\n")
    parts += [f"{latex_text(line)}\n" for line in document.description.splitlines() if line.strip()]
    if document.given:
        fits = fits_beside((Line(each.left, each.relations) for each in document.given), _ROOM)
        parts.append(_given(document.given) if fits else _equations(Equations(document.given)))
    parts += [f"\\textit{{{latex_text(remark)}}}\n" for remark in document.remarks]
    return parts + list(map(_block, document.blocks))


def _given(given: tuple[Equation, ...]) -> str:
    """What is given, side by side."""
    math = LatexMath()
    sides = [_joined_line(math, Line(each.left, each.relations)) for each in given]
    return "\\[\n" + " \\qquad\n".join(sides) + "\n\\]\n"


def _joined_line(math: LatexMath, line: Line) -> str:
    left = [math.write(line.left)] if line.left else []
    return " ".join(
        [*left, *(f"{sign(math, each.sign)} {math.write(each.right)}" for each in line.relations)]
    )


def sign(math: LatexMath, text: str) -> str:
    """A relation's sign."""
    return "".join(math.character(char) for char in text)


def aligned(math: LatexMath, block: Equations, room: float, gap: str = "&&") -> str:
    """The rows of a group of equations, aligned on their first sign, index ranges and remarks after them."""
    rows = [row(math, line, gap) for line in lines_of_all(block.items, room, block.general)]
    return " \\\\\n".join(rows)


def row(math: LatexMath, line: Line, gap: str) -> str:
    """One row of an aligned group, `gap` before what is said about it."""
    left = math.write(line.left) if line.left else ""
    text = f"{left} &" if left else "&"
    for each in line.relations:
        start = sign(math, each.sign) if each.sign else "\\qquad"
        text += f"{start} {math.write(each.right)} "
    pieces = index_letters(line.extra)
    words = "".join(math.name(part) if letter else math.text(part) for part, letter in pieces)
    return text.rstrip() + (f" {gap} {words}" if words else "")


def _equations(block: Equations) -> str:
    rows = aligned(LatexMath(), block, _ROOM, gap="&\\qquad&")
    return f"\\begin{{alignat*}}{{2}}\n{rows}\n\\end{{alignat*}}"


def _block(block: Block) -> str:
    return writer_of(_BLOCKS, block, "LaTeX")(block)


def _heading(block: Heading) -> str:
    number = f"{latex_text(block.number)}\\quad " if block.number else ""
    return f"\\subsection*{{{number}{latex_text(block.text)}}}\n"


def _paragraph(block: Paragraph) -> str:
    return f"{latex_text(block.text)}\n"


def _table(block: Table) -> str:
    columns = "".join("r" if column.numeric else "l" for column in block.columns)
    head = " & ".join(
        f"\\textbf{{{latex_text(c.title)}}}" if isinstance(c.title, str) else _cell(c.title)
        for c in block.columns
    )
    lines = [f"\\begin{{center}}\n\\begin{{tabular}}{{{columns}}}", "\\hline", f"{head} \\\\"]
    for group in block.groups:
        lines += ["\\hline", *(" & ".join(map(_cell, row)) + " \\\\" for row in group)]
    return "\n".join([*lines, "\\hline", "\\end{tabular}", "\\end{center}\n"])


def _cell(cell: str | Math) -> str:
    return latex_text(cell) if isinstance(cell, str) else f"${LatexMath().write(cell)}$"


def _entry(block: Entry) -> str:
    about = "".join(f"\\\\ {{}}{latex_text(line)}\n" for line in block.about if line)
    return f"\\textbf{{{latex_text(block.name)}}} {latex_text(block.fact)}\n{about}"


def _points(block: Points) -> str:
    lines = [r"\begin{description}"]
    for point in block.items:
        runs = [" ".join(_cell(part) for part in line) for line in point.lines]
        lines.append(f"\\item[{{{latex_text(point.label)}}}] " + " \\newline\n".join(runs))
    return "\n".join([*lines, "\\end{description}\n"])


_BLOCKS: dict[type[Block], Callable[..., str]] = {
    Heading: _heading,
    Equations: _equations,
    Paragraph: _paragraph,
    Table: _table,
    Entry: _entry,
    Points: _points,
    Questions: lambda block: _equations(Equations(block.items)),
    Drawing: lambda block: "",  # amsmath alone cannot draw
    Box: lambda block: _heading(Heading(block.title)) + "\n".join(map(_block, block.blocks)),
}
