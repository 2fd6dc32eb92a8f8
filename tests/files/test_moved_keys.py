"""A key in the wrong place is told where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import backprop

NETWORK = """
{top}
inputs = [[1.0]]
targets = [[1.0]]
{loss}
[[layers]]
activation = "identity"
weights = [[2.0]]
{layer}
{tables}
"""

IN_A_LAYER = (
    "inputs",
    "targets",
    "labels",
    "features",
    "batch",
    "learning_rate",
    "digits",
    "rounding",
    "schedule",
)
UNDER_SYMBOLS = ("preactivation", "delta", "index", "unit_names", "weight_names", "bias_names")
AT_THE_TOP = ("weights", "bias", "activation", "units", "symbols", "frozen", "shared")
IN_NOTATION = ("layout", "layer_mark", "weight_order", "samples", "backward", "delta_sign", "derivative")


def fault(folder: Path, **parts: str) -> str:
    path = folder / "problem.toml"
    chosen = {"top": "", "loss": 'loss = "squared_error"', "layer": "", "tables": ""} | parts
    path.write_text(NETWORK.format(**chosen), encoding="utf-8")
    ran = backprop("solve", path)
    assert (ran.status, ran.out) == (2, "")
    return " ".join(ran.err.split())


@pytest.mark.parametrize("key", IN_A_LAYER)
def test_a_key_of_the_problem_in_a_layer(tmp_path: Path, key: str) -> None:
    assert f"{key} belongs to the whole problem: move the line above the first [[layers]]" in fault(
        tmp_path, layer=f"{key} = 1"
    )


@pytest.mark.parametrize("key", UNDER_SYMBOLS)
def test_a_symbol_in_a_layer(tmp_path: Path, key: str) -> None:
    assert f"{key} belongs under symbols: symbols = {{ {key} = … }}" in fault(tmp_path, layer=f"{key} = 1")


@pytest.mark.parametrize("key", AT_THE_TOP)
def test_a_key_of_a_layer_at_the_top(tmp_path: Path, key: str) -> None:
    assert f"{key} belongs to a layer: put it below [[layers]]" in fault(tmp_path, top=f"{key} = 1")


@pytest.mark.parametrize("key", IN_NOTATION)
def test_a_key_of_the_notation_at_the_top(tmp_path: Path, key: str) -> None:
    assert f"{key} belongs in the [notation] table" in fault(tmp_path, top=f"{key} = 1")


@pytest.mark.parametrize("key", ["layout", "layer_mark", "backward"])
def test_a_key_of_the_notation_among_a_layers_symbols(tmp_path: Path, key: str) -> None:
    assert f"{key} belongs in the [notation] table" in fault(tmp_path, layer=f"symbols = {{ {key} = 1 }}")


@pytest.mark.parametrize("key", ["weights", "bias", "unit", "delta"])
def test_a_layers_symbol_in_the_notation(tmp_path: Path, key: str) -> None:
    assert f"{key} belongs to a layer: [layers.symbols]" in fault(tmp_path, tables=f'[notation]\n{key} = "q"')


def test_a_single_layer_table_and_a_networks_name(tmp_path: Path) -> None:
    assert 'a layer begins with [[layers]], with an "s"' in fault(tmp_path, tables="[[layer]]")
    assert "the network's name is its title" in fault(tmp_path, top='name = "x"')
