"""The command `derive`: its options, its names for quantities, its errors, its widths."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from command_line import Ran, backprop
from golden import FOLDER
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from test_layouts_fit import ACTIVATIONS as NAMES
from test_layouts_fit import LAYOUTS, LOSSES, toml

from backprop_cli import parse_problem, solve
from backprop_cli.layouts.derive import derivation_document
from backprop_cli.layouts.derive_chains import joined
from backprop_cli.layouts.document import Digits, Operator, Row
from backprop_cli.render.terminal import show
from backprop_cli.render.text import TextMath

SOFTMAX = """
title = "A 2-3-2 network"
inputs = [[0.5, -0.2], [1.0, 0.4]]
targets = [[0, 1], [1, 0]]
loss = "cross_entropy"
[[layers]]
activation = "tanh"
weights = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
bias = [0.1, 0.2, 0.3]
[[layers]]
activation = "softmax"
weights = [[0.1, 0.2, 0.3], [-0.3, 0.4, 0.2]]
bias = [0.1, -0.1]
"""
DEEP = """
inputs = [0.5]
targets = [0.3]
loss = "half_squared_error"
[[layers]]
name = "first"
activation = { name = "leaky_relu", slope = 0.1 }
weights = [[0.1], [0.3]]
bias = 0.2
shared = ["bias"]
[[layers]]
name = "second"
activation = "elu"
weights = [[0.1, 0.2], [-0.3, 0.4]]
[[layers]]
name = "third"
activation = "identity"
weights = [[0.1, 0.2]]
bias = 0.1
symbols = { weight_names = [["w5", "w6"]], bias_names = ["b3"] }
[notation]
derivative = "prime"
"""


@pytest.fixture
def softmax(tmp_path: Path) -> Path:
    path = tmp_path / "softmax.toml"
    path.write_text(SOFTMAX, encoding="utf-8")
    return path


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    path = tmp_path / "deep.toml"
    path.write_text(DEEP, encoding="utf-8")
    return path


def derive(*arguments: str | Path, **others) -> str:
    ran = backprop("derive", *arguments, **others)
    assert (ran.status, ran.err) == (0, ""), ran.err
    return ran.out


def fault(*arguments: str | Path) -> str:
    """What is said of input that cannot be used: on standard error, with exit status 2."""
    ran: Ran = backprop("derive", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    return ran.err


def last_number(text: str) -> float:
    return float(re.findall(r"[≈=] ([−-]?[\d.]+)$", text.rstrip(), re.M)[-1].replace("−", "-"))


# Quantities.


@pytest.mark.parametrize(
    "of",
    [
        "Θ_11[out]", "Θ₁₁[out]", "Theta_11[out]", "Θ_{11}^{[out]}", "theta"[:0] + "out.weights[1,1]",
        "out.weight_gradient[1,1]", "out.weight_gradient[1, 1]", "∂J/∂Θ_11[out]", "dJ(Θ)/dTheta_11[out]",
    ],
)  # fmt: skip
def test_a_cell_can_be_typed_in_many_ways(of: str) -> None:
    out = derive("w3wi-ds304", "--of", of)
    assert last_number(out) == 0.077
    assert out == derive("w3wi-ds304", "--of", "Θ_11[out]")


@pytest.mark.parametrize(
    ("of", "shown"),
    [
        ("w^(2)_12", "∂L/∂w⁽²⁾₁₂"),
        ("w_12^(2)", "∂L/∂w⁽²⁾₁₂"),
        ("w⁽²⁾₁₂", "∂L/∂w⁽²⁾₁₂"),
        ("b^(1)", "∂L/∂b⁽¹⁾ⱼ"),
        ("b^(1)_2", "∂L/∂b⁽¹⁾₂"),
        ("2.bias_gradient[2]", "∂L/∂b⁽²⁾₂"),
        ("δ^(1)", "δ⁽¹⁾ₛⱼ"),
        ("delta^(1)", "δ⁽¹⁾ₛⱼ"),
        ("1.delta[2,3]", "δ⁽¹⁾₂₃"),
        ("a^(1)", "∂Lₛ/∂a⁽¹⁾ₛⱼ"),
        ("1.activation_gradient[1,2]", "∂L₁/∂a⁽¹⁾₁₂"),
    ],
)
def test_quantities_of_a_batch(softmax: Path, of: str, shown: str) -> None:
    out = derive(softmax, "--of", of, "--show", "result")
    assert any(line.strip().startswith(f"{shown} ") for line in out.splitlines()), out


@pytest.mark.parametrize(("of", "shown"), [("w5", "w₅"), ("w_6", "w₆"), ("b3", "b₃"), ("third.bias", "b₃")])
def test_weights_with_names_of_their_own(deep: Path, of: str, shown: str) -> None:
    assert f"∂L/∂{shown}" in derive(deep, "--of", of)


def test_a_symbol_of_two_layers_is_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "unmarked.toml"
    file.write_text(SOFTMAX + '[notation]\nlayer_mark = "none"\n', encoding="utf-8")
    assert fault(file, "--of", "w") == (
        'error: "w" could be 2.weight_gradient or 1.weight_gradient\n  = help: write --of 2.weight_gradient\n'
    )
    assert '"w_11" could be 2.weight_gradient[1,1] or 1.weight_gradient[1,1]' in fault(file, "--of", "w_11")
    assert '"δ_11" could be 2.delta[1,1] or 1.delta[1,1]' in fault(file, "--of", "δ_11")


def test_an_unknown_quantity_lists_the_known_ones() -> None:
    assert fault("solutions-16", "--of", "beta") == (
        'error: no quantity is called "beta"\n'
        "  = help: known: ∂L/∂w (2.activation_gradient), ∂L/∂a_k (1.activation_gradient), ∂L/∂z_k (1.delta), "
        "c (2.bias_gradient), γ_k (2.weight_gradient), B_jk (1.weight_gradient), α_k (1.bias_gradient)\n"
    )


@pytest.mark.parametrize(
    ("of", "message", "help"),
    [
        ("w_11^(1)", 'no quantity is called "w_11^(1)"', "did you mean W^(1)_11?"),
        ("3.weight_gradient", 'no layer is called "3"', "known: "),
        ("2.wieght_gradient", 'no quantity is called "2.wieght_gradient"', "did you mean 2.weight_gradient?"),
        ("2.weights[1]", '"2.weights[1]" has 1 indices, expected 2', "it takes [unit,input]"),
        ("2.delta[1]", '"2.delta[1]" has 1 indices, expected 2', "it takes [sample,unit]"),
        ("2.weights[1,3]", '"2.weights[1,3]" asks for input 3, and there are 2', ""),
        ("2.weights[0,1]", '"2.weights[0,1]" asks for unit 0, and there are 1', ""),
        (" ", "--of is empty", "known: "),
    ],
)
def test_a_wrong_quantity_is_told(of: str, message: str, help: str) -> None:
    said = fault("or-batch", "--of", of)
    assert said.startswith(f"error: {message}\n")
    assert help in said


def test_a_cell_where_the_size_is_a_letter_is_told() -> None:
    said = fault("solutions-16", "--of", "1.weights[1,1]")
    assert "is the letter K" in said
    assert "--values random" in said


# Numbers.


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


# What is shown.


@pytest.mark.parametrize(
    ("show", "headings"),
    [
        ("local", ["Local derivatives"]),
        ("chain", ["The chain rule in the output layer", "The chain rule in the hidden layer"]),
        ("result", ["The gradients in the output layer", "The gradients in the hidden layer"]),
        ("recursion", ["Backwards, layer by layer", "In the output layer", "In the hidden layer"]),
    ],
)
def test_show_chooses_the_parts(show: str, headings: list[str]) -> None:
    data = json.loads(derive("umons", "--show", show, "--format", "json"))
    assert [section["title"] for section in data["sections"]] == headings


def test_parts_may_be_given_one_at_a_time_or_in_a_list() -> None:
    once = derive("umons", "--show", "local,recursion")
    assert derive("umons", "--show", "local", "--show", "recursion") == once
    assert derive("umons", "--show", " recursion , local,") == once


def test_the_default_is_what_the_handout_does() -> None:
    assert "Local derivatives" in derive("solutions-16")
    assert "Local derivatives" not in derive("regression-1-5-1")
    assert derive("umons") == derive("umons", "--show", "local,chain,result")


@pytest.mark.parametrize(
    ("show", "said"),
    [("chains", 'no part "chains"'), ("", "names no part"), (",", "names no part"), ("x", 'no part "x"')],
)
def test_an_unknown_part_is_told(show: str, said: str) -> None:
    message = fault("umons", "--show", show)
    assert said in message
    assert "local, chain, recursion, result" in message


def test_result_alone_gives_the_last_line_only() -> None:
    out = derive("umons", "--show", "result", "--of", "u")
    assert out.splitlines()[-1].split("=", 1)[1].split("for")[0].strip() == "∂L/∂gⱼ · xₖ"


def test_all_units_writes_each_equation_and_spells_out_its_numbers() -> None:
    symbols = derive("umons", "--all-units")
    assert all(f"∂L/∂u{place}" in symbols for place in ("₁₁", "₁₂", "₂₁", "₂₂", "₃₁", "₃₂"))
    assert "for j" not in symbols.split("The chain rule")[1]
    numbers = derive("w3wi-ds304", "--all-units")
    assert all(value in numbers for value in ("= 0.077", "= −0.178", "= 0.060", "= 0.06\n"))
    one = derive("umons", "--of", "w", "--all-units", "--show", "result")
    assert [line.strip()[:7] for line in one.splitlines()[-3:]] == ["∂L/∂w₁ ", "∂L/∂w₂ ", "∂L/∂w₃ "]


def test_samples_are_no_paths_and_one_output_no_addend() -> None:
    assert "several paths" not in derive("or-batch", "--show", "chain")
    assert "several paths" not in derive("or-batch", "--of", "W^(2)")
    assert "addends" not in derive("or-batch", "--show", "chain")
    hidden, output = (derive("w3wi-ds304", "--of", f"Θ_11[{layer}]") for layer in ("hid", "out"))
    assert ("several paths" in hidden, "addends" in hidden) == (True, False)
    assert ("several paths" in output, "addends" in output) == (False, True)


def test_all_units_needs_numbers_of_units() -> None:
    assert "is the letter K" in fault("solutions-16", "--all-units")


def test_online_training_is_derived_at_its_first_turn(tmp_path: Path) -> None:
    path = tmp_path / "online.toml"
    path.write_text('schedule = "online"\nlearning_rate = 0.1\n' + SOFTMAX.strip(), encoding="utf-8")
    solved = json.loads(backprop("solve", path, "--format", "json").out)
    delta = solved["layers"][1]["delta"][0][0]
    assert last_number(derive(path, "--of", "2.delta[1]")) == pytest.approx(delta, abs=5e-5)


def test_books_with_the_descent_sign_get_it(tmp_path: Path) -> None:
    path = tmp_path / "descent.toml"
    path.write_text(SOFTMAX + '[notation]\ndelta_sign = "descent"\n', encoding="utf-8")
    solved = json.loads(backprop("solve", path, "--format", "json").out)
    layer = solved["layers"][0]
    out = derive(path, "--of", "1.delta[1,2]")
    assert last_number(out) == pytest.approx(-layer["delta"][0][1], abs=5e-5)
    assert "= −∂L₁/∂z⁽¹⁾₁₂" in out
    weights = derive(path, "--of", "1.weights[2,1]")
    assert last_number(weights) == pytest.approx(layer["weight_gradient"][1][0], abs=5e-5)


def test_slopes_and_scales_stand_in_the_cases(deep: Path) -> None:
    out = " ".join(derive(deep).split())
    assert "= {0.1 if zᵢ(first) ≤ 0, 1 if zᵢ(first) > 0}" in out
    assert "= {e^zⱼ(second) if zⱼ(second) ≤ 0, 1 if zⱼ(second) > 0}" in out  # a scale of 1 is not written


def test_cases_break_after_a_comma(deep: Path) -> None:
    out = derive(deep, "--of", "first.weights", columns=52)
    assert "ᵢ(first) ≤ 0,\n" in out


# Activations.

ACTIVATIONS = (
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "softmax",
    "softmax-cross-entropy", "sigmoid-cross-entropy",
)  # fmt: skip


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("columns", [80, 120])
def test_an_activation_is_derived_within_the_width(name: str, columns: int) -> None:
    out = derive("--activation", name, columns=columns)
    assert all(len(line) <= columns for line in out.splitlines())
    assert out.count("=") >= 2


def test_an_activation_takes_no_problem() -> None:
    assert "takes neither a problem nor --of" in fault("umons", "--activation", "tanh")
    assert "takes neither a problem nor --of" in fault("--of", "B", "--activation", "tanh")


# Output.

BUNDLED = ("solutions-16", "umons", "regression-1-5-1", "w3wi-ds304", "or-batch")


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("problem", [*BUNDLED, "softmax", "deep"])
def test_nothing_is_wider_than_the_terminal(problem: str, columns: int, softmax: Path, deep: Path) -> None:
    source = {"softmax": softmax, "deep": deep}.get(problem, problem)
    for options in ([], ["--show", "local,chain,recursion,result"], ["--ascii"]):
        out = derive(source, *options, columns=columns)
        assert max(map(len, out.splitlines())) <= columns, options


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=4),
    samples=st.integers(1, 3),
    activations=st.lists(st.sampled_from(NAMES), min_size=3, max_size=3),
    loss=st.sampled_from(LOSSES[:4]),
    layout=st.sampled_from(LAYOUTS),
    backward=st.sampled_from(
        ["[]", '["activation"]', '["preactivation"]', '["activation", "preactivation"]']
    ),
    derivative=st.sampled_from(["prime", "preactivation", "activation"]),
    rounding=st.sampled_from(["carry", "each-step"]),
)
def test_any_network_is_derived_within_80_columns(
    sizes: list[int],
    samples: int,
    activations: list[str],
    loss: str,
    layout: str,
    backward: str,
    derivative: str,
    rounding: str,
) -> None:
    notation = f'layout = "{layout}"\nbackward = {backward}\nderivative = "{derivative}"'
    source = toml(sizes, samples, activations[: len(sizes) - 1], loss, notation)
    trace = solve(parse_problem(source, "any.toml", "any"), rounding=rounding).traces[0]
    everything = frozenset(("local", "chain", "recursion", "result"))
    cell = "1.weights[1,1]"
    for options in ({}, {"of": cell}, {"of": "1.delta"}, {"all_units": True}):
        document = derivation_document(trace.plan, trace, show=everything, **options)
        for ascii in (False, True):
            out = io.StringIO()
            show(document, Console(file=out, width=80, no_color=True), ascii=ascii)
            assert all(len(line) <= 80 for line in out.getvalue().splitlines()), options
            assert out.getvalue().isascii() or not ascii
        if options.get("of") == cell:
            shown = last_number(out.getvalue())
            assert shown == pytest.approx(trace["weight_gradient", 1][0, 0], abs=5.1e-5)


@pytest.mark.parametrize("problem", BUNDLED)
def test_equations_are_aligned_on_their_signs(problem: str) -> None:
    """In each group of equations the first signs stand in one column."""
    out = derive(problem, "--show", "chain,result")
    groups = [group for group in re.split(r"\n\s*\n|\n(?=The )", out) if "∂" in group]
    for group in groups:
        places = {line.index(" = ") for line in group.splitlines() if re.match(r"\s+(∂\S+|δ\S+)?\s*= ", line)}
        assert len(places) <= 1, group


@pytest.mark.parametrize("problem", BUNDLED)
def test_ascii_is_ascii(problem: str) -> None:
    for options in (["--show", "local,chain,recursion,result"], ["--format", "json"]):
        assert derive(problem, *options, "--ascii").isascii()
    assert derive("w3wi-ds304", "--of", "Theta_11[out]", "--ascii").isascii()


def test_unlike_is_not_alike_in_ascii() -> None:
    assert "dz_m/dB_jk = 0    for m != k" in derive("solutions-16", "--ascii")


def test_json_holds_the_equations() -> None:
    data = json.loads(derive("solutions-16", "--of", "B", "--format", "json"))
    assert data["schema"] == "backprop.derivation/1"
    assert data["problem"] == "solutions-16"
    local, chain = data["sections"]
    assert local["title"] == "Local derivatives"
    assert local["equations"][0] == {
        "left": "∂L/∂w", "steps": [{"sign": "=", "right": "w − y"}], "condition": "", "note": "",
    }  # fmt: skip
    assert chain["equations"][0]["condition"] == "for j = 1, …, P and k = 1, …, K"
    assert [step["right"] for step in chain["equations"][0]["steps"]][-1] == "(w − y) · γₖ · σ′(zₖ) · xⱼ"
    assert json.loads(derive("--activation", "tanh", "--format", "json"))["problem"] == "tanh"


def test_a_file_gets_the_text(tmp_path: Path) -> None:
    file = tmp_path / "derivation.txt"
    assert derive("umons", "-o", file) == ""
    assert file.read_text(encoding="utf-8") == derive("umons")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("derive-solutions-16.txt", ["solutions-16"]),
        ("derive-umons.txt", ["umons"]),
        ("derive-regression-1-5-1.txt", ["regression-1-5-1"]),
        ("derive-w3wi-ds304-out.txt", ["w3wi-ds304", "--of", "Θ_11[out]"]),
        ("derive-w3wi-ds304-hid.txt", ["w3wi-ds304", "--of", "Θ_11[hid]"]),
        ("derive-or-batch-recursion.txt", ["or-batch", "--show", "recursion"]),
        ("derive-softmax-cross-entropy.txt", ["--activation", "softmax-cross-entropy"]),
    ],
)
def test_golden(name: str, arguments: list[str]) -> None:
    assert derive(*arguments) == (FOLDER / name).read_text(encoding="utf-8")
