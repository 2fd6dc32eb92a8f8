"""A class on Mazur's example: an honest student, one with a flipped sign, their sheets and their table."""

from __future__ import annotations

import csv
import io
import json

from grading import MAZUR, honest

HONEST = honest(MAZUR)
FLIPPED = {**HONEST, "2.delta[1]": "-0.1385"}
PARTS = ("2.activation[1]", "2.delta[1]", "2.delta[2]", "2.new_weights[1,1]")


def toml(student: str, answers: dict[str, str], problem: str = "mazur") -> str:
    lines = [f"problem = {json.dumps(problem)}", f"student = {json.dumps(student)}"]
    loss = [f"loss = {json.dumps(text)}" for name, text in answers.items() if name == "loss"]
    for layer in ("1", "2"):
        own = {name: text for name, text in answers.items() if name.startswith(f"{layer}.")}
        loss += [f"[{layer}]", *(f'"{name[2:]}" = {json.dumps(text)}' for name, text in own.items())]
    return "\n".join(lines + loss) + "\n"


def wide(students: dict[str, dict[str, str]], separator: str = ",", cells: tuple[str, ...] = PARTS) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(("student", *cells))
    for name, answers in students.items():
        writer.writerow((name, *(answers.get(cell, "") for cell in cells)))
    return out.getvalue()
