"""`backprop step` as it is run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backprop_cli import load
from backprop_cli.commands import progress
from backprop_cli.commands.app import application, run
from backprop_cli.documents.training_steps import sparkline
from backprop_cli.errors import InputError
from backprop_cli.render import curve
from backprop_cli.values.training.loop import train

ROOT = Path(__file__).resolve().parents[2]
PROBLEMS = ROOT / "problems"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def step(*arguments: str, typed: str | None = None) -> Result:
    """Run it; an error of ours is given on, so that tests see it."""
    result = CliRunner().invoke(application(), ["step", *arguments], input=typed)
    if isinstance(result.exception, InputError):
        raise result.exception
    return result


def shown(*arguments: str) -> str:
    result = step(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def copy(name: str, **lines: str) -> Path:
    text = (PROBLEMS / name / "problem.toml").read_text(encoding="utf-8")
    for key, value in lines.items():
        text = re.sub(rf"(?m)^{key}( *)=.*$", rf"{key}\1= {value}" if value else "", text, count=1)
    Path("problem.toml").write_text(text, encoding="utf-8")
    return Path("problem.toml")


def test_the_update_is_worked_line_by_line_as_on_the_handout() -> None:
    text = shown("w3wi-ds304", "--lr", "0.1")
    assert "Θ₁₁[out] ← −1.40 − 0.1·0.077    = −1.4077" in text
    assert re.search(r"Θ₁₁\[out\] +−1\.4000 +0\.077 +−1\.4077\n", text)
    assert text.count("[out] ←") == 5
    assert text.count("[hid] ←") == 5


def test_the_loss_before_and_after_and_what_the_gradient_promised() -> None:
    """−η‖∇C‖² = −0.5·(0.00018² + 0.00058² + 0.00454² + …) = −0.0000199 of the handout's OR batch."""
    text = shown("or-batch")
    assert re.search(r"before +0\.0903436\n +after +0\.0903238\n +change +−0\.0000198\n", text)
    assert re.search(r"the gradient's estimate, −lr·‖∇C‖² +−0\.0000199\n", text)
    assert "The loss fell by 0.0000198, 99.8 % of the gradient's estimate." in text


def test_a_rate_that_overshoots_gets_a_remark() -> None:
    text = shown("w3wi-ds304", "--lr", "1000", "--rounding", "carry")
    assert re.search(r"The loss rose by [\d.]+: with α = 1000 the step overshoots\.", text)
    many = shown("w3wi-ds304", "--lr", "1000", "--rounding", "carry", "--steps", "2", "--no-curve")
    assert "The learning rate overshoots: try a smaller one." in " ".join(many.split())


def test_a_loss_that_stays_is_told_why() -> None:
    assert "what moved is lost in the rounding" in shown("w3wi-ds304")
    file = copy("w3wi-ds304")
    text = file.read_text(encoding="utf-8")
    text = re.sub("(?m)^weights", 'frozen = ["weights"]\nweights', text)
    file.write_text(text, encoding="utf-8")
    result = shown()
    assert "no parameter moved" in result
    assert "are held fixed" in result


def test_the_learning_rate_is_the_options_then_the_files_else_an_error() -> None:
    copy("or-batch", learning_rate="")
    with pytest.raises(InputError, match="there is no learning rate") as error:
        step()
    assert error.value.help is not None
    assert "--lr 0.1" in error.value.help
    assert "lr = 0.25" in shown("--lr", "0.25")
    for wrong, message in {"fast": "must be a number, not 'fast'", "-1": "greater than 0, and -1"}.items():
        with pytest.raises(InputError, match=message):
            step("--lr", wrong)
    with pytest.raises(InputError, match="greater than 0, and nan"):
        step("--lr", "nan")
    with pytest.raises(InputError, match="at most 1e100, and inf is more"):
        step("--lr", "inf")


def test_symbols_alone_cannot_be_moved() -> None:
    with pytest.raises(InputError, match="has symbols only, so there are no numbers to move"):
        step("umons", "--lr", "0.1")


def test_no_problem_is_told() -> None:
    with pytest.raises(InputError, match="no problem given"):
        step()


