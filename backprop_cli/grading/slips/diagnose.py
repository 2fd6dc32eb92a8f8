"""What went wrong: the edit of the formula that reproduces a wrong answer from the student's own numbers.

The edits of a step are evaluated once for all students who slipped in it. What no edit of the line explains
is tried as a slip of digits, as an operand rounded too early, as two edits together, and as an edit of a
line that the student left out. What nothing explains stays unnamed: see `evidence`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...formula.arithmetic import Array, decimals_of
from ...formula.tree import ONE, Formula, Key, refs
from ...plan.steps import Step
from ...values.cell_plan import is_cell_plan
from ...values.cells import quantity_name
from ..balls import BallEvaluator
from ..faults import Fault
from ..judge import Judgement
from ..verdicts import SLACK, Kind, Line, Verdict, Written, half_unit
from .between import between_the_lines
from .changes import Change, Edit
from .digit_slips import digit_candidates, rounded_early
from .edits import edits
from .evidence import Candidate, Seen, named
from .operands import Operands

MOST_NAMED = 3
TOO_FEW_DIGITS = Change("Right as far as it goes, but with too few digits.")
AT_ONCE = 2000  # students
FLOAT32 = 4e-7  # how far a few operations in float32 take a number, relatively
PAIRED = 5.0  # how common an edit must be to be tried with another
MOST_PAIRED = 12
MOST_PAIRED_IN_CELLS = 4  # in equations every cell is a line, and tried by itself


@dataclass(frozen=True)
class Diagnosis:
    """Why one cell is wrong: the slip codes, likeliest first, and the changes that explain it."""

    codes: tuple[str, ...]
    changes: tuple[Change, ...]
    scale: str = ""
    together: bool = False  # whether the changes came together, rather than being alternatives


CellKey = tuple[int, Key, tuple[int, ...]]  # student, step, position
TOO_COARSE = Diagnosis(("too-few-digits",), (TOO_FEW_DIGITS,))


def diagnose(judgement: Judgement, faults: list[Fault]) -> dict[CellKey, Diagnosis]:
    """The diagnosis of every slip of a class; where a line's fails through a fault of ours, none."""
    found: dict[CellKey, Diagnosis] = {}
    maybe: dict[CellKey, list[Candidate]] = {}
    fits: dict[CellKey, list[Candidate]] = {}
    for line in judgement.lines.values():
        if (line.verdict == Verdict.SLIP).any():
            try:
                found.update(_line(judgement, line, maybe, fits))
            except Exception as error:  # any fault of ours is told; the verdict stands
                faults.append(Fault("", quantity_name(judgement.plan, line.step), error))
    _by_its_like(found, maybe)
    _by_quantity(judgement, found, fits)
    return found


def _by_quantity(
    judgement: Judgement, found: dict[CellKey, Diagnosis], fits: dict[CellKey, list[Candidate]]
) -> None:
    """In equations every cell is a line: name each by what explains most cells of its quantity alike."""
    plan = judgement.plan
    if not is_cell_plan(plan):
        return
    together: dict[tuple[object, ...], list[CellKey]] = {}
    for cell in (cell for cell, fitting in fits.items() if fitting):
        together.setdefault((cell[0], plan.origin[cell[1]].step.key), []).append(cell)
    for cells in together.values():
        count: Counter[tuple[object, ...]] = Counter()
        for cell in cells:
            count.update({each.likeness for each in fits[cell]})
        for cell in cells:
            best = max(count[each.likeness] for each in fits[cell])
            named_one = cell in found and any(
                count[each.likeness] == best and each.edit.change in found[cell].changes
                for each in fits[cell]
            )
            if best > 1 and not named_one and (cell in found or best > 2):
                alike = [each for each in fits[cell] if count[each.likeness] == best]
                heaviest = max(each.weight for each in alike)
                found[cell] = _named([each for each in alike if each.weight == heaviest], alike)


