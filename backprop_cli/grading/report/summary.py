"""A class at a glance: the scores, the cells most got wrong, the slips by kind, and what to discuss."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ...documents.document import Block, Column, Document, Heading, Paragraph, Table
from ..kinds import kind
from ..verdicts import Verdict
from .report import BaseReport

BINS = 10
BAR = 40
MOST = 8


def class_summary(report: BaseReport) -> Document:
    """The summary of a graded class."""
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
        *_cells(report),
        *_kinds(report),
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
    return [Heading("Where most slipped"), Table(columns, (tuple(rows),))]


def _kinds(report: BaseReport) -> list[Block]:
    """The slips by kind, and the one to discuss."""
    counts = Counter(diagnosis.codes[0] for diagnosis in report.diagnoses.values() if diagnosis.codes)
    if not counts:
        return []
    people: dict[str, set[int]] = {code: set() for code in counts}
    for (student, _, _), diagnosis in report.diagnoses.items():
        if diagnosis.codes:
            people[diagnosis.codes[0]].add(student)
    rows = tuple(
        (kind(code), code, str(count), str(len(people[code]))) for code, count in counts.most_common(MOST)
    )
    columns = (
        Column("Slip"),
        Column("Code"),
        Column("Times", numeric=True),
        Column("Students", numeric=True),
    )
    code = max(people, key=lambda name: len(people[name]))
    share = 100 * len(people[code]) / max(len(report.students), 1)
    sheets = f"{len(people[code])} of {len(report.students)} sheets"
    advice = f"To discuss in the next lecture: {kind(code)}, in {sheets} ({share:.0f} %)."
    return [Heading("Which slips"), Table(columns, (rows,)), Paragraph(advice)]
