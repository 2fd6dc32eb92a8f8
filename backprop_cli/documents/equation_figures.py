"""The numbers of a worked equation problem as they are shown, and where their rounding shows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..formula.arithmetic import Array, decimal, round_half_up
from ..formula.tree import Index, Key, Ref
from ..plan.recurrence import position_of
from ..plan.steps import Step
from ..values.compiled_equations import Compiler
from ..values.equation_trace import EquationTrace, equation_numbers
from .shown_numbers import shown_digits


class EquationFigures:
    """The shown text of every value of a trace; positions are the indices' own numbers."""

    def __init__(self, trace: EquationTrace) -> None:
        self.trace, self.problem = trace, trace.problem
        self.given = {key: numbers.texts for key, numbers in equation_numbers(trace.problem).items()}
        self.phases = {step.key: step.phase for step in trace.plan.steps}
        self.by_hand = trace.problem.rounding == "each-step"
        self._shown = {key: self._as_shown(key) for key in trace.values}
        self._compiler = Compiler(trace.problem)

    def digits(self, key: Key) -> int:
        return shown_digits(self.problem.digits[self.phases[key]], key, by_hand=self.by_hand)

    def _as_shown(self, key: Key) -> Array:
        if key in self.given:
            return self.given[key].astype(np.float64)
        return round_half_up(self.trace[key], self.digits(key))

    def at(self, key: Key, position: tuple[int, ...]) -> str:
        """One value, as shown, at a place of its array."""
        if key in self.given:
            return str(self.given[key][position])
        return decimal(float(self.trace[key][position]), self.digits(key))

    def text(self, ref: Ref, bound: Mapping[Index, int]) -> str:
        """The value a reference stands for once all its indices are bound: of a family, or of its start."""
        positions = tuple(position_of(place, bound) for place in ref.indices)
        own = self.problem.axes.get(ref.level, ())
        starts = self.problem.starts.get(ref.level) if ref.quantity == "value" else None
        if starts is not None:
            span = self.problem.range_of(own[starts.axis])
            there = positions[starts.axis]
            if not span.first <= there < span.first + len(span):
                others = (*ref.indices[: starts.axis], *ref.indices[starts.axis + 1 :])
                return self.text(Ref("value", starts.symbols[there], others), bound)
        firsts = (self.problem.range_of(index).first for index in own)
        return self.at(ref.key, tuple(at - first for at, first in zip(positions, firsts, strict=False)))

    def approximate(self, step: Step) -> Array:
        """Where the operands shown do not give the result shown; never when each line is rounded by hand."""
        result = self._shown[step.key]
        if self.by_hand:
            return np.zeros(result.shape, dtype=bool)
        with np.errstate(all="ignore"):
            redone = self._compiler.array(step.formula, step.indices)(self._shown)
            redone = round_half_up(np.asarray(redone), self.digits(step.key))
        return np.asarray(redone != result)
