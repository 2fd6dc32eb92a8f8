"""The backward pass: error signals, gradients and updates, as steps.

The notation decides which error signals are named; one that is not is written inside the others, and its own
step is kept, unwritten, for whoever asks for its value.
Source of the recursion: Rumelhart, Hinton, Williams (1986); Nielsen, *Neural Networks and Deep Learning*,
ch. 2.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..formula.differentiate import differentiate
from ..formula.simplify import tidy
from ..formula.tree import (
    SAMPLES,
    Formula,
    Index,
    Key,
    Negation,
    Ref,
    Sum,
    add,
    product,
    substitute,
    subtract,
)
from ..problem.problem import Problem
from .optimizers import RATE, updates
from .steps import Step, batch_factor, bias, derivative, negate, outputs, per_sample, scaled, units, weights

Definition = tuple[tuple[Index, ...], Formula]


class Backward:
    """The error signals, gradients and updates; the definitions of what the notation leaves unnamed."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        named = problem.notation.backward
        self.names_activation = "activation" in named
        self.names_delta = "preactivation" in named
        self.descent = self.names_delta and problem.notation.delta_sign == "descent"
        self.definitions: dict[Key, Definition] = {}

    def signals(self) -> Iterator[Step]:
        """∂ℓ/∂a and ∂ℓ/∂z of each layer, from the output back."""
        unwritten: list[Step] = []
        for level in range(self.problem.depth, 0, -1):
            for quantity, formula, written in self._layer_signals(level):
                indices = (SAMPLES, units(level))
                step = Step(
                    quantity, level, indices, substitute(formula, self.definitions), "backward", written
                )
                if written:
                    yield step
                else:
                    self.definitions[step.key] = (indices, step.formula)
                    unwritten.append(step)
        yield from unwritten

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
        delta = self._delta(level, reference)
        if self.descent:
            inside = {} if named else self.definitions
            yield "descent_delta", negate(substitute(delta, inside)), True
            yield "delta", Negation(per_sample("descent_delta", level)), False
        else:
            yield "delta", delta, self.names_delta and not merged
        if not named:
            yield "activation_gradient", gradient, False

    def _activation_gradient(self, level: int) -> Formula:
        """At the output ∂ℓ/∂a_k from the loss; before it Σ_k ∂ℓ/∂z_k·w_kt of the layer above."""
        if level == self.problem.depth:
            loss = self.problem.loss
            a, y = per_sample("activation", level), per_sample("target", level)
            own = scaled(
                loss.scale(outputs(self.problem)), Sum(units(level), loss.term(a, y, loss.parameter))
            )
            return tidy(differentiate(own, a))
        above = units(level + 1)
        if self.descent:
            return Negation(Sum(above, product(per_sample("descent_delta", level + 1), weights(level + 1))))
        return Sum(above, product(per_sample("delta", level + 1), weights(level + 1)))

    def _delta(self, level: int, gradient: Ref) -> Formula:
        """∂ℓ/∂z from ∂ℓ/∂a: times f′(z), or for softmax through its Jacobian a_k(δ_km − a_m)."""
        problem, activation = self.problem, self.problem.layer(level).activation
        a, z = per_sample("activation", level), per_sample("preactivation", level)
        if level == problem.depth and not self.names_activation and self._collapses():
            return subtract(a, per_sample("target", level))
        if not activation.elementwise:
            other = Index(level, copy=1)
            mean = Sum(
                other,
                product(per_sample(gradient.quantity, level, other), per_sample("activation", level, other)),
            )
            return product(a, subtract(gradient, mean))
        return product(gradient, derivative(problem, level, z, a))

    def _collapses(self) -> bool:
        """Whether loss and output activation meet in a − y; softmax does only where targets sum to 1."""
        problem = self.problem
        activation = problem.layers[-1].activation
        if problem.loss.collapses_with != activation.name:
            return False
        if activation.elementwise or problem.targets is None:
            return True
        return bool(np.allclose(problem.targets.values.sum(axis=1), 1.0, rtol=0, atol=1e-12))

    def gradients(self) -> Iterator[Step]:
        """∂L/∂w and ∂L/∂b of each layer, from the output back, in the handout's order."""
        for level in range(self.problem.depth, 0, -1):
            layer = self.problem.layer(level)
            for parameter in layer.parameters:
                if parameter == "weights" or layer.has_bias:
                    quantity = {"weights": "weight_gradient", "bias": "bias_gradient"}[parameter]
                    indices, formula = self._gradient(level, parameter)
                    yield Step(quantity, level, indices, formula, "gradient")

    def _gradient(self, level: int, parameter: str) -> Definition:
        signal = per_sample("descent_delta" if self.descent else "delta", level)
        inside: Formula = signal
        indices: tuple[Index, ...] = (units(level),)
        if parameter == "weights":
            inside = product(signal, per_sample("activation", level - 1))
            indices = (units(level), units(level - 1))
        elif self.problem.layer(level).shares_bias:
            inside, indices = Sum(units(level), signal), ()
        formula = product(batch_factor(self.problem), Sum(SAMPLES, inside))
        formula = substitute(formula, self.definitions)
        return indices, negate(formula) if self.descent else formula

    def updates(self) -> Iterator[Step]:
        """As the optimizer has it, w ← w + η·δ·x with the descent sign; a frozen parameter stays."""
        for level in range(self.problem.depth, 0, -1):
            layer = self.problem.layer(level)
            for parameter in layer.parameters:
                if parameter == "bias" and not layer.has_bias:
                    continue
                old = weights(level) if parameter == "weights" else bias(self.problem, level)
                gradient = Ref(
                    {"weights": "weight_gradient", "bias": "bias_gradient"}[parameter], level, old.indices
                )
                by_descent = self.descent and self.problem.optimizer.name == "gradient_descent"
                if parameter in layer.frozen:
                    yield Step(f"new_{parameter}", level, old.indices, old, "update")
                elif by_descent and "weight_decay" not in self.problem.optimizer.settings:
                    formula = add(old, product(RATE, negate(self._gradient(level, parameter)[1])))
                    yield Step(f"new_{parameter}", level, old.indices, formula, "update")
                else:
                    yield from updates(self.problem, old, gradient)

    def input_gradient(self) -> Step:
        """∂ℓ/∂x, one step further back than any parameter needs."""
        formula = substitute(
            Sum(units(1), product(per_sample("delta", 1), weights(1))),
            {} if self.names_delta else self.definitions,
        )
        return Step("input_gradient", 0, (SAMPLES, units(0)), formula, "backward", written=False)
