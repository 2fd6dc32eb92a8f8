"""`backprop autograder`: the zip that Gradescope runs on each submission."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from ..files.overwriting import claim
from .options import ForceOption, ProblemArgument, chosen_problem, write_bytes

SETUP = """#!/usr/bin/env bash
# Run once, when the autograder's image is built. The program itself is in the zip; what it needs of others
# (Python 3.11 or newer, and the packages below) is installed here, so that this once needs the internet.
set -e
if ! command -v python3 > /dev/null || ! python3 -m pip --version > /dev/null 2>&1; then
  apt-get update
  apt-get install -y python3 python3-pip
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {{
  echo "backprop needs Python 3.11 or newer, and this image has $(python3 --version): choose a newer one" >&2
  exit 1
}}
python3 -m pip install --break-system-packages {requirements} \\
  || python3 -m pip install {requirements}
"""

RUN = '''#!/usr/bin/env python3
"""Run on each submission: grades its sheet, and says so where it cannot be read."""

import html
import json
import os
import subprocess
import sys
from pathlib import Path

home = Path(os.environ.get("AUTOGRADER", "/autograder"))
source, submission = home / "source", home / "submission"
results = home / "results" / "results.json"


def is_sheet(path):
    """A file of its own that may be an answer sheet: no link, no copy of the problem, nothing hidden."""
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.relative_to(submission).parts)
    if hidden or not path.is_file() or path.resolve() != submission.resolve() / path.relative_to(submission):
        return False
    return path.suffix.lower() in (".toml", ".json", ".npz") and path.name.lower() != "problem.toml"


sheets = sorted(filter(is_sheet, submission.rglob("*")))
results.parent.mkdir(parents=True, exist_ok=True)
results.unlink(missing_ok=True)
said = "There is no answer sheet (a .toml file) in the submission."
if len(sheets) > 1:
    said = "There are several answer sheets: " + ", ".join(path.name for path in sheets) + ". Hand in one."
if len(sheets) == 1:
    command = [sys.executable, "-m", "backprop_cli", "check", str(sheets[0])]
    command += ["--problem", str(source / "exercise" / {name!r} / "problem.toml")]
    command += ["--format", "gradescope", "-o", str(results), *{options!r}]
    environment = dict(os.environ, PYTHONPATH=str(source), PYTHONUTF8="1")
    ran = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True)
    said = ran.stderr.replace(str(submission) + os.sep, "")
if not results.is_file():
    results.write_text(json.dumps({{"score": 0, "output": said, "visibility": "visible", "tests": []}}))
elif said:
    graded = json.loads(results.read_text(encoding="utf-8"))
    told = "<pre>" + html.escape(said) + "</pre>" + graded.get("output", "")
    results.write_text(json.dumps(dict(graded, output=told)))
print(said)
'''


def autograder(
    problem: ProblemArgument = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The zip. Default: autograder.zip.", show_default=False
        ),
    ] = None,
    hint: Annotated[
        bool, typer.Option("--hint", help="Feedback says where a slip is and of what kind, not the answer.")
    ] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Only what is answered counts.")] = False,
    force: ForceOption = False,
) -> None:
    """Write the zip that Gradescope grades submissions with: students hand in their answer sheet.

    The problem is in the zip, whatever a sheet names; so is this program. A submission that cannot be read
    scores 0 and shows why.

    \b
    Examples:
      backprop autograder w3wi-ds304 -o autograder.zip
      backprop autograder exam.toml --hint -o autograder.zip
    """
    from ..files.source import read_source

    path = output or Path("autograder.zip")
    claim(path, force=force)
    if path.suffix.lower() != ".zip":
        raise InputError(f"Gradescope takes a zip, and {path} is none", help="end its name in .zip")
    chosen = chosen_problem(problem)
    text = read_source(problem or "problem.toml").text
    options = [name for name, wanted in (("--hint", hint), ("--partial", partial)) if wanted]
    write_bytes(_zip(chosen.name, text, options), path)


def _zip(name: str, problem: str, options: list[str]) -> bytes:
    """Setup, run script, the problem and this program."""
    kept = "".join(char if char.isalnum() or char in "-_" else "_" for char in name)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        _add(packed, "setup.sh", SETUP.format(requirements=" ".join(map(repr, _requirements()))), run=True)
        _add(packed, "run_autograder", RUN.format(name=kept, options=options), run=True)
        _add(packed, f"exercise/{kept}/problem.toml", problem)
        package = Path(__file__).resolve().parent.parent
        for file in sorted(package.rglob("*.py")):
            _add(packed, f"{package.name}/{file.relative_to(package).as_posix()}", file.read_text("utf-8"))
    return made.getvalue()


def _requirements() -> list[str]:
    """What this program needs of others, as it was installed."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        found = requires("backprop-cli") or []
    except PackageNotFoundError:
        found = []
    return [one.replace(" ", "") for one in found if ";" not in one] or ["numpy", "rich", "tomlkit", "typer"]


def _add(packed: zipfile.ZipFile, name: str, text: str, *, run: bool = False) -> None:
    """A file of the zip, the same whenever it is made."""
    entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o755 if run else 0o644) << 16
    packed.writestr(entry, text)
