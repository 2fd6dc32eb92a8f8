"""What is read is not written over, what cannot be written is told, and nothing is lost on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import backprop
from systems import posix_only

from backprop_cli.errors import InputError
from backprop_cli.files.saving import save

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "backprop_cli")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "0"}


def run_in_shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line.replace("backprop", " ".join(PROGRAM), 1)],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A problem, its sheet filled in, and a class's answers."""
    assert backprop("step", "or-batch", "-o", "mine.toml", folder=tmp_path).status == 0
    assert backprop("sheet", "mine.toml", "--fill", "-o", "answers.toml", folder=tmp_path).status == 0
    assert backprop("sheet", "mine.toml", "--fill", "-o", "class.csv", folder=tmp_path).status == 0
    return tmp_path


READ_AND_WRITTEN = [
    "solve mine.toml -f terminal -o mine.toml",
    "solve mine.toml -f json -o mine.toml",
    "step mine.toml -o mine.toml",
    "step mine.toml --csv mine.toml",
    "derive mine.toml -f terminal -o mine.toml",
    "draw mine.toml -f terminal -o mine.toml",
    "sheet mine.toml -o mine.toml",
    "sheet mine.toml -o answers.toml",
    "sheet mine.toml -o class.csv",
    "check answers.toml --grades answers.toml",
    "check class.csv --problem mine.toml --grades class.csv",
    "check class.csv --problem mine.toml -o class.csv",
    "check answers.toml --grades mine.toml",
    "check answers.toml --grades class.csv",
    "solve or-batch -f json -o answers.toml",
    "solve or-batch -f json -o mine.toml",
    "new 2-1 -o mine.toml",
]


