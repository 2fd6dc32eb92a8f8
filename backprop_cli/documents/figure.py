"""A drawing: lines, units and labels with their places in centimetres, for the renderers to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .document import Equation, Math

Ink = Literal["plain", "quiet", "gradient"]
Content = Math | Equation | str


@dataclass(frozen=True)
class Stroke:
    """A straight line, with an arrow's head at its end or without.

    `share` is a weight as a part of the largest, from −1 to 1, which the line's width and colour show.
    """

    x: float
    y: float
    to_x: float
    to_y: float
    arrow: bool = False
    dead: bool = False
    share: float | None = None


@dataclass(frozen=True)
class Shape:
    """A unit's outline about its middle, round at its ends; `split` in two; grey where the unit is `dead`."""

    x: float
    y: float
    width: float
    height: float
    split: bool = False
    dead: bool = False


@dataclass(frozen=True)
class Label:
    """Something written about a point; `over` a line it hides that line."""

    x: float
    y: float
    content: Content
    width: float
    height: float = 0.42
    ink: Ink = "plain"
    over: bool = False


@dataclass(frozen=True)
class Figure:
    """A drawing, its size in centimetres, its parts from back to front, and what it shows in words."""

    width: float
    height: float
    parts: tuple[Stroke | Shape | Label, ...]
    about: str
