"""Compile the LaTeX of every handout, and of documents full of hostile text, where pdfLaTeX is installed.

    python tests/scripts/compile_latex.py

One line is printed for each document; the exit status is 1 when one does not compile or runs out of the page.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from hostile import HOSTILE, document
from papers import HANDOUTS, document_of, text_of

from backprop_cli.documents.document import Document
from backprop_cli.render.papers import paper_of


def faults_of(made: Document, folder: Path) -> list[str]:
    """What pdfLaTeX has to say of a document."""
    (folder / "paper.tex").write_bytes(paper_of(made, "latex"))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    ran = subprocess.run(command, cwd=folder, capture_output=True)
    log = ran.stdout.decode(errors="replace")
    faults = [] if ran.returncode == 0 else [log[-600:]]
    if ran.returncode == 0 and "root:" in text_of((folder / "paper.pdf").read_bytes()):
        faults.append("it read another file")
    return faults


def main() -> int:
    documents = {name: document_of(name) for name in HANDOUTS}
    documents |= {repr(text): document(text, text[:12]) for text in HOSTILE}
    failed = False
    for name, made in documents.items():
        with tempfile.TemporaryDirectory() as folder:
            faults = faults_of(made, Path(folder))
            log = (Path(folder) / "paper.log").read_text(errors="replace")
        if name in HANDOUTS:
            faults += re.findall(r"Overfull.*", log)
        failed = failed or bool(faults)
        print(name, "compiles" if not faults else f"FAILED: {faults}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
