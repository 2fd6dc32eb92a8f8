"""What is said of a single answer: by the key, by the student's own numbers, by the digits written.

The numbers are worked out by tests/support/students.py with NumPy alone, or by hand where a comment says how.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from grading import BATCH, MAZUR, exercise_of, graded, honest, problem_of, results, texts_of, verdicts
from students import Student, any_exercise

from backprop_cli.grading.grade import Options, grade
from backprop_cli.plan.plan import make_plan
from backprop_cli.sheets.answers import Answers

CELLS = honest(MAZUR)
RIGHT = {"correct", "rounded"}


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def of(cell: str, answer: str, **options: object) -> str:
    """The verdict on one answer of an otherwise honest sheet on Mazur's network."""
    return verdicts(graded(MAZUR, {**CELLS, cell: answer}, **options))[cell]


def all_but(sheet: dict[str, str], **changed: str) -> dict[str, str]:
    return {**sheet, **{name.replace("__", "."): text for name, text in changed.items()}}


@pytest.mark.parametrize("problem", [MAZUR, BATCH])
def test_an_honest_sheet_is_all_correct(problem: str) -> None:
    report = graded(problem, honest(problem))
    assert set(verdicts(report).values()) == {"correct"}
    assert report.all_right()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("0.7514", "correct"),  # 0.751365
        ("0.75137", "correct"),  # more digits than asked
        ("0.7513650", "correct"),
        ("0.751434", "correct"),  # right to all digits asked, whatever stands behind them
        ("0.751349", "correct"),  # off by less than half of the last digit asked for
        ("0.75136502", "correct"),  # as single precision prints it
        ("ca. 0.7514", "correct"),
        ("75.14%", "correct"),
        ("7.514e-1", "correct"),
        ("0,7514", "correct"),
        ("0.7513", "rounded"),
        ("0.7515", "rounded"),
        ("0.751", "rounded"),  # three significant digits will do
        ("0.7516", "slip"),
        ("0.75", "slip"),
        ("0.8", "slip"),
        ("-0.7514", "slip"),
        ("", "missing"),
        ("   ", "missing"),
        ("nan", "invalid"),
        ("-inf", "invalid"),
        ("1e999", "invalid"),
        ("0x10", "invalid"),
        ("0.75 or 0.76", "invalid"),
    ],
)
def test_each_verdict(answer: str, verdict: str) -> None:
    assert of("2.activation[1]", answer) == verdict


def test_more_digits_than_asked_are_held_to_what_was_written() -> None:
    """Eight decimals written from rounded lines: 0.7513649 is full precision's, 0.7513999 is nobody's."""
    assert of("2.activation[1]", "0.7513651") == "correct"
    assert of("2.activation[1]", "0.7520001") == "slip"


def test_a_minus_zero_is_a_zero() -> None:
    assert verdicts(graded("w3wi-ds304", {"hid.activation[2]": "-0.00"})) == {"hid.activation[2]": "correct"}


@pytest.mark.parametrize("by_hand", [False, True], ids=["carried", "by hand"])
def test_full_precision_and_rounding_each_line_are_both_right(by_hand: bool) -> None:
    for problem in (MAZUR, BATCH):
        exercise = exercise_of(problem, 4)
        sheet = texts_of(Student(exercise, by_hand=by_hand).work(), exercise)
        assert set(verdicts(graded(problem, sheet)).values()) <= RIGHT


def test_after_a_slip_what_agrees_with_the_key_is_correct() -> None:
    """A student who wrote one line wrong on the paper and went on with the right number."""
    found = verdicts(graded(MAZUR, all_but(CELLS, **{"2__delta[1]": "0.2385"})))
    assert found.pop("2.delta[1]") == "slip"
    assert set(found.values()) == {"correct"}