def test_o_writes_the_next_problem_and_leaves_the_old_one() -> None:
    file = copy("or-batch")
    before = file.read_bytes()
    shown("-o", "next.toml")
    promised = json.loads(shown("--format", "json"))["losses"][1]
    assert file.read_bytes() == before
    solved = CliRunner().invoke(application(), ["solve", "next.toml", "--format", "json"])
    assert json.loads(solved.stdout)["loss"] == promised


def test_in_place_again_and_again_is_training_by_hand() -> None:
    file = copy("or-batch")
    for _ in range(3):
        shown("--in-place")
    own = load(str(file)).layers[0].weights
    expected = train(load("or-batch"), 3).problem.layers[0].weights
    assert own is not None
    assert expected is not None
    assert own.values.tolist() == expected.values.tolist()
    assert "# one column per sample" in file.read_text(encoding="utf-8")


def test_digits_round_what_is_written() -> None:
    shown("or-batch", "-o", "next.toml", "--digits", "3")
    assert "weights    = [[0.201, 0.401], [0.301, 0.501]]" in Path("next.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message", "help"),
    [
        (["-", "--in-place"], "standard input cannot be changed in place", "-o next.toml"),
        (["or-batch", "--in-place"], '"or-batch" is a bundled problem', "-o or-batch.toml"),
        (["or-batch", "--in-place", "-o", "next.toml"], "-o and --in-place are both given", "one of them"),
    ],
)
def test_what_cannot_be_changed_in_place_is_told_with_what_to_do(
    arguments: list[str], message: str, help: str
) -> None:
    with pytest.raises(InputError, match=message) as error:
        step(*arguments, typed="")
    assert error.value.help is not None
    assert help in error.value.help


def test_standard_input_goes_to_a_file() -> None:
    text = (PROBLEMS / "or-batch" / "problem.toml").read_text(encoding="utf-8")
    result = step("-", "-o", "next.toml", "--steps", "3", "--no-curve", typed=text)
    assert result.exit_code == 0
    assert train(load("or-batch"), 3).losses[-1] == train(load("next.toml"), 1).losses[0]


def test_json_is_as_in_the_contract() -> None:
    text = shown("or-batch", "--steps", "3", "--format", "json")
    found = json.loads(text)
    trained = train(load("or-batch"), 3)
    assert list(found) == ["schema", "losses", "layers"]
    assert found["schema"] == "backprop.steps/1"
    assert found["losses"] == list(trained.losses)
    weights = trained.problem.layers[1].weights
    assert weights is not None
    assert found["layers"][1]["weights"] == weights.values.tolist()
    assert list(found["layers"][0]) == ["name", "activation_function", "weights", "bias"]
    assert json.loads(shown("w3wi-ds304", "--format", "json"))["layers"][0]["bias"] is None
    shown("or-batch", "--steps", "3", "-o", "steps.json")
    assert json.loads(Path("steps.json").read_text(encoding="utf-8")) == found


def test_many_steps_show_powers_of_ten_or_every_so_many() -> None:
    text = shown("or-batch", "--steps", "250", "--no-curve")
    assert re.findall(r"(?m)^ +(\d+) +0\.\d+$", text) == ["0", "1", "10", "100", "250"]
    assert "In 250 steps the loss fell from 0.0903436 to" in text
    assert re.search(r"(?m)^  █+.*▁+$", text)
    text = shown("or-batch", "--steps", "250", "--every", "100", "--no-curve", "--ascii")
    assert re.findall(r"(?m)^ +(\d+) +0\.\d+$", text) == ["0", "100", "200", "250"]
    assert text.isascii()


def test_the_history_is_written_as_csv() -> None:
    shown("or-batch", "--steps", "3", "--csv", "history.csv", "--no-curve")
    rows = Path("history.csv").read_text(encoding="utf-8").splitlines()
    losses = train(load("or-batch"), 3).losses
    assert rows == ["step,loss", *(f"{step},{loss!r}" for step, loss in enumerate(losses))]


