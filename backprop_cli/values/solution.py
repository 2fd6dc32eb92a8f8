"""What `solve` gives back: every value of a worked problem, as frozen arrays and as JSON.

Shapes: per-sample values are [sample][unit], weights [unit][input], biases [unit]; a shared bias is one
number, of shape (1,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeVar, get_args, overload

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array, decimal, round_half_up
from ..formula.tree import Key
from ..plan.optimizers import moved_on
from ..plan.plan import make_plan
from ..problem.equations import EquationProblem
from ..problem.problem import MAX_DIGITS, PHASES, Layer, Numbers, Problem, Rounding
from ..records import dataclass
from .trace import Trace, work_out

if TYPE_CHECKING:
    from .equation_solution import EquationSolution

SCHEMA = "backprop.solution/1"
PER_SAMPLE = ("preactivation", "activation", "activation_gradient", "delta")


@dataclass(frozen=True, eq=False)
class LayerSolution:
    """One layer's values: ∂ℓ/∂a and ∂ℓ/∂z of a sample's own loss ℓ, ∂L/∂w and ∂L/∂b of the whole loss L."""

    name: str
    activation_function: str
    weights: Array  # [unit][input]
    bias: Array | None  # [unit]
    preactivation: Array  # [sample][unit], as the three below
    activation: Array
    activation_gradient: Array
    delta: Array
    weight_gradient: Array
    bias_gradient: Array | None
    new_weights: Array | None  # None without a learning rate
    new_bias: Array | None

    def to_dict(self) -> dict[str, Any]:
        """The layer as the contract's JSON has it: null without a bias, no new_* without a learning rate."""
        values: dict[str, Any] = {"name": self.name, "activation_function": self.activation_function}
        for role in ("weights", "bias", *PER_SAMPLE, "weight_gradient", "bias_gradient"):
            values[role] = _json(getattr(self, role))
        if self.new_weights is not None:
            values["new_weights"] = _json(self.new_weights)
            values["new_bias"] = _json(self.new_bias)
        return values


@dataclass(frozen=True, eq=False)
class Solution:
    """A worked problem; `traces` keeps its lines: one trace, or with schedule "online" one for each turn.

    With schedule "online" a sample's values are those of its own turn, `weights` are the ones before the
    first turn, `new_weights` the ones after the last, and the gradients are the sums over the turns.
    """

    problem: Problem
    traces: tuple[Trace, ...]
    loss: float
    sample_losses: Array
    input_gradient: Array  # [sample][input], ∂ℓ/∂x
    layers: tuple[LayerSolution, ...]

    def to_dict(self) -> dict[str, Any]:
        """The object that `backprop solve --format json` writes; what overflows off the page is null.

        An online problem has its turns besides: the values of each, the parameters before and after it.
        """
        found: dict[str, Any] = {
            "schema": SCHEMA,
            "problem": self.problem.name,
            "rounding": self.problem.rounding,
            "loss": self.loss,
            "sample_losses": _json(self.sample_losses),
            "input_gradient": _json(self.input_gradient),
            "layers": [layer.to_dict() for layer in self.layers],
        }
        if len(self.traces) > 1:
            found["turns"] = [
                {"sample": turn, **_turn(_gathered(trace.problem, (trace,)).to_dict())}
                for turn, trace in enumerate(self.traces, start=1)
            ]
        return found

    def _repr_html_(self) -> str:
        """The worked solution, as a notebook shows it."""
        from ..notebook import shown_as

        return shown_as(self, "html")

    def _repr_markdown_(self) -> str:
        from ..notebook import shown_as

        return shown_as(self, "markdown")

    def next_problem(self) -> Problem:
        """The problem with its parameters moved on by this step, online by one pass over the samples.

        Raises InputError without a learning rate.
        """
        return _moved_on(self.problem, self.traces[-1])


def _turn(solution: dict[str, Any]) -> dict[str, Any]:
    """What is told of one turn of an online problem."""
    return {name: solution[name] for name in ("loss", "layers")}


@overload
def solve(problem: Problem, *, rounding: Rounding | None = None, digits: int | None = None) -> Solution: ...
@overload
def solve(
    problem: EquationProblem, *, rounding: Rounding | None = None, digits: int | None = None
) -> EquationSolution: ...
def solve(
    problem: Problem | EquationProblem, *, rounding: Rounding | None = None, digits: int | None = None
) -> Solution | EquationSolution:
    """Work a problem out: forward, loss, backward, gradients, and the update where there is a learning rate.

    `rounding` and `digits` (the same for every phase) stand in for the problem's own.
    Raises InputError for a problem in letters only, and where a value overflows or a logarithm has none.
    """
    if isinstance(problem, EquationProblem):
        from .equation_solution import solve_equations

        return solve_equations(_with_options(problem, rounding, digits))
    problem = _with_options(problem, rounding, digits)
    if problem.symbolic:
        raise InputError(
            "the problem has letters and no numbers, so there is nothing to work out",
            help="give it inputs, targets and weights, or let random ones be drawn",
        )
    if problem.schedule == "online" and problem.learning_rate is not None and problem.samples > 1:
        return _online(problem)
    return _gathered(problem, (work_out(make_plan(problem)),))


Either = TypeVar("Either", Problem, EquationProblem)


