"""Where a problem's text comes from: a file, standard input, or a bundled problem."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError, Place
from ..records import dataclass
from .bundled import PROBLEM_FILE, bundled_names, bundled_path
from .keys import clipped
from .overwriting import note_read

MAX_BYTES = 64 * 1024 * 1024
STANDARD_INPUT = "<stdin>"
PIECE = 1024 * 1024
PATIENCE = 5.0  # seconds until somebody must write into a pipe


@dataclass(frozen=True)
class Source:
    """A text, the file it is from as messages call it, and the name of the problem in it."""

    text: str
    file: str
    name: str


def read_source(source: str) -> Source:
    """The text a PROBLEM argument stands for.

    Raises InputError when there is no such file or problem, or when it cannot be read as UTF-8.
    """
    if source == "-":
        return Source(standard_input(), STANDARD_INPUT, "problem")
    path = find(source)
    bundled = bundled_path(source) == path
    file = f"{source}/{PROBLEM_FILE}" if bundled else clipped(str(path), 200)
    return Source(decode(_file(path, file), file), file, problem_name(path))


def problem_name(path: Path) -> str:
    """The folder's name for a problem.toml, else the file's own without its ending."""
    name = path.absolute().parent.name if path.name == PROBLEM_FILE else path.stem
    return clipped(name or "problem", 100)


def find(source: str) -> Path:
    """The path a PROBLEM argument means: one that exists, a folder's problem.toml, else a bundled one."""
    path = Path(source)
    try:
        if path.is_file() or (path.exists() and not path.is_dir()):
            return path
        if path.is_dir() and source and (path / PROBLEM_FILE).is_file():
            return path / PROBLEM_FILE
    except (OSError, ValueError) as error:  # a name too long, or with a zero byte
        raise InputError(f'"{clipped(source, 60)}" cannot be a file name: {_reason(error)}') from None
    bundled = bundled_path(source)
    if bundled is not None:
        return bundled
    if source and path.is_dir():
        raise InputError(
            f'"{clipped(source, 60)}" is a folder without a {PROBLEM_FILE} in it',
            help="name the problem file itself",
        )
    raise _missing(source)


def _missing(source: str) -> InputError:
    from difflib import get_close_matches

    shown = clipped(source, 60)
    begun = [name for name in bundled_names() if source and name.startswith(source)]
    near = begun or get_close_matches(source[:60], bundled_names(), n=1)
    if near:
        help = f'did you mean the bundled problem "{near[0]}"? "backprop problems" lists them all'
    elif source == PROBLEM_FILE:
        help = 'name a problem file, or a bundled problem: "backprop problems" lists them'
    else:
        help = '"backprop problems" lists the bundled problems'
    if "/" in source or "." in source:
        return InputError(f'there is no file "{shown}"', help=help)
    return InputError(f'there is no file and no bundled problem "{shown}"', help=help)


def _file(path: Path, file: str) -> bytes:
    return read_limited(path, file)


def read_limited(
    path: Path, file: str, limit: int = MAX_BYTES, help: str = "a problem file is a small text file"
) -> bytes:
    """A file's bytes. Raises InputError when it cannot be read or is larger than the limit."""
    try:
        with _opened(path) as stream:
            note_read(stream.fileno(), file)
            return _limited(_beginning(stream, limit + 1), file, limit, help)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {_reason(error)}") from None


def _opened(path: Path) -> BinaryIO:
    """A file to read from; a pipe only if somebody writes into it before long."""
    if path.parts[:2] == ("/", "dev") or not path.is_fifo():  # what a shell puts there has its writer
        return path.open("rb")
    from select import POLLIN, poll

    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    waiting = poll()
    waiting.register(handle, POLLIN)
    if not waiting.poll(PATIENCE * 1000):
        os.close(handle)
        raise OSError(errno.ETIMEDOUT, "it is a pipe that nobody writes into")
    os.set_blocking(handle, True)
    return open(handle, "rb")


def _beginning(stream: BinaryIO, most: int) -> bytes:
    """At most so many bytes, in pieces: asked for all at once, memory is set aside for all."""
    pieces: list[bytes] = []
    while most > 0 and (piece := stream.read(min(most, PIECE))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def standard_input(help: str = "a problem file is a small text file") -> str:
    """All of standard input. Raises InputError when it cannot be read as UTF-8 or is too large."""
    if sys.stdin is None:
        raise InputError("standard input cannot be read: it is closed")
    stream = getattr(sys.stdin, "buffer", None)
    try:
        raw = stream.read(MAX_BYTES + 1) if stream is not None else sys.stdin.read(MAX_BYTES + 1).encode()
    except (OSError, AttributeError, ValueError) as error:
        raise InputError(f"standard input cannot be read: {_reason(error)}") from None
    return decode(_limited(raw, STANDARD_INPUT, MAX_BYTES, help), STANDARD_INPUT)


def _limited(raw: bytes, file: str, limit: int, help: str) -> bytes:
    if len(raw) > limit:
        raise InputError(f"{file} is larger than {limit // 1024**2} MB", help=help)
    return raw


def _reason(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]


def decode(raw: bytes, file: str) -> str:
    """UTF-8 bytes as text, without a byte order mark, lines ended by \\n.

    Raises InputError with the place of the first bad byte.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{file} is UTF-16, not UTF-8", help="save it as UTF-8")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line_start = raw.rfind(b"\n", 0, error.start) + 1
        line_end = raw.find(b"\n", error.start)
        line = raw[line_start : line_end if line_end >= 0 else len(raw)].rstrip(b"\r")
        before = raw[line_start : error.start].decode("utf-8", "replace")
        place = Place(
            file, raw.count(b"\n", 0, error.start) + 1, len(before) + 1, line.decode("utf-8", "replace")
        )
        raise InputError(
            f"not UTF-8: the byte 0x{raw[error.start]:02X}, number {error.start + 1} of the file",
            place=place,
            help="save the file as UTF-8",
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n")