def test_after_a_slip_what_follows_from_it_follows() -> None:
    """∂E/∂w = δ·a by the student's own δ: 0.2385·0.5933 = 0.1415."""
    found = graded(MAZUR, all_but(CELLS, **{"2__delta[1]": "0.2385", "2__weight_gradient[1,1]": "0.1415"}))
    cell = results(found)["2.weight_gradient[1,1]"]
    assert (cell.verdict, cell.credit) == ("follows", 1)
    assert cell.expected == pytest.approx(0.0821670, abs=1e-7)
    assert cell.from_yours == pytest.approx(0.2385 * 0.5933)


def test_what_neither_agrees_nor_follows_is_a_slip_of_its_own() -> None:
    found = verdicts(
        graded(MAZUR, all_but(CELLS, **{"2__delta[1]": "0.2385", "2__weight_gradient[1,1]": "0.1515"}))
    )
    assert [name for name, verdict in found.items() if verdict == "slip"] == [
        "2.delta[1]",
        "2.weight_gradient[1,1]",
    ]


def test_a_slip_in_one_unit_leaves_the_lines_of_the_others_alone() -> None:
    """Only what rests on δ₁ can follow from it; δ₂'s gradients are plainly correct."""
    sheet = all_but(CELLS, **{"2__delta[1]": "0.2385", "2__bias_gradient[1]": "0.2385"})
    found = verdicts(graded(MAZUR, sheet))
    assert found["2.bias_gradient[1]"] == "follows"
    assert found["2.bias_gradient[2]"] == "correct"


def test_a_blank_line_is_bridged_from_the_last_written_ones() -> None:
    """Hidden activations left out: z⁽²⁾ follows from z⁽¹⁾ as written."""
    z = 0.9000  # a slip: 0.3775 was due
    a = sigmoid(z)
    wanted = 0.40 * a + 0.45 * sigmoid(0.3925) + 0.60
    sheet = {
        "1.preactivation[1]": "0.9000",
        "1.preactivation[2]": "0.3925",
        "1.activation[1]": "",
        "2.preactivation[1]": f"{wanted:.4f}",
    }
    found = verdicts(graded(MAZUR, sheet))
    assert found == {
        "1.preactivation[1]": "slip",
        "1.preactivation[2]": "correct",
        "1.activation[1]": "missing",
        "2.preactivation[1]": "follows",
    }


def test_lines_left_out_of_the_sheet_altogether_are_bridged_too() -> None:
    found = verdicts(graded(MAZUR, {"2.new_weights[1,1]": "0.3589", "1.new_weights[1,1]": "0.1498"}))
    assert set(found.values()) == {"correct"}


@pytest.mark.parametrize("derivative", ["prime", "activation", "preactivation"])
@pytest.mark.parametrize("answer", ["0.08100", "0.08082"])
def test_the_derivative_may_be_worked_out_from_z_or_from_a(answer: str, derivative: str) -> None:
    """0.9·0.9·(1 − 0.9) = 0.08100 and 0.9·σ′(2.2) = 0.08082, where the key is 0.08084."""
    digits = "{ forward = 2, backward = 5 }"
    problem = one_unit(2.2, digits=digits, more=f'[notation]\nderivative = "{derivative}"')
    sheet = {"1.preactivation": "11/5", "1.activation": "9/10", "1.delta": answer}
    assert verdicts(graded(problem, sheet))["1.delta[1]"] == "correct"


def one_unit(z: float, *, digits: int | str = 4, rounding: str = "", more: str = "") -> str:
    """One unit of weight z on the input 1, target 0, ½(a − 0)²: δ = a·a(1 − a)."""
    return f"""
inputs = [[1]]
targets = [[0]]
loss = "half_squared_error"
learning_rate = 0.5
digits = {digits}
{rounding}
[[layers]]
activation = "sigmoid"
weights = [[{z}]]
{more}
"""


