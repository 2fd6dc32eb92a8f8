"""rule = "perceptron", epochs, and the threshold activations `step` and `sign`: what goes with what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..functions.losses import MISTAKES, Loss
from ..problem.problem import Layer, Numbers, Problem
from .keys import Table, describe, name_out_of

RULES = ("gradient", "perceptron")
MOST_EPOCHS = 100
MOST_TURNS = 10_000


def read_rule(document: Table) -> str:
    """The rule by which the weights move. Raises InputError for one beside a loss, or another schedule."""
    if "rule" not in document:
        return RULES[0]
    rule = name_out_of(document["rule"], RULES, ("rule",), "rule", "rules")
    if rule == "gradient":
        return rule
    for key, why in (
        ("loss", "the perceptron rule has no loss: it moves by η·(t − o)·x"),
        ("penalty", "a penalty belongs to a loss, and the perceptron rule has none"),
        ("optimizer", "the perceptron rule is a rule of its own, without an optimizer"),
        ("batch", "the perceptron rule moves after each sample, so there is no batch"),
    ):
        if key in document:
            raise InputError(why, path=(key,), help="leave this line out")
    if document.get("schedule", "online") != "online":
        raise InputError(
            "the perceptron rule moves after each sample",
            path=("schedule",),
            help='leave the line out, or write schedule = "online"',
        )
    return rule


def perceptron_loss(layers: tuple[Layer, ...]) -> Loss:
    """What counts a perceptron's mistakes. Raises InputError for a network that the rule is not for."""
    if len(layers) > 1:
        raise InputError(
            "the perceptron rule is for a single layer",
            path=("layers", 1),
            help="hidden layers learn by gradients: give a loss in place of the rule",
        )
    name = layers[0].activation.name
    if name not in MISTAKES:
        raise InputError(
            f'the perceptron rule needs the activation "step" or "sign", not "{name}"',
            path=("layers", 0, "activation"),
            help='with "identity", a loss and schedule = "online" it is the delta rule',
        )
    return MISTAKES[name]


def check_thresholds(layers: tuple[Layer, ...]) -> None:
    """Raises InputError for a threshold in a network that learns by gradients."""
    for position, layer in enumerate(layers):
        if layer.activation.flat:
            raise InputError(
                f'"{layer.activation.name}" has the derivative 0 everywhere, so no gradient passes it',
                path=("layers", position, "activation"),
                help='a single layer of it learns by rule = "perceptron", in place of a loss',
            )


def with_epochs(problem: Problem, document: Table) -> Problem:
    """The problem with its samples presented once for each epoch; a perceptron's until one has no mistake."""
    wanted = document.get("epochs")
    path = ("epochs",)
    if wanted is not None and (type(wanted) is not int or not 1 <= wanted <= MOST_EPOCHS):
        said = f"{wanted}" if type(wanted) is int and abs(wanted) < 10**9 else describe(wanted)
        raise InputError(f"epochs must be a whole number from 1 to {MOST_EPOCHS}, not {said}", path=path)
    if wanted is not None and problem.schedule != "online":
        raise InputError(
            "epochs are passes over the samples one by one",
            path=path,
            help='write schedule = "online" beside it; steps from all samples at once are taken by `step`',
        )
    if problem.inputs is None or problem.rule != "perceptron":
        return problem if wanted is None else repeated(problem, wanted)
    return repeated(problem, _until_right(problem) if wanted is None else wanted)


def repeated(problem: Problem, epochs: int) -> Problem:
    """The problem with its samples presented so many times."""
    if problem.inputs is None or problem.targets is None or epochs == 1:
        return problem
    if epochs * problem.samples > MOST_TURNS:
        raise InputError(
            f"{epochs} epochs of {problem.samples} samples are more than {MOST_TURNS} turns",
            path=("epochs",),
            help="`step` takes many epochs, and shows the parameters behind them",
        )
    inputs, targets = (
        Numbers(np.tile(numbers.values, (epochs, 1)), np.tile(numbers.texts, (epochs, 1)))
        for numbers in (problem.inputs, problem.targets)
    )
    return replace(problem, inputs=inputs, targets=targets, epochs=epochs)


def _until_right(problem: Problem) -> int:
    """How many epochs it takes until one makes no mistake."""
    from ..values.solution import solve

    most = max(1, min(MOST_EPOCHS, MOST_TURNS // problem.samples))
    moving = problem
    for epoch in range(1, most + 1):
        solution = solve(moving)
        if solution.loss == 0:
            return epoch
        moving = solution.next_problem()
    raise InputError(
        f"after {most} epochs the perceptron still makes mistakes",
        help="no line may part the classes (XOR is such a case); epochs = 3 shows the first three",
    )
