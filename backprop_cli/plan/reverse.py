"""The reverse pass of a list of equations: ∂L/∂q of every quantity, by the paths on which it reaches L.

Glossary
    use      a place where an equation's formula has the quantity: h_{t−1,m} in that of h_{t,k}
    Path     what stands before a use in the equation's differential: factors, sums, and which places agree
    match    (place of the use, index of the target): t − 1 = s. Solved for an index that the path sums over,
             it takes the sum away: t = s + 1, a term only where s + 1 is still in the range of t
    upstream ∂L/∂(what the equation gives), the factor that every path through the equation begins with

Source: reverse accumulation, Linnainmaa (1970); Griewank & Walther, *Evaluating Derivatives* (2008), 3.2;
for recurrences, backpropagation through time, Werbos (1990).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count

from ..formula.differentiate import times
from ..formula.simplify import tidy
from ..formula.tree import (
    ONE,
    REDUCTIONS,
    ZERO,
    Add,
    At,
    Extreme,
    Formula,
    Function,
    Index,
    Inside,
    Kronecker,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Raised,
    Read,
    Ref,
    Shifted,
    Sum,
    add,
    children,
    free_indices,
    letters,
    number,
    place_of,
    placed,
    product,
    relocate,
    subtract,
    transform,
    walk,
    with_children,
)
from ..functions.table import row_of
from ..problem.equations import Equation, EquationProblem

Match = tuple[Index, Index]


@dataclass(frozen=True)
class Path:
    """One way to a use: Σ over `sums` of the product of `factors`, where the matches hold."""

    factors: tuple[Formula, ...] = ()
    sums: tuple[Index, ...] = ()
    matches: tuple[Match, ...] = ()
    guards: tuple[Match, ...] = ()  # (place, index whose range it has to lie in)

    def after(self, *factors: Formula, over: tuple[Index, ...] = ()) -> Path:
        """The same with factors, and sums, before its own."""
        return replace(self, factors=(*factors, *self.factors), sums=(*over, *self.sums))


class Reverse:
    """The gradients of one problem's quantities as formulas."""

    def __init__(self, problem: EquationProblem) -> None:
        self.problem = problem
        self.reached = reached(problem)
        self.flat: set[str] = set()  # what the objective does not change with after all, as in z − z
        self._copies = count(100)

    def gradient(self, symbol: str) -> Formula:
        """∂L/∂symbol over its own indices: the sum over everything it feeds; 0 if it feeds nothing."""
        target = Ref("value", symbol, self.problem.axes[symbol])
        terms = [
            term
            for equation in self.problem.equations
            if equation.symbol in self.reached and equation.symbol not in self.flat
            for term in self._through(equation, target)
        ]
        return tidy_sums(add(*terms), frozenset(target.indices))

    def _through(self, equation: Equation, target: Ref) -> Iterator[Formula]:
        """The terms of the paths through one equation."""
        if not uses(self.problem, equation, target.level):
            return
        indices = {index: self.fresh(index) for index in equation.indices}
        own = tuple(indices.values())
        formula = relocate(self._freshened(equation.formula), indices)
        found = _Slopes(self, target, Ref("value", equation.symbol, own)).paths(formula, outermost=True)
        for path in _grouped(found):
            upstream = (
                () if equation.symbol == self.problem.objective else (Ref("gradient", equation.symbol, own),)
            )
            term = self._term(path.after(*upstream, over=own))
            if term != ZERO:
                yield term

    def fresh(self, index: Index) -> Index:
        """An index over the same range that nothing else uses."""
        return Index(index.level, copy=next(self._copies))

    def _freshened(self, formula: Formula) -> Formula:
        """The formula with an index of its own for everything that binds one."""
        parts = children(formula)
        if parts:
            formula = with_children(formula, tuple(self._freshened(part) for part in parts))
        match formula:
            case Sum(index, body):
                other = self.fresh(index)
                return Sum(other, relocate(body, {index: other}))
            case Function(name=name, over=Index() as index) if name in REDUCTIONS:
                other = self.fresh(index)
                return replace(formula, argument=relocate(formula.argument, {index: other}), over=other)
        return formula

    # A path's matches solved.

    def _term(self, path: Path) -> Formula:
        sums, matches = list(path.sums), list(path.matches)
        factors, guards = list(path.factors), list(path.guards)
        kept: list[Formula] = []
        while matches:
            place, goal = matches.pop(0)
            solved = _solved(place, goal, sums)
            if solved is None:
                if place != goal:
                    kept.append(Kronecker(place, goal))
                continue
            index, value = solved
            names = {index: value}
            sums.remove(index)
            factors = [relocate(self._readable(factor, index, value), names) for factor in factors]
            matches = [(placed(one, names), other) for one, other in matches]
            guards = [(placed(one, names), other) for one, other in guards]
            guards.append((value, index))
        held: list[Match] = []
        for place, index in dict.fromkeys(guards):
            inside = self._inside(place, index)
            if inside is False:
                return ZERO
            if inside is None:
                held.append((place, index))
        decided = [self._decided(one) for one in kept if isinstance(one, Kronecker)]
        if ZERO in decided:
            return ZERO
        factors += [factor for factor in decided if factor != ONE]
        return _summed(factors, sums, held)

    def _readable(self, factor: Formula, index: Index, value: Index) -> Formula:
        """A factor in which an index may become a place, at which what has a value for each is read."""
        plain = not isinstance(value, At | Shifted)
        alike = plain and self.problem.range_of(value) == self.problem.range_of(index)

        def change(part: Formula) -> Formula:
            if not isinstance(part, Function) or part.over is None:
                return part
            if part.name in REDUCTIONS and not part.derivative:
                return part
            over = part.over
            # What the place is made of must not be taken for what the softmax runs over.
            caught = over in letters(value) and index in free_indices(part.argument)
            if not caught and (over != index or alike):
                return part
            other = self.fresh(over)
            return Read(over, other, relocate(part, {over: other}))

        return transform(factor, change)

    def _inside(self, place: Index, index: Index) -> bool | None:
        """Whether a place always lies in the range of an index (True), never (False), or at times (None)."""
        wanted = self.problem.range_of(index)
        if not isinstance(place, At | Shifted):
            own = self.problem.range_of(place)
            if wanted.holds(own):
                return True
            if isinstance(own.last, str) or isinstance(wanted.last, str):
                return None
            return False if own.last < wanted.first or own.first > wanted.last else None
        low = high = place.position if isinstance(place, At) else place.offset
        for factor, letter in place.terms if isinstance(place, Shifted) else ():
            own = self.problem.range_of(letter)
            if isinstance(own.last, str):
                return None
            ends = (factor * own.first, factor * own.last)
            low, high = low + min(ends), high + max(ends)
        if isinstance(wanted.last, str):
            return True if isinstance(place, At) and place.position == wanted.first else None
        if wanted.first <= low and high <= wanted.last:
            return True
        return False if high < wanted.first or low > wanted.last else None

    def _decided(self, condition: Kronecker) -> Formula:
        """A condition on places as 1 or 0 where that is plain."""
        left, right = condition.left, condition.right
        if isinstance(left, At) and isinstance(right, At):
            return ONE if left.position == right.position else ZERO
        for one, other in ((left, right), (right, left)):
            if isinstance(one, At) and not isinstance(other, Shifted | At):
                span = self.problem.range_of(other)
                if span.first == span.last == one.position:
                    return ONE
                if isinstance(span.last, int) and not span.first <= one.position <= span.last:
                    return ZERO
        return condition


