"""Measure the papers of many problems: what runs off the page, what is torn apart, what is nearly empty.

    python tests/scripts/measure_papers.py [FOLDER …]

takes the bundled problems, every problem.toml under the folders, and networks of many sizes with random
numbers; of each it sets the solution and the exam as PDF and tells every fault. Needs `pdftotext` (poppler).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backprop_cli import load, solve
from backprop_cli.documents.document import Document, Heading, Table
from backprop_cli.documents.drawn import with_figure
from backprop_cli.documents.worked_solution import solution_document
from backprop_cli.documents.worksheet import worksheet_document
from backprop_cli.errors import InputError
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.problem import PHASES, Problem
from backprop_cli.render.papers import paper_of
from backprop_cli.values.random_numbers import with_random_numbers

BUNDLED = Path(__file__).parents[2] / "problems"
SIZES = (
    (2, 2, 1),
    (3, 4, 2),
    (5, 6, 5, 4),
    (64, 4, 2),
    (3, 4, 10),
    (1, 5, 1),
    (8, 8),
    (4, 3, 3, 3, 3, 2),
    (12, 3),
)
LAYOUTS = ("neurons", "matrix", "indices")
_EDGE, _FOOT, _FEW = 20.0, 45.0, 0.14  # points at the sides and the foot; of a page that three lines fill


@dataclass(frozen=True)
class Word:
    """A word of a PDF and its box in points."""

    text: str
    page: int
    left: float
    top: float
    right: float
    bottom: float


def problems(folders: list[str]) -> Iterator[tuple[str, Problem]]:
    files = [*BUNDLED.glob("*/problem.toml")]
    for folder in folders:
        files += sorted(Path(folder).rglob("problem.toml"))
    for file in files:
        try:
            yield file.parent.name, load(str(file))
        except InputError as error:
            print(f"{file}: {error}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as kept:
        for sizes in SIZES:
            for layout in LAYOUTS:
                file = Path(kept) / "problem.toml"
                layers = "".join(
                    f"[[layers]]\nunits = {units}\nactivation = 'sigmoid'\n" for units in sizes[1:]
                )
                head = f"features = {sizes[0]}\nloss = 'half_squared_error'\nlearning_rate = 0.1\n"
                file.write_text(f"title = 'Sizes {sizes}'\n{head}notation.layout = '{layout}'\n{layers}")
                yield f"{'-'.join(map(str, sizes))} {layout}", with_random_numbers(load(str(file)), 1)


def documents(problem: Problem) -> Iterator[tuple[str, Document]]:
    traces = () if problem.symbolic else solve(problem).traces
    plan = traces[0].plan if traces else make_plan(problem)
    solution = solution_document(plan, traces, frozenset(PHASES))
    yield "solution", with_figure(solution, problem, traces[0] if traces else None)
    yield "exam", worksheet_document(problem, traces)


def words_of(pdf: bytes) -> tuple[list[Word], list[tuple[float, float]]]:
    """The words of a PDF, and the sizes of its pages."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        ran = subprocess.run(
            ["pdftotext", "-bbox", file.name, "-"], capture_output=True, text=True, check=True
        )
    words, pages = [], []
    for line in ran.stdout.splitlines():
        numbers = [float(each) for each in re.findall(r'="([\d.]+)"', line)]
        if line.strip().startswith("<page"):
            pages.append((numbers[0], numbers[1]))
        elif line.strip().startswith("<word"):
            words.append(Word(re.sub("<[^>]*>", "", line).strip(), len(pages) - 1, *numbers))
    return words, pages


def faults(document: Document, pdf: bytes) -> Iterator[str]:
    words, pages = words_of(pdf)
    for word in words:
        width, height = pages[word.page]
        if word.left < _EDGE or word.right > width - _EDGE or word.bottom > height - 10:
            yield f"page {word.page + 1}: {word.text!r} runs off the page"
            break
    text = [word for word in words if word.bottom < pages[word.page][1] - _FOOT]
    lowest = [max((w.bottom for w in text if w.page == page), default=0.0) for page in range(len(pages))]
    if len(pages) > 1 and lowest[-1] < _FEW * pages[-1][1]:
        yield f"the last page, {len(pages)}, has three lines or fewer"
    yield from _lonely_headings(document, text, lowest)
    yield from _split_tables(document, text)


def _lonely_headings(document: Document, words: list[Word], lowest: list[float]) -> Iterator[str]:
    for block in document.blocks:
        if isinstance(block, Heading):
            last = block.text.split()[-1]
            lonely = [w for w in words if w.text == last and w.bottom >= lowest[w.page] - 1 and w.left < 400]
            if lonely and block.text.split()[0] in {w.text for w in words if abs(w.top - lonely[0].top) < 2}:
                yield f"page {lonely[0].page + 1}: the heading {block.text!r} is alone at the foot"


def _split_tables(document: Document, words: list[Word]) -> Iterator[str]:
    """A table's head stands again on each page that the table goes on to."""
    tables = [block for block in document.blocks if isinstance(block, Table)]
    for first, second in dict.fromkeys(tuple(_title(c.title) for c in table.columns[:2]) for table in tables):
        count = sum(_title(table.columns[0].title) == first for table in tables)
        beside = [word for word in words if word.text == second]
        heads = [word for word in words if word.text == first and any(_level(word, w) for w in beside)]
        if len({word.page for word in heads}) > count:
            yield f"the table of {first!r} stands on {len({word.page for word in heads})} pages"


def _title(title: object) -> str:
    return str(title).split()[0]


def _level(one: Word, other: Word) -> bool:
    return one.page == other.page and abs(one.top - other.top) < 2


def main(folders: list[str]) -> int:
    found, papers, seconds = 0, 0, 0.0
    for name, problem in problems(folders):
        for kind, document in documents(problem):
            start = time.process_time()
            pdf = paper_of(document, "pdf")
            seconds += time.process_time() - start
            papers += 1
            for fault in faults(document, pdf):
                found += 1
                print(f"{name}, {kind}: {fault}", flush=True)
    print(f"{papers} papers, {found} faults, {seconds / papers:.2f} s each")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
