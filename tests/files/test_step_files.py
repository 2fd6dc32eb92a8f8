"""The problem file moved on: only its numbers change, it goes on exactly, and no crash loses it."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from systems import posix_only

from backprop_cli.errors import InputError, report
from backprop_cli.files.moving import Moving, open_to_move
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.files.problem_writing import moved_text
from backprop_cli.files.saving import save
from backprop_cli.problem.problem import Problem
from backprop_cli.values.solution import solve
from backprop_cli.values.training.loop import train

COMMENTED = """\
# My homework, sheet 3.
title         = "A network"     # of my own
inputs        = [[0.05, 0.10]]  # one sample
targets       = [[0.01, 0.99]]
loss          = "half_squared_error"

learning_rate = 0.50            # η
digits = 6
{optimizer}
[[layers]]   # hidden
# the weights, one row per unit
activation = "sigmoid"
weights    = [
    [ 0.15, 0.20 ],  # into h1
    [ 0.25, 0.30 ],  # into h2
]
bias       = 0.35    # the same for both
  name = "hid"

[[layers]]
activation = {{ name = "leaky_relu", slope = 0.10 }}
weights = [[0.40, 0.45], [0.50, 0.55]]; bias = [0.60, 0.60]
frozen = ["bias"]

[notation]           # as the lecture has it
loss = "E"
# the end
""".replace("; ", "\n")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
TABLE = '[optimizer]  # by hand\nname = "{0}"\nweight_decay = 0.01\n'


def parsed(text: str) -> Problem:
    return parse_problem(text, "problem.toml", "test")


def moved(text: str, steps: int = 1, digits: int | None = None) -> str:
    problem = parsed(text)
    return moved_text(text, problem, train(problem, steps).problem, digits)


def same_parameters(one: Problem, other: Problem) -> bool:
    return all(
        np.array_equal(mine.values, own.values)
        for first, second in zip(one.layers, other.layers, strict=True)
        for mine, own in ((first.weights, second.weights), (first.bias, second.bias))
        if mine is not None and own is not None
    )


def test_only_numbers_change() -> None:
    """Comments, order, spacing: all as it was; one bias for both units becomes two, since they now differ."""
    before = COMMENTED.format(optimizer="")
    after = moved(before)
    skeletons = [NUMBER.sub("#", text) for text in (before, after)]
    assert skeletons[1] == skeletons[0].replace("bias       = #  ", "bias       = [#, #]  ")
    assert after.count("0.60, 0.60") == 1, "a frozen bias stays as it was typed"
    assert "slope = 0.10" in after


def test_every_new_number_is_written_in_full_or_rounded() -> None:
    text = COMMENTED.format(optimizer="")
    exact = train(parsed(text), 1).problem
    assert same_parameters(parsed(moved(text)), exact)
    rounded = moved(text, digits=3)
    assert re.search(r"\[ 0\.\d{3}, 0\.\d{3} \],  # into h1", rounded)
    first = exact.layers[0].weights
    assert first is not None
    read = parsed(rounded).layers[0].weights
    assert read is not None
    assert np.array_equal(read.values, np.round(first.values, 3))


def test_solve_on_the_new_file_shows_the_loss_that_step_promised() -> None:
    text = COMMENTED.format(optimizer="")
    promised = train(parsed(text), 7).losses[-1]
    assert solve(parsed(moved(text, 7))).loss == promised


FORMS = [
    *(f'optimizer = "{name}"' for name in ("momentum", "adam")),
    'optimizer = { name = "nesterov", momentum = 0.5 }  # short',
    *(TABLE.format(name) for name in ("momentum", "rmsprop", "adam", "gradient_descent")),
]


@pytest.mark.parametrize("optimizer", FORMS)
@pytest.mark.parametrize("order", ["unit,input", "input,unit"])
def test_a_second_call_goes_on_exactly(optimizer: str, order: str) -> None:
    """Three steps, written, read, and four more are the same seven, bit for bit."""
    text = COMMENTED.format(optimizer=optimizer).replace(
        'loss = "E"', f'loss = "E"\nweight_order = "{order}"'
    )
    once = moved(text, 3)
    twice = moved(once, 4)
    assert same_parameters(parsed(twice), train(parsed(text), 7).problem)
    assert once.count("# ") == text.count("# "), "no comment is lost"
    state = parsed(twice).optimizer
    expected = train(parsed(text), 7).problem.optimizer
    assert state.taken == (expected.taken if state.state else 0)
    for key, kept in state.state.items():
        assert np.array_equal(kept.values, expected.state[key].values), key


def test_weights_are_written_the_way_they_stand_in_the_file() -> None:
    text = COMMENTED.format(optimizer="").replace("[0.40, 0.45], [0.50, 0.55]", "[0.40, 0.50], [0.45, 0.55]")
    turned = text.replace("[ 0.15, 0.20 ]", "[ 0.15, 0.25 ]").replace("[ 0.25, 0.30 ]", "[ 0.20, 0.30 ]")
    turned = turned.replace('loss = "E"', 'loss = "E"\nweight_order = "input,unit"')
    plain = COMMENTED.format(optimizer="")
    assert same_parameters(parsed(moved(turned, 2)), parsed(moved(plain, 2)))
    preset = turned.replace('[notation]           # as the lecture has it\nloss = "E"', "").replace(
        'weight_order = "input,unit"', 'notation = "russell-norvig"'
    )
    preset = 'notation = "russell-norvig"\n' + preset.replace('notation = "russell-norvig"\n', "")
    received = parsed(moved(preset, 2)).layers[0].weights
    expected = parsed(moved(plain, 2)).layers[0].weights
    assert received is not None
    assert expected is not None
    assert np.allclose(received.values, expected.values, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("bias", "pattern"),
    [("0.35", r"bias       = 0\.\d{9,}    #"), ("[0.35, 0.35]", r"bias       = \[(0\.\d{9,}), \1\]    #")],
)
def test_a_shared_bias_stays_one_number(bias: str, pattern: str) -> None:
    text = (
        COMMENTED.format(optimizer="")
        .replace("= 0.35 ", f"= {bias} ")
        .replace("  name", 'shared = ["bias"]\n  name')
    )
    after = moved(text)
    assert re.search(pattern, after), after
    parsed(after)


def test_one_bias_stays_one_number_while_all_units_agree() -> None:
    text = COMMENTED.format(optimizer="").replace("[ 0.25, 0.30 ]", "[ 0.15, 0.20 ]")
    text = text.replace("[0.40, 0.45], [0.50, 0.55]", "[0.40, 0.40], [0.50, 0.50]")
    assert re.search(r"bias       = 0\.\d{9,}    # the same", moved(text))


def test_another_optimizer_takes_the_place_of_the_one_in_the_file() -> None:
    from backprop_cli.files.optimizer_table import chosen

    for before in ("", 'optimizer = "momentum"', TABLE.format("momentum") + 'form = "step"\n'):
        text = moved(COMMENTED.format(optimizer=before), 2)
        start = chosen(parsed(text), "adam")
        after = train(start, 3).problem
        written = parsed(moved_text(text, parsed(text), after))
        assert written.optimizer.name == "adam"
        assert written.optimizer.taken == 3
        assert ("weight_decay" in written.optimizer.settings) == ("weight_decay" in before)
        assert same_parameters(train(written, 2).problem, train(start, 5).problem)
        back = chosen(written, "gradient_descent")
        plain = moved_text(moved_text(text, parsed(text), after), written, train(back, 1).problem)
        assert "state" not in plain
        assert parsed(plain).optimizer.name == "gradient_descent"


def test_a_number_too_large_for_a_problem_file_is_not_written() -> None:
    text = COMMENTED.format(optimizer="").replace("= 0.50  ", "= 1e99")
    text = text.replace("leaky_relu", "leaky_relu").replace("0.99]]", "1e30]]")
    with pytest.raises(InputError, match=r"weights has become .*, too large for a problem file"):
        moved(text)


HID = 'optimizer = {{ name = "momentum", state = {{ layers = {{ hid = {{ {} }} }} }} }}'
STATES = {
    'optimizer = "adamax"': 'unknown optimizer "adamax"',
    "optimizer = 3": "optimizer must be a table, not the number 3",
    "optimizer = { momentum = 0.9 }": "the optimizer's name is missing",
    'optimizer = { name = "adam", momentum = 0.9 }': 'unknown key "momentum"',
    'optimizer = { name = "momentum", momentum = 1.0 }': "momentum must be at least 0 and less than 1",
    'optimizer = { name = "adam", epsilon = 0 }': "epsilon must be greater than 0",
    'optimizer = { name = "momentum", form = "heavy" }': 'unknown form "heavy"',
    'optimizer = { name = "adam", weight_decay = -1 }': "weight_decay must be at least 0",
    'optimizer = { name = "adam", weight_decay_on = ["all"] }': 'unknown entry of weight_decay_on "all"',
    'optimizer = { name = "adam", state = { steps = -1 } }': "steps must be a whole number",
    'optimizer = { name = "adam", state = { layers = { out = {} } } }': 'unknown key "out"',
    HID.format("velocity_weights = [[1, 2], [3, 4]]"): 'velocity_bias of layer "hid" is missing',
    HID.format("velocity_weights = [[1, 2]]"): "velocity_weights does not have the shape of the layer's",
    HID.format("velocity_weights = [[1], [2, 3]]"): "the rows of velocity_weights differ in length",
}


@pytest.mark.parametrize("line", STATES)
def test_a_fault_in_the_optimizer_is_told_with_its_place(line: str) -> None:
    with pytest.raises(InputError) as error:
        parsed(COMMENTED.format(optimizer=line))
    assert error.value.message.startswith(STATES[line])
    assert error.value.place is not None
    assert error.value.place.line == 9, report(error.value)


def test_a_problem_in_letters_has_no_state() -> None:
    text = 'features = 2\nloss = "squared_error"\noptimizer = { name = "adam", state = { steps = 1 } }\n'
    text += '[[layers]]\nunits = 1\nactivation = "generic"\n'
    with pytest.raises(InputError, match="without numbers has no optimizer state"):
        parsed(text)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "problem.toml"
    path.write_text(COMMENTED.format(optimizer=""), encoding="utf-8")
    return path


def move(path: Path) -> None:
    moving = open_to_move(str(path), keep=True)
    moving.save(path, train(moving.problem, 1).problem)


def test_line_endings_and_a_byte_order_mark_stay(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    move(file)
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf# My")
    assert raw.count(b"\r\n") == raw.count(b"\n") == text.count("\n")
    assert raw.decode("utf-8-sig").replace("\r\n", "\n") == moved(text)


@posix_only
def test_permissions_stay_and_a_link_stays_a_link(file: Path) -> None:
    file.chmod(0o640)
    link = file.with_name("link.toml")
    link.symlink_to(file.name)
    move(link)
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert "0.15," not in file.read_text(encoding="utf-8")
    assert sorted(path.name for path in file.parent.iterdir()) == ["link.toml", "problem.toml"]


@posix_only
def test_a_new_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        save(tmp_path / "new.toml", "a = 1\n")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new.toml").stat().st_mode) == 0o640


CRASH = """
import os, sys
from pathlib import Path
def power_cut(*_):
    os._exit(9)
