"""The chains of a plan: each link a step's own formula, differentiated."""

from __future__ import annotations

from ..formula.chain import LOSS, PARAMETERS, Chain, Derivative, Link, Paths, renamed
from ..formula.differentiate import differentiate
from ..formula.simplify import tidy
from ..formula.tree import (
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
    rename,
    substitute,
)
from .penalty import penalty_slope
from .rewritings import as_activations
from .steps import Plan, batch_factor, bias, derivative, feeding, per_sample, units, weights

UNNAMED_LOSSES = ("loss_terms", "loss_sum", "loss_mean")


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
        return self._preactivation_link(level, feeding(level))

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
        return self._link(per_sample("activation", level, other), z, as_activations(entry, level))

    def _link(self, top: Ref, bottom: Ref, slope: Formula) -> Link:
        return Link(top, bottom, slope, slope)

    # The chains.

    def to_activation(self, level: int, known: frozenset[Key] = frozenset()) -> Chain:
        """∂ℓ/∂a of a layer."""
        if ("activation_gradient", level) in known:
            return (self.signal_link("activation_gradient", level),)
        if level == self.problem.depth:
            return (self.loss_link(),)
        fed = level + 1
        above = (*self.to_preactivation(fed, known), self.input_link(fed))
        return (Paths(self.k[fed], above),)

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
            factor, extra = batch_factor(self.problem), penalty_slope(self.problem, target)
            return Derivative(quantity, level, target.indices, chain, factor, extra)
        if quantity in ("activation_gradient", "input_gradient"):  # the inputs are the activations of level 0
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
