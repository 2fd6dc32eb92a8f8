"""A document → LaTeX: a whole file that compiles by itself, or a fragment that says what it needs."""

from __future__ import annotations

from collections.abc import Callable
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
from .latex_text import latex_text
from .math_latex import LatexMath
from .shapes import Line, fits_beside, index_letters, line_width, lines_of_all, on_one_line
from .writers import writer_of

_ROOM = 94  # digits of the text's size that fit on a line, beside the indentation
_SHORT = 8  # lines of a group, beyond which ∂L/∂w is written on one line
_PAPERS = {"a4": "a4paper", "letter": "letterpaper"}
_PREAMBLE = r"""\documentclass[10pt,%s,fleqn]{article}
\usepackage{amsmath,booktabs,%s}
\allowdisplaybreaks
\setlength{\textwidth}{17cm}
\setlength{\textheight}{24cm}
\setlength{\oddsidemargin}{-0.5cm}
\setlength{\topmargin}{-1.5cm}
\setlength{\parindent}{0pt}
\setlength{\mathindent}{1em}
\AtBeginDocument{\setlength{\abovedisplayskip}{5pt plus 2pt}\setlength{\belowdisplayskip}{5pt plus 2pt}}
\setlength{\arraycolsep}{3pt}
"""
# A result: bold, and tinted so that it is seen in black and white.
_RESULT = (
    r"\providecommand{\result}[1]{{\setlength{\fboxsep}{1.5pt}"
    r"\colorbox[HTML]{E4ECF4}{\boldmath$\displaystyle #1$}}}"
)


def latex(document: Document, *, paper: str = "a4", fragment: bool = False) -> str:
    """The document as LaTeX; a `fragment` is what stands between \\begin{document} and \\end{document}."""
    body = "\n".join(_parts(document))
    result = f"{_RESULT}\n" if r"\result{" in body else ""
    if fragment:
        return result + body
    drawing = "tikz" if "{tikzpicture}" in body else "xcolor"
    return (
        f"{_PREAMBLE % (_PAPERS[paper], drawing)}{result}\\begin{{document}}\n\n{body}\n\\end{{document}}\n"
    )


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
    return parts + _written(document.blocks)


def _written(blocks: tuple[Block, ...]) -> list[str]:
    """The blocks; a general formula stays with its first numbers on a page."""
    found = []
    for block, after in zip_longest(blocks, blocks[1:]):
        general = isinstance(block, Equations) and block.general
        before_numbers = isinstance(after, Equations) and not after.general
        label = isinstance(block, Paragraph) and isinstance(after, Equations)
        found.append(_block(block) + "\n\\nopagebreak" * ((general and before_numbers) or label))
    return found


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
        right = math.write(each.right)
        text += f"{start} {f'{chr(92)}result{{{right}}}' if each.result and not math.web else right} "
    pieces = index_letters(line.extra)
    words = "".join(math.name(part) if letter else math.text(part) for part, letter in pieces)
    return text.rstrip() + (f" {gap} {words}" if words else "")


def _equations(block: Equations) -> str:
    return _in_columns(block) or _one_under_the_other(block)


_COLUMN = 3.0  # digits between columns


def _in_columns(block: Equations) -> str:
    """Short lines of numbers in as many columns as there is room for, to be read down each; else nothing."""
    items = tuple(map(on_one_line, block.items)) if len(block.items) > _SHORT else block.items
    lines = lines_of_all(items, _ROOM, block.general)
    if block.general or len(lines) > len(items) or any(line.extra for line in lines):
        return ""
    many = min(4, len(lines), int((_ROOM + _COLUMN) // (max(map(line_width, lines)) + _COLUMN)))
    if many < 2:
        return ""
    high = -(-len(lines) // many)
    rows = (
        " &\\qquad ".join(row(LatexMath(), line, "") for line in lines[start::high]) for start in range(high)
    )
    body = " \\\\\n".join(rows)
    return f"\\begin{{alignat*}}{{{2 * many}}}\n{body}\n\\end{{alignat*}}"


def _one_under_the_other(block: Equations) -> str:
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
    """A table with rules above, below and between its groups, its rows a little apart."""
    columns = "".join("r" if column.numeric else "l" for column in block.columns)
    head = " & ".join(
        f"\\textbf{{{latex_text(c.title)}}}" if isinstance(c.title, str) else _cell(c.title)
        for c in block.columns
    )
    lines = ["\\par\\medskip\\hspace*{1em}{\\renewcommand{\\arraystretch}{1.25}"]
    lines += [f"\\begin{{tabular}}{{{columns}}}", "\\toprule", f"{head} \\\\"]
    for group in block.groups:
        lines += ["\\midrule", *(" & ".join(map(_cell, row)) + " \\\\" for row in group)]
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}}\\par\\medskip\n"])


def _questions(block: Questions) -> str:
    return "\n".join(_question(each, block.room) for each in block.items)


def _question(equation: Equation, room: float) -> str:
    """The left side, a box for the answer at the right margin, and room below for working."""
    math, relation = LatexMath(), equation.relations[-1]
    left = f"{math.write(equation.left) if equation.left else ''} {sign(math, relation.sign)}"
    right = "" if isinstance(relation.right, Blank) else f"${math.write(relation.right)}$"
    worth = f"{latex_text(equation.note)}\\quad" if equation.note else ""
    if isinstance(relation.right, Matrix):
        answer = f" {right}\\hfill {worth}"
    else:
        answer = f"\\hfill {worth}\\framebox[3.4cm]{{\\rule[-2mm]{{0pt}}{{7mm}}{right}}}"
    return f"\\noindent\\hspace*{{1em}}$\\displaystyle {left}${answer}\\par\\vspace{{{0.2 + room:.2f}cm}}"


def _drawing(block: Drawing) -> str:
    """The drawing in TikZ, made smaller where it is wider than the page."""
    from .drawing_text import picture_of
    from .figure_tikz import tikz
    from .figure_typst import drawing_figure

    width = r"\ifdim\width>\textwidth\textwidth\else\width\fi"
    picture = f"\\resizebox{{{width}}}{{!}}{{\n{tikz(drawing_figure(picture_of(block), block.about))}}}"
    legend = f"\\par\\smallskip{{\\small {latex_text(block.legend)}}}" if block.legend else ""
    return f"\\par\\medskip{{\\centering {picture}{legend}\\par}}\\medskip\n"


def _box(block: Box) -> str:
    """What belongs together, between two rules, so that it may run on to the next page."""
    inside = "\n".join(_written(block.blocks))
    title = f"\\textbf{{{latex_text(block.title)}}}\\par\\nopagebreak"
    return f"\\par\\medskip\\hrule\\medskip {title}\n{inside}\n\\par\\medskip\\hrule\\medskip\n"


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
    Questions: _questions,
    Drawing: _drawing,
    Box: _box,
}
