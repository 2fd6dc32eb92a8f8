"""A drawing → Typst source with Typst's own drawing primitives, for PDF, SVG and PNG alike."""

from __future__ import annotations

from collections.abc import Callable

from ..documents.document import Equation
from ..documents.figure import Content, Figure, Label, Shape, Stroke
from ..documents.graph import Graph, graph_figure
from ..documents.network import Network
from ..documents.network_figure import network_figure
from .math_typst import sign, string, typst_math
from .shapes import width
from .writers import writer_of

_SET = """#set document(title: {title}, date: none)
#set page(width: {width}cm, height: {height}cm, margin: 0pt)
#set text(font: "New Computer Modern", size: 10pt, lang: "en", ligatures: false)
#let strut = box(width: 0pt, height: 1.15em)
#let quiet = rgb("#666666")
#let blue = rgb("#1550a8")
#let at(x, y, body) = context {{
  let own = measure(body)
  place(top + left, dx: x - own.width / 2, dy: y - own.height / 2, body)
}}
"""
_INKS = {"plain": "black", "quiet": "quiet", "gradient": "blue"}


def drawing_typst(picture: Network | Graph, title: str) -> str:
    """A network or a computation graph on a page of its own size."""
    return figure_typst(drawing_figure(picture, title))


def drawing_figure(picture: Network | Graph, title: str) -> Figure:
    """A network or a computation graph with everything in its place."""
    if isinstance(picture, Graph):
        return graph_figure(picture, width, f"Computation graph: {title}")
    return network_figure(picture, width, f"Network: {title}")


def drawn_inside(picture: Network, about: str) -> str:
    """A network as a box inside a paper, which defines what its parts use."""
    return _block(network_figure(picture, width, about))


def _block(figure: Figure) -> str:
    parts = "\n".join(writer_of(_PARTS, part, "a drawing")(part) for part in figure.parts)
    return f"block(width: {figure.width:.2f}cm, height: {figure.height:.2f}cm)[\n{parts}\n]"


def figure_typst(figure: Figure) -> str:
    """The drawing on a page of its own size."""
    head = _SET.format(title=string(figure.about), width=f"{figure.width:.2f}", height=f"{figure.height:.2f}")
    return f"{head}#figure(alt: {string(figure.about)}, {_block(figure)})\n"


def _stroke(part: Stroke) -> str:
    if part.share is not None:
        return _weighted(part, part.share)
    ink = "luma(190)" if part.dead else "luma(110)"
    line = f"line(start: ({part.x:.3f}cm, {part.y:.3f}cm), end: ({part.to_x:.3f}cm, {part.to_y:.3f}cm)"
    text = f"#place(top + left, {line}, stroke: 0.6pt + {ink}))"
    return text + ("\n" + _head(part, ink) if part.arrow else "")


def _weighted(part: Stroke, share: float) -> str:
    """A line as wide as its weight is large: blue, or dashed and orange where it is negative."""
    ends = f"start: ({part.x:.3f}cm, {part.y:.3f}cm), end: ({part.to_x:.3f}cm, {part.to_y:.3f}cm)"
    ink, dash = ('rgb("#c2560c")', '"dashed"') if share < 0 else ('rgb("#2b6cb0")', '"solid"')
    stroke = f"(thickness: {0.25 + 1.6 * abs(share):.2f}pt, paint: {ink}, dash: {dash})"
    return f"#place(top + left, line({ends}, stroke: {stroke}))"


def _head(part: Stroke, ink: str) -> str:
    """An arrow's head: a small triangle at the line's end."""
    across, down = part.to_x - part.x, part.to_y - part.y
    length = (across**2 + down**2) ** 0.5 or 1.0
    across, down = across / length, down / length
    back_x, back_y = part.to_x - 0.2 * across, part.to_y - 0.2 * down
    points = (
        (part.to_x, part.to_y),
        (back_x - 0.07 * down, back_y + 0.07 * across),
        (back_x + 0.07 * down, back_y - 0.07 * across),
    )
    corners = ", ".join(f"({x:.3f}cm, {y:.3f}cm)" for x, y in points)
    return f"#place(top + left, polygon(fill: {ink}, {corners}))"


def _shape(part: Shape) -> str:
    fill = "luma(225)" if part.dead else "white"
    ink = "luma(150)" if part.dead else "black"
    left, top = part.x - part.width / 2, part.y - part.height / 2
    text = (
        f"#place(top + left, dx: {left:.3f}cm, dy: {top:.3f}cm, rect(width: {part.width:.3f}cm, "
        f"height: {part.height:.3f}cm, radius: {part.height / 2:.3f}cm, fill: {fill}, stroke: 0.8pt + {ink}))"
    )
    if part.split:
        ends = f"start: ({part.x:.3f}cm, {top:.3f}cm), end: ({part.x:.3f}cm, {top + part.height:.3f}cm)"
        text += f"\n#place(top + left, line({ends}, stroke: 0.5pt + {ink}))"
    return text


def _label(part: Label) -> str:
    content = _content(part.content)
    if part.ink == "gradient":
        content = f'$#text(weight: "bold", {content})$'
    body = f"text(fill: {_INKS[part.ink]}, {content})"
    if part.over:
        body = f"box(fill: white, inset: (x: 1.2pt, y: 1.5pt), {body})"
    return f"#at({part.x:.3f}cm, {part.y:.3f}cm, {body})"


def _content(content: Content) -> str:
    if isinstance(content, str):
        return string(content)
    if isinstance(content, Equation):
        left = [typst_math(content.left)] if content.left else []
        return f"${' '.join([*left, *(f'{sign(e.sign)} {typst_math(e.right)}' for e in content.relations)])}$"
    return f"${typst_math(content)}$"


_PARTS: dict[type, Callable[..., str]] = {Stroke: _stroke, Shape: _shape, Label: _label}
