"""The commands `solve` and `problems`: every option, where output goes, and how each way of ending looks."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import backprop
from systems import posix_only

ESCAPE = "\x1b["
BATCH = """
inputs = [[0.5, -1.2], [1.0, 0.4], [-0.3, 0.8]]
targets = [[1], [0], [1]]
loss = "squared_error"
learning_rate = 0.5
[[layers]]
activation = "tanh"
weights = [[0.2, -0.4], [0.7, 0.3]]
bias = 0.1
[[layers]]
activation = "sigmoid"
weights = [[0.6, -0.1]]
"""


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    file = tmp_path / "problem.toml"
    file.write_text(BATCH, encoding="utf-8")
    return file


PROBLEMS = Path(__file__).parents[2] / "problems"


def headings(printed: str) -> list[str]:
    return re.findall(r"^((?:Step|Forward|Loss|Update|Backward).*)$", printed, re.M)


def solved(*arguments: str | Path, **options: Any) -> str:
    ran = backprop("solve", *arguments, **options)
    assert (ran.status, ran.err) == (0, "")
    return ran.out


def as_json(*arguments: str | Path, **options: Any) -> Any:
    return json.loads(solved(*arguments, "--format", "json", **options))


# Which problem


def test_without_a_problem_it_takes_the_one_in_this_folder(batch: Path) -> None:
    assert as_json(folder=batch.parent)["problem"] == batch.parent.name


def test_without_any_problem_it_says_what_to_do_next(tmp_path: Path) -> None:
    ran = backprop("solve", folder=tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "error: no problem given, and there is no problem.toml in this folder\n"
        "  = help: name a file, or a bundled problem: backprop solve w3wi-ds304 "
        "('backprop problems' lists them)\n"
    )


def test_a_dash_reads_standard_input() -> None:
    assert as_json("-", stdin=BATCH.encode())["sample_losses"] == pytest.approx(
        as_json("-", stdin=BATCH.replace("0.5, -1.2", "0.50, -1.20").encode())["sample_losses"]
    )


def test_an_unknown_name_suggests_the_nearest_one() -> None:
    ran = backprop("solve", "w3wi")
    assert (ran.status, ran.out) == (2, "")
    assert "w3wi-ds304" in ran.err


def test_an_error_in_a_file_is_told_on_standard_error_with_exit_status_2(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(BATCH.replace("weights = [[0.6, -0.1]]", "weights = [[0.6]]"), encoding="utf-8")
    ran = backprop("solve", "bad.toml", folder=tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.splitlines()[:2] == [
        'error: layer "2": row 1 of weights has 1 number, expected 2 (one per input)',
        "  --> bad.toml:12:12",
    ]
    assert "Traceback" not in ran.err


def test_a_value_that_overflows_ends_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "big.toml"
    text = BATCH.replace('"tanh"', '"identity"').replace('"sigmoid"', '"identity"')
    for small, large in (("0.5, -1.2", "1e100, 1"), ("0.2, -0.4", "1e100, 0"), ("0.6, -0.1", "1e50, 0")):
        text = text.replace(small, large)
    file.write_text(text, encoding="utf-8")
    ran = backprop("solve", "big.toml", "--format", "json", folder=tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: sample_losses[1] cannot be worked out: ")
    assert "overflow" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["solve", "--digits", "x"], "Invalid value for '--digits'"),
        (["solve", "--digits", "16"], "Invalid value for '--digits'"),
        (["solve", "--rounding", "up"], "'up' is not one of 'carry', 'each-step'"),
        (["solve", "--only", "middle"], "'middle' is not one of"),
        (["solve", "--values", "zero"], "'zero' is not"),
        (["solve", "--seed", "-1"], "Invalid value for '--seed'"),
        (["solve", "--format", "word"], "'word' is not one of"),
        (["solve", "a", "b"], "unexpected extra argument"),
        (["solve", "--loud"], "No such option"),
        (["problems", "x"], "unexpected extra argument"),
    ],
)
def test_a_wrong_command_line_ends_with_exit_status_2(arguments: list[str], said: str) -> None:
    ran = backprop(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


# Which part, and in what numbers


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["forward"], ["Forward pass"]),
        (["loss"], ["Loss"]),
        (
            ["backward"],
            ["Step 1  Error gradient in the output layer", "Step 2  Error gradient in the hidden layer"],
        ),
        (
            ["gradients"],
            ["Step 3  Weight gradient in the output layer", "Step 4  Weight gradient in the hidden layer"],
        ),
        (["update"], ["Step 5  Update"]),
        (["update", "loss"], ["Loss", "Step 5  Update"]),
    ],
)
def test_only_shows_parts_under_their_own_numbers(parts: list[str], expected: list[str]) -> None:
    printed = solved("w3wi-ds304", *(word for part in parts for word in ("--only", part)))
    assert headings(printed) == expected


def test_all_parts_together_are_the_whole() -> None:
    parts = ("forward", "loss", "backward", "gradients", "update")
    assert solved("w3wi-ds304", *(w for part in parts for w in ("--only", part))) == solved("w3wi-ds304")


@pytest.mark.parametrize("layout", ["or-batch", "umons", "solutions-16"])
def test_only_works_in_every_layout(layout: str) -> None:
    whole = solved(layout)
    for part, sign in (
        ("forward", "Loss"),
        ("loss", "Backward"),
        ("backward", "Update"),
        ("gradients", "Loss"),
    ):
        printed = solved(layout, "--only", part)
        assert sign not in headings(printed)
        assert 0 < len(printed) < len(whole)


def test_digits_stand_in_for_the_files() -> None:
    assert "p(n₁[out]) = 0.610·(−1.40) + 0.000·0.50 = −0.854\n" in solved("w3wi-ds304", "--digits", "3")
    assert "= −1\n" in solved("w3wi-ds304", "--digits", "0")


def test_rounding_stands_in_for_the_files() -> None:
    assert as_json("w3wi-ds304", "--rounding", "carry")["layers"][1]["preactivation"][0][0] == -0.854
    assert as_json("w3wi-ds304")["layers"][1]["preactivation"][0][0] == -0.85
    assert "≈" in solved("or-batch")
    assert "≈" not in solved("or-batch", "--rounding", "each-step")


def test_random_values_are_the_same_for_the_same_seed_and_differ_by_seed() -> None:
    seven = solved("umons", "--values", "random", "--seed", "7")
    assert seven == solved("umons", "--values", "random", "--seed", "7")
    assert seven != solved("umons", "--values", "random", "--seed", "8")
    assert solved("umons", "--values", "random") == solved("umons", "--values", "random", "--seed", "0")


@pytest.mark.parametrize("name", ["umons", "solutions-16", "regression-1-5-1"])
def test_every_problem_in_letters_can_be_seen_with_numbers(name: str) -> None:
    assert as_json(name, "--values", "random", "--seed", "7")["loss"] > 0


def test_random_values_are_refused_where_there_are_numbers() -> None:
    ran = backprop("solve", "w3wi-ds304", "--values", "random")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: the problem already has numbers")


# JSON


def test_letters_have_no_json_and_it_says_what_to_do() -> None:
    ran = backprop("solve", "umons", "--format", "json")
    assert (ran.status, ran.out) == (2, "")
    assert "has symbols only, and JSON is for numbers" in ran.err
    assert "--values random --seed 7" in ran.err


PER_LAYER = [
    "name",
    "activation_function",
    "weights",
    "bias",
    "preactivation",
    "activation",
    "activation_gradient",
    "delta",
    "weight_gradient",
    "bias_gradient",
    "new_weights",
    "new_bias",
]


def test_json_has_the_contracts_keys_in_order(batch: Path) -> None:
    written = as_json(batch)
    assert list(written) == [
        "schema",
        "problem",
        "rounding",
        "loss",
        "sample_losses",
        "input_gradient",
        "layers",
    ]
    assert written["schema"] == "backprop.solution/1"
    assert written["rounding"] == "carry"
    for layer in written["layers"]:
        assert list(layer) == PER_LAYER
    assert [layer["activation_function"] for layer in written["layers"]] == ["tanh", "sigmoid"]


def test_json_without_a_bias_has_null_and_without_a_rate_no_new_parameters(tmp_path: Path) -> None:
    file = tmp_path / "still.toml"
    file.write_text(BATCH.replace("learning_rate = 0.5\n", ""), encoding="utf-8")
    first, second = as_json(file)["layers"]
    assert list(first) == list(second) == PER_LAYER[:-2]
    assert first["bias"] == [0.1, 0.1]
    assert (second["bias"], second["bias_gradient"]) == (None, None)


def test_json_with_a_rate_but_no_bias_has_null_for_the_new_bias(batch: Path) -> None:
    assert as_json(batch)["layers"][1]["new_bias"] is None


def test_json_is_sample_by_unit_and_unit_by_input_whatever_the_notation() -> None:
    first = as_json("or-batch")["layers"][0]
    assert np.shape(first["preactivation"]) == (4, 2)
    assert first["preactivation"][1] == pytest.approx([0.7, 1.0])
    assert first["weights"] == [[0.2, 0.4], [0.3, 0.5]]
    turned = as_json("solutions-16", "--values", "random")["layers"][0]
    assert np.shape(turned["weights"]) == np.shape(turned["weight_gradient"]) == (3, 2)


def test_json_delta_is_the_gradient_whatever_its_sign_in_the_notation(batch: Path) -> None:
    plain = as_json(batch)
    batch.write_text(BATCH + '[notation]\ndelta_sign = "descent"\n', encoding="utf-8")
    turned = as_json(batch)
    for one, other in zip(plain["layers"], turned["layers"], strict=True):
        for role in PER_LAYER[2:]:
            if one[role] is not None:
                np.testing.assert_allclose(one[role], other[role], rtol=1e-14, atol=1e-17)


def test_json_is_full_precision_and_finite() -> None:
    text = solved("or-batch", "--format", "json")
    assert not re.search("NaN|Infinity", text)
    assert json.loads(text)["layers"][1]["activation"][0][0] == pytest.approx(0.75087, abs=5e-6)
    assert re.search(r"\d\.\d{14,}", text)


def test_json_does_not_depend_on_digits_but_does_on_rounding() -> None:
    assert solved("or-batch", "-f", "json", "--digits", "1") == solved("or-batch", "-f", "json")
    rounded = as_json("or-batch", "--rounding", "each-step")
    assert rounded["rounding"] == "each-step"
    assert rounded["layers"][1]["activation"][0][0] == 0.75087


# Where it goes


def test_the_ending_of_the_file_picks_the_format(tmp_path: Path) -> None:
    assert solved("or-batch", "-o", tmp_path / "a.txt") == ""
    assert solved("or-batch", "--output", tmp_path / "A.JSON") == ""
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == solved("or-batch")
    assert (tmp_path / "A.JSON").read_text(encoding="utf-8") == solved("or-batch", "--format", "json")


def test_a_format_is_stronger_than_an_ending(tmp_path: Path) -> None:
    solved("or-batch", "-o", tmp_path / "a.txt", "--format", "json")
    assert json.loads((tmp_path / "a.txt").read_text(encoding="utf-8"))["problem"] == "or-batch"


def test_a_file_is_as_wide_as_paper_whatever_the_terminal(tmp_path: Path) -> None:
    solved("or-batch", "-o", tmp_path / "a.txt", columns=40)
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == solved("or-batch", columns=80)


def test_a_file_can_be_ascii(tmp_path: Path) -> None:
    solved("w3wi-ds304", "-o", tmp_path / "a.txt", "--ascii")
    assert (tmp_path / "a.txt").read_bytes().isascii()


@pytest.mark.parametrize("name", ["solution.doc", "solution"])
def test_an_unknown_ending_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    ran = backprop("solve", "or-batch", "-o", name, folder=tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"error: cannot tell the format of {name} from its ending\n")
    assert ".json" in ran.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["none/solution.txt", "none/solution.json"])
def test_a_file_that_cannot_be_written_is_told(name: str, tmp_path: Path) -> None:
    ran = backprop("solve", "or-batch", "-o", name, folder=tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"error: cannot write {name}: No such file or directory\n"


# How it looks


def test_ascii_has_no_other_character() -> None:
    for name in ("w3wi-ds304", "or-batch", "umons", "solutions-16", "regression-1-5-1"):
        assert solved(name, "--ascii").isascii()
    assert backprop("problems", "--ascii").out.isascii()
    assert solved("or-batch", "--ascii", "--format", "json").isascii()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437"])
def test_an_output_that_cannot_show_delta_gets_ascii(encoding: str) -> None:
    printed = solved("or-batch", encoding=encoding)
    assert printed.isascii()
    assert "delta(2) = " in printed


def test_an_error_can_be_told_in_ascii() -> None:
    ran = backprop("solve", "naïve-δ", encoding="ascii")
    assert ran.status == 2
    assert ran.err.startswith("error: ")


def test_a_pipe_gets_no_colours() -> None:
    assert ESCAPE not in solved("w3wi-ds304")


def test_a_forced_terminal_gets_colours_and_the_same_text() -> None:
    coloured = solved("w3wi-ds304", FORCE_COLOR="1")
    assert ESCAPE in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == solved("w3wi-ds304")


def colours(printed: str) -> set[str]:
    """The colour codes (30 to 37 and their kin) that occur, bold and dim left aside."""
    codes = {code for group in re.findall(r"\x1b\[([0-9;]*)m", printed) for code in group.split(";")}
    return {code for code in codes if code.isdigit() and 30 <= int(code) <= 107}


def test_no_color_and_its_variable_take_the_colours_away() -> None:
    assert colours(solved("w3wi-ds304", FORCE_COLOR="1"))
    assert not colours(solved("w3wi-ds304", "--no-color", FORCE_COLOR="1"))
    assert not colours(solved("w3wi-ds304", FORCE_COLOR="1", NO_COLOR="1"))


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_or_than_one_can_read(columns: int) -> None:
    for name in ("w3wi-ds304", "umons", "solutions-16", "regression-1-5-1"):
        widest = max(len(line) for line in solved(name, columns=columns).splitlines())
        assert widest <= min(columns, 120)


def test_a_wider_terminal_is_used() -> None:
    wide = solved("w3wi-ds304", columns=120)
    assert len(wide.splitlines()) < len(solved("w3wi-ds304").splitlines())


# A process of its own


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **options.pop("environment", {})}
    return subprocess.run(
        [sys.executable, "-m", "backprop_cli", *arguments], env=environment, capture_output=True, **options
    )


def test_a_process_ends_with_its_exit_status_and_both_streams_apart() -> None:
    good = process("solve", "w3wi-ds304")
    assert (good.returncode, good.stderr) == (0, b"")
    bad = process("solve", "no-such-problem")
    assert (bad.returncode, bad.stdout) == (2, b"")
    assert bad.stderr.startswith(b"error: ")


def test_a_process_whose_output_is_ascii_falls_back_to_it() -> None:
    ran = process("solve", "or-batch", environment={"PYTHONIOENCODING": "ascii"})
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"delta(2) = " in ran.stdout


@posix_only
def test_a_reader_that_stops_early_sees_no_traceback() -> None:
    """As `backprop solve … | head -1`: the output is far more than a pipe holds."""
    weights = np.random.default_rng(1).normal(size=(300, 300)).round(3).tolist()
    text = (
        f"inputs = {[[1.0] * 300]}\ntargets = {[[0.0] * 300]}\nloss = 'squared_error'\n"
        f"[[layers]]\nactivation = 'tanh'\nweights = {weights}\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "backprop_cli", "solve", "-", "--format", "json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdin.write(text.encode())
        running.stdin.close()
        assert running.stdout.read(1) == b"{"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(30) == -signal.SIGPIPE


# Sizes


def test_a_large_network_is_summarised_and_as_fast_as_its_numbers(tmp_path: Path) -> None:
    """784-128-10 on a batch of 64: shape, range and corners; the values are NumPy's own."""
    random = np.random.default_rng(0)
    X = random.uniform(0, 1, (64, 784)).round(3)
    W1, W2 = (random.normal(0, 0.05, shape).round(4) for shape in ((128, 784), (10, 128)))
    file = tmp_path / "large.toml"
    file.write_text(
        f"inputs = {X.tolist()}\nlabels = {(random.integers(0, 10, 64) + 1).tolist()}\n"
        f"loss = 'cross_entropy'\nlearning_rate = 0.1\n"
        f"[[layers]]\nactivation = 'relu'\nweights = {W1.tolist()}\nbias = 0.1\n"
        f"[[layers]]\nactivation = 'softmax'\nweights = {W2.tolist()}\nbias = 0\n",
        encoding="utf-8",
    )
    start = time.perf_counter()
    printed = solved(file)
    taken = time.perf_counter() - start
    assert taken < 20, f"{taken:.1f} s, most of them to be for reading 200,000 numbers"
    lines = printed.splitlines()
    assert len(lines) < 120
    assert all(len(line) <= 80 for line in lines)
    assert "128 × 784, from " in printed
    assert "64 × 10, from " in printed
    z = X @ W1.T + 0.1
    assert f"64 × 128, from {z.min():.4f} to {z.max():.4f}".replace("-", "−") in printed
    for corner in (z[0, 0], z[0, -1], z[-1, 0], z[-1, -1]):
        assert f"{corner:.4f}".replace("-", "−") in printed


