"""The two tables of a worked solution: the neurons with their values, the parameters before and after."""

from __future__ import annotations

from itertools import product as positions

from ..formula.arithmetic import Significant
from ..formula.tree import Ref
from ..plan.steps import Step
from ..problem.problem import Problem
from .document import Column, Digits, Math, Table
from .equation_lines import Lines, shape
from .optimizer_symbols import worked_columns
from .shown_numbers import Figures
from .symbols import Symbols


def neuron_table(lines: Lines, figures: Figures) -> Table:
    """The table of neurons: preactivation, activation, activation function."""
    problem, symbols = lines.plan.problem, lines.symbols
    several = problem.samples > 1
    names = [_common_symbol(symbols, quantity) for quantity in ("preactivation", "activation")]
    columns = [
        Column("Neuron"),
        Column(f"Preactivation {names[0]}".rstrip(), numeric=True),
        Column(f"Activation {names[1]}".rstrip(), numeric=True),
        Column(f"Activation function {_function(problem)}".rstrip()),
    ]
    groups: list[tuple[tuple[str | Math, ...], ...]] = []
    for sample in range(problem.samples):
        for level, layer in enumerate(problem.layers, start=1):
            rows: list[tuple[str | Math, ...]] = []
            for unit in range(int(layer.units)):
                values = [
                    Digits(figures.at((quantity, level), (sample, unit)))
                    for quantity in ("preactivation", "activation")
                ]
                name = symbols.neuron(level, unit)
                title = layer.activation.title
                rows.append((*((str(sample + 1),) if several else ()), name, *values, title))
            groups.append(tuple(rows))
    if several:
        columns.insert(0, Column("Sample", numeric=True))
    return Table(tuple(columns), tuple(groups))


def _common_symbol(symbols: Symbols, quantity: str) -> str:
    names = {symbols.name(quantity, level) for level in range(1, symbols.problem.depth + 1)}
    return names.pop() if len(names) == 1 else ""


def _function(problem: Problem) -> str:
    """g(·) where one letter stands for the activation functions of all layers."""
    names = {layer.symbols.function for layer in problem.layers}
    own = {layer.activation.symbol for layer in problem.layers}
    return "".join(f"{name}(·)" for name in names - own if name) if len(names) == 1 else ""


def parameter_table(lines: Lines, figures: Figures, steps: list[Step]) -> Table:
    """Old value, gradient, what the optimizer keeps, new value of every parameter."""
    groups = []
    digits = figures.problem.digits["update"]
    worked = worked_columns(lines.symbols)
    for step in steps:
        parameter = step.quantity.removeprefix("new_")
        gradient = {"weights": "weight_gradient", "bias": "bias_gradient"}[parameter]
        rows: list[tuple[str | Math, ...]] = []
        for position in positions(*map(range, shape(figures.problem, step))):
            bound = dict(zip(step.indices, position, strict=True))
            name = lines.symbols.write(Ref(parameter, step.level, step.indices), bound)
            old = _filled_up(figures.at((parameter, step.level), position), digits)
            rows.append(
                (
                    name,
                    Digits(old),
                    Digits(figures.at((gradient, step.level), position)),
                    *(
                        _kept(figures, f"{quantity}_{parameter}", step.level, position)
                        for quantity, _ in worked
                    ),
                    Digits(figures.at(step.key, position)),
                )
            )
        groups.append(tuple(rows))
    names = [row[0] for group in groups for row in group]
    several = len(set(names)) < len(names)  # layers that share their letters are told apart by a column
    if several:
        layers = [figures.problem.layer(step.level).name for step in steps]
        groups = [tuple((name, *row) for row in group) for name, group in zip(layers, groups, strict=True)]
    columns = (
        *[Column("Layer")] * several,
        Column("Parameter"),
        Column("old", numeric=True),
        Column("gradient", numeric=True),
        *(Column(title, numeric=True) for _, title in worked),
        Column("new", numeric=True),
    )
    return Table(columns, tuple(groups))


def _kept(figures: Figures, quantity: str, level: int, position: tuple[int, ...]) -> str | Digits:
    """What the update of a parameter goes through; of a frozen one nothing."""
    key = (quantity, level)
    return Digits(figures.at(key, position)) if key in figures.phases else ""


def _filled_up(text: str, digits: int) -> str:
    """A given number as typed, with noughts up to the column's decimals: 0.40 as 0.4000."""
    whole, _, decimals = text.partition(".")
    if isinstance(digits, Significant) or not (whole + decimals).lstrip("+-").isdigit() or not digits:
        return text
    return f"{whole}.{decimals.ljust(digits, '0')}"
