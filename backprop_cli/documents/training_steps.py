"""Steps taken as a document: the update worked out, the parameters, and what became of the loss."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..formula.arithmetic import Array, decimal
from ..formula.tree import Index, Ref
from ..plan.optimizers import RULES
from ..plan.plan import make_plan
from ..plan.steps import bias, weights
from ..problem.equations import EquationProblem
from ..problem.problem import Phase, Problem
from ..values.equation_solution import EquationSolution
from ..values.equation_trace import work_out_equations
from ..values.solution import Solution
from ..values.trace import work_out
from ..values.training.loop import Training
from .document import Block, Column, Digits, Document, Equation, Heading, Math, Paragraph, Symbol, Table
from .equation_lines import MAX_LINES
from .equation_solution import given_numbers_of
from .equation_writing import EquationSymbols
from .given import given_equations
from .optimizer_symbols import setting_symbol
from .symbols import Symbols
from .worked_solution import solution_document

BARS = "▁▂▃▄▅▆▇█"
SPARKS = 60  # bars in a sparkline
_GRADIENTS = {"weights": "weight_gradient", "bias": "bias_gradient", "value": "gradient"}


def one_step_document(solution: Solution | EquationSolution, training: Training, promise: float) -> Document:
    """One step: its update line by line, every parameter before and after, the loss before and after."""
    problem = training.start
    only: frozenset[Phase] = frozenset(("update",))
    if isinstance(solution, Solution):
        document = solution_document(solution.traces[0].plan, solution.traces, only)
    else:
        document = solution_document(solution.trace.plan, solution.traces, only)
    blocks: list[Block] = list(document.blocks)
    if parameters_of(problem) > MAX_LINES:
        blocks.append(_ranges(problem, training.problem, "old", "new", solution))
    elif len(solution.traces) > 1:
        blocks += [Heading("All samples"), _parameters(problem, training.problem, "old", "new")]
    blocks += _losses(problem, training.losses[0], training.losses[-1], promise)
    return Document(
        document.title,
        document.source,
        document.description,
        _given(problem),
        (*_remarks(problem), *document.remarks, *_lost_squares(solution)),
        tuple(blocks),
    )


def many_steps_document(training: Training, every: int | None, *, spark: bool) -> Document:
    """Many steps: the loss after chosen ones, its curve, and the parameters before and after."""
    problem = training.start
    blocks: list[Block] = [Heading("Training"), _chosen(training, every)]
    if spark and training.steps > 1:
        blocks.append(Paragraph(sparkline(training.losses)))
    blocks.append(Paragraph(_summary(training)))
    blocks.append(Heading("Parameters"))
    small = parameters_of(problem) <= MAX_LINES
    blocks.append((_parameters if small else _ranges)(problem, training.problem, "start", "now"))
    return Document(
        problem.title,
        problem.source,
        problem.description,
        _given(problem),
        tuple(_remarks(problem)),
        tuple(blocks),
    )


def _given(problem: Problem | EquationProblem) -> tuple[Equation, ...]:
    if isinstance(problem, EquationProblem):
        return given_numbers_of(problem)
    return given_equations(problem, with_samples=True)


def _symbols(problem: Problem | EquationProblem) -> Any:
    """How the quantities are written; either kind writes a reference, and whole symbols."""
    return EquationSymbols(problem) if isinstance(problem, EquationProblem) else Symbols(problem)


def _loss_name(problem: Problem | EquationProblem) -> str:
    return (
        problem.objective if isinstance(problem, EquationProblem) else problem.notation.loss.partition("(")[0]
    )


def parameters_of(problem: Problem | EquationProblem) -> int:
    """How many parameters there are."""
    return sum(array.size for _, array in _arrays(problem))


def _arrays(problem: Problem | EquationProblem) -> Iterator[tuple[Ref, Array]]:
    """Each layer's weights and biases, from the output back as the gradients are; or every parameter."""
    if isinstance(problem, EquationProblem):
        for symbol, own in problem.parameters.items():
            yield Ref("value", symbol, problem.axes[symbol]), own.values
        return
    for level in range(problem.depth, 0, -1):
        layer = problem.layer(level)
        for parameter in layer.parameters:
            numbers = layer.weights if parameter == "weights" else layer.bias
            if numbers is not None:
                ref = weights(level) if parameter == "weights" else bias(problem, level)
                yield ref, numbers.values if ref.indices else numbers.values.reshape(())


