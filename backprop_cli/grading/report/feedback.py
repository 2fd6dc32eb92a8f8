"""What a student reads: what is right in a line, the first slips with why, and what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ...documents.document import Block, Column, Document, Paragraph, Point, Points, Table
from ...formula.arithmetic import decimal
from ...render.characters import printable
from ..cell_result import CellResult
from ..kinds import kind, kinds
from .report import BaseReport

MARKS = {
    "correct": ("✓", "right"),
    "rounded": ("≈", "right, last digit off"),
    "follows": ("→", "follow from your slip"),
    "slip": ("✗", "slip"),
    "missing": ("·", "not answered"),
    "invalid": ("?", "cannot be read"),
}
_PLURAL = {"slip": "slips"}
_SINGULAR = {"follows": "follows from your slip"}
_CREDITS = {"correct": 1.0, "rounded": 1.0, "follows": 1.0}  # unless the marks say otherwise
TOO_FEW = ("too-few-digits",)
MOST_WORKED = 5
MOST_NAMED = 6
MANY = 3
LONGEST = 40
NARROW = 20


def feedback(report: BaseReport, student: int, *, hint: bool = False, every: bool = False) -> Document:
    """One student's feedback; `hint` says where and what kind only, `every` lists every cell."""
    results = list(report.results(student, hint=hint))
    blocks: list[Block] = [_counts(results)]
    if every:
        blocks.append(_table(report, results, hint=hint))
    points = [
        *_slips(report, results, hint=hint),
        *_following(report, results),
        *_last_digits(report, results, hint=hint),
        *_unreadable(results),
        *_missing(results),
    ]
    if points:
        blocks.append(Points(tuple(points)))
    blocks += [Paragraph(report.teller.text.plain(note)) for note in report.notes(student)]
    slips = [result for result in results if result.verdict == "slip"]
    if len(slips) == 1 and slips[0].slip and slips[0].slip != TOO_FEW:
        blocks.append(Paragraph("It happened once: likely a slip of the pen."))
    for habit in report.habits.get(student, ()):
        blocks.append(
            Paragraph(
                f"{habit.cells} of the slips are one and the same: {kind(habit.code)}, wherever it comes up. "
                "That is one thing to read up on, not many."
            )
        )
    score, most = (f"{value:g}" for value in (report.scores[student], report.max_scores[student]))
    blocks.append(Points((Point("Score", ((f"{score} / {most}",),)),)))
    title = printable(report.students[student] or report.sources[student])
    return Document(title, report.problem.title, "", (), (), tuple(blocks))


def _counts(results: Sequence[CellResult]) -> Points:
    items = []
    for verdict, (mark, words) in MARKS.items():
        count = sum(result.verdict == verdict for result in results)
        if count:
            words = (_SINGULAR if count == 1 else _PLURAL).get(verdict, words)
            items.append(Point(mark, ((f"{count:>3}  {words}",),)))
    return Points(tuple(items) or (Point("", (("nothing was asked",),)),))


def _slips(report: BaseReport, results: Sequence[CellResult], *, hint: bool) -> Iterator[Point]:
    """The first few slips, each with what was due, why, and the line worked with the student's numbers."""
    slips = [result for result in results if result.verdict == "slip"]
    answered = Counter(_quantity(result) for result in results if result.verdict != "missing")
    groups = _alike(slips)
    said: set[str] = set()
    for place, group in enumerate(groups[:MOST_WORKED]):
        result = group[0]
        lines = [f"{result.symbol}    {_wrote(report, result, hint=hint)}"]
        message = _kind(result) if hint else result.message
        lines.append("The same again." if message in said and result.slip else message)
        said.add(message)
        if result.worked and not hint:
            lines.append(result.worked)
        if len(group) > 1:
            all_of_it = len(group) == answered[_quantity(result)]
            which = f"all {len(group)} of its cells" if all_of_it else f"{len(group)} of its cells"
            lines.append(f"The same in {which}, to {group[-1].symbol}.")
        label = "First slip" if place == 0 else f"Slip {place + 1}"
        yield Point(label, tuple((line,) for line in lines))
    if rest := [result for group in groups[MOST_WORKED:] for result in group]:
        more = f"{len(rest)} more: {_some([result.symbol for result in rest])}."
        advice = "Mend the first ones, and the rest may well mend themselves."
        yield Point("And", ((more,), (advice,)))


def _quantity(result: CellResult) -> str:
    return result.cell.partition("[")[0]


