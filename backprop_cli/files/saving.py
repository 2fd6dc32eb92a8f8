"""Writing a file so that a crash at any moment leaves either the old one or the new one, whole.

A new file is written beside the old one, onto the disk, and renamed over it. Owner, group and permissions
stay, a symbolic link goes on pointing where it did, and a hard link goes on sharing: where renaming would
not keep these, the file is changed in place, and put back as it was should that fail.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import InputError
from .keys import clipped
from .overwriting import note_written, plain, refuse_loss

PATIENCE = 2.0  # seconds until somebody must be reading a pipe
_NOT_BY_RENAMING = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV, errno.EROFS)


def save(
    path: Path,
    data: str | bytes | Iterator[bytes],
    *,
    expected: bytes | None = None,
    own: bool = False,
    problems: bool = False,
) -> None:
    """Write a file whole, or leave it as it is.

    `expected` is what the file must still hold just before. `own` is for a file that the command is there to
    change; `problems` for a problem that may take the place of another. Data that is large comes in pieces.
    Raises InputError when it cannot be written, and when something of worth would be lost.
    """
    raw = data.encode(errors="surrogatepass") if isinstance(data, str) else data
    pieces = iter((raw,)) if isinstance(raw, bytes) else raw
    shown = clipped(str(path), 200)
    try:
        if not plain(path) and not path.is_dir():  # a pipe or a device cannot be renamed over
            _pour(path, pieces)
            return
        if not own:
            refuse_loss(path, raw if isinstance(raw, bytes) else None, problems=problems)
        target = Path(os.path.realpath(path))
        found = _found(target)
        with _alone(target if found else None):
            _compare(target, expected, shown)
            _write(target, found, pieces)
    except OSError as error:
        raise InputError(f"cannot write {shown}: {_reason(error)}") from None
    except ValueError as error:  # a name with a zero byte
        raise InputError(f"cannot write {shown}: {error}") from None
    _sync_folder(target.parent)
    note_written(path)


def _found(target: Path) -> os.stat_result | None:
    """What is there, which must be a file that may be written."""
    try:
        found = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not (found.st_mode & 0o222 and os.access(target, os.W_OK)):
        raise PermissionError(errno.EACCES, "it is read-only")
    return found


def _write(target: Path, found: os.stat_result | None, pieces: Iterator[bytes]) -> None:
    if found and found.st_nlink > 1:
        _in_place(target, b"".join(pieces))
        return
    try:
        handle, beside = tempfile.mkstemp(prefix=".backprop-", dir=target.parent)
    except OSError as error:
        if found is None or error.errno not in _NOT_BY_RENAMING:
            raise
        _in_place(target, b"".join(pieces))
        return
    try:
        with open(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if found is None:
            os.chmod(beside, 0o666 & ~_mask())
        elif not _given_to(beside, found):
            _in_place(target, Path(beside).read_bytes())
            return
        try:
            os.replace(beside, target)
        except OSError as error:
            if found is None or error.errno not in _NOT_BY_RENAMING:
                raise
            _in_place(target, Path(beside).read_bytes())
    finally:
        with suppress(FileNotFoundError):  # renamed, as it should be
            os.unlink(beside)


def _given_to(beside: str, found: os.stat_result) -> bool:
    """Give the new file the old one's owner, group and permissions; False where that is not allowed."""
    mine = os.stat(beside)
    if (mine.st_uid, mine.st_gid) != (found.st_uid, found.st_gid):
        try:
            os.chown(beside, found.st_uid, found.st_gid)
        except OSError:
            return False
    os.chmod(beside, stat.S_IMODE(found.st_mode))
    return True


def _in_place(target: Path, raw: bytes) -> None:
    """Change the file itself; what it held is put back when that fails."""
    with target.open("r+b") as file:
        old = file.read()
        try:
            if hasattr(os, "posix_fallocate") and len(raw) > len(old):
                os.posix_fallocate(file.fileno(), 0, len(raw))  # is there room for it?
            _replace_contents(file.fileno(), raw)
        except BaseException:
            _replace_contents(file.fileno(), old)
            raise


def _replace_contents(handle: int, raw: bytes) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    rest = memoryview(raw)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.ftruncate(handle, len(raw))
    os.fsync(handle)


def _compare(target: Path, expected: bytes | None, shown: str) -> None:
    if expected is None:
        return
    try:
        now = target.read_bytes()
    except FileNotFoundError:
        now = b""
    if now != expected:
        raise InputError(
            f"{shown} was changed by somebody else meanwhile, and is left as they saved it",
            help="run the command once more",
        )


@contextmanager
def _alone(target: Path | None) -> Iterator[None]:
    """No other run of the program replaces the file meanwhile, where the system knows how to."""
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:
        target = None
    if target is None:
        yield
        return
    with target.open("rb") as file:
        with suppress(OSError):  # a file system without locks
            flock(file.fileno(), LOCK_EX)
        yield


def _pour(path: Path, pieces: Iterator[bytes]) -> None:
    """Write into a pipe that somebody reads, or a device."""
    flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOCTTY", 0)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
            break
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > until:
                raise
            time.sleep(0.02)
    if hasattr(os, "set_blocking"):
        os.set_blocking(handle, True)
    with open(handle, "wb") as file:
        file.writelines(pieces)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: OSError) -> str:
    if error.errno == errno.ENXIO:
        return "it is a pipe that nobody reads"
    return error.strerror or str(error)


def _sync_folder(folder: Path) -> None:
    """Have the renaming itself on the disk, where the system knows how to."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
