"""One row of the table of functions: all that the program knows of one function of one number.

Glossary
    x          the argument; X is its place in a row's formulas
    parameter  the slope, scale or threshold of a function that has one; PARAMETER is its place
    Cases      a definition by cases, from the lowest x to the highest
    row        the entry itself; ROWS finds it by its name, `row_of` for a node of a formula

A row is read by everything that meets the function: what is worked out, rounded, compiled, differentiated,
printed, typed. A new function is a new row and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, reduce
from typing import Any, Literal

import numpy as np

from ..formula.arithmetic import Array
from ..formula.differentiate import SLOPES, differentiate
from ..formula.simplify import tidy
from ..formula.tree import (
    ZERO,
    Add,
    Extreme,
    Formula,
    Function,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Raised,
    Ref,
    transform,
)
from ..records import dataclass

X = Ref("argument", 0)
PARAMETER = Ref("parameter", 0)


@dataclass(frozen=True)
class Case:
    """One case of a definition: its formula for x up to a bound that belongs to it; None: for all x above.

    `closed` is false where the bound itself belongs to the next case. `note` is what is said of a unit that
    is in this case, after "the unit".
    """

    formula: Formula
    upto: Formula | None = None
    closed: bool = True
    note: str = ""


@dataclass(frozen=True)
class Cases:
    """A function by cases, in the order of their bounds; the last has none."""

    cases: tuple[Case, ...]

    def each(self, change: Callable[[Formula], Formula]) -> Cases:
        """The same cases with their formulas changed."""
        return Cases(tuple(replace(case, formula=change(case.formula)) for case in self.cases))


Tree = Formula | Cases
Definition = Callable[[Formula, Formula], Tree]


@dataclass(frozen=True)
class Line:
    """One line of a derivation: the derivative so far, and why it equals the line before."""

    tree: Tree
    reason: str = ""


def slope(tree: Tree, target: Ref = X) -> Tree:
    """The derivative by the rules alone, case by case where there are cases; at a bound, that of its case."""
    if isinstance(tree, Cases):
        return tree.each(lambda formula: differentiate(formula, target))
    return differentiate(tree, target)


def tidied(tree: Tree) -> Tree:
    """The derivative with its fractions cancelled."""
    return tree.each(tidy) if isinstance(tree, Cases) else tidy(tree)


@dataclass(frozen=True)
class Row:
    """A function f of one number.

    How it is typed and printed: `symbol` in text, `latex` and `typst` where these have a command for it,
    `layout` where it is not written as a call, `typed` all spellings.
    What it is: `definition` as a formula in x and the parameter, by cases where it has them; `value` over
    arrays where the definition would overflow, lose digits or be slow, or where there is none.
    Its derivative: `prime_from_preactivation` as a formula in x, `prime_from_activation` in f(x);
    without them it follows from the definition. `prime_value` only where these lose digits.
    `plain_slope` says that f′ is written out at once, having no name of its own.
    `log` and `log_complement` are ln f(x) and ln(1 − f(x)) without cancellation or overflow.
    `units` says that f takes all units of a layer together (softmax) and has no elementwise derivative.
    `turns` are the points where f or f′ may turn, besides the bounds of its cases, every `period`.
    `rule`, `remembered` and `where` are the words and lines of its derivation.
    """

    name: str
    symbol: str
    title: str = ""
    typed: tuple[str, ...] = ()
    definition: Definition | None = None
    value: Callable[[Array, float], Array] | None = None
    prime_value: Callable[[Array, float], Array] | None = None
    parameter_name: str | None = None
    parameter: float | None = None
    prime_from_preactivation: Callable[[Formula, float | None], Formula] | None = None
    prime_from_activation: Callable[[Formula, Formula, float | None], Formula] | None = None
    plain_slope: bool = False
    log: Callable[[Array], Array] | None = None
    log_complement: Callable[[Array], Array] | None = None
    units: bool = False
    activation: bool = False
    layout: Literal["call", "bars", "power", "positive part", "condition", "share"] = "call"
    latex: str = ""
    typst: str = ""
    turns: tuple[float, ...] = (0.0,)
    period: float = math.inf
    rule: str = ""
    remembered: tuple[Line, ...] = ()
    where: str = ""

    @property
    def elementwise(self) -> bool:
        return not self.units

    @property
    def own(self) -> bool:
        """Whether a problem file defines it."""
        return self.name.rstrip("*") == self.symbol and not self.activation and self.definition is not None

    @property
    def flat(self) -> bool:
        """Whether f′ is 0 everywhere, so that no gradient passes: a threshold."""
        slopes = self.prime_cases(X, PARAMETER)
        return slopes is not None and all(case.formula == ZERO for case in slopes.cases)

    def with_parameter(self, value: float) -> Row:
        """The same function with another slope, scale or threshold."""
        return replace(self, parameter=value)

    def __call__(self, x: Array) -> Array:
        """f(x), element by element; softmax along the last axis."""
        parameter = math.nan if self.parameter is None else self.parameter
        work = self.value or _compiled(self.name, False)
        return work(x, parameter)

    def prime(self, x: Array) -> Array:
        """f′(x), element by element. Raises TypeError for softmax."""
        if self.units:
            raise TypeError(f"{self.name} has a Jacobian, not an elementwise derivative")
        parameter = math.nan if self.parameter is None else self.parameter
        work = self.prime_value or _compiled(self.name, True)
        return work(x, parameter)

    def defined(self, x: Formula, parameter: Formula) -> Tree | None:
        """f(x) by its definition, if it has one."""
        return None if self.definition is None else self.definition(x, parameter)

    def prime_tree(self, x: Formula, parameter: Formula) -> Tree:
        """f′(x) as a formula, or by cases."""
        if self.prime_from_preactivation is not None:
            return self.prime_from_preactivation(x, None)
        tree = self.defined(X, parameter)
        if tree is None:
            raise TypeError(f"{self.name} has no derivative")
        derived = tidied(slope(tree))
        return derived.each(lambda part: at(part, x)) if isinstance(derived, Cases) else at(derived, x)

    def prime_cases(self, x: Formula, parameter: Formula) -> Cases | None:
        """f′ by cases, for a function that is defined by cases."""
        if not isinstance(self.defined(x, parameter), Cases):
            return None
        derived = self.prime_tree(x, parameter)
        return derived if isinstance(derived, Cases) else None

    def turning(self, low: Array) -> list[Array]:
        """The points at or above `low` where f or f′ may turn or leap, the nearest of each kind."""
        parameter = math.nan if self.parameter is None else self.parameter
        points = [np.asarray(turn) for turn in self.turns]
        if self.period < math.inf:
            points = [point + self.period * np.ceil((low - point) / self.period) for point in points]
            points += [point + self.period for point in points]
        tree = self.defined(X, PARAMETER)
        for case in tree.cases if isinstance(tree, Cases) else ():
            if case.upto is not None:
                bound = np.asarray(_work(case.upto)(np.zeros(()), parameter))
                points += [bound, np.nextafter(bound, np.inf)]
        return points

    def note(self, x: float) -> str:
        """What is said of a unit whose preactivation is x, such as "is off"."""
        tree = self.defined(X, PARAMETER)
        if not isinstance(tree, Cases):
            return ""
        parameter = math.nan if self.parameter is None else self.parameter
        for case in tree.cases:
            bound = math.inf if case.upto is None else float(_work(case.upto)(np.array(x), parameter))
            if x < bound or (case.closed and x == bound):
                return case.note
        return ""

    def derivation(self) -> tuple[Line, ...]:
        """f′(x) from the definition of f: by the rules, tidied, then in the form it is remembered in."""
        tree = self.defined(X, PARAMETER)
        if tree is None:
            raise TypeError(f"{self.name} has no definition to differentiate")
        derived = slope(tree)
        lines = [Line(derived, self.rule)]
        if (shorter := tidied(derived)) != derived:
            lines.append(Line(shorter))
        return (*lines, *self.remembered)


ROWS: dict[str, Row] = {}


def file(*rows: Row) -> None:
    """Files rows in the table, and their derivatives with the rules of differentiation."""
    for row in rows:
        ROWS[row.name] = row
        if row.plain_slope and row.prime_from_preactivation is not None:
            SLOPES[row.name] = row.prime_from_preactivation


def row_of(function: Function) -> Row:
    """The row of a function in a formula, with the parameter it has there."""
    row = ROWS[function.name]
    return row if function.parameter is None else row.with_parameter(function.parameter)


def own_function(name: str, definition: Formula) -> Row:
    """The row of a function that a problem file defines, a formula in X; one row for one definition."""
    symbol = name
    while name in ROWS and (ROWS[name].symbol != symbol or ROWS[name].defined(X, PARAMETER) != definition):
        name += "*"  # another problem's function of that name, or one of the table's
    if name not in ROWS:
        derived = tidy(differentiate(definition, X))
        file(
            Row(
                name,
                symbol,
                symbol,
                definition=lambda x, _: at(definition, x),
                prime_from_preactivation=lambda x, _: at(derived, x),
                turns=_turning_points(definition, derived),
                activation=False,
            )
        )
    return ROWS[name]


@np.errstate(all="ignore")
def _turning_points(*formulas: Formula) -> tuple[float, ...]:
    """Where functions turn between −20 and 20, found on a grid: good enough for the width of a rounding."""
    xs = np.linspace(-20.0, 20.0, 8001)
    found = {0.0}
    for formula in formulas:
        rises = np.sign(np.diff(np.broadcast_to(_work(formula)(xs, math.nan), xs.shape)))
        found.update(xs[1:-1][rises[1:] != rises[:-1]][:200].tolist())
    return tuple(sorted(found))


def at(formula: Formula, x: Formula) -> Formula:
    """The formula with another argument in the place of X."""
    return transform(formula, lambda part: x if part == X else part)


# Formulas in x, worked out over arrays.

Work = Callable[[Any, float], Any]


@lru_cache(maxsize=512)
def _compiled(name: str, derivative: bool) -> Work:
    """f or f′ of a row as a function of an array and the parameter."""
    row = ROWS[name]
    tree = row.prime_tree(X, PARAMETER) if derivative else row.defined(X, PARAMETER)
    if tree is None:
        raise TypeError(f"{name} has neither a value nor a definition")
    if not isinstance(tree, Cases):
        work = _work(tree)
        return lambda x, parameter: np.broadcast_to(work(x, parameter), np.shape(x)).astype(np.float64)
    bounds = [(None if case.upto is None else _work(case.upto), case.closed) for case in tree.cases]
    values = [_work(case.formula) for case in tree.cases]

    @np.errstate(all="ignore")  # each case is worked out beyond its bounds too, and not taken there
    def by_cases(x: Array, parameter: float) -> Array:
        found = np.asarray(values[-1](x, parameter))
        for (bound, closed), value in reversed(list(zip(bounds[:-1], values[:-1], strict=True))):
            limit = bound(x, parameter) if bound else math.inf
            found = np.where(x <= limit if closed else x < limit, value(x, parameter), found)
        return found.astype(np.float64)

    return by_cases


def _work(formula: Formula) -> Work:
    return _WORKS[type(formula)](formula)


def _ref(formula: Ref) -> Work:
    if formula == X:
        return lambda x, parameter: x
    if formula == PARAMETER:
        return lambda x, parameter: np.float64(parameter)
    raise TypeError(f"a function's definition holds {formula.quantity}, which is neither x nor the parameter")


def _number(formula: Number) -> Work:
    value = np.float64(float(formula.value))
    return lambda x, parameter: value


def _of_two(parts: tuple[Formula, ...], combine: Any) -> Work:
    works = [_work(part) for part in parts]

    def work(x: Any, parameter: float) -> Any:
        found = works[0](x, parameter)
        for other in works[1:]:
            found = combine(found, other(x, parameter))
        return found

    return work


def _power(formula: Power) -> Work:
    base, exponent = _work(formula.base), formula.exponent
    return lambda x, parameter: base(x, parameter) ** exponent


def _raised(formula: Raised) -> Work:
    return _of_two((formula.base, formula.exponent), np.power)


def _extreme(formula: Extreme) -> Work:
    most = np.maximum if formula.name == "max" else np.minimum
    if formula.picked is None:
        return _of_two(formula.arguments, most)
    works, place = [_work(part) for part in formula.arguments], formula.picked

    def picked(x: Any, parameter: float) -> Any:
        found = [work(x, parameter) for work in works]
        best = reduce(most, found)
        before = [other != best for other in found[:place]]
        return np.where(reduce(np.logical_and, before, found[place] == best), 1.0, 0.0)

    return picked


def _negation(formula: Negation) -> Work:
    body = _work(formula.body)
    return lambda x, parameter: -body(x, parameter)


def _function(formula: Function) -> Work:
    argument = _work(formula.argument)
    return lambda x, parameter: (
        row_of(formula).prime(argument(x, parameter))
        if formula.derivative
        else row_of(formula)(argument(x, parameter))
    )


_WORKS: dict[type, Callable[[Any], Work]] = {
    Ref: _ref,
    Number: _number,
    Add: lambda formula: _of_two(formula.terms, np.add),
    Product: lambda formula: _of_two(formula.factors, np.multiply),
    Quotient: lambda formula: _of_two((formula.numerator, formula.denominator), np.divide),
    Power: _power,
    Raised: _raised,
    Extreme: _extreme,
    Negation: _negation,
    Function: _function,
}