def _alike(slips: Sequence[CellResult]) -> list[list[CellResult]]:
    """The slips one by one; where the same cause explains three cells of a quantity or more, together."""
    groups: dict[tuple[object, ...], list[CellResult]] = {}
    for result in slips:
        groups.setdefault((_quantity(result), result.slip or result.cell), []).append(result)
    found: list[list[CellResult]] = []
    for group in groups.values():
        found += [group] if len(group) >= MANY else [[result] for result in group]
    order = {id(result): place for place, result in enumerate(slips)}
    return sorted(found, key=lambda group: order[id(group[0])])


def _wrote(report: BaseReport, result: CellResult, *, hint: bool) -> str:
    wrote = f"you wrote {_typed(report, result)}"
    return wrote if hint else f"{wrote}, {report.shown(result)} was due"


def _typed(report: BaseReport, result: CellResult) -> str:
    return report.teller.text.number(_clipped(result.answer))


def _clipped(text: str, longest: int = LONGEST) -> str:
    """An answer as typed, on one line, and not too long for one."""
    shown = printable(text.strip()[: longest + 1])
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _kind(result: CellResult) -> str:
    return f"Kind of slip: {kinds(result.slip)}." if result.slip else "Look at this line again."


def _some(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    shown = ", ".join(names[:MOST_NAMED])
    return shown + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")


def _following(report: BaseReport, results: Sequence[CellResult]) -> Iterator[Point]:
    """What follows from the slips, and what of it earns nothing."""
    following = [result for result in results if result.verdict == "follows"]
    label = "Then"
    for free in (False, True):
        those = [result for result in following if (result.message == report.FREE) is free]
        if not those:
            continue
        one = len(those) == 1
        names = _some([f"{result.symbol} = {_typed(report, result)}" for result in those])
        if free:
            rest = "follows" if one else "follow"
            rest += f" from a slip that left nothing to work out, and {'earns' if one else 'earn'} nothing."
        elif one:
            rest = "is wrong too, but follows from it: nothing new to mend."
        else:
            rest = "are wrong too, but follow from it: nothing new to mend."
        yield Point(label, ((f"{names} {rest}",),))
        label = ""


def _last_digits(report: BaseReport, results: Sequence[CellResult], *, hint: bool) -> Iterator[Point]:
    """What is right but for its last digit, or as far as it goes."""
    for label, coarse in (("Last digit", False), ("More digits", True)):
        those = [r for r in results if r.verdict == "rounded" and (r.slip == TOO_FEW) is coarse]
        due = "" if hint else " ({} was due)"
        names = [
            f"{result.symbol} = {_typed(report, result)}{due.format(report.shown(result))}"
            for result in those
        ]
        if names:
            yield Point(label, ((_some(names),),))


def _unreadable(results: Sequence[CellResult]) -> Iterator[Point]:
    those = [result for result in results if result.verdict == "invalid"]
    for place, result in enumerate(those[:MOST_WORKED]):
        line = f"{result.symbol}    “{_clipped(result.answer)}”: {result.message}"
        yield Point("Unreadable" if place == 0 else "", ((line,),))
    if len(those) > MOST_WORKED:
        yield Point("", ((f"and {len(those) - MOST_WORKED} more",),))


def _missing(results: Sequence[CellResult]) -> Iterator[Point]:
    missing = [result.symbol for result in results if result.verdict == "missing"]
    if missing:
        yield Point("Missing", ((_some(missing),),))


def _table(report: BaseReport, results: Sequence[CellResult], *, hint: bool) -> Table:
    """Every cell; the key only of what is a number, as a formula's is too long for a column."""
    number = report.teller.text.number
    keyed = not hint and not any(isinstance(result.expected, str) for result in results)
    told = any(result.credit != _CREDITS.get(result.verdict, 0.0) for result in results)
    columns = [Column("Cell"), Column("Quantity"), Column("Yours", numeric=True)]
    columns += [Column("Key", numeric=True)] if keyed else []
    columns += [Column("Verdict")] + ([Column("Credit", numeric=True)] if told else [])
    rows = []
    for result in results:
        key = (number(decimal(float(result.expected), min(result.digits + 2, 15))),) if keyed else ()
        credit = (f"{result.credit:g}",) if told else ()
        verdict = f"{MARKS[result.verdict][0]} {result.verdict}"
        rows.append(
            (result.cell, result.symbol, number(_clipped(result.answer, NARROW)), *key, verdict, *credit)
        )
    return Table(tuple(columns), (tuple(rows),))
