"""The blocks of README and guide: console sessions, problem files, Python; how a session is compared."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from command_line import console_line

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
GUIDE = sorted((ROOT / "backprop_cli" / "guide").glob("*.md"))
DOCUMENTS = [README, *GUIDE]
CUT = "[…]"  # a line that stands for any number of lines left out
_BLOCK = re.compile(
    r"(?:^<!-- file: (?P<file>\S+) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A fenced block; `file` is the name it is saved under, where a comment above it gives one."""

    language: str
    text: str
    file: str | None
    start: int
    end: int


def blocks(text: str, language: str) -> list[Block]:
    """The fenced blocks of one language, in order."""
    return [
        Block(found["language"], found["text"], found["file"], found.start("text"), found.end("text"))
        for found in _BLOCK.finditer(text)
        if found["language"] == language
    ]


def commands(session: str) -> list[tuple[str, str]]:
    """Each command line of a console block with the text shown below it."""
    parts = re.split(r"^\$ (.*)\n", session, flags=re.M)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def output_of(command: str, folder: Path) -> str:
    """What a command line prints, on both streams."""
    ran = console_line(command, folder)
    return ran.out + ran.err


def write_files(folder: Path) -> None:
    """Save the blocks that have file names, of all documents, for the commands to find."""
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for block in (found for language in ("toml", "python", "csv") for found in blocks(text, language)):
            if block.file:
                (folder / block.file).write_text(block.text, encoding="utf-8")


def fits(shown: str, printed: str) -> bool:
    """Whether the shown text is the printed one, with `[…]` for what is left out."""
    parts = re.split(rf"^{re.escape(CUT)}\n", shown, flags=re.M)
    pattern = r"(?:.*\n)*".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, printed) is not None


def refreshed(text: str) -> str:
    """The text with the output in its console blocks as it is now; a cut keeps the lines around it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder)
        for block in reversed(blocks(text, "console")):
            new = "".join(
                f"$ {command}\n{_as_cut(shown, output_of(command, folder))}"
                for command, shown in commands(block.text)
            )
            text = text[: block.start] + new + text[block.end :]
    return text


def _as_cut(shown: str, printed: str) -> str:
    """The printed text, cut where the shown one was: from the line after a part's last to a part's first."""
    parts = re.split(rf"^{re.escape(CUT)}\n", shown, flags=re.M)
    if len(parts) == 1:
        return printed
    return "".join(f"{CUT}\n" if number % 2 else part for number, part in enumerate(_kept(parts, printed)))


def _kept(parts: list[str], printed: str) -> Iterator[str]:
    lines = printed.splitlines(keepends=True)
    place = 0
    for number, part in enumerate(parts):
        own = part.splitlines(keepends=True)
        if number:
            yield CUT
            place = _found(lines, own, place)
        stop = len(lines) if number == len(parts) - 1 and own else place + len(own)
        yield "".join(lines[place:stop])
        place = stop


def _found(lines: list[str], own: list[str], start: int) -> int:
    """Where a part begins, by its first line that is still printed; LookupError when none is."""
    for offset, line in enumerate(own):
        if line.strip() and line in lines[start:]:
            return max(start, lines.index(line, start) - offset)
    if own:
        raise LookupError(f"no line of this part is printed any more:\n{''.join(own)}")
    return len(lines)
