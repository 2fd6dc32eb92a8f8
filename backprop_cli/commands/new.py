"""`backprop new`: a problem file to begin with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError
from ..files.overwriting import claim
from .options import write_text
from .streams import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..formula.arithmetic import Array
    from ..problem.problem import Problem

MOST_UNITS, MOST_LAYERS, MOST_SAMPLES = 20, 10, 20

EQUATIONS = '''\
# Any exercise that is backpropagation: its forward pass as equations, one a line.
# Indices follow _ (w_j, u_jk, h_{t-1}); sums, softmax and max run over an index: sum_j w_j h_j.
title         = "A neuron, written as equations"
learning_rate = 0.1
equations     = """
z = sum_j w_j x_j + b
a = σ(z)
L = 1/2 (a - y)^2
"""

[given]                        # numbers that are not learned
x = [0.5, -1.0]
y = 1.0

[parameters]                   # numbers that are learned
w = [0.3, -0.2]
b = 0.1
'''


def new(
    shape: Annotated[
        str | None,
        typer.Argument(
            metavar="SHAPE", help="Inputs, then the units of each layer: 2-3-1.", show_default=False
        ),
    ] = None,
    hidden: Annotated[
        str | None, typer.Option(help="The hidden layers' function.", show_default="relu")
    ] = None,
    output_function: Annotated[
        str | None,
        typer.Option("--output-function", "--output", help="The output's.", show_default="sigmoid"),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(help="The loss; by default the one that goes with the output.", show_default=False),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, max=MOST_SAMPLES, help="How many samples.")] = 1,
    lr: Annotated[float, typer.Option(metavar="RATE", help="The learning rate.")] = 0.1,
    notation: Annotated[
        str | None,
        typer.Option(metavar="PRESET", help="A book's notation: nielsen, bishop, …", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Which numbers are drawn.")] = 0,
    title: Annotated[str | None, typer.Option(help="The title.", show_default=False)] = None,
    from_equations: Annotated[
        bool, typer.Option("--from-equations", help="A file that gives its equations instead of layers.")
    ] = False,
    file: Annotated[
        Path | None, typer.Option("-o", metavar="FILE", help="Write to FILE.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Make a problem file to begin with, its numbers drawn so that it can be worked out by hand.

    Without a shape it asks for what it needs.

    \b
    Examples:
      backprop new 2-3-1 --hidden relu --output sigmoid --seed 5 -o mine.toml
      backprop new 3-4-3 --output softmax --samples 2 --notation nielsen
      backprop new --from-equations -o mine.toml
      backprop new
    """
    if file is not None and file.exists() and not force:
        raise InputError(f"{file} is there already", help="name another file, or write over it: --force")
    claim(file, force=force)
    if from_equations:
        if shape is not None:
            raise InputError("--from-equations takes no shape: the equations give it")
        write_text(EQUATIONS, file)
        _said(file)
        return
    if shape is None:
        if not sys.stdin.isatty():
            raise InputError(
                "no shape given", help="such as: backprop new 2-3-1 --hidden relu --output sigmoid"
            )
        shape = typer.prompt("Inputs, then the units of each layer", default="2-3-1")
        if len(_sizes(shape)) > 2 and hidden is None:
            hidden = typer.prompt("The hidden layers' function", default="relu")
        output_function = output_function or typer.prompt("The output's function", default="sigmoid")
        loss = loss or typer.prompt("The loss", default=default_loss(output_function))
        lr = typer.prompt("The learning rate", default=lr, type=float)
        file = file or Path(typer.prompt("Write to", default="problem.toml"))
        if file.exists() and not force:
            raise InputError(f"{file} is there already", help="name another file, or write over it: --force")
    functions = (hidden or "relu", output_function or "sigmoid")
    text = new_text(
        _sizes(shape), functions, loss or default_loss(functions[1]), samples, lr, notation, seed, title
    )
    write_text(text, file)
    _said(file)


def _said(file: Path | None) -> None:
    if file is not None:
        tell(f"wrote {file}: backprop solve {file} works it out")