def _by_its_like(found: dict[CellKey, Diagnosis], maybe: dict[CellKey, list[Candidate]]) -> None:
    """Name what fits, and would not be named alone, by the mistake that the student made elsewhere."""
    made: dict[int, set[tuple[str, str]]] = {}
    for (student, _, _), diagnosis in found.items():
        if diagnosis.codes and diagnosis.changes:
            made.setdefault(student, set()).add((diagnosis.codes[0], diagnosis.changes[0].template))
    for cell, candidates in maybe.items():
        families = made.get(cell[0], set())
        for each in candidates:
            if cell not in found and each.second is None and each.family in families:
                found[cell] = _named([each], [each])


def _line(
    judgement: Judgement,
    line: Line,
    maybe: dict[CellKey, list[Candidate]],
    fits: dict[CellKey, list[Candidate]],
) -> Iterator[tuple[CellKey, Diagnosis]]:
    """The slips of one step, so many students at a time that memory does not grow with the class."""
    tried = edits(judgement.plan, line.step, primed(judgement, line.step))
    slips = line.verdict == Verdict.SLIP
    rows = np.flatnonzero(slips.reshape(len(slips), -1).any(axis=1))
    for start in range(0, len(rows), AT_ONCE):
        yield from _students(judgement, line, tried, rows[start : start + AT_ONCE], maybe, fits)


def _students(
    judgement: Judgement,
    line: Line,
    tried: list[Edit],
    rows: NDArray[np.intp],
    maybe: dict[CellKey, list[Candidate]],
    fits: dict[CellKey, list[Candidate]],
) -> Iterator[tuple[CellKey, Diagnosis]]:
    shape = line.verdict.shape[1:]
    positions = list(np.ndindex(*shape))
    seen, coarse = _seen(judgement, line, rows)
    for student, cell in zip(*coarse.nonzero(), strict=True):
        yield (int(rows[student]), line.step.key, positions[cell]), TOO_COARSE
    known: dict[tuple[int, int], Diagnosis] = {}
    unsure: dict[tuple[int, int], list[Candidate]] = {}
    candidates = _candidates(judgement, line.step, tried, rows, seen)
    candidates += digit_candidates(line, rows, seen)
    early = [each for each in candidates if not each.edit.late]
    all_fits: dict[tuple[int, int], list[Candidate]] = {}
    _explain(known, unsure, seen, early, np.arange(len(rows)), all_fits)
    open_slips = seen.slips.copy()
    for place in known:
        open_slips[place] = False
    left = np.flatnonzero(open_slips.any(axis=1))
    if len(left):
        further = _further(judgement, line, tried, candidates, rows, left, seen)
        for group, more in further:
            _explain(known, unsure, seen.of(group), more, group, all_fits)
    if is_cell_plan(judgement.plan):
        for (student, cell), fitting in all_fits.items():
            if seen.values[student, cell] == 0:  # it fits too much to say anything
                continue
            fits[int(rows[student]), line.step.key, positions[cell]] = fitting
    for (student, cell), fitting in unsure.items():
        if (student, cell) not in known:
            maybe[int(rows[student]), line.step.key, positions[cell]] = fitting
    for (student, cell), diagnosis in known.items():
        yield (int(rows[student]), line.step.key, positions[cell]), diagnosis


def _seen(judgement: Judgement, line: Line, rows: NDArray[np.intp]) -> tuple[Seen, np.ndarray]:
    """The answers of some students, flat; and which of their slips are merely too coarse."""
    flat = (len(rows), -1)
    own = np.broadcast_to(line.own.centre, line.verdict.shape)[rows].reshape(flat)
    asked = decimals_of(line.key, judgement.digits[line.step.phase])
    half = np.broadcast_to(_half(line.written, asked, rows), line.verdict[rows].shape).reshape(flat)
    verdict = line.verdict[rows].reshape(flat)
    number = line.written.kinds[rows].reshape(flat) == Kind.NUMBER
    coarse = line.coarse[rows].reshape(flat) & (verdict == Verdict.SLIP)
    slips = (verdict == Verdict.SLIP) & ~coarse & np.isfinite(own) & number
    values = line.written.values[rows].reshape(flat)
    return Seen(values, half, np.where(np.isfinite(own), own, 0.0), slips, number & ~slips & ~coarse), coarse


