"""The equations of a derivation: local derivatives, and a gradient as its chain, put in and simplified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from ..formula.chain import PARAMETERS, Derivative, Link
from ..formula.tree import ONE, SAMPLES, Formula, Function, Index, Number, Ref, subtract, walk
from ..functions.table import X, row_of
from ..plan.chain_rule import ChainRule
from ..plan.plan import make_plan
from ..plan.rewritings import collapsing
from ..plan.steps import Plan, Step, per_sample, units
from ..problem.problem import Problem
from .cases import by_cases
from .derive_chains import ChainWriter
from .derive_values import Values
from .document import Digits, Equation, Math, Operator, Partial, Relation, Row
from .equation_lines import Lines
from .math_writing import Writer
from .ranges import index_range
from .symbols import Bound, Symbols

SIGNALS = ("activation_gradient", "delta", "descent_delta")


class Deriver:
    """Writes the derivations of one plan; with `values`, the numbers of a bound quantity too."""

    def __init__(self, plan: Plan, values: Values | None = None) -> None:
        self.plan, self.problem, self.values = plan, plan.problem, values
        self.lines = Lines(plan, None)
        self.symbols = self.lines.symbols
        self.writer: Writer = self.lines.general_writer
        self.own_names = Writer(Symbols(with_own_names(self.problem)))
        self.chains = ChainWriter(self.symbols, self.writer)
        self.rule = ChainRule(plan)
        self.named = self.rule.named()
        wanted = self.problem.notation.derivation
        self.expands = "expanded" in wanted or not self.named
        self.primes_first = "prime" in wanted

    # Local derivatives.

    def local_links(self) -> Iterator[Link]:
        """Those of every step, layer by layer: ∂z/∂w, ∂z/∂b, ∂z/∂a, ∂a/∂z, and ∂L/∂a last."""
        for level, layer in enumerate(self.problem.layers, start=1):
            yield self.rule.parameter_link(level, "weights")
            if layer.has_bias:
                yield self.rule.parameter_link(level, "bias")
            if level > 1:
                yield self.rule.input_link(level)
            if not self.problem.merged(level):
                yield self.rule.activation_link(level)
        yield self.rule.loss_link()

    def local(self, link: Link, bound: Bound | None = None) -> Equation:
        """∂top/∂bottom in symbols, with the ranges of the indices that are left free."""
        bound = bound or {}
        sides = tuple(dict.fromkeys(self._slopes(link, bound)))
        free = tuple(index for index in dict.fromkeys((*link.bottom.indices, *link.top.indices)))
        return Equation(
            self.chains.partial(link, bound),
            tuple(Relation("=", side) for side in sides),
            self.condition(free, bound),
        )

    def _slopes(self, link: Link, bound: Bound) -> Iterator[Math]:
        if self.primes_first:
            yield self.writer.write(link.prime, bound)
        yield self.writer.write(link.slope, bound)
        if isinstance(link.slope, Function) and link.slope.derivative and link.bottom.level > 0:
            yield from self._spelled(link.slope, link.bottom, bound)

    def _spelled(self, prime: Function, z: Ref, bound: Bound) -> Iterator[Math]:
        """What f′ is, where the handout writes f′: by a formula, or by cases."""
        activation = self.problem.layer(z.level).activation
        if activation.name == prime.name and activation.prime_from_preactivation:
            yield self.own_names.write(activation.prime_from_preactivation(z, prime.parameter), bound)
        else:
            parameter = ONE if activation.parameter == 1 else Ref("parameter", z.level)
            cases = activation.prime_cases(z, parameter)
            if cases is not None:
                yield by_cases(self.writer, cases, z, bound)

    def loss_slope(self) -> Equation | None:
        """What f′ of the loss's own function is, by its cases: Huber's H′."""
        primes = [
            part
            for _, part in walk(self.rule.loss_link().slope)
            if isinstance(part, Function) and part.derivative
        ]
        for prime in primes:
            threshold = ONE if prime.parameter is None else Number(Fraction(str(prime.parameter)))
            cases = row_of(prime).prime_cases(X, threshold)
            if cases is not None:
                bare = Function(prime.name, X, derivative=True, parameter=prime.parameter)
                return Equation(self.writer.write(bare), (Relation("=", by_cases(self.writer, cases, X)),))
        return None

    def strangers(self, level: int, bound: Bound | None = None) -> Equation | None:
        """∂z of another unit by this unit's weight, which is 0: the index rule."""
        k = units(level)
        link = self.rule.parameter_link(level, "weights")
        other = Index(level, copy=1)
        if bound:
            return self._stranger_at(link, k, bound)
        if self.problem.size(k) == 1:
            return None
        top = Ref(link.top.quantity, level, (SAMPLES, other))
        m, own = self.symbols.letters[other], self.symbols.letters[k]
        left = self.chains.partial(replace(link, top=top), {})
        return Equation(left, (Relation("=", Digits("0")),), f"for {m} ≠ {own}")

    def _stranger_at(self, link: Link, k: Index, bound: Bound) -> Equation | None:
        size = self.problem.size(k)
        if not isinstance(size, int) or size == 1:
            return None
        another = next(place for place in range(size) if place != bound[k])
        other = Index(k.level, copy=1)
        top = Ref(link.top.quantity, k.level, (SAMPLES, other))
        left = self.chains.partial(replace(link, top=top), {**bound, other: another})
        return Equation(left, (Relation("=", Digits("0")),))

    # The chain of a gradient or of an error signal.

    def equation(self, step: Step, show: frozenset[str], bound: Bound | None = None) -> Equation:
        """∂L/∂w = the chain = every factor put in = what the handout ends with (= the numbers)."""
        bound = bound or {}
        whole, near = self.whole(step), self.near(step)
        relations: list[Relation] = []
        if "chain" in show:
            relations += [Relation("=", side) for side in self._chain_sides(step, whole, near, bound)]
        if "result" in show:
            relations.append(Relation("=", self.writer.write(self.result(step), bound)))
        if self.values and "result" in show and bound_throughout(step, bound, self.symbols.singles):
            relations += self.values.relations(step, whole, near, {**self.symbols.singles, **bound})
        left = self.lines.left(step, {**self.symbols.singles, **bound})
        return Equation(left, _distinct(left, relations), self.condition(step.indices, bound))

    def whole(self, step: Step) -> Derivative:
        """The chain from the loss down."""
        return self.rule.derivative(step.quantity, step.level)

    def near(self, step: Step) -> Derivative:
        """The chain from the nearest error signal: a named one, or for a parameter its layer's ∂L/∂z."""
        known = self.named
        if step.quantity in PARAMETERS and self.expands:
            known |= {("delta", step.level)}
        return self.rule.derivative(step.quantity, step.level, known)

    def _chain_sides(self, step: Step, whole: Derivative, near: Derivative, bound: Bound) -> Iterator[Math]:
        parameter = step.quantity in PARAMETERS
        if not parameter:
            yield from self.meaning(step, bound)
        if not parameter or self.expands:
            yield self.chains.partials(near, bound)
        if parameter:
            chains = self.chains
            yield chains.partials(whole, bound) if self.expands else chains.over_signal(whole, near, bound)
        base = whole if parameter or self.expands else near
        if self.primes_first:
            yield self.chains.put_in(base, bound, prime=True)
        yield self.chains.put_in(base, bound)
        if self.collapses(step):
            for formula in collapsing(base.formula()):
                yield self.writer.write(formula, bound)

    def meaning(self, step: Step, bound: Bound) -> Iterator[Math]:
        """∂L/∂z, which is what a δ stands for."""
        left = self.lines.left(step, {**self.symbols.singles, **bound})
        if not isinstance(left, Partial):
            partial = self.chains.partial(self.rule.signal_link("delta", step.level), bound)
            descent = step.quantity == "descent_delta"
            yield Row((Operator("−", spaced=False), partial)) if descent else partial

    def collapses(self, step: Step) -> bool:
        """Whether a log loss and its activation meet in a − y here."""
        depth = self.problem.depth
        difference = subtract(per_sample("activation", depth), per_sample("target", depth))
        return step.quantity == "delta" and step.level == depth and step.formula == difference

    def result(self, step: Step) -> Formula:
        """The form the handout ends with: with its own error signals, or with everything written out."""
        if not self.expands:
            return step.formula
        notation = replace(self.problem.notation, backward=frozenset(), delta_sign="gradient")
        written = make_plan(replace(self.problem, notation=notation)).step(step.quantity, step.level)
        return written.formula if written else step.formula

    def condition(self, indices: tuple[Index, ...], bound: Bound) -> str:
        """The ranges of the indices that are free."""
        free = [index for index in indices if index not in self.symbols.singles and index not in bound]
        units_of = [index for index in free if index != SAMPLES]
        if len(units_of) == 2 and self.symbols.notation.weight_order == "input,unit":
            units_of.reverse()
        free = [index for index in free if index == SAMPLES] + units_of
        ranges = [index_range(self.symbols, index) for index in free]
        return "for " + " and ".join(ranges) if ranges else ""


def with_own_names(problem: Problem) -> Problem:
    """The problem with each activation function under its own name, σ or ReLU, in place of a handout's g."""
    layers = tuple(replace(layer, symbols=replace(layer.symbols, function=None)) for layer in problem.layers)
    return replace(problem, layers=layers)


def bound_throughout(step: Step, bound: Bound, singles: Bound) -> bool:
    return all(index in bound or index in singles for index in step.indices)


def _distinct(left: Math, relations: list[Relation]) -> tuple[Relation, ...]:
    """The relations without a line that only repeats the one before it."""
    kept: list[Relation] = []
    before = left
    for relation in relations:
        if relation.right != before or relation.result:
            kept.append(relation)
        before = relation.right
    if len(kept) > 1 and kept[-1].result and kept[-2].right == kept[-1].right:
        del kept[-2]
    return tuple(kept)
