"""A problem file → Problem, everything in it checked, and every fault given its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, cast

import numpy as np

from ..errors import InputError, KeyPath
from ..functions.losses import LOSSES, OUTPUT, Loss
from ..functions.table import ROWS, Row
from ..problem.problem import DEFAULT_DIGITS, PHASES, Layer, Notation, Numbers, Penalty, Problem, Rounding
from .digits_table import read_digits
from .keys import KeyFaultError, Table, describe, known_keys, name_out_of, prose
from .layer_tables import LAYER_KEYS, layer_tables, read_layers
from .notation_tables import NOTATION_KEYS, SYMBOL_KEYS, check_letters, preset_input_index, read_notation
from .number_arrays import scalar
from .optimizer_table import read_optimizer, with_state
from .parameters import open_size
from .perceptron_rule import check_thresholds, perceptron_loss, read_rule, with_epochs
from .samples import columns_hint, read_samples, read_targets
from .source import read_source
from .toml import parse_toml
from .unit_numbers import numbered_through

KEYS = (
    "title",
    "source",
    "description",
    "inputs",
    "targets",
    "labels",
    "features",
    "loss",
    "batch",
    "penalty",
    "learning_rate",
    "digits",
    "rounding",
    "schedule",
    "rule",
    "epochs",
    "optimizer",
    "marks",
    "paper",
    "language",
    "words",
    "vary",
    "functions",
    "layers",
    "notation",
)
_MOVED = (
    {key: f"{key} belongs to a layer: put it below [[layers]]" for key in LAYER_KEYS if key != "name"}
    | {key: f"{key} belongs in the [notation] table" for key in ("preset", *NOTATION_KEYS)}
    | {
        key: f"{key} belongs to a layer's symbols: symbols = {{ {key} = … }}, below [[layers]]"
        for key in SYMBOL_KEYS
        if key not in NOTATION_KEYS and key not in LAYER_KEYS
    }
    | {
        "layer": 'a layer begins with [[layers]], with an "s"',
        "preactivation": "the order in w·x + b belongs in [notation], the letter in a layer's symbols",
        "input": "the samples are inputs = [[…]]; the letter for them belongs in the [notation] table",
        "target": "the samples' targets are targets = [[…]]; the letter for them belongs in [notation]",
        "name": 'the network\'s name is its title: title = "…"',
    }
)
_ONE = Numbers(np.array(1.0), np.array("1", dtype=object))  # η where the perceptron rule states none
MAX_VALUES = 20_000_000
_NUMERIC_KEYS = ("inputs", "targets", "labels")


def read_problem(source: str) -> Problem:
    """The problem at a path, on standard input ("-"), or bundled under a name.

    Raises InputError, with its place in the file, when it cannot be read or makes no sense.
    """
    found = read_source(source)
    return parse_problem(found.text, found.file, found.name)


def parse_problem(text: str, file: str, name: str) -> Problem:
    """The problem that a TOML text describes; `file` is what messages call it.

    Raises InputError, with its place in the text, for anything wrong with it.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if not text.strip():
        raise InputError(f"{file} is empty", help='"backprop problems" lists problems to begin from')
    document = parse_toml(text, file)
    try:
        if "equations" in document:
            from .equation_file import read_equation_problem

            # It offers what readers of a problem ask; those that are about layers look for them first.
            return cast(Problem, read_equation_problem(document, name, text, file, _learning_rate))
        return _problem(document, name, _own_functions(document, text, file))
    except InputError as error:
        raise _placed(error, text, file) from None


def _placed(error: InputError, text: str, file: str) -> InputError:
    from .positions import locate

    if error.place:
        return error
    place = locate(text, error.path, file, key=isinstance(error, KeyFaultError)) if error.path else None
    message = error.message if place else f"{file}: {error.message}"
    return InputError(message, path=error.path, place=place, help=error.help)


def _own_functions(document: Table, text: str, file: str) -> dict[str, Row]:
    """The functions that a network's file defines, as rows of the table of functions."""
    if "functions" not in document:
        return {}
    from ..problem.equations import filed
    from .equation_file import own_functions

    return {name: ROWS[row] for name, row in filed(own_functions(document, text, file)).items()}