@pytest.mark.parametrize("layout", ["neurons", "matrix", "indices"])
def test_a_batch_of_three_is_worked_out_in_every_layout(layout: str, batch: Path) -> None:
    batch.write_text(BATCH + f'[notation]\nlayout = "{layout}"\n', encoding="utf-8")
    printed = solved(batch)
    z = np.array([[0.5, -1.2], [1.0, 0.4], [-0.3, 0.8]]) @ np.array([[0.2, 0.7], [-0.4, 0.3]]) + 0.1
    for value in z.flat:
        assert f"{value:.4f}".replace("-", "−") in printed
    assert "1/3" in printed
    assert all(len(line) <= 80 for line in printed.splitlines())


def test_the_online_schedule_shows_each_samples_turn(batch: Path) -> None:
    batch.write_text(BATCH.replace("learning_rate", 'schedule = "online"\nlearning_rate'), encoding="utf-8")
    printed = solved(batch)
    parts = re.split(r"^Sample (\d)$", printed, flags=re.M)
    assert parts[1::2] == ["1", "2", "3"]
    for turn in parts[2::2]:
        assert [heading.partition("  ")[2] or heading for heading in headings(turn)] == [
            "Forward pass",
            "Loss",
            "Error signal in the output layer",
            "Error signal in the hidden layer",
            "Weight gradient in the output layer",
            "Weight and bias gradients in the hidden layer",
            "Update",
        ]
    new = [re.findall(r"^   w⁽²⁾₁ .* (−?\d\.\d{4})$", turn, re.M)[0] for turn in parts[2::2]]
    old = [re.findall(r"^   w⁽²⁾₁ +(−?\d\.\d+)", turn, re.M)[0] for turn in parts[2::2]]
    assert old == ["0.6000", *new[:-1]], "each turn begins with the weights of the turn before"


