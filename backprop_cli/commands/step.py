"""`backprop step`: gradient-descent steps, once or many times, and the problem file moved on."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ..errors import InputError
from ..files.overwriting import claim
from .options import (
    SLOW,
    AsciiOption,
    DigitsOption,
    ForceOption,
    Format,
    FormatOption,
    NoColorOption,
    OutputOption,
    ProblemArgument,
    RoundingOption,
    chosen_format,
    write_json,
    write_text,
)
from .streams import tell

if TYPE_CHECKING:
    from ..documents.document import Document
    from ..problem.equations import EquationProblem
    from ..problem.problem import Problem, Rounding
    from ..values.training.loop import Training

MOST_STEPS_WANTED = 10_000_000  # all their losses are kept
MOST_STEPS = 100_000  # where only --until is given


class OptimizerChoice(StrEnum):
    """How the parameters move."""

    gradient_descent = "gradient_descent"
    momentum = "momentum"
    nesterov = "nesterov"
    adagrad = "adagrad"
    rmsprop = "rmsprop"
    adam = "adam"


def step(
    problem: ProblemArgument = None,
    lr: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="The learning rate, instead of the file's.", show_default=False),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            "-n",
            min=1,
            max=MOST_STEPS_WANTED,
            help="How many steps.  [default: 1]",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        float | None, typer.Option(help="Stop once the loss has come down to this.", show_default=False)
    ] = None,
    every: Annotated[
        int | None, typer.Option(min=1, help="Show the loss after every so many steps.", show_default=False)
    ] = None,
    optimizer: Annotated[
        OptimizerChoice | None, typer.Option(help="The optimizer, instead of the file's.", show_default=False)
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", "-i", help="Write the new parameters into the problem file itself.")
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the loss after each step to FILE.", show_default=False),
    ] = None,
    curve: Annotated[
        bool | None,
        typer.Option("--curve/--no-curve", help="A loss curve (by plotext), or none.", show_default=False),
    ] = None,
    digits: DigitsOption = None,
    rounding: RoundingOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
    watch: Annotated[bool, typer.Option("--watch", help=SLOW)] = False,
    force: ForceOption = False,
    ascii: AsciiOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Take a step of gradient descent, or many.

    The update worked line by line, every parameter before and after, the loss before and after.
    -o NEXT.toml writes the problem with the new parameters and --in-place changes the file itself, in full
    precision; --digits rounds them. With schedule = "online" a step is one pass over the samples.

    \b
    Examples:
      backprop step w3wi-ds304 --lr 0.1
      backprop step or-batch --steps 1000 -o next.toml
      backprop step my-problem.toml --in-place
      backprop step or-batch --optimizer adam --steps 500 --until 1e-3
      backprop step or-batch --steps 10 --format json | jq .losses
    """
    from ..files.moving import open_to_move

    to_file = output if output is not None and output.suffix.lower() == ".toml" else None
    shown_in = None if to_file else output
    form = chosen_format(format, shown_in)
    source = _source(problem)
    target = _target(source, to_file, in_place)
    moving = open_to_move(source, keep=target is not None)
    claim(csv, shown_in, to_file, own=target if in_place else None, problems=True, force=force)
    by_hand = cast("Rounding | None", rounding and rounding.value)
    start = _with_options(moving.problem, lr, optimizer, by_hand, digits)
    training, status = _trained(start, steps, until)
    if csv is not None:
        write_text(training.to_csv(), csv)
    if target is not None:
        moving.save(target, training.problem, digits, in_place=in_place)
    _show(training, form, shown_in, digits, every, curve, ascii=ascii, no_color=no_color, watch=watch)
    if until is not None and not training.reached and not training.interrupted:
        tell(f"the loss is still above {until:g} after {training.steps} steps")
    if training.interrupted:
        tell(f"stopped after step {training.steps}; what was reached is kept")
        raise typer.Exit(status)


