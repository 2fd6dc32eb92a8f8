"""The bundled problems: a folder each, with a problem.toml in it."""

from __future__ import annotations

from pathlib import Path

PROBLEM_FILE = "problem.toml"

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled_folder() -> Path:
    """Where the bundled problems are: inside the package once it is a wheel, beside it in a checkout."""
    inside = _PACKAGE / "bundled"
    return inside if inside.is_dir() else _PACKAGE.parent / "problems"


def bundled_names() -> tuple[str, ...]:
    """The names of the bundled problems, sorted."""
    return tuple(sorted(path.parent.name for path in bundled_folder().glob(f"*/{PROBLEM_FILE}")))


def bundled_path(name: str) -> Path | None:
    """The problem file of a bundled problem; None when there is none of that name."""
    return bundled_folder() / name / PROBLEM_FILE if name in bundled_names() else None