@pytest.mark.parametrize("line", READ_AND_WRITTEN)
def test_what_is_read_or_holds_answers_is_not_written_over(line: str, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    ran = backprop(*line.split(), folder=folder)
    assert ran.status == 2, ran
    assert "--force" in ran.err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_force_writes_over_it(folder: Path) -> None:
    ran = backprop("solve", "mine.toml", "-f", "json", "-o", "mine.toml", "--force", folder=folder)
    assert ran.status == 0
    assert (folder / "mine.toml").read_text().startswith("{")


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_to_what_is_read_is_not_written_over(link: object, folder: Path) -> None:
    (os.link if link is os.link else os.symlink)(folder / "mine.toml", folder / "other.toml")
    before = (folder / "mine.toml").read_bytes()
    ran = backprop("solve", "mine.toml", "-f", "json", "-o", "other.toml", folder=folder)
    assert ran.status == 2
    assert (folder / "mine.toml").read_bytes() == before


def test_a_blank_sheet_and_an_old_result_are_written_over(tmp_path: Path) -> None:
    for _ in range(2):
        assert backprop("sheet", "or-batch", "-o", "answers.toml", folder=tmp_path).status == 0
        assert backprop("sheet", "or-batch", "-o", "class.csv", folder=tmp_path).status == 0
        assert backprop("solve", "or-batch", "-o", "solution.json", folder=tmp_path).status == 0
        assert backprop("step", "or-batch", "-o", "next.toml", folder=tmp_path).status == 0


def test_two_outputs_on_one_file_are_told_and_neither_is_written(folder: Path) -> None:
    os.symlink("loss.csv", folder / "other.csv")
    ran = backprop(
        *["step", "mine.toml", "--csv", "loss.csv", "-f", "terminal", "-o", "other.csv"], folder=folder
    )
    assert (ran.status, (folder / "loss.csv").exists()) == (2, False)
    assert "the same file" in ran.err
    ran = backprop("step", "mine.toml", "--in-place", "--csv", "./mine.toml", folder=folder)
    assert (ran.status, "the same file" in ran.err) == (2, True)


@posix_only
@pytest.mark.parametrize("output", ["solution.json", "solution.txt", "solution.md"])
def test_a_full_disk_leaves_the_old_file(output: str, tmp_path: Path) -> None:
    """`ulimit -f` stands in for the disk: no file grows beyond its blocks."""
    (tmp_path / output).write_text("old")
    ran = run_in_shell(f"trap '' XFSZ; ulimit -f 0; backprop solve or-batch -o {output} 2>&1", tmp_path)
    assert (ran.returncode, ran.stdout.count("\n")) == (2, 1)
    assert f"cannot write {output}: File too large" in ran.stdout
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@posix_only
@pytest.mark.parametrize("command", ["solve or-batch", "solve or-batch -f json", "--help", "sheet or-batch"])
@pytest.mark.parametrize("stdout", [">/dev/full", ">&-"])
def test_a_standard_output_that_cannot_be_written_is_told(command: str, stdout: str, tmp_path: Path) -> None:
    if stdout == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    ran = run_in_shell(f"backprop {command} {stdout}", tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: cannot write to standard output: ")
    assert len(ran.stderr.splitlines()) <= 2


@posix_only
@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-"])
def test_a_standard_error_that_cannot_be_written_costs_nobody_the_result(stderr: str, tmp_path: Path) -> None:
    ran = run_in_shell(f"backprop step or-batch --until 0 -n 2 --no-curve {stderr}", tmp_path)
    assert (ran.returncode, ran.stdout.startswith("The OR truth table")) == (0, True)


COMMANDS = [
    "solve w3wi-ds304",
    "solve w3wi-ds304 -f json",
    "solve w3wi-ds304 -f markdown",
    "solve w3wi-ds304 -f html",
    "solve w3wi-ds304 -f latex",
    "draw w3wi-ds304 -f svg",
    "solve --help",
    "--help",
    "derive umons",
    "derive umons -f json",
    "draw w3wi-ds304",
    "sheet w3wi-ds304",
    "problems",
    "problems -f json",
    "step or-batch -n 30",
    "solve nothing-of-that-name-δ",
]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
@pytest.mark.parametrize("command", COMMANDS)
def test_an_encoding_without_our_symbols_is_no_crash(command: str, encoding: str) -> None:
    ran = backprop(*command.split(), encoding=encoding)
    assert ran.status == (2 if "nothing" in command else 0)
    assert "internal error" not in ran.err


@posix_only
def test_a_pipe_is_written_to_and_one_that_nobody_reads_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backprop_cli.files.saving.PATIENCE", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="a pipe that nobody reads"):
        save(pipe, "text")
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    monkeypatch.setattr("backprop_cli.files.saving.PATIENCE", 10.0)
    save(pipe, "text")
    assert reader.communicate()[0] == b"text"


@posix_only
def test_a_pipe_that_nobody_writes_into_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backprop_cli.files.source.PATIENCE", 0.1)
    os.mkfifo(tmp_path / "pipe")
    ran = backprop("solve", "pipe", folder=tmp_path)
    assert (ran.status, ran.err) == (
        2,
        "error: pipe cannot be read: it is a pipe that nobody writes into\n",
    )


@posix_only
def test_a_hard_link_goes_on_sharing(folder: Path) -> None:
    os.link(folder / "mine.toml", folder / "shared.toml")
    before = (folder / "mine.toml").read_bytes()
    assert backprop("step", "mine.toml", "--in-place", folder=folder).status == 0
    assert (folder / "shared.toml").read_bytes() == (folder / "mine.toml").read_bytes() != before


@posix_only
def test_a_hard_link_on_a_full_disk_keeps_what_it_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("old contents")
    os.link(one, other)
    real, calls = os.write, []

    def full(handle: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(handle, bytes(data)[:4])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(InputError, match="No space left"):
        save(one, "new contents")
    assert other.read_text() == "old contents"


@posix_only
def test_a_read_only_file_is_left_as_it_is(folder: Path) -> None:
    (folder / "mine.toml").chmod(0o444)
    before = (folder / "mine.toml").read_bytes()
    ran = backprop("step", "mine.toml", "--in-place", folder=folder)
    assert (ran.status, ran.err) == (2, "error: cannot write mine.toml: it is read-only\n")
    assert (folder / "mine.toml").read_bytes() == before


def test_what_was_saved_while_a_step_ran_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from backprop_cli.values.training import loop

    train, path = loop.train, folder / "mine.toml"

    def meanwhile(*arguments: object, **options: object) -> object:
        path.write_bytes(path.read_bytes() + b"# a remark\n")
        return train(*arguments, **options)  # type: ignore[arg-type]  # whatever step gives

    monkeypatch.setattr(loop, "train", meanwhile)
    ran = backprop("step", "mine.toml", "--in-place", folder=folder)
    assert (ran.status, "changed by somebody else" in ran.err) == (2, True)
    assert path.read_bytes().endswith(b"# a remark\n")


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_what_was_reached(number: signal.Signals, folder: Path) -> None:
    before = (folder / "mine.toml").read_bytes()
    running = subprocess.Popen(
        [*PROGRAM, "step", "mine.toml", "--in-place", "-n", "10000000", "--no-curve"],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(3)
    running.send_signal(number)
    err = running.communicate(timeout=60)[1]
    assert running.returncode == 128 + number
    assert "what was reached is kept" in err
    assert (folder / "mine.toml").read_bytes() != before


@pytest.mark.parametrize("bound", ["nan", "inf", "-inf"])
def test_a_bound_that_no_loss_reaches_is_refused(bound: str) -> None:
    ran = backprop("step", "or-batch", "--until", bound)
    assert (ran.status, "--until" in ran.err) == (2, True)


def test_json_holds_nothing_that_steers_a_terminal(folder: Path) -> None:
    text = (folder / "answers.toml").read_text(encoding="utf-8")
    name = "Ada\u009b31m\u200f"
    (folder / "hostile.csv").write_text(
        (folder / "class.csv").read_text(encoding="utf-8").replace("key", name), encoding="utf-8"
    )
    assert text
    ran = backprop("check", "hostile.csv", "--problem", "mine.toml", "-f", "json", folder=folder)
    assert "\u009b" not in ran.out
    assert "\u200f" not in ran.out
    assert "\\u009b31m" in ran.out


def test_a_sheet_and_a_class_are_read_from_standard_input(folder: Path) -> None:
    for name, status in (("answers.toml", 0), ("class.csv", 0)):
        typed = (folder / name).read_bytes()
        ran = backprop("check", "-", "--problem", "mine.toml", folder=folder, stdin=typed)
        assert (ran.status, "key" in ran.out) == (status, True), ran
    for typed in (b"", b"\xff\xfe", b"a = ", b"[", b"x,y\n1,2\n", b"\n\n"):
        ran = backprop("check", "-", "--problem", "mine.toml", folder=folder, stdin=typed)
        assert (ran.status, ran.err.startswith("error: ")) == (2, True), ran


def test_arrays_that_unpack_to_gigabytes_are_refused(folder: Path) -> None:
    import zipfile

    with zipfile.ZipFile(folder / "answers.npz", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("loss.npy", bytes(80 * 1024 * 1024))
    ran = backprop("check", "answers.npz", "--problem", "mine.toml", folder=folder)
    assert (ran.status, "unpacks to 80 MB" in ran.err) == (2, True)


FLAT = ["ln(z - z)", "1/(z - z)", "z/0", "0/0", "(z - z)/(z - z)", "z - z", "0 z"]


@pytest.mark.parametrize("formula", FLAT)
def test_an_equation_that_divides_by_zero_is_told(formula: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        f'equations = """\nz = w x\na = {formula}\nL = a\n"""\n[given]\nx = 0.5\n[parameters]\nw = 0.3\n'
    )
    for command in ("solve", "derive", "sheet --fill", "step --lr 1"):
        verb, *rest = command.split()
        ran = backprop(verb, "mine.toml", *rest, folder=tmp_path)
        assert "internal error" not in ran.err, ran


@pytest.mark.parametrize(("ending", "most"), [("png", 120_000), ("svg", 500_000), ("pdf", 1_500_000)])
def test_a_paper_that_memory_would_not_hold_is_refused(ending: str, most: int) -> None:
    from backprop_cli.render.compiler import compiled_as

    with pytest.raises(InputError, match="too long for"):
        compiled_as("x" * (most + 1), ending)


@posix_only
def test_of_two_runs_at_once_each_that_succeeds_has_moved_the_file(folder: Path) -> None:
    """As many steps as runs that ended well, however they fell together."""
    (folder / "alone.toml").write_bytes((folder / "mine.toml").read_bytes())
    command = [*PROGRAM, "step", "mine.toml", "--in-place"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    runs = [subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, **quiet) for _ in range(3)]  # type: ignore[call-overload]  # of the streams
    statuses = sorted(run.wait(timeout=60) for run in runs)
    assert set(statuses) <= {0, 2}
    for _ in range(statuses.count(0)):
        assert backprop("step", "alone.toml", "--in-place", folder=folder).status == 0
    assert (folder / "mine.toml").read_bytes() == (folder / "alone.toml").read_bytes()
