"""The [[layers]] tables → Layers, each shape checked against the layer before it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import InputError, KeyPath
from ..functions.table import ACTIVATIONS, Row
from ..problem.problem import Layer, Notation, Symbols
from .keys import Table, clipped, describe, known_keys, name_out_of, names_out_of, table_of, within
from .notation_tables import checked_names, preset_symbols, read_symbols
from .number_arrays import scalar
from .parameters import Setting, has_symbolic_bias, read_bias, read_weights, symbolic_units
from .presets import Preset

MAX_LAYERS = 64
LAYER_KEYS = (
    "name",
    "units",
    "activation",
    "weights",
    "bias",
    "frozen",
    "shared",
    "symbols",
    "parameters",
)
# Keys of an answer sheet, which a layer's own table must not overwrite.
_RESERVED = frozenset(
    ("problem", "student", "loss", "loss_terms", "loss_sum", "loss_mean", "sample_losses", "input_gradient")
)
_MOVED = {
    key: f"{key} belongs to the whole problem: move the line above the first [[layers]]"
    for key in (
        "inputs",
        "targets",
        "labels",
        "features",
        "loss",
        "batch",
        "learning_rate",
        "digits",
        "rounding",
        "schedule",
    )
} | {
    key: f"{key} belongs under symbols: symbols = {{ {key} = … }}"
    for key in ("preactivation", "delta", "index", "unit_names", "weight_names", "bias_names")
}


def layer_tables(document: Table) -> list[Table]:
    """The tables of the layers, at least one. Raises InputError when there are none."""
    path: KeyPath = ("layers",)
    value = document.get("layers")
    example = "a layer begins with a line [[layers]], in double brackets"
    if value is None:
        raise InputError("there are no layers", help=example)
    if not isinstance(value, list):
        raise InputError(f"layers must be a list of tables, not {describe(value)}", path=path, help=example)
    if not value:
        raise InputError("there are no layers", path=path, help=example)
    if len(value) > MAX_LAYERS:
        raise InputError(f"there are {len(value)} layers, more than {MAX_LAYERS}", path=(*path, MAX_LAYERS))
    return [table_of(item, (*path, i), f"layer {i + 1}", "[[layers]]") for i, item in enumerate(value)]


def read_layers(
    tables: list[Table],
    features: int | str,
    symbolic: bool,
    notation: Notation,
    preset: Preset | None,
    functions: Mapping[str, Row],
) -> tuple[Layer, ...]:
    """The layers, input to output; `functions` are those of one's own. Raises InputError for a misfit."""
    layers: list[Layer] = []
    names: dict[str, int] = {}
    size, fed_by = features, "the problem"
    for position, table in enumerate(tables):
        name = _name(table, position)
        if name in names:
            raise InputError(
                f'layers {names[name]} and {position + 1} are both called "{name}"',
                path=("layers", position, "name"),
                help="give each layer a name of its own",
            )
        names[name] = position + 1
        setting = Setting(position, len(tables), size, symbolic, notation, preset, fed_by, functions)
        with within(f'layer "{name}"'):
            layer = _read_layer(table, name, setting)
        layers.append(layer)
        size, fed_by = layer.units, f'layer "{name}"'
    return tuple(layers)


def _name(table: Table, position: int) -> str:
    path: KeyPath = ("layers", position, "name")
    value = table.get("name", str(position + 1))
    if not isinstance(value, str):
        raise InputError(f"a layer's name must be text in quotes, not {describe(value)}", path=path)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,30}", value):
        raise InputError(
            f'"{clipped(value)}" cannot be a layer\'s name',
            path=path,
            help="a name has 1 to 30 of the characters A-Z, a-z, 0-9, _ and -: it stands in answer sheets",
        )
    if value in _RESERVED:
        raise InputError(
            f'"{value}" cannot be a layer\'s name: it has its own meaning in an answer sheet', path=path
        )
    return value


def _read_layer(table: Table, name: str, at: Setting) -> Layer:
    known_keys(table, LAYER_KEYS, at.path, _MOVED)
    activation = _activation(table, at)
    weights, units = (None, symbolic_units(table, at)) if at.symbolic else read_weights(table, at)
    shared = frozenset(names_out_of(table.get("shared", []), ("bias",), (*at.path, "shared"), "shared"))
    bias, has_bias = (
        (None, has_symbolic_bias(table, at)) if at.symbolic else read_bias(table, units, bool(shared), at)
    )
    frozen = frozenset(
        names_out_of(table.get("frozen", []), ("weights", "bias"), (*at.path, "frozen"), "frozen")
    )
    for key, given in (("shared", shared), ("frozen", frozen)):
        if "bias" in given and not has_bias:
            raise InputError(
                f"{key} names the bias, but the layer has none",
                path=(*at.path, key),
                help="add a bias, or leave it out",
            )
    layer = Layer(
        name=name,
        units=units,
        inputs=at.inputs,
        activation=activation,
        weights=weights,
        bias=bias,
        has_bias=has_bias,
        frozen=frozen,
        shared=shared,
        symbols=_symbols(table, at),
        parameters=_parameters(table, at),
    )
    return checked_names(layer, at.path, at.notation.weight_order)


def _symbols(table: Table, at: Setting) -> Symbols:
    base = preset_symbols(at.preset, at.notation, at.position + 1, at.depth)
    return read_symbols(table["symbols"], (*at.path, "symbols"), base) if "symbols" in table else base


def _parameters(table: Table, at: Setting) -> tuple[str, ...]:
    path = (*at.path, "parameters")
    order = names_out_of(
        table.get("parameters", ["weights", "bias"]), ("weights", "bias"), path, "parameters"
    )
    if len(order) != 2:
        raise InputError(
            "parameters must name both weights and bias, in the order they are written", path=path
        )
    return order


def _activation(table: Table, at: Setting) -> Row:
    path: KeyPath = (*at.path, "activation")
    rows = {**ACTIVATIONS, **at.functions}
    known = tuple(name for name in rows if name != "generic" or at.symbolic)
    if "activation" not in table:
        raise InputError("activation is missing", path=path, help=f"known activations: {', '.join(known)}")
    value = table["activation"]
    if value == "generic" and not at.symbolic:
        raise InputError(
            'the activation "generic" is for problems without numbers',
            path=path,
            help='give one, such as "sigmoid"',
        )
    if not isinstance(value, dict):
        return rows[name_out_of(value, known, path, "activation", "activations")]
    if "name" not in value:
        raise InputError(
            "the activation's name is missing", path=path, help='{ name = "leaky_relu", slope = 0.1 }'
        )
    activation = rows[name_out_of(value["name"], known, (*path, "name"), "activation", "activations")]
    parameter = activation.parameter_name
    keys = ("name", parameter) if parameter else ("name",)
    known_keys(
        value, keys, path, {} if parameter else dict.fromkeys(value, f"{activation.name} has no parameter")
    )
    if parameter and parameter in value:
        return activation.with_parameter(
            float(scalar(value[parameter], (*path, parameter), parameter).values)
        )
    return activation