@pytest.mark.parametrize("answer", ["0.12", "0.13"])
def test_a_tie_may_round_either_way(answer: str) -> None:
    """z = 0.125 exactly, at two decimals."""
    assert verdicts(graded(one_unit(0.125, digits=2), {"1.preactivation": answer})) == {
        "1.preactivation[1]": "correct"
    }


@pytest.mark.parametrize("answer", ["0.11", "0.14"])
def test_beyond_a_tie_it_is_off_by_one(answer: str) -> None:
    found = verdicts(graded(one_unit(0.125, digits=2), {"1.preactivation": answer}))
    assert found["1.preactivation[1]"] == "rounded"


@pytest.mark.parametrize("answer", ["1/8", "0.5^3", "2*(0.0625 - 0)", "1 - 7/8"])
def test_an_exact_answer_is_read_as_arithmetic(answer: str) -> None:
    assert verdicts(graded(one_unit(0.125), {"1.preactivation": answer}))["1.preactivation[1]"] == "correct"


def test_an_exact_answer_has_no_width_for_what_follows() -> None:
    """1/3 is not 0.333 ± 0.0005: the next line must follow from a third."""
    problem = one_unit(0.9, digits=3)
    a = sigmoid(1 / 3)
    sheet = {"1.preactivation": "1/3", "1.activation": f"{a:.6f}"}
    assert verdicts(graded(problem, sheet))["1.activation[1]"] == "follows"
    sheet["1.activation"] = f"{sigmoid(0.337):.6f}"  # beyond the width that 0.333 has
    assert verdicts(graded(problem, sheet))["1.activation[1]"] == "slip"
    sheet["1.preactivation"] = "0.333"
    assert verdicts(graded(problem, sheet))["1.activation[1]"] == "slip"
    sheet["1.activation"] = f"{sigmoid(0.334):.6f}"
    assert verdicts(graded(problem, sheet))["1.activation[1]"] == "follows"


@pytest.mark.parametrize("answer", ["0.12500001", "0.1249999", "0.125049"])
def test_right_to_all_digits_asked_is_right_whatever_stands_behind_them(answer: str) -> None:
    assert verdicts(graded(one_unit(0.125, digits=4), {"1.preactivation": answer})) == {
        "1.preactivation[1]": "correct"
    }


def test_an_integer_is_exact() -> None:
    problem = one_unit(1)
    assert verdicts(graded(problem, {"1.preactivation": "1", "1.activation": "0.7311"})) == {
        "1.preactivation[1]": "correct",
        "1.activation[1]": "correct",
    }


@pytest.mark.parametrize("digits", [3, 4, 5])
def test_answers_coarser_than_asked_are_no_reason_to_accept_more(digits: int) -> None:
    """0.8 for 0.7514, and a δ that only 0.8 ± 0.05 would allow."""
    problem = MAZUR.replace("digits = 4", f"digits = {digits}")
    sheet = {"2.preactivation[1]": "1.1059", "2.activation[1]": "0.8", "2.delta[1]": "0.1500"}
    found = results(graded(problem, sheet))
    assert found["2.activation[1]"].verdict == "slip"
    assert found["2.activation[1]"].slip == ("too-few-digits",)
    # From 0.8 itself: (0.8 − 0.01)·0.8·0.2 = 0.1264.
    assert found["2.delta[1]"].verdict == "slip"


@pytest.mark.parametrize(("digits", "verdict"), [(2, "correct"), (3, "rounded"), (4, "slip"), (5, "slip")])
def test_how_many_digits_are_asked_for_decides(digits: int, verdict: str) -> None:
    problem = MAZUR.replace("digits = 4", f"digits = {digits}")
    assert verdicts(graded(problem, {"2.activation[1]": "0.75"}))["2.activation[1]"] == verdict


def test_the_digits_asked_for_may_differ_by_phase() -> None:
    problem = MAZUR.replace("digits = 4", "digits = { forward = 4, backward = 2 }")
    found = verdicts(graded(problem, {"2.activation[1]": "0.75", "2.delta[1]": "0.14"}))
    assert found["2.activation[1]"] == "slip"
    assert found["2.delta[1]"] == "correct"


