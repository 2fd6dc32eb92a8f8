"""The [notation] table and the layers' symbols → Notation and Symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from ..errors import InputError, KeyPath
from ..problem.problem import Layer, Notation, Symbols
from ..records import dataclass
from .keys import (
    KeyFaultError,
    describe,
    known_keys,
    letter,
    name_out_of,
    names_out_of,
    symbol,
    table_of,
)
from .number_arrays import list_of
from .presets import PRESETS, Preset

Reader = Callable[[object, KeyPath, str], Any]


@dataclass(frozen=True)
class Choice:
    """Reads one of some known names, or several of them."""

    known: tuple[str, ...]
    several: bool = False

    def __call__(self, value: object, path: KeyPath, key: str) -> Any:
        if self.several:
            return names_out_of(value, self.known, path, key)
        return name_out_of(value, self.known, path, key, "choices")


def _one_of(*known: str) -> Choice:
    return Choice(known)


def _some_of(*known: str) -> Choice:
    return Choice(known, several=True)


def _signals(value: object, path: KeyPath, key: str) -> frozenset[str]:
    return frozenset(names_out_of(value, ("activation", "preactivation"), path, key))


def _yes_or_no(value: object, path: KeyPath, key: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{key} must be true or false, not {describe(value)}", path=path)
    return value


def _layer_mark(value: object, path: KeyPath, key: str) -> str:
    """Any "[hid]" is "[]", any "(1)" is "()", "none" is ""."""
    mark = value.strip() if isinstance(value, str) else None
    if mark is not None:
        if mark in ("", "none"):
            return ""
        for pair in ("[]", "()"):
            if mark[0] == pair[0] and mark[-1] == pair[1] and len(mark) > 1:
                return pair
    raise InputError(
        f"unknown layer_mark: {describe(value)}",
        path=path,
        help='write "[hid]" or "(1)" for the brackets you use, or "none"',
    )


def _numbers(value: object, path: KeyPath, key: str) -> tuple[tuple[str, str], ...]:
    """{ "2.bias_gradient" = "11.5" }: the numbers of a handout's equations."""
    table = table_of(value, path, key, f'{key} = {{ "2.bias_gradient" = "11.5" }}')
    found = []
    for name, number in table.items():
        if not isinstance(number, str) or not 0 < len(number) <= MOST_TITLE:
            raise InputError(
                f"the number of an equation is a text, not {describe(number)}",
                path=(*path, name),
                help=f'write it in quotes: {name} = "11.5"',
            )
        found.append((name, number))
    return tuple(found)


