"""A drawing → HTML: lines and outlines as SVG, and over them what is written, as text and MathML."""

from __future__ import annotations

from collections.abc import Callable

from ..documents.document import Equation
from ..documents.figure import Content, Figure, Label, Shape, Stroke
from .characters import printable
from .math_mathml import element, mathml, words
from .text import TextMath
from .writers import writer_of

_TEXT = TextMath()
_HEAD, _HALF = 0.2, 0.07  # an arrow's head, how long and half as wide, in centimetres
_EM = 0.335  # the size of letters, in centimetres: all places are told in it, so that a picture can shrink


def figure_html(figure: Figure) -> str:
    """The drawing, as large as its page has room; what it shows has to be said by what it stands in."""
    written = [_label(part) for part in figure.parts if isinstance(part, Label)]
    drawn = [writer_of(_PARTS, part, "HTML")(part) for part in figure.parts if not isinstance(part, Label)]
    lines = element("svg", *drawn, viewBox=f"0 0 {figure.width:.2f} {figure.height:.2f}", focusable="false")
    wide, high = figure.width / _EM, figure.height / _EM
    size = f"--wide: {wide:.2f}; width: {wide:.2f}em; height: {high:.2f}em"
    return element("div", lines, *written, **{"class": "drawing", "style": size, "aria-hidden": "true"})


def _points(*points: tuple[float, float]) -> str:
    return " ".join(f"{x:.3f},{y:.3f}" for x, y in points)


def _stroke(part: Stroke) -> str:
    kind = {"class": "dead"} if part.dead else {}
    if part.share is not None:
        wide = f"stroke-width: {0.009 + 0.056 * abs(part.share):.3f}"
        kind = {"class": "negative" if part.share < 0 else "positive", "style": wide}
    ends = {"x1": part.x, "y1": part.y, "x2": part.to_x, "y2": part.to_y}
    line = element("line", **{key: f"{value:.3f}" for key, value in ends.items()}, **kind)
    return line + element("polygon", points=_points(*_head(part)), **kind) if part.arrow else line


def _head(part: Stroke) -> tuple[tuple[float, float], ...]:
    across, down = part.to_x - part.x, part.to_y - part.y
    length = (across**2 + down**2) ** 0.5 or 1.0
    across, down = across / length, down / length
    back_x, back_y = part.to_x - _HEAD * across, part.to_y - _HEAD * down
    return (
        (part.to_x, part.to_y),
        (back_x - _HALF * down, back_y + _HALF * across),
        (back_x + _HALF * down, back_y - _HALF * across),
    )


def _shape(part: Shape) -> str:
    left, top = part.x - part.width / 2, part.y - part.height / 2
    kind = {"class": "dead"} if part.dead else {}
    box = {"x": left, "y": top, "width": part.width, "height": part.height, "rx": part.height / 2}
    text = element("rect", **{key: f"{value:.3f}" for key, value in box.items()}, **kind)
    if part.split:
        ends = {"x1": part.x, "y1": top, "x2": part.x, "y2": top + part.height}
        text += element("line", **{key: f"{value:.3f}" for key, value in ends.items()}, **kind)
    return text


def _label(part: Label) -> str:
    place = f"left: {part.x / _EM:.2f}em; top: {part.y / _EM:.2f}em"
    kind = " ".join((part.ink, "over") if part.over else (part.ink,))
    return element("span", _content(part.content), style=place, **{"class": kind})


def _content(content: Content) -> str:
    if isinstance(content, str):
        return words("span", content)
    if isinstance(content, Equation):
        left = [mathml(content.left)] if content.left else []
        rights = (words("mo", each.sign) + mathml(each.right) for each in content.relations)
        sides = [_TEXT.line(content.left)] if content.left else []
        sides += [f"{each.sign} {_TEXT.line(each.right)}" for each in content.relations]
        return element("math", element("mrow", *left, *rights), alttext=printable(" ".join(sides)))
    return element("math", mathml(content), alttext=printable(_TEXT.line(content)))


_PARTS: dict[type, Callable[..., str]] = {Stroke: _stroke, Shape: _shape}
