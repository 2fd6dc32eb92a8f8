"""Writing a file so that a crash at any moment leaves either the old one or the new one, whole."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from ..errors import InputError


def save(path: Path, text: str) -> None:
    """Write a text file: to a new file beside it, onto the disk, then renamed over it.

    Permissions stay, and a symbolic link goes on pointing where it did. Raises InputError when it fails.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = _mode(target)
        if mode is None:  # a pipe or a device cannot be renamed over
            target.write_text(text, encoding="utf-8", newline="")
            return
        handle, beside = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, mode)
        os.replace(beside, target)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    finally:
        with suppress(FileNotFoundError):  # renamed, as it should be
            os.unlink(beside)
    _sync_folder(target.parent)


def _mode(target: Path) -> int | None:
    """The permissions that the file has, or would be made with; None for what is not a plain file."""
    try:
        found = target.stat().st_mode
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
    if stat.S_ISDIR(found):
        raise IsADirectoryError(21, "it is a folder")
    return stat.S_IMODE(found) if stat.S_ISREG(found) else None


def _sync_folder(folder: Path) -> None:
    """Have the renaming itself on the disk, where the system knows how to."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
