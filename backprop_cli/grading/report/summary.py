"""A class at a glance: the scores, the cells most got wrong, the slips by kind, and what to discuss."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from ...documents.document import Block, Column, Document, Heading, Paragraph, Point, Points, Table
from ...render.characters import printable
from ..kinds import kind
from ..verdicts import Verdict
from .gradebooks import addresses, questions, unreadable
from .report import BaseReport

BINS = 10
BAR = 40
MOST = 8
LONGEST = 40
BEHIND = 50  # per cent
FEWEST = 3
ANSWERED = (Verdict.CORRECT, Verdict.ROUNDED, Verdict.FOLLOWS, Verdict.SLIP)


def class_summary(report: BaseReport, *, names: bool = False) -> Document:
    """The summary of a graded class; with `names`, who made which slip and who to see."""
    problem = report.problem
    scores, most = report.scores, report.max_scores
    percent = np.where(most > 0, 100 * scores / np.maximum(most, 1e-12), 0.0)
    students = len(report.students)
    blocks: list[Block] = [
        Heading("Scores"),
        Paragraph(
            f"{students} students, mean {percent.mean():.0f} %, median {np.median(percent):.0f} %, "
            f"from {percent.min():.0f} % to {percent.max():.0f} %"
        ),
        _histogram(percent),
        *_questions(report),
        *_cells(report),
        *(_costs_by_line(report) if names else ()),
        *_kinds(report, names=names),
        *(_to_see(report) if names else ()),
        *_unreadable(report, every=names),
    ]
    return Document(problem.title or problem.name, problem.source, "", (), (), tuple(blocks))


def _histogram(percent: np.ndarray) -> Table:
    counts, _ = np.histogram(percent, bins=BINS, range=(0, 100))
    longest = max(int(counts.max()), 1)
    rows = []
    for place, count in enumerate(counts.tolist()):
        low, high = place * 100 // BINS, (place + 1) * 100 // BINS
        bar = "█" * round(BAR * count / longest) or ("▏" if count else "")
        rows.append((f"{low}–{high} %", str(count), bar))
    return Table(
        (Column("Score", numeric=True), Column("Students", numeric=True), Column("")), (tuple(rows),)
    )


def _cells(report: BaseReport) -> list[Block]:
    """The cells where most students slipped."""
    asked = np.maximum((report.verdicts != Verdict.NONE).sum(axis=0), 1)
    slips = (report.verdicts == Verdict.SLIP).sum(axis=0)
    missing = (report.verdicts == Verdict.MISSING).sum(axis=0)
    order = [place for place in np.argsort(-slips, kind="stable")[:MOST].tolist() if slips[place]]
    if not order:
        return [Heading("Slips"), Paragraph("Nobody slipped.")]
    rows = []
    for place in order:
        share = f"{100 * slips[place] / asked[place]:.0f} %"
        symbol = report.symbol(place)
        rows.append(
            (report.cells[place].name, symbol, str(int(slips[place])), share, str(int(missing[place])))
        )
    columns = (
        Column("Cell"),
        Column("Quantity"),
        Column("Slips", numeric=True),
        Column("Share", numeric=True),
        Column("Blank", numeric=True),
    )
    return [Heading("Where most slipped"), Table(columns, (tuple(rows),)), *_suspects(report)]


def _costs_by_line(report: BaseReport) -> list[Block]:
    """The lines that cost the class most, as bars, and what each of them cost whom."""
    asked = report.verdicts != Verdict.NONE
    lost = report.points * np.where(asked, 1.0 - report.credits, 0.0)
    total = lost.sum(axis=0)
    order = [place for place in np.argsort(-total, kind="stable")[:MOST].tolist() if total[place] > 0]
    if not order:
        return []
    rows = []
    for place in order:
        own = lost[:, place]
        students = [s for s in np.argsort(-own, kind="stable").tolist() if own[s] > 0]
        who = ", ".join(
            f"{printable(report.students[student])[:LONGEST]} {own[student]:.3g}"
            for student in students[:MOST]
        )
        more = f" and {len(students) - MOST} more" if len(students) > MOST else ""
        bar = "█" * max(1, round(BAR / 2 * total[place] / total[order[0]]))
        rows.append((report.symbol(place), f"{total[place]:.4g}", bar, who + more))
    columns = (Column("Quantity"), Column("Lost", numeric=True), Column(""), Column("By whom"))
    return [Heading("What each line cost whom"), Table(columns, (tuple(rows),))]


def _suspects(report: BaseReport) -> list[Block]:
    """The cells in which most of the class has the same wrong number: perhaps it is the key's fault."""
    found = []
    for place, cell in enumerate(report.cells):
        texts = report.texts.get(cell.name, ())
        wrong = np.flatnonzero(report.verdicts[:, place] == Verdict.SLIP)
        answered = int(np.isin(report.verdicts[:, place], ANSWERED).sum())
        if len(wrong) < FEWEST or 2 * len(wrong) <= answered or not len(texts):
            continue
        value, times = Counter(texts[student].strip() for student in wrong.tolist()).most_common(1)[0]
        if times >= FEWEST and 2 * times > answered:
            due = report.shown(report.result(int(wrong[0]), place))
            name = report.symbol(place)
            said = f"{times} of {answered} have {_clipped(value)} for {name}, where {due} was due"
            found.append(f"{said}: is the key right?")
    return [Paragraph(said) for said in found[:MOST]]