@pytest.mark.parametrize("digits", [0, 1, 2])
def test_a_flipped_sign_never_passes_however_few_the_digits(digits: int) -> None:
    """Every answer of some random sheets in turn, with its sign flipped: none is right, none follows."""
    flipped = 0
    seeds = (*range(4), 31, 40, 41)  # of the last three the intervals are wide enough to hold both signs
    for seed, by_hand in product(seeds, (False, True)):
        exercise = replace(any_exercise(np.random.default_rng(seed)), digits=digits)
        sheet = texts_of(Student(exercise, by_hand=by_hand).work(), exercise)
        sheet = {name: text for name, text in sheet.items() if "inf" not in text and "nan" not in text}
        signed = [name for name in sheet if float(sheet[name]) and not name.startswith(("loss", "sample"))]
        turned = [{**sheet, name: f"{-float(sheet[name]):.{digits}f}"} for name in signed]
        report = graded(exercise.toml() + "\n", *turned)
        for student, name in enumerate(signed):
            assert verdicts(report, student)[name] == "slip", (seed, name, sheet[name])
            flipped += 1
    assert flipped > 100


def test_at_one_decimal_an_honest_sheet_is_still_right() -> None:
    for seed in range(8):
        exercise = replace(any_exercise(np.random.default_rng(seed)), digits=1)
        for by_hand in (False, True):
            sheet = texts_of(Student(exercise, by_hand=by_hand).work(), exercise)
            assert set(verdicts(graded(exercise.toml() + "\n", sheet)).values()) <= RIGHT


def test_strict_takes_the_key_alone() -> None:
    sheet = {"2.delta[1]": "0.2385", "2.weight_gradient[1,1]": "0.1415"}
    assert verdicts(graded(MAZUR, sheet))["2.weight_gradient[1,1]"] == "follows"
    assert verdicts(graded(MAZUR, sheet, strict=True))["2.weight_gradient[1,1]"] == "slip"
    assert set(verdicts(graded(MAZUR, CELLS, strict=True)).values()) == {"correct"}


@pytest.mark.parametrize("answer", ["nan", "inf", "-Infinity", "1e999", "∞"])
def test_what_is_not_finite_is_invalid_and_spoils_nothing_else(answer: str) -> None:
    found = verdicts(graded(MAZUR, {**CELLS, "2.delta[1]": answer}))
    assert found.pop("2.delta[1]") == "invalid"
    assert set(found.values()) == {"correct"}


def test_an_unreadable_answer_says_why() -> None:
    found = results(graded(MAZUR, {"2.delta[1]": "nan", "2.delta[2]": "1_000.5_0"}))
    assert found["2.delta[1]"].message.endswith("is not a finite number")
    assert found["2.delta[2]"].verdict == "invalid"
    assert found["2.delta[2]"].message


def test_the_first_slip_is_the_first_on_the_path_not_on_the_sheet() -> None:
    sheet = {"2.delta[1]": "0.9", "1.preactivation[2]": "0.7"}
    report = graded(MAZUR, sheet)
    assert report.to_dict(0)["first_slip"] == "1.preactivation[2]"
    assert report.first_slips() == ["1.preactivation[2]"]


def test_without_a_slip_there_is_no_first_one() -> None:
    report = graded(MAZUR, CELLS)
    assert report.to_dict(0)["first_slip"] is None
    assert report.first_slips() == [""]


