"""Steps of an equation problem: its plan compiled once and run again and again."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ...formula.arithmetic import Array
from ...formula.tree import Key, Ref, refs
from ...plan.equation_plan import forward_steps
from ...plan.plan import make_plan
from ...plan.steps import EquationPlan, Step
from ...problem.equations import EquationProblem
from ..compiled_equations import STEP
from ..equation_solution import renewed
from ..equation_trace import Worked, equation_numbers, work_out_equations

# Numbers beyond this are looked at line by line: something on the way may have overflowed.
SUSPICIOUS = 1e100


def objective_of(problem: EquationProblem) -> float:
    """The objective as `solve` prints it, the parameters held."""
    trace = work_out_equations(EquationPlan(problem, tuple(forward_steps(problem))))
    return float(trace["value", problem.objective])


class EquationSteps:
    """Steps at full precision, each parameter and what the optimizer keeps moved in place."""

    def __init__(self, problem: EquationProblem) -> None:
        self.start = problem
        self.taken = problem.optimizer.taken
        plan = make_plan(problem)
        self.worked = Worked(EquationPlan(problem, _needed(plan, problem)))
        self.values: dict[Key, Array] = {
            key: numbers.values for key, numbers in equation_numbers(problem).items()
        }
        # Where a step's results go: new → value, new_velocity → velocity.
        self.moves: list[tuple[Key, Key]] = []
        for quantity, symbol in (step.key for step in self.worked.plan.steps):
            if quantity == "new":
                self.moves.append(((quantity, symbol), ("value", symbol)))
            elif quantity.startswith("new_"):
                self.moves.append(((quantity, symbol), (quantity.removeprefix("new_"), symbol)))
        self.kept = [target for _, target in self.moves]

    @np.errstate(all="ignore")
    def advance(self, count: int, until: float) -> tuple[list[float], bool, bool]:
        """Up to `count` steps: the objective before each, whether it came down to `until`, and all is well.

        Where something overflows, nothing has moved.
        """
        before, taken = {key: self.values[key] for key in self.kept}, self.taken
        losses, reached = self._run(count, until)
        well = all(math.isfinite(loss) for loss in losses) and all(
            bool((np.abs(self.values[key]) < SUSPICIOUS).all()) for key in self.kept
        )
        if not well:
            self.values.update(before)
            self.taken = taken
        return losses, reached, well

    def _run(self, count: int, until: float) -> tuple[list[float], bool]:
        losses: list[float] = []
        values, objective = self.values, ("value", self.start.objective)
        for _ in range(count):
            values[STEP] = np.asarray(self.taken + 1.0)
            held = {key: values[key] for key in self.kept}
            self.worked.run(values)
            loss = float(values[objective])
            if loss <= until:
                values.update(held)
                return losses, True
            losses.append(loss)
            for source, target in self.moves:
                values[target] = values[source]
            self.taken += 1
        return losses, False

    @property
    def problem(self) -> EquationProblem:
        """The problem with its parameters, and its optimizer's state, as they are now."""
        digits = self.start.digits["update"]
        moved = {
            symbol: renewed(old, np.asarray(self.values["value", symbol]) + 0.0, digits)
            for symbol, old in self.start.parameters.items()
        }
        numbers = equation_numbers(self.start)
        state = {
            key: renewed(numbers[key], np.asarray(self.values[key]) + 0.0, digits)
            for key in self.kept
            if key[0] != "value"
        }
        optimizer = replace(self.start.optimizer, taken=self.taken, state=state)
        return replace(self.start, parameters=moved, optimizer=optimizer)

    def adopt(self, problem: EquationProblem) -> None:
        """Go on from where a problem is."""
        self.taken = problem.optimizer.taken
        self.values.update({key: numbers.values for key, numbers in equation_numbers(problem).items()})


def _needed(plan: EquationPlan, problem: EquationProblem) -> tuple[Step, ...]:
    """The steps that the objective and the update need, in the plan's order."""
    steps = {step.key: step for step in plan.steps}
    wanted = [("value", problem.objective), *(step.key for step in plan.steps if step.phase == "update")]
    found: set[Key] = set()
    while wanted:
        key = wanted.pop()
        if key in found or key not in steps:
            continue
        found.add(key)
        for ref in refs(steps[key].formula):
            wanted.append(ref.key)
            starts = problem.starts.get(ref.level) if ref.quantity == "value" else None
            wanted += [Ref("value", symbol).key for symbol in starts.symbols.values()] if starts else []
    return tuple(step for step in plan.steps if step.key in found)
