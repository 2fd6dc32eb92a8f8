"""Names numbered through the whole network, where a preset's book tells its layers apart by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice

from ..problem.problem import Layer, Notation
from .presets import Preset


def numbered_through(
    layers: tuple[Layer, ...], features: int | str, notation: Notation, preset: Preset | None
) -> tuple[Layer, ...]:
    """The layers with numbers from 1 through the network: of the units, or of the parameters in Mazur's way.

    Mitchell, Russell and Norvig, and Rumelhart number the units, the inputs first; Mazur calls the hidden
    ones h, the outputs o, and numbers the weights. What the file names itself stays.
    """
    if preset is None or notation.layer_mark or notation.layout == "matrix":
        return layers
    if all(layer.symbols.unit for layer in layers):
        return _parameters_numbered(layers) if len(layers) > 1 else layers
    alike = len({layer.symbols.activation or notation.prediction for layer in layers}) < len(layers)
    named = any(layer.symbols.unit or layer.symbols.unit_names for layer in layers)
    if named or not (alike or layers[0].symbols.activation == notation.input):
        return layers
    if isinstance(features, str) or any(isinstance(layer.units, str) for layer in layers):
        return layers
    numbers = map(str, count(features + 1))
    return tuple(
        replace(layer, symbols=replace(layer.symbols, unit_names=tuple(islice(numbers, int(layer.units)))))
        for layer in layers
    )


def _parameters_numbered(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """w₁, w₂, … and b₁, b₂, …, where all layers have the same letter for them."""
    written = [layer.symbols for layer in layers]
    weights = len({symbols.weights for symbols in written}) == 1 and not any(s.weight_names for s in written)
    biases = len({symbols.bias for symbols in written}) == 1 and not any(s.bias_names for s in written)
    if any(isinstance(size, str) for layer in layers for size in (layer.units, layer.inputs)):
        return layers
    weight_numbers, bias_numbers = count(1), count(1)
    found: list[Layer] = []
    for layer in layers:
        symbols = layer.symbols
        if weights:
            rows = [
                _names(symbols.weights, weight_numbers, int(layer.inputs)) for _ in range(int(layer.units))
            ]
            symbols = replace(symbols, weight_names=tuple(rows))
        if biases and layer.has_bias:
            each = 1 if layer.shares_bias else int(layer.units)
            symbols = replace(symbols, bias_names=_names(symbols.bias, bias_numbers, each))
        found.append(replace(layer, symbols=symbols))
    return tuple(found)


def _names(letter: str | None, numbers: Iterator[int], size: int) -> tuple[str, ...]:
    return tuple(f"{letter}{number}" for number in islice(numbers, size))
