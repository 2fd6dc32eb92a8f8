"""Training: many steps in a row, and what is remembered of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from ...errors import InputError
from ...problem.equations import EquationProblem
from ...problem.problem import Problem
from .trainers import Compiled, DivergenceError, Equations, Plain, whole_loss

SCHEMA = "backprop.steps/1"
BREATH = 0.05  # seconds between two looks at whether to stop
LONGEST = 256  # steps between two looks at whether a value has overflowed


@dataclass(frozen=True, eq=False)
class Training:
    """The losses before the first step and after each, and the problem that the last one left."""

    start: Problem | EquationProblem
    problem: Problem | EquationProblem
    losses: tuple[float, ...]
    reached: bool = False  # the loss that was asked for
    interrupted: bool = False

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.losses) - 1

    def to_dict(self) -> dict[str, object]:
        """The object that `backprop step --format json` writes."""
        if isinstance(self.problem, EquationProblem):
            moved = {symbol: numbers.values.tolist() for symbol, numbers in self.problem.parameters.items()}
            return {"schema": SCHEMA, "losses": list(self.losses), "parameters": moved}
        layers = [
            {
                "name": layer.name,
                "activation_function": layer.activation.name.rstrip("*"),
                "weights": None if layer.weights is None else layer.weights.values.tolist(),
                "bias": None if layer.bias is None else layer.bias.values.tolist(),
            }
            for layer in self.problem.layers
        ]
        return {"schema": SCHEMA, "losses": list(self.losses), "layers": layers}

    def to_csv(self) -> str:
        """The loss before the first step and after each, in full."""
        return "step,loss\n" + "".join(f"{step},{loss!r}\n" for step, loss in enumerate(self.losses))


def train(
    problem: Problem | EquationProblem,
    steps: int,
    *,
    until: float = -math.inf,
    progress: Callable[[int, float], None] = lambda taken, loss: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Training:
    """Take up to so many steps, fewer when the loss comes down to `until` or when `stopped` says so.

    One step is one update from all samples, or with schedule "online" one pass over them (an epoch).
    Raises InputError for a problem that cannot be trained, DivergenceError where a value overflows.
    """
    check_trainable(problem)
    if isinstance(problem, Problem):
        problem = problem.epoch()
    losses = [whole_loss(problem)]
    trainer = _trainer(problem)
    interrupted = reached = False
    chunk, seen = 1, 0
    while seen < steps and not reached and not interrupted:
        began = time.perf_counter()
        count = min(chunk, steps - seen)
        try:
            before, reached = trainer.advance(count, until)
        except DivergenceError as error:
            raise DivergenceError(_cause(error), seen + error.taken) from error
        losses += before
        seen += len(before)
        if time.perf_counter() - began < BREATH / 2:
            chunk = min(2 * chunk, LONGEST)
        progress(seen, losses[-1])
        interrupted = stopped()
    final = trainer.problem
    try:
        last = whole_loss(final)
    except InputError as error:
        raise DivergenceError(error, seen) from error
    # The first was worked out line by line, as `solve` does it, and so is the last.
    losses = [losses[0], *losses[2:], last] if seen else losses
    return Training(problem, final, tuple(losses), reached or last <= until, interrupted and seen < steps)


def _trainer(problem: Problem | EquationProblem) -> Plain | Compiled | Equations:
    if problem.rounding == "each-step" or getattr(problem, "rule", "") == "perceptron":
        return Plain(problem)
    return Equations(problem) if isinstance(problem, EquationProblem) else Compiled(problem)


def _cause(error: DivergenceError) -> InputError:
    cause = error.__cause__
    return cause if isinstance(cause, InputError) else error


def check_trainable(problem: Problem | EquationProblem) -> None:
    """Raises InputError for a problem in letters, or without a learning rate."""
    if problem.symbolic:
        raise InputError(
            f"{problem.title or problem.name} has symbols only, so there are no numbers to move",
            help="give it inputs, targets and weights, or work it out with: backprop solve --values random",
        )
    if problem.learning_rate is None:
        raise InputError(
            "there is no learning rate", help="add --lr 0.1, or learning_rate = 0.1 to the problem file"
        )
    if isinstance(problem, EquationProblem) and not problem.parameters:
        raise InputError(
            "there are no parameters to move", help="numbers that are learned stand below [parameters]"
        )
