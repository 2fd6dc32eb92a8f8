"""The numbers as they are shown: given ones as typed, computed ones at their phase's digits."""

from __future__ import annotations

import numpy as np

from ..formula.arithmetic import Array, Significant, decimal, round_half_up
from ..formula.tree import Key, Ref
from ..plan.steps import Step
from ..problem.problem import MAX_DIGITS, Numbers
from ..values.evaluate import Evaluator
from ..values.trace import Trace, given_numbers
from .symbols import Bound

EXACT = 1e-15  # what is smaller may be 0 but for float64's rounding


TYPED = 12  # a given number with more significant digits was computed, as by a step before


def shown_texts(numbers: Numbers, digits: int) -> np.ndarray:
    """Given numbers as they were typed; what was computed elsewhere, in full precision, at `digits`.

    Three significant digits stay where the decimals would leave fewer.
    """
    if not any(map(_computed, numbers.texts.flat)):
        return numbers.texts
    shown = np.empty(numbers.texts.shape, dtype=object)
    for place in np.ndindex(shown.shape):
        text, value = str(numbers.texts[place]), float(numbers.values[place])
        shown[place] = _rounded(value, digits) if _computed(text) else text
    return shown


def _computed(text: object) -> bool:
    mantissa = str(text).lower().partition("e")[0]
    return sum(map(str.isdigit, mantissa.lstrip("+-0.").replace(".", ""))) > TYPED


def _rounded(value: float, digits: int) -> str:
    few = value != 0 and abs(value) < 10.0 ** (2 - digits)
    return decimal(value, Significant(3) if few else digits)


def shown_digits(digits: int, key: Key, *, by_hand: bool) -> int:
    """The decimals of a quantity: a mean square, as small as a square, has twice those of its phase."""
    squared = "second_moment" in key[0] and not by_hand and not isinstance(digits, Significant)
    return min(2 * digits, MAX_DIGITS) if squared else digits


class Figures:
    """The shown text of every value of a trace, and which lines its rounding makes approximate."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.problem = trace.problem
        self.by_hand = trace.problem.rounding == "each-step"
        given = given_numbers(trace.problem).items()
        self.given = {key: self._readable(numbers) for key, numbers in given}
        self.phases = {step.key: step.phase for step in trace.plan.steps}
        self._shown = {key: self._as_shown(key) for key in trace.values}

    def digits(self, key: Key) -> int:
        return shown_digits(self.problem.digits[self.phases[key]], key, by_hand=self.by_hand)

    def _readable(self, numbers: Numbers) -> np.ndarray:
        """The texts as typed, but for what no hand types: by hand all digits count, else they are rounded."""
        return numbers.texts if self.by_hand else shown_texts(numbers, self.problem.digits["update"])

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
