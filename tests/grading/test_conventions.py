"""A convention of one's own: one slip, one message, and the rest follows; but only if it is kept to."""

from __future__ import annotations

import pytest
from grading import BATCH, MAZUR, graded, honest, results, verdicts

from backprop_cli.grading.report.feedback import feedback

SQUARED = MAZUR.replace('"half_squared_error"', '"squared_error"')
SUMMED = BATCH.replace("learning_rate", 'batch = "sum"\nlearning_rate')


def summed(problem: str) -> dict[str, str]:
    """An honest sheet of a student who sums over the three samples where the handout averages."""
    sheet = honest(problem, digits=6)
    found = {}
    for name, text in sheet.items():
        _, _, role = name.partition(".")
        role = role.partition("[")[0]
        if name == "loss" or role.endswith("_gradient"):
            found[name] = f"{3 * float(text):.4f}"
        elif role.startswith("new_"):
            gradient = name.replace("new_weights", "weight_gradient").replace("new_bias", "bias_gradient")
            old = float(text) + 0.5 * float(sheet[gradient])
            found[name] = f"{old - 0.5 * 3 * float(sheet[gradient]):.4f}"
        else:
            found[name] = f"{float(text):.4f}"
    return found


CASES = {
    # (the handout, what the student wrote, the words of the one message)
    "twice": (MAZUR, lambda: honest(SQUARED), "twice the handout's loss throughout"),
    "half": (SQUARED, lambda: honest(MAZUR), "half the handout's loss throughout, as with ½(a − y)²"),
    "sum": (BATCH, lambda: summed(BATCH), "summed over the samples throughout"),
    "mean": (SUMMED, lambda: honest(BATCH), "took the mean over the samples throughout"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_convention_kept_to_throughout_is_one_slip_and_the_rest_follows(case: str) -> None:
    problem, sheet, words = CASES[case]
    report = graded(problem, sheet())
    found = results(report)
    slips = [cell for cell in found.values() if cell.verdict == "slip"]
    assert [cell.cell for cell in slips] == ["loss"]
    assert words in slips[0].message
    assert {cell.verdict for cell in found.values()} == {"slip", "correct", "follows"}
    assert all(cell.credit == 1 for cell in found.values() if cell.verdict != "slip")
    assert report.scores[0] == report.max_scores[0] - 1
    assert not report.habits


@pytest.mark.parametrize("case", CASES)
def test_the_message_is_said_once(case: str) -> None:
    problem, sheet, words = CASES[case]
    document = repr(feedback(graded(problem, sheet()), 0))
    assert document.count("throughout") == 1
    assert words in document


@pytest.mark.parametrize("case", CASES)
def test_a_convention_not_kept_to_is_several_slips(case: str) -> None:
    """One line of those it concerns is the handout's: then the others are factors forgotten or added."""
    problem, sheet, _ = CASES[case]
    line = "2.delta[1]" if case in ("twice", "half") else "2.weight_gradient[1,1]"
    right = {"twice": honest(MAZUR), "half": honest(SQUARED), "sum": honest(BATCH)}.get(case)
    mixed = sheet()
    mixed[line] = right[line] if right else f"{3 * float(honest(BATCH, digits=6)[line]):.4f}"
    found = results(graded(problem, mixed))
    assert found[line].verdict == "correct"
    assert sum(cell.verdict == "slip" for cell in found.values()) > 1
    assert not any("throughout" in cell.message for cell in found.values())


def test_a_factor_forgotten_once_is_no_convention() -> None:
    found = results(graded(MAZUR, {**honest(MAZUR), "loss": honest(SQUARED)["loss"]}))
    assert found["loss"].slip == ("missing-factor",)
    assert "throughout" not in found["loss"].message
    assert [name for name, cell in found.items() if cell.verdict != "correct"] == ["loss"]


def test_one_line_alone_is_no_convention() -> None:
    """Nothing else was answered: once is not throughout."""
    (cell,) = results(graded(MAZUR, {"loss": honest(SQUARED)["loss"]})).values()
    assert cell.slip == ("missing-factor",)
    assert "throughout" not in cell.message


def test_twice_in_the_forward_pass_is_no_convention_of_the_loss() -> None:
    """Both z⁽¹⁾ doubled, and all else worked out from them: a loss has no say in that."""
    sheet = {"1.preactivation[1]": "0.7550", "1.preactivation[2]": "0.7850"}
    found = results(graded(MAZUR, sheet))
    assert [cell.verdict for cell in found.values()] == ["slip", "slip"]
    assert not any("throughout" in cell.message for cell in found.values())


def test_a_slip_elsewhere_does_not_undo_a_convention_of_the_loss() -> None:
    """½ left out throughout, and besides one weight gradient with its sign flipped."""
    sheet = honest(SQUARED)
    sheet["1.weight_gradient[2,2]"] = f"{-float(sheet['1.weight_gradient[2,2]']):.4f}"
    sheet["1.new_weights[2,2]"] = f"{0.30 - 0.5 * float(sheet['1.weight_gradient[2,2]']):.4f}"
    found = results(graded(MAZUR, sheet))
    slips = [name for name, cell in found.items() if cell.verdict == "slip"]
    assert slips == ["loss", "1.weight_gradient[2,2]"]
    assert found["1.weight_gradient[2,2]"].slip == ("sign",)


def test_strict_knows_no_conventions() -> None:
    report = graded(MAZUR, honest(SQUARED), strict=True)
    found = verdicts(report)
    assert found["loss"] == found["2.delta[1]"] == found["2.delta[2]"] == "slip"
    assert not any("throughout" in cell.message for cell in results(report).values())


def test_each_student_has_conventions_of_their_own() -> None:
    report = graded(MAZUR, honest(MAZUR), honest(SQUARED), honest(MAZUR))
    assert [list(verdicts(report, student).values()).count("slip") for student in range(3)] == [0, 1, 0]


def test_mazurs_own_losses_of_the_outputs_can_be_asked_for_and_are_right() -> None:
    """His page has E_o1 = 0.274811083 and E_o2 = 0.023560026."""
    problem = MAZUR.replace("digits = 4\n", 'digits = 4\n\n[notation]\nloss_steps = ["outputs"]\n', 1)
    sheet = {"loss_terms[1]": "0.274811083", "loss_terms[2]": "0.023560026", "loss": "0.298371109"}
    assert set(verdicts(graded(problem, sheet)).values()) == {"correct"}


def test_the_loss_of_each_output_with_its_factor_is_right_where_the_terms_are_asked_for() -> None:
    problem = MAZUR.replace("digits = 4\n", 'digits = 4\n\n[notation]\nloss_steps = ["terms", "sum"]\n', 1)
    sheet = {"loss_terms[1]": "0.2748", "loss_terms[2]": "0.0236", "loss": "0.2984"}
    assert set(verdicts(graded(problem, sheet)).values()) <= {"correct", "rounded"}


def test_a_sign_that_is_merely_lost_stays_a_slip() -> None:
    """Both δ of the output turned, and nothing below turned back: no convention."""
    sheet = honest(MAZUR, digits=6)
    for unit in (1, 2):
        sheet[f"2.delta[{unit}]"] = f"{-float(sheet[f'2.delta[{unit}]']):.6f}"
    only = {name: sheet[name] for name in sheet if name.startswith("2.") and not name.startswith("2.new")}
    for name in list(only):
        if "gradient" in name:
            only[name] = f"{-float(only[name]):.6f}"
    found = verdicts(graded(MAZUR, only))
    assert found["2.delta[1]"] == "slip"
    assert found["2.weight_gradient[1,1]"] == "follows"
