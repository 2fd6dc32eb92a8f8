"""The headings of a worked solution, by phase and layer."""

from __future__ import annotations

from ..plan.steps import Step
from ..problem.problem import Problem

_QUANTITIES = {
    "activation_gradient": "Error gradient",
    "delta": "Error signal",
    "descent_delta": "Error signal",
    "weight_gradient": "Weight gradient",
    "bias_gradient": "Bias gradient",
}


def layer_title(problem: Problem, level: int) -> str:
    """A layer in words: the output layer, the hidden layer, hidden layer 2; the inputs for level 0."""
    if level == 0:
        return "the inputs"
    if level == problem.depth:
        return "the output layer"
    return "the hidden layer" if problem.depth == 2 else f"hidden layer {level}"


def steps_title(problem: Problem, steps: tuple[Step, ...]) -> str:
    """What a group of backward or gradient steps of one layer works out."""
    if steps[0].quantity == "input_gradient":
        return "Gradient of the inputs"
    names = [_QUANTITIES[step.quantity] for step in steps]
    where = layer_title(problem, steps[0].level)
    if names == ["Weight gradient", "Bias gradient"] or names == ["Bias gradient", "Weight gradient"]:
        return f"{names[0].split()[0]} and {names[1].split()[0].lower()} gradients in {where}"
    return f"{' and '.join([names[0], *(name.lower() for name in names[1:])])} in {where}"
