"""What a user is told when the input cannot be used: what, where, and how to mend it.

An error is data; its prose is put together last, by `report`.
"""

from __future__ import annotations

import os

from .records import dataclass

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """A stretch of a file: line and column, counted from 1, the line's text, and how long it is."""

    file: str
    line: int
    column: int
    text: str
    length: int = 1


class InputError(Exception):
    """The input cannot be used: `message` says what, `place` where, `help` how to mend it.

    A check that knows only the key, such as ("layers", 0, "weights", 1), gives it as `path`;
    whoever read the file adds the place.
    """

    def __init__(
        self,
        message: str,
        *,
        path: KeyPath | None = None,
        place: Place | None = None,
        help: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.place = place
        self.help = help

    def at(self, place: Place | None) -> InputError:
        """The same error with its place in a file."""
        return InputError(self.message, path=self.path, place=place, help=self.help)


def debugging() -> bool:
    """Whether faults of the program's own are to be shown in full."""
    return os.environ.get("BACKPROP_DEBUG", "0") not in ("", "0")


def internal_error(error: BaseException, where: str = "") -> str:
    """A fault of the program's own in one line; `where` names the sheet and the cell it was met at."""
    if isinstance(error, MemoryError):
        what = "there is not enough memory for this"
    else:
        text = "".join(char if char.isprintable() else " " for char in str(error)[:160])
        what = f"{type(error).__name__}: {text}".removesuffix(": ")
    place = f"{where}: " if where else ""
    return f"internal error: {place}{what} (ours, not yours; BACKPROP_DEBUG=1 shows where)"


def report(error: InputError) -> str:
    """The error as text, with the line it is about and a caret under it."""
    lines = [f"error: {error.message}"]
    margin = ""
    if error.place:
        place = error.place
        margin = " " * len(str(place.line))
        shown, column = _window(place)
        caret = "".join("\t" if char == "\t" else " " for char in shown[: column - 1])
        length = max(1, min(place.length, len(shown) - column + 1))
        lines += [
            f"{margin}--> {place.file}:{place.line}:{place.column}",
            f"{margin} |",
            f"{place.line} | {shown}",
            f"{margin} | {caret}{'^' * length}",
        ]
    if error.help:
        lines.append(f"{margin} = help: {error.help}" if error.place else f"  = help: {error.help}")
    return "\n".join(lines)


def _window(place: Place, width: int = 96) -> tuple[str, int]:
    """The part of a long line around the place, and the column of the place within it."""
    text = "".join(char if char.isprintable() or char == "\t" else "�" for char in place.text)
    if len(text) <= width:
        return text, place.column
    start = max(0, min(place.column - 1 - width // 3, len(text) - width))
    cut = text[start : start + width]
    if start:
        cut = "…" + cut[1:]
    if start + width < len(text):
        cut = cut[:-1] + "…"
    return cut, place.column - start
