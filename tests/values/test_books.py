"""A preset's output reads as its book does: its letters, its numbering, one symbol for one quantity."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import backprop

TWO_BY_TWO = (
    'inputs = [0.05, 0.10]\ntargets = [0.01, 0.99]\nlearning_rate = 0.5\nloss = "half_squared_error"\n'
    '[[layers]]\nactivation = "sigmoid"\nweights = [[0.15, 0.20], [0.25, 0.30]]\nbias = 0.35\n'
    '[[layers]]\nactivation = "sigmoid"\nweights = [[0.40, 0.45], [0.50, 0.55]]\nbias = 0.60\n'
)


def solved(folder: Path, text: str) -> list[str]:
    """The printed lines, runs of spaces as one."""
    (folder / "problem.toml").write_text(text, encoding="utf-8")
    ran = backprop("solve", str(folder / "problem.toml"))
    assert ran.status == 0, ran.err
    return [re.sub(" +", " ", line).strip() for line in ran.out.splitlines()]


def test_mazurs_weights_are_numbered_through_the_network(tmp_path: Path) -> None:
    """His w5⁺ = 0.35891648 and w8⁺ = 0.561370121 stand at w₅ and w₈; no other weight is called so."""
    lines = solved(tmp_path, 'notation = "mazur"\ndigits = 9\n' + TWO_BY_TWO)
    assert "w₅ ← 0.40 − 0.5·0.082167041 = 0.358916480" in lines
    assert "w₁ ← 0.15 − 0.5·0.000438568 = 0.149780716" in lines
    assert "∂E/∂w₈ = −0.038098237·0.596884378 = −0.022740242" in lines
    assert [line.split()[0] for line in lines if re.match(r"[wb].+0000 ", line)] == [
        *("w₅", "w₆", "w₇", "w₈", "b₃", "b₄", "w₁", "w₂", "w₃", "w₄", "b₁", "b₂")
    ]


@pytest.mark.parametrize(
    ("preset", "forward", "weight"),
    [
        ("mitchell", ["o₃ = σ(0.3775) = 0.5933", "o₅ = σ(1.1059) = 0.7514"], "w₅₃"),
        ("rumelhart", ["y₃ = σ(0.3775) = 0.5933", "y₅ = σ(1.1059) = 0.7514"], "w₅₃"),
        ("russell-norvig", ["a₃ = σ(0.3775) = 0.5933", "a₅ = σ(1.1059) = 0.7514"], "w₃₅"),
    ],
)
def test_units_are_numbered_through_the_network_where_the_book_marks_no_layers(
    preset: str, forward: list[str], weight: str, tmp_path: Path
) -> None:
    text = TWO_BY_TWO
    if preset == "russell-norvig":
        text = text.replace("0.20], [0.25", "0.25], [0.20").replace("0.45], [0.50", "0.50], [0.45")
    lines = solved(tmp_path, f'notation = "{preset}"\n{text}')
    assert [line for line in lines if line in forward] == forward
    assert [line for line in lines if line.startswith(f"{weight} ") and line.endswith("0.3589")]


def test_bishops_outputs_are_called_y(tmp_path: Path) -> None:
    lines = solved(tmp_path, f'notation = "bishop"\n{TWO_BY_TWO}')
    assert "yₖ = h(a⁽²⁾ₖ) for k = 1, 2" in lines
    assert "δ⁽²⁾₁ = (0.7514 − 0.01) · σ(1.1059) · (1 − σ(1.1059)) = 0.1385" in lines


def test_layers_keep_their_mark_where_only_it_tells_two_quantities_apart(tmp_path: Path) -> None:
    """The letters of the file stand without a mark; δ, which it leaves open, would be both layers'."""
    hidden = 'bias = 0.35\nsymbols = { weights = "W", bias = "c", activation = "h" }'
    output = 'bias = 0.60\nsymbols = { weights = "w", bias = "b", activation = "o" }'
    notation = '[notation]\nlayout = "matrix"\nlayer_mark = "none"\n'
    text = TWO_BY_TWO.replace("bias = 0.35", hidden).replace("bias = 0.60", output)
    lines = solved(tmp_path, text + notation)
    assert "δ⁽¹⁾ = (δ⁽²⁾ · w) ⊙ h ⊙ (1 − h)" in lines
    assert "∂L/∂W = (δ⁽¹⁾)ᵀ · X" in lines


def test_minus_nothing_is_nothing(tmp_path: Path) -> None:
    """−y/a for the class that is not meant is written 0/a."""
    text = TWO_BY_TWO.replace("[0.01, 0.99]", "[0, 1]").replace("half_squared_error", "cross_entropy")
    lines = solved(tmp_path, f'notation = "mazur"\n{text}')
    assert "∂E/∂out(o₁) = 0/0.7514 = 0.0000" in lines
    assert "∂E/∂out(o₂) = −1/0.7729 = −1.2938" in lines


@pytest.mark.parametrize("layout", ["neurons", "matrix", "indices"])
def test_a_target_without_a_symbol_is_t_where_the_output_is_y(layout: str, tmp_path: Path) -> None:
    text = TWO_BY_TWO.replace("bias = 0.60", 'symbols = { activation = "y" }')
    printed = "\n".join(solved(tmp_path, f'{text}[notation]\nlayout = "{layout}"\nlayer_mark = "none"\n'))
    assert "(y − T)²" in printed if layout == "matrix" else "(yₖ − tₖ)²" in printed


def test_two_biases_without_an_index_are_told_apart_by_their_layer(tmp_path: Path) -> None:
    text = TWO_BY_TWO.replace("bias = ", 'shared = ["bias"]\nbias = ')
    lines = solved(tmp_path, f'{text}[notation]\nlayer_mark = "none"\n')
    assert [line for line in lines if line.startswith("b")] == [
        "b⁽²⁾ ← b⁽²⁾ − η · ∂L/∂b⁽²⁾",
        "b⁽²⁾ ← 0.60 − 0.5·0.1004 = 0.5498",
        "b⁽¹⁾ ← b⁽¹⁾ − η · ∂L/∂b⁽¹⁾",
        "b⁽¹⁾ ← 0.35 − 0.5·0.0187 ≈ 0.3406",
        "b⁽²⁾ 0.6000 0.1004 0.5498",
        "b⁽¹⁾ 0.3500 0.0187 0.3406",
    ]
