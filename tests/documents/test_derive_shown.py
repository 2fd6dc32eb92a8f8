"""`derive --show`, `--all-units` and the schedules and signs: what is shown, and in which words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import backprop
from derivations import SOFTMAX, derive, fault, last_number


@pytest.mark.parametrize(
    ("show", "headings"),
    [
        ("local", ["Local derivatives"]),
        ("chain", ["The chain rule in the output layer", "The chain rule in the hidden layer"]),
        ("result", ["The gradients in the output layer", "The gradients in the hidden layer"]),
        ("recursion", ["Backwards, layer by layer", "In the output layer", "In the hidden layer"]),
    ],
)
def test_show_chooses_the_parts(show: str, headings: list[str]) -> None:
    data = json.loads(derive("umons", "--show", show, "--format", "json"))
    assert [section["title"] for section in data["sections"]] == headings


def test_parts_may_be_given_one_at_a_time_or_in_a_list() -> None:
    once = derive("umons", "--show", "local,recursion")
    assert derive("umons", "--show", "local", "--show", "recursion") == once
    assert derive("umons", "--show", " recursion , local,") == once


def test_the_default_is_what_the_handout_does() -> None:
    assert "Local derivatives" in derive("solutions-16")
    assert "Local derivatives" not in derive("regression-1-5-1")
    assert derive("umons") == derive("umons", "--show", "local,chain,result")


@pytest.mark.parametrize(
    ("show", "said"),
    [("chains", 'no part "chains"'), ("", "names no part"), (",", "names no part"), ("x", 'no part "x"')],
)
def test_an_unknown_part_is_told(show: str, said: str) -> None:
    message = fault("umons", "--show", show)
    assert said in message
    assert "local, chain, recursion, result" in message


def test_result_alone_gives_the_last_line_only() -> None:
    out = derive("umons", "--show", "result", "--of", "u")
    assert out.splitlines()[-1].split("=", 1)[1].split("for")[0].strip() == "∂L/∂gⱼ · xₖ"


def test_all_units_writes_each_equation_and_spells_out_its_numbers() -> None:
    symbols = derive("umons", "--all-units")
    assert all(f"∂L/∂u{place}" in symbols for place in ("₁₁", "₁₂", "₂₁", "₂₂", "₃₁", "₃₂"))
    assert "for j" not in symbols.split("The chain rule")[1]
    numbers = derive("w3wi-ds304", "--all-units")
    assert all(value in numbers for value in ("= 0.077", "= −0.178", "= 0.060", "= 0.06\n"))
    one = derive("umons", "--of", "w", "--all-units", "--show", "result")
    assert [line.strip()[:7] for line in one.splitlines()[-3:]] == ["∂L/∂w₁ ", "∂L/∂w₂ ", "∂L/∂w₃ "]


def test_samples_are_no_paths_and_one_output_no_addend() -> None:
    assert "several paths" not in derive("or-batch", "--show", "chain")
    assert "several paths" not in derive("or-batch", "--of", "W^(2)")
    assert "addends" not in derive("or-batch", "--show", "chain")
    hidden, output = (derive("w3wi-ds304", "--of", f"Θ_11[{layer}]") for layer in ("hid", "out"))
    assert ("several paths" in hidden, "addends" in hidden) == (True, False)
    assert ("several paths" in output, "addends" in output) == (False, True)


def test_all_units_needs_numbers_of_units() -> None:
    assert "is the letter K" in fault("solutions-16", "--all-units")


def test_online_training_is_derived_at_its_first_turn(tmp_path: Path) -> None:
    path = tmp_path / "online.toml"
    path.write_text('schedule = "online"\nlearning_rate = 0.1\n' + SOFTMAX.strip(), encoding="utf-8")
    solved = json.loads(backprop("solve", path, "--format", "json").out)
    delta = solved["layers"][1]["delta"][0][0]
    assert last_number(derive(path, "--of", "2.delta[1]")) == pytest.approx(delta, abs=5e-5)


def test_books_with_the_descent_sign_get_it(tmp_path: Path) -> None:
    path = tmp_path / "descent.toml"
    path.write_text(SOFTMAX + '[notation]\ndelta_sign = "descent"\n', encoding="utf-8")
    solved = json.loads(backprop("solve", path, "--format", "json").out)
    layer = solved["layers"][0]
    out = derive(path, "--of", "1.delta[1,2]")
    assert last_number(out) == pytest.approx(-layer["delta"][0][1], abs=5e-5)
    assert "= −∂L₁/∂z⁽¹⁾₁₂" in out
    weights = derive(path, "--of", "1.weights[2,1]")
    assert last_number(weights) == pytest.approx(layer["weight_gradient"][1][0], abs=5e-5)


def test_slopes_and_scales_stand_in_the_cases(deep: Path) -> None:
    out = " ".join(derive(deep).split())
    assert "= {0.1 if zᵢ(first) ≤ 0, 1 if zᵢ(first) > 0}" in out
    assert "= {e^zⱼ(second) if zⱼ(second) ≤ 0, 1 if zⱼ(second) > 0}" in out  # a scale of 1 is not written


def test_cases_break_after_a_comma(deep: Path) -> None:
    out = derive(deep, "--of", "first.weights", columns=52)
    assert "ᵢ(first) ≤ 0,\n" in out


def test_papers_put_a_brace_under_what_the_error_signal_stands_for() -> None:
    """W3WI's equation 6 labels the sum over the outputs as the error gradient."""
    latex = derive("w3wi-ds304", "--of", "Θ_11[hid]", "--show", "chain", "--format", "latex")
    signal = r"\frac{\partial \mathcal{J}(\Theta)}{\partial z_{n_1^{[\mathrm{hid}]}}}"
    assert latex.count("\\underbrace{\\left( \\sum") == 1
    assert f"\\right)}}_{{{signal}}} \\cdot" in latex
    assert 'class="braced"' in derive("w3wi-ds304", "--show", "chain", "--format", "html")
    # One factor alone is the error signal itself, and solutions-16 has an equation of its own for it.
    for name, of in (("w3wi-ds304", "out.weight_gradient"), ("solutions-16", "B")):
        assert "underbrace" not in derive(name, "--of", of, "--format", "latex")


def test_the_brace_of_a_descent_delta_has_its_sign(tmp_path: Path) -> None:
    file = tmp_path / "descent.toml"
    layer = "[[layers]]\nactivation = 'sigmoid'\nweights = [[1]]\n"
    file.write_text(
        "inputs = [1]\ntargets = [0]\nloss = 'half_squared_error'\nnotation = {delta_sign = 'descent'}\n"
        + layer,
        encoding="utf-8",
    )
    assert r"}_{- \delta} \cdot" in derive(file, "--show", "chain", "--format", "latex")
