"""`backprop derive` against the papers: the expected lines are written by hand from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import backprop

from backprop_cli.files.bundled import bundled_path


def lines(*arguments: str) -> list[str]:
    """What is printed, each line without the blanks around it and with single ones inside."""
    ran = backprop("derive", *arguments, columns=80)
    assert (ran.status, ran.err) == (0, "")
    return [" ".join(line.split()) for line in ran.out.splitlines() if line.strip()]


def follows(printed: list[str], expected: str) -> None:
    """Every expected line is printed, in this order."""
    rest = iter(printed)
    for line in filter(None, map(str.strip, expected.splitlines())):
        assert any(each == line for each in rest), f"not printed, or not in this order: {line}"


def test_solutions_16_step_by_step() -> None:
    """Steps 1 to 6, then 11.5 to 11.10 with what the reader puts in, and the final four."""
    follows(
        lines("solutions-16"),
        """
        Step 1
        ∂zₖ/∂Bⱼ,ₖ = xⱼ for j = 1, …, P and k = 1, …, K
        ∂zₖ/∂αₖ = 1 for k = 1, …, K
        ∂aₖ/∂zₖ = σ′(zₖ) for k = 1, …, K
        ∂w/∂γₖ = aₖ for k = 1, …, K
        ∂w/∂c = 1
        ∂L/∂w = w − y
        ∂zₘ/∂Bⱼ,ₖ = 0 for m ≠ k
        Step 7: the second layer
        ∂L/∂c = ∂L/∂w · ∂w/∂c
        = (w − y)·1
        = w − y (11.5)
        ∂L/∂γₖ = ∂L/∂w · ∂w/∂γₖ
        = (w − y)·aₖ for k = 1, …, K (11.6)
        ∂L/∂Bⱼ,ₖ = ∂L/∂zₖ · ∂zₖ/∂Bⱼ,ₖ
        = ∂L/∂w · ∂w/∂aₖ · ∂aₖ/∂zₖ · ∂zₖ/∂Bⱼ,ₖ
        = (w − y) · γₖ · σ′(zₖ) · xⱼ for j = 1, …, P and k = 1, …, K
        (11.7)
        ∂L/∂αₖ = ∂L/∂zₖ · ∂zₖ/∂αₖ
        = ∂L/∂w · ∂w/∂aₖ · ∂aₖ/∂zₖ · ∂zₖ/∂αₖ
        = (w − y) · γₖ · σ′(zₖ) · 1
        = (w − y) · γₖ · σ′(zₖ) for k = 1, …, K (11.9)
        """,
    )


def test_umons_seven_backward_equations() -> None:
    """Each ends with the paper's line: the last of its own."""
    printed = lines("umons")
    follows(
        printed,
        """
        ∂L/∂z = 2·(z − y)
        ∂L/∂wⱼ = ∂L/∂z · ∂z/∂wⱼ
        = ∂L/∂z · hⱼ for j = 1, 2, 3
        ∂L/∂c = ∂L/∂z · ∂z/∂c
        = ∂L/∂z
        ∂L/∂hⱼ = ∂L/∂z · ∂z/∂hⱼ
        = ∂L/∂z · wⱼ for j = 1, 2, 3
        ∂L/∂gⱼ = ∂L/∂hⱼ · ∂hⱼ/∂gⱼ
        = ∂L/∂hⱼ · σ(gⱼ) · (1 − σ(gⱼ)) for j = 1, 2, 3
        ∂L/∂uⱼₖ = ∂L/∂z · ∂z/∂hⱼ · ∂hⱼ/∂gⱼ · ∂gⱼ/∂uⱼₖ
        = 2 · (z − y) · wⱼ · σ(gⱼ) · (1 − σ(gⱼ)) · xₖ
        = ∂L/∂gⱼ · xₖ for j = 1, 2, 3 and k = 1, 2
        ∂L/∂bⱼ = ∂L/∂z · ∂z/∂hⱼ · ∂hⱼ/∂gⱼ · ∂gⱼ/∂bⱼ
        = ∂L/∂gⱼ for j = 1, 2, 3
        """,
    )
    follows(printed, "∂hⱼ/∂gⱼ = σ(gⱼ)·(1 − σ(gⱼ)) for j = 1, 2, 3")