def _steps(value: object, path: KeyPath, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """[[notation.steps]]: the title of each step, and the quantities of its equations."""
    help = '[[notation.steps]] has title = "Step 1" and of = ["1.preactivation_by_weights"]'
    if not isinstance(value, list):
        raise InputError(f"{key} is a list of tables, not {describe(value)}", path=path, help=help)
    found = []
    for place, one in enumerate(value):
        table = table_of(one, (*path, place), key, help)
        known_keys(table, ("title", "of"), (*path, place), {})
        title, names = table.get("title"), table.get("of")
        if not isinstance(title, str) or not 0 < len(title) <= MOST_TITLE:
            raise InputError("a step has a title", path=(*path, place), help=help)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise InputError("a step lists its quantities under of", path=(*path, place), help=help)
        found.append((title, tuple(map(str, names))))
    return tuple(found)


MOST_TITLE = 200  # characters of a step's title, and of an equation's number

_NOTATION: dict[str, Reader] = {
    "input": symbol,
    "target": symbol,
    "prediction": symbol,
    "loss": symbol,
    "learning_rate": symbol,
    "input_index": letter,
    "sample_index": letter,
    "layout": _one_of("neurons", "matrix", "indices"),
    "layer_mark": _layer_mark,
    "weight_order": _one_of("unit,input", "input,unit"),
    "samples": _one_of("rows", "columns"),
    "backward": _signals,
    "change": symbol,
    "input_gradient": _yes_or_no,
    "thresholds": _yes_or_no,
    "slope_first": _yes_or_no,
    "index_comma": _yes_or_no,
    "numbers": _numbers,
    "steps": _steps,
    "delta_sign": _one_of("gradient", "descent"),
    "derivative": _one_of("prime", "preactivation", "activation"),
    "preactivation": _one_of(
        "weight,input,bias", "input,weight,bias", "bias,weight,input", "bias,input,weight"
    ),
    "gradients": _one_of("last", "by-layer"),
    "loss_steps": _some_of("outputs", "terms", "sum", "mean"),
    "derivation": _some_of("local", "chain", "expanded", "prime"),
}

NOTATION_KEYS = tuple(_NOTATION)
CHOICES = {key: reader.known for key, reader in _NOTATION.items() if isinstance(reader, Choice)}
SYMBOL_KEYS = tuple(field.name for field in fields(Symbols))


def read_notation(value: object) -> tuple[Notation, Preset | None]:
    """The notation, and the preset it builds on. Raises InputError for an unknown key, preset or choice."""
    path: KeyPath = ("notation",)
    if isinstance(value, str):
        preset = _preset(value, path)
        return preset.notation, preset
    table = table_of(value, path, "notation", 'notation = "nielsen", or a table [notation]')
    moved = {
        key: f"{key} belongs to a layer: [layers.symbols]" for key in SYMBOL_KEYS if key not in _NOTATION
    }
    known_keys(table, ("preset", *_NOTATION), path, moved)
    base = _preset(table["preset"], (*path, "preset")) if "preset" in table else None
    chosen = {key: read(table[key], (*path, key), key) for key, read in _NOTATION.items() if key in table}
    return replace(base.notation if base else Notation(), **chosen), base


def _preset(value: object, path: KeyPath) -> Preset:
    if not isinstance(value, str):
        raise InputError(f"preset must be a name in quotes, not {describe(value)}", path=path)
    return PRESETS[name_out_of(value, tuple(PRESETS), path, "notation preset", "presets")]


def preset_symbols(preset: Preset | None, notation: Notation, level: int, depth: int) -> Symbols:
    """What a preset says of the symbols of one layer; a prediction goes before the last activation."""
    if preset is None:
        return Symbols()
    symbols = preset.symbols
    if level == depth and notation.prediction:
        symbols = replace(symbols, activation=None)
    if depth == 2 and preset.letters:
        symbols = replace(symbols, index=preset.letters[level])
    if depth == 2 and preset.unit:
        symbols = replace(symbols, unit=preset.unit[level - 1])
    return symbols


def preset_input_index(notation: Notation, preset: Preset | None, depth: int) -> Notation:
    """The notation with the preset's letter over the inputs, where nothing else was chosen."""
    if preset and preset.letters and depth == 2 and notation.input_index is None:
        return replace(notation, input_index=preset.letters[0])
    return notation


def read_symbols(value: object, path: KeyPath, base: Symbols) -> Symbols:
    """A layer's symbols over those of a preset. The counts of names are checked by `checked_names`."""
    table = table_of(value, path, "symbols", 'symbols = { weights = "w", bias = "b" }')
    moved = {
        key: f"{key} belongs in the [notation] table"
        for key in _NOTATION
        if key not in ("preactivation", *SYMBOL_KEYS)
    }
    known_keys(table, SYMBOL_KEYS, path, moved)
    chosen: dict[str, Any] = {}
    for key, given in table.items():
        at = (*path, key)
        if key == "index":
            chosen[key] = letter(given, at, key)
        elif key == "weight_names":
            rows = list_of(given, at, key, '[["w1", "w2"], ["w3", "w4"]]')
            chosen[key] = tuple(_names(row, (*at, i), f"row {i + 1} of {key}") for i, row in enumerate(rows))
        elif key in ("unit_names", "bias_names"):
            chosen[key] = _names(given, at, key)
        else:
            chosen[key] = symbol(given, at, key)
    return replace(base, **chosen)


def _names(value: object, path: KeyPath, what: str) -> tuple[str, ...]:
    items = list_of(value, path, what, '["w1", "w2"]')
    return tuple(
        symbol(item, (*path, i), f"number {i + 1} of {what}", '["4", "5"]') for i, item in enumerate(items)
    )


def checked_names(layer: Layer, path: KeyPath, order: str) -> Layer:
    """The layer with weight_names as [unit][input]. Raises InputError when a count of names is wrong."""
    symbols, at = layer.symbols, (*path, "symbols")
    _count(symbols.unit_names, layer.units, (*at, "unit_names"), "unit_names", "unit")
    biases = 1 if layer.shares_bias else layer.units
    if symbols.bias_names and not layer.has_bias:
        raise KeyFaultError(
            "bias_names for a layer without a bias", path=(*at, "bias_names"), help="leave the line out"
        )
    _count(symbols.bias_names, biases, (*at, "bias_names"), "bias_names", "unit")
    if symbols.weight_names is None:
        return layer
    turned = order == "input,unit"
    rows, columns = (layer.inputs, layer.units) if turned else (layer.units, layer.inputs)
    row_word, column_word = ("input", "unit") if turned else ("unit", "input")
    place = (*at, "weight_names")
    for number, row in enumerate(symbols.weight_names):
        _count(row, columns, (*place, number), f"row {number + 1} of weight_names", column_word)
    _count(symbols.weight_names, rows, place, "weight_names", row_word, "row")
    if turned:
        return replace(
            layer, symbols=replace(symbols, weight_names=tuple(zip(*symbols.weight_names, strict=True)))
        )
    return layer


def _count(
    names: tuple[object, ...] | None, size: int | str, path: KeyPath, what: str, per: str, of: str = "name"
) -> None:
    if names is None or len(names) == size:
        return
    if isinstance(size, str):
        raise InputError(
            f"{what} needs a number of {per}s, and there are {size}", path=path, help="leave the line out"
        )
    count = len(names)
    raise InputError(
        f"{what} has {count} {of}{'s' if count != 1 else ''}, expected {size} (one per {per})", path=path
    )


def check_letters(notation: Notation, layers: tuple[Layer, ...]) -> None:
    """Raises InputError where one letter would mean two things that meet in a formula.

    Neighbouring levels that run over the same index, an index that is a quantity as well (i_i), a loss
    that is a quantity as well (∂H/∂H).
    """
    before = notation.input_index
    for position, layer in enumerate(layers):
        index = layer.symbols.index
        if index is not None and index == before:
            what = "the inputs" if position == 0 else f'layer "{layers[position - 1].name}"'
            raise InputError(
                f'layer "{layer.name}" and {what} have the same index letter "{index}"',
                path=("layers", position, "symbols", "index"),
                help="a sum over one of them would use the letter of the other; choose another",
            )
        if index is not None and index == notation.sample_index:
            raise InputError(
                f'layer "{layer.name}" and the samples have the same index letter "{index}"',
                path=("layers", position, "symbols", "index"),
                help="choose another letter, here or for sample_index",
            )
        before = index
    if notation.input_index is not None and notation.input_index == notation.sample_index:
        raise InputError(
            f'the inputs and the samples have the same index letter "{notation.input_index}"',
            path=("notation", "input_index"),
            help="choose another letter, here or for sample_index",
        )
    named = dict(_named(notation, layers))
    loss = notation.loss.partition("(")[0]
    if loss in named:
        raise InputError(
            f'the loss and {named[loss]} have the same symbol "{loss}"',
            path=("notation", "loss"),
            help=f"∂{loss}/∂{loss} would be read as 1; choose another letter for one of them",
        )
    named[loss] = "the loss"
    chosen: list[tuple[str | None, KeyPath]] = [
        (notation.input_index, ("notation", "input_index")),
        (notation.sample_index, ("notation", "sample_index")),
        *((layer.symbols.index, ("layers", at, "symbols", "index")) for at, layer in enumerate(layers)),
    ]
    for letter_chosen, path in chosen:
        if letter_chosen in named:
            raise InputError(
                f'the index letter "{letter_chosen}" is also the symbol of {named[letter_chosen]}',
                path=path,
                help=f"{letter_chosen}_{letter_chosen} would say nothing; choose another letter",
            )


def _named(notation: Notation, layers: tuple[Layer, ...]) -> Iterator[tuple[str, str]]:
    """Each symbol the file or its preset chooses, with what it stands for."""
    for name, what in ((notation.input, "the inputs"), (notation.target, "the targets")):
        if name:
            yield name, what
    if notation.prediction:
        yield notation.prediction, "the outputs"
    for layer in layers:
        for role in ("weights", "bias", "preactivation", "activation", "delta", "unit", "function"):
            if name := getattr(layer.symbols, role):
                yield name, f'the {_ROLES.get(role, role)} of layer "{layer.name}"'


_ROLES = {"delta": "error signal", "unit": "neurons", "function": "activation function"}