def test_until_stops_early_or_says_that_it_did_not() -> None:
    found = json.loads(shown("or-batch", "--until", "0.02", "--format", "json"))
    assert found["losses"][-1] <= 0.02 < found["losses"][-2]
    result = step("or-batch", "--until", "0.02", "--steps", "5", "--no-curve")
    assert result.stderr == "the loss is still above 0.02 after 5 steps\n"
    there = shown("or-batch", "--until", "0.5", "--no-curve")
    assert "The loss is 0.0903436 already, so no step was needed." in there


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "rmsprop", "adam"])
def test_each_optimizer_shows_its_formula_and_its_table(optimizer: str) -> None:
    text = shown("w3wi-ds304", "--rounding", "carry", "--optimizer", optimizer)
    formulas = {
        "momentum": ["v(Θₖₜ[out]) ← μ·v(Θₖₜ[out]) + ∂J/∂Θₖₜ[out]", "Θₖₜ[out] ← Θₖₜ[out] − α·v(Θₖₜ[out])"],
        "nesterov": ["Θₖₜ[out] ← Θₖₜ[out] − α · (∂J/∂Θₖₜ[out] + μ·v(Θₖₜ[out]))"],
        "rmsprop": ["ρ·s(Θₖₜ[out]) + (1 − ρ) · (∂J/∂Θₖₜ[out])²", "/(√(s(Θₖₜ[out])) + ε)"],
        "adam": ["m(Θₖₜ[out])/(1 − β₁^t)", "s(Θₖₜ[out])/(1 − β₂^t)", "m̂(Θₖₜ[out])/(√(ŝ(Θₖₜ[out])) + ε)"],
    }
    packed = unicodedata.normalize("NFD", text).replace(" ", "")
    for formula in formulas[optimizer]:
        assert unicodedata.normalize("NFD", formula).replace(" ", "") in packed, text
    columns = {"momentum": "velocity v", "nesterov": "velocity v", "rmsprop": "mean square s"}
    assert columns.get(optimizer, "mean m    mean square s") in text
    assert "from step t = 1" in text
    assert shown("or-batch", "--optimizer", optimizer, "--ascii").isascii()


def test_a_bias_correction_is_worked_with_the_step_count() -> None:
    copy("w3wi-ds304")
    shown("--optimizer", "adam", "--in-place", "--rounding", "carry")
    text = shown("--rounding", "carry")
    assert "/(1 − 0.9²)" in text
    assert "from step t = 2" in text


def test_a_mean_square_rounded_to_nothing_is_warned_of() -> None:
    text = " ".join(shown("w3wi-ds304", "--optimizer", "adam").split())
    assert "a mean square is rounded to 0, and the step divides by its root: take more digits" in text
    assert "rounded to 0" not in shown("w3wi-ds304", "--optimizer", "adam", "--digits", "12")


def test_weight_decay_is_written_out() -> None:
    file = copy("or-batch")
    text = file.read_text(encoding="utf-8")
    table = 'optimizer = { name = "gradient_descent", weight_decay = 0.01 }\n'
    file.write_text(table + text, encoding="utf-8")
    result = shown()
    assert "g(W⁽²⁾) = ∂C/∂W⁽²⁾ + λ · W⁽²⁾" in result
    assert "g(b⁽²⁾)" not in result, "biases do not decay unless asked to"
    assert "gradient descent, λ = 0.01" in result


def test_online_shows_the_update_after_each_sample() -> None:
    copy("or-batch", batch='"mean"\nschedule = "online"')
    text = shown()
    assert [line for line in text.splitlines() if line.startswith("Sample")] == [
        f"Sample {number}" for number in (1, 2, 3, 4)
    ]
    assert text.count("W⁽²⁾ ← W⁽²⁾ − lr") == 4
    assert "All samples" in text


def test_large_parameters_are_summarised() -> None:
    weights = [[0.01 * (unit + source) for source in range(40)] for unit in range(10)]
    lines = [
        f"inputs = {[[1.0] * 40]}\ntargets = {[[0.5] * 10]}",
        "loss = 'half_squared_error'\nlearning_rate = 0.1",
        f"[[layers]]\nactivation = 'tanh'\nweights = {weights}",
    ]
    Path("problem.toml").write_text("\n".join(lines), encoding="utf-8")
    for arguments in ([], ["--steps", "2", "--no-curve"]):
        text = shown(*arguments)
        assert "10 × 40" in text
        assert re.search(r"w +10 × 40 +0\.0000 to 0\.4800 ", text), text
        assert len(text.splitlines()) < 60


