"""Every slip code once, on numbers worked out by hand: found at its line, told in the handout's symbols."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from grading import BATCH, MAZUR, codes, exercise_of, graded, honest, results
from students import Student

from backprop_cli.grading.report.feedback import feedback

# Mazur's network by its own published numbers (to ten digits, as his page prints them).
X = (0.05, 0.10)
W1, B1 = ((0.15, 0.20), (0.25, 0.30)), 0.35
W2, B2 = ((0.40, 0.45), (0.50, 0.55)), 0.60
Z1 = (0.3775, 0.3925)
H = (0.593269992, 0.596884378)
Z2 = (1.105905967, 1.224921404)
A = (0.75136507, 0.772928465)
Y = (0.01, 0.99)
D2 = (0.138498562, -0.038098237)
NEW2 = ((0.35891648, 0.408666186), (0.511301270, 0.561370121))
DH = 0.036350306  # ∂E/∂h₁
D1 = (0.008771355, 0.009954255)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def slope(z: float) -> float:
    return sigmoid(z) * (1 - sigmoid(z))


def batch() -> tuple[Mapping[str, np.ndarray], np.ndarray]:
    student = Student(exercise_of(BATCH, 8), by_hand=False)
    student.work()
    return student.values, np.array([[0.0, 1], [1, 0], [1, 1]])


B, BX = batch()
BD1, BD2, BA1 = B["1.delta"], B["2.delta"], B["1.activation"]

SOFTMAX = """
inputs = [[1, 2]]
targets = [[0, 1]]
loss = "cross_entropy"
learning_rate = 0.1
digits = 4
[[layers]]
activation = "softmax"
weights = [[0.1, 0.2], [0.3, -0.4]]
bias = [0.0, 0.1]
"""
S = np.exp([0.5, -0.4]) / np.exp([0.5, -0.4]).sum()
LOG = SOFTMAX.replace("[[0, 1]]", "[[0.2, 0.9]]").replace("cross_entropy", "binary_cross_entropy")
LOG = LOG.replace("softmax", "sigmoid")
L = [sigmoid(0.5), sigmoid(-0.4)]
RELU = MAZUR.replace(
    'activation = "sigmoid"\nweights = [[0.15', 'activation = "relu"\nweights = [[-0.95'
).replace("bias = [0.35, 0.35]", "bias = [-0.35, 0.35]")  # z₁ = −0.3775, z₂ = 0.3925
RA = [sigmoid(0.40 * 0 + 0.45 * 0.3925 + 0.6), sigmoid(0.55 * 0.3925 + 0.6)]
RD = [(a - y) * a * (1 - a) for a, y in zip(RA, Y, strict=True)]


EXACT = MAZUR.replace("digits = 4", "digits = 7")


def log_loss(a: list[float], y: list[float]) -> float:
    return -sum(t * math.log(o) + (1 - t) * math.log(1 - o) for o, t in zip(a, y, strict=True))


CASES = [
    # (id, problem, cell, the wrong number, its code, words of the message)
    ("sign", MAZUR, "2.delta[1]", -D2[0], "sign", "The sign is flipped"),
    ("no f′", MAZUR, "2.delta[1]", A[0] - Y[0], "missing-derivative", "You left out σ′(z⁽²⁾₁) = 0.1868"),
    ("no f′ below", MAZUR, "1.delta[1]", DH, "missing-derivative", "You left out σ′(z⁽¹⁾₁) = 0.2413"),
    (
        "f′ at a",
        MAZUR,
        "2.delta[1]",
        (A[0] - Y[0]) * slope(A[0]),
        "derivative-at-activation",
        "You took the derivative at a⁽²⁾₁ where z⁽²⁾₁ belongs",
    ),
    ("f for f′", MAZUR, "1.delta[1]", DH * H[0], "wrong-derivative", "You took σ(z⁽¹⁾₁) itself"),
    ("1 − a for f′", MAZUR, "1.delta[1]", DH * (1 - H[0]), "wrong-derivative", "where the derivative"),
    (
        "ReLU′ of a negative",
        RELU,
        "1.delta[1]",
        RD[0] * 0.40 + RD[1] * 0.50,
        "missing-derivative",
        "passes nothing back",
    ),
    ("½ left out", MAZUR, "loss", 2 * 0.298371109, "missing-factor", "½"),
    ("½ too many", MAZUR, "2.delta[1]", D2[0] / 2, "extra-factor", "factor ½ too many"),
    ("2 too many", MAZUR, "2.delta[1]", D2[0] * 2, "extra-factor", "factor 2 too many"),
    ("a factor left out", MAZUR, "2.weight_gradient[1,1]", D2[0], "missing-factor", "You left out a⁽¹⁾₁"),
    ("no 1/n", BATCH, "1.weight_gradient[1,2]", (BD1.T @ BX)[0, 1], "missing-batch-mean", "1/n of the mean"),
    ("1/n twice", BATCH, "1.weight_gradient[1,2]", (BD1.T @ BX)[0, 1] / 9, "extra-factor", "twice"),
    ("1/n in δ", BATCH, "2.delta[2,1]", BD2[1, 0] / 3, "extra-factor", "The 1/n does not belong here"),
    (
        "first sample only",
        BATCH,
        "2.weight_gradient[1,1]",
        BD2[0, 0] * BA1[0, 0] / 3,
        "one-sample-only",
        "You took sample 1 alone",
    ),
    (
        "W not transposed",
        MAZUR,
        "1.delta[1]",
        (D2[0] * 0.40 + D2[1] * 0.45) * slope(Z1[0]),
        "transposed-weights",
        "where w⁽²⁾",
    ),
    (
        "W of another layer",
        MAZUR,
        "1.delta[1]",
        (D2[0] * 0.15 + D2[1] * 0.25) * slope(Z1[0]),
        "wrong-weights",
        "weights of another layer",
    ),
    (
        "updated weights",
        MAZUR,
        "1.delta[1]",
        (D2[0] * NEW2[0][0] + D2[1] * NEW2[1][0]) * slope(Z1[0]),
        "updated-weights",
        "the backward pass uses the old",
    ),
    ("no bias", MAZUR, "2.preactivation[1]", Z2[0] - B2, "missing-bias", "You left out the bias b⁽²⁾₁"),
    ("bias twice", MAZUR, "2.preactivation[1]", Z2[0] + B2, "double-bias", "added the bias b⁽²⁾₁ twice"),
    ("bias × input", MAZUR, "2.bias_gradient[1]", D2[0] * H[1], "bias-times-input", "a bias has no input"),
    (
        "z for a",
        MAZUR,
        "2.preactivation[1]",
        0.40 * Z1[0] + 0.45 * Z1[1] + 0.60,
        "wrong-input",
        "where a⁽¹⁾",
    ),
    (
        "z for a in a gradient",
        MAZUR,
        "2.weight_gradient[1,1]",
        D2[0] * Z1[0],
        "wrong-input",
        "z⁽¹⁾₁ where a⁽¹⁾₁",
    ),
    ("another unit", EXACT, "2.weight_gradient[1,1]", D2[0] * H[1], "wrong-input", "a⁽¹⁾₂ where a⁽¹⁾₁"),
    ("another sample", BATCH, "2.preactivation[1,1]", B["2.preactivation"][1, 0], "wrong-sample", ""),
    ("missing term", MAZUR, "1.delta[1]", D2[0] * 0.40 * slope(Z1[0]), "missing-term", "term"),
    (
        "missing term forward",
        MAZUR,
        "2.preactivation[1]",
        0.40 * H[0] + 0.60,
        "missing-term",
        "left out the term",
    ),
    ("ascent", MAZUR, "2.new_weights[1,1]", 0.40 + 0.5 * 0.082167041, "ascent", "went up the gradient"),
    (
        "no learning rate",
        MAZUR,
        "2.new_weights[1,1]",
        0.40 - 0.082167041,
        "missing-learning-rate",
        "learning rate η",
    ),
    (
        "no activation",
        MAZUR,
        "2.activation[1]",
        Z2[0],
        "missing-activation",
        "left out the activation function",
    ),
    ("tanh for σ", MAZUR, "2.activation[1]", math.tanh(Z2[0]), "wrong-activation", "tanh"),
    (
        "square left out",
        MAZUR,
        "loss",
        (A[0] - Y[0] + A[1] - Y[1]) / 2,
        "missing-square",
        "left out the square",
    ),
    ("softmax as σ", SOFTMAX, "1.activation[1]", sigmoid(0.5), "softmax-elementwise", "unit by unit"),
    (
        "softmax not divided",
        SOFTMAX,
        "1.activation[1]",
        math.exp(0.5),
        "missing-normalisation",
        "divide by the sum",
    ),
    (
        "softmax′ as σ′",
        SOFTMAX,
        "1.delta[1]",
        S[0] * S[0] * (1 - S[0]),
        "softmax-elementwise",
        "unit by unit",
    ),
    ("log₁₀", SOFTMAX, "loss", -math.log10(S[1]), "wrong-logarithm", "ln is meant"),
    ("y and a swapped", LOG, "loss", log_loss([0.2, 0.9], L), "swapped-target", "You swapped"),
    (
        "σ′ though it cancels",
        LOG,
        "1.delta[1]",
        (L[0] - 0.2) * slope(0.5),
        "extra-factor",
        "cancelled already",
    ),
    ("digits swapped", MAZUR, "2.activation[1]", 0.7541, "digits-swapped", "Two digits are swapped"),
    ("point moved", MAZUR, "2.delta[1]", 1.3850, "decimal-shift", "decimal point has moved"),
    ("point moved down", MAZUR, "2.preactivation[1]", 0.1106, "decimal-shift", "decimal point has moved"),
    ("rounded too early", MAZUR, "2.preactivation[1]", 1.1100, "early-rounding", "rounded too early"),
    (
        "sign in a difference",
        MAZUR,
        "2.delta[1]",
        (A[0] + Y[0]) * slope(Z2[0]),
        "sign",
        "sign of y₁ is flipped",
    ),
]


@pytest.mark.parametrize(
    ("problem", "cell", "answer", "code", "words"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_slip_is_named_in_the_handouts_symbols(
    problem: str, cell: str, answer: float, code: str, words: str
) -> None:
    digits = 7 if problem == EXACT else 4
    sheet = {**above(problem, cell, digits), cell: f"{answer:.{digits}f}"}
    found = results(graded(problem, sheet))
    slips = [name for name, result in found.items() if result.verdict == "slip"]
    assert slips == [cell]
    assert code in codes(found[cell]), (found[cell].slip, found[cell].message)
    assert words in found[cell].message


def above(problem: str, cell: str, digits: int) -> dict[str, str]:
    """The honest lines of a whole sheet; those of the cell's own line and below are judged by the key."""
    sheet = honest(problem, digits)
    if problem == LOG:  # the simulated students' log loss takes targets of 0 and 1 only
        del sheet["loss"]
    return sheet


