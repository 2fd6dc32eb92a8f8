"""A program's arrays, graded: `from backprop_cli import check`.

report = check(problem, {"hid.delta": delta, "W1": W1, "dW1": dW1, "loss": loss})
assert report.ok, report
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..files.problem_file import read_problem
from ..problem.problem import PHASES, Problem
from ..sheets.answers import Answers
from ..sheets.arrays import ArrayAnswers, array_answers
from ..values.turns import sheet_plan
from .cell_result import CellResult
from .grade import Options, grade
from .report.exports import to_json
from .report.feedback import feedback
from .report.report import BaseReport
from .symbolic import grade_symbolic

RELATIVE = 1e-6
WIDTH = 100


@dataclass(frozen=True, eq=False)
class Report:
    """What `check` found; `str(report)` is what the terminal shows, and a notebook shows it by itself.

    `ok` is whether everything asked is right, `first_slip` the name of the first wrong cell, or None.
    """

    graded: BaseReport
    notes: tuple[str, ...] = ()
    losses: tuple[CellResult, ...] = ()

    @property
    def ok(self) -> bool:
        return self.score == self.max_score > 0 and not self.first_slip

    @property
    def score(self) -> float:
        return float(self.graded.scores[0]) + sum(loss.credit for loss in self.losses)

    @property
    def max_score(self) -> float:
        return float(self.graded.max_scores[0]) + len(self.losses)

    @property
    def first_slip(self) -> str | None:
        first = self.graded.first_slip(0)
        if first is not None:
            return self.graded.cells[first].name
        return next((loss.cell for loss in self.losses if loss.verdict == "slip"), None)

    @property
    def cells(self) -> list[CellResult]:
        """The graded cells, in order."""
        return [*self.graded.results(0), *self.losses]

    def to_dict(self) -> dict[str, Any]:
        """The object that `backprop check --format json` writes."""
        found = to_json(self.graded)
        result = found["results"][0]
        result["score"], result["max_score"] = round(self.score, 6), round(self.max_score, 6)
        result["first_slip"] = self.first_slip
        result["cells"] += [loss.to_dict() for loss in self.losses]
        return found

    def __str__(self) -> str:
        from ..render.terminal import as_text

        told = [as_text(feedback(self.graded, 0), WIDTH).rstrip()]
        told += [f"note: {note}" for note in self.notes]
        told += [f"{loss.cell}: {loss.message}" for loss in self.losses if loss.verdict == "slip"]
        return "\n".join(told)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The feedback, as a notebook shows it."""
        from ..render.papers import Style, paper_of

        return paper_of(feedback(self.graded, 0), "html", Style(fragment=True)).decode()


def check(
    problem: Any,
    answers: Mapping[str, Any],
    *,
    digits: int | None = None,
    partial: bool = True,
    names: Mapping[str, str] | None = None,
) -> Report:
    """Grade a program's numbers, each against the key and against what its own numbers above give.

    `problem` is a problem, or what `load` takes. `answers` maps cells or whole quantities ("hid.delta",
    "out.weight_gradient[1,2]", "gradient.W", "loss", or W1, b1, Z1, A1, dW1, … where that is clear) to
    arrays, numbers or texts in the JSON's orientation; `names` says what other names mean. "losses" are
    those before the first step and after each. Arrays are judged by what their floats can hold, or by
    `digits` decimals; without `partial` what is left out counts as missing.

    Raises InputError for a name or a shape that does not fit, telling both shapes.
    """
    problem = read_problem(problem) if isinstance(problem, str) or hasattr(problem, "__fspath__") else problem
    plan = sheet_plan(problem)
    found = array_answers(plan, answers, names)
    table = Answers(
        problem,
        plan,
        ("",),
        ("your arrays",),
        {name: [text] for name, text in found.cells.items()},
        {name: np.ones(1, dtype=bool) for name in found.cells},
        whole_sheet=np.array([not partial]),
        noise={} if digits is not None else {name: np.array([one]) for name, one in found.noise.items()},
    )
    asked = None if digits is None else dict.fromkeys(PHASES, digits)
    options = Options(partial=partial, digits=asked)
    graded = (grade_symbolic if problem.symbolic else grade)(table, options)
    return Report(graded, tuple(found.notes), _losses(problem, found, digits))


def _losses(problem: Problem, found: ArrayAnswers, digits: int | None) -> tuple[CellResult, ...]:
    """The losses before the first step and after each, as `backprop step` has them."""
    if found.losses is None:
        return ()
    if not isinstance(problem, Problem):
        raise InputError("losses of a problem of equations cannot be compared", help="compare its values")
    from ..values.training.loop import train

    due = train(problem, len(found.losses) - 1).losses
    results = []
    for step, (own, right) in enumerate(zip(found.losses, due, strict=True)):
        room = 0.5 * 10.0**-digits if digits is not None else RELATIVE * max(abs(right), 1e-3) * (step + 1)
        good = abs(own - right) <= room
        after = "before the first step" if step == 0 else f"after step {step}"
        message = "" if good else f"The loss {after} is {right:.8g}, yours is {own:.8g}."
        results.append(
            CellResult(
                f"losses[{step + 1}]",
                f"loss {after}",
                repr(own),
                right,
                None,
                "correct" if good else "slip",
                float(good),
                1.0,
                (),
                message,
            )
        )
    return tuple(results)