def _problem(document: Table, name: str, functions: Mapping[str, Row]) -> Problem:
    known_keys(document, KEYS, (), _MOVED)
    notation, preset = read_notation(document.get("notation", {}))
    tables = layer_tables(document)
    rule = read_rule(document)
    loss = None if rule == "perceptron" else _loss(document)
    symbolic = not any(key in document for key in _NUMERIC_KEYS) and not any(
        "weights" in table for table in tables
    )
    columns = notation.samples == "columns"
    inputs = None if symbolic else _inputs(document, tables, columns)
    features = _features(document, inputs)
    try:
        layers = read_layers(tables, features, symbolic, notation, preset, functions)
    except InputError as error:
        raise _with_columns_hint(error, inputs, tables, columns) from None
    _check_work(layers, inputs)
    notation = preset_input_index(notation, preset, len(layers))
    check_letters(notation, layers)
    if loss == OUTPUT:
        notation = _of_the_output(notation, document.get("notation"))
    layers = numbered_through(layers, features, notation, preset)
    if loss is None:
        loss = perceptron_loss(layers)
    else:
        check_thresholds(layers)
    targets = None
    if inputs is not None:
        last = layers[-1]
        targets = read_targets(document, loss, len(inputs.values), int(last.units), columns, last.name)
    online_rule = rule == "perceptron"
    problem = Problem(
        name=name,
        layers=layers,
        loss=loss,
        title=prose(document, "title", 200),
        source=prose(document, "source", 500),
        description=prose(document, "description", 5000),
        inputs=inputs,
        targets=targets,
        features=features,
        batch="sum"
        if online_rule
        else cast(Literal["mean", "sum"], _choice(document, "batch", ("mean", "sum"))),
        penalty=_penalty(document, 1 if inputs is None else len(inputs.values)),
        learning_rate=_learning_rate(document) or (_ONE if online_rule and inputs is not None else None),
        digits=read_digits(document.get("digits", {}), dict.fromkeys(PHASES, DEFAULT_DIGITS)),
        rounding=cast(Rounding, _choice(document, "rounding", ("carry", "each-step"))),
        schedule=cast(
            Literal["batch", "online"],
            "online" if online_rule else _choice(document, "schedule", ("batch", "online")),
        ),
        rule=cast(Literal["gradient", "perceptron"], rule),
        optimizer=read_optimizer(document.get("optimizer", "gradient_descent")),
        notation=notation,
    )
    problem = with_epochs(with_state(problem, document.get("optimizer")), document)
    if "language" in document or "words" in document:
        from .language_table import read_language

        problem = replace(problem, language=read_language(document))
    if "paper" in document:
        from .paper_table import read_paper

        problem = replace(problem, paper=read_paper(document["paper"]))
    if "vary" in document:
        from .vary_table import read_vary

        problem = replace(problem, vary=read_vary(problem, document["vary"]))
    if "marks" not in document:
        return problem
    from .marks_table import with_marks

    return with_marks(problem, document["marks"])


def _choice(document: Table, key: str, known: tuple[str, ...]) -> str:
    """One of the known names; the first when the key is absent."""
    return name_out_of(document[key], known, (key,), key, "choices") if key in document else known[0]


def _inputs(document: Table, tables: list[Table], columns: bool) -> Numbers:
    if "inputs" not in document:
        help = "add inputs = [[0.05, 0.10]], one row per sample"
        if any("weights" not in table for table in tables):
            help += "; a problem without numbers has no weights, targets or labels either"
        raise InputError("inputs are missing", help=help)
    return read_samples(document["inputs"], "inputs", columns)


def _check_work(layers: tuple[Layer, ...], inputs: Numbers | None) -> None:
    """Raises InputError when one line of the solution alone would not fit in memory."""
    samples = 0 if inputs is None else len(inputs.values)
    for position, layer in enumerate(layers):
        if samples * (layer.units if isinstance(layer.units, int) else 1) > MAX_VALUES:
            raise InputError(
                f'layer "{layer.name}": {samples} samples with {layer.units} units each are too many',
                path=("layers", position, "weights"),
                help=f"samples times units may go up to {MAX_VALUES}",
            )


