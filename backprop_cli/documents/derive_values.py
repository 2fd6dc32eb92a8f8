"""The numbers of a derivation: what each factor is worth, and the product, which is what `solve` gives."""

from __future__ import annotations

from collections.abc import Container
from math import isclose

from ..formula.arithmetic import Significant, decimal
from ..formula.chain import LOSS, Chain, Derivative, Link, Paths, links
from ..formula.tree import ONE, ZERO, Formula, Function, Kronecker, Negation, Ref, transform, walk
from ..plan.steps import Step
from ..values.evaluate import Evaluator, Value
from .derive_chains import ChainWriter
from .document import Digits, Math, Relation
from .math_writing import Writer
from .shown_numbers import Figures
from .symbols import Bound, Symbols

MAX_FACTORS = 40  # a line with more factors than this is left out, and the next shorter one is given
LEAST_DIGITS = 4  # of a factor that the handout does not write down


class Values:
    """The values of one trace's local derivatives and gradients."""

    def __init__(self, figures: Figures, symbols: Symbols) -> None:
        self.figures, self.problem = figures, figures.problem
        self.writer = Writer(symbols, figures)
        self.chains = ChainWriter(symbols, self.writer)
        self.singles = symbols.singles
        self._evaluator = Evaluator(self.problem, figures.trace.values)
        self._known: dict[Formula, Value] = {}

    def with_numbers(self, link: Link, bound: Bound) -> Math:
        """The local derivative's formula with its numbers."""
        where = {**self.singles, **bound}
        slope = settled(link.slope, where)
        if isinstance(slope, Negation) and self.exact(link, where) == 0:
            slope = slope.body
        return self.writer.write(slope, bound)

    def factor(self, link: Link, bound: Bound) -> Digits:
        """The local derivative's value: as solve shows it, or with a few digits."""
        return Digits(self._text(link, {**self.singles, **bound}))

    def _text(self, link: Link, bound: Bound) -> str:
        shown = self._shown(link)
        if shown is not None:
            return self.figures.text(shown, bound)
        value = self.exact(link, bound)
        if value == int(value):
            return str(int(value))
        return decimal(value, self._digits())

    def _digits(self) -> int:
        digits = self.problem.digits["backward"]
        return digits if isinstance(digits, Significant) else max(LEAST_DIGITS, digits)

    def _shown(self, link: Link) -> Ref | None:
        """The quantity whose value, as solve shows it, the link has."""
        if isinstance(link.slope, Ref):
            return link.slope
        if link.top == LOSS and link.bottom.quantity == "activation":
            step = self.figures.trace.plan.step("activation_gradient", link.bottom.level)
            if step is not None and step.written:
                return Ref("activation_gradient", link.bottom.level, link.bottom.indices)
        return None

    def exact(self, link: Link, bound: Bound) -> float:
        """The local derivative's value in full precision, over the values that solve computes with."""
        if link.slope not in self._known:
            self._known[link.slope] = self._evaluator.value(link.slope)
        array, axes = self._known[link.slope]
        return float(array[tuple(bound[index] for index in axes)]) + 0.0

    def sign(self, link: Link, bound: Bound) -> str:
        """= where the digits shown are the whole value, or what solve rounded by hand; else ≈."""
        bound = {**self.singles, **bound}
        shown, value = self._text(link, bound), self.exact(link, bound)
        if self._shown(link) is not None and self.figures.by_hand:
            return "="
        return "=" if isclose(float(shown), value, rel_tol=1e-12, abs_tol=1e-15) else "≈"

    def relations(self, step: Step, whole: Derivative, near: Derivative, bound: Bound) -> list[Relation]:
        """The numbers put in, the value of each factor, from the nearest known signal, and the result."""
        found: list[Relation] = []
        shorter = near.chain != whole.chain and self.count(near.chain) <= MAX_FACTORS
        if self.count(whole.chain) <= MAX_FACTORS:
            found.append(Relation("=", self.chains.numbers(whole, bound, self.with_numbers)))
            factors = self._factors(whole, bound)
            if not shorter or factors.right != self._factors(near, bound).right:
                found.append(self._factors(whole, bound, set(links(near.chain)) if shorter else set()))
        if shorter:
            found.append(Relation("=", self.chains.numbers(near, bound, self.with_numbers)))
            found.append(self._factors(near, bound))
        place = tuple(bound[index] for index in step.indices)
        rough = bool(self.figures.approximate(step)[place])
        found.append(Relation("≈" if rough else "=", Digits(self.figures.at(step.key, place)), result=True))
        return found

    def _factors(self, derivative: Derivative, bound: Bound, kept: Container[Link] = ()) -> Relation:
        """Each factor's value; f′ of a link that comes again below is worked out there, not before."""

        def write(link: Link, where: Bound) -> Math:
            later = link in kept and _primed(link.slope)
            return self.with_numbers(link, where) if later else self.factor(link, where)

        exact = all(self.sign(*each) == "=" for each in self.chains.instances(derivative, bound))
        return Relation("=" if exact else "≈", self.chains.numbers(derivative, bound, write))

    def count(self, chain: Chain) -> int:
        """How many factors stand in a chain once its sums are written out."""
        return sum(
            int(self.problem.size(part.index)) * self.count(part.chain) if isinstance(part, Paths) else 1
            for part in chain
        )


def _primed(formula: Formula) -> bool:
    """Whether f′ is left as f′ in a formula."""
    return any(isinstance(part, Function) and part.derivative for _, part in walk(formula))


def settled(formula: Formula, bound: Bound) -> Formula:
    """The formula with every [m = k] decided: 1 or 0."""

    def change(part: Formula) -> Formula:
        match part:
            case Kronecker(left, right) if left in bound and right in bound:
                return ONE if bound[left] == bound[right] else ZERO
        return part

    return transform(formula, change)
