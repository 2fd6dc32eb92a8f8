"""Two ways to take steps: compiled, for carried precision, and line by line, for rounding by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...errors import InputError
from ...formula.arithmetic import Array, Significant, decimal, round_half_up
from ...formula.tree import Key
from ...plan.plan import make_plan
from ...problem.equations import EquationProblem
from ...problem.problem import Numbers, Problem
from ..solution import solve
from ..trace import given_numbers, work_out
from .compiled import Turn, compile_turn
from .equations import EquationSteps, objective_of
from .store import Store, standard

# Numbers beyond this are looked at line by line: something on the way may have overflowed.
SUSPICIOUS = 1e100


class DivergenceError(InputError):
    """A value overflowed in a step; `taken` steps went well before it."""

    def __init__(self, error: InputError, taken: int) -> None:
        super().__init__(
            f"step {taken + 1} diverges: {error.message}",
            help="a smaller learning rate takes smaller steps" + (f"; {error.help}" if error.help else ""),
        )
        self.taken = taken


def whole_loss(problem: Problem | EquationProblem) -> float:
    """The loss over all samples, the parameters held: as `solve` prints it for a batch."""
    if isinstance(problem, EquationProblem):
        return objective_of(problem)
    return float(work_out(make_plan(replace(problem, learning_rate=None)))["loss", 0])


class Plain:
    """Steps worked out line by line, each value rounded where the problem says so."""

    def __init__(self, problem: Problem | EquationProblem) -> None:
        self.problem = problem

    def advance(self, count: int, until: float) -> tuple[list[float], bool]:
        """Up to `count` steps; the loss before each, and whether it has come down to the bound.

        Raises DivergenceError, with the problem as it was before that step.
        """
        losses: list[float] = []
        for taken in range(count):
            try:
                losses.append(whole_loss(self.problem))
                if losses[-1] <= until:
                    return losses[:-1], True
                self.problem = solve(self.problem).next_problem()
            except InputError as error:
                raise DivergenceError(error, taken) from error
        return losses, False


class Equations:
    """Steps of an equation problem by its compiled plan."""

    def __init__(self, problem: EquationProblem) -> None:
        self.steps = EquationSteps(problem)

    @property
    def problem(self) -> EquationProblem:
        return self.steps.problem

    def advance(self, count: int, until: float) -> tuple[list[float], bool]:
        """As `Plain.advance`, many times as fast."""
        losses, low, well = self.steps.advance(count, until)
        if well:
            return losses, low
        careful = Plain(self.problem)
        try:
            return careful.advance(count, until)
        finally:
            if isinstance(careful.problem, EquationProblem):
                self.steps.adopt(careful.problem)


class Compiled:
    """Steps by the compiled plan."""

    def __init__(self, problem: Problem) -> None:
        self.start = problem
        self.taken = problem.optimizer.taken
        plain = standard(problem)
        self.store = Store(plain)
        turn, self.loss = compile_turn(plain, self.store)
        given = given_numbers(plain)
        self.samples = (given["activation", 0].values, given["target", plain.depth].values)
        self.online = problem.schedule == "online" and problem.samples > 1
        self.turns = self._turns(plain) if self.online else [(turn, *self.samples)]

    def _turns(self, plain: Problem) -> list[tuple[Turn, Array, Array]]:
        known: dict[object, Turn] = {}
        turns: list[tuple[Turn, Array, Array]] = []
        inputs, targets = self.samples
        for position in range(plain.samples):
            own = plain.sample(position)
            steps = make_plan(own).steps
            if steps not in known:
                known[steps] = compile_turn(own, self.store)[0]
            one = slice(position, position + 1)
            turns.append((known[steps], inputs[one], targets[one]))
        return turns

    @np.errstate(all="ignore")
    def advance(self, count: int, until: float) -> tuple[list[float], bool]:
        """As `Plain.advance`, many times as fast."""
        kept, before = self.store.keep(), self.taken
        losses, low, well = self._online(count, until) if self.online else self._batch(count, until)
        if well and not self._suspicious():
            return losses, low
        self.store.restore(kept)
        self.taken = before
        careful = Plain(self.problem)
        try:
            return careful.advance(count, until)
        finally:
            if isinstance(careful.problem, Problem):
                self._adopt(careful.problem)

    def _batch(self, count: int, until: float) -> tuple[list[float], bool, bool]:
        losses: list[float] = []
        turn, x, y = self.turns[0]
        for t in range(self.taken + 1, self.taken + count + 1):
            loss = turn(x, y, t, until)
            if not until < loss < math.inf:
                return losses, loss <= until, loss <= until
            losses.append(loss)
            self.taken = t
        return losses, False, True

    def _online(self, count: int, until: float) -> tuple[list[float], bool, bool]:
        losses: list[float] = []
        for _ in range(count):
            loss = self.loss(*self.samples)
            if not until < loss < math.inf:
                return losses, loss <= until, loss <= until
            losses.append(loss)
            for turn, x, y in self.turns:
                self.taken += 1
                if not turn(x, y, self.taken, -math.inf) < math.inf:
                    return losses, False, False
        return losses, False, True

    def _suspicious(self) -> bool:
        """Whether a number is not finite, or so large that another may not have been on the way."""
        return any(not (np.abs(array) < SUSPICIOUS).all() for array in self.store.flat.values() if array.size)

    @property
    def problem(self) -> Problem:
        """The problem with its parameters, and its optimizer's state, as they are now."""
        values = self.store.values()
        layers = []
        for level, layer in enumerate(self.start.layers, start=1):
            weights, bias = (
                _moved(old, values.get((name, level)), self.start)
                for name, old in (("weights", layer.weights), ("bias", layer.bias))
            )
            layers.append(replace(layer, weights=weights, bias=bias))
        optimizer = replace(self.start.optimizer, taken=self.taken, state=_state(values, self.start))
        return replace(self.start, layers=tuple(layers), optimizer=optimizer)

    def _adopt(self, problem: Problem) -> None:
        """Go on from where a problem is."""
        store = Store(standard(problem))
        self.store.restore(store.flat)
        self.taken = problem.optimizer.taken


def _moved(old: Numbers | None, values: Array | None, problem: Problem) -> Numbers | None:
    return old if old is None or values is None else _shown(values.reshape(old.values.shape), problem, old)


def _state(values: Mapping[Key, Array], problem: Problem) -> dict[Key, Numbers]:
    return {key: _shown(array, problem) for key, array in values.items() if key[0] not in ("weights", "bias")}


def _shown(values: Array, problem: Problem, old: Numbers | None = None) -> Numbers:
    """Numbers as they are shown, with the update's decimals; one that did not change as it was typed."""
    digits = problem.digits["update"]
    if isinstance(digits, Significant):
        texts = [decimal(float(value), digits) for value in values.flat]
    else:
        rounded = round_half_up(values, digits).ravel().tolist()
        texts = (f"%.{digits}f " * len(rounded) % tuple(rounded)).split()  # at once: there may be many
    if old is not None:
        for position in np.flatnonzero(values == old.values):
            texts[position] = str(old.texts.flat[position])
    return Numbers(values, np.array(texts, dtype=object).reshape(values.shape))