def _sizes(shape: str) -> tuple[int, ...]:
    parts = shape.strip().replace("×", "-").replace("x", "-").split("-")
    if not (2 <= len(parts) <= MOST_LAYERS + 1) or not all(
        part.isascii() and part.isdigit() and len(part) <= 3 and 1 <= int(part) <= MOST_UNITS
        for part in parts
    ):
        raise InputError(
            f'"{shape[:40]}" is no shape',
            help="inputs, then the units of each layer, such as 2-3-1: "
            f"up to {MOST_LAYERS} layers of {MOST_UNITS} units",
        )
    return tuple(int(part) for part in parts)


def default_loss(output: str) -> str:
    """The loss that goes with an output function."""
    return {"softmax": "cross_entropy", "sigmoid": "binary_cross_entropy"}.get(output, "half_squared_error")


def new_text(
    sizes: Sequence[int],
    functions: tuple[str, str],
    loss: str,
    samples: int,
    rate: float,
    notation: str | None,
    seed: int,
    title: str | None,
) -> str:
    """The problem file of a network, with the first draw that makes a good exercise.

    Raises InputError for a name that is none, and when no draw is good.
    """
    from ..files.problem_file import parse_problem
    from ..values.new_numbers import numbers_of_a_network

    kind = {"cross_entropy": "classes", "binary_cross_entropy": "probabilities", "hinge": "signs"}
    last = ""
    for inputs, targets, layers in numbers_of_a_network(sizes, samples, kind.get(loss, "numbers"), seed):
        last = _toml(sizes, functions, loss, rate, notation, title, inputs, targets, layers)
        if _good(parse_problem(last, "the new problem", "new")):
            return last
    return last


def _good(problem: Problem) -> bool:
    """Whether every hidden unit passes something back, and no shown output is at the end of its range."""
    import numpy as np

    from ..values.solution import solve

    solution = solve(problem)
    hidden = [np.abs(layer.delta).max(axis=0) for layer in solution.layers[:-1]]
    flows = all(np.all(signal > 5e-4) for signal in hidden)
    return bool(flows and np.any(np.abs(solution.layers[-1].delta) > 5e-3))


def _toml(
    sizes: Sequence[int],
    functions: tuple[str, str],
    loss: str,
    rate: float,
    notation: str | None,
    title: str | None,
    inputs: Array,
    targets: Array,
    layers: Sequence[tuple[Array, Array]],
) -> str:
    import json

    columns = _columns(notation)
    name = title or f"A {'-'.join(map(str, sizes))} network"
    top = {
        "title": json.dumps(name, ensure_ascii=False),
        "inputs": _rows(inputs.T if columns else inputs),
        "targets": _rows(targets.T if columns else targets),
        "loss": json.dumps(loss),
        "learning_rate": repr(rate),
        "notation": json.dumps(notation) if notation else "",
    }
    lines = [f"{key:<13} = {value}" for key, value in top.items() if value]
    for number, (weights, bias) in enumerate(layers, start=1):
        function = functions[1] if number == len(layers) else functions[0]
        lines += ["", "[[layers]]", f"activation = {json.dumps(function)}"]
        lines += [f"weights    = {_rows(weights)}", f"bias       = {_row(bias)}"]
    return "\n".join(lines) + "\n"


def _columns(notation: str | None) -> bool:
    """Whether a preset has the samples in columns. Raises InputError for one that is none."""
    from ..files.keys import suggestion
    from ..files.presets import PRESETS

    if notation is None:
        return False
    if notation not in PRESETS:
        raise InputError(
            f'no preset is called "{notation[:40]}"', help=suggestion(notation, tuple(PRESETS), "presets")
        )
    return PRESETS[notation].notation.samples == "columns"


def _rows(values: Array) -> str:
    return f"[{', '.join(_row(row) for row in values)}]"


def _row(values: Array) -> str:
    return f"[{', '.join(f'{value:.1f}' for value in values)}]"
