"""Everything handed in, grouped by problem: sheets, folders of sheets, and classes as CSV."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.keys import clipped, counted
from ..files.problem_file import parse_problem
from ..files.source import STANDARD_INPUT, read_source, standard_input
from ..plan.steps import Plan
from ..problem.problem import Problem
from ..values.cells import Lookup
from ..values.turns import sheet_plan
from .answer_sheet import Draft, Sheet, open_sheet, parse_sheet, read_sheet
from .arrays import ENDINGS as ARRAY_ENDINGS
from .arrays import array_answers, read_arrays
from .class_csv import ClassAnswers, Reading, Rows, draft_columns, problem_column, read_class, read_rows
from .grid import Grid, open_csv, parse_csv
from .names import folded
from .roster import VARIANTS, given_variants
from .sheet_problem import CSV_ENDINGS, find_problem, sheet_files

MOST_NAMED = 8


@dataclass(frozen=True)
class Answers:
    """What a class handed in for one problem, a column for each cell that anybody was asked.

    A blank is ""; `asked` tells it from a part that was left out of a student's sheet. `whole_sheet` are the
    students who had all of a blank sheet to fill in, and not only a table's columns. A whole quantity
    answered by one formula stands in `wholes` ("": not answered so).
    """

    problem: Problem
    plan: Plan
    students: tuple[str, ...]
    sources: tuple[str, ...]
    columns: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    wholes: dict[str, list[str]] = field(default_factory=dict)
    carried: dict[str, list[str]] = field(default_factory=dict)  # what a table tells besides answers
    whole_sheet: NDArray[np.bool_] | None = None
    identities: tuple[str, ...] = ()  # what tells one student from another
    moments: tuple[float | None, ...] = ()  # when each was handed in, where that is known
    noise: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # of arrays: see `arrays`

    def part(self, rows: Sequence[int]) -> Answers:
        """The answers of some of the students."""
        picked = list(rows)

        def some(columns: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
            return {name: [texts[row] for row in picked] for name, texts in columns.items()}

        return replace(
            self,
            students=tuple(self.students[row] for row in picked),
            sources=tuple(self.sources[row] for row in picked),
            columns=some(self.columns),
            asked={name: known[picked] for name, known in self.asked.items()},
            wholes=some(self.wholes),
            carried=some(self.carried),
            whole_sheet=None if self.whole_sheet is None else self.whole_sheet[picked],
            identities=tuple(self.identities[row] for row in picked) if self.identities else (),
            moments=tuple(self.moments[row] for row in picked) if self.moments else (),
            noise={name: each[picked] for name, each in self.noise.items()},
        )

    def attempts(self) -> list[list[int]]:
        """The rows of each student, in the order in which they were handed in as far as that is known."""
        by_student: dict[str, list[int]] = defaultdict(list)
        for row, identity in enumerate(self.identities or self.students):
            by_student[folded(identity)].append(row)
        if self.moments:
            for rows in by_student.values():
                times = [self.moments[row] for row in rows]
                if len(rows) > 1 and None not in times:
                    rows.sort(key=lambda row: self.moments[row] or 0.0)
        return list(by_student.values())


@dataclass(frozen=True)
class Failure:
    """A sheet, or a row, that could not be used, and why."""

    source: str
    error: Exception


@dataclass(frozen=True)
class HandedIn:
    """The answers to each problem, what could not be used, and what else there is to tell."""

    groups: tuple[Answers, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    varied: bool = False  # whether each student was given numbers of their own


def read_answers(
    paths: Sequence[str | Path] = (), problems: Sequence[str] = (), reading: Reading | None = None
) -> HandedIn:
    """The answers in files (TOML, CSV) and folders of them; ./answers.toml when none is named.

    `problems` are those that count: one alone overrides what the sheets say; without any the class must agree
    on one. What cannot be used, a sheet, a row, a student with two sheets, is a failure, and the rest go on;
    where nothing is left its InputError is raised.
    """
    found = sheet_files([Path(path) for path in paths])
    shelf = _Shelf(problems, reading or Reading())
    shelf.several = len(found.files) > 1
    for path, in_folder in found.files.items():
        try:
            shelf.add(path, found=in_folder)
        except InputError as error:
            shelf.failures.append(Failure(clipped(str(path), 200), error))
        except Exception as error:  # of whatever kind: one sheet never costs another
            shelf.failures.append(Failure(clipped(str(path), 200), error))
    groups = shelf.groups()
    if not groups and shelf.failures:
        of_first = [each.error for each in shelf.failures if each.source == shelf.failures[0].source]
        raise of_first[-1]  # what ended the file, where some of its rows could not be used either
    return HandedIn(groups, tuple(shelf.failures), (*found.notes, *shelf.notes), bool(shelf.variants))


def columns_draft(path: Path, problems: Sequence[str], reading: Reading) -> str:
    """What each column of a class's table is taken for, as a file to mend for --columns."""
    shelf = _Shelf(problems, reading)
    variant = next(iter(shelf.variants.values()), None)  # all of them ask for the same
    source = shelf.problem_of(None, path) if variant is None else shelf.same(variant)
    return draft_columns(open_csv(path), shelf.lookup(source), reading)


