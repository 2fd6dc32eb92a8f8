"""Whatever the program prints as a formula reads back as a right answer to its own line."""

from __future__ import annotations

import pytest

from backprop_cli import parse_problem, solve
from backprop_cli.documents.document import Equation, Equations
from backprop_cli.documents.equation_lines import UNNAMED, Lines
from backprop_cli.documents.worked_solution import solution_document
from backprop_cli.files.bundled import bundled_names
from backprop_cli.files.presets import PRESETS
from backprop_cli.files.problem_file import read_problem
from backprop_cli.grading.formulas import grade_formula
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.problem import PHASES, Problem
from backprop_cli.render.math_latex import LatexMath
from backprop_cli.render.text import TextMath

NETWORK = """
inputs = [[0.5, 0.1, 0.3], [0.2, 0.4, 0.7]]
targets = [[0.1, 0.9], [0.4, 0.3]]
loss = "{loss}"
learning_rate = 0.5
[[layers]]
activation = "tanh"
weights = [[0.1, 0.2, 0.3], [0.3, 0.4, 0.1], [0.5, 0.1, 0.2], [0.3, 0.3, 0.3]]
bias = [0.1, 0.2, 0.3, 0.4]
[[layers]]
activation = "{output}"
weights = [[0.5, 0.6, 0.1, 0.1], [0.7, 0.8, 0.1, 0.1]]
bias = [0.1, 0.3]
[notation]
{notation}
samples = "rows"
weight_order = "unit,input"
"""
WRITERS = {"text": TextMath().line, "ascii": TextMath(ascii=True).line, "latex": LatexMath().write}
SIGNS = {"latex": {"←": r"\leftarrow"}, "ascii": {"←": "="}}


def network(notation: str = "", loss: str = "half_squared_error", output: str = "sigmoid") -> Problem:
    text = NETWORK.format(loss=loss, output=output, notation=notation)
    return parse_problem(text, "network.toml", "network")


def problems() -> dict[str, Problem]:
    """The bundled networks, and one in each preset's notation."""
    bundled = {name: read_problem(name) for name in bundled_names()}
    found = {name: problem for name, problem in bundled.items() if isinstance(problem, Problem)}
    found |= {preset: network(f'preset = "{preset}"') for preset in PRESETS}
    return found | {"softmax": network("", "cross_entropy", "softmax")}


def printed(equation: Equation, form: str) -> str:
    """The equation's left side and its first right side, as one format has it."""
    write, signs = WRITERS[form], SIGNS.get(form, {})
    assert equation.left is not None
    first = equation.relations[0]
    return f"{write(equation.left)} {signs.get(first.sign, first.sign)} {write(first.right)}"


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", problems())
def test_each_general_line_reads_back_with_its_range(name: str, form: str) -> None:
    plan = make_plan(problems()[name])
    lines = Lines(plan, None)
    for step in plan.written():
        if step.quantity in UNNAMED:
            continue
        equation = lines.general(step)
        text = f"{printed(equation, form)}    {equation.condition}"
        result = grade_formula(plan, step, None, text)
        assert result.ok, f"{text}: {result.verdict.name}, {result.reason}"


@pytest.mark.parametrize("form", ["text", "latex"])
@pytest.mark.parametrize("name", ["or-batch", *PRESETS, "softmax"])
def test_each_line_of_a_matrix_layout_reads_back(name: str, form: str) -> None:
    """Lines are matched with their steps by what stands on the left."""
    problem = problems()[name] if name == "or-batch" else None
    if problem is None:
        own = f'preset = "{name}"\n' if name in PRESETS else ""
        softmax = ("cross_entropy", "softmax") if name == "softmax" else ("half_squared_error", "sigmoid")
        problem = network(f'{own}layout = "matrix"', *softmax)
    solution = solve(problem)
    plan = solution.traces[0].plan
    document, whole = (
        solution_document(plan, solution.traces, frozenset(PHASES)),
        Lines(plan, None).symbols.whole,
    )
    count = 0
    for block in document.blocks:
        for equation in block.items if isinstance(block, Equations) else ():
            if equation.left is None or not equation.relations:
                continue
            left = TextMath().line(equation.left)
            named = [step for step in plan.written() if step.quantity not in UNNAMED]
            steps = [step for step in named if TextMath().line(whole(step.ref)) == left]
            text = printed(equation, form)
            results = [grade_formula(plan, step, None, text) for step in steps]
            assert not steps or any(one.ok for one in results), f"{text}: {[one.reason for one in results]}"
            count += bool(steps)
    assert count >= 8