def _half(written: Written, digits: Array | int, rows: NDArray[np.intp]) -> Array:
    """Half a unit in the last place written; what is beyond the digits asked for may be a float32's noise."""
    written = written.of(rows)
    half = half_unit(written, digits)[0]
    if written.noise is not None:
        return np.asarray(half)
    cap = 0.5 * 10.0 ** -np.asarray(digits, dtype=np.float64)
    noise = np.minimum(FLOAT32 * np.abs(written.values), cap)
    return np.where(written.decimals > digits, np.maximum(half, noise), half)


def _explain(
    known: dict[tuple[int, int], Diagnosis],
    unsure: dict[tuple[int, int], list[Candidate]],
    seen: Seen,
    candidates: list[Candidate],
    students: NDArray[np.intp],
    all_fits: dict[tuple[int, int], list[Candidate]],
) -> None:
    """Add the diagnoses of what the candidates explain, and what else fits; students make the same mistakes,
    so each diagnosis is made once.
    """
    made: dict[tuple[int, ...], Diagnosis] = {}
    for student, cell, sure, top, fitting in named(seen, candidates):
        where = (int(students[student]), cell)
        all_fits[where] = [each for each in fitting if each.second is None]
        if not sure:
            unsure[where] = fitting
            continue
        signature = (*map(id, top), 0, *map(id, fitting))
        if signature not in made:
            made[signature] = _named(top, fitting)
        known[where] = made[signature]  # a later look weighs all that an earlier one did, and more


def _candidates(
    judgement: Judgement, step: Step, tried: list[Edit], rows: NDArray[np.intp], seen: Seen
) -> list[Candidate]:
    """What the edits of a line give from the students' own numbers."""
    numbers = Operands(judgement, rows)
    numbers.own(judgement.lines[step.key])
    return evaluated(BallEvaluator(judgement.problem, numbers), step, tried, seen)


def evaluated(reader: BallEvaluator, step: Step, tried: list[Edit], seen: Seen) -> list[Candidate]:
    """Edits with what they give; those that use what this problem does not have are left out.

    How wide a line is to first order is worked out only where an answer is anywhere near.
    """
    found = []
    students = len(seen.values)
    room = 8 * seen.half + SLACK * np.maximum(1.0, np.abs(seen.values))
    for edit in tried:
        try:
            ball = reader.ball(edit.formula, step.indices, students)
            spread = np.broadcast_to(ball.spread(), ball.centre.shape).reshape(seen.values.shape)
            with np.errstate(invalid="ignore"):
                off = np.abs(seen.values - ball.centre.reshape(seen.values.shape))
                if (seen.slips & ~(off > spread + room)).any():
                    ball = reader.line(edit.formula, step.indices, students)
        except (KeyError, IndexError, ValueError):  # no such quantity here, or of another shape
            continue
        spread = np.broadcast_to(ball.spread(), ball.centre.shape)
        found.append(Candidate(edit, ball.centre, spread))
    return found


def _further(
    judgement: Judgement,
    line: Line,
    tried: list[Edit],
    candidates: list[Candidate],
    rows: NDArray[np.intp],
    left: NDArray[np.intp],
    seen: Seen,
) -> Iterator[tuple[NDArray[np.intp], list[Candidate]]]:
    """For students with slips that no edit of the line explains: everything else that may, together with the
    edits. Students are taken together who left out the same lines.
    """
    groups: dict[tuple[Key, ...], list[int]] = {}
    for student in left.tolist():
        groups.setdefault(blank_above(judgement, line.step, int(rows[student])), []).append(student)
    for blank, members in groups.items():
        group = np.array(members)
        own = [each.of(group) for each in candidates]
        numbers = Operands(judgement, rows[group])
        more = [*own, *rounded_early(judgement, line, numbers)]
        more += _pairs(judgement, line, own, numbers, seen.of(group))
        if blank:
            more += between_the_lines(judgement, line.step, blank, rows[group])
        yield group, more


