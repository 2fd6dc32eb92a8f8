"""No letter stands for two things, no sign is lost, and what is shown is what was computed."""

from __future__ import annotations

import re

import pytest
from command_line import backprop

from backprop_cli import InputError, parse_problem
from backprop_cli.render.ascii import to_ascii
from backprop_cli.render.latex_text import latex_text
from backprop_cli.render.math_latex import LatexMath

NETWORK = """
inputs        = [[0.05, 0.10]]
targets       = [[{target}]]
loss          = "{loss}"
learning_rate = 0.5
{more}
[[layers]]
activation = "sigmoid"
weights    = [[0.1, 0.20], [0.25, 0.30]]
bias       = [0.35, 0.35]
[[layers]]
activation = "sigmoid"
weights    = [[0.40, 0.45]]
bias       = 0.60
"""


def network(more: str = "", target: str = "0.01", loss: str = "half_squared_error") -> str:
    return NETWORK.format(more=more, target=target, loss=loss)


def solved(text: str, *options: str) -> str:
    ran = backprop("solve", "-", *options, stdin=text.encode())
    assert ran.status == 0, ran.err
    return ran.out


def test_an_index_gets_another_letter_where_a_quantity_has_it() -> None:
    shown = solved(network('notation = "mazur"'))
    assert "iᵢ" not in shown
    assert "net(hⱼ) = Σₘ wⱼₘ·iₘ + bⱼ" in shown


@pytest.mark.parametrize(
    ("notation", "message"),
    [
        ('[notation]\ninput = "i"\ninput_index = "i"', 'index letter "i" is also the symbol of the inputs'),
        ('[notation]\nloss = "H"\nprediction = "H"', 'the loss and the outputs have the same symbol "H"'),
        ('[notation]\nsample_index = "J"\nloss = "J(Θ)"', 'index letter "J" is also the symbol of the loss'),
    ],
)
def test_a_letter_chosen_for_two_things_is_an_error(notation: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        parse_problem(network(notation), "problem.toml", "problem")


def test_a_sum_over_units_numbered_through_the_network_runs_over_their_numbers() -> None:
    latex = solved(network('notation = "rumelhart"'), "-f", "latex")
    assert r"\sum_{j=3}^4" in latex
    assert r"\sum_{j=1}" not in latex


def test_a_drawing_has_the_sign_of_the_solution_under_descent() -> None:
    text = network('notation = "mitchell"')
    assert "= −0.1385" in solved(text, "--only", "backward")
    assert "δ −0.1385" in backprop("draw", "-", stdin=text.encode()).out


def test_mitchell_has_the_slope_before_the_signal() -> None:
    """Mitchell (1997), table 4.2: δ_k = o_k(1 − o_k)(t_k − o_k) and δ_h = o_h(1 − o_h) Σ w_kh δ_k."""
    out = solved(network('notation = "mitchell"'), "--only", "backward")
    assert re.search(r"δ₅ = o₅ · \(1 − o₅\) · \(t₅ − o₅\)", out)
    assert re.search(r"δₕ = oₕ · \(1 − oₕ\) · δ₅", out)


@pytest.mark.parametrize("form", ["terminal", "svg"])
def test_the_graph_of_a_softmax_is_drawn(form: str, tmp_path) -> None:
    text = network().replace('"sigmoid"\nweights    = [[0.40, 0.45]]', '"softmax"\nweights = [[0.4, 0.45]]')
    text = text.replace("half_squared_error", "cross_entropy").replace("[[0.01]]", "[[1]]")
    text = text.replace("[[0.4, 0.45]]", "[[0.4, 0.45], [0.2, 0.1]]").replace("[[1]]", "[[1, 0]]")
    ran = backprop("draw", "-", "--graph", "-f", form, stdin=text.encode())
    assert ran.status == 0, ran.err
    assert ran.out


def test_the_activation_and_the_decayed_gradient_have_different_letters() -> None:
    more = 'notation = "ng"\noptimizer = { name = "gradient_descent", weight_decay = 0.1 }'
    shown = solved(network(more).replace("[[0.05, 0.10]]", "[0.05, 0.10]"))
    assert "A[1] = g(Z[1])" in shown
    assert "d(W[1]) = ∂J/∂W[1] + λ · W[1]" in shown


def test_the_table_of_parameters_computes_with_decay() -> None:
    more = 'optimizer = { name = "gradient_descent", weight_decay = 0.1 }'
    row = next(line for line in solved(network(more)).splitlines() if line.startswith("   w⁽²⁾₁ "))
    old, gradient, decayed, new = map(float, row.split()[1:])
    assert decayed == pytest.approx(gradient + 0.1 * old, abs=1e-4)
    assert new == pytest.approx(old - 0.5 * decayed, abs=1e-4)


def test_a_root_has_its_bar_on_paper() -> None:
    text = network('optimizer = "rmsprop"')
    latex = solved(text, "-f", "latex")
    assert r"\sqrt{" in latex
    assert r"\surd" not in latex
    assert "<msqrt>" in solved(text, "-f", "html")


def test_a_negative_gradient_stands_in_brackets_before_its_root() -> None:
    text = network('notation = "nielsen"\noptimizer = "rmsprop"', target="0.9")
    shown = solved(text.replace("[[0.05, 0.10]]", "[0.05, 0.10]"), "--only", "update")
    assert "0.5 · (−0.0278)/(√(" in shown


def test_signs_that_are_decomposed_by_unicode_stay_whole_in_latex() -> None:
    assert latex_text("m ≠ k") == r"m \ensuremath{\ne} k"
    assert latex_text("é∉") == r"\'{e}\ensuremath{\notin}"


def test_a_prime_in_a_name_leaves_room_for_a_superscript() -> None:
    from backprop_cli.documents.document import Symbol

    assert LatexMath().symbol(Symbol("W'", ("1",), "(1)")) == "{W'}_1^{(1)}"


@pytest.mark.parametrize(
    ("char", "plain"),
    [("λ", "lambda"), ("Λ", "Lambda"), ("ϕ", "phi"), ("ϵ", "epsilon"), ("⊘", "(/)"), ("ᵦ", "beta")],
)
def test_ascii_spells_letters_as_people_do(char: str, plain: str) -> None:
    assert to_ascii(char) == plain


def test_no_character_becomes_a_question_mark() -> None:
    asked = {"⁇", "⁈", "⁉"}
    spelled = {char: to_ascii(char) for code in range(0xA0, 0x3000) if (char := chr(code)) not in asked}
    assert not [char for char, plain in spelled.items() if "?" in plain]


def test_a_minus_in_an_ascii_drawing_is_no_line() -> None:
    shown = backprop("draw", "-", "--ascii", stdin=network().replace("0.1,", "-0.20,").encode()).out
    assert "x_1 = 0.05    -[-0.20]+" in shown


def test_cross_entropy_on_one_sigmoid_says_that_the_binary_one_is_meant() -> None:
    assert "binary_cross_entropy is meant" in solved(network(loss="cross_entropy")).replace("\n  ", " ")
    assert "is meant" not in solved(network(loss="binary_cross_entropy"))


def test_numbers_too_small_for_the_decimals_are_told() -> None:
    shown = solved(network().replace("0.05, 0.10", "0.00005, 0.10"))
    assert re.search(r"\d numbers are not 0 and shown as 0: digits = \{ significant = 3 \}", shown)
    assert "shown as 0" not in solved(network())
