"""One answer sheet in TOML → its answers by cell name, each as it was typed.

The sheet nests as the problem's notation stands: weights [input][unit] with weight_order "input,unit",
samples as columns with samples "columns"; with one sample the sample's level may be left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product as positions
from math import prod
from pathlib import Path

from ..errors import InputError, KeyPath
from ..files.keys import KeyFaultError, Table, clipped, listed, prose
from ..files.positions import locate
from ..files.source import decode, read_limited
from ..files.toml import Document, parse_toml
from ..plan.steps import Step
from ..problem.equations import given_by_equations
from ..problem.problem import Problem
from ..values.cells import QUANTITIES, Cell, Lookup, cells_of, quantity_name, shape_of
from ..values.trace import cell_name
from .names import is_name
from .nesting import answer_text, blank_value, fault, fits, hint, is_number, nesting_axes, shape_words

MAX_BYTES = 1024 * 1024
ABOUT = ("problem", "student", "practice")  # the last is what `backprop practice` keeps


@dataclass(frozen=True)
class Sheet:
    """What one student handed in; `cells` has "" for a cell that was asked and left blank."""

    student: str
    source: str
    cells: dict[str, str] = field(default_factory=dict)
    wholes: dict[str, str] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)  # what tells who the student is, besides the name
    identity: str = ""  # what tells one student from another
    noise: dict[str, float] = field(default_factory=dict)  # of a program's arrays: see `arrays`


@dataclass(frozen=True)
class Draft:
    """A sheet whose TOML has been read, and whose answers have not."""

    document: Document
    text: str
    file: str
    problem: str | None

    @property
    def is_problem(self) -> bool:
        """Whether this is a problem file rather than a sheet."""
        return isinstance(self.document.get("layers"), list) or "equations" in self.document

    def names(self, id: str | None) -> tuple[str, ...]:
        """What the student is called: by the line of that name, by their name, by the file's."""
        key = _key_like(dict(self.document), id) if id is not None else None
        said = (prose(self.document, key, 200) if key else "", prose(self.document, "student", 200))
        return tuple(name for name in (*said, _file_name(Path(self.file))) if is_name(name))

    def placed(self, error: InputError) -> InputError:
        """An error with its place in the sheet."""
        place = None
        if error.path:
            place = locate(self.text, error.path, self.file, key=isinstance(error, KeyFaultError))
        message = error.message if place else f"{self.file}: {error.message}"
        return InputError(message, path=error.path, place=place, help=error.help)


def open_sheet(path: Path) -> Draft:
    """A sheet's TOML and the name of its problem. Raises InputError when it cannot be read."""
    file = clipped(str(path), 200)
    return parse_sheet(
        decode(read_limited(path, file, MAX_BYTES, "an answer sheet is a small text file"), file), file
    )


def parse_sheet(text: str, file: str) -> Draft:
    """A sheet's TOML and the name of its problem, from its text; `file` is what messages call it."""
    if not text.strip():
        raise InputError(f"{file} is empty", help='"backprop sheet" writes a blank answer sheet')
    draft = Draft(parse_toml(text, file), text, file, None)
    try:
        name = prose(draft.document, "problem", 200) or None
    except InputError as error:
        raise draft.placed(error) from None
    return Draft(draft.document, text, file, name)


def read_sheet(
    draft: Draft, lookup: Lookup, id: str | None = None, told: list[InputError] | None = None
) -> Sheet:
    """The answers on a sheet of the plan that `lookup` is of; `id` is the line that says who the student is.

    Raises InputError, with its place, for a layer, role or cell the problem has not, and for wrong nesting;
    into `told`, where it is given, goes what of a sheet cannot be read, as long as anything can.
    """
    reader = _Reader(lookup, None if told is None else [])
    document = dict(draft.document)
    carried: dict[str, str] = {}
    try:
        student = prose(document, "student", 200)
        student = student if is_name(student) else _file_name(Path(draft.file))
        if id is not None and (key := _key_like(document, id)):
            carried[id] = prose(document, key, 200)
            del document[key]
        reader.document(document)
        if reader.faults and not reader.cells and not reader.wholes:
            raise reader.faults[0]
    except InputError as error:
        raise draft.placed(error) from None
    if told is not None:
        told += [draft.placed(error) for error in reader.faults or ()]
    identity = carried.get(id or "", "")
    identity = identity if is_name(identity) else student
    return Sheet(student, draft.file, reader.cells, reader.wholes, carried, identity)