os.{call} = power_cut
from backprop_cli.files.moving import open_to_move
from backprop_cli.values.training.loop import train
moving = open_to_move(sys.argv[1], keep=True)
moving.save(Path(sys.argv[1]), train(moving.problem, 1).problem)
"""


@pytest.mark.parametrize("call", ["fsync", "chmod", "replace"])
def test_a_power_cut_between_write_and_rename_loses_nothing(file: Path, call: str) -> None:
    """The process dies at that very call: the old file is whole, and the next run goes on from it."""
    before = file.read_bytes()
    program = [sys.executable, "-c", CRASH.format(call=call), str(file)]
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(program, env={**os.environ, "PYTHONPATH": root}, check=False)
    assert done.returncode == 9
    assert file.read_bytes() == before
    move(file)
    assert file.read_text(encoding="utf-8") == moved(before.decode())


def test_what_cannot_be_written_is_told_and_leaves_nothing_behind(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot write .*problem.toml: No space left"):
        move(file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["problem.toml"]
    with pytest.raises(InputError, match="it is a folder"):
        save(file.parent, "")
    with pytest.raises(InputError, match="No such file"):
        save(file.parent / "nowhere" / "next.toml", "")


@posix_only
def test_a_device_is_written_to_directly() -> None:
    save(Path("/dev/null"), "a = 1\n")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_file_that_changed_meanwhile_is_not_overwritten(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backprop_cli.files import moving

    read = moving.read_source

    def slow(source: str) -> object:
        found = read(source)
        file.write_text("title = 'another'\n", encoding="utf-8")
        return found

    monkeypatch.setattr(moving, "read_source", slow)
    with pytest.raises(InputError, match="changed while it was read"):
        open_to_move(str(file), keep=True)
    file.unlink()
    monkeypatch.setattr(moving, "read_source", lambda source: read("w3wi-ds304"))
    with pytest.raises(InputError):
        open_to_move(str(file), keep=True)


def test_text_from_standard_input_is_kept_as_read() -> None:
    text = COMMENTED.format(optimizer="")
    assert Moving(parsed(text), text).text == text


@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam"])
@pytest.mark.parametrize("order", ["unit,input", "input,unit"])
def test_long_arrays_are_changed_as_short_ones_are(
    optimizer: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every array taken out of the text, or none: the same problem, and comments and spacing stay."""
    from backprop_cli.files import long_arrays, problem_writing

    text = COMMENTED.format(optimizer=TABLE.format(optimizer) if optimizer == "adam" else "")
    if order == "input,unit":
        text = text.replace("[notation]", '[notation]\nweight_order = "input,unit"')
    short = moved(text, steps=3)
    monkeypatch.setattr(long_arrays, "LONG", 1)
    monkeypatch.setattr(problem_writing, "LONG", 1)
    long = moved(text, steps=3)
    assert same_parameters(parsed(long), parsed(short))
    assert NUMBER.sub("#", long) == NUMBER.sub("#", short) or optimizer == "adam"
    assert "# into h1" in long


def test_a_million_numbers_are_moved_in_seconds() -> None:
    import time

    numbers = ", ".join("0.125" for _ in range(1000))
    rows = ",\n".join(f"[{numbers}]" for _ in range(300))
    text = (
        f'inputs = [[{numbers}]]\ntargets = [[{", ".join(["0.5"] * 300)}]]\nloss = "half_squared_error"\n'
        f'learning_rate = 0.1\n[[layers]]\nactivation = "sigmoid"\nweights = [\n{rows}\n]\n'
    )
    problem = parsed(text)
    after = train(problem, 1).problem
    began = time.process_time()
    written = moved_text(text, problem, after)
    assert time.process_time() - began < 6
    assert same_parameters(parsed(written), after)
