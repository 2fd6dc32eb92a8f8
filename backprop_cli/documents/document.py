"""The document: blocks of text, equations and tables, and the mathematics inside them.

A layout builds it, a renderer translates it; nothing here knows of terminals or of LaTeX. The mathematics is
a tree of what is *written* (a symbol with its subscripts, a fraction, a matrix), where `formula` is a tree of
what is meant.
"""

from __future__ import annotations

from ..problem.language import ENGLISH, Language
from ..records import dataclass


@dataclass(frozen=True)
class Digits:
    """A number as it is to be read, with an ASCII minus sign: -0.20."""

    text: str


@dataclass(frozen=True)
class Word:
    """Text inside mathematics: a letter, a function's name, an ellipsis."""

    text: str


@dataclass(frozen=True)
class Symbol:
    """A quantity's name with its subscripts, its layer's mark, its argument, or the unit it belongs to.

    z(n₁[out]) is Symbol("z", of=Symbol("n", ("1",), "[out]")); J(Θ) is Symbol("J", argument="Θ").
    """

    name: str
    subscripts: tuple[str, ...] = ()
    mark: str = ""
    of: Symbol | None = None
    argument: str = ""


@dataclass(frozen=True)
class Operator:
    """A sign between two expressions: + − · ⊙ = ≈ ←."""

    text: str
    spaced: bool = True


@dataclass(frozen=True)
class Row:
    """Expressions side by side."""

    items: tuple[Math, ...]


@dataclass(frozen=True)
class Fenced:
    """An expression in brackets."""

    body: Math
    left: str = "("
    right: str = ")"


@dataclass(frozen=True)
class Fraction:
    """top over bottom."""

    top: Math
    bottom: Math


@dataclass(frozen=True)
class Partial:
    """∂top/∂bottom."""

    top: Math
    bottom: Math


@dataclass(frozen=True)
class Superscript:
    """base to an exponent."""

    base: Math
    exponent: Math


@dataclass(frozen=True)
class BigSum:
    """Σ over an index (empty: over all entries) from `lower` to `upper`, where that is given, of the body."""

    index: str
    upper: str
    body: Math
    lower: str = "1"


@dataclass(frozen=True)
class Call:
    """A function, primed for its derivative, of its arguments; √ is a radical over its argument on paper."""

    name: str
    arguments: tuple[Math, ...]
    prime: bool = False


@dataclass(frozen=True)
class Blank:
    """A place to write in, wide enough for that many digits; `cell` is what it answers on a sheet."""

    digits: int
    cell: str = ""

    @property
    def text(self) -> str:
        return "_" * self.digits


@dataclass(frozen=True)
class Matrix:
    """A bracketed array of numbers, or of blanks for them."""

    rows: tuple[tuple[Digits | Blank, ...], ...]


@dataclass(frozen=True)
class Transposed:
    """bodyᵀ."""

    body: Math


@dataclass(frozen=True)
class Cases:
    """A value that depends on the case: rows of (value, its condition)."""

    rows: tuple[tuple[Math, Math], ...]


@dataclass(frozen=True)
class Braced:
    """Part of an expression over a brace that says what it is; a line of plain text leaves the brace out."""

    body: Math
    label: Math


Math = (
    Digits
    | Word
    | Symbol
    | Operator
    | Row
    | Fenced
    | Fraction
    | Partial
    | Superscript
    | BigSum
    | Call
    | Blank
    | Matrix
    | Transposed
    | Cases
    | Braced
)


@dataclass(frozen=True)
class Relation:
    """What follows the left side: a sign and an expression; `result` marks the value a reader looks for."""

    sign: str
    right: Math
    result: bool = False


@dataclass(frozen=True)
class Equation:
    """left sign right sign right …, with its index range and a remark."""

    left: Math | None
    relations: tuple[Relation, ...]
    condition: str = ""
    note: str = ""


@dataclass(frozen=True)
class Heading:
    """A section's title, with its number in the handout where it has one.

    A `major` one opens a part whose own sections follow, such as the turn of one sample.
    """

    text: str
    number: str = ""
    major: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A sentence or two."""

    text: str


@dataclass(frozen=True)
class Equations:
    """Equations set as a group, aligned on their signs; `general` ones are formulas rather than numbers."""

    items: tuple[Equation, ...]
    general: bool = False


@dataclass(frozen=True)
class Column:
    """A table's column: its title, and whether it holds numbers (aligned on the point)."""

    title: str | Math
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table; `groups` are its rows in groups with a rule between them."""

    columns: tuple[Column, ...]
    groups: tuple[tuple[tuple[str | Math, ...], ...], ...]


@dataclass(frozen=True)
class Entry:
    """An item of a list: its name, a short fact beside it, and lines about it."""

    name: str
    fact: str
    about: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """A remark with a label before it; each line is a run of text and mathematics."""

    label: str
    lines: tuple[tuple[str | Math, ...], ...]


@dataclass(frozen=True)
class Points:
    """Remarks one under the other, their labels in a column of their own."""

    items: tuple[Point, ...]


@dataclass(frozen=True)
class Questions:
    """Equations whose right sides are asked for, each with `room` for working, in centimetres."""

    items: tuple[Equation, ...]
    room: float = 0.0


@dataclass(frozen=True)
class Drawing:
    """A picture of a network, which a renderer draws as it can, what it shows in words, and a legend."""

    picture: object
    about: str
    legend: str = ""


@dataclass(frozen=True)
class Box:
    """Blocks that belong together under a title, set off from the rest."""

    title: str
    blocks: tuple[Block, ...]


Block = Heading | Paragraph | Equations | Table | Entry | Points | Questions | Drawing | Box


@dataclass(frozen=True)
class Document:
    """What a handout says: its title, where it is from, what is given, and its blocks.

    `sheet_of` is the problem whose answer sheet its blanks make, where they make one.
    """

    title: str
    source: str
    description: str
    given: tuple[Equation, ...]
    remarks: tuple[str, ...]
    blocks: tuple[Block, ...]
    sheet_of: str = ""
    language: Language = ENGLISH
