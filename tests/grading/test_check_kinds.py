"""Every kind of problem: the key filled in is all right, and a sheet of wrong numbers is told of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from any_network import ACTIVATIONS
from command_line import backprop
from grading import BATCH, MAZUR

from backprop_cli.functions.losses import LOSSES


def kinds() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, base in (("mazur", MAZUR), ("batch", BATCH)):
        ones = "targets = [[1, 0]]" if name == "mazur" else "targets = [[1], [0], [1]]"
        for loss in LOSSES:
            if loss == "cross_entropy":
                continue
            text = base.replace("half_squared_error", loss)
            if loss in ("binary_cross_entropy", "hinge"):
                own = ones.replace("0", "-1") if loss == "hinge" else ones
                text = re.sub(r"targets = .*", own, text)
            found[f"{name} {loss}"] = text
        for activation in ACTIVATIONS:
            if activation != "softmax":
                own = f'"{activation}"'
                own = '{ name = "leaky_relu", slope = 0.1 }' if activation == "leaky_relu" else own
                found[f"{name} {activation}"] = base.replace('activation = "sigmoid"', f"activation = {own}")
        for line in (
            *(f'optimizer = "{one}"' for one in ("momentum", "nesterov", "rmsprop", "adam")),
            'optimizer = { name = "adam", weight_decay = 0.01 }',
            'batch = "sum"',
            'schedule = "online"',
            'rounding = "each-step"',
            'notation = "mitchell"',
            'notation = "bishop"',
            'notation = "mazur"',
        ):
            found[f"{name} {line}"] = base.replace("digits = 4", f"digits = 4\n{line}")
        for line in (
            'backward = ["activation"]',
            'backward = ["activation", "preactivation"]',
            "backward = []",
            'delta_sign = "descent"',
            'loss_steps = ["terms", "sum", "mean"]',
            'derivative = "prime"',
        ):
            found[f"{name} {line}"] = f"{base}[notation]\n{line}\n"
        found[f"{name} without a learning rate"] = base.replace("learning_rate = 0.5\n", "")
    softmax = MAZUR.replace('"sigmoid"\nweights = [[0.40', '"softmax"\nweights = [[0.40')
    found["softmax, squared"] = softmax
    found["softmax, cross-entropy"] = softmax.replace("half_squared_error", "cross_entropy").replace(
        "[[0.01, 0.99]]", "[[0, 1]]"
    )
    return found


KINDS = kinds()


@pytest.mark.parametrize("text", KINDS.values(), ids=KINDS)
def test_the_key_is_right_and_wrong_numbers_are_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text(text, encoding="utf-8")
    sheet = backprop("sheet", "--fill", folder=tmp_path)
    assert sheet.status == 0, sheet.err
    (tmp_path / "answers.toml").write_text(sheet.out, encoding="utf-8")
    ran = backprop("check", folder=tmp_path)
    assert ran.status == 0, ran.out
    head, student, answers = sheet.out.partition("student = ")
    wrong = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]) * 1.3 + 0.01:.4f}", answers)
    (tmp_path / "answers.toml").write_text(head + student + wrong, encoding="utf-8")
    for options in ((), ("--all",), ("--hint", "--ascii"), ("--format", "json")):
        ran = backprop("check", *options, folder=tmp_path)
        assert (ran.status, ran.err) == (1, ""), options
        assert "nan" not in ran.out.lower()
        assert "inf " not in ran.out.lower()