def _solved(place: Index, goal: Index, sums: list[Index]) -> tuple[Index, Index] | None:
    """A summed index of the place, and what it is when the place is the goal; None if there is none."""
    terms = place.terms if isinstance(place, Shifted) else () if isinstance(place, At) else ((1, place),)
    offset = place.offset if isinstance(place, Shifted) else 0
    for summed in sums:
        factor = next((one for one, index in terms if index == summed), 0)
        if abs(factor) != 1:
            continue
        rest: dict[Index, int] = {}
        for one, index in terms:
            if index != summed:
                rest[index] = rest.get(index, 0) - factor * one
        shift = -factor * offset
        if isinstance(goal, At):
            shift += factor * goal.position
        else:
            rest[goal] = rest.get(goal, 0) + factor
        return summed, place_of(rest, shift)
    return None


def _summed(factors: list[Formula], sums: list[Index], guards: list[Match]) -> Formula:
    """The factors under their sums, what does not depend on these before them."""
    over = frozenset(sums)
    body = times(*factors)
    if sums:
        parts = body.factors if isinstance(body, Product) else (body,)
        negative = isinstance(body, Negation)
        if isinstance(body, Negation):
            parts = body.body.factors if isinstance(body.body, Product) else (body.body,)
        outside = [part for part in parts if not free_indices(part) & over]
        inside: Formula = product(*(part for part in parts if free_indices(part) & over))
        for place, index in guards:
            if letters(place) & over:
                inside = Inside(place, index, inside)
        for index in reversed(sums):
            inside = Sum(index, inside)
        body = times(*([number(-1)] if negative else []), *outside, inside)
    for place, index in guards:
        if not letters(place) & over:
            body = Inside(place, index, body)
    return body


