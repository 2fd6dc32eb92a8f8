"""Standard output and error, whatever they are: closed, full, or of an encoding without δ."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from contextlib import suppress
from typing import NoReturn, TextIO

from ..errors import InputError

FALL_BACK, PLAIN = "backprop-spelled-out", "backprop-ascii"


class _Closed(io.TextIOBase):
    """What stands for a standard output that was closed before the program began."""

    encoding = "utf-8"

    def write(self, text: str) -> NoReturn:
        raise OSError(errno.EBADF, "it is closed")

    @property
    def buffer(self) -> _Closed:
        return self


def prepare() -> None:
    """Make both streams fit: a character that one cannot encode is spelled out, δ as delta."""
    codecs.register_error(FALL_BACK, _spelled_out)
    codecs.register(_ascii_by_another_name)
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding=PLAIN if ascii else None, errors=FALL_BACK)


def _ascii_by_another_name(name: str) -> codecs.CodecInfo | None:
    """ASCII as it is: where click reads that name it writes UTF-8 instead."""
    if name != PLAIN.replace("-", "_"):
        return None
    plain = codecs.lookup("ascii")
    return codecs.CodecInfo(
        plain.encode,
        plain.decode,
        plain.streamreader,
        plain.streamwriter,
        plain.incrementalencoder,
        plain.incrementaldecoder,
        name=PLAIN,
    )


def _spelled_out(error: UnicodeError) -> tuple[str, int]:
    from ..render.ascii import to_ascii

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return to_ascii(error.object[error.start : error.end]), error.end


def finish() -> None:
    """Have all of standard output where it goes to. Raises InputError when it cannot be written."""
    try:
        if not isinstance(sys.stdout, _Closed):
            sys.stdout.flush()
    except (OSError, ValueError) as error:
        give_up()
        raise unwritable(error) from None


def give_up(stream: TextIO | None = None) -> None:
    """Forget what a stream still holds (standard output), which the interpreter would try once more."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (stream or sys.stdout).fileno())
        os.close(nowhere)


def unwritable(error: Exception) -> InputError:
    """What is told of a standard output that cannot be written."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return InputError(
        f"cannot write to standard output: {reason[:1].lower()}{reason[1:]}", help="name a file with -o"
    )


def tell(message: str) -> None:
    """Print to standard error what is told beside the result; nothing in it steers a terminal."""
    shown = "".join(char if char.isprintable() or char in "\n\t" else "�" for char in message)
    try:
        print(shown, file=sys.stderr, flush=True)
    except (OSError, ValueError):  # a full one costs nobody the result
        give_up(sys.stderr)