# problems


def test_problems_lists_name_shape_title_and_source() -> None:
    printed = backprop("problems").out
    assert "w3wi-ds304  2-2-2\n  A 2-2-2 network, ReLU then sigmoid\n  W3WI DS304.1" in printed
    for name in ("umons", "or-batch", "solutions-16", "regression-1-5-1"):
        assert re.search(rf"^{name}  ", printed, re.M)


def test_problems_as_json() -> None:
    rows = json.loads(backprop("problems", "--format", "json").out)
    assert {row["name"] for row in rows} == {path.parent.name for path in PROBLEMS.glob("*/problem.toml")}
    assert all(list(row) == ["name", "shape", "title", "source"] for row in rows)
    assert {row["name"]: row["shape"] for row in rows}["solutions-16"] == "P-K-1"


def test_problems_into_a_file_and_without_colours(tmp_path: Path) -> None:
    assert backprop("problems", "-o", tmp_path / "list.txt").out == ""
    assert (tmp_path / "list.txt").read_text(encoding="utf-8") == backprop("problems").out
    assert not colours(backprop("problems", "--no-color", FORCE_COLOR="1").out)


# The program


def test_without_a_command_the_help_is_shown() -> None:
    assert "Usage: backprop [OPTIONS] COMMAND" in backprop().out + backprop().err


