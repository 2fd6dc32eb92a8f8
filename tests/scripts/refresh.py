"""Write the golden files and the console blocks of README and guide anew, from what the program prints now.

    python tests/scripts/refresh.py

Read the difference before you keep it: the tests compare with these files.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from command_line import console_line
from golden import COMMANDS, FOLDER
from papers import COMMANDS as PAPERS
from papers import FOLDER as PAPERS_FOLDER
from readme import DOCUMENTS, refreshed


def write(path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"rewrote {path.name}")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, command in COMMANDS.items():
        write(FOLDER / name, console_line(command).out)
    for name, command in PAPERS.items():
        write(PAPERS_FOLDER / name, console_line(command).out)
    for document in DOCUMENTS:
        write(document, refreshed(document.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