def test_samples_are_told_apart() -> None:
    """A slip in sample 2 touches what sums over the samples, and no other sample."""
    sheet = honest(BATCH)
    sheet["1.activation[2,1]"] = "0.9"
    found = verdicts(graded(BATCH, sheet))
    assert [name for name, verdict in found.items() if verdict not in RIGHT] == ["1.activation[2,1]"]
    moved = {"1.activation[2,1]": "0.9000", "1.activation[1,1]": sheet["1.activation[1,1]"]}
    moved["2.preactivation[1,1]"] = sheet["2.preactivation[1,1]"]
    other = verdicts(graded(BATCH, moved))
    assert other["2.preactivation[1,1]"] == other["1.activation[1,1]"] == "correct"


def test_a_sample_loss_rests_on_its_own_sample() -> None:
    sheet = {"2.activation[2,1]": "0.9000", "sample_losses[2]": "0.4050", "sample_losses[1]": "0.1056"}
    found = verdicts(graded(BATCH, sheet))
    assert found["sample_losses[2]"] == "follows"  # ½·0.9²
    assert found["sample_losses[1]"] == "correct"


DESCENT = MAZUR + '[notation]\ndelta_sign = "descent"\nbackward = ["preactivation"]\n'


def test_delta_in_the_descent_sign_is_graded_in_the_handouts_sign() -> None:
    """δ = (t − o)·o(1 − o) = −0.1385 where ∂E/∂net = 0.1385; the gradient's sign is a slip there."""
    assert verdicts(graded(DESCENT, {"2.delta[1]": "-0.1385"}))["2.delta[1]"] == "correct"
    wrong = results(graded(DESCENT, {"2.delta[1]": "0.1385"}))["2.delta[1]"]
    assert (wrong.verdict, wrong.slip) == ("slip", ("sign",))
    assert wrong.expected == pytest.approx(-0.1384986, abs=1e-6)


def test_hidden_delta_and_updates_follow_in_the_descent_sign() -> None:
    sheet = {name: text for name, text in CELLS.items() if "gradient" not in name}
    for name in sheet:
        if ".delta" in name:
            sheet[name] = f"{-float(sheet[name]):.4f}"
    assert set(verdicts(graded(DESCENT, sheet)).values()) == {"correct"}


TURNED = """
inputs = [[1, 0.5]]
targets = [[0]]
loss = "half_squared_error"
learning_rate = 0.5
digits = 4
[[layers]]
activation = "sigmoid"
weights = [[0.15, 0.25, 0.35], [0.20, 0.30, 0.40]]
bias = [0.1, 0.2, 0.3]
[[layers]]
activation = "sigmoid"
weights = [[0.4], [0.5], [0.6]]
bias = [0.6]
[notation]
weight_order = "input,unit"
"""


def test_weights_that_stand_input_by_unit_are_graded_by_unit_and_input() -> None:
    """z₁ = 0.15·1 + 0.20·0.5 + 0.1 = 0.35: the first column of the file is unit 1."""
    straight = (
        TURNED.replace(
            "[[0.15, 0.25, 0.35], [0.20, 0.30, 0.40]]", "[[0.15, 0.20], [0.25, 0.30], [0.35, 0.40]]"
        )
        .replace("[[0.4], [0.5], [0.6]]", "[[0.4, 0.5, 0.6]]")
        .replace('[notation]\nweight_order = "input,unit"', "")
    )
    sheet = honest(straight)
    assert sheet["1.preactivation[1]"] == "0.3500"
    assert set(verdicts(graded(TURNED, sheet)).values()) == {"correct"}
    assert problem_of(TURNED).layer(1).units == 3


def test_frozen_and_shared_biases() -> None:
    """A shared bias's gradient is the sum over the units; a frozen one is not updated."""
    problem = MAZUR.replace("bias = [0.60, 0.60]", 'bias = 0.60\nshared = ["bias"]\nfrozen = ["bias"]')
    total = float(CELLS["2.bias_gradient[1]"]) + float(CELLS["2.bias_gradient[2]"])
    found = verdicts(graded(problem, {"2.delta[1]": "0.1385", "2.bias_gradient": f"{total:.4f}"}))
    assert set(found.values()) == {"correct"}
    wrong = verdicts(graded(problem, {"2.bias_gradient": CELLS["2.bias_gradient[1]"]}))
    assert list(wrong.values()) == ["slip"]


