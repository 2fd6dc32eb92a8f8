"""Each handout's own numbers and equations stand at their place in what `backprop solve` prints.

Everything expected here is written from the papers, not from the program: their printed numbers, an
independent recomputation of the batch, and their equations with their index ranges.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import backprop
from golden import COMMANDS, FOLDER


def lines_of(*arguments: str, columns: int = 80) -> list[str]:
    """The printed lines, runs of spaces as one, so that only what is said counts."""
    ran = backprop("solve", *arguments, columns=columns)
    assert ran.status == 0, ran.err
    return [re.sub(" +", " ", line).strip() for line in ran.out.splitlines()]


def assert_in_order(expected: list[str], lines: list[str]) -> None:
    """Every expected line is among the lines, each after the one before it."""
    place = 0
    for line in expected:
        assert line in lines[place:], f"not found, or not in its place: {line}\nin:\n" + "\n".join(lines)
        place = lines.index(line, place) + 1


@pytest.mark.parametrize("name", COMMANDS)
def test_output_is_the_golden_file(name: str) -> None:
    """To accept a change: python tests/scripts/refresh.py, and read the difference."""
    ran = backprop(*COMMANDS[name].split()[1:])
    assert ran.out == (FOLDER / name).read_text(encoding="utf-8")
    assert all(len(line) <= 80 for line in ran.out.splitlines())


def test_every_bundled_problem_has_a_golden_file() -> None:
    listed = {line.split()[0] for line in backprop("problems").out.splitlines() if re.match(r"\S+  \S", line)}
    assert listed == {command.split()[2] for command in COMMANDS.values()}


def test_w3wi_by_hand_prints_every_number_of_the_handout_at_its_place() -> None:
    """Title, table, steps 1 to 3 and 5 as printed; step 4 and the other units follow the same formulas."""
    assert_in_order(
        [
            "x = (1, 1)ᵀ y = (0, 1)ᵀ α = 0.1",
            "Neuron Preactivation p Activation z Activation function g(·)",
            "n₁[hid] 0.61 0.61 ReLU",
            "n₂[hid] −0.64 0.00 ReLU",
            "n₁[out] −0.85 0.30 Sigmoid σ",
            "n₂[out] −0.49 0.38 Sigmoid σ",
            "J(Θ) = Σₖ (z(nₖ[out]) − yₖ)²",
            "Step 1 Error gradient in the output layer",
            "∂J/∂z(nₖ[out]) = 2·(z(nₖ[out]) − yₖ) for k = 1, 2",
            "∂J/∂z(n₁[out]) = 2·(0.30 − 0) = 0.60",
            "∂J/∂z(n₂[out]) = 2·(0.38 − 1) = −1.24",
            "Step 2 Error gradient in the hidden layer",
            "∂J/∂z(nₜ[hid]) = Σₖ ∂J/∂z(nₖ[out]) · g′(p(nₖ[out])) · Θₖₜ[out] for t = 1, 2",
            "∂J/∂z(n₁[hid]) = 0.60 · σ(−0.85) · (1 − σ(−0.85)) · (−1.40)",
            "+ (−1.24) · σ(−0.49) · (1 − σ(−0.49)) · (−0.81) = 0.06",
            "Step 3 Weight gradient in the output layer",
            "∂J/∂Θₖₜ[out] = ∂J/∂z(nₖ[out]) · g′(p(nₖ[out])) · z(nₜ[hid])",
            "∂J/∂Θ₁₁[out] = 0.60 · σ(−0.85) · (1 − σ(−0.85)) · 0.61 = 0.077",
            "Step 4 Weight gradient in the hidden layer",
            "∂J/∂Θₜⱼ[hid] = ∂J/∂z(nₜ[hid]) · g′(p(nₜ[hid])) · xⱼ",
            "Step 5 Update",
            "Θₖₜ[out] ← Θₖₜ[out] − α · ∂J/∂Θₖₜ[out] for k = 1, 2 and t = 1, 2",
            "Θ₁₁[out] ← −1.40 − 0.1·0.077 = −1.4077",
            "Θ₁₁[out] −1.4000 0.077 −1.4077",
        ],
        lines_of("w3wi-ds304"),
    )


def test_w3wi_names_no_delta() -> None:
    assert "δ" not in "\n".join(lines_of("w3wi-ds304"))


def test_w3wi_has_a_line_for_every_neuron_and_weight() -> None:
    text = "\n".join(lines_of("w3wi-ds304"))
    for layer in ("hid", "out"):
        for unit in "₁₂":
            assert re.search(rf"^p\(n{unit}\[{layer}\]\) = .*\d$", text, re.M)
            assert re.search(rf"^z\(n{unit}\[{layer}\]\) = .*\d$", text, re.M)
            assert re.search(rf"^∂J/∂z\(n{unit}\[{layer}\]\) = [^Σ]*\d$", text, re.M)
            for source in "₁₂":
                assert re.search(rf"^∂J/∂Θ{unit}{source}\[{layer}\] = .*\d$", text, re.M)
                assert re.search(rf"^Θ{unit}{source}\[{layer}\] ← .*\d$", text, re.M)


def test_w3wi_at_full_precision_gives_the_unrounded_gradient_and_weight() -> None:
    four = lines_of("w3wi-ds304", "--rounding", "carry", "--digits", "4")
    assert any(line.startswith("∂J/∂Θ₁₁[out] = ") and line.endswith(" 0.0763") for line in four)
    five = lines_of("w3wi-ds304", "--rounding", "carry", "--digits", "5")
    assert any(line.startswith("Θ₁₁[out] ← ") and line.endswith(" −1.40763") for line in five)


def matrix_after(name: str, printed: str) -> list[list[float]]:
    """The last matrix, or the last number, of the equation that begins with a name."""
    starts = re.compile(rf"^ *{re.escape(name)} [=←] ", re.M)
    (equation,) = [part for part in printed.split("\n\n") if starts.search(part)]
    rows = [line for line in equation.splitlines() if re.search(r"\d", line)]
    tall = [re.findall(r"[⎡⎢⎣]([^⎡⎢⎣⎤⎥⎦]*)[⎤⎥⎦]\s*$", row) for row in rows[-2:]]
    if len(tall) == 2 and all(tall):
        return [numbers(row[0]) for row in tall]
    last = rows[-1]
    return [numbers(last[last.rindex("[") :] if last.endswith("]") else last.rpartition(" ")[2])]


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


# Recomputed independently; one column per sample.
OR_BATCH = {
    "Z⁽¹⁾": [[0.3, 0.7, 0.5, 0.9], [0.5, 1.0, 0.8, 1.3]],
    "a⁽¹⁾": [[0.57444, 0.66819, 0.62246, 0.71095], [0.62246, 0.73106, 0.68997, 0.78583]],
    "Z⁽²⁾": [[1.10325, 1.20591, 1.16297, 1.25588]],
    "a⁽²⁾": [[0.75087, 0.76957, 0.76187, 0.77832]],
    "Σᵢ (a⁽²⁾ − Y)²": [[0.72275]],
    "1/4 · Σᵢ (a⁽²⁾ − Y)²": [[0.18069]],
    "C": [[0.09034]],
    "δ⁽²⁾": [[0.14046, -0.04086, -0.04320, -0.03825]],
    "δ⁽¹⁾": [[0.01373, -0.00362, -0.00406, -0.00314], [0.01981, -0.00482, -0.00554, -0.00386]],
    "∂C/∂W⁽²⁾": [[-0.00018, -0.00058]],
    "∂C/∂b⁽²⁾": [[0.00454]],
    "∂C/∂W⁽¹⁾": [[-0.00180, -0.00169], [-0.00235, -0.00217]],
    "W⁽²⁾": [[0.40009, 0.60029]],
    "b⁽²⁾": [[0.49773]],
    "W⁽¹⁾": [[0.20090, 0.40085], [0.30118, 0.50109]],
}
OR_COLUMNS = {"∂C/∂b⁽¹⁾": [[0.00073], [0.00139]], "b⁽¹⁾": [[0.29964], [0.49930]]}


@pytest.mark.parametrize("name", [*OR_BATCH, *OR_COLUMNS])
def test_or_batch_has_its_table_of_values_in_matrices_with_samples_in_columns(name: str) -> None:
    printed = backprop("solve", "or-batch").out
    assert matrix_after(name, printed) == (OR_BATCH | OR_COLUMNS)[name]


def test_or_batch_writes_the_equations_of_the_paper_in_order() -> None:
    assert_in_order(
        [
            "Z⁽¹⁾ = W⁽¹⁾ · X + b⁽¹⁾",
            "a⁽¹⁾ = σ(Z⁽¹⁾)",
            "Z⁽²⁾ = W⁽²⁾ · a⁽¹⁾ + b⁽²⁾",
            "a⁽²⁾ = σ(Z⁽²⁾)",
            "δ⁽²⁾ = (a⁽²⁾ − Y) ⊙ a⁽²⁾ ⊙ (1 − a⁽²⁾)",
            "δ⁽¹⁾ = ((W⁽²⁾)ᵀ · δ⁽²⁾) ⊙ a⁽¹⁾ ⊙ (1 − a⁽¹⁾)",
            "∂C/∂W⁽²⁾ = 1/4 · δ⁽²⁾ · (a⁽¹⁾)ᵀ",
            "∂C/∂b⁽²⁾ = 1/4 · Σᵢ δ⁽²⁾",
            "∂C/∂W⁽¹⁾ = 1/4 · δ⁽¹⁾ · Xᵀ",
            "∂C/∂b⁽¹⁾ = 1/4 · Σᵢ δ⁽¹⁾",
            "W⁽²⁾ ← W⁽²⁾ − lr · ∂C/∂W⁽²⁾",
            "b⁽²⁾ ← b⁽²⁾ − lr · ∂C/∂b⁽²⁾ = 0.5 − 0.5 · 0.00454 = 0.49773",
            "W⁽¹⁾ ← W⁽¹⁾ − lr · ∂C/∂W⁽¹⁾",
            "b⁽¹⁾ ← b⁽¹⁾ − lr · ∂C/∂b⁽¹⁾",
        ],
        lines_of("or-batch"),
    )


def equations(name: str) -> list[str]:
    """The lines of a symbolic handout below its title and source."""
    lines = lines_of(name)
    return [line for line in lines[lines.index("") :] if line]


def test_umons_writes_its_equations_in_order_with_their_index_ranges_and_no_others() -> None:
    assert equations("umons") == [
        "Forward pass",
        "gⱼ = Σₖ uⱼₖ·xₖ + bⱼ for j = 1, 2, 3; the sum over k = 1, 2",
        "hⱼ = σ(gⱼ) for j = 1, 2, 3",
        "z = Σⱼ wⱼ·hⱼ + c",
        "σ(x) = 1/(1 + e^(−x))",
        "∂σ(x)/∂x = σ(x)·(1 − σ(x))",
        "Loss",
        "L = (z − y)²",
        "Backward pass",
        "∂L/∂z = 2·(z − y)",
        "∂L/∂wⱼ = ∂L/∂z · hⱼ for j = 1, 2, 3",
        "∂L/∂c = ∂L/∂z",
        "∂L/∂hⱼ = ∂L/∂z · wⱼ for j = 1, 2, 3",
        "∂L/∂gⱼ = ∂L/∂hⱼ · σ(gⱼ) · (1 − σ(gⱼ)) for j = 1, 2, 3",
        "∂L/∂uⱼₖ = ∂L/∂gⱼ · xₖ for j = 1, 2, 3 and k = 1, 2",
        "∂L/∂bⱼ = ∂L/∂gⱼ for j = 1, 2, 3",
    ]


def test_solutions_16_writes_its_eight_steps_in_its_own_indices() -> None:
    """(11.1) to (11.4), the local derivatives of steps 1 to 6, (11.5) to (11.10), the four formulas."""
    assert equations("solutions-16") == [
        "Forward pass",
        "zₖ = αₖ + Σⱼ Bⱼ,ₖ·xⱼ for k = 1, …, K; the sum over j = 1, …, P (11.1)",
        "aₖ = σ(zₖ) for k = 1, …, K (11.2)",
        "w = c + Σₖ γₖ·aₖ (11.3)",
        "Loss",
        "L = ½·(w − y)² (11.4)",
        "Local derivatives",
        "∂w/∂aₖ = γₖ for k = 1, …, K",
        "Step 1",
        "∂zₖ/∂Bⱼ,ₖ = xⱼ for j = 1, …, P and k = 1, …, K",
        "Step 2",
        "∂zₖ/∂αₖ = 1 for k = 1, …, K",
        "Step 3",
        "∂aₖ/∂zₖ = σ′(zₖ) for k = 1, …, K",
        "Step 4",
        "∂w/∂γₖ = aₖ for k = 1, …, K",
        "Step 5",
        "∂w/∂c = 1",
        "Step 6",
        "∂L/∂w = w − y",
        "Step 7: the second layer",
        "∂L/∂c = ∂L/∂w · ∂w/∂c",
        "= w − y (11.5)",
        "∂L/∂γₖ = ∂L/∂w · ∂w/∂γₖ",
        "= (w − y)·aₖ for k = 1, …, K (11.6)",
        "Step 8: the hidden layer",
        "∂L/∂Bⱼ,ₖ = ∂L/∂zₖ · ∂zₖ/∂Bⱼ,ₖ",
        "= ∂L/∂w · ∂w/∂aₖ · ∂aₖ/∂zₖ · ∂zₖ/∂Bⱼ,ₖ",
        "= (w − y) · γₖ · σ′(zₖ) · xⱼ for j = 1, …, P and k = 1, …, K",
        "(11.7)",
        "∂L/∂αₖ = ∂L/∂zₖ · ∂zₖ/∂αₖ",
        "= ∂L/∂w · ∂w/∂aₖ · ∂aₖ/∂zₖ · ∂zₖ/∂αₖ",
        "= (w − y) · γₖ · σ′(zₖ) for k = 1, …, K (11.9)",
    ]


def test_regression_writes_the_derivatives_by_layer_in_its_four_steps() -> None:
    all_units = "for i = 1, 2, 3, 4, 5"
    assert equations("regression-1-5-1") == [
        "Forward pass",
        f"zᵢ = wᵢ·x + bᵢ {all_units}",
        f"hᵢ = σ(zᵢ) {all_units}",
        "ŷ = Σᵢ vᵢ·hᵢ + c",
        "σ(x) = 1/(1 + e^(−x))",
        "Loss",
        "E = ½·(ŷ − y)²",
        "Backward pass",
        "∂E/∂ŷ = ŷ − y",
        "∂E/∂vᵢ = ∂E/∂ŷ · ∂ŷ/∂vᵢ",
        f"= (ŷ − y)·hᵢ {all_units}",
        "∂E/∂c = ∂E/∂ŷ · ∂ŷ/∂c",
        "= ŷ − y",
        f"σ′(zᵢ) = hᵢ·(1 − hᵢ) {all_units}",
        "∂E/∂zᵢ = (ŷ − y) · vᵢ · σ′(zᵢ)",
        f"= (ŷ − y) · vᵢ · hᵢ · (1 − hᵢ) {all_units}",
        "∂E/∂wᵢ = ∂E/∂zᵢ · ∂zᵢ/∂wᵢ",
        f"= (ŷ − y) · vᵢ · hᵢ · (1 − hᵢ) · x {all_units}",
        "∂E/∂bᵢ = ∂E/∂zᵢ · ∂zᵢ/∂bᵢ",
        f"= (ŷ − y) · vᵢ · hᵢ · (1 − hᵢ) {all_units}",
    ]


def test_one_sample_in_matrices_has_a_loss_without_a_sum_or_needless_brackets(tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    file.write_text(
        'notation = "nielsen"\ninputs = [0.05, 0.10]\ntargets = [0.01]\nloss = "half_squared_error"\n'
        '[[layers]]\nactivation = "sigmoid"\nweights = [[0.15, 0.20]]\n',
        encoding="utf-8",
    )
    assert "C = ½ · (a − y)² = ½ · (0.5069 − 0.01)² ≈ 0.1234" in lines_of(str(file))


def test_layers_that_share_their_letters_are_told_apart_in_the_table(tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    layer = (
        '[[layers]]\nactivation = "sigmoid"\nweights = [[0.15, 0.20], [0.25, 0.30]]\n'
        'symbols = { weights = "w" }\n'
    )
    file.write_text(
        'notation.layer_mark = "none"\ninputs = [0.05, 0.10]\ntargets = [0.01, 0.99]\nlearning_rate = 0.5\n'
        f'loss = "half_squared_error"\n{layer}{layer}',
        encoding="utf-8",
    )
    lines = lines_of(str(file), "--only", "update")
    assert "Layer Parameter old gradient new" in lines
    assert [line[:6] for line in lines if line.startswith(("1 w₁₁", "2 w₁₁"))] == ["2 w₁₁ ", "1 w₁₁ "]
    assert "Layer" not in "\n".join(lines_of("w3wi-ds304", "--only", "update"))


def test_a_named_single_unit_is_named_on_both_sides_of_its_formula(tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    file.write_text(
        'notation = "mazur"\ninputs = [0.05, 0.10]\ntargets = [0.01]\nloss = "half_squared_error"\n'
        '[[layers]]\nactivation = "tanh"\nweights = [[0.15, 0.20], [0.25, 0.30]]\n'
        '[[layers]]\nactivation = "sigmoid"\nweights = [[0.40, 0.45]]\n',
        encoding="utf-8",
    )
    assert "net(o₁) = Σⱼ w₁ⱼ·out(hⱼ)" in lines_of(str(file))