def _source(problem: str | None) -> str:
    if problem is not None:
        return problem
    if not Path("problem.toml").is_file():
        raise InputError(
            "no problem given, and there is no problem.toml in this folder",
            help="name a file, or a bundled problem: backprop step w3wi-ds304",
        )
    return "problem.toml"


def _target(source: str, to_file: Path | None, in_place: bool) -> Path | None:
    """The problem file to write, or None."""
    from ..files.bundled import bundled_path
    from ..files.source import find

    if not in_place:
        return to_file
    if to_file is not None:
        raise InputError("-o and --in-place are both given", help="keep one of them")
    if source == "-":
        raise InputError(
            "standard input cannot be changed in place", help="write the result to a file: -o next.toml"
        )
    path = find(source)
    if path == bundled_path(source):
        raise InputError(
            f'"{source}" is a bundled problem, which is not changed in place',
            help=f"take a copy along: backprop step {source} -o {source}.toml, "
            f"then backprop step {source}.toml --in-place",
        )
    return path


def _with_options(
    problem: Problem | EquationProblem,
    lr: str | None,
    optimizer: OptimizerChoice | None,
    rounding: Rounding | None,
    digits: int | None,
) -> Problem | EquationProblem:
    from ..files.optimizer_table import chosen, learning_rate
    from ..problem.problem import PHASES
    from ..values.training.loop import check_trainable

    if lr is not None:
        problem = replace(problem, learning_rate=learning_rate(lr))
    if optimizer is not None:
        problem = chosen(problem, optimizer.value)
    if rounding is not None:
        problem = replace(problem, rounding=rounding)
    if digits is not None:
        problem = replace(problem, digits=dict.fromkeys(PHASES, digits))
    check_trainable(problem)
    return problem


def _trained(
    problem: Problem | EquationProblem, steps: int | None, until: float | None
) -> tuple[Training, int]:
    """What was trained, and the exit status where a signal ended it."""
    import math

    from ..values.training.loop import train
    from .progress import watched

    wanted = steps or (1 if until is None else MOST_STEPS)
    if until is not None and not math.isfinite(until):
        raise InputError(f"--until {until}: no loss ever comes down to that", help="such as --until 1e-3")
    with watched(wanted) as (progress, signals):
        bound = -math.inf if until is None else until
        training = train(problem, wanted, until=bound, progress=progress, stopped=lambda: bool(signals))
        return training, 128 + signals[0] if signals else 0


def _show(
    training: Training,
    form: Format,
    output: Path | None,
    digits: int | None,
    every: int | None,
    curve: bool | None,
    *,
    ascii: bool,
    no_color: bool,
    watch: bool,
) -> None:
    if form is Format.json:
        write_json(training.to_dict(), output, ascii=ascii)
        return
    from ..documents.translated import translated
    from .output import write_document

    drawn = None
    if training.steps > 1 and form is Format.terminal and output is None and curve is not False:
        drawn = _curve(training, required=bool(curve), ascii=ascii)
    document = _document(training, every, spark=form is Format.terminal and drawn is None)
    document = translated(document, training.start.language)
    write_document(document, form, output, ascii=ascii, no_color=no_color, slow=watch)
    if drawn:
        sys.stdout.write(f"\n{drawn}\n")


def _document(training: Training, every: int | None, *, spark: bool) -> Document:
    from ..documents.training_steps import many_steps_document, one_step_document, promised
    from ..values.solution import solve

    if training.steps == 1:
        promise = promised(training.start, training.problem)
        return one_step_document(solve(training.start), training, promise)
    return many_steps_document(training, every, spark=spark)


def _curve(training: Training, *, required: bool, ascii: bool) -> str | None:
    from shutil import get_terminal_size

    from ..render.curve import loss_curve

    plain = ascii or "utf" not in (sys.stdout.encoding or "").lower()
    return loss_curve(training.losses, min(get_terminal_size().columns, 100), ascii=plain, required=required)
