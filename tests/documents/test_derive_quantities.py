"""`derive --of`: the names of quantities, and what is said of a name there is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from derivations import SOFTMAX, derive, fault, last_number


@pytest.mark.parametrize(
    "of",
    [
        "Θ_11[out]", "Θ₁₁[out]", "Theta_11[out]", "Θ_{11}^{[out]}", "out.weights[1,1]",
        r"\Theta_{11}^{[out]}", r"\frac{\partial J}{\partial \Theta_{11}^{[out]}}",
        "out.weight_gradient[1,1]", "out.weight_gradient[1, 1]", "∂J/∂Θ_11[out]", "dJ(Θ)/dTheta_11[out]",
    ],
)  # fmt: skip
def test_a_cell_can_be_typed_in_many_ways(of: str) -> None:
    out = derive("w3wi-ds304", "--of", of)
    assert last_number(out) == 0.077
    assert out == derive("w3wi-ds304", "--of", "Θ_11[out]")


@pytest.mark.parametrize(
    ("of", "shown"),
    [
        ("w^(2)_12", "∂L/∂w⁽²⁾₁₂"),
        ("w_12^(2)", "∂L/∂w⁽²⁾₁₂"),
        ("w⁽²⁾₁₂", "∂L/∂w⁽²⁾₁₂"),
        ("b^(1)", "∂L/∂b⁽¹⁾ⱼ"),
        ("b^(1)_2", "∂L/∂b⁽¹⁾₂"),
        ("2.bias_gradient[2]", "∂L/∂b⁽²⁾₂"),
        ("δ^(1)", "δ⁽¹⁾ₛⱼ"),
        ("delta^(1)", "δ⁽¹⁾ₛⱼ"),
        ("1.delta[2,3]", "δ⁽¹⁾₂₃"),
        ("a^(1)", "∂Lₛ/∂a⁽¹⁾ₛⱼ"),
        ("1.activation_gradient[1,2]", "∂L₁/∂a⁽¹⁾₁₂"),
    ],
)
def test_quantities_of_a_batch(softmax: Path, of: str, shown: str) -> None:
    out = derive(softmax, "--of", of, "--show", "result")
    assert any(line.strip().startswith(f"{shown} ") for line in out.splitlines()), out


@pytest.mark.parametrize(("of", "shown"), [("w5", "w₅"), ("w_6", "w₆"), ("b3", "b₃"), ("third.bias", "b₃")])
def test_weights_with_names_of_their_own(deep: Path, of: str, shown: str) -> None:
    assert f"∂L/∂{shown}" in derive(deep, "--of", of)


def test_a_symbol_of_two_layers_is_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "unmarked.toml"
    file.write_text(SOFTMAX + '[notation]\nlayer_mark = "none"\n', encoding="utf-8")
    assert fault(file, "--of", "w") == (
        'error: "w" could be 2.weight_gradient or 1.weight_gradient\n  = help: write --of 2.weight_gradient\n'
    )
    assert '"w_11" could be 2.weight_gradient[1,1] or 1.weight_gradient[1,1]' in fault(file, "--of", "w_11")
    assert '"δ_11" could be 2.delta[1,1] or 1.delta[1,1]' in fault(file, "--of", "δ_11")


def test_a_symbol_without_its_layers_mark_is_found_or_told_apart(softmax: Path) -> None:
    assert derive("or-batch", "--of", "W_11") == derive("or-batch", "--of", "W^(1)_11")
    assert '"Θ" could be out.weight_gradient or hid.weight_gradient' in fault("w3wi-ds304", "--of", "Θ")
    assert '"b" could be 2.bias_gradient or 1.bias_gradient' in fault(softmax, "--of", "b")


def test_an_unknown_quantity_lists_the_known_ones() -> None:
    assert fault("solutions-16", "--of", "beta") == (
        'error: no quantity is called "beta"\n'
        "  = help: known: ∂L/∂w (2.activation_gradient), ∂L/∂a_k (1.activation_gradient), ∂L/∂z_k (1.delta), "
        "c (2.bias_gradient), γ_k (2.weight_gradient), B_j,k (1.weight_gradient), α_k (1.bias_gradient)\n"
    )


@pytest.mark.parametrize(
    ("of", "message", "help"),
    [
        ("w_11^(1)", 'no quantity is called "w_11^(1)"', "did you mean W^(1)_11?"),
        ("3.weight_gradient", 'no layer is called "3"', "known: "),
        ("2.wieght_gradient", 'no quantity is called "2.wieght_gradient"', "did you mean 2.weight_gradient?"),
        ("2.weights[1]", '"2.weights[1]" has 1 index, expected 2', "it takes [unit,input]"),
        ("2.delta[1]", '"2.delta[1]" has 1 index, expected 2', "it takes [sample,unit]"),
        ("2.weights[1,3]", '"2.weights[1,3]" asks for input 3, and there are 2', ""),
        ("2.weights[0,1]", '"2.weights[0,1]" asks for unit 0, and there are 1', ""),
        (" ", "--of is empty", "known: "),
    ],
)
def test_a_wrong_quantity_is_told(of: str, message: str, help: str) -> None:
    said = fault("or-batch", "--of", of)
    assert said.startswith(f"error: {message}\n")
    assert help in said


def test_a_cell_where_the_size_is_a_letter_is_told() -> None:
    said = fault("solutions-16", "--of", "1.weights[1,1]")
    assert "is the letter K" in said
    assert "--values random" in said
