"""`derive` with numbers: every line works out to the result, which is what `solve` gives."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import backprop
from derivations import SOFTMAX, derive, fault, last_number

from backprop_cli.documents.derive_chains import joined
from backprop_cli.documents.document import Digits, Operator, Row
from backprop_cli.render.text import TextMath


@pytest.mark.parametrize("rounding", ["carry", "each-step"])
@pytest.mark.parametrize("problem", ["w3wi-ds304", "or-batch", "softmax", "deep"])
def test_every_product_ends_with_what_solve_gives(
    problem: str, rounding: str, softmax: Path, deep: Path
) -> None:
    source = {"softmax": softmax, "deep": deep}.get(problem, problem)
    options = ("--rounding", rounding, "--digits", "6")
    solved = json.loads(backprop("solve", source, *options, "--format", "json").out)
    for layer in solved["layers"]:
        for role in ("weight_gradient", "bias_gradient"):
            values = layer[role] or []
            for unit, row in enumerate(values, start=1):
                cells = (
                    [(f"{unit},{place}", value) for place, value in enumerate(row, start=1)]
                    if isinstance(row, list)
                    else [(str(unit), row)]
                )
                for inside, value in cells:
                    brackets = "" if layer["name"] == "first" and role == "bias_gradient" else f"[{inside}]"
                    out = derive(source, *options, "--of", f"{layer['name']}.{role}{brackets}")
                    assert last_number(out) == pytest.approx(value, abs=5.1e-7)


def test_the_values_of_the_factors_multiply_to_the_result() -> None:
    out = derive("w3wi-ds304", "--of", "Θ_21[out]")
    product = next(line for line in out.splitlines() if line.strip().startswith("≈"))
    factors = [float(part.replace("−", "-")) for part in re.findall(r"−?[\d.]+", product)]
    assert round(factors[0] * factors[1] * factors[2], 3) == last_number(out) == -0.178


NUMBERS_ONLY = re.compile(r"[−\d.·()+/²½ ]+")
AS_PYTHON = str.maketrans({"−": "-", "·": "*", "²": "**2", "½": "0.5"})


@pytest.mark.parametrize(
    "of", ["1.weights[2,1]", "1.delta[2,3]", "2.bias[1]", "2.weights[2,2]", "2.delta[1,2]"]
)
@pytest.mark.parametrize(
    "notation", ["", "[notation]\nbackward = []", '[notation]\nbackward = ["activation"]']
)
def test_every_line_of_numbers_works_out_to_the_result(tmp_path: Path, of: str, notation: str) -> None:
    """Read as arithmetic, brackets, signs, 0s and 1s included."""
    file = tmp_path / "softmax.toml"
    file.write_text(SOFTMAX + notation, encoding="utf-8")
    data = json.loads(derive(file, "--digits", "8", "--of", of, "--format", "json"))
    local, chain = data["sections"]
    for equation in [*local["equations"], *chain["equations"]]:
        lines = [step["right"] for step in equation["steps"] if NUMBERS_ONLY.fullmatch(step["right"])]
        worked = [eval(line.translate(AS_PYTHON), {}) for line in lines]
        assert worked == pytest.approx([worked[-1]] * len(worked), abs=1e-6) if worked else True
    assert len(worked) >= 3


def test_numbers_can_be_put_into_a_problem_in_letters() -> None:
    out = derive("umons", "--values", "random", "--seed", "7", "--of", "u_12")
    solved = json.loads(
        backprop("solve", "umons", "--values", "random", "--seed", "7", "--format", "json").out
    )
    assert last_number(out) == pytest.approx(solved["layers"][0]["weight_gradient"][0][1], abs=5e-5)


def test_a_quantity_with_one_value_needs_no_index(deep: Path) -> None:
    assert last_number(derive(deep, "--of", "third.bias")) == last_number(derive(deep, "--of", "b_3"))


def test_a_wide_network_gives_the_chain_without_writing_out_each_factor(tmp_path: Path) -> None:
    row = [0.01 * unit for unit in range(1, 81)]
    wide = tmp_path / "wide.toml"
    wide.write_text(
        f"inputs = {row}\ntargets = [0, 1]\nloss = 'squared_error'\n"
        f"[[layers]]\nactivation = 'tanh'\nweights = {[row] * 80}\n"
        f"[[layers]]\nactivation = 'sigmoid'\nweights = {[row] * 2}\n",
        encoding="utf-8",
    )
    solved = json.loads(backprop("solve", wide, "--format", "json").out)
    out = derive(wide, "--of", "1.weights[2,3]")
    assert len(out.splitlines()) < 60
    assert last_number(out) == pytest.approx(solved["layers"][0]["weight_gradient"][1][2], abs=5e-5)
    assert 'no quantity is called "w^(1)_23"' in fault(wide, "--of", "w^(1)_23")  # too many to look through
    assert "for k = 1, 2" in derive(wide, "--of", "w^(1)", "--show", "local")
    assert "more than 64" in fault(wide, "--all-units")


def test_two_outputs_after_a_wide_layer_leave_the_long_line_out(tmp_path: Path) -> None:
    """Twenty units, each a path of its own, are more factors than fit; the line from δ is given."""
    rows = [[0.1] * 20] * 20
    file = tmp_path / "long.toml"
    layers = "".join(f"[[layers]]\nactivation = 'tanh'\nweights = {rows}\n" for _ in range(2))
    file.write_text(
        f"inputs = {[0.1] * 20}\ntargets = {[0.2] * 20}\nloss = 'squared_error'\n{layers}", encoding="utf-8"
    )
    out = derive(file, "--of", "1.weights[1,1]")
    assert "With numbers" not in out
    assert re.search(r"= −?[\d.]+·0\.1\n", out)


def test_a_product_among_factors_keeps_the_sign_of_its_first_number_apart() -> None:
    negative = Row((Digits("-1"), Operator("·", False), Digits("2")))
    text = TextMath()
    assert text.line(joined([Digits("3"), negative])) == "3 · (−1) · 2"
    assert text.line(joined([negative, Digits("3")])) == "−1 · 2 · 3"
    assert text.line(joined([Digits("-1")], leading=False)) == "(−1)"
