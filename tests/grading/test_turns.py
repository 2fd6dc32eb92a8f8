"""Online problems are graded as they are solved, turn by turn, against a plain loop over the samples."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import backprop

PROBLEM = """
inputs = [[0.2, -0.5], [1.0, 0.3], [-0.7, 0.8]]
targets = [[1.0], [0.0], [0.5]]
loss = "half_squared_error"
learning_rate = 0.8
schedule = "online"
{more}
[[layers]]
name = "hid"
activation = "sigmoid"
weights = [[0.4, -0.3], [0.1, 0.9]]
bias = [0.2, -0.1]
[[layers]]
name = "out"
activation = "sigmoid"
weights = [[0.7, -0.6]]
bias = 0.3
"""
X = np.array([[0.2, -0.5], [1.0, 0.3], [-0.7, 0.8]])
Y = np.array([[1.0], [0.0], [0.5]])
ROLES = (
    "preactivation",
    "activation",
    "delta",
    "weight_gradient",
    "bias_gradient",
    "new_weights",
    "new_bias",
)


def by_loop(first_bias: float | None = None, rate: float = 0.8) -> dict[str, np.ndarray]:
    """Every value of every turn; `first_bias` is what a student wrote for out.new_bias in the first turn."""
    w1, b1 = np.array([[0.4, -0.3], [0.1, 0.9]]), np.array([0.2, -0.1])
    w2, b2 = np.array([[0.7, -0.6]]), np.array([0.3])
    found: dict[str, list[np.ndarray]] = {}
    for turn, (x, y) in enumerate(zip(X, Y, strict=True)):
        z1 = w1 @ x + b1
        h = 1 / (1 + np.exp(-z1))
        z2 = w2 @ h + b2
        o = 1 / (1 + np.exp(-z2))
        d2 = (o - y) * o * (1 - o)
        d1 = (w2.T @ d2) * h * (1 - h)
        g2, g1 = np.outer(d2, h), np.outer(d1, x)
        w2, b2, w1, b1 = w2 - rate * g2, b2 - rate * d2, w1 - rate * g1, b1 - rate * d1
        if turn == 0 and first_bias is not None:
            b2 = np.array([first_bias])
        found.setdefault("loss", []).append(0.5 * ((o - y) ** 2).sum())
        for layer, values in {
            "hid": (z1, h, d1, g1, d1, w1, b1),
            "out": (z2, o, d2, g2, d2, w2, b2),
        }.items():
            for role, value in zip(ROLES, values, strict=True):
                found.setdefault(f"{layer}.{role}", []).append(value)
    return {name: np.array(values) for name, values in found.items()}


def cells(values: dict[str, np.ndarray], digits: int = 4) -> dict[str, str]:
    return {
        f"{name}[{','.join(str(place + 1) for place in position)}]": f"{array[position]:.{digits}f}"
        for name, array in values.items()
        for position in np.ndindex(array.shape)
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "online.toml").write_text(PROBLEM.format(more=""), encoding="utf-8")
    return tmp_path


def wide(**students: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    names = list(next(iter(students.values())))
    writer.writerow(["student", *names])
    writer.writerows([name, *(answers[cell] for cell in names)] for name, answers in students.items())
    return out.getvalue()


def graded(folder: Path, *arguments: str | Path) -> dict[str, dict[str, Any]]:
    ran = backprop("check", *arguments, "--problem", "online.toml", "--format", "json", folder=folder)
    return {one["student"]: {c["cell"]: c for c in one["cells"]} for one in json.loads(ran.out)["results"]}


def test_a_table_of_a_plain_loop_is_all_right(folder: Path) -> None:
    answers = cells(by_loop())
    (folder / "class.csv").write_text(wide(ada=answers), encoding="utf-8")
    found = graded(folder, "class.csv")["ada"]
    assert set(found) == set(answers)
    assert {cell["verdict"] for cell in found.values()} == {"correct"}
    expected = cells(by_loop(), 12)
    assert all(cell["expected"] == pytest.approx(float(expected[name])) for name, cell in found.items())


def test_the_filled_sheet_is_that_of_the_loop_and_all_right(folder: Path) -> None:
    ran = backprop("sheet", "online.toml", "--fill", "-o", "key.toml", folder=folder)
    assert ran.status == 0
    found = graded(folder, "key.toml")["key"]
    assert {name: cell["answer"] for name, cell in found.items()} == cells(by_loop())
    assert {cell["verdict"] for cell in found.values()} == {"correct"}
    ran = backprop("sheet", "online.toml", "--fill", "--format", "csv", folder=folder)
    header, key = csv.reader(io.StringIO(ran.out))
    assert dict(zip(header[1:], key[1:], strict=True)) == cells(by_loop())


def test_a_sheet_nests_by_sample_first(folder: Path) -> None:
    values = by_loop()
    gradient = np.vectorize(lambda value: f"{value:.4f}")(values["hid.weight_gradient"]).tolist()
    (folder / "ada.toml").write_text(
        f'problem = "online"\n[hid]\nweight_gradient = {json.dumps(gradient)}\n'
        '"bias_gradient[3,1]" = "0.0013"\n',
        encoding="utf-8",
    )
    found = graded(folder, "ada.toml", "--partial")["ada"]
    assert len(found) == 13
    assert {cell["verdict"] for cell in found.values()} == {"correct"}


def test_a_slip_in_one_turn_is_followed_through_the_turns_after_it(folder: Path) -> None:
    """b ← b + η·δ in the first turn: all that the second turn makes of it follows."""
    wrong = 0.3 + 0.8 * by_loop()["out.delta"][0, 0]
    answers = cells(by_loop(first_bias=round(wrong, 4)))
    (folder / "class.csv").write_text(wide(ada=answers, ben=cells(by_loop())), encoding="utf-8")
    found = graded(folder, "class.csv")
    slips = [name for name, cell in found["ada"].items() if cell["verdict"] == "slip"]
    assert slips == ["out.new_bias[1,1]"]
    assert found["ada"]["out.new_bias[1,1]"]["slip"][0] == "ascent"
    assert found["ada"]["out.preactivation[2,1]"]["verdict"] == "follows"
    assert found["ada"]["out.new_bias[3,1]"]["verdict"] == "follows"
    assert {cell["verdict"] for cell in found["ben"].values()} == {"correct"}


def test_the_message_of_a_later_turn_has_the_students_own_parameters(folder: Path) -> None:
    answers = cells(by_loop(first_bias=0.5))
    answers["out.preactivation[2,1]"] = "9.0000"
    (folder / "class.csv").write_text(wide(ada=answers), encoding="utf-8")
    message = graded(folder, "class.csv")["ada"]["out.preactivation[2,1]"]["message"]
    assert "+ 0.5000 =" in message.replace("0.5 =", "0.5000 =")


def test_by_hand_each_turn_begins_with_the_rounded_parameters(folder: Path) -> None:
    (folder / "online.toml").write_text(
        PROBLEM.format(more='rounding = "each-step"\ndigits = 2'), encoding="utf-8"
    )
    backprop("sheet", "online.toml", "--fill", "-o", "key.toml", folder=folder)
    found = graded(folder, "key.toml")["key"]
    assert {cell["verdict"] for cell in found.values()} == {"correct"}
    solved = json.loads(backprop("solve", "online.toml", "--format", "json", folder=folder).out)
    assert float(found["out.new_bias[3,1]"]["answer"]) == solved["layers"][1]["new_bias"][0]


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "rmsprop", "adam"])
def test_what_an_optimizer_keeps_is_carried_from_turn_to_turn(optimizer: str, folder: Path) -> None:
    (folder / "online.toml").write_text(PROBLEM.format(more=f'optimizer = "{optimizer}"'), encoding="utf-8")
    backprop("sheet", "online.toml", "--fill", "-o", "key.toml", folder=folder)
    found = graded(folder, "key.toml")["key"]
    assert {cell["verdict"] for cell in found.values()} <= {"correct", "rounded"}


def test_the_terminal_names_the_sample_of_a_slip(folder: Path) -> None:
    answers = {**cells(by_loop()), "out.delta[2,1]": "-0.1465"}
    (folder / "class.csv").write_text(wide(ada=answers), encoding="utf-8")
    ran = backprop("check", "class.csv", "--problem", "online.toml", "--all", folder=folder)
    assert "δ(out) (sample 2)" in ran.out
    assert "The sign is flipped" in ran.out


def test_the_json_of_a_solution_has_its_turns(folder: Path) -> None:
    solved = json.loads(backprop("solve", "online.toml", "--format", "json", folder=folder).out)
    values = by_loop()
    assert [turn["sample"] for turn in solved["turns"]] == [1, 2, 3]
    for place, turn in enumerate(solved["turns"]):
        assert turn["loss"] == pytest.approx(values["loss"][place])
        for layer in turn["layers"]:
            for role in ("weight_gradient", "bias_gradient", "new_weights", "new_bias"):
                assert np.allclose(layer[role], values[f"{layer['name']}.{role}"][place]), role
            assert np.allclose(layer["delta"], values[f"{layer['name']}.delta"][place : place + 1])
    assert "turns" not in json.loads(backprop("solve", "w3wi-ds304", "--format", "json").out)