def _parameters(
    start: Problem | EquationProblem, end: Problem | EquationProblem, first: str, last: str
) -> Table:
    """Every parameter before and after."""
    digits = start.digits["update"]
    symbols = _symbols(start)
    groups = []
    for (ref, old), (_, new) in zip(_arrays(start), _arrays(end), strict=True):
        rows: list[tuple[str | Math, ...]] = []
        for position in np.ndindex(old.shape):
            bound = _bound(start, ref, position)
            values = (float(old[position]), float(new[position]), float(new[position] - old[position]))
            rows.append((symbols.write(ref, bound), *(Digits(decimal(value, digits)) for value in values)))
        groups.append(tuple(rows))
    titles = (first, last, "change")
    return Table((Column("Parameter"), *(Column(title, numeric=True) for title in titles)), tuple(groups))


def _bound(problem: Problem | EquationProblem, ref: Ref, position: tuple[int, ...]) -> dict[Index, int]:
    """The indices at a place of the array; in equations they have numbers of their own."""
    bound = dict(zip(ref.indices, position, strict=True))
    if isinstance(problem, EquationProblem):
        return {index: place + problem.range_of(index).first for index, place in bound.items()}
    return bound


def _ranges(
    start: Problem | EquationProblem,
    end: Problem | EquationProblem,
    first: str,
    last: str,
    solution: Solution | EquationSolution | None = None,
) -> Table:
    """Of each layer's parameters, and of one step's gradients, the least and the greatest."""
    digits = start.digits["update"]
    symbols = _symbols(start)
    rows: list[tuple[str | Math, ...]] = []

    def span(values: Array) -> str:
        least, most = (
            decimal(float(value), digits).replace("-", "−") for value in (values.min(), values.max())
        )
        return least if values.size == 1 else f"{least} to {most}"

    for (ref, old), (_, new) in zip(_arrays(start), _arrays(end), strict=True):
        spans = [span(old), span(new)]
        if solution is not None:
            gradient = _gradient(solution, ref)
            spans.insert(1, "" if gradient is None else span(gradient))
        size = " × ".join(str(count) for count in old.shape) or "1"
        rows.append((symbols.whole(ref), size, *spans))
    titles = (first, last) if solution is None else (first, "gradient", last)
    return Table(tuple(Column(title) for title in ("Parameters", "size", *titles)), (tuple(rows),))


def _gradient(solution: Solution | EquationSolution, ref: Ref) -> Array | None:
    """A parameter's gradient; None where the objective does not depend on it."""
    if not isinstance(solution, Solution):
        return solution.gradients.get(ref.level)
    found: Array = getattr(solution.layers[ref.level - 1], _GRADIENTS[ref.quantity])
    return found


def promised(problem: Problem | EquationProblem, after: Problem | EquationProblem) -> float:
    """What the gradient says the loss changes by, to first order: Σ ∂L/∂w·(new w − w).

    For plain gradient descent that is −η‖∇L‖².
    """
    if isinstance(problem, EquationProblem):
        values = work_out_equations(make_plan(problem)).values
    else:
        values = work_out(make_plan(problem)).values
    moved = {ref.key: array for ref, array in _arrays(after)}
    total = 0.0
    for ref, old in _arrays(problem):
        gradient = values.get((_GRADIENTS[ref.quantity], ref.level))
        if gradient is not None:
            total += float((gradient * (moved[ref.key] - old)).sum())
    return total


def _losses(
    problem: Problem | EquationProblem, before: float, after: float, promise: float
) -> Iterator[Block]:
    change = after - before
    if isinstance(problem, Problem) and problem.rule == "perceptron":
        mistakes = tuple((title, f"{value:g}") for title, value in (("before", before), ("after", after)))
        yield Heading("Mistakes before and after")
        yield Table((Column("Mistakes"), Column("", numeric=True)), (mistakes,))
        return
    name = _loss_name(problem)
    digits = _telling(problem.digits["loss"], change, promise)
    plain = problem.optimizer.name == "gradient_descent" and "weight_decay" not in problem.optimizer.settings
    online = isinstance(problem, Problem) and problem.schedule == "online" and problem.samples > 1
    formula = f"−{problem.notation.learning_rate}·‖∇{name}‖²" if plain and not online else f"∇{name}·Δ"
    rows = [
        ("before", before),
        ("after", after),
        ("change", change),
        (f"the gradient's estimate, {formula}", promise),
    ]
    cells = tuple((title, Digits(decimal(value, digits))) for title, value in rows)
    yield Heading("Loss before and after")
    yield Table((Column(f"Loss {name}"), Column("", numeric=True)), (cells,))
    yield Paragraph(_verdict(problem, change, promise, digits))