def test_every_code_has_words_for_students() -> None:
    from backprop_cli.grading.kinds import KINDS

    assert {case[4] for case in CASES} <= KINDS.keys()


def test_too_few_digits_is_a_slip_with_a_code() -> None:
    cell = results(graded(MAZUR, {"2.activation[1]": "0.75"}))["2.activation[1]"]
    assert (cell.verdict, cell.slip) == ("slip", ("too-few-digits",))
    assert "too few digits" in cell.message


def test_several_slips_that_fit_are_all_named() -> None:
    """Both of unit 1's inputs are 0.5: leaving out either term gives the same."""
    problem = MAZUR.replace("[[0.05, 0.10]]", "[[0.5, 0.5]]").replace("[[0.15, 0.20]", "[[0.20, 0.20]")
    cell = results(graded(problem, {"1.preactivation[1]": "0.4500"}))["1.preactivation[1]"]
    assert " Or: " in cell.message
    assert cell.message.endswith("would tell which.")
    assert "w⁽¹⁾₁₁" in cell.message
    assert "w⁽¹⁾₁₂" in cell.message


def test_one_mistake_said_in_two_ways_is_named_once() -> None:
    cell = results(graded(MAZUR, {**honest(MAZUR), "loss": "0.5967"}))["loss"]
    assert cell.message == "You left out ½."


