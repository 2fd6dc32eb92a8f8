"""The backward pass: error signals, gradients and updates, as steps.

Each is derived from the forward steps (`adjoints`) and rewritten as the handout has it (`rewritings`).
The notation decides which error signals are named; one that is not is written inside the others, and its own
step is kept, unwritten, for whoever asks for its value.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..formula.simplify import tidy
from ..formula.tree import (
    ONE,
    SAMPLES,
    Formula,
    Index,
    Key,
    Negation,
    Ref,
    add,
    product,
    substitute,
    subtract,
)
from ..problem.problem import Problem
from .adjoints import adjoint
from .forward import forward_steps, sample_loss
from .optimizers import RATE, updates
from .penalty import penalty_slope
from .rewritings import (
    as_activations,
    conditions_last,
    difference,
    jacobian_summed,
    sign_outside,
    slope_first,
    slopes_written,
)
from .steps import Step, batch_factor, bias, derivative, negate, per_sample, units, weights

Definition = tuple[tuple[Index, ...], Formula]
GRADIENTS = {"weights": "weight_gradient", "bias": "bias_gradient"}
# The error signal of each quantity that has one.
SIGNALS = {"activation": "activation_gradient", "preactivation": "delta"}


class Backward:
    """The error signals, gradients and updates; the definitions of what the notation leaves unnamed."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.forward = (*forward_steps(problem), sample_loss(problem))
        named = problem.notation.backward
        self.names_activation = "activation" in named
        self.names_delta = "preactivation" in named
        self.descent = self.names_delta and problem.notation.delta_sign == "descent"
        self.definitions: dict[Key, Definition] = {}

    def derived(self, quantity: Ref) -> Formula:
        """∂ℓ/∂quantity over the signals of what it feeds, a sign of descent before the whole."""
        formula = adjoint(quantity, self.forward, self._signal)
        return sign_outside(formula) if self.descent else formula

    def _signal(self, of: Ref) -> Formula:
        if of.quantity == "sample_losses":
            return ONE
        if self.descent and of.quantity == "preactivation":
            return Negation(Ref("descent_delta", of.level, of.indices))
        return Ref(SIGNALS[of.quantity], of.level, of.indices)

    def signals(self) -> Iterator[Step]:
        """∂ℓ/∂a and ∂ℓ/∂z of each layer, from the output back."""
        unwritten: list[Step] = []
        for level in range(self.problem.depth, 0, -1):
            for quantity, formula, written in self._layer_signals(level):
                indices = (SAMPLES, units(level))
                step = Step(quantity, level, indices, self._within(formula), "backward", written)
                if written:
                    yield step
                else:
                    self.definitions[step.key] = (indices, step.formula)
                    unwritten.append(step)
        yield from unwritten

    def _within(self, formula: Formula) -> Formula:
        """The formula with what has no name written inside."""
        return substitute(formula, self.definitions)

    def _layer_signals(self, level: int) -> Iterator[tuple[str, Formula, bool]]:
        """(quantity, formula, written) of one layer, an unwritten quantity before whatever contains it."""
        gradient = self._activation_gradient(level)
        reference = per_sample("activation_gradient", level)
        merged = self.problem.merged(level)
        if merged and self.names_delta and not self.names_activation and not self.descent:
            yield "delta", gradient, True
            yield "activation_gradient", per_sample("delta", level), False
            return
        named = self.names_activation or (merged and self.names_delta and not self.descent)
        if named:
            yield "activation_gradient", gradient, True
        else:
            self.definitions[reference.key] = (reference.indices, gradient)
        delta = self._delta(level, gradient)
        if self.descent:
            inside = {} if named else self.definitions
            yield "descent_delta", self._ordered(level, negate(substitute(delta, inside))), True
            yield "delta", Negation(per_sample("descent_delta", level)), False
        else:
            yield "delta", self._ordered(level, delta), self.names_delta and not merged
        if not named:
            yield "activation_gradient", gradient, False

    def _activation_gradient(self, level: int) -> Formula:
        """∂ℓ/∂a: at the output from the loss, before it from the layer above."""
        formula = self.derived(per_sample("activation", level))
        return conditions_last(tidy(formula)) if level == self.problem.depth else formula

    def _delta(self, level: int, gradient: Formula) -> Formula:
        """∂ℓ/∂z from ∂ℓ/∂a: times f′(z), through softmax's Jacobian, or cancelled to a − y."""
        a, z = per_sample("activation", level), per_sample("preactivation", level)
        derived = as_activations(adjoint(z, self.forward, self._signal), level)
        if level == self.problem.depth and not self.names_activation and self._may_meet():
            signal = {("activation_gradient", level): (a.indices, gradient)}
            whole = slopes_written(self.problem, substitute(derived, signal), by="activation")
            if (found := difference(whole, a, per_sample("target", level))) is not None:
                return found
        return slopes_written(self.problem, jacobian_summed(derived))

    def _ordered(self, level: int, delta: Formula) -> Formula:
        """δ with f′ in the handout's place."""
        if not self.problem.notation.slope_first or self.problem.merged(level):
            return delta
        z, a = per_sample("preactivation", level), per_sample("activation", level)
        return slope_first(delta, derivative(self.problem, level, z, a))

    def _may_meet(self) -> bool:
        """Whether loss and output activation may cancel; with softmax only where the targets sum to 1."""
        problem = self.problem
        if problem.layers[-1].activation.elementwise or problem.targets is None:
            return True
        return bool(np.allclose(problem.targets.values.sum(axis=1), 1.0, rtol=0, atol=1e-12))

    def gradients(self) -> Iterator[Step]:
        """∂L/∂w and ∂L/∂b of each layer, from the output back, in the handout's order."""
        for level in range(self.problem.depth, 0, -1):
            for parameter in self._parameters(level):
                indices, formula = self._gradient(level, parameter)
                yield Step(GRADIENTS[parameter], level, indices, formula, "gradient")

    def _parameters(self, level: int) -> Iterator[str]:
        layer = self.problem.layer(level)
        return (parameter for parameter in layer.parameters if parameter == "weights" or layer.has_bias)

    def _parameter(self, level: int, parameter: str) -> Ref:
        return weights(level) if parameter == "weights" else bias(self.problem, level)

    def _gradient(self, level: int, parameter: str) -> Definition:
        """∂L/∂w: the samples' own ∂ℓ/∂w together, as `batch` has it, and what a penalty adds."""
        quantity = self._parameter(level, parameter)
        formula = self._within(product(batch_factor(self.problem), self.derived(quantity)))
        taken_off = parameter == "bias" and self.problem.notation.thresholds
        formula = sign_outside(formula) if self.descent or taken_off else formula
        return quantity.indices, add(formula, penalty_slope(self.problem, quantity))

    def updates(self) -> Iterator[Step]:
        """As the optimizer has it, w ← w + η·δ·x with the descent sign; a frozen parameter stays."""
        optimizer = self.problem.optimizer
        for level in range(self.problem.depth, 0, -1):
            for parameter in self._parameters(level):
                old = self._parameter(level, parameter)
                by_descent = self.descent and optimizer.name == "gradient_descent"
                if parameter in self.problem.layer(level).frozen:
                    yield Step(f"new_{parameter}", level, old.indices, old, "update")
                elif by_descent and "weight_decay" not in optimizer.settings:
                    turned = negate(self._gradient(level, parameter)[1])
                    formula = add(old, product(RATE, turned))
                    if isinstance(turned, Negation):  # a threshold: θ − η·δ
                        formula = subtract(old, product(RATE, turned.body))
                    yield Step(f"new_{parameter}", level, old.indices, formula, "update")
                else:
                    yield from updates(self.problem, old, Ref(GRADIENTS[parameter], level, old.indices))

    def input_gradient(self) -> Step:
        """∂ℓ/∂x, one step further back than any parameter needs."""
        x = per_sample("activation", 0)
        return Step("input_gradient", 0, x.indices, self._within(self.derived(x)), "backward", written=False)