def tidy_sums(formula: Formula, taken: frozenset[Index] = frozenset()) -> Formula:
    """The formula with the plainest letter for every bound index that its surroundings leave free."""
    match formula:
        case Sum(index, body):
            index, body = _plain_letter(index, body, taken)
            return Sum(index, tidy_sums(body, taken | {index}))
        case Function(name=name, argument=argument, over=Index() as index) if name in REDUCTIONS and (
            not formula.derivative
        ):
            index, argument = _plain_letter(index, argument, taken)
            return replace(formula, argument=tidy_sums(argument, taken | {index}), over=index)
    parts = children(formula)
    if not parts:
        return formula
    return with_children(formula, tuple(tidy_sums(part, taken) for part in parts))


def _plain_letter(index: Index, body: Formula, taken: frozenset[Index]) -> tuple[Index, Formula]:
    busy = (free_indices(body) | taken) - {index}
    other = next(found for copy in count() if (found := Index(index.level, copy)) not in busy)
    return other, relocate(body, {index: other})


def _grouped(paths: list[Path]) -> Iterator[Path]:
    """Paths of the same sums and matches as one, what they begin with taken out: −1/n·(y/p − …)."""
    groups: dict[tuple[tuple[Index, ...], tuple[Match, ...], tuple[Match, ...]], list[Path]] = {}
    for path in paths:
        groups.setdefault((path.sums, path.matches, path.guards), []).append(path)
    for group in groups.values():
        first = group[0]
        if len(group) == 1:
            yield replace(first, factors=tuple(_local(first.factors)))
            continue
        shared = 0
        while all(
            len(path.factors) > shared and path.factors[shared] == first.factors[shared] for path in group
        ):
            shared += 1
        rest = add(*(tidy(times(*path.factors[shared:])) for path in group))
        yield replace(first, factors=(*_local(first.factors[:shared]), tidy(rest)))


