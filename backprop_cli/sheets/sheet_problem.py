"""Where answer sheets are, and which problem each answers: one beside it, else a bundled one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ..errors import InputError
from ..files.bundled import PROBLEM_FILE, bundled_names, bundled_path
from ..files.keys import clipped
from ..files.source import problem_name

DEFAULT = "answers.toml"
CSV_ENDINGS = (".csv", ".tsv")
MOST_NAMED = 8


@dataclass(frozen=True)
class Found:
    """The files to read, each with whether it was found in a folder, and what there is passed over."""

    files: dict[Path, bool]
    notes: tuple[str, ...] = ()


def sheet_files(paths: Sequence[Path]) -> Found:
    """The sheets and tables named, and those in folders named: there, or in a folder for each student."""
    files: dict[Path, bool] = {}
    notes: list[str] = []
    for path in _existing(paths):
        if not path.is_dir():
            files[path] = False
            continue
        inside = sorted(
            (one for pattern in ("*", "*/*") for one in path.glob(pattern) if _is_file(one)), key=_naturally
        )
        sheets = [one for one in inside if _is_sheet(one)]
        if not sheets:
            raise InputError(
                f'the folder "{clipped(str(path), 100)}" has no answer sheets',
                help="they end in .toml or .csv",
            )
        others = [str(one.relative_to(path)) for one in inside if not _is_sheet(one) and not _is_known(one)]
        others += [f"{one.relative_to(path)}/" for one in path.glob("*/*") if one.is_dir()]
        if others:
            shown = ", ".join(clipped(name, 60) for name in others[:MOST_NAMED])
            more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
            notes.append(f"passed over in {clipped(str(path), 100)}, being no sheets: {shown}{more}")
        for one in sheets:
            files.setdefault(one, True)
    return Found(files, tuple(notes))


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _is_sheet(path: Path) -> bool:
    return path.suffix.lower() in (".toml", *CSV_ENDINGS) and not _is_known(path)


def _is_known(path: Path) -> bool:
    """A problem beside the sheets."""
    return path.name == PROBLEM_FILE


def _naturally(path: Path) -> list[tuple[int, int, str]]:
    """answers-2 before answers-10."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"([0-9]{1,18})", str(path))
        if part
    ]


def _existing(paths: Sequence[Path]) -> Iterator[Path]:
    """The paths named, or the sheet in this folder. Raises InputError for what is not there."""
    if not paths:
        if not Path(DEFAULT).is_file():
            raise InputError(
                f"no answers given, and there is no {DEFAULT} in this folder",
                help='name a sheet, a folder or a CSV; "backprop sheet" writes a blank sheet',
            )
        paths = [Path(DEFAULT)]
    for path in paths:
        try:
            exists = path == Path("-") or path.exists()  # the first is standard input
        except (OSError, ValueError):
            exists = False
        if not exists:
            raise InputError(
                f'there is no file or folder "{clipped(str(path), 100)}"',
                help='name a sheet, a folder or a CSV; "backprop sheet" writes a blank sheet',
            )
        yield path


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
