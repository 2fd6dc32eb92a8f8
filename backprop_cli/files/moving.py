"""A problem together with the text of its file, to be written back with other numbers in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..problem.equations import EquationProblem
from ..problem.problem import Problem
from .problem_file import parse_problem
from .saving import save
from .source import Source, find, read_source

_MARK = "\ufeff"


@dataclass(frozen=True, eq=False)
class Moving:
    """A problem, and the file it was read from as it stands there: line endings, byte order mark and all."""

    problem: Problem | EquationProblem
    text: str

    def save(
        self,
        path: Path,
        moved: Problem | EquationProblem,
        digits: int | None = None,
        *,
        in_place: bool = False,
    ) -> None:
        """Write the file with the numbers of `moved`; `in_place` where it was read, if it still stands there.

        Raises InputError when it cannot be written.
        """
        from .problem_writing import moved_text

        mark = _MARK if self.text.startswith(_MARK) else ""
        text = mark + moved_text(self.text.removeprefix(_MARK), self.problem, moved, digits)
        save(path, text, expected=self.text.encode() if in_place else None, own=in_place, problems=True)


def open_to_move(source: str, *, keep: bool) -> Moving:
    """The problem a PROBLEM argument stands for; `keep` its text as it is in the file."""
    found = read_source(source)
    problem = parse_problem(found.text, found.file, found.name)
    return Moving(problem, _as_it_stands(source, found) if keep and source != "-" else found.text)


def _as_it_stands(source: str, found: Source) -> str:
    try:
        text = find(source).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{found.file} cannot be read again: {error}") from None
    if text.removeprefix(_MARK).replace("\r\n", "\n") != found.text:
        raise InputError(f"{found.file} changed while it was read", help="run the command once more")
    return text