def _with_options(problem: Either, rounding: Rounding | None, digits: int | None) -> Either:
    if rounding is not None:
        if rounding not in get_args(Rounding):
            choices = " or ".join(f'"{choice}"' for choice in get_args(Rounding))
            raise InputError(f'rounding is "{rounding}", expected {choices}')
        problem = replace(problem, rounding=rounding)
    if digits is not None:
        if not 0 <= digits <= MAX_DIGITS:
            raise InputError(f"digits is {digits}, expected a whole number from 0 to {MAX_DIGITS}")
        problem = replace(problem, digits=dict.fromkeys(PHASES, digits))
    return problem


def _online(problem: Problem) -> Solution:
    """One update after each sample in turn."""
    traces: list[Trace] = []
    moved = problem
    for position in range(problem.samples):
        try:
            traces.append(work_out(make_plan(moved.sample(position))))
        except InputError as error:
            raise InputError(
                f"in the turn of sample {position + 1}: {error.message}", path=error.path, help=error.help
            ) from error
        moved = _moved_on(moved, traces[-1])
    return _gathered(problem, tuple(traces))


def _moved_on(problem: Problem, trace: Trace) -> Problem:
    """The problem with the new parameters of a trace in place of the old ones."""
    if problem.learning_rate is None:
        raise InputError("the problem has no learning rate, so its weights cannot be updated")
    layers: list[Layer] = []
    for level, layer in enumerate(problem.layers, start=1):
        weights = _renewed(layer.weights, trace, ("new_weights", level))
        layers.append(replace(layer, weights=weights, bias=_renewed(layer.bias, trace, ("new_bias", level))))
    return replace(problem, layers=tuple(layers), optimizer=moved_on(trace.problem, trace.values))


def _renewed(old: Numbers | None, trace: Trace, key: Key) -> Numbers | None:
    """New values, written with the update's decimals; a value that did not change stays as it was typed."""
    if old is None:
        return None
    digits = trace.problem.digits["update"]
    values = trace[key].reshape(old.values.shape).copy()
    pairs = zip(values.flat, old.values.flat, old.texts.flat, strict=True)
    texts = [str(text) if value == before else decimal(float(value), digits) for value, before, text in pairs]
    return Numbers(values, np.array(texts, dtype=object).reshape(values.shape))


def _gathered(problem: Problem, traces: tuple[Trace, ...]) -> Solution:
    """The values of all traces together, one sample after the other."""
    sample_losses = _stacked(traces, "sample_losses", 0)
    loss = float(traces[0]["loss", 0])
    if len(traces) > 1:
        with np.errstate(over="ignore"):
            turns = np.array([trace["loss", 0] for trace in traces])
            loss = float(turns.mean() if problem.batch == "mean" else turns.sum())
        _require_finite(loss, "loss")
        if problem.rounding == "each-step":
            loss = float(round_half_up(np.asarray(loss), problem.digits["loss"]))
    return Solution(
        problem=problem,
        traces=traces,
        loss=loss,
        sample_losses=sample_losses,
        input_gradient=_stacked(traces, "input_gradient", 0),
        layers=tuple(_layer(problem, traces, level) for level in range(1, problem.depth + 1)),
    )


def _layer(problem: Problem, traces: tuple[Trace, ...], level: int) -> LayerSolution:
    layer = problem.layer(level)
    first, last = traces[0], traces[-1]
    biased, updated = layer.has_bias, problem.learning_rate is not None

    def gradient(quantity: str) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            total = _parameter(*(trace[quantity, level] for trace in traces))
        _require_finite(total, f"{layer.name}.{quantity}")
        if len(traces) > 1 and problem.rounding == "each-step":
            return _read_only(round_half_up(total, problem.digits["gradient"]))
        return total

    return LayerSolution(
        name=layer.name,
        activation_function=layer.activation.name.rstrip("*"),
        weights=_parameter(first["weights", level]),
        bias=_parameter(first["bias", level]) if biased else None,
        preactivation=_stacked(traces, "preactivation", level),
        activation=_stacked(traces, "activation", level),
        activation_gradient=_stacked(traces, "activation_gradient", level),
        delta=_stacked(traces, "delta", level),
        weight_gradient=gradient("weight_gradient"),
        bias_gradient=gradient("bias_gradient") if biased else None,
        new_weights=_parameter(last["new_weights", level]) if updated else None,
        new_bias=_parameter(last["new_bias", level]) if biased and updated else None,
    )


def _require_finite(total: float | Array, cell: str) -> None:
    if not np.isfinite(total).all():
        raise InputError(f"{cell} cannot be worked out: the sum over the samples overflows")


def _parameter(*arrays: Array) -> Array:
    """One array, or the sum of one for each turn; a shared bias gets its one axis."""
    return _read_only(np.atleast_1d(reduce(np.add, arrays)))


def _stacked(traces: Sequence[Trace], quantity: str, level: int) -> Array:
    return _read_only(np.concatenate([trace[quantity, level] for trace in traces]))


def _read_only(array: Array) -> Array:
    """A copy that cannot be written to, without −0."""
    array = array + 0.0
    array.setflags(write=False)
    return array


def _json(array: Array | None) -> Any:
    """Nested lists of numbers, null for what is not finite."""
    if array is None:
        return None
    cells = array.astype(object)
    cells[~np.isfinite(array)] = None
    return cells.tolist()
