"""What must not be written over: a file that this run reads or writes, a problem, a sheet that holds answers.

What is opened within `remembered` is remembered by its device and number, so that
links of both kinds lead to the same file. Outside of it (as a library) nothing is.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ..errors import InputError
from .keys import clipped

Identity = tuple[int, int]
LOOKED_AT = 4 * 1024 * 1024  # bytes of a file that is there, to see what it is
_ABOUT = ("problem", "student", "practice")
_STUDENT = r"(?i)(student|name|id|e-?mail|matriculation).*"
_CELL = r"(?i).*\[[\d, ]+\]|[\w-]+\.[a-z_]+|loss\w*|cell"
_GRADES = {"score", "max"}


@dataclass
class Run:
    """The files of one run of the program."""

    force: bool = False
    read: dict[Identity, str] = field(default_factory=dict)
    written: dict[Identity, str] = field(default_factory=dict)


_RUN: ContextVar[Run | None] = ContextVar("run", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """A run of the program: what is read and written is remembered until it ends."""
    before = _RUN.set(Run())
    try:
        yield
    finally:
        _RUN.reset(before)


def note_read(handle: int, file: str) -> None:
    """Remember an open file as one that this run reads."""
    if run := _RUN.get():
        found = os.fstat(handle)
        run.read[found.st_dev, found.st_ino] = file


def note_written(path: Path) -> None:
    """Remember a file as one that this run has written."""
    if (run := _RUN.get()) and (identity := _identity(path)):
        run.written[identity] = str(path)


def claim(
    *outputs: Path | None, own: Path | None = None, problems: bool = False, force: bool = False
) -> None:
    """Say what is about to be written, before any of it is; `own` is what the command is there to change.

    `force` permits all losses but that of one output by another.

    Raises InputError for two outputs on one file, and for what `refuse_loss` refuses.
    """
    if (run := _RUN.get()) and force:
        run.force = True
    seen: dict[object, Path] = {}
    for path in (*outputs, own):
        if path is None or not plain(path):
            continue
        key: object = _identity(path) or os.path.normcase(os.path.realpath(path))
        if key in seen:
            raise InputError(
                f"{_shown(seen[key])} and {_shown(path)} are the same file, and two outputs would go there",
                help="name another file for one of them",
            )
        seen[key] = path
    for path in seen.values():
        if path is not own:
            refuse_loss(path, problems=problems)


def plain(path: Path) -> bool:
    """Whether a path is that of a file, or could become one, rather than a pipe or a device."""
    try:
        return path.parts[:2] not in (("/", "dev"), ("/", "proc")) and (path.is_file() or not path.exists())
    except (OSError, ValueError):
        return False


def refuse_loss(path: Path, data: bytes | None = None, *, problems: bool = False) -> None:
    """Raise InputError when writing to `path` would lose what somebody made.

    Not when the file holds `data` already, nor with --force; `problems` may take the place of others.
    """
    run = _RUN.get()
    identity = _identity(path)
    if run is None or identity is None:
        return
    if identity in run.written:
        raise InputError(
            f"{_shown(path)} has just been written as {_shown(run.written[identity])}",
            help="name another file for one of them",
        )
    if run.force:
        return
    if identity in run.read:
        raise InputError(
            f"{_shown(path)} is read by this command, and would be written over",
            help="name another file, or write over it all the same: --force",
        )
    kept = _worth_keeping(path, data)
    if kept and not (problems and kept == _PROBLEM):
        raise InputError(
            f"{_shown(path)} is there already and {kept}",
            help="name another file, or write over it all the same: --force",
        )


_PROBLEM = "is a problem"
_ANSWERS = "holds answers"


def _worth_keeping(path: Path, data: bytes | None) -> str:
    """What a file is that must not be lost; "" for any other, and for one that holds `data` already."""
    try:
        if path.suffix.lower() not in (".toml", ".csv", ".tsv") or not path.is_file():
            return ""
        with path.open("rb") as stream:
            raw = stream.read(LOOKED_AT + 1)
    except (OSError, ValueError):
        return ""
    if not raw.strip() or raw == data:
        return ""
    text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    return _of_toml(text) if path.suffix.lower() == ".toml" else _of_csv(text)


def _of_toml(text: str) -> str:
    """A text that is no TOML was written by hand, and may be a sheet with one slip of the pen."""
    try:
        document = tomllib.loads(text) if text.count("[") < 100_000 else {}
    except (ValueError, RecursionError):
        return _ANSWERS
    if "layers" in document or "equations" in document:
        return _PROBLEM
    return _ANSWERS if any(_answered(value) for key, value in document.items() if key not in _ABOUT) else ""


def _answered(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(map(_answered, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, str) or bool(value.strip())


def _of_csv(text: str) -> str:
    import csv

    lines = text.lstrip("\ufeff\r\n").splitlines()
    if lines and re.fullmatch("sep=.", lines[0]):
        lines = lines[1:]
    first = lines[0] if lines else ""
    separator = max(",;\t", key=first.count)
    try:
        rows: Iterable[list[str]] = csv.reader(islice(lines, 200_000), delimiter=separator)
        header = [name.strip() for name in next(iter(rows), [])]
        if {name.lower() for name in header} >= _GRADES or not any(
            re.fullmatch(_STUDENT, name) for name in header
        ):
            return ""
        cells = [place for place, name in enumerate(header) if re.fullmatch(_CELL, name)]
        answered = any(place < len(row) and row[place].strip() for row in rows for place in cells)
    except csv.Error:
        return _ANSWERS
    return _ANSWERS if answered else ""


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _shown(path: Path | str) -> str:
    return clipped(str(path), 200)
