"""The guide's chapter "A teacher's week": its commands, one after the other, do what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Ran, console_line
from readme import GUIDE, blocks, commands, fits

TEXT = next(path for path in GUIDE if path.stem == "week").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str, Ran]]]:
    """The folder that is left in the end, and each command with what is shown below it."""
    folder = tmp_path_factory.mktemp("chapter")
    for language in ("toml", "csv"):
        for block in blocks(TEXT, language):
            (folder / (block.file or "")).write_text(block.text, encoding="utf-8")
    pairs = [pair for block in blocks(TEXT, "sh") for pair in commands(block.text)]
    return folder, [(command, shown, console_line(command, folder)) for command, shown in pairs]


def test_each_command_works_and_prints_what_is_shown(ran: tuple[Path, list[tuple[str, str, Ran]]]) -> None:
    for command, shown, found in ran[1]:
        assert found.status in (0, 1), (command, found.err)
        assert fits(shown, found.out + found.err), (command, found.out, found.err)


def test_the_grades_are_what_plain_reading_of_the_answers_gives(
    ran: tuple[Path, list[tuple[str, str, Ran]]],
) -> None:
    """Ada and Cem right; Ben a sign; Dan no loss, and two new weights up the gradient."""
    grades = (ran[0] / "moodle.csv").read_text(encoding="utf-8").splitlines()
    scores = [line.split(",")[1] for line in grades[1:]]
    assert scores == ["7", "6", "7", "4"]
    assert "The sign is flipped" in (ran[0] / "feedback" / "Ben Bohr.md").read_text(encoding="utf-8")


def test_dropping_a_question_tells_each_students_new_score(
    ran: tuple[Path, list[tuple[str, str, Ran]]],
) -> None:
    said = ran[1][-1][2].out
    assert "  Ada Lovelace: 7 of 7 → 6 of 6 (loss 1 → 0)\n" in said
    assert "  Dan Dubois: 4 of 7 → 4 of 6\n" in said
