"""Whatever the network and the notation, the solution fits its width, is cut nowhere, can be ASCII."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from any_network import ACTIVATIONS, LAYOUTS, LOSSES, numbers, toml
from command_line import backprop
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from backprop_cli import parse_problem, solve
from backprop_cli.documents import derivations
from backprop_cli.documents.worked_solution import solution_document
from backprop_cli.plan.plan import make_plan
from backprop_cli.plan.steps import Plan
from backprop_cli.problem.problem import PHASES, Problem
from backprop_cli.render.terminal import show


def text(source: str, width: int, *, ascii: bool = False, rounding: str | None = None) -> str:
    """The worked solution as it is printed at a width."""
    solution = solve(parse_problem(source, "any.toml", "any"), rounding=rounding)
    document = solution_document(solution.traces[0].plan, solution.traces, frozenset(PHASES))
    out = io.StringIO()
    show(document, Console(file=out, width=width, no_color=True), ascii=ascii)
    return out.getvalue()


def assert_fits(printed: str, width: int) -> None:
    wide = [line for line in printed.splitlines() if len(line) > width]
    assert not wide, f"{len(wide)} lines are wider than {width}, the first:\n{wide[0]}"
    cut = [line for line in printed.splitlines() if line.endswith("…")]
    assert not cut, f"a line was cut: {cut[0]}"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "backward", ["[]", '["activation"]', '["preactivation"]', '["activation", "preactivation"]']
)
@pytest.mark.parametrize("samples", ["rows", "columns"])
def test_every_notation_of_a_batch_fits_80_columns(layout: str, backward: str, samples: str) -> None:
    notation = f'layout = "{layout}"\nbackward = {backward}\n'
    source = toml([3, 4, 2, 2], 3, ["tanh", "relu", "softmax"], "cross_entropy", notation)
    if samples == "rows":
        assert_fits(text(source, 80), 80)
        assert text(source, 80, ascii=True).isascii()
    else:
        # In columns the samples stand the other way round in the file.
        turned = source.replace(
            str(numbers(3, 3, 1)), str([list(c) for c in zip(*numbers(3, 3, 1), strict=True)])
        )
        classes = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
        turned = turned.replace(str(classes), str([list(c) for c in zip(*classes, strict=True)]))
        assert_fits(text(turned + 'samples = "columns"', 80), 80)


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    samples=st.integers(1, 4),
    activations=st.lists(st.sampled_from(ACTIVATIONS), min_size=3, max_size=3),
    loss=st.sampled_from(LOSSES[:4]),
    layout=st.sampled_from(LAYOUTS),
    derivative=st.sampled_from(["prime", "preactivation", "activation"]),
    sign=st.sampled_from(["gradient", "descent"]),
    order=st.sampled_from(["weight,input,bias", "bias,weight,input"]),
    rounding=st.sampled_from(["carry", "each-step"]),
)
def test_any_network_fits_80_columns_in_any_layout(
    sizes: list[int],
    samples: int,
    activations: list[str],
    loss: str,
    layout: str,
    derivative: str,
    sign: str,
    order: str,
    rounding: str,
) -> None:
    notation = (
        f'layout = "{layout}"\nderivative = "{derivative}"\n'
        f'delta_sign = "{sign}"\npreactivation = "{order}"\n'
    )
    source = toml(sizes, samples, activations, loss, notation)
    printed = text(source, 80, rounding=rounding)
    assert_fits(printed, 80)
    assert "-" not in printed.replace("-y", ""), "a minus sign is written −"
    assert not re.search(r"[=≈←(,\[] *−0\.0+(?![\d·]| ·)", printed), "−0 is written 0"
    assert "+ −" not in printed, "a negative number after a sign needs brackets"
    assert "− −" not in printed, "a negative number after a sign needs brackets"
    assert text(source, 80, ascii=True, rounding=rounding).isascii()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_wide_batch_is_paged_by_columns_and_not_cut(layout: str) -> None:
    source = toml([3, 2, 1], 20, ["sigmoid", "sigmoid"], "squared_error", f'layout = "{layout}"')
    assert_fits(text(source, 80), 80)
    assert_fits(text(source, 60), 60)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error", "cross_entropy"])
def test_the_parts_of_a_loss_fit_though_they_have_no_symbol(loss: str, layout: str) -> None:
    """What stands before their equals sign is a formula, as wide as what follows it."""
    notation = f'layout = "{layout}"\nloss_steps = ["terms", "sum", "mean"]'
    source = toml([3, 2, 1], 12, ["sigmoid", "sigmoid"], loss, notation)
    assert_fits(text(source, 80), 80)
    assert_fits(text(source, 80, ascii=True), 80)


def test_hubers_function_is_spelled_out_with_its_threshold() -> None:
    source = toml([2, 1], 1, ["identity"], "huber", 'layout = "neurons"').replace(
        'loss = "huber"', 'loss = { name = "huber", threshold = 2 }'
    )
    printed = " ".join(text(source, 80).split())
    assert (
        "H(r) is ½·r² where |r| ≤ 2, and 2·(|r| − 2/2) beyond; H′(r) is r, held between −2 and 2." in printed
    )


def test_a_solution_with_every_signal_written_out_makes_that_plan_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def counted(problem: Problem) -> Plan:
        made.append(problem)
        return make_plan(problem)

    monkeypatch.setattr(derivations, "make_plan", counted)
    layers = '[[layers]]\nactivation = "generic"\nunits = 2\n' * 12
    text = 'features = 2\nloss = "half_squared_error"\n[notation]\nbackward = []\nderivation = ["expanded"]\n'
    (tmp_path / "deep.toml").write_text(text + layers, encoding="utf-8")
    assert backprop("solve", "deep.toml", folder=tmp_path).status == 0
    assert len(made) == 1
