"""Try the wheel: build the sdist, a wheel from that, solve every bundled problem and read the guide with it.

The wheel goes into an empty environment in a temporary folder outside the checkout, with the core
dependencies alone, so nothing of the checkout can stand in for what the wheel lacks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command and give back what it printed; end the whole script when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PYTHONIOENCODING"] = "utf-8"
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, encoding="utf-8"
    )
    if done.returncode != 0:
        line = " ".join(str(part) for part in command)
        sys.exit(f"wheel: exit status {done.returncode} from: {line}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    names = sorted(
        folder.name for folder in (ROOT / "problems").glob("*/") if (folder / "problem.toml").exists()
    )
    if not names:
        sys.exit("wheel: there are no problems in problems/ to solve")
    with tempfile.TemporaryDirectory(prefix="backprop-wheel-") as name:
        temporary = Path(name)
        # By itself, `build` makes the sdist from the checkout and the wheel from the sdist.
        run(sys.executable, "-m", "build", "--outdir", temporary / "dist", ROOT, cwd=temporary)
        (wheel,) = (temporary / "dist").glob("*.whl")
        run(sys.executable, "-m", "venv", temporary / "venv", cwd=temporary)
        python = temporary / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        run(*pip, wheel, cwd=temporary)
        where = run(python, "-c", "import backprop_cli; print(backprop_cli.__file__)", cwd=temporary).strip()
        if not Path(where).resolve().is_relative_to(temporary.resolve()):
            sys.exit(f"wheel: the package was imported from {where}, not from the wheel")
        for problem in names:
            if not run(python.parent / "backprop", "solve", problem, cwd=temporary).strip():
                sys.exit(f"wheel: backprop solve {problem} printed nothing")
        if not run(python.parent / "backprop", "guide", "problem", cwd=temporary).startswith("# "):
            sys.exit("wheel: the guide is not in it")
        print(f"wheel: {wheel.name}, built from its sdist, solved {', '.join(names)}")


if __name__ == "__main__":
    main()