def blank_above(judgement: Judgement, step: Step, student: int) -> tuple[Key, ...]:
    """The lines above, back to those that were answered, that a student left out; in the plan's order."""
    steps = {each.key: each for each in judgement.plan.steps}
    found: set[Key] = set()
    waiting = [step]
    while waiting:
        for ref in refs(waiting.pop().formula):
            line = judgement.lines.get(ref.key)
            if ref.key in found or ref.key not in steps:
                continue
            if line is None or not (line.written.kinds[student] == Kind.NUMBER).any():
                found.add(ref.key)
                waiting.append(steps[ref.key])
    return tuple(each.key for each in judgement.plan.steps if each.key in found)


_SECOND = (
    (-1.0, Edit(("sign",), ONE, Change("The sign is flipped too."))),
    (2.0, Edit(("extra-factor",), ONE, Change("There is a factor 2 too many as well."))),
    (0.5, Edit(("missing-factor",), ONE, Change("There is a factor 2 too few as well."))),
)


def _pairs(
    judgement: Judgement, line: Line, candidates: list[Candidate], numbers: Operands, seen: Seen
) -> list[Candidate]:
    """Two edits together: one of the formula, and a sign, a factor, or another of the common ones."""
    found = [
        each.times(factor, second)
        for each in candidates
        for factor, second in _SECOND
        if each.edit.codes[0] != second.codes[0] and each.weight >= 1
    ]
    common = sorted((each.edit for each in candidates if each.weight >= PAIRED), key=lambda e: -e.weight)
    numbers.own(line)
    reader = BallEvaluator(judgement.problem, numbers)
    met: set[Formula] = set()
    most = MOST_PAIRED_IN_CELLS if is_cell_plan(judgement.plan) else MOST_PAIRED
    for first in common[:most]:
        changed = Step(line.step.quantity, line.step.level, line.step.indices, first.formula, line.step.phase)
        seconds = [
            each
            for each in edits(judgement.plan, changed, first.formula)
            if each.weight >= PAIRED and each.codes[0] != first.codes[0] and each.formula not in met
        ]
        met.update(each.formula for each in seconds)
        for candidate in evaluated(reader, line.step, seconds, seen):
            found.append(Candidate(first, candidate.centre, candidate.spread, candidate.edit))
    return found


_WHOLE = ("factor 2", "factor ½")


def _named(top: list[Candidate], fitting: list[Candidate]) -> Diagnosis:
    """The edits that explain most, all of them where they do so equally well."""
    scale = next(
        (each.edit.scale for each in (*top, *fitting) if each.edit.scale and each.second is None), ""
    )
    first = top[0]
    if first.second is not None:
        codes = dict.fromkeys((*first.edit.codes, *first.second.codes))
        return Diagnosis(tuple(codes), (first.edit.change, first.second.change), "", together=True)
    single = [each.edit for each in top if each.second is None]
    found = dict.fromkeys(code for edit in single for code in edit.codes)
    # A factor of the whole formula is one way to see it; that it stands inside is the same once more.
    inside = [edit for edit in single if edit.scale not in _WHOLE]
    told = inside if {code for edit in inside for code in edit.codes} >= found.keys() else single
    changes = tuple(dict.fromkeys(edit.change for edit in told))[:MOST_NAMED]
    return Diagnosis(tuple(found), changes, scale)


def primed(judgement: Judgement, step: Step) -> Formula:
    """The step's formula with f′ written as f′(z)."""
    for variant in judgement.variants[2:3]:
        for other in variant.steps:
            if other.key == step.key:
                return other.formula
    return step.formula
