"""Gradients of equations as people type them, against central differences of a forward pass of its own."""

from __future__ import annotations

import json

import numpy as np
import pytest
from command_line import backprop
from typed_equations import PROBLEMS, Exercise
from typed_wholes import PROBLEMS as WHOLES

STEP = 1e-6


def toml(exercise: Exercise) -> str:
    """The exercise as a problem file."""
    tables = {"given": exercise.given, "parameters": exercise.parameters}
    lines = [f'title = "{exercise.name}"', "learning_rate = 0.1", f"equations = '''{exercise.equations}'''"]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f'"{key}" = {np.asarray(value).tolist()}' for key, value in table.items())]
    if exercise.functions:
        lines += ["[functions]", exercise.functions]
    return "\n".join(lines) + "\n"


def difference(exercise: Exercise, name: str) -> np.ndarray:
    """∂objective/∂parameter by central differences."""
    value = np.asarray(exercise.parameters[name], dtype=np.float64)
    found = np.zeros(value.shape)
    for place in np.ndindex(value.shape):
        ends = []
        for sign in (1, -1):
            moved = value.copy()
            moved[place] += sign * STEP
            ends.append(exercise.objective(**{**exercise.given, **exercise.parameters, name: moved}))
        found[place] = (ends[0] - ends[1]) / (2 * STEP)
    return found


@pytest.mark.parametrize("exercise", [*PROBLEMS, *WHOLES], ids=lambda exercise: exercise.name)
def test_objective_gradients_and_update_are_those_of_plain_numpy(exercise: Exercise) -> None:
    ran = backprop("solve", "-", "--format", "json", stdin=toml(exercise).encode())
    assert ran.status == 0, ran.err
    solved = json.loads(ran.out)
    due = exercise.objective(**exercise.given, **exercise.parameters)
    assert solved["values"][solved["objective"]] == pytest.approx(due, rel=1e-9)
    for name, value in exercise.parameters.items():
        gradient = difference(exercise, name)
        np.testing.assert_allclose(solved["gradients"][name], gradient, rtol=1e-5, atol=1e-7, err_msg=name)
        np.testing.assert_allclose(solved["new"][name], value - 0.1 * gradient, rtol=1e-5, atol=1e-6)