def _features(document: Table, inputs: Numbers | None) -> int | str:
    path: KeyPath = ("features",)
    if inputs is None:
        if "features" not in document:
            raise InputError(
                "inputs are missing, or features in a problem without numbers",
                help="add inputs = [[0.05, 0.10]] and weights in each layer, or features = 2 and units",
            )
        return open_size(document["features"], path, "features")
    count = int(inputs.values.shape[1])
    if "features" in document and open_size(document["features"], path, "features", letters=False) != count:
        raise InputError(
            f"features must be {count}, the numbers in each sample of inputs",
            path=path,
            help="or leave the line out",
        )
    return count


def _with_columns_hint(
    error: InputError, inputs: Numbers | None, tables: list[Table], columns: bool
) -> InputError:
    """A first layer that does not fit may be due to inputs the other way round."""
    if (
        inputs is None
        or error.path is None
        or error.path[:3] != ("layers", 0, "weights")
        or "expected" not in error.message
    ):
        return error
    weights = tables[0]["weights"]
    width = len(weights[0]) if isinstance(weights, list) and weights and isinstance(weights[0], list) else 0
    hint = columns_hint(inputs, width, columns)
    return (
        InputError(error.message, path=error.path, help=hint)
        if hint and "look like" not in (error.help or "")
        else error
    )


def _loss(document: Table) -> Loss:
    path: KeyPath = ("loss",)
    if "loss" not in document:
        raise InputError("loss is missing", help=f"known losses: {', '.join(LOSSES)}")
    if document["loss"] == OUTPUT.name:
        return OUTPUT
    value = document["loss"]
    if not isinstance(value, dict):
        return LOSSES[name_out_of(value, tuple(LOSSES), path, "loss", "losses")]
    if "name" not in value:
        raise InputError("the loss's name is missing", path=path, help='{ name = "huber", threshold = 2 }')
    loss = LOSSES[name_out_of(value["name"], tuple(LOSSES), (*path, "name"), "loss", "losses")]
    keys = ("name", "threshold") if loss.parameter is not None else ("name",)
    known_keys(
        value, keys, path, {} if len(keys) > 1 else dict.fromkeys(value, f"{loss.name} has no parameter")
    )
    if "threshold" not in value:
        return loss
    at = (*path, "threshold")
    threshold = float(scalar(value["threshold"], at, "threshold").values)
    if threshold <= 0:
        raise InputError("threshold must be greater than 0", path=at)
    return loss.with_parameter(threshold)


def _of_the_output(notation: Notation, written: object) -> Notation:
    """∂o/∂w in place of ∂L/∂w, o being the output's letter."""
    if isinstance(written, dict) and "loss" in written:
        return notation
    prediction = notation.prediction or "o"
    return replace(notation, prediction=prediction, loss=prediction)


def _penalty(document: Table, samples: int) -> Penalty | None:
    """penalty = { l2 = 0.7, over = "samples", half = false }: λ/2·Σw², over n, without the ½."""
    path: KeyPath = ("penalty",)
    if "penalty" not in document:
        return None
    table = document["penalty"]
    if not isinstance(table, dict):
        raise InputError(f"penalty must be a table, not {describe(table)}", path=path, help=_PENALTY)
    known_keys(table, ("l2", "over", "half"), path)
    if "l2" not in table:
        raise InputError("the penalty's strength is missing", path=path, help=_PENALTY)
    strength = scalar(table["l2"], (*path, "l2"), "l2")
    if strength.values < 0:
        raise InputError("l2 must be at least 0", path=(*path, "l2"))
    half = table.get("half", True)
    if not isinstance(half, bool):
        raise InputError(
            f"half must be true or false, not {describe(half)}",
            path=(*path, "half"),
            help="half = false is λ·Σw², without it λ/2·Σw²",
        )
    over = "over" in table and name_out_of(table["over"], ("samples",), (*path, "over"), "over", "choices")
    return Penalty(strength, samples if over else 1, half)


_PENALTY = "penalty = { l2 = 0.1 } adds λ/2·Σw² over all weights to the loss"


def _learning_rate(document: Table) -> Numbers | None:
    if "learning_rate" not in document:
        return None
    rate = scalar(document["learning_rate"], ("learning_rate",), "learning_rate")
    if rate.values <= 0:
        raise InputError("learning_rate must be greater than 0", path=("learning_rate",))
    return rate