STANDARD_INPUT_PATH = Path("-")


def _is_table(text: str) -> bool:
    """Whether a text is a class's table rather than a sheet: its first line that says anything has no =."""
    lines = (line.strip() for line in text.lstrip("\ufeff").splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return not first.startswith("[") and ("=" not in first or first.startswith("sep="))


class _Shelf:
    """Sheets and classes by problem, each problem read once."""

    def __init__(self, problems: Sequence[str], reading: Reading) -> None:
        self.reading = reading
        self.lookups: dict[str, Lookup] = {}
        self.texts: dict[str, str] = {}  # a problem's text → the source it was first read from
        self.sheets: dict[str, list[Sheet]] = defaultdict(list)
        self.classes: dict[str, list[ClassAnswers]] = defaultdict(list)
        self.failures: list[Failure] = []
        self.notes: list[str] = []
        self.several = False  # whether there are other sheets, which one answer must not hold up
        self.known: dict[str, str] = {}  # a source → the one it is the same problem as
        self.variants: dict[str, str] = {}  # a student of a folder of variants → their problem
        single = []
        for problem in problems:
            if (Path(problem) / VARIANTS).is_file():
                self.variants |= given_variants(Path(problem))
            else:
                single.append(problem)
        self.problems = list(dict.fromkeys(self.same(problem) for problem in single))

    def add(self, path: Path, *, found: bool) -> None:
        """Raises InputError when the file, or a problem it names, cannot be used."""
        if path == STANDARD_INPUT_PATH:
            text = standard_input("split the class")
            if _is_table(text):
                self._table(path, parse_csv(text, STANDARD_INPUT))
            else:
                self._sheet(path, parse_sheet(text, STANDARD_INPUT), found=False)
            return
        if path.suffix.lower() in CSV_ENDINGS:
            self._table(path, open_csv(path))
            return
        if path.suffix.lower() in ARRAY_ENDINGS:
            self._arrays(path)
            return
        self._sheet(path, open_sheet(path), found=found)

    def _sheet(self, path: Path, draft: Draft, *, found: bool) -> None:
        """One student's sheet."""
        if draft.is_problem and found:
            return
        if draft.is_problem:
            raise InputError(
                f"{draft.file} is a problem, not an answer sheet",
                help=f"backprop sheet {draft.file} writes the sheet to fill in",
            )
        who = draft.names(self.reading.id) if self.variants else ()
        try:
            source = self.own_problem(who, draft.problem, path)
        except InputError as error:
            raise _at_problem(error, draft) from None
        told: list[InputError] = []
        sheet = read_sheet(draft, self.lookup(source), self.reading.id, told if self.several else None)
        self._tell(draft.file, told)
        self.sheets[source].append(sheet)

    def _arrays(self, path: Path) -> None:
        """A program's arrays."""
        arrays, name = read_arrays(path)
        source = self.problem_of(name, path)
        file = clipped(str(path), 200)
        try:
            found = array_answers(self.lookup(source).plan, arrays)
        except InputError as error:
            raise InputError(f"{file}: {error.message}", help=error.help) from None
        self.notes += [f"{file}: {note}" for note in found.notes]
        if found.losses is not None:
            self.notes.append(f"{file}: losses are compared from Python only: check(problem, ...)")
        sheet = Sheet(path.stem, file, found.cells, identity=path.stem, noise=found.noise)
        self.sheets[source].append(sheet)

    def _table(self, path: Path, grid: Grid) -> None:
        """A class's table: its rows by the problem that each answers."""
        if not grid.rows:
            raise InputError(
                f"{grid.file} has no row but its first", help="a row for each student follows it"
            )
        rows = read_rows(grid, self.reading)
        self._tell(grid.file, rows.told)
        self.notes += rows.notes
        parts = self._by_problem(rows, path)
        varied = {self.same(source) for source in self.variants.values()} & parts.keys()
        lookups = [self.lookup(source) for source in parts if source not in varied]
        for source, picked in parts.items():
            lookup = self.lookup(source)
            own = source in varied  # a variant asks for the same as the others
            others = [] if own else [other for other in lookups if other is not lookup]
            part = rows.part(picked) if len(parts) > 1 or len(picked) < len(rows.students) else rows
            answers = read_class(part, lookup, self.reading, others)
            self._tell(grid.file, answers.told)
            self.notes += [note for note in answers.notes if note not in self.notes]
            self.classes[source].append(answers)

    def _by_problem(self, rows: Rows, path: Path) -> dict[str, list[int]]:
        column = problem_column(rows.grid)
        every = list(range(len(rows.students)))
        if column is None and not self.variants:
            return {self.problem_of(None, path): every} if every else {}
        by_name: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
        for number, row in enumerate(rows.grid.rows):
            name = row[column].strip() if column is not None and column < len(row) else ""
            who: tuple[str, ...] = (rows.identities[number], rows.students[number])
            who = who if self.variants else ()
            by_name[name, who].append(number)
        parts: dict[str, list[int]] = defaultdict(list)
        told: list[InputError] = []
        for (name, who), picked in by_name.items():
            try:
                parts[self.own_problem(who, name or None, path)] += picked
            except InputError as error:
                where = _rows([rows.grid.numbers[number] for number in picked])
                told.append(InputError(f"{rows.grid.file}, {where}: {error.message}", help=error.help))
        if told and not parts:
            raise told[0]
        self._tell(rows.grid.file, told)
        return {source: sorted(picked) for source, picked in parts.items()}

    def _tell(self, source: str, errors: Sequence[InputError]) -> None:
        self.failures += [Failure(source, error) for error in errors]

    def own_problem(self, who: Sequence[str], name: str | None, path: Path) -> str:
        """The source of a student's problem: their variant, where the class was given variants.

        Raises InputError for a student who was given none, unless the problem named counts by itself.
        """
        if not self.variants:
            return self.problem_of(name, path)
        found = next((self.variants[folded(one)] for one in who if folded(one) in self.variants), None)
        if found is not None:
            return self.same(found)
        if self.problems:
            return self.problem_of(name, path)
        student = clipped(who[0].strip(), 60) if who else ""
        raise InputError(
            f'the student "{student}" was given no variant', help="variants.csv says who was given which"
        )

    def problem_of(self, name: str | None, path: Path) -> str:
        """The source of the problem that a sheet answers: what it names, among those that count."""
        if not self.problems:
            return self.same(find_problem(name, path))
        stem = (name or "").strip().removesuffix(".toml")
        named = [source for source in self.problems if self.lookup(source).plan.problem.name == stem]
        if named:
            return named[0]
        if len(self.problems) == 1:
            if name:
                self._note_other(name, path)
            return self.problems[0]
        counting = ", ".join(self.lookup(source).plan.problem.name for source in self.problems)
        if not name:
            raise InputError(
                f"{clipped(str(path), 200)} does not say which problem it answers",
                help=f"those that count are {counting}",
            )
        raise InputError(
            f'the problem "{clipped(name, 60)}" is none of those that count', help=f"they are {counting}"
        )

    def _note_other(self, name: str, path: Path) -> None:
        graded = self.lookup(self.problems[0]).plan.problem.name
        note = (
            f'{clipped(str(path), 100)} names the problem "{clipped(name, 60)}" and is graded on "{graded}"'
        )
        if note not in self.notes:
            self.notes.append(note)

    def same(self, source: str) -> str:
        """The source under which the same problem was read first: a copy beside each sheet is one problem."""
        if source not in self.known:
            read = read_source(source)
            first = self.texts.setdefault(read.text, source)
            if first == source:
                self.lookups[source] = Lookup(sheet_plan(parse_problem(read.text, read.file, read.name)))
            self.known[source] = first
        return self.known[source]

    def lookup(self, source: str) -> Lookup:
        return self.lookups[source]

    def groups(self) -> tuple[Answers, ...]:
        """The answers to each problem that counts, each student's once unless an attempt is to be chosen."""
        found = []
        for source in dict.fromkeys((*self.sheets, *self.classes)):
            plan = self.lookups[source].plan
            answers = [_of_class(plan, part) for part in self.classes.get(source, ())]
            if sheets := self.sheets.get(source):
                answers.append(_of_sheets(plan, sheets))
            found.append(_joined(answers))
        found = [answers for answers in found if answers.students]
        if not self.problems and not self.variants:
            found = self._agreed(found)
        return tuple(group for answers in found if (group := self._once(answers)).students)

    def _agreed(self, found: list[Answers]) -> list[Answers]:
        """The class's one problem; what answers another is told. Raises InputError where it is not clear."""
        if len(found) < 2:
            return found
        counts = sorted((len(answers.students) for answers in found), reverse=True)
        names = ", ".join(f'"{answers.problem.name}"' for answers in found)
        if counts[0] == counts[1]:
            raise InputError(
                f"the sheets answer {len(found)} problems: {names}",
                help="name those that count: --problem P, once for each",
            )
        most = max(found, key=lambda answers: len(answers.students))
        for answers in found:
            if answers is not most:
                self.failures += [
                    Failure(source, _another_problem(source, answers, most)) for source in answers.sources
                ]
        return [most]

    def _once(self, answers: Answers) -> Answers:
        """Each student's one sheet: the attempt that counts, or none of several where nothing says which."""
        identities = answers.identities or answers.students
        if self.reading.attempts == "best" or len(set(map(folded, identities))) == len(identities):
            return answers
        kept: list[int] = []
        for rows in answers.attempts():
            if len(rows) == 1 or self.reading.attempts is not None:
                kept.append(rows[-1 if self.reading.attempts == "last" else 0])
            else:
                sources = [answers.sources[row] for row in rows]
                error = _several(answers.students[rows[0]], sources)
                self.failures.append(Failure(sources[0], error))
        return answers.part(sorted(kept))


def _another_problem(source: str, answers: Answers, most: Answers) -> InputError:
    return InputError(
        f'{source} answers the problem "{answers.problem.name}", the class "{most.problem.name}": not graded',
        help="name the problems that count: --problem P, once for each",
    )


def _several(student: str, sources: Sequence[str]) -> InputError:
    """Several sheets by one student."""
    shown = ", and ".join(sources[:MOST_NAMED])
    more = f", and {len(sources) - MOST_NAMED} more" if len(sources) > MOST_NAMED else ""
    return InputError(
        f'{_NUMBERS.get(len(sources), str(len(sources)))} answer sheets by "{clipped(student.strip(), 60)}": '
        f"{shown}{more}",
        help="keep one, tell the names apart, or say which counts: --attempts first, last or best",
    )


_NUMBERS = {2: "two", 3: "three", 4: "four"}


def _rows(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    shown = ", ".join(map(str, numbers[:MOST_NAMED]))
    more = len(numbers) - MOST_NAMED
    return f"rows {shown}" + (f" and {counted(more, 'more')}" if more > 0 else "")


def _at_problem(error: InputError, draft: Draft) -> InputError:
    known = "problem" in draft.document and error.place is None
    return draft.placed(InputError(error.message, path=("problem",), help=error.help)) if known else error


def _of_sheets(plan: Plan, sheets: Sequence[Sheet]) -> Answers:
    names = dict.fromkeys(name for sheet in sheets for name in sheet.cells)
    wholes = dict.fromkeys(name for sheet in sheets for name in sheet.wholes)
    carried = dict.fromkeys(name for sheet in sheets for name in sheet.carried)
    noisy = dict.fromkeys(name for sheet in sheets for name in sheet.noise)
    noise = {name: np.array([sheet.noise.get(name, 0.0) for sheet in sheets]) for name in noisy}
    return Answers(
        plan.problem,
        plan,
        tuple(sheet.student for sheet in sheets),
        tuple(sheet.source for sheet in sheets),
        {name: [sheet.cells.get(name, "") for sheet in sheets] for name in names},
        {name: np.array([name in sheet.cells for sheet in sheets]) for name in names},
        {name: [sheet.wholes.get(name, "") for sheet in sheets] for name in wholes},
        {name: [sheet.carried.get(name, "") for sheet in sheets] for name in carried},
        np.array([not sheet.noise for sheet in sheets]),
        tuple(sheet.identity for sheet in sheets),
        (None,) * len(sheets),
        noise,
    )


def _of_class(plan: Plan, part: ClassAnswers) -> Answers:
    """Of a class in a CSV everybody was asked everything that has a column, or a row of anybody's."""
    count = len(part.students)
    everybody = np.ones(count, dtype=bool)
    return Answers(
        plan.problem,
        plan,
        part.students,
        part.sources,
        part.columns,
        dict.fromkeys(part.columns, everybody),
        part.wholes,
        part.carried,
        np.zeros(count, dtype=bool),
        part.identities,
        (None,) * count if part.moments is None else tuple(part.moments),
    )


def _joined(parts: Sequence[Answers]) -> Answers:
    """Several classes of one problem as one."""
    if len(parts) == 1:
        return parts[0]

    def together(tables: Sequence[dict[str, list[str]]]) -> dict[str, list[str]]:
        names = dict.fromkeys(name for table in tables for name in table)
        sizes = [len(part.students) for part in parts]
        return {
            name: [
                text
                for table, size in zip(tables, sizes, strict=True)
                for text in table.get(name, [""] * size)
            ]
            for name in names
        }

    def flags(name: str) -> NDArray[np.bool_]:
        return np.concatenate(
            [part.asked.get(name, np.zeros(len(part.students), dtype=bool)) for part in parts]
        )

    columns = together([part.columns for part in parts])
    return Answers(
        parts[0].problem,
        parts[0].plan,
        tuple(student for part in parts for student in part.students),
        tuple(source for part in parts for source in part.sources),
        columns,
        {name: flags(name) for name in columns},
        together([part.wholes for part in parts]),
        together([part.carried for part in parts]),
        np.concatenate([part.whole_sheet for part in parts if part.whole_sheet is not None]),
        tuple(identity for part in parts for identity in part.identities),
        tuple(moment for part in parts for moment in part.moments),
        {name: _noise(parts, name) for name in dict.fromkeys(name for part in parts for name in part.noise)},
    )


def _noise(parts: Sequence[Answers], name: str) -> NDArray[np.float64]:
    return np.concatenate([part.noise.get(name, np.zeros(len(part.students))) for part in parts])