def test_regression_in_its_four_steps() -> None:
    follows(
        lines("regression-1-5-1"),
        """
        ∂E/∂ŷ = ŷ − y
        ∂E/∂vᵢ = ∂E/∂ŷ · ∂ŷ/∂vᵢ
        = (ŷ − y)·hᵢ for i = 1, 2, 3, 4, 5
        ∂E/∂c = ∂E/∂ŷ · ∂ŷ/∂c
        = ŷ − y
        ∂E/∂zᵢ = ∂E/∂ŷ · ∂ŷ/∂hᵢ · ∂hᵢ/∂zᵢ
        = (ŷ − y) · vᵢ · σ′(zᵢ)
        = (ŷ − y) · vᵢ · hᵢ · (1 − hᵢ) for i = 1, 2, 3, 4, 5
        ∂E/∂wᵢ = ∂E/∂zᵢ · ∂zᵢ/∂wᵢ
        = (ŷ − y) · vᵢ · hᵢ · (1 − hᵢ) · x for i = 1, 2, 3, 4, 5
        ∂E/∂bᵢ = ∂E/∂zᵢ · ∂zᵢ/∂bᵢ
        = (ŷ − y) · vᵢ · hᵢ · (1 − hᵢ) for i = 1, 2, 3, 4, 5
        """,
    )


def test_w3wi_equation_5_with_its_numbers() -> None:
    """0.60 · σ(−0.85)(1 − σ(−0.85)) · 0.61 = 0.077, as solve gives it."""
    printed = lines("w3wi-ds304", "--of", "Θ_11[out]")
    follows(
        printed,
        """
        ∂J/∂z(n₁[out]) = 2·(z(n₁[out]) − y₁)
        ∂z(n₁[out])/∂p(n₁[out]) = g′(p(n₁[out]))
        = σ(p(n₁[out]))·(1 − σ(p(n₁[out])))
        ∂p(n₁[out])/∂Θ₁₁[out] = z(n₁[hid])
        ∂p(n₂[out])/∂Θ₁₁[out] = 0
        ∂J/∂z(n₁[out]) = 2·(0.30 − 0) = 0.60
        ∂z(n₁[out])/∂p(n₁[out]) = σ(−0.85)·(1 − σ(−0.85)) ≈ 0.2098
        ∂p(n₁[out])/∂Θ₁₁[out] = z(n₁[hid]) = 0.61
        ∂J/∂Θ₁₁[out] = ∂J/∂z(n₁[out]) · ∂z(n₁[out])/∂p(n₁[out])
        · ∂p(n₁[out])/∂Θ₁₁[out]
        = 2 · (z(n₁[out]) − y₁) · g′(p(n₁[out])) · z(n₁[hid])
        = 0.60 · σ(−0.85) · (1 − σ(−0.85)) · 0.61
        ≈ 0.60 · 0.2098 · 0.61
        = 0.077
        """,
    )
    assert any("other addends are constant" in line for line in printed)


def test_w3wi_equation_6_with_its_numbers() -> None:
    follows(
        lines("w3wi-ds304", "--of", "Θ_11[hid]"),
        """
        ∂p(nₖ[out])/∂z(n₁[hid]) = Θₖ₁[out]
        ∂z(n₁[hid])/∂p(n₁[hid]) = g′(p(n₁[hid]))
        = {0 if p(n₁[hid]) ≤ 0, 1 if p(n₁[hid]) > 0}
        ∂p(n₁[hid])/∂Θ₁₁[hid] = x₁
        ∂p(n₂[out])/∂z(n₁[hid]) = Θ₂₁[out] = −0.81
        ∂z(n₁[hid])/∂p(n₁[hid]) = ReLU′(0.61) = 1
        ∂J/∂Θ₁₁[hid] = (Σₖ ∂J/∂z(nₖ[out]) · ∂z(nₖ[out])/∂p(nₖ[out])
        · ∂p(nₖ[out])/∂z(n₁[hid])) · ∂z(n₁[hid])/∂p(n₁[hid])
        · ∂p(n₁[hid])/∂Θ₁₁[hid]
        ≈ (0.60 · 0.2098 · (−1.40) + (−1.24) · 0.2356 · (−0.81))
        · ReLU′(0.61) · 1
        = 0.06 · ReLU′(0.61) · 1
        = 0.06 · 1 · 1
        = 0.060
        """,
    )


def test_w3wi_in_full_precision() -> None:
    assert lines("w3wi-ds304", "--of", "Θ_11[out]", "--rounding", "carry", "--digits", "4")[-1].endswith(
        "0.0763"
    )


