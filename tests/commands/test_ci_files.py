"""The files that the guide gives for other autograders do what the guide says of them."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import pytest
from command_line import backprop, console_line
from readme import GUIDE, blocks

TEXT = next(path for path in GUIDE if path.stem == "autograders").read_text(encoding="utf-8")
FILES = {block.file: block.text for language in ("yaml", "python") for block in blocks(TEXT, language)}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """What a student's repository has: the problem, and the sheet filled in."""
    problem = Path(__file__).parents[2] / "problems" / "w3wi-ds304" / "problem.toml"
    (tmp_path / "problem.toml").write_text(problem.read_text(encoding="utf-8"), encoding="utf-8")
    sheet = backprop("sheet", "problem.toml", "--fill", folder=tmp_path).out
    (tmp_path / "answers.toml").write_text(sheet, encoding="utf-8")
    (tmp_path / "sheets").mkdir()
    for name in ("ada", "ben"):
        own = sheet.replace('"key"', f'"{name}"').replace('"-1.24"', '"1.24"' if name == "ben" else '"-1.24"')
        (tmp_path / "sheets" / f"{name}.toml").write_text(own, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("file", ["classroom.yml", "gitlab-ci.yml", "gitlab-class.yml"])
def test_a_pipelines_commands_run_and_write_what_it_keeps(file: str, repository: Path) -> None:
    lines = [line.strip().removeprefix("- ").removeprefix("run: ") for line in FILES[file].splitlines()]
    (command,) = [line for line in lines if line.startswith("backprop ")]
    ran = console_line(command, repository)
    assert ran.status == 0, ran.err
    assert (repository / "report.xml").is_file()
    assert (repository / "grades.csv").is_file() == (file == "gitlab-class.yml")


@pytest.mark.parametrize("file", ["classroom.yml", "gitlab-ci.yml"])
def test_a_pipeline_fails_where_an_answer_is_wrong(file: str, repository: Path) -> None:
    wrong = (repository / "answers.toml").read_text(encoding="utf-8").replace('"-1.24"', '"1.24"')
    (repository / "answers.toml").write_text(wrong, encoding="utf-8")
    (command,) = [
        line.partition("backprop ")[2] for line in FILES[file].splitlines() if "backprop check" in line
    ]
    assert console_line(f"backprop {command}", repository).status == 1


def test_nbgraders_cell_ends_with_the_points(capsys: pytest.CaptureFixture[str]) -> None:
    *lines, last = FILES["nbgrader_cell.py"].splitlines()
    found: dict[str, Any] = {}
    exec("\n".join(lines), found)
    assert 0 <= eval(last, found) < 10
    assert "Score" in capsys.readouterr().out


@pytest.mark.parametrize(("loss", "failed"), [(0.1267, 0), (0.9, 1)])
def test_otters_case_passes_what_is_right_and_fails_what_is_not(loss: float, failed: int) -> None:
    found: dict[str, Any] = {}
    exec(FILES["q1.py"], found)
    code = found["test"]["suites"][0]["cases"][0]["code"]
    from backprop_cli import load, solve

    right = solve(load("or-batch")).loss
    sheet = {"loss": right if failed == 0 else loss}
    test = doctest.DocTestParser().get_doctest(code + "\n", {"sheet": sheet}, "q1", None, None)
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test, out=lambda text: None)
    assert runner.failures == failed
