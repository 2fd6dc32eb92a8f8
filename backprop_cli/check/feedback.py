"""What a student reads: what is right in a line, the first slip with why, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator

from ..layouts.document import Block, Column, Document, Paragraph, Point, Points, Table
from .report import BaseReport, CellResult

MARKS = {
    "correct": ("✓", "right"),
    "rounded": ("≈", "right, last digit off"),
    "follows": ("→", "follow from your slip"),
    "slip": ("✗", "slip"),
    "missing": ("·", "not answered"),
    "invalid": ("?", "cannot be read"),
}
_PLURAL = {"slip": "slips"}
MOST_FOLLOWING = 4


def feedback(report: BaseReport, student: int, *, hint: bool = False, every: bool = False) -> Document:
    """One student's feedback; `hint` says where and what kind only, `every` lists every cell."""
    results = list(report.results(student, hint=hint))
    blocks: list[Block] = [_counts(results)]
    if every:
        blocks.append(_table(results, hint=hint))
    points = [*_slips(report, student, results, hint=hint), *_unreadable(results), *_missing(results)]
    if points:
        blocks.append(Points(tuple(points)))
    slips = sum(result.verdict == "slip" for result in results)
    if slips == 1:
        blocks.append(Paragraph("It happened once: likely a slip of the pen."))
    for habit in report.habits.get(student, ()):
        blocks.append(
            Paragraph(
                f"{habit.cells} slips are of one kind ({habit.code}), wherever it comes up: "
                "that is one thing to read up, said once, rather than a slip of the pen."
            )
        )
    score, most = (f"{value:g}" for value in (report.scores[student], report.max_scores[student]))
    blocks.append(Points((Point("Score", ((f"{score} / {most}",),)),)))
    title = report.students[student] or report.sources[student]
    return Document(title, report.problem.title, "", (), (), tuple(blocks))


def _counts(results: list[CellResult]) -> Points:
    items = []
    for verdict, (mark, words) in MARKS.items():
        count = sum(result.verdict == verdict for result in results)
        if count:
            words = _PLURAL.get(verdict, words) if count != 1 else words
            items.append(Point(mark, ((f"{count:>3}  {words}",),)))
    return Points(tuple(items) or (Point("", (("nothing was asked",),)),))


def _slips(report: BaseReport, student: int, results: list[CellResult], *, hint: bool) -> Iterator[Point]:
    slips = [result for result in results if result.verdict == "slip"]
    following = [result for result in results if result.verdict == "follows"]
    said: set[str] = set()
    for place, result in enumerate(slips):
        lines = [(f"{result.symbol}    {_wrote(report, result, hint=hint)}",)]
        if hint:
            lines.append((_kind(result),))
        elif result.message in said:
            lines.append(("The same again.",))
        else:
            lines.append((result.message,))
        said.add(result.message)
        if result.worked and not hint:
            lines.append((result.worked,))
        yield Point("First slip" if place == 0 else "Then" if place == 1 else "", tuple(lines))
    for place, result in enumerate(following[:MOST_FOLLOWING]):
        wrong = "earns nothing: what it follows from left nothing to work out" if result.credit == 0 else ""
        words = wrong or "is wrong too, but follows from it: nothing new to mend."
        yield Point(
            "Follows" if place == 0 else "", ((f"{result.symbol} = {_typed(report, result)} {words}",),)
        )
    if len(following) > MOST_FOLLOWING:
        yield Point("", ((f"and {len(following) - MOST_FOLLOWING} more that follow",),))


def _wrote(report: BaseReport, result: CellResult, *, hint: bool) -> str:
    wrote = f"you wrote {_typed(report, result)}"
    if hint:
        return wrote
    due = report.shown(result)
    return f"{wrote}, {due} was due"


def _typed(report: BaseReport, result: CellResult) -> str:
    return report.teller.text.number(result.answer.strip())


def _kind(result: CellResult) -> str:
    return f"Kind of slip: {result.slip}." if result.slip else "Look at this line again."


def _unreadable(results: list[CellResult]) -> Iterator[Point]:
    for result in results:
        if result.verdict == "invalid":
            yield Point("Unreadable", ((f"{result.symbol}    {result.answer[:40]!r}: {result.message}",),))


def _missing(results: list[CellResult]) -> Iterator[Point]:
    missing = [result.symbol for result in results if result.verdict == "missing"]
    if missing:
        shown = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
        yield Point("Missing", ((shown,),))


def _table(results: list[CellResult], *, hint: bool) -> Table:
    columns = [Column("Cell"), Column("Quantity"), Column("Yours", numeric=True)]
    columns += [] if hint else [Column("Key", numeric=True)]
    columns += [Column("Verdict"), Column("Credit", numeric=True)]
    rows = []
    for result in results:
        mark = MARKS[result.verdict][0]
        key = (
            ()
            if hint
            else (result.expected if isinstance(result.expected, str) else f"{result.expected:.6g}",)
        )
        rows.append(
            (
                result.cell,
                result.symbol,
                result.answer,
                *key,
                f"{mark} {result.verdict}",
                f"{result.credit:g}",
            )
        )
    return Table(tuple(columns), (tuple(rows),))
