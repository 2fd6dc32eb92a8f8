"""Inputs, targets and labels → samples in rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, KeyPath
from ..formula.arithmetic import Array
from ..functions.losses import Loss
from ..problem.problem import Numbers
from .keys import Table, counted, describe
from .number_arrays import check_number, list_of, matrix, rows_of, transposed, vector
from .parameters import MAX_UNITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMNS_HINT = (
    'the {} look like one column per sample: swap rows and columns, or set samples = "columns" in [notation]'
)
_ROWS_HINT = (
    'the {} look like one row per sample: swap rows and columns, or set samples = "rows" in [notation]'
)

# What a loss asks of its targets → the test, and how it is said.
_ALLOWED: dict[str, tuple[Callable[[Array], NDArray[np.bool_]], str]] = {
    "signs": (lambda y: np.abs(y) == 1.0, "-1 or 1"),
    "probabilities": (lambda y: (y >= 0.0) & (y <= 1.0), "from 0 to 1"),
    "bits": (lambda y: (y == 0.0) | (y == 1.0), "0 or 1"),
}


def read_samples(value: object, key: str, columns: bool) -> Numbers:
    """The inputs or targets as [sample][feature]; a flat list is one sample."""
    path: KeyPath = (key,)
    example = (
        "[[0.05, 0.10]], one row per sample" if not columns else "[[0, 1], [1, 1]], one column per sample"
    )
    items = list_of(value, path, key, example)
    if not any(isinstance(item, list) for item in items):
        flat = vector(items, path, key)
        return Numbers(flat.values[np.newaxis], flat.texts[np.newaxis])
    rows = rows_of(items, path, key, example)
    width = len(rows[0])
    for number, row in enumerate(rows):
        if len(row) != width:
            raise InputError(
                f"row {number + 1} of {key} has {counted(len(row), 'number')}, expected {width} as in row 1",
                path=(key, number),
                help=f"one {'column' if columns else 'row'} per sample, so all rows are equally long",
            )
    numbers = matrix(rows, path, key)
    return transposed(numbers) if columns else numbers


def read_targets(
    document: Table, loss: Loss, samples: int, outputs: int, columns: bool, output_layer: str
) -> Numbers:
    """The targets as [sample][output], from `targets` or made of `labels`. Raises InputError for a misfit."""
    if not loss.takes_targets:
        return _no_targets(document, samples, outputs)
    if "labels" in document:
        return _one_hot(document, loss, samples, outputs, output_layer)
    if "targets" not in document:
        raise InputError(
            "targets are missing", help="add targets = [[0.01]], one row per sample, one number per output"
        )
    targets = read_samples(document["targets"], "targets", columns)
    found = targets.values.shape
    if found != (samples, outputs):
        raise _misfit(document["targets"], found, samples, outputs, columns, output_layer)
    _check_allowed(targets.values, document["targets"], loss, columns)
    return targets


def _no_targets(document: Table, samples: int, outputs: int) -> Numbers:
    """Zeros that nothing reads. Raises InputError for more than one output or sample, and for targets."""
    for key in ("targets", "labels"):
        if key in document:
            raise InputError(
                'loss = "output" asks for the output\'s own gradients, so there is no target',
                path=(key,),
                help="leave this line out",
            )
    if (samples, outputs) != (1, 1):
        raise InputError(
            f'loss = "output" is for one sample and one output, not {samples} and {outputs}',
            path=("loss",),
            help="give one sample, and a last layer with one unit",
        )
    return Numbers(np.zeros((1, 1)), np.full((1, 1), "0"))


def _misfit(
    value: object, found: tuple[int, ...], samples: int, outputs: int, columns: bool, output_layer: str
) -> InputError:
    flat = isinstance(value, list) and not isinstance(value[0], list)
    help = None
    if flat and found[1] == samples and outputs == 1:
        help = "a flat list is one sample; several samples with one output are [[0], [1], [1]]"
        if columns:
            help = "a flat list is one sample; several samples with one output are [[0, 1, 1]]"
    elif found == (outputs, samples) and not flat:
        help = (_ROWS_HINT if columns else _COLUMNS_HINT).format("targets")
    if found[0] != samples:
        message = f"targets are for {counted(found[0], 'sample')}, and inputs for {samples}"
        return InputError(
            message, path=("targets",), help=help or "give each sample its inputs and its targets"
        )
    message = f"targets have {counted(found[1], 'number')} per sample, expected {outputs} (one per output)"
    path: KeyPath = ("targets",) if columns or flat else ("targets", 0)
    return InputError(
        message, path=path, help=help or f'layer "{output_layer}" has {counted(outputs, "unit")}'
    )


def _check_allowed(values: Array, given: object, loss: Loss, columns: bool) -> None:
    if loss.targets is None:
        return
    test, words = _ALLOWED[loss.targets]
    wrong = np.argwhere(~test(values))
    if len(wrong) == 0:
        return
    sample, output = (int(place) for place in wrong[0])
    flat = isinstance(given, list) and not isinstance(given[0], list)
    path: KeyPath = (
        ("targets", output) if flat else ("targets", *((output, sample) if columns else (sample, output)))
    )
    raise InputError(
        f"the {loss.title} needs targets {words}, and this one is {values[sample, output]:g}",
        path=path,
        help="write 1 for the class and -1 for the other"
        if loss.targets == "signs"
        else "write 1 for the class and 0 for the other"
        if loss.targets == "bits"
        else "a target is a probability here",
    )


def _one_hot(document: Table, loss: Loss, samples: int, outputs: int, output_layer: str) -> Numbers:
    """Labels, counted from 1, as rows with a 1 at the class and 0 elsewhere."""
    path: KeyPath = ("labels",)
    if "targets" in document:
        raise InputError("labels and targets are both given", path=path, help="keep one of them")
    if loss.targets == "signs":
        raise InputError(
            f"labels stand for targets of 0 and 1, and the {loss.title} needs -1 and 1",
            path=path,
            help="write the targets out",
        )
    labels = list_of(document["labels"], path, "labels", "[1, 3, 2], the class of each sample")
    for position, label in enumerate(labels):
        at = (*path, position)
        if type(label) is not int:
            check_number(label, at, "labels")
            raise InputError(f"a label must be a whole number, not {describe(label)}", path=at)
        if not 1 <= label <= outputs:
            said = f"class {label}" if abs(label) <= MAX_UNITS else "class of so large a number"
            raise InputError(
                f"there is no {said}: labels go from 1 to {outputs}",
                path=at,
                help=f'layer "{output_layer}" has {counted(outputs, "unit")}, one per class, counted from 1',
            )
    if len(labels) != samples:
        raise InputError(
            f"labels are for {counted(len(labels), 'sample')}, and inputs for {samples}",
            path=path,
            help="give each sample one label",
        )
    values = np.zeros((samples, outputs))
    values[np.arange(samples), np.array(labels) - 1] = 1.0
    return Numbers(values, np.where(values == 1.0, "1", "0"))


def columns_hint(inputs: Numbers, first_row: int, columns: bool) -> str | None:
    """A hint when inputs taken the other way round would fit the first layer's weights."""
    samples, features = inputs.values.shape
    if features != first_row and samples == first_row:
        return (_ROWS_HINT if columns else _COLUMNS_HINT).format("inputs")
    return None
