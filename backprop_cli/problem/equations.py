"""A problem given by its equations: they are the forward pass, whatever their shape.

Glossary
    symbol      a quantity by its key as written in ASCII or with its own letters: "h", "W_xh", "h_0", "μ"
    axes        a symbol's own indices, one for each axis, each over all positions of that axis
    range       the positions first … last that an index runs over, by their own numbers: t = 2, 3, 4
    start       a symbol that stands for a position outside a family's own range: h_0 for h_{t−1} at t = 1

In formulas a quantity is Ref("value", symbol, places), its gradient Ref("gradient", symbol, places) and a
new parameter Ref("new", symbol, places). A range has a name that is its letter, with "@2" behind it where
the same letter also runs over another range; an Index's level is that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TypeGuard

from ..formula.tree import At, Formula, Function, Index, Level, Ref, Shifted, letters, refs, transform
from ..functions.table import own_function
from ..records import dataclass
from .language import ENGLISH, Language
from .problem import DEFAULT_DIGITS, PHASES, Marks, Notation, Numbers, Optimizer, Paper, Phase, Rounding, Vary

ARGUMENT = Ref("argument", 0)
"""What a function of one's own is a function of, in its formula."""


NOT_BELOW = Index("≥")
"""The index over 0, 1, 2, … of a condition: t − s in its range is s ≤ t."""


@dataclass(frozen=True)
class Range:
    """The positions first … last, both included; `last` is a letter where a size is open."""

    first: int
    last: int | str

    def __len__(self) -> int:
        return int(self.last) - self.first + 1

    def holds(self, other: Range) -> bool:
        """Whether all positions of another range are among these."""
        if isinstance(self.last, str) or isinstance(other.last, str):
            return self == other
        return self.first <= other.first and other.last <= self.last


@dataclass(frozen=True)
class Equation:
    """One equation: symbol with its indices = formula.

    `indices` are letters, each over its own range; a fixed position belongs to the symbol's name ("h_1").
    """

    symbol: str
    indices: tuple[Index, ...]
    formula: Formula
    source: str = ""  # as typed
    line: int = 0

    @property
    def ref(self) -> Ref:
        return Ref("value", self.symbol, self.indices)


@dataclass(frozen=True)
class Starts:
    """The symbols that stand for positions outside a family's range, along one of its axes.

    Each has the family's other axes: h_0 with axis k for h with axes t, k.
    """

    axis: int
    symbols: Mapping[int, str]  # position → symbol


@dataclass(frozen=True)
class OwnFunction:
    """A function of one's own: its letter as typed, and its formula over ARGUMENT."""

    letter: str
    formula: Formula
    source: str = ""


@dataclass(frozen=True, eq=False)
class EquationProblem:
    """A problem of equations, as a problem file sets it. Frozen; build it with `equation_problem`.

    `ranges` holds the range of every index by name, `axes` the own indices of every symbol.
    """

    name: str
    equations: tuple[Equation, ...]
    objective: str
    ranges: Mapping[str, Range]
    axes: Mapping[str, tuple[Index, ...]]
    given: Mapping[str, Numbers] = field(default_factory=dict)
    parameters: Mapping[str, Numbers] = field(default_factory=dict)
    starts: Mapping[str, Starts] = field(default_factory=dict)
    gradients_of: tuple[str, ...] = ()
    functions: Mapping[str, OwnFunction] = field(default_factory=dict)
    sizes: Mapping[str, int | str] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)  # symbol → how it is written, where another way
    title: str = ""
    source: str = ""
    description: str = ""
    learning_rate: Numbers | None = None  # shape ()
    digits: Mapping[Phase, int] = field(default_factory=lambda: dict.fromkeys(PHASES, DEFAULT_DIGITS))
    rounding: Rounding = "carry"
    optimizer: Optimizer = field(default_factory=Optimizer)
    notation: Notation = Notation()
    marks: Marks = field(default_factory=Marks)
    paper: Paper = Paper()
    language: Language = ENGLISH
    vary: Vary = field(default_factory=Vary)

    @property
    def symbolic(self) -> bool:
        """Whether the problem has letters only, and no numbers."""
        return not self.given and not self.parameters

    @property
    def computed(self) -> tuple[str, ...]:
        """The symbols that equations give, in their order."""
        return tuple(equation.symbol for equation in self.equations)

    def equation(self, symbol: str) -> Equation | None:
        """The equation that gives a symbol."""
        return next((one for one in self.equations if one.symbol == symbol), None)

    def range_of(self, index: Index) -> Range:
        """The positions an index runs over."""
        return self.ranges[index.level]

    def size(self, index: Index) -> int | str:
        """How many values an index takes, a letter where the size is open."""
        found = self.ranges[index.level]
        return found.last if isinstance(found.last, str) else len(found)


