"""What follows from a student's own formula above is not punished twice."""

from __future__ import annotations

from grading import graded, results

NO_TWO = {
    "2.activation_gradient": "z - y",
    "2.weight_gradient": "(z - y) h_j",
    "2.bias_gradient": "z - y",
    "1.activation_gradient": "(z - y) w_j",
    "1.delta": "(z - y) w_j h_j (1 - h_j)",
    "1.weight_gradient": "(z - y) w_j h_j (1 - h_j) x_k",
    "1.bias_gradient": "(z - y) w_j h_j (1 - h_j)",
}


def verdicts(answers: dict[str, str]) -> dict[str, str]:
    return {name: cell.verdict for name, cell in results(graded("umons", {}, wholes=answers)).items()}


def test_the_two_forgotten_once_is_one_slip_of_seven_lines() -> None:
    found = verdicts(NO_TWO)
    assert found.pop("2.activation_gradient") == "slip"
    assert len(found) == 6
    assert set(found.values()) == {"follows"}


def test_names_stand_for_the_students_own_quantities() -> None:
    """∂L/∂z · h_j is right whatever ∂L/∂z was above."""
    found = verdicts({"2.activation_gradient": "z - y", "2.weight_gradient": "dL/dz h_j"})
    assert found == {"2.activation_gradient": "slip", "2.weight_gradient": "correct"}


def test_a_new_slip_below_the_first_is_one_more() -> None:
    found = verdicts({**NO_TWO, "1.delta": "(z - y) w_j"})
    assert found["1.delta"] == "slip"
    assert found["1.activation_gradient"] == "follows"
    assert found["1.weight_gradient"] == "slip"


def test_nothing_follows_from_a_constant() -> None:
    found = verdicts({"2.activation_gradient": "0", "2.weight_gradient": "0", "2.bias_gradient": "0"})
    assert set(found.values()) == {"slip"}


def test_a_circle_follows_from_nothing() -> None:
    found = verdicts({"2.activation_gradient": "dL/dc", "2.bias_gradient": "dL/dz"})
    assert found["2.activation_gradient"] == "slip"


def test_what_follows_earns_its_credit() -> None:
    report = graded("umons", {}, wholes=NO_TWO)
    assert report.scores[0] == 6
    assert graded("umons", {}, wholes=NO_TWO, follows=0.0).scores[0] == 0
