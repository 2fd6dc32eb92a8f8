"""A report for other programs: JSON, Gradescope's results.json, and JUnit's XML for a build server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unicodedata import normalize
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ...render.characters import printable
from ...render.papers import Style, paper_of
from ..kinds import kinds
from .feedback import MARKS, feedback
from .report import SCHEMA, BaseReport


def to_json(report: BaseReport, *, hint: bool = False) -> dict[str, Any]:
    """The contract's report."""
    return {**_about(report), "results": list(_results(report, hint=hint))}


def json_pieces(report: BaseReport, written: Callable[[object], str], *, hint: bool = False) -> Iterator[str]:
    """The same as a text, a student at a time: of a large class it would not fit."""
    yield written(_about(report)).removesuffix("}") + ', "results": ['
    for place, result in enumerate(_results(report, hint=hint)):
        yield (", " if place else "") + written(result)
    yield "]}"


def _about(report: BaseReport) -> dict[str, Any]:
    return {"schema": SCHEMA, "problem": report.problem.name}


def _results(report: BaseReport, *, hint: bool) -> Iterator[dict[str, Any]]:
    return (report.to_dict(student, hint=hint) for student in range(len(report.students)))


def gradescope(report: BaseReport, student: int, *, hint: bool = False) -> dict[str, Any]:
    """One student's results.json for Gradescope's autograder: a test for each cell as text, and above them
    the feedback as HTML.
    """
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
    page = paper_of(feedback(report, student, hint=hint), "html", Style(fragment=True)).decode()
    return {
        "score": round(float(report.scores[student]), 6),
        "visibility": "visible",
        "output": re.sub(r"<style>.*?</style>\s*", "", page, flags=re.DOTALL),
        "output_format": "html",
        "test_output_format": "text",
        "tests": tests,
    }


def junit(reports: Sequence[BaseReport]) -> str:
    """The grades as JUnit's XML, as build servers show them: a suite for each student, a case a cell."""
    root = Element("testsuites", name="backprop")
    for report in reports:
        for student, name in enumerate(report.students):
            _suite(root, report, student, name)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, report: BaseReport, student: int, name: str) -> None:
    suite = SubElement(root, "testsuite", name=printable(f"{name}: {report.problem.name}"))
    tests = failures = 0
    for result in report.results(student):
        case = SubElement(suite, "testcase", classname=printable(report.problem.name), name=result.cell)
        tests += 1
        if result.verdict in ("slip", "invalid", "missing"):
            said = printable(" ".join((result.message, result.worked)).strip())
            failure = SubElement(case, "failure", type=",".join(result.slip) or result.verdict, message=said)
            failure.text = printable(f"{result.symbol}: answered {result.answer[:200]}")
            failures += 1
    for key, count in (("tests", tests), ("failures", failures)):
        suite.set(key, str(count))


class FileNames:
    """Names of files for names of students: safe on any system, each used once however it is capitalised."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}

    def of(self, student: str) -> str:
        """An unused name for a student's file."""
        kept = "".join(char if char.isalnum() or char in " -_." else "_" for char in student)
        kept = normalize("NFC", kept).strip(" .")
        base = kept.encode()[:100].decode(errors="ignore").strip(" .")
        base = base if any(map(str.isalnum, base)) else "student"
        base = f"_{base}" if base.partition(".")[0].rstrip().lower() in _RESERVED else base
        name = base
        while (key := normalize("NFKD", name).casefold()) in self.taken:
            self.counts[base] = self.counts.get(base, 1) + 1
            name = f"{base}-{self.counts[base]}"
        self.taken.add(key)
        return name


# What Windows takes for a device.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