def test_an_edit_that_explains_several_cells_beats_one_that_explains_one() -> None:
    """Both δ⁽¹⁾ with W not transposed: the first of them alone fits other edits by chance."""
    exercise = exercise_of(MAZUR, 4)
    values = Student(exercise, by_hand=False)
    values.work()
    wrong = (values.values["2.delta"] @ np.array(W2).T) * (np.array(H) * (1 - np.array(H)))
    sheet = {**honest(MAZUR), "1.delta[1]": f"{wrong[0, 0]:.4f}", "1.delta[2]": f"{wrong[0, 1]:.4f}"}
    report = graded(MAZUR, sheet)
    found = results(report)
    assert codes(found["1.delta[1]"]) == codes(found["1.delta[2]"]) == {"transposed-weights"}
    assert [(habit.code, habit.cells) for habit in report.habits[0]] == [("transposed-weights", 2)]


def test_another_cell_of_the_line_decides_between_two_edits() -> None:
    """Unit 1 has both terms alike; unit 2 tells that it was the first that was left out."""
    problem = MAZUR.replace("[[0.05, 0.10]]", "[[0.5, 0.5]]").replace("[[0.15, 0.20]", "[[0.20, 0.20]")
    sheet = {"1.preactivation[1]": "0.4500", "1.preactivation[2]": "0.5000"}
    found = results(graded(problem, sheet))
    assert found["1.preactivation[1]"].message == "You left out the term w⁽¹⁾₁₁·x₁."
    assert found["1.preactivation[2]"].message == "You left out the term w⁽¹⁾₂₁·x₁."