def _key_like(document: Table, id: str) -> str | None:
    """The line of that name, as forgiving as a table's heading."""
    wanted = re.sub(r"[\W_]+", "", id.casefold())
    return next((key for key in document if re.sub(r"[\W_]+", "", key.casefold()) == wanted), None)


def _file_name(path: Path) -> str:
    """A student without a name goes by the file's, or by the folder's where each has one of their own."""
    return path.parent.name or path.stem if path.name == "answers.toml" else path.stem


class _Reader:
    """Goes through a sheet's tables, collecting answers."""

    def __init__(self, lookup: Lookup, faults: list[InputError] | None = None) -> None:
        self.lookup, self.faults = lookup, faults
        self.problem: Problem = lookup.plan.problem
        self.cells: dict[str, str] = {}
        self.wholes: dict[str, str] = {}

    def document(self, document: Table) -> None:
        homes = self.homes()
        top = [name for name in self.lookup.steps if "." not in name]
        for key, value in document.items():
            if key in ABOUT or key in self.problem.paper.fields:
                continue
            if isinstance(value, dict) and key not in top:
                if key not in homes:
                    self._tell(self._no_home(key, homes))
                    continue
                for role, inside in value.items():
                    self._try(f"{key}.", role, inside, (key, role))
            else:
                self._try("", key, value, (key,))

    def _try(self, prefix: str, key: str, value: object, path: KeyPath) -> None:
        """An entry; one that cannot be read leaves the others as they are, where faults are kept."""
        try:
            self.entry(prefix, key, value, path)
        except InputError as error:
            self._tell(error)

    def _tell(self, error: InputError) -> None:
        if self.faults is None:
            raise error
        self.faults.append(error)

    def homes(self) -> list[str]:
        """The tables that answers stand in: a layer's, or in a problem of equations a quantity's."""
        if given_by_equations(self.problem):
            return list(QUANTITIES)
        return [layer.name for layer in self.problem.layers]

    def _no_home(self, key: str, homes: list[str]) -> KeyFaultError:
        if given_by_equations(self.problem):
            return KeyFaultError(
                f'answers do not stand below "[{clipped(key)}]"',
                path=(key,),
                help="they stand below [value], [gradient] and [new]",
            )
        return KeyFaultError(
            f'the problem has no layer "{clipped(key)}"',
            path=(key,),
            help=f"its {'layer is' if len(homes) == 1 else 'layers are'} {listed(homes)}",
        )

    def entry(self, prefix: str, key: str, value: object, path: KeyPath) -> None:
        """A quantity, "weight_gradient", or one cell of it, "weight_gradient[1,2]"."""
        if step := self._step(f"{prefix}{key}"):
            self.quantity(step, value, path)
            return
        cell = self.lookup.find(f"{prefix}{key}")
        if cell is None:
            raise self._unknown(prefix, key, path)
        self.answer(cell, value, path)

    def _step(self, name: str) -> Step | None:
        """A whole quantity; in a problem of equations in any spelling of its symbol."""
        if given_by_equations(self.problem):
            return self.lookup.quantity(name)
        return self.lookup.steps.get(name)

    def quantity(self, step: Step, value: object, path: KeyPath) -> None:
        name = quantity_name(self.lookup.plan, step)
        shape = shape_of(self.lookup.plan, step)
        if isinstance(value, dict):
            raise self._misfit(step, shape, value, path)
        if not isinstance(value, list):
            text = answer_text(value, path, name)
            if shape is not None and prod(shape) == 1 and not self.problem.symbolic:
                self._put(cells_of(self.lookup.plan, step)[0].name, text, path)
            elif text and is_number(value):
                raise self._misfit(step, shape, value, path)
            elif text or shape is None or self.problem.symbolic:
                self._whole(name, text, path)
            else:
                for cell in cells_of(self.lookup.plan, step):
                    self._put(cell.name, "", path)
            return
        if shape is None:
            raise InputError(
                f"{name} has no cells of its own here, as a size is a letter",
                path=path,
                help=f'answer it as a whole, by a formula: {path[-1]} = "…"',
            )
        order, kept = nesting_axes(self.problem, step)
        for axes in (kept, order) if kept != order else (order,):
            sizes = tuple(shape[axis] for axis in axes)
            if fits(value, sizes):
                self._nested(step, axes, sizes, value, path)
                return
        raise self._misfit(step, shape, value, path)

    def _nested(
        self, step: Step, axes: tuple[int, ...], sizes: tuple[int, ...], value: list[object], path: KeyPath
    ) -> None:
        for place in positions(*map(range, sizes)):
            item: object = value
            for number in place:
                item = item[number] if isinstance(item, list) else item
            position = [0] * len(step.indices)
            for axis, number in zip(axes, place, strict=True):
                position[axis] = number
            name = cell_name(self.problem, step, tuple(position))
            self._put(name, answer_text(item, (*path, *place), name), (*path, *place))

    def answer(self, cell: Cell, value: object, path: KeyPath) -> None:
        self._put(cell.name, answer_text(value, path, cell.name), path)

    def _put(self, name: str, text: str, path: KeyPath) -> None:
        if name in self.cells and self.cells[name] and text:
            raise KeyFaultError(f"{name} is answered twice", path=path, help="keep one of them")
        self.cells[name] = text or self.cells.get(name, "")

    def _whole(self, name: str, text: str, path: KeyPath) -> None:
        if name in self.wholes:
            raise KeyFaultError(f"{name} is answered twice", path=path, help="keep one of them")
        self.wholes[name] = text

    def _unknown(self, prefix: str, key: str, path: KeyPath) -> InputError:
        shown = clipped(f"{prefix}{key}", 60)
        near = self.lookup.suggestion(f"{prefix}{key}")
        role = key.partition("[")[0].strip()
        if step := self.lookup.quantity(f"{prefix}{role}"):
            return KeyFaultError(
                f"there is no cell {shown}", path=path, help=self._range(step) + ", counted from 1"
            )
        homes = [name.rpartition(".")[0] for name in self.lookup.steps if name.endswith(f".{role}")]
        if not prefix and homes:
            shown_homes = " or ".join(f"[{home}]" for home in homes[:8])
            help = f"{role} belongs to a layer: put it below {shown_homes}"
        elif given_by_equations(self.problem):
            known = [name.removeprefix(prefix) for name in self.lookup.steps if name.startswith(prefix)]
            help = f'did you mean "{near.removeprefix(prefix)}"? ' if near else ""
            help += f"known here: {', '.join(known)}"
        elif prefix and "bias" in role and f"{prefix}bias_gradient" not in self.lookup.steps:
            help = "the layer has no bias"
        elif near:
            near = near.removeprefix(prefix)
            near = near if "[" in key else near.partition("[")[0]
            help = f'did you mean "{near}"?'
        else:
            known = [name.removeprefix(prefix) for name in self.lookup.steps if name.startswith(prefix)]
            known = [name for name in known if "." not in name]
            help = f"known here: {', '.join(known)}"
            if not prefix:
                help += "; a layer's answers stand below its name: " + ", ".join(
                    f"[{layer.name}]" for layer in self.problem.layers[:8]
                )
        return KeyFaultError(f"nothing is called {shown} in this problem", path=path, help=help)

    def _range(self, step: Step) -> str:
        cells = cells_of(self.lookup.plan, step)
        names = [cell.name.rpartition(".")[2] for cell in cells]
        if len(names) < 2:
            return f"there is only {names[0]}" if names else "answer it as a whole"
        return f"they go from {names[0]} to {names[-1]}"

    def _suffix(self, step: Step) -> str:
        first = cells_of(self.lookup.plan, step)[0].name
        return first[first.index("[") :] if "[" in first else ""

    def _misfit(self, step: Step, shape: tuple[int, ...] | None, value: object, path: KeyPath) -> InputError:
        """Wrong nesting: what is expected, shown as blanks to fill in."""
        name = quantity_name(self.lookup.plan, step)
        if shape is None:
            return InputError(f"{name} needs a formula, as a size is a letter", path=path)
        _, kept = nesting_axes(self.problem, step)
        sizes = tuple(shape[axis] for axis in kept)
        found, at = fault(value, sizes, path)
        blanks = blank_value(sizes)
        help = f"as blanks: {path[-1]} = {blanks}" if len(blanks) <= 60 else ""
        if prod(sizes) > 1:
            one = f'one cell alone is "{path[-1]}{self._suffix(step)}" = …'
            help = f"{help}; {one}" if help else one
        help = hint(value, sizes, self.problem, step) or help
        return InputError(f"{name} must be {shape_words(sizes)}, {found}", path=at, help=help)
