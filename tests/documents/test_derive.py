"""`derive`: activations, widths, alignment, ASCII, JSON, files and golden files."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from any_network import ACTIVATIONS as NAMES
from any_network import LAYOUTS, LOSSES, toml
from command_line import backprop
from derivations import derive, fault, last_number
from golden import FOLDER
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from backprop_cli import parse_problem, solve
from backprop_cli.documents.derive import derivation_document
from backprop_cli.documents.derive_activation import derivable
from backprop_cli.render.terminal import show


@pytest.mark.parametrize("name", derivable())
@pytest.mark.parametrize("columns", [80, 120])
def test_an_activation_is_derived_within_the_width(name: str, columns: int) -> None:
    out = derive("--activation", name, columns=columns)
    assert all(len(line) <= columns for line in out.splitlines())
    assert out.count("=") >= 2


def test_an_activation_of_another_name_is_told_the_known_ones() -> None:
    assert 'no derivation of an activation function "sigmoit"' in fault("--activation", "sigmoit")
    assert "did you mean sigmoid?" in fault("--activation", "sigmoit")


def test_an_activation_takes_no_problem() -> None:
    assert "takes neither a problem nor --of" in fault("umons", "--activation", "tanh")
    assert "takes neither a problem nor --of" in fault("--of", "B", "--activation", "tanh")


BUNDLED = ("solutions-16", "umons", "regression-1-5-1", "w3wi-ds304", "or-batch")


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("problem", [*BUNDLED, "softmax", "deep"])
def test_nothing_is_wider_than_the_terminal(problem: str, columns: int, softmax: Path, deep: Path) -> None:
    source = {"softmax": softmax, "deep": deep}.get(problem, problem)
    for options in ([], ["--show", "local,chain,recursion,result"], ["--ascii"]):
        out = derive(source, *options, columns=columns)
        assert max(map(len, out.splitlines())) <= columns, options


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=4),
    samples=st.integers(1, 3),
    activations=st.lists(st.sampled_from(NAMES), min_size=3, max_size=3),
    loss=st.sampled_from(LOSSES[:4]),
    layout=st.sampled_from(LAYOUTS),
    backward=st.sampled_from(
        ["[]", '["activation"]', '["preactivation"]', '["activation", "preactivation"]']
    ),
    derivative=st.sampled_from(["prime", "preactivation", "activation"]),
    rounding=st.sampled_from(["carry", "each-step"]),
)
def test_any_network_is_derived_within_80_columns(
    sizes: list[int],
    samples: int,
    activations: list[str],
    loss: str,
    layout: str,
    backward: str,
    derivative: str,
    rounding: str,
) -> None:
    notation = f'layout = "{layout}"\nbackward = {backward}\nderivative = "{derivative}"'
    source = toml(sizes, samples, activations[: len(sizes) - 1], loss, notation)
    trace = solve(parse_problem(source, "any.toml", "any"), rounding=rounding).traces[0]
    everything = frozenset(("local", "chain", "recursion", "result"))
    cell = "1.weights[1,1]"
    for options in ({}, {"of": cell}, {"of": "1.delta"}, {"all_units": True}):
        document = derivation_document(trace.plan, trace, show=everything, **options)
        for ascii in (False, True):
            out = io.StringIO()
            show(document, Console(file=out, width=80, no_color=True), ascii=ascii)
            assert all(len(line) <= 80 for line in out.getvalue().splitlines()), options
            assert out.getvalue().isascii() or not ascii
        if options.get("of") == cell:
            shown = last_number(out.getvalue())
            assert shown == pytest.approx(trace["weight_gradient", 1][0, 0], abs=5.1e-5)


@pytest.mark.parametrize("problem", BUNDLED)
def test_equations_are_aligned_on_their_signs(problem: str) -> None:
    """In each group of equations the first signs stand in one column."""
    out = derive(problem, "--show", "chain,result")
    groups = [group for group in re.split(r"\n\s*\n|\n(?=The )", out) if "∂" in group]
    for group in groups:
        places = {line.index(" = ") for line in group.splitlines() if re.match(r"\s+(∂\S+|δ\S+)?\s*= ", line)}
        assert len(places) <= 1, group


@pytest.mark.parametrize("problem", BUNDLED)
def test_ascii_is_ascii(problem: str) -> None:
    for options in (["--show", "local,chain,recursion,result"], ["--format", "json"]):
        assert derive(problem, *options, "--ascii").isascii()
    assert derive("w3wi-ds304", "--of", "Theta_11[out]", "--ascii").isascii()


def test_unlike_is_not_alike_in_ascii() -> None:
    assert "dz_m/dB_j,k = 0    for m != k" in derive("solutions-16", "--ascii")


def test_json_holds_the_equations() -> None:
    data = json.loads(derive("solutions-16", "--of", "B", "--format", "json"))
    assert data["schema"] == "backprop.derivation/1"
    assert data["problem"] == "solutions-16"
    local, chain = data["sections"]
    assert local["title"] == "Local derivatives"
    assert local["equations"][0] == {
        "left": "∂L/∂w", "steps": [{"sign": "=", "right": "w − y"}], "condition": "", "note": "",
    }  # fmt: skip
    assert chain["equations"][0]["condition"] == "for j = 1, …, P and k = 1, …, K"
    assert [step["right"] for step in chain["equations"][0]["steps"]][-1] == "(w − y) · γₖ · σ′(zₖ) · xⱼ"
    assert json.loads(derive("--activation", "tanh", "--format", "json"))["problem"] == "tanh"


def test_a_file_gets_the_text(tmp_path: Path) -> None:
    file = tmp_path / "derivation.txt"
    assert derive("umons", "-o", file) == ""
    assert file.read_text(encoding="utf-8") == derive("umons")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("derive-solutions-16.txt", ["solutions-16"]),
        ("derive-umons.txt", ["umons"]),
        ("derive-regression-1-5-1.txt", ["regression-1-5-1"]),
        ("derive-w3wi-ds304-out.txt", ["w3wi-ds304", "--of", "Θ_11[out]"]),
        ("derive-w3wi-ds304-hid.txt", ["w3wi-ds304", "--of", "Θ_11[hid]"]),
        ("derive-or-batch-recursion.txt", ["or-batch", "--show", "recursion"]),
        ("derive-softmax-cross-entropy.txt", ["--activation", "softmax-cross-entropy"]),
    ],
)
def test_golden(name: str, arguments: list[str]) -> None:
    assert derive(*arguments) == (FOLDER / name).read_text(encoding="utf-8")


HUBER = """
inputs = [[0.5, -0.4]]
targets = [[0.3]]
loss = { name = "huber", threshold = 0.3 }
[[layers]]
activation = "identity"
weights = [[0.2, -0.3]]
"""


def test_the_slope_of_hubers_function_is_said(tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(HUBER, encoding="utf-8")
    assert (
        "H′(x) = {−3/10 if x ≤ −3/10, x if −3/10 < x ≤ 3/10, 3/10 if x > 3/10}"
        in backprop("derive", folder=tmp_path).out
    )


def test_a_handout_in_matrices_gets_its_matrix_equations_too() -> None:
    after = backprop("derive", "or-batch").out.partition("In matrices\n")[2]
    assert "  δ⁽¹⁾     = ((W⁽²⁾)ᵀ · δ⁽²⁾) ⊙ a⁽¹⁾ ⊙ (1 − a⁽¹⁾)\n" in after
    assert "In matrices" not in backprop("derive", "umons").out


def test_the_slope_of_the_activation_is_a_line_where_the_handout_has_one() -> None:
    assert "  σ′(zᵢ) = hᵢ·(1 − hᵢ) " in backprop("derive", "regression-1-5-1").out


def test_a_slope_does_not_come_back_once_its_value_is_told() -> None:
    said = backprop("derive", "w3wi-ds304", "--of", "Θ_11[hid]").out.partition("Chain rule")[2]
    assert "ReLU′" not in said[said.index("· 1 · 1") :]