def given_by_equations(problem: object) -> TypeGuard[EquationProblem]:
    """Whether a problem is one of equations; what readers of either kind of problem ask first."""
    return isinstance(problem, EquationProblem)


def equation_problem(
    name: str,
    equations: tuple[Equation, ...],
    ranges: Mapping[str, Range],
    *,
    objective: str = "",
    given: Mapping[str, Numbers] | None = None,
    parameters: Mapping[str, Numbers] | None = None,
    gradients_of: tuple[str, ...] | None = None,
    shapes: Mapping[str, tuple[Range, ...]] | None = None,
    functions: Mapping[str, OwnFunction] | None = None,
    **others: object,
) -> EquationProblem:
    """The problem of some equations, the axes of all symbols worked out.

    `objective` is by default what the last equation gives; `gradients_of` (symbols) by default all of `given`
    where there are no parameters. `shapes` are the axes of the symbols of a problem in letters.
    A symbol's axes take their letters from its first use.
    """
    given, parameters = dict(given or {}), dict(parameters or {})
    known, own = dict(ranges), dict(functions or {})
    names = filed(own)
    equations = tuple(replace(one, formula=_named(one.formula, names)) for one in equations)
    axes: dict[str, tuple[Index, ...]] = {one.symbol: one.indices for one in equations}
    spans = dict(shapes or {})
    for symbol, numbers in (*given.items(), *parameters.items()):
        spans[symbol] = tuple(Range(1, size) for size in numbers.values.shape)
    for symbol, span in spans.items():
        axes.setdefault(symbol, _own_indices(symbol, span, equations, known))
    if gradients_of is None:
        gradients_of = () if parameters else tuple(given)
    problem = EquationProblem(
        name,
        equations,
        objective or equations[-1].symbol,
        known,
        axes,
        given,
        parameters,
        gradients_of=gradients_of,
        functions=own,
    )
    return replace(problem, **others)  # type: ignore[arg-type]  # the fields by their names


def filed(functions: Mapping[str, OwnFunction]) -> dict[str, str]:
    """The functions of one's own put into the table of functions: name → the name of its row."""
    names: dict[str, str] = {}
    for name, function in functions.items():
        names[name] = own_function(name, _named(function.formula, names)).name
    return names


def _named(formula: Formula, names: Mapping[str, str]) -> Formula:
    """The formula with functions of one's own by the names of their rows."""

    def change(part: Formula) -> Formula:
        if isinstance(part, Function) and part.name in names:
            return replace(part, name=names[part.name])
        return part

    return transform(formula, change) if names else formula


def letter_of(name: Level) -> str:
    """The letter of a range by its name: i of "i@2"."""
    return str(name).partition("@")[0]


def _own_indices(
    symbol: str, span: tuple[Range, ...], equations: tuple[Equation, ...], ranges: dict[str, Range]
) -> tuple[Index, ...]:
    """Indices for the axes of a symbol that no equation gives, by the letters of its first use."""
    uses = [ref for one in equations for ref in refs(one.formula) if ref.level == symbol]
    taken: list[Index] = []
    for axis, positions in enumerate(span):
        places = [use.indices[axis] for use in uses]
        same = (
            place
            for place in places
            if not isinstance(place, At | Shifted) and ranges[place.level] == positions and place not in taken
        )
        found = next(same, None)
        taken.append(found or _new_index(symbol, axis, positions, places, taken, ranges))
    return tuple(taken)


def _new_index(
    symbol: str,
    axis: int,
    positions: Range,
    places: list[Index],
    taken: list[Index],
    ranges: dict[str, Range],
) -> Index:
    """A letter of its own: that of a narrower use, else one that no index has."""
    used = {letter_of(name) for name in ranges}
    own = [letter_of(index.level) for place in places for index in sorted(letters(place))]
    busy = {letter_of(index.level) for index in taken}
    shifted = any(isinstance(place, Shifted) for place in places)
    choices = [] if shifted else [letter for letter in own if letter not in busy]
    choices += [letter for letter in "ijklmnpqrs" if letter not in used | busy]
    name = f"{choices[0] if choices else 'i'}@{symbol}.{axis}"
    ranges[name] = positions
    return Index(name)
