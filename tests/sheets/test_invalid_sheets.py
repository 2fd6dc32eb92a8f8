"""What is said of each answer sheet that cannot be used: cases/sheets/NAME.toml beside its NAME.txt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backprop_cli.errors import InputError, report
from backprop_cli.sheets.answers import read_answers

FOLDER = Path(__file__).parents[1] / "cases" / "sheets"
CASES = sorted(FOLDER.glob("*.toml"))


def message_about(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    shutil.copy(path, folder / "answers.toml")
    monkeypatch.chdir(folder)
    with pytest.raises(InputError) as caught:
        read_answers()
    return report(caught.value) + "\n"


def test_there_are_cases() -> None:
    assert len(CASES) >= 25
    assert {path.with_suffix(".txt") for path in CASES} == set(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_invalid_sheet_gets_its_message(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert message_about(path, tmp_path, monkeypatch) == path.with_suffix(".txt").read_text(encoding="utf-8")