def test_divergence_is_an_error_that_names_step_and_quantity() -> None:
    copy("or-batch", learning_rate="1e99")
    file = Path("problem.toml")
    text = file.read_text(encoding="utf-8").replace('"sigmoid"', '"identity"')
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"^step \d+ diverges: .* cannot be worked out: the value overflows"):
        step("--steps", "50", "-o", "next.toml")
    assert not Path("next.toml").exists()


def test_a_curve_is_drawn_by_plotext_or_a_sparkline_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Drawn:
        """As much of plotext's figure as is used, remembering what was asked of it."""

        def __init__(self) -> None:
            self.calls: dict[str, tuple[object, ...]] = {}

        def __getattr__(self, name: str) -> object:
            def called(*arguments: object, **_: object) -> Drawn:
                self.calls[name] = arguments
                return self

            return called

        def build(self) -> Drawn:
            return self

        def string(self, colorless: bool) -> str:
            assert colorless
            return "┌──┐  \n│⢸ │"

    figure = Drawn()
    monkeypatch.setattr(curve, "_figure", lambda: figure)
    text = shown("or-batch", "--steps", "3")
    assert text.endswith("\n┌──┐\n│⢸ │\n")
    assert "█" not in text
    assert figure.calls["signal"][0] == [0, 1, 2, 3]
    assert figure.calls["ticks"] == ([0, 1, 2, 3], ["0", "1", "2", "3"])  # no step 0.8
    drawn = curve.loss_curve([1.0, 1e-3, 1e-6], 40, ascii=True, required=True)
    assert drawn is not None
    assert drawn.startswith("+--+\n|")
    assert figure.calls["signal"][1] == pytest.approx([0.0, -3.0, -6.0])
    assert len(figure.calls["title"]) == 1
    monkeypatch.setattr(curve, "_figure", lambda: None)
    assert "█" in shown("or-batch", "--steps", "3")
    with pytest.raises(InputError, match="a curve needs plotext") as error:
        step("or-batch", "--steps", "3", "--curve")
    assert error.value.help == "pip install 'backprop-cli[plot]'"


def test_plotext_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotext", None)
    assert curve._figure() is None


def test_a_sparkline_takes_logarithms_where_the_loss_spans_much() -> None:
    assert sparkline([1.0, 0.5, 0.0]) == "█▅▁"
    assert sparkline([1.0, 1e-2, 1e-4]) == "█▅▁"
    assert sparkline([2.0, 2.0]) == "▁▁"
    assert len(sparkline([float(n) for n in range(1000)])) == 60


def test_an_interrupt_keeps_what_was_reached() -> None:
    """Ctrl-C in the middle of very many steps: the file is written with the steps taken, exit status 130."""
    copy("or-batch")
    command = [
        sys.executable,
        "-m",
        "backprop_cli",
        "step",
        "--steps",
        "10000000",
        "--in-place",
        "-f",
        "json",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2.5)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    taken = len(json.loads(output)["losses"]) - 1
    assert errors == f"stopped after step {taken}; what was reached is kept\n"
    after = load("problem.toml").layers[0].weights
    assert after is not None
    assert after.values.tolist() == json.loads(output)["layers"][0]["weights"]


def test_a_bar_appears_on_a_terminal_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    bar = progress.Bar(10)
    bar(1, 0.5)
    assert bar.bar is None, "not where standard error is no terminal"
    bar.close()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    bar = progress.Bar(10)
    bar(5, 0.25)
    bar(6, 0.125)
    assert bar.bar is not None
    task = bar.bar.tasks[0]
    bar.close()
    assert (task.completed, task.description) == (6, "loss 0.125")
    assert capsys.readouterr().out == ""


def test_an_error_ends_with_status_2_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["backprop", "step", "or-batch", "--in-place"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith("error: ")
    assert "Traceback" not in errors
