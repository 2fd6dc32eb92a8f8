"""What the tests of papers share: the golden papers, and documents made of what a user should not type."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path

from backprop_cli import load, solve
from backprop_cli.documents.document import Document
from backprop_cli.documents.worked_solution import solution_document
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.problem import PHASES

FOLDER = Path(__file__).parents[1] / "golden" / "papers"
HANDOUTS = ("w3wi-ds304", "or-batch", "umons", "solutions-16", "regression-1-5-1")

# file → the command that writes it
COMMANDS: dict[str, str] = {
    f"{name}.{ending}": f"backprop solve {name} --format {form}{extra}"
    for name in HANDOUTS
    for ending, form, extra in (("md", "markdown", ""), ("tex", "latex", ""))
}
COMMANDS |= {
    "w3wi-ds304-exam.md": "backprop sheet w3wi-ds304 --format markdown",
    "w3wi-ds304-key.md": "backprop sheet w3wi-ds304 --key --format markdown",
    "umons-exam.tex": "backprop sheet umons --format latex --fragment",
}


def document_of(name: str) -> Document:
    """The worked solution of a bundled problem."""
    problem = load(name)
    if problem.symbolic:
        return solution_document(make_plan(problem), (), frozenset(PHASES))
    traces = solve(problem).traces
    return solution_document(traces[0].plan, traces, frozenset(PHASES))


def text_of(pdf: bytes) -> str:
    """A PDF's text layer, mathematical letters as plain ones and runs of spaces as one."""
    from pypdf import PdfReader

    pages = (page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", " ".join(pages)))
