"""Where answer sheets are, and which problem each answers: one beside it, else a bundled one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from ..errors import InputError
from ..files.bundled import PROBLEM_FILE, bundled_names, bundled_path
from ..files.keys import clipped
from ..files.source import problem_name

DEFAULT = "answers.toml"
CSV_ENDINGS = (".csv", ".tsv")


def sheet_files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file, and whether it was found in a folder: there, or a folder for each student further down."""
    if not paths:
        if not Path(DEFAULT).is_file():
            raise InputError(
                f"no answers given, and there is no {DEFAULT} in this folder",
                help='name a sheet, a folder or a CSV; "backprop sheet" writes a blank sheet',
            )
        paths = [Path(DEFAULT)]
    for path in paths:
        try:
            is_folder, exists = path.is_dir(), path.exists()
        except (OSError, ValueError):
            is_folder = exists = False
        if not exists:
            raise InputError(
                f'there is no file or folder "{clipped(str(path), 100)}"',
                help='name a sheet, a folder or a CSV; "backprop sheet" writes a blank sheet',
            )
        if not is_folder:
            yield path, False
            continue
        inside = sorted(
            one
            for pattern in ("*", "*/*")
            for one in path.glob(pattern)
            if one.suffix.lower() in (".toml", *CSV_ENDINGS) and one.name != PROBLEM_FILE and one.is_file()
        )
        if not inside:
            raise InputError(
                f'the folder "{clipped(str(path), 100)}" has no answer sheets', help="they end in .toml"
            )
        yield from ((one, True) for one in inside)


def find_problem(name: str | None, path: Path) -> str:
    """The PROBLEM argument for what a sheet calls its problem: beside the sheet, else bundled.

    Beside are NAME/problem.toml, NAME.toml and a problem.toml of that name, in the sheet's folder or the one
    above. A name is no path: a sheet comes from a stranger.
    """
    folder = path.absolute().parent
    if not name:
        for place in (folder, folder.parent):
            if (place / PROBLEM_FILE).is_file():
                return str(_relative(place / PROBLEM_FILE))
        raise InputError(
            f"{clipped(str(path), 200)} does not say which problem it answers",
            help='begin it with a line such as problem = "w3wi-ds304", or name one with --problem',
        )
    if len(name) > 100 or name.startswith(".") or any(char in name for char in "/\\\0"):
        raise InputError(
            f'"{clipped(name)}" is no name of a problem',
            help="a sheet gives a bundled problem's name, or that of a file beside it",
        )
    stem = name.removesuffix(".toml")
    for place in (folder, folder.parent):
        for candidate in (place / stem / PROBLEM_FILE, place / f"{stem}.toml"):
            if candidate.is_file() and candidate != path.absolute():
                return str(_relative(candidate))
        own = place / PROBLEM_FILE
        if own.is_file() and problem_name(own) == stem:
            return str(_relative(own))
    if bundled_path(stem):
        return stem
    raise _missing(name)


def _relative(path: Path) -> Path:
    """The path as short as it can be said from here."""
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):
        return path


def _missing(name: str) -> InputError:
    near = get_close_matches(name, bundled_names(), n=1)
    return InputError(
        f'there is no problem "{clipped(name, 60)}" beside the sheet, and no bundled one',
        help=f'did you mean "{near[0]}"?' if near else "name the problem's file with --problem",
    )