def test_two_edits_together_are_found() -> None:
    """σ′ left out, and the sign flipped besides."""
    cell = results(graded(MAZUR, {**honest(MAZUR), "1.delta[1]": f"{-DH:.4f}"}))["1.delta[1]"]
    assert codes(cell) >= {"missing-derivative", "sign"}
    assert "You left out σ′(z⁽¹⁾₁)" in cell.message
    assert "The sign is flipped too." in cell.message


def test_what_nothing_explains_is_shown_worked_with_the_students_own_numbers() -> None:
    sheet = {**honest(MAZUR), "2.activation[1]": "0.7000", "2.delta[1]": "0.3333"}
    cell = results(graded(MAZUR, sheet))["2.delta[1]"]
    assert cell.slip == ()
    assert cell.message == "This does not follow from your numbers above; here is the line worked with them."
    assert cell.worked == "(0.7000 − 0.01) · 0.7000 · (1 − 0.7000) = 0.1449"


def test_a_diagnosis_rests_on_the_students_own_numbers() -> None:
    """With a slip above, σ′ left out of (0.8000 − 0.01): 0.79, and never the key's 0.7414."""
    sheet = {**honest(MAZUR), "2.activation[1]": "0.8000", "2.delta[1]": "0.7900"}
    cell = results(graded(MAZUR, sheet))["2.delta[1]"]
    assert codes(cell) == {"missing-derivative"}


def said(sheet: dict[str, str]) -> str:
    return repr(feedback(graded(MAZUR, sheet), 0))


def test_once_is_likely_a_slip_of_the_pen() -> None:
    words = said({**honest(MAZUR), "2.delta[1]": f"{-D2[0]:.4f}"})
    assert "likely a slip of the pen" in words
    assert "one and the same" not in words


def test_on_every_cell_of_a_step_it_is_one_misconception_said_once() -> None:
    sheet = honest(MAZUR)
    for unit in (1, 2):
        sheet[f"2.delta[{unit}]"] = f"{A[unit - 1] - Y[unit - 1]:.4f}"
    words = said(sheet)
    assert words.count("one and the same: the derivative f′ left out") == 1
    assert "slip of the pen" not in words


def test_layer_after_layer_it_is_one_misconception() -> None:
    sheet = {**honest(MAZUR), "2.delta[1]": f"{A[0] - Y[0]:.4f}"}
    own = (A[0] - Y[0]) * 0.40 + D2[1] * 0.50
    sheet["1.delta[1]"] = f"{own:.4f}"
    report = graded(MAZUR, sheet)
    assert [(habit.code, habit.cells) for habit in report.habits[0]] == [("missing-derivative", 2)]


def test_messages_are_in_the_symbols_of_another_handout() -> None:
    """W3WI writes z, p, Θ and ∂J/∂z, and names its units."""
    sheet = {
        "hid.activation": ["0.61", "0.00"],
        "out.preactivation": ["-0.85", "-0.49"],
        "out.activation": ["0.30", "0.38"],
        "out.activation_gradient": ["0.60", "-1.24"],
        "out.weight_gradient[1,1]": "0.366",  # 0.60·0.61, without σ′(−0.85)
    }
    cell = results(graded("w3wi-ds304", sheet))["out.weight_gradient[1,1]"]
    assert codes(cell) == {"missing-derivative"}
    assert cell.message == "You left out g′(p(n₁[out])) = 0.21."
    assert cell.worked == "0.60 · σ(−0.85) · (1 − σ(−0.85)) · 0.61 = 0.077"


def test_the_mockups_sign_slip_is_told_as_it_is_there() -> None:
    sheet = {"out.activation": ["0.30", "0.38"], "out.activation_gradient": ["0.60", "1.24"]}
    cell = results(graded("w3wi-ds304", sheet))["out.activation_gradient[2]"]
    assert cell.message == "The sign is flipped: that is 2·(y₂ − z(n₂[out])), not 2·(z(n₂[out]) − y₂)."
    assert cell.worked == "2·(0.38 − 1) = −1.24"
