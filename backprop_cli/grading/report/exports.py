"""A report for other programs: JSON, a spreadsheet of grades, Gradescope's results.json."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from ..kinds import kinds
from .feedback import MARKS
from .report import SCHEMA, BaseReport

GRADES = ("student", "score", "max", "percentage", "first slip", "slip codes")


def to_json(report: BaseReport, *, hint: bool = False) -> dict[str, Any]:
    """The contract's report."""
    return {
        "schema": SCHEMA,
        "problem": report.problem.name,
        "results": [report.to_dict(student, hint=hint) for student in range(len(report.students))],
    }


def neutral(text: str) -> str:
    """A text cell that no spreadsheet runs as a formula: one that could begin one gets a leading
    apostrophe.
    """
    if text[:1].isalnum():
        return text
    return (
        f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") or text[:1] in "\t\r\n" else text
    )


def grades_csv(reports: Sequence[BaseReport]) -> str:
    """One line a student: score, max, percentage, first slip, slip codes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(GRADES)
    for report in reports:
        scores, most = report.scores, report.max_scores
        firsts = report.first_slips()
        codes = report.codes_by_student()
        marks: dict[tuple[float, float], tuple[str, str, str]] = {}
        for student, (name, *pair) in enumerate(
            zip(report.students, scores.tolist(), most.tolist(), strict=True)
        ):
            score, top = pair
            if (score, top) not in marks:  # a class has far fewer scores than students
                percentage = 100 * score / top if top else 0.0
                marks[score, top] = f"{score:.6g}", f"{top:.6g}", f"{percentage:.1f}"
            writer.writerow(
                (neutral(name), *marks[score, top], firsts[student], " ".join(codes.get(student, ())))
            )
    return out.getvalue()


def gradescope(report: BaseReport, student: int, *, hint: bool = False) -> dict[str, Any]:
    """One student's results.json for Gradescope's autograder: a test for each cell."""
    tests = []
    for result in report.results(student, hint=hint):
        said = (result.message, result.worked)
        if hint and result.verdict != "invalid":
            said = (kinds(result.slip), "")
        right = result.verdict in ("correct", "rounded", "follows") and result.credit > 0
        tests.append(
            {
                "name": f"{result.cell}  {result.symbol}",
                "score": round(result.credit * result.points, 6),
                "max_score": result.points,
                "status": "passed" if right else "failed",
                "output": " ".join((MARKS[result.verdict][0], result.verdict, *said)).strip(),
                "tags": list(result.slip),
                "visibility": "visible",
            }
        )
    return {"score": round(float(report.scores[student]), 6), "visibility": "visible", "tests": tests}


def file_name(student: str, taken: set[str]) -> str:
    """A safe, unused file name for a student's feedback."""
    kept = "".join(char if char.isalnum() or char in " -_." else "_" for char in student).strip(" .")
    base = kept.encode()[:100].decode(errors="ignore") or "student"
    name, count = base, 2
    while name.lower() in taken:
        name, count = f"{base}-{count}", count + 1
    taken.add(name.lower())
    return name
