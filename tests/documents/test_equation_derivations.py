"""Derivations and graphs of equations: local derivatives, the chain, what flows back through operations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backprop_cli import load, solve
from backprop_cli.documents.equation_derivation import equation_derivation
from backprop_cli.documents.operation_graph import operation_figure, operation_graph
from backprop_cli.errors import InputError
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.equations import EquationProblem
from backprop_cli.render.equation_text import sections
from backprop_cli.render.operations_text import operations_text

FOLDER = Path(__file__).parents[1] / "cases" / "equations"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/problem.toml"))


def problem(name: str) -> EquationProblem:
    found = load(str(FOLDER / name / "problem.toml"))
    assert isinstance(found, EquationProblem)
    return found


def text_of(name: str, **options: object) -> str:
    document = equation_derivation(make_plan(problem(name)), **options)  # type: ignore[arg-type]  # of and show
    lines: list[str] = []
    for section in sections(document, ascii=False):
        lines.append(str(section["title"]))
        for equation in section["equations"]:
            lines += [f"{equation['left']} {step['sign']} {step['right']}" for step in equation["steps"]]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "of", "lines"),
    [
        ("circuit_add_multiply", "x", ["∂f/∂q = z", "∂q/∂x = 1", "∂f/∂x = ∂f/∂q", "∂f/∂x = z"]),
        ("line_through_three_points", "m", ["∂pᵢ/∂m = xᵢ", "∂L/∂m = Σᵢ ∂L/∂pᵢ · xᵢ"]),
        ("batch_norm", "dL/dgamma", ["∂yᵢ/∂γ = hᵢ", "∂L/∂γ = Σᵢ (yᵢ − tᵢ)·hᵢ"]),
        ("mlp_2_3_1", "gradient.u", ["∂gⱼ/∂uⱼₖ = xₖ", "∂z/∂hⱼ = wⱼ"]),
    ],
)
def test_a_gradient_is_derived_link_by_link(name: str, of: str, lines: list[str]) -> None:
    text = text_of(name, of=of)
    for line in lines:
        assert line in text, text


def test_the_loss_itself_has_no_derivation() -> None:
    with pytest.raises(InputError, match='"L" is the objective itself'):
        text_of("mlp_2_3_1", of="L")


def test_only_the_parts_asked_for_are_shown() -> None:
    assert "Chain rule" not in text_of("mlp_2_3_1", of="u", show=frozenset(("local",)))


@pytest.mark.parametrize("name", NAMES)
def test_what_flows_back_through_the_operations_is_the_gradient(name: str) -> None:
    expected = json.loads((FOLDER / name / "expected.json").read_text(encoding="utf-8"))
    graph = operation_graph(solve(problem(name)).traces[0])  # type: ignore[call-overload]  # of equations
    found: dict[str, float] = {}
    for node in graph.nodes:
        for name_of in (node.symbol, node.name if not node.inputs else None):
            if name_of is not None and not node.constant:
                found[str(name_of)] = node.gradient
    numbers = sorted(found.values())
    for symbol, gradient in expected["gradients"].items():
        if symbol in problem(name).given and name == "softmax_of_given_logits":
            continue
        for value in np.asarray(gradient).reshape(-1):
            assert min(abs(number - value) for number in numbers) < 1e-9, symbol


def test_the_graph_as_text_has_values_and_gradients_of_every_operation() -> None:
    lines = operations_text(operation_graph(solve(problem("circuit_add_multiply")).traces[0]))  # type: ignore[call-overload]  # of equations
    assert [line.split() for line in lines[2:]] == [
        ["x", "−2.0000", "−4.0000"],
        ["y", "5.0000", "−4.0000"],
        ["q", "=", "x", "+", "y", "3.0000", "−4.0000"],
        ["z", "−4.0000", "3.0000"],
        ["f", "=", "q·z", "−12.0000", "1.0000"],
    ]


def test_the_drawing_has_an_arrow_for_every_use() -> None:
    graph = operation_graph(solve(problem("circuit_add_multiply")).traces[0])  # type: ignore[call-overload]  # of equations
    figure = operation_figure(graph, "a circuit")
    assert sum(getattr(part, "arrow", False) for part in figure.parts) == 4