def test_version() -> None:
    assert re.fullmatch(r"backprop (\d+\.\d+\.\d+|\(not installed\))\n", backprop("--version").out)


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_short_and_has_examples(flag: str) -> None:
    ran = backprop("solve", flag)
    assert ran.status == 0
    assert "backprop solve w3wi-ds304" in ran.out


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("backprop_cli.files.problem_file.read_problem", interrupted)
    ran = backprop("solve", "w3wi-ds304")
    assert ran.status in (1, 130)
    assert "Traceback" not in ran.err


def test_standard_error_gets_nothing_but_errors() -> None:
    with io.StringIO() as stream:
        assert backprop("solve", "w3wi-ds304").err == stream.getvalue()


# What else a file may say


def test_the_description_stands_below_the_source(batch: Path) -> None:
    batch.write_text(
        'title = "T"\nsource = "S"\ndescription = "First.\\nSecond."\n' + BATCH, encoding="utf-8"
    )
    assert solved(batch).startswith("T\nS\nFirst.\nSecond.\n\n")


def test_parameters_held_fixed_are_said_to_be(batch: Path) -> None:
    batch.write_text(BATCH.replace("bias = 0.1", 'bias = 0.1\nfrozen = ["bias"]'), encoding="utf-8")
    printed = solved(batch, "--only", "update")
    assert re.search(r"bias(es)? of the hidden layer .* held fixed", printed)
    assert "b⁽¹⁾ⱼ ←" not in printed
    assert re.search(r"^   b⁽¹⁾₁ +0\.1000 .* 0\.1000$", printed, re.M)


