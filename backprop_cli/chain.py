"""The chain rule of a network: how a quantity reaches the loss, as a product of local derivatives.

Glossary
    Link      ∂top/∂bottom of one step, with its slope: the step's own formula differentiated
    Paths     Σ over the units (or samples) that a quantity feeds, of a chain
    Chain     a product of links and paths, from the loss down: ∂L/∂a · ∂a/∂z · ∂z/∂w
    known     error signals that stand for the whole chain above them: δ in ∂L/∂w = δ · ∂z/∂w

Source: Rumelhart, Hinton, Williams (1986); the multivariate chain rule.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

from .derivation import differentiate
from .formula import (
    ONE,
    SAMPLES,
    Formula,
    Function,
    Index,
    Key,
    Negation,
    Ref,
    Sum,
    number,
    product,
    rename,
    substitute,
    transform,
)
from .simplify import tidy
from .steps import Plan, batch_factor, bias, derivative, per_sample, units, weights

UNNAMED_LOSSES = ("loss_terms", "loss_sum", "loss_mean")
PARAMETERS = {"weight_gradient": "weights", "bias_gradient": "bias"}
LOSS = Ref("sample_losses", 0, (SAMPLES,))


@dataclass(frozen=True)
class Link:
    """∂top/∂bottom and its value as a formula; `prime` is the same with f′ left as f′."""

    top: Ref
    bottom: Ref
    slope: Formula
    prime: Formula


@dataclass(frozen=True)
class Paths:
    """Σ over `index` of a chain: the paths through all units that a quantity feeds, or over the samples."""

    index: Index
    chain: Chain


Part = Link | Paths
Chain = tuple[Part, ...]


@dataclass(frozen=True)
class Derivative:
    """∂L/∂quantity as a chain, times what the batch's mean brings in."""

    quantity: str
    level: int
    indices: tuple[Index, ...]
    chain: Chain
    scale: Formula = ONE

    def formula(self, *, prime: bool = False) -> Formula:
        """The derivative as one formula, every factor put in."""
        return product(self.scale, formula_of(self.chain, prime=prime))


def renamed(chain: Chain, names: dict[Index, Index]) -> Chain:
    """The chain with its indices replaced."""
    parts: list[Part] = []
    for part in chain:
        if isinstance(part, Paths):
            parts.append(Paths(names.get(part.index, part.index), renamed(part.chain, names)))
            continue
        top, bottom = (
            Ref(ref.quantity, ref.level, tuple(names.get(index, index) for index in ref.indices))
            for ref in (part.top, part.bottom)
        )
        parts.append(Link(top, bottom, rename(part.slope, names), rename(part.prime, names)))
    return tuple(parts)


def formula_of(chain: Chain, *, prime: bool = False) -> Formula:
    """The chain with every local derivative put in its place."""
    factors: list[Formula] = []
    for part in chain:
        if isinstance(part, Paths):
            factors.append(Sum(part.index, formula_of(part.chain, prime=prime)))
        else:
            factors.append(part.prime if prime else part.slope)
    return product(*factors)


def without_single(chain: Chain, singles: Container[Index]) -> Chain:
    """The chain without sums over an index that takes one value only."""
    parts: list[Part] = []
    for part in chain:
        if isinstance(part, Paths):
            inner = without_single(part.chain, singles)
            parts += inner if part.index in singles else (Paths(part.index, inner),)
        else:
            parts.append(part)
    return tuple(parts)


def links(chain: Chain) -> Iterator[Link]:
    """Every link of the chain, from the loss down."""
    for part in chain:
        if isinstance(part, Paths):
            yield from links(part.chain)
        else:
            yield part


