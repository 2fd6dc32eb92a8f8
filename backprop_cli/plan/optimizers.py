"""The optimizers: how a parameter moves once its gradient is known, as steps of the phase "update".

Glossary, for a parameter w with its gradient g = ∂L/∂w, in the t-th step
    decayed_gradient          g + λ·w, where L2 weight decay is asked for
    velocity                  v, what momentum and Nesterov's method move by
    first_moment              m, a running mean of g
    second_moment             s, a running mean of g²
    square_sum                G, the sum of all g² so far
    corrected_first_moment    m/(1 − β₁ᵗ), and so for the second: Adam's bias correction
A quantity's name ends in its parameter's (velocity_weights); what is kept from step to step begins with new_
once it is worked out anew.
Sources: Polyak (1964) and Sutskever et al. (2013) for momentum; Bengio et al. (2013) for Nesterov's method
in the form whose parameters are the ones looked ahead to; Hinton, *Neural Networks for Machine Learning*
(2012), lecture 6e, for RMSProp; Duchi et al. (2011) for AdaGrad; Kingma & Ba (2015) for Adam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from ..formula.arithmetic import Array, decimal
from ..formula.tree import ONE, Formula, Function, Key, Negation, Power, Quotient, Ref, add, product, subtract
from ..problem.equations import EquationProblem
from ..problem.problem import Numbers, Optimizer, Problem
from ..records import dataclass
from .steps import Step

RATE = Ref("learning_rate", 0)
VALUE = "value"  # what a parameter is called in a problem of equations, beside its symbol
# What is raised to the power of the step count t.
TO_THE_STEP = frozenset(("beta_1", "beta_2"))
Update = Iterator[tuple[str, Formula]]


@dataclass(frozen=True)
class Rule:
    """One optimizer: its settings with their defaults, what it keeps from step to step, and its forms.

    A form takes the parameter, its gradient, the quantity at a role and the step count, and gives
    (role, formula) in the order in which they are worked out; the role "" is the parameter itself.
    """

    title: str
    settings: Mapping[str, str]
    kept: tuple[str, ...]
    forms: Mapping[str, Form]


Quantity = Callable[[str], Ref]
Form = Callable[[Ref, Ref, Quantity, int], Update]


def _setting(name: str) -> Ref:
    return Ref(name, 0)


def _against(old: Ref, *factors: Formula) -> Formula:
    """w − η·factors."""
    return subtract(old, product(RATE, *factors))


def _descent(w: Ref, g: Ref, at: Quantity, t: int) -> Update:
    yield "", _against(w, g)


def _pushed(at: Quantity) -> Formula:
    return product(_setting("momentum"), at("velocity"))


def _momentum(w: Ref, g: Ref, at: Quantity, t: int) -> Update:
    yield "new_velocity", add(_pushed(at), g)
    yield "", _against(w, at("new_velocity"))


def _momentum_by_step(w: Ref, g: Ref, at: Quantity, t: int) -> Update:
    yield "new_velocity", subtract(_pushed(at), product(RATE, g))
    yield "", add(w, at("new_velocity"))


def _momentum_as_mean(w: Ref, g: Ref, at: Quantity, t: int) -> Update:
    yield "new_velocity", add(_pushed(at), product(subtract(ONE, _setting("momentum")), g))
    yield "", _against(w, at("new_velocity"))


def _nesterov(w: Ref, g: Ref, at: Quantity, t: int) -> Update:
    yield "new_velocity", add(_pushed(at), g)
    yield "", _against(w, add(g, product(_setting("momentum"), at("new_velocity"))))


def _nesterov_by_step(w: Ref, g: Ref, at: Quantity, t: int) -> Update:
    yield "new_velocity", subtract(_pushed(at), product(RATE, g))
    yield "", add(w, product(_setting("momentum"), at("new_velocity")), Negation(product(RATE, g)))


def _running_mean(of: Formula, old: Ref, share: Ref) -> Formula:
    """share·old + (1 − share)·of."""
    return add(product(share, old), product(subtract(ONE, share), of))


def _over_root(top: Formula, of: Formula) -> Formula:
    """top/(√of + ε)."""
    return Quotient(top, add(Function("sqrt", of), _setting("epsilon")))


def _under_root(top: Formula, of: Formula) -> Formula:
    """top/√(of + ε)."""
    return Quotient(top, Function("sqrt", add(of, _setting("epsilon"))))


Scaling = Callable[[Formula, Formula], Formula]


def _rmsprop(scaled: Scaling) -> Form:
    def form(w: Ref, g: Ref, at: Quantity, t: int) -> Update:
        yield "new_second_moment", _running_mean(Power(g, 2), at("second_moment"), _setting("decay"))
        yield "", _against(w, scaled(g, at("new_second_moment")))

    return form


def _adagrad(scaled: Scaling) -> Form:
    def form(w: Ref, g: Ref, at: Quantity, t: int) -> Update:
        yield "new_square_sum", add(at("square_sum"), Power(g, 2))
        yield "", _against(w, scaled(g, at("new_square_sum")))

    return form


def _adam(w: Ref, g: Ref, at: Quantity, t: int) -> Update:
    beta_1, beta_2 = _setting("beta_1"), _setting("beta_2")
    yield "new_first_moment", _running_mean(g, at("first_moment"), beta_1)
    yield "new_second_moment", _running_mean(Power(g, 2), at("second_moment"), beta_2)
    for moment, beta in (("first_moment", beta_1), ("second_moment", beta_2)):
        yield f"corrected_{moment}", Quotient(at(f"new_{moment}"), subtract(ONE, Power(beta, t)))
    yield "", _against(w, _over_root(at("corrected_first_moment"), at("corrected_second_moment")))


RULES: dict[str, Rule] = {
    "gradient_descent": Rule("gradient descent", {}, (), {"": _descent}),
    "momentum": Rule(
        "gradient descent with momentum",
        {"momentum": "0.9"},
        ("velocity",),
        {"gradient": _momentum, "step": _momentum_by_step, "mean": _momentum_as_mean},
    ),
    "nesterov": Rule(
        "Nesterov's accelerated gradient",
        {"momentum": "0.9"},
        ("velocity",),
        {"gradient": _nesterov, "step": _nesterov_by_step},
    ),
    "adagrad": Rule(
        "AdaGrad",
        {"epsilon": "1e-8"},
        ("square_sum",),
        {"outside": _adagrad(_over_root), "inside": _adagrad(_under_root)},
    ),
    "rmsprop": Rule(
        "RMSProp",
        {"decay": "0.9", "epsilon": "1e-8"},
        ("second_moment",),
        {"outside": _rmsprop(_over_root), "inside": _rmsprop(_under_root)},
    ),
    "adam": Rule(
        "Adam",
        {"beta_1": "0.9", "beta_2": "0.999", "epsilon": "1e-8"},
        ("first_moment", "second_moment"),
        {"": _adam},
    ),
}


def make_optimizer(name: str) -> Optimizer:
    """An optimizer by its name, with its settings as they usually are, before its first step."""
    rule = RULES[name]
    settings = {key: Numbers(np.array(float(text)), np.array(text)) for key, text in rule.settings.items()}
    return Optimizer(name, next(iter(rule.forms)), settings)


def updates(problem: Problem | EquationProblem, old: Ref, gradient: Ref) -> Iterator[Step]:
    """The steps that move one parameter, the last of them its new value."""
    optimizer, level, parameter = problem.optimizer, old.level, old.quantity

    def at(role: str) -> Ref:
        return Ref(_role_of(role, parameter), level, old.indices)

    def step(quantity: str, formula: Formula) -> Step:
        return Step(quantity, level, old.indices, formula, "update")

    if "weight_decay" in optimizer.settings and (parameter == VALUE or parameter in optimizer.decays):
        decayed = at("decayed_gradient")
        yield step(decayed.quantity, add(gradient, product(_setting("weight_decay"), old)))
        gradient = decayed
    form = RULES[optimizer.name].forms[optimizer.form]
    for role, formula in form(old, gradient, at, optimizer.taken + 1):
        yield step(at(role or "new").quantity, formula)


def _role_of(role: str, parameter: str) -> str:
    """What a quantity of a parameter is called: velocity_weights; of a symbol's value just the velocity."""
    return role if parameter == VALUE else f"{role}_{parameter}"