def _questions(report: BaseReport) -> list[Block]:
    """By question: how many of its points the class has, and how many it lost."""
    asked = report.verdicts != Verdict.NONE
    rows = []
    for name, places in questions(report).items():
        due = float((asked[:, places] * report.points[places]).sum())
        if not due:
            continue
        earned = float((report.credits[:, places] * asked[:, places] * report.points[places]).sum())
        rows.append((name, f"{100 * earned / due:.0f} %", f"{due - earned:.4g}"))
    columns = (Column("Question"), Column("Right", numeric=True), Column("Points lost", numeric=True))
    return [Heading("By question"), Table(columns, (tuple(rows),))] if rows else []


@dataclass(frozen=True)
class Cost:
    """What one kind of slip cost a class."""

    code: str
    times: int
    students: tuple[int, ...]
    points: float
    questions: tuple[str, ...] = ()  # those in which it was made, the most frequent first


def costs(report: BaseReport) -> list[Cost]:
    """The slips by their likeliest code, those that cost the class most first."""
    places = {(cell.step.key, cell.position): place for place, cell in enumerate(report.cells)}
    places |= report.own_places()
    times: Counter[str] = Counter()
    points: dict[str, float] = defaultdict(float)
    people: dict[str, dict[int, None]] = {}
    where: dict[str, Counter[str]] = defaultdict(Counter)
    for (student, key, position), diagnosis in report.diagnoses.items():
        place = places.get((key, position))
        if not diagnosis.codes or place is None:
            continue
        code = diagnosis.codes[0]
        times[code] += 1
        points[code] += float(report.points[place] * (1 - report.credits[student, place]))
        people.setdefault(code, {})[student] = None
        where[code][report.cells[place].name.partition("[")[0]] += 1
    found = [
        Cost(
            code,
            times[code],
            tuple(sorted(people[code])),
            points[code],
            tuple(name for name, _ in where[code].most_common()),
        )
        for code in times
    ]
    return sorted(found, key=lambda cost: (-cost.points, -len(cost.students), cost.code))


def _kinds(report: BaseReport, *, names: bool) -> list[Block]:
    """The slips by kind, what each cost, and the one to discuss; with the names of who made them."""
    found = costs(report)
    if not found:
        return []
    rows = tuple(
        (kind(cost.code), cost.code, str(cost.times), str(len(cost.students)), f"{cost.points:.4g}")
        for cost in found[:MOST]
    )
    columns = (
        Column("Slip"),
        Column("Code"),
        Column("Times", numeric=True),
        Column("Students", numeric=True),
        Column("Lost", numeric=True),
    )
    blocks: list[Block] = [Heading("Which slips"), Table(columns, (rows,))]
    if names:
        blocks.append(Heading("Who made them"))
        blocks.append(
            Points(tuple(Point(kind(cost.code), ((_names(report, cost.students),),)) for cost in found))
        )
    if names:
        return [*blocks, Heading("To discuss, by what it cost the class"), _ranked(report, found)]
    first = found[0]
    share = 100 * len(first.students) / max(len(report.students), 1)
    sheets = f"{len(first.students)} of {len(report.students)} sheets"
    return [
        *blocks,
        Paragraph(f"To discuss in the next lecture: {kind(first.code)}, in {sheets} ({share:.0f} %)."),
    ]


def _ranked(report: BaseReport, found: list[Cost]) -> Points:
    """The slips to discuss, the dearest first, and where they were made."""
    points = []
    for number, cost in enumerate(found[:MOST], start=1):
        sheets = f"{len(cost.students)} of {len(report.students)} sheets"
        lost = f"{cost.points:.4g} {'point' if cost.points == 1 else 'points'}"
        said = f"{kind(cost.code)}: {lost}, in {sheets}; in {', '.join(cost.questions[:3])}"
        points.append(Point(f"{number}.", ((said,),)))
    return Points(tuple(points))


def _to_see(report: BaseReport) -> list[Block]:
    """Who is far behind, and who makes the same mistake again and again."""
    most = np.maximum(report.max_scores, 1e-12)
    percent = np.where(report.max_scores > 0, 100 * report.scores / most, 0.0)
    points = []
    for student in np.argsort(percent, kind="stable").tolist():
        habits = report.habits.get(student, ())
        if percent[student] >= BEHIND and not habits:
            continue
        why = "; ".join(f"{kind(habit.code)}, {habit.cells} times" for habit in habits)
        name = printable(report.students[student])[:LONGEST]
        points.append(Point(name, ((f"{percent[student]:.0f} %" + (f"; {why}" if why else ""),),)))
    return [Heading("Who to see"), Points(tuple(points))] if points else []


def _unreadable(report: BaseReport, *, every: bool) -> list[Block]:
    """What could not be read, for the teacher to look at."""
    found = unreadable(report)
    if not found:
        return []
    points = [
        Point(printable(report.students[student])[:LONGEST], ((f"{cell}  “{_clipped(text)}”",),))
        for student, answers in found.items()
        for cell, text in answers
    ]
    count = f"{len(points)} answers could not be read" if len(points) > 1 else "One answer could not be read"
    shown = points if every else points[:MOST]
    rest = [Paragraph(f"and {len(points) - len(shown)} more")] if len(points) > len(shown) else []
    return [Heading("Unreadable"), Paragraph(f"{count}: worth a look."), Points(tuple(shown)), *rest]


def _names(report: BaseReport, students: tuple[int, ...]) -> str:
    """The students' names; of those who share one with another also their addresses, where there are any."""
    counts = Counter(report.students)
    known = next((column for column in report.carried.values() if addresses(column)), None)
    told = []
    for student in students:
        name = printable(report.students[student])[:LONGEST]
        alike = counts[report.students[student]] > 1 and known is not None
        told.append(f"{name} ({printable(known[student].strip())[:LONGEST]})" if alike and known else name)
    return ", ".join(told)


def _clipped(text: str) -> str:
    return printable(text[:LONGEST]) + ("…" if len(text) > LONGEST else "")