def test_a_sheet_that_answers_nothing_is_asked_everything() -> None:
    report = graded(MAZUR, {})
    assert set(verdicts(report).values()) == {"missing"}
    assert report.max_scores[0] == len(CELLS)
    assert not report.all_right()


def test_what_is_left_out_of_a_sheet_counts_and_of_a_table_does_not() -> None:
    answers = Answers(
        problem_of(MAZUR),
        make_plan(problem_of(MAZUR)),
        ("Ada", "Ben"),
        ("a", "b"),
        {"2.delta[1]": ["0.1385", "0.1385"]},
        whole_sheet=np.array([True, False]),
    )
    report = grade(answers, Options())
    found = verdicts(report)
    assert found["2.delta[1]"] == "correct"
    assert list(found.values()).count("missing") == len(CELLS) - 1
    assert verdicts(report, 1) == {"2.delta[1]": "correct"}
    assert verdicts(grade(answers, Options(partial=True))) == {"2.delta[1]": "correct"}


LOG = """
inputs = [[1]]
targets = [[0]]
loss = "binary_cross_entropy"
digits = 2
[[layers]]
activation = "sigmoid"
weights = [[0.8]]
"""


@pytest.mark.parametrize("activation", ["1.00", "1.20"])
def test_from_numbers_that_cannot_be_nothing_follows(activation: str) -> None:
    """−ln(1 − 1.00) has no bounds, −ln(1 − 1.20) no value: neither makes any loss right."""
    for loss in ("0.37", "7.00", "-3.00"):
        cell = results(graded(LOG, {"1.activation": activation, "loss": loss}))["loss"]
        assert cell.verdict == "slip"
        assert cell.from_yours is None
        assert cell.message == "From your numbers above this has no value: one of them cannot be."
    assert verdicts(graded(LOG, {"1.activation": activation, "loss": "1.17"}))["loss"] == "correct"


def test_a_problem_without_a_learning_rate_is_graded() -> None:
    """There are no updated weights then, which a slip is otherwise tried with."""
    problem = MAZUR.replace("learning_rate = 0.5\n", "")
    found = results(
        graded(problem, {"2.delta[1]": "-0.1385", "1.delta[1]": "0.5", "2.preactivation[1]": "0.5059"})
    )
    assert found["2.delta[1]"].slip == ("sign",)
    assert found["2.preactivation[1]"].slip == ("missing-bias",)
    assert found["1.delta[1]"].verdict == "slip"


def test_softmax_beside_a_squared_error_is_judged_by_the_whole_jacobian() -> None:
    """δ_k = Σ_m (a_m − y_m)·a_m·(1[k = m] − a_k), at a = softmax(0.5, −0.4)."""
    problem = """
inputs = [[1, 2]]
targets = [[0, 1]]
loss = "half_squared_error"
digits = 4
[[layers]]
activation = "softmax"
weights = [[0.1, 0.2], [0.3, -0.4]]
bias = [0.0, 0.1]
"""
    a = np.exp([0.5, -0.4]) / np.exp([0.5, -0.4]).sum()
    delta = (np.diag(a) - np.outer(a, a)) @ (a - [0, 1])
    sheet = {"1.preactivation": ["0.5", "-0.4"], "1.activation": [f"{one:.4f}" for one in a]}
    found = verdicts(graded(problem, {**sheet, "1.delta": [f"{one:.4f}" for one in delta]}))
    assert set(found.values()) == {"correct"}
    elementwise = (a - [0, 1]) * a * (1 - a)
    wrong = verdicts(graded(problem, {**sheet, "1.delta[1]": f"{elementwise[0]:.4f}"}))
    assert wrong["1.delta[1]"] == "slip"
