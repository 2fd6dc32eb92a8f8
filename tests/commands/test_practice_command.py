"""`backprop practice`: three whole sittings in a terminal, and what is kept of them."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import backprop
from sittings import FORWARD, SITTINGS, Sitting
from systems import posix_only

GOLDEN = Path(__file__).parents[1] / "golden"
ROOT = Path(__file__).parents[2]


def typed(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def verdicts(sheet: Path) -> dict[str, str]:
    """What `backprop check` says of each cell of a sheet."""
    report = json.loads(backprop("check", sheet, "--format", "json").out)
    return {cell["cell"]: cell["verdict"] for cell in report["results"][0]["cells"]}


def in_a_terminal(sitting: Sitting, folder: Path) -> tuple[str, int]:
    """What a student sees in a pseudo-terminal of 80 columns, and the exit status."""
    import pty

    master, slave = pty.openpty()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TERM": "dumb",
        "COLUMNS": "80",
        "LINES": "50",
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-m", "backprop_cli", "practice", *sitting.arguments.split()]
    seen = b""
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=environment
    ) as running:
        os.close(slave)

        def until_quiet(prompts: int) -> None:
            nonlocal seen
            ends = time.monotonic() + 60
            while time.monotonic() < ends and len(re.findall(rb"(?m)^\S.* = ", seen)) < prompts:
                if select.select([master], [], [], 0.05)[0]:
                    try:
                        seen += os.read(master, 65536)
                    except OSError:
                        return

        for number, line in enumerate(sitting.typed):
            until_quiet(number + 2)  # the givens have a line like a prompt's
            os.write(master, f"{line}\n".encode())
        if sitting.status:
            until_quiet(len(sitting.typed) + 2)
            os.write(master, b"\x04")
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
        running.wait(60)
    os.close(master)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode()).replace("\r\n", "\n"), running.returncode


@posix_only
@pytest.mark.parametrize("command", ["solve w3wi-ds304 --slow", "step w3wi-ds304 --watch"])
def test_a_line_comes_at_a_key_press_and_the_rest_at_once_when_asked(command: str) -> None:
    import pty

    master, slave = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    program = [sys.executable, "-m", "backprop_cli", *command.split()]
    with subprocess.Popen(program, stdin=slave, stdout=slave, stderr=slave, env=environment) as running:
        os.close(slave)
        seen = b""

        def until(wanted: bytes) -> None:
            nonlocal seen
            while wanted not in seen and select.select([master], [], [], 20)[0]:
                seen += os.read(master, 65536)
            time.sleep(0.5)  # until it waits for a key: what is pressed before is dropped

        until(b"A 2-2-2 network")
        assert b"W3WI" not in seen
        os.write(master, b" ")
        until(b"W3WI")
        assert b"1.4077" not in seen.replace(b"\xe2\x88\x92", b"-")
        os.write(master, b"a")
        until("−1.4077".encode())
        assert "−1.4077".encode() in seen
        while True:
            try:
                if not os.read(master, 65536):
                    break
            except OSError:
                break
        assert running.wait(20) == 0
    os.close(master)


def test_a_line_at_a_key_press_takes_a_terminal() -> None:
    for command in (["solve", "w3wi-ds304", "--slow"], ["step", "w3wi-ds304", "--watch"]):
        ran = backprop(*command)
        assert ran.status == 2
        assert "for a terminal" in ran.err


@posix_only
def test_three_whole_sittings_in_a_terminal(tmp_path: Path) -> None:
    """All right; a sign slip found by the second hint; stopped and gone on. Read them in tests/golden."""
    for sitting in SITTINGS:
        seen, status = in_a_terminal(sitting, tmp_path)
        file = GOLDEN / f"practice-{sitting.name}.txt"
        if os.environ.get("BACKPROP_REFRESH"):
            file.write_text(seen, encoding="utf-8")
        assert status == sitting.status, seen
        assert seen == file.read_text(encoding="utf-8")


def test_without_a_terminal_it_reads_a_line_an_answer() -> None:
    ran = backprop("practice", "w3wi-ds304", "--only", "forward", stdin=typed(*FORWARD))
    assert (ran.status, ran.err) == (0, "")
    assert "8 of 8 right, 8 of them without help" in ran.out
    assert "\x1b" not in ran.out


def test_answers_are_kept_as_they_come_and_can_be_checked(tmp_path: Path) -> None:
    sheet = tmp_path / "mine.toml"
    ran = backprop(
        "practice", "w3wi-ds304", "--only", "forward", "-o", sheet, stdin=typed("0.61", "0.64", "", "0.61")
    )
    assert ran.status == 1
    found = verdicts(sheet)
    assert found["hid.preactivation[1]"] == "correct"
    assert found["hid.preactivation[2]"] == "slip"
    assert found["hid.activation[1]"] == "correct"
    again = backprop("practice", "w3wi-ds304", "--only", "forward", "--from", sheet, stdin=typed("0"))
    assert "z(n₂[hid]) = 0" in again.out
    assert "a flipped sign, once" in again.out


def test_a_sheet_with_answers_is_not_written_over(tmp_path: Path) -> None:
    sheet = tmp_path / "mine.toml"
    backprop("practice", "w3wi-ds304", "-o", sheet, stdin=typed("0.61"))
    before = sheet.read_bytes()
    refused = backprop("practice", "w3wi-ds304", "-o", sheet, stdin=typed("1"))
    assert refused.status == 2
    assert "holds answers" in refused.err
    assert sheet.read_bytes() == before
    assert backprop("practice", "w3wi-ds304", "-o", sheet, "--force", stdin=b"").status == 1


def test_a_variants_sheet_is_checked_against_its_own_numbers(tmp_path: Path) -> None:
    sheet = tmp_path / "mine.toml"
    ran = backprop("practice", "w3wi-ds304", "--seed", "3", "-o", sheet, stdin=typed("0.61", "?", "!"))
    assert ran.status == 1
    assert (tmp_path / "w3wi-ds304-3.toml").exists()
    solved = backprop("solve", tmp_path / "w3wi-ds304-3.toml", "--format", "json")
    first = re.search(r'"preactivation": \[\[([-\d.]+)', solved.out)
    assert first
    good = backprop("practice", "w3wi-ds304", "--seed", "3", "-o", sheet, "--force", stdin=typed(first[1]))
    assert "✓" in good.out
    assert verdicts(sheet)["hid.preactivation[1]"] == "correct"


def test_another_round_begins_with_other_numbers_until_the_input_ends() -> None:
    ran = backprop("practice", "w3wi-ds304", "--only", "loss", "--again", stdin=typed("0.47", "", ""))
    assert ran.out.count("? hint") >= 3


@pytest.mark.parametrize("arguments", [["--only", "backwards"], ["--seed", "-1"], ["no-such-problem"]])
def test_what_cannot_be_practised_is_told(arguments: list[str]) -> None:
    ran = backprop("practice", *arguments, stdin=b"")
    assert ran.status == 2
    assert "Traceback" not in ran.err