def _local(factors: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """Local factors multiplied out as one does on paper, where there are fractions or numbers among them."""
    if any(isinstance(factor, Quotient | Number) for factor in factors):
        whole = tidy(times(*factors))
        return whole.factors if isinstance(whole, Product) else (whole,)
    return factors


# The slopes of one equation's formula.


class _Slopes:
    """The paths from one equation's value down to the uses of a target."""

    def __init__(self, reverse: Reverse, target: Ref, value: Ref) -> None:
        self.reverse, self.problem, self.target, self.value = reverse, reverse.problem, target, value
        self.notation = reverse.problem.notation

    def paths(self, formula: Formula, outermost: bool = False) -> list[Path]:
        """Every path inside; `outermost` when the formula is all that the equation says."""
        if isinstance(formula, Function):
            return self._function(formula, outermost)
        rule = _RULES.get(type(formula))
        return rule(self, formula) if rule else []

    def _ref(self, formula: Ref) -> list[Path]:
        target = self.target
        if formula.key == target.key:
            return [Path(matches=tuple(zip(formula.indices, target.indices, strict=True)))]
        starts = self.problem.starts.get(formula.level) if formula.quantity == "value" else None
        if starts is None:
            return []
        found: list[Path] = []
        for position, symbol in starts.symbols.items():
            if symbol == target.level:
                others = (*formula.indices[: starts.axis], *formula.indices[starts.axis + 1 :])
                first = (formula.indices[starts.axis], At(position))
                found.append(Path(matches=(first, *zip(others, target.indices, strict=True))))
        return found

    def _sum(self, formula: Sum) -> list[Path]:
        return [path.after(over=(formula.index,)) for path in self.paths(formula.body)]

    def _add(self, formula: Add) -> list[Path]:
        return [path for term in formula.terms for path in self.paths(term)]

    def _negation(self, formula: Negation) -> list[Path]:
        return [path.after(number(-1)) for path in self.paths(formula.body)]

    def _product(self, formula: Product) -> list[Path]:
        factors = formula.factors
        return [
            path.after(*factors[:place], *factors[place + 1 :])
            for place, factor in enumerate(factors)
            for path in self.paths(factor)
        ]

    def _quotient(self, formula: Quotient) -> list[Path]:
        top, bottom = formula.numerator, formula.denominator
        above = [path.after(Quotient(ONE, bottom)) for path in self.paths(top)]
        slope = Negation(Quotient(top, Power(bottom, 2)))
        return above + [path.after(slope) for path in self.paths(bottom)]

    def _power(self, formula: Power) -> list[Path]:
        base, exponent = formula.base, formula.exponent
        lower = base if exponent == 2 else ONE if exponent == 1 else Power(base, exponent - 1)
        return [path.after(number(exponent), lower) for path in self.paths(base)]

    def _raised(self, formula: Raised) -> list[Path]:
        base, power = formula.base, formula.exponent
        lower = Number(power.value - 1) if isinstance(power, Number) else subtract(power, ONE)
        below = [path.after(power, Raised(base, lower)) for path in self.paths(base)]
        return below + [path.after(formula, Function("ln", base)) for path in self.paths(power)]

    def _extreme(self, formula: Extreme) -> list[Path]:
        return [
            path.after(replace(formula, picked=place))
            for place, argument in enumerate(formula.arguments)
            for path in self.paths(argument)
        ]

    def _inside(self, formula: Inside) -> list[Path]:
        guard = (formula.place, formula.index)
        return [replace(path, guards=(guard, *path.guards)) for path in self.paths(formula.body)]

    def _function(self, formula: Function, outermost: bool) -> list[Path]:
        if formula.over is not None:
            return self._over(formula, formula.over, outermost)
        slope = self._slope(formula, self.value if outermost else None)
        return [path.after(*slope) for path in self.paths(formula.argument)]

    def _slope(self, formula: Function, value: Ref | None) -> tuple[Formula, ...]:
        """f′ as the notation writes it; `value` is what f has given, where that has a symbol."""
        row, argument, by = row_of(formula), formula.argument, self.notation.derivative
        if row.name == "identity":
            return ()
        if row.plain_slope and row.prime_from_preactivation:
            slope = row.prime_from_preactivation(argument, formula.parameter)
            return (
                slope if value is None else transform(slope, lambda part: value if part == formula else part),
            )
        if by == "activation" and value is not None and row.prime_from_activation:
            return (row.prime_from_activation(value, argument, formula.parameter),)
        if by != "prime" and row.activation and row.prime_from_preactivation:
            return (row.prime_from_preactivation(argument, formula.parameter),)
        return (Function(row.name, argument, derivative=True, parameter=formula.parameter),)

    def _over(self, formula: Function, index: Index, outermost: bool) -> list[Path]:
        """The paths through a softmax, a max or a product over an index."""
        argument = formula.argument
        slope: tuple[Formula, ...]
        if formula.name == "softmax":
            other = self.reverse.fresh(index)
            own: Formula = self.value if outermost and self.notation.derivative != "prime" else formula
            slope = (own, subtract(Kronecker(index, other), relocate(own, {index: other})))
            inner = self.paths(relocate(argument, {index: other}))
            return [path.after(*slope, over=(other,)) for path in inner]
        if formula.name == "product":
            other = self.reverse.fresh(index)
            same = Kronecker(index, other)
            others = add(same, product(subtract(ONE, same), relocate(argument, {index: other})))
            slope = (Function("product", others, over=other),)
        else:
            slope = (Function(formula.name, argument, derivative=True, over=index),)
        return [path.after(*slope, over=(index,)) for path in self.paths(argument)]


_RULES: dict[type, Callable[..., list[Path]]] = {
    Ref: _Slopes._ref,
    Sum: _Slopes._sum,
    Add: _Slopes._add,
    Negation: _Slopes._negation,
    Product: _Slopes._product,
    Quotient: _Slopes._quotient,
    Power: _Slopes._power,
    Raised: _Slopes._raised,
    Extreme: _Slopes._extreme,
    Inside: _Slopes._inside,
}

# What reaches what.


def _values(formula: Formula) -> Iterator[Ref]:
    for _, part in walk(formula):
        if isinstance(part, Ref):
            yield part


def uses(problem: EquationProblem, equation: Equation, symbol: str) -> bool:
    """Whether an equation takes a symbol, or a family that the symbol is the start of."""
    for ref in _values(equation.formula):
        starts = problem.starts.get(ref.level)
        if ref.level == symbol or (starts is not None and symbol in starts.symbols.values()):
            return True
    return False


def reached(problem: EquationProblem) -> frozenset[str]:
    """The symbols that the objective depends on, itself among them."""
    found: set[str] = set()
    wanted = [problem.objective]
    while wanted:
        symbol = wanted.pop()
        if symbol in found:
            continue
        found.add(symbol)
        starts = problem.starts.get(symbol)
        wanted += starts.symbols.values() if starts else ()
        equation = problem.equation(symbol)
        wanted += [ref.level for ref in _values(equation.formula)] if equation else ()
    return frozenset(found)