def _verdict(problem: Problem | EquationProblem, change: float, promise: float, digits: int) -> str:
    size = decimal(abs(change), digits).replace("-", "−")
    if change > 0:
        rate = str(problem.learning_rate.texts) if problem.learning_rate else ""
        remark = (
            f"The loss rose by {size}: with {problem.notation.learning_rate} = {rate} the step overshoots"
        )
        return f"{remark}. A smaller learning rate takes a smaller step."
    if change == 0:
        why = "no parameter moved" if promise == 0 else "what moved is lost in the rounding"
        return f"The loss is the same as before: {why}."
    if promise >= 0:
        return f"The loss fell by {size}, though the gradient alone did not foretell it."
    return f"The loss fell by {size}, {100 * change / promise:.3g} % of the gradient's estimate."


def _telling(digits: int, *values: float) -> int:
    """As many decimals as show three figures of the smallest of these."""
    least = min((abs(value) for value in values if value), default=1.0)
    return min(15, max(digits, 3 - math.floor(math.log10(least)) - 1))


def _chosen(training: Training, every: int | None) -> Table:
    """The loss at the first and the last step, and at powers of ten or every so many."""
    last = training.steps
    if every:
        wanted = {*range(0, last + 1, every), last}
    else:
        wanted = {0, last, *(10**power for power in range(len(str(last))) if 10**power <= last)}
    shown = sorted(wanted)
    differences = [training.losses[b] - training.losses[a] for a, b in pairwise(shown)]
    digits = _telling(training.start.digits["loss"], *differences, *training.losses)
    digits = min(digits, max(training.start.digits["loss"], 10))
    rows = [(str(step), Digits(decimal(training.losses[step], digits))) for step in shown]
    name = _loss_name(training.start)
    return Table((Column("Step", numeric=True), Column(f"Loss {name}", numeric=True)), (tuple(rows),))


def _summary(training: Training) -> str:
    before, after = training.losses[0], training.losses[-1]
    steps = f"{training.steps} step{'' if training.steps == 1 else 's'}"
    if not training.steps and not training.interrupted:
        return f"The loss is {before:.6g} already, so no step was needed."
    how = "rose" if after > before else "fell" if after < before else "stayed"
    text = f"In {steps} the loss {how} "
    text += f"at {before:.6g}." if before == after else f"from {before:.6g} to {after:.6g}."
    if after > before:
        text += " The learning rate overshoots: try a smaller one."
    if training.interrupted:
        text += " Stopped before the end; this is what was reached."
    return text


def sparkline(values: Sequence[float]) -> str:
    """The values as bars, by their logarithm where they span more than a hundredfold."""
    places = np.unique(np.linspace(0, len(values) - 1, min(SPARKS, len(values))).round().astype(int))
    heights = np.array([values[place] for place in places])
    if heights.min() > 0 and heights.max() > 100 * heights.min():
        heights = np.log(heights)
    span = float(heights.max() - heights.min())
    levels = np.zeros(len(heights)) if span == 0 else (heights - heights.min()) / span
    return "".join(BARS[round(float(level) * (len(BARS) - 1))] for level in levels)


def _remarks(problem: Problem | EquationProblem) -> Iterator[str]:
    """The optimizer with its settings, where it is not plain gradient descent."""
    optimizer = problem.optimizer
    if optimizer.name != "gradient_descent" or optimizer.settings:
        symbols = _symbols(problem)
        names = {key: _plain(setting_symbol(symbols, key)) for key in optimizer.settings}
        parts = [f"{names[key]} = {number.texts}" for key, number in optimizer.settings.items()]
        yield ", ".join([RULES[optimizer.name].title, *parts, f"from step t = {optimizer.taken + 1}"])


def _plain(symbol: Symbol) -> str:
    return symbol.name + "".join(symbol.subscripts).translate({ord("1"): "₁", ord("2"): "₂"})


def _lost_squares(solution: Solution | EquationSolution) -> Iterator[str]:
    """A warning where rounding by hand makes a mean square 0 that an optimizer then divides by."""
    if solution.problem.rounding != "each-step":
        return
    for trace in solution.traces:
        for (quantity, level), values in trace.values.items():
            if not quantity.startswith("new_second_moment"):
                continue
            parameter = quantity.removeprefix("new_second_moment").lstrip("_") or "value"
            if parameter in _GRADIENTS:
                gradient = trace[_GRADIENTS[parameter], level]
                if ((values == 0) & (gradient != 0)).any():
                    yield "a mean square is rounded to 0, and the step divides by its root: take more digits"
                    return