@pytest.mark.parametrize("of", ["B", "B_jk", "∂L/∂B", "dL/dB_{j,k}", "1.weight_gradient", "1.weights"])
def test_one_quantity_as_in_the_mockup(of: str) -> None:
    assert lines("solutions-16", "--of", of, "--show", "chain,result")[2:] == [
        "Chain rule",
        "∂L/∂Bⱼ,ₖ = ∂L/∂zₖ · ∂zₖ/∂Bⱼ,ₖ",
        "= ∂L/∂w · ∂w/∂aₖ · ∂aₖ/∂zₖ · ∂zₖ/∂Bⱼ,ₖ",
        "= (w − y) · γₖ · σ′(zₖ) · xⱼ for j = 1, …, P and k = 1, …, K",
        "(11.7)",
    ]


def test_the_recursion_names_what_is_shared() -> None:
    follows(
        lines("solutions-16", "--show", "recursion"),
        """
        In the output layer
        ∂L/∂w = w − y
        ∂L/∂c = ∂L/∂w · ∂w/∂c
        = ∂L/∂w
        In the hidden layer
        ∂L/∂zₖ = ∂L/∂w · ∂w/∂aₖ · ∂aₖ/∂zₖ
        = ∂L/∂w · γₖ · σ′(zₖ) for k = 1, …, K
        the error signal of the output layer is known by now
        ∂L/∂Bⱼ,ₖ = ∂L/∂zₖ · ∂zₖ/∂Bⱼ,ₖ
        = ∂L/∂zₖ · xⱼ for j = 1, …, P and k = 1, …, K
        """,
    )


def test_or_batch_with_the_mean_over_its_samples() -> None:
    printed = lines("or-batch", "--of", "W_11^(1)")
    follows(
        printed,
        """
        ∂Cᵢ/∂a⁽²⁾ᵢ = a⁽²⁾ᵢ − Yᵢ for i = 1, 2, 3, 4
        ∂C/∂W⁽¹⁾₁₁ = 1/4·Σᵢ ∂Cᵢ/∂a⁽²⁾ᵢ · ∂a⁽²⁾ᵢ/∂Z⁽²⁾ᵢ · ∂Z⁽²⁾ᵢ/∂a⁽¹⁾₁ᵢ
        · ∂a⁽¹⁾₁ᵢ/∂Z⁽¹⁾₁ᵢ · ∂Z⁽¹⁾₁ᵢ/∂W⁽¹⁾₁₁
        = 1/4·Σᵢ δ⁽¹⁾₁ᵢ·X₁ᵢ
        """,
    )
    assert printed[-1] in ("= −0.00180", "≈ −0.00180")


def test_sigmoid_by_itself() -> None:
    follows(
        lines("--activation", "sigmoid"),
        """
        σ(x) = 1/(1 + e^(−x))
        σ′(x) = −(−e^(−x))/(1 + e^(−x))²
        = e^(−x)/(1 + e^(−x))²
        = 1/(1 + e^(−x))·e^(−x)/(1 + e^(−x)) one fraction as a product of two
        = σ(x)·(1 − σ(x)) the fraction is σ(x) itself
        """,
    )


def test_relu_by_cases() -> None:
    follows(
        lines("--activation", "relu"),
        """
        ReLU(x) = {x if x > 0, 0 if x ≤ 0}
        ReLU′(x) = {1 if x > 0, 0 if x ≤ 0}
        """,
    )


def test_softmax_with_cross_entropy_collapses() -> None:
    follows(
        lines("--activation", "softmax-cross-entropy"),
        """
        L = −Σₘ yₘ·ln(aₘ)
        ∂L/∂aₘ = −yₘ/aₘ
        ∂aₘ/∂zₖ = aₘ·([m = k] − aₖ) the Jacobian of softmax
        ∂L/∂zₖ = Σₘ (−yₘ/aₘ) · aₘ · ([m = k] − aₖ)
        = −Σₘ yₘ·([m = k] − aₖ) each output cancels
        = −yₖ + aₖ·Σₘ yₘ of the first terms only that with m = k is left
        = aₖ − yₖ the targets add up to 1
        """,
    )


def test_a_number_of_a_quantity_there_is_not_is_told(tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    bundled = bundled_path("solutions-16")
    assert bundled is not None
    own = bundled.read_text(encoding="utf-8").replace('loss = "11.4"', 'lose = "11.4"')
    file.write_text(own, encoding="utf-8")
    ran = backprop("derive", str(file))
    assert ran.status == 2
    assert "numbers of the notation name lose, which is no quantity of this problem" in ran.err
