"""All turns of a perceptron in one table, as textbooks print it: inputs, target, z, output, new weights."""

from __future__ import annotations

from itertools import product as positions

from ..formula.tree import Ref
from ..plan.steps import bias, per_sample, weights
from ..problem.problem import Problem
from ..values.trace import Trace
from .document import Column, Digits, Math, Table
from .shown_numbers import Figures
from .symbols import Symbols

MOST_COLUMNS = 12
MOST_ROWS = 200


def turns_table(traces: tuple[Trace, ...], epochs: int) -> Table | None:
    """A row for each turn, a rule between epochs; None where it would be too wide or too long."""
    problem = traces[0].problem
    symbols, quantities = Symbols(problem), _quantities(problem)
    cells = [
        (key, bound)
        for key in quantities
        for bound in positions(*(range(int(problem.size(index))) for index in key.indices))
    ]
    if len(cells) > MOST_COLUMNS or len(traces) > MOST_ROWS:
        return None
    names = [
        symbols.write(ref, {**symbols.singles, **dict(zip(ref.indices, place, strict=True))})
        for ref, place in cells
    ]
    per, groups = len(traces) // epochs, []
    for epoch in range(epochs):
        rows = []
        for sample in range(per):
            figures = Figures(traces[epoch * per + sample])
            values: list[str | Math] = [Digits(figures.at(ref.key, place)) for ref, place in cells]
            rows.append((*([str(epoch + 1)] if epochs > 1 else []), str(sample + 1), *values))
        groups.append(tuple(rows))
    columns = [Column("Sample", numeric=True), *(Column(name, numeric=True) for name in names)]
    if epochs > 1:
        columns.insert(0, Column("Epoch", numeric=True))
    return Table(tuple(columns), tuple(groups))


def _quantities(problem: Problem) -> list[Ref]:
    """What a turn goes through, in its order; the parameters as the turn leaves them."""
    own = [per_sample("activation", 0), per_sample("target", 1)]
    own += [per_sample("preactivation", 1), per_sample("activation", 1)]
    parameters = [weights(1)] + ([bias(problem, 1)] if problem.layer(1).has_bias else [])
    own += [Ref(f"new_{ref.quantity}", 1, ref.indices) for ref in parameters]
    return own
