"""From a roster to gradebooks by the commands that a teacher types, with what must come out of each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from command_line import Ran, backprop
from teaching import EXAM, Person, canvas_csv, form_csv, hand_in, moodle_csv, people, roster_csv

GERMAN = "%d.%m.%Y %H:%M:%S"


class Week:
    """A class with its variants given out, and its answers collected."""

    def __init__(self, folder: Path, count: int, seed: int) -> None:
        self.folder = folder
        self.students: list[Person] = people(count)
        (folder / "exam.toml").write_text(EXAM, encoding="utf-8")
        (folder / "roster.csv").write_text(roster_csv(self.students), encoding="utf-8-sig")
        who = ("--students", "roster.csv", "--id", "Email address")
        ran = self.run("vary", "exam.toml", *who, "--seed", str(seed), "-o", "variants")
        assert ran.status == 0, ran.err
        self.vary = ran
        hand_in(self.students, folder / "variants")
        header = next(csv.reader(io.StringIO(self.run("sheet", "exam.toml", "-f", "csv").out)))
        self.order = header[1:]

    def run(self, *arguments: str) -> Ran:
        return backprop(*arguments, folder=self.folder)

    def exports(self) -> dict[str, tuple[str, bytes]]:
        """Each way in which the answers are exported: the column of the id, and the file."""
        made: dict[str, tuple[str, Callable[[], str], str]] = {
            "form": ("Email Address", lambda: form_csv(self.students), "utf-8"),
            "form, German, Excel": (
                "email address",
                lambda: form_csv(self.students, GERMAN, ";", lambda n, cell: f"Aufgabe {n}: {cell}"),
                "utf-16",
            ),
            "form, semicolons": (
                "Email Address",
                lambda: "sep=;\r\n" + form_csv(self.students, "%Y/%m/%d %I:%M:%S %p GMT+1", ";"),
                "utf-8-sig",
            ),
            "Canvas": ("sis_id", lambda: canvas_csv(self.students), "utf-8-sig"),
            "Moodle": ("Email address", lambda: moodle_csv(self.students, self.order), "utf-8"),
            "Moodle, German": (
                "E-Mail-Adresse",
                lambda: moodle_csv(self.students, self.order, "de"),
                "utf-8-sig",
            ),
            "Moodle, Spanish": (
                "Dirección de correo",
                lambda: moodle_csv(self.students, self.order, "es"),
                "utf-8",
            ),
        }
        return {name: (id, text().encode(encoding)) for name, (id, text, encoding) in made.items()}

    def grade(self, name: str) -> list[dict[str, Any]]:
        """Grade one of the exports, and hold everybody's result against what it must be."""
        id, data = self.exports()[name]
        (self.folder / "class.csv").write_bytes(data)
        options = ("--problem", "variants", "--id", id, "--attempts", "last", "--force")
        ran = self.run("check", "class.csv", *options, "--grades", "grades.csv", "-f", "json")
        assert ran.status == 1, (name, ran.err)
        assert "error" not in ran.err, (name, ran.err)
        reports = json.loads(ran.out)
        results = {one["problem"]: result for one in reports for result in one["results"]}
        with (self.folder / "grades.csv").open(encoding="utf-8", newline="") as file:
            grades = list(csv.DictReader(file))
        assert len(grades) == len(self.students), name
        column = next(title for title in grades[0] if title.casefold() == id.casefold())
        rows = {row[column].casefold(): row for row in grades}
        for one in self.students:
            row = rows[one.mail]
            most = len(one.attempts[-1])
            assert float(row["max"]) == most, (name, one.name)
            assert float(row["score"]) == most - len(one.lost), (name, one.name, row, one.lost)
            result = results[row["problem"]]
            self._judged(one, result, f"{name}: {one.name}")
            assert bool(row["unreadable"]) == bool(one.unread), (name, one.name)
        return grades

    @staticmethod
    def _judged(one: Person, result: dict[str, Any], where: str) -> None:
        """Whether the slips are where they were made, and called what they are."""
        cells = {cell["cell"]: cell for cell in result["cells"]}
        lost = {cell for cell, told in cells.items() if told["credit"] == 0}
        assert lost == one.lost, (where, lost ^ one.lost)
        unread = {cell for cell, told in cells.items() if told["verdict"] == "invalid"}
        assert unread == one.unread, where
        if one.slip is not None:
            for cell in one.lost:
                codes = cells[cell]["slip"]
                assert set(codes[:1]) & set(one.slip.codes), (where, one.slip.mistake, cell, codes)

    def gradebook(self, name: str, platform: str, column: str) -> None:
        """Import-ready grades of an export for a platform: each known by their address, with their score."""
        id, data = self.exports()[name]
        (self.folder / "class.csv").write_bytes(data)
        options = ("--problem", "variants", "--id", id, "--attempts", "last", "--force", "-o", "class.html")
        where = ("--grades", "book.csv", "--for", platform, "--report", "feedback")
        ran = self.run("check", "class.csv", *options, *where)
        assert ran.status == 1, (platform, ran.err)
        with (self.folder / "book.csv").open(encoding="utf-8", newline="") as file:
            rows = {row[column].casefold(): row for row in csv.DictReader(file) if row[column]}
        for one in self.students:
            score = float(rows[one.mail]["Exam, question 2"])
            assert score == len(one.attempts[-1]) - len(one.lost), (platform, one.name)
        assert len(list((self.folder / "feedback").iterdir())) == len(self.students)
        report = (self.folder / "class.html").read_text(encoding="utf-8")
        assert "To discuss, by what it cost the class" in report
