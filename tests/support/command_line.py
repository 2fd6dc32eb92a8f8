"""Runs `backprop` inside the test's own process, with streams of its own."""

from __future__ import annotations

import io
import os
import shlex
import sys
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from backprop_cli.commands.app import run


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str


def backprop(
    *arguments: str | Path,
    columns: int = 80,
    stdin: bytes = b"",
    encoding: str = "utf-8",
    folder: Path | None = None,
    **environment: str,
) -> Ran:
    """Run one command; `environment` adds to the variables, `folder` is where it runs."""
    out, err = io.BytesIO(), io.BytesIO()
    streams = {
        "stdin": io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"),
        "stdout": io.TextIOWrapper(out, encoding=encoding, write_through=True),
        "stderr": io.TextIOWrapper(err, encoding=encoding, write_through=True),
    }
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    plain |= {"COLUMNS": str(columns), "TERM": "xterm-256color", **environment}
    status = 0
    with (
        patch.multiple(sys, argv=["backprop", *map(str, arguments)], **streams),
        patch.dict(os.environ, plain, clear=True),
        chdir(folder or Path.cwd()),
    ):
        try:
            run()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        for stream in ("stdout", "stderr"):
            getattr(sys, stream).flush()
    return Ran(status, out.getvalue().decode(encoding), err.getvalue().decode(encoding))


def console_line(line: str, folder: Path | None = None) -> Ran:
    """Run a command line as typed after the prompt: backprop solve w3wi-ds304."""
    name, *arguments = shlex.split(line)
    if name != "backprop":
        raise ValueError(f"not a backprop command: {line}")
    return backprop(*arguments, folder=folder)
