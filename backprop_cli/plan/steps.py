"""The steps of a plan, and the references to quantities that their formulas are built from.

Glossary, for level l with input level l−1; i runs over samples, k and t over units
    preactivation          z[i,k] = Σ_t w[k,t]·a[i,t] + b[k]
    activation             a[i,k] = f(z[i,k])                      level 0: the inputs
    activation_gradient    ∂ℓ/∂a[i,k], ℓ being sample i's own loss
    delta                  ∂ℓ/∂z[i,k]
    descent_delta          −∂ℓ/∂z[i,k], what books with w ← w + η·δ·x call δ
    weight_gradient        ∂L/∂w[k,t], where `batch` combines the samples
    new_weights            w[k,t] − η·∂L/∂w[k,t]
"""

from __future__ import annotations

from ..formula.tree import (
    ONE,
    SAMPLES,
    Add,
    Formula,
    Function,
    Index,
    Key,
    Level,
    Negation,
    Number,
    Product,
    Quotient,
    Ref,
    Size,
    add,
    number,
    product,
)
from ..problem.equations import EquationProblem
from ..problem.problem import Phase, Problem, Slopes
from ..records import dataclass


@dataclass(frozen=True)
class Step:
    """One line of the handout: the quantity, its indices, its formula.

    `written` is false for what the handout leaves out.
    """

    quantity: str
    level: Level
    indices: tuple[Index, ...]
    formula: Formula
    phase: Phase
    written: bool = True

    @property
    def key(self) -> Key:
        return (self.quantity, self.level)

    @property
    def ref(self) -> Ref:
        return Ref(self.quantity, self.level, self.indices)


class Steps:
    """What every plan can tell of its steps."""

    steps: tuple[Step, ...]

    def step(self, quantity: str, level: Level = 0) -> Step | None:
        """The step that computes a quantity, if the plan has it."""
        return next((step for step in self.steps if step.key == (quantity, level)), None)

    def written(self, *phases: Phase) -> tuple[Step, ...]:
        """The steps the handout writes down, of some phases or of all."""
        return tuple(step for step in self.steps if step.written and (not phases or step.phase in phases))


@dataclass(frozen=True, eq=False)
class Plan(Steps):
    """A problem with its steps, in an order in which each can be worked out."""

    problem: Problem
    steps: tuple[Step, ...]


@dataclass(frozen=True, eq=False)
class EquationPlan(Steps):
    """A problem of equations with its steps, in the order in which they are written.

    Recurrences are worked out in the order of their own steps, whatever the order here.
    """

    problem: EquationProblem
    steps: tuple[Step, ...]


def units(level: int) -> Index:
    """The index over a level's units (level 0: over the inputs)."""
    return Index(level)


def per_sample(quantity: str, level: int, index: Index | None = None) -> Ref:
    """A quantity with one value for each sample and unit."""
    return Ref(quantity, level, (SAMPLES, index or units(level)))


def feeding(level: int) -> Ref:
    """What feeds a layer: the activations of the one before it, or the inputs."""
    return per_sample("activation", level - 1)


def inputs(level: int) -> Index:
    """The index over what feeds a layer."""
    return units(feeding(level).level)


def weights(level: int) -> Ref:
    return Ref("weights", level, (units(level), inputs(level)))


def bias(problem: Problem, level: int) -> Ref:
    return Ref("bias", level, () if problem.layer(level).shares_bias else (units(level),))


def negate(formula: Formula) -> Formula:
    """−formula, written without a leading minus where it can be: −(a − y) is y − a."""
    match formula:
        case Negation(body):
            return body
        case Number(value):
            return Number(-value)
        case Add(terms):
            turned = tuple(negate(term) for term in terms)
            positive = [term for term in turned if not isinstance(term, Negation)]
            return add(*positive, *(term for term in turned if isinstance(term, Negation)))
        case Product(factors):
            for position, factor in enumerate(factors):
                if isinstance(factor, Add | Negation):
                    return product(*factors[:position], negate(factor), *factors[position + 1 :])
    return Negation(formula)


def scaled(scale: Formula, formula: Formula) -> Formula:
    """scale·formula, with −1 as a minus sign."""
    return Negation(formula) if scale == number(-1) else product(scale, formula)


def batch_factor(problem: Problem) -> Formula:
    """1/n where the loss of a batch is the mean of its samples' losses, else 1."""
    return Quotient(ONE, Size(SAMPLES)) if problem.batch == "mean" and problem.samples > 1 else ONE


def outputs(problem: Problem) -> Formula:
    """How many outputs a loss averages over: K, or 1."""
    k = units(problem.depth)
    return ONE if problem.size(k) == 1 else Size(k)


def derivative(problem: Problem, level: int, z: Formula, a: Formula, by: Slopes | None = None) -> Formula:
    """f′ as the notation, or as `by`, writes it: f′(z), by z as in σ(z)(1 − σ(z)), or by a as in a(1 − a)."""
    activation, by = problem.layer(level).activation, by or problem.notation.derivative
    if activation.name == "identity":
        return ONE
    if by == "preactivation" and activation.prime_from_preactivation:
        return activation.prime_from_preactivation(z, activation.parameter)
    if by == "activation" and activation.prime_from_activation:
        return activation.prime_from_activation(a, z, activation.parameter)
    return Function(activation.name, z, derivative=True, parameter=activation.parameter)