class ChainRule:
    """The chains of one plan, from the formulas of its own steps."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.problem = plan, plan.problem
        self.k = {level: units(level) for level in range(self.problem.depth + 1)}

    def formula(self, quantity: str, level: int) -> Formula:
        """What a step of the plan computes."""
        step = self.plan.step(quantity, level)
        if step is None:
            raise KeyError((quantity, level))
        return step.formula

    def sample_loss(self) -> Formula:
        """ℓ of one sample, over its outputs and targets."""
        unnamed = {
            step.key: (step.indices, step.formula)
            for step in self.plan.steps
            if step.quantity in UNNAMED_LOSSES
        }
        own = substitute(self.formula("sample_losses", 0), unnamed)
        if own == Ref("loss", 0):
            own = substitute(self.formula("loss", 0), unnamed)
        while isinstance(own, Sum) and own.index == SAMPLES:
            own = own.body
        return own

    # The links: each a step's formula, differentiated by one of the quantities in it.

    def loss_link(self) -> Link:
        """∂ℓ/∂a of the output layer."""
        a = per_sample("activation", self.problem.depth)
        return self._link(LOSS, a, tidy(differentiate(self.sample_loss(), a)))

    def parameter_link(self, level: int, parameter: str) -> Link:
        """∂z/∂w or ∂z/∂b."""
        target = weights(level) if parameter == "weights" else bias(self.problem, level)
        return self._preactivation_link(level, target)

    def input_link(self, level: int) -> Link:
        """∂z/∂a of the layer before."""
        return self._preactivation_link(level, per_sample("activation", level - 1))

    def _preactivation_link(self, level: int, target: Ref) -> Link:
        z = per_sample("preactivation", level)
        return self._link(z, target, tidy(differentiate(self.formula("preactivation", level), target)))

    def activation_link(self, level: int) -> Link:
        """∂a/∂z; for softmax ∂a_m/∂z_k, an entry of its Jacobian."""
        activation = self.problem.layer(level).activation
        z, a = per_sample("preactivation", level), per_sample("activation", level)
        own = self.formula("activation", level)
        if activation.elementwise:
            prime = differentiate(own, z)
            slope = derivative(self.problem, level, z, a) if isinstance(prime, Function) else prime
            return Link(a, z, slope, prime)
        other = Index(level, copy=1)
        entry = differentiate(rename(own, {self.k[level]: other}), z)
        return self._link(per_sample("activation", level, other), z, _as_activation(entry, level))

    def _link(self, top: Ref, bottom: Ref, slope: Formula) -> Link:
        return Link(top, bottom, slope, slope)

    # The chains.

    def to_activation(self, level: int, known: frozenset[Key] = frozenset()) -> Chain:
        """∂ℓ/∂a of a layer."""
        if ("activation_gradient", level) in known:
            return (self.signal_link("activation_gradient", level),)
        if level == self.problem.depth:
            return (self.loss_link(),)
        above = (*self.to_preactivation(level + 1, known), self.input_link(level + 1))
        return (Paths(self.k[level + 1], above),)

    def to_preactivation(self, level: int, known: frozenset[Key] = frozenset()) -> Chain:
        """∂ℓ/∂z of a layer."""
        if ("delta", level) in known:
            return (self.signal_link("delta", level),)
        above = self.to_activation(level, known)
        if self.problem.merged(level):
            return above
        link = self.activation_link(level)
        if self.problem.layer(level).activation.elementwise:
            return (*above, link)
        other = Index(level, copy=1)
        return (Paths(other, (*renamed(above, {self.k[level]: other}), link)),)

    def to_parameter(self, level: int, parameter: str, known: frozenset[Key] = frozenset()) -> Chain:
        """∂L/∂w or ∂L/∂b, without the batch's 1/n."""
        link = self.parameter_link(level, parameter)
        chain: Chain = (*self.to_preactivation(level, known), link)
        if parameter == "bias" and self.problem.layer(level).shares_bias:
            chain = (Paths(self.k[level], chain),)
        return (Paths(SAMPLES, chain),)

    def derivative(self, quantity: str, level: int, known: frozenset[Key] = frozenset()) -> Derivative:
        """The chain of an error signal or of a parameter's gradient.

        `known` signals stand for what is above them; a quantity does not stand for itself.
        """
        known = known - {(quantity, level)}
        per_unit = (SAMPLES, self.k[level])
        if quantity in PARAMETERS:
            parameter = PARAMETERS[quantity]
            target = weights(level) if parameter == "weights" else bias(self.problem, level)
            chain = self.to_parameter(level, parameter, known)
            return Derivative(quantity, level, target.indices, chain, batch_factor(self.problem))
        if quantity == "activation_gradient":
            return Derivative(quantity, level, per_unit, self.to_activation(level, known))
        scale = ONE
        if quantity == "descent_delta":
            known, scale = known - {("delta", level)}, number(-1)
        return Derivative(quantity, level, per_unit, self.to_preactivation(level, known), scale)

    def signal_link(self, quantity: str, level: int) -> Link:
        """∂ℓ/∂z or ∂ℓ/∂a taken as known: its slope is the signal itself."""
        bottom = {"delta": "preactivation", "activation_gradient": "activation"}[quantity]
        slope: Formula = per_sample(quantity, level)
        if quantity == "delta" and self.plan.step("descent_delta", level) is not None:
            slope = Negation(per_sample("descent_delta", level))
        return self._link(LOSS, per_sample(bottom, level), slope)

    def named(self) -> frozenset[Key]:
        """The error signals that the handout names, a δ with the descent's sign included."""
        keys = {step.key for step in self.plan.written("backward")}
        keys |= {("delta", level) for quantity, level in keys if quantity == "descent_delta"}
        return frozenset(key for key in keys if key[0] in ("delta", "activation_gradient"))


def own_plan(plan: Plan) -> Plan:
    """The plan as far as the chain rule reads it: index equations, whatever the handout's layout."""
    notation = plan.problem.notation
    if notation.layout != "matrix":
        return plan
    return replace(plan, problem=replace(plan.problem, notation=replace(notation, layout="indices")))


def _as_activation(formula: Formula, level: int) -> Formula:
    """The formula with softmax(z)_k written as a_k."""

    def change(part: Formula) -> Formula:
        if isinstance(part, Function) and part.over is not None:
            return per_sample("activation", level, part.over)
        return part

    return transform(formula, change)
