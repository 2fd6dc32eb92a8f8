"""A drawing → TikZ: a picture for a LaTeX document, or a document of its own."""

from __future__ import annotations

from collections.abc import Callable

from ..documents.document import Equation
from ..documents.figure import Content, Figure, Label, Shape, Stroke
from .latex import sign
from .latex_text import latex_text
from .math_latex import LatexMath
from .writers import writer_of

_ALONE = r"""\documentclass[tikz,border=2mm]{standalone}
\usepackage{amsmath}
\begin{document}
%s\end{document}
"""
_COLOURS = r"""\definecolor{gradient}{HTML}{1550A8}\definecolor{positive}{HTML}{2B6CB0}
\definecolor{negative}{HTML}{C2560C}
"""


def tikz(figure: Figure, *, alone: bool = False) -> str:
    """The picture, one unit a centimetre, with y downwards; `alone` as a file that compiles by itself."""
    parts = "\n".join(f"  {writer_of(_PARTS, part, 'TikZ')(part)}" for part in figure.parts)
    picture = f"{_COLOURS}\\begin{{tikzpicture}}[x=1cm,y=-1cm,>=latex]\n{parts}\n\\end{{tikzpicture}}\n"
    return _ALONE % picture if alone else picture


def _stroke(part: Stroke) -> str:
    if part.share is not None:
        ink, dash = ("negative", ",dashed") if part.share < 0 else ("positive", "")
        style = f"{ink},line width={0.25 + 1.6 * abs(part.share):.2f}pt{dash}"
    else:
        style = f"{'black!25' if part.dead else 'black!57'},line width=0.6pt{',->' if part.arrow else ''}"
    return f"\\draw[{style}] ({part.x:.3f},{part.y:.3f}) -- ({part.to_x:.3f},{part.to_y:.3f});"


def _shape(part: Shape) -> str:
    ink, fill = ("black!41", "black!12") if part.dead else ("black", "white")
    left, right = part.x - part.width / 2, part.x + part.width / 2
    top, bottom = part.y - part.height / 2, part.y + part.height / 2
    outline = f"\\draw[{ink},fill={fill},line width=0.8pt,rounded corners={part.height / 2 - 0.01:.3f}cm] "
    text = f"{outline}({left:.3f},{top:.3f}) rectangle ({right:.3f},{bottom:.3f});"
    if part.split:
        text += f"\n  \\draw[{ink},line width=0.5pt] ({part.x:.3f},{top:.3f}) -- ({part.x:.3f},{bottom:.3f});"
    return text


_INKS = {"plain": "", "quiet": "black!60", "gradient": "gradient"}


def _label(part: Label) -> str:
    style = ",".join(
        each for each in (_INKS[part.ink], "fill=white" if part.over else "", "inner sep=1.2pt") if each
    )
    words = _content(part.content)
    if part.ink == "gradient":
        words = f"{{\\boldmath {words}}}"
    return f"\\node[{style}] at ({part.x:.3f},{part.y:.3f}) {{{words}}};"


def _content(content: Content) -> str:
    math = LatexMath()
    if isinstance(content, str):
        return latex_text(content)
    if isinstance(content, Equation):
        left = [math.write(content.left)] if content.left else []
        rights = (f"{sign(math, each.sign)} {math.write(each.right)}" for each in content.relations)
        return f"${' '.join([*left, *rights])}$"
    return f"${math.write(content)}$"


_PARTS: dict[type, Callable[..., str]] = {Stroke: _stroke, Shape: _shape, Label: _label}