def kept_quantities(problem: Problem | EquationProblem) -> Iterator[tuple[Key, tuple[int, ...]]]:
    """What the optimizer keeps from step to step, with its shape: a value for each parameter that moves."""
    if isinstance(problem, EquationProblem):
        for symbol, parameter_numbers in problem.parameters.items():
            for role in RULES[problem.optimizer.name].kept:
                yield (role, symbol), parameter_numbers.values.shape
        return
    for level, layer in enumerate(problem.layers, start=1):
        for parameter, numbers in (("weights", layer.weights), ("bias", layer.bias)):
            if numbers is None or parameter in layer.frozen:
                continue
            shared = parameter == "bias" and layer.shares_bias
            for role in RULES[problem.optimizer.name].kept:
                yield (f"{role}_{parameter}", level), () if shared else numbers.values.shape


def optimizer_numbers(problem: Problem | EquationProblem) -> dict[Key, Numbers]:
    """The settings, and what was kept from the step before: zeros before the first."""
    optimizer = problem.optimizer
    found = {(name, 0): numbers for name, numbers in optimizer.settings.items()}
    for key, shape in kept_quantities(problem):
        found[key] = optimizer.state.get(key) or Numbers(np.zeros(shape), np.full(shape, "0"))
    return found


def moved_on(problem: Problem | EquationProblem, values: Mapping[Key, Array]) -> Optimizer:
    """The optimizer after a step, keeping what that step has worked out."""
    digits = problem.digits["update"]
    state: dict[Key, Numbers] = {}
    for (quantity, level), shape in kept_quantities(problem):
        if (f"new_{quantity}", level) not in values:  # a parameter that the objective does not depend on
            continue
        new = values[f"new_{quantity}", level].reshape(shape)
        texts = [decimal(float(value), digits) for value in new.flat]
        state[quantity, level] = Numbers(new.copy(), np.array(texts, dtype=object).reshape(shape))
    return replace(problem.optimizer, taken=problem.optimizer.taken + 1, state=state)
