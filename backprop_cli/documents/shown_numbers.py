"""The numbers as they are shown: given ones as typed, computed ones at their phase's digits."""

from __future__ import annotations

import numpy as np

from ..formula.arithmetic import Array, round_half_up
from ..formula.tree import Key, Ref
from ..plan.steps import Step
from ..problem.problem import MAX_DIGITS
from ..values.evaluate import Evaluator
from ..values.trace import Trace, given_numbers
from .symbols import Bound

EXACT = 1e-15  # what is smaller may be 0 but for float64's rounding


def decimal(value: float, digits: int) -> str:
    """A number with that many decimals, ties away from zero, −0 as 0: as by-hand rounding gives it."""
    rounded = float(round_half_up(np.asarray(value, dtype=np.float64), digits))
    if abs(rounded) >= 1e15:
        return f"{rounded:.{max(digits, 1)}e}"
    return f"{rounded:.{digits}f}"


class Figures:
    """The shown text of every value of a trace, and which lines its rounding makes approximate."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.problem = trace.problem
        self.given = {key: numbers.texts for key, numbers in given_numbers(trace.problem).items()}
        self.phases = {step.key: step.phase for step in trace.plan.steps}
        self.by_hand = trace.problem.rounding == "each-step"
        self._shown = {key: self._as_shown(key) for key in trace.values}

    def digits(self, key: Key) -> int:
        digits = self.problem.digits[self.phases[key]]
        if "second_moment" in key[0] and not self.by_hand:  # a square is as small as twice the decimals
            return min(2 * digits, MAX_DIGITS)
        return digits

    def _as_shown(self, key: Key) -> Array:
        if key in self.given:  # as written: parameters that earlier turns moved are rounded
            return self.given[key].astype(np.float64)
        return round_half_up(self.trace[key], self.digits(key))

    def at(self, key: Key, position: tuple[int, ...]) -> str:
        """One value, as shown."""
        if key in self.given:
            return str(self.given[key][position])
        return decimal(float(self.trace[key][position]), self.digits(key))

    def text(self, ref: Ref, bound: Bound) -> str:
        """The value a reference stands for once all its indices are bound."""
        return self.at(ref.key, tuple(bound[index] for index in ref.indices))

    def vanished(self, step: Step) -> int:
        """How many of a step's values are not 0 and shown as 0, or made 0 by rounding by hand."""
        gone = self._shown[step.key] == 0
        if not gone.any():
            return 0
        values = self.trace[step.key]
        if self.by_hand:
            with np.errstate(all="ignore"):
                values = Evaluator(self.problem, self.trace.values).array(step.formula, step.indices)
        return int((gone & (np.abs(values) > EXACT)).sum())

    def approximate(self, step: Step) -> Array:
        """Where the operands shown do not give the result shown; never when each line is rounded by hand."""
        result = self._shown[step.key]
        if self.by_hand:
            return np.zeros(result.shape, dtype=bool)
        with np.errstate(all="ignore"):
            redone = Evaluator(self.problem, self._shown).array(step.formula, step.indices)
            redone = round_half_up(redone, self.digits(step.key))
        return np.asarray(redone != result)