def test_a_loss_with_a_function_of_its_own_says_what_that_is(batch: Path) -> None:
    batch.write_text(BATCH.replace('"squared_error"', '"huber"'), encoding="utf-8")
    assert "H(" in solved(batch, "--only", "loss")


def test_a_wide_batch_is_worked_out_by_matrices_within_the_width(batch: Path) -> None:
    inputs = [[k / 10 for k in range(-8, 9)], [k / 7 for k in range(17)]]
    batch.write_text(
        f"inputs = {inputs}\ntargets = {[[1.0] * 17]}\nloss = 'squared_error'\nlearning_rate = 0.5\n"
        + BATCH[BATCH.index("[[layers]]") :]
        + '[notation]\nlayout = "matrix"\nsamples = "columns"\n',
        encoding="utf-8",
    )
    printed = solved(batch)
    assert "columns 1–" in printed
    assert all(len(line) <= 80 for line in printed.splitlines())


@pytest.mark.parametrize(
    ("arguments", "waited_for"),
    [("--help", "numpy"), ("solve w3wi-ds304", "graphlib"), ("solve w3wi-ds304", "csv")],
)
def test_the_program_does_not_wait_for_what_it_has_no_use_for(arguments: str, waited_for: str) -> None:
    start = (
        f"import sys; sys.argv = ['backprop', *{arguments.split()!r}]; from backprop_cli.__main__ import main"
    )
    ended = "\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
    script = f"{start}{ended}print({waited_for!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "False", done.stderr
