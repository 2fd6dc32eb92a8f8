"""A 3-4-2-2 network of tanh, ReLU and softmax on a batch of three, against PyTorch.

The expected numbers were worked out with PyTorch 2.13.0 (CPU, float64) by this script, and pasted:

    s = X @ V.T + v; h = torch.tanh(s)
    q = h @ U.T + u; g = torch.relu(q)
    o = g @ R.T + r; p = torch.softmax(o, 1)
    losses = -(T * torch.log(p)).sum(1)
    losses.sum().backward()     # ∂ℓ/∂… of each sample's own loss, retain_grad() on all of the above
    gradient = parameter.grad / 3
    new = parameter - 0.5 * parameter.grad / 3
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import backprop
from networks import assert_agrees

from backprop_cli import Solution, parse_problem, solve

PROBLEM = """
title = "A 3-4-2-2 network of tanh, ReLU and softmax"
inputs = [[0.5, -1.2, 0.3], [1.0, 0.4, -0.7], [-0.3, 0.8, 1.5]]
labels = [1, 2, 1]
loss = "cross_entropy"
learning_rate = 0.5

[[layers]]
name = "lower"
activation = "tanh"
weights = [[0.2, -0.4, 0.1], [0.7, 0.3, -0.5], [-0.6, 0.1, 0.4], [0.3, -0.2, 0.8]]
bias = [0.1, -0.2, 0.3, 0.05]
symbols = { weights = "V", bias = "v", preactivation = "s", activation = "h", delta = "ε", index = "j" }

[[layers]]
name = "upper"
activation = "relu"
weights = [[0.6, -0.1, 0.4, 0.2], [-0.3, 0.5, 0.2, -0.7]]
bias = [0.2, 0.1]
symbols = { weights = "U", bias = "u", preactivation = "q", activation = "g", delta = "ε", index = "m" }

[[layers]]
name = "top"
activation = "softmax"
weights = [[0.9, -0.8], [-0.4, 0.3]]
bias = [-0.1, 0.25]
symbols = { weights = "R", bias = "r", preactivation = "o", activation = "p", delta = "ε", index = "k" }

[notation]
target = "t"
loss = "H"
input_index = "d"
sample_index = "n"
layer_mark = "none"
"""

LOSS = 0.4103707026074412
SAMPLE_LOSSES = [0.44282859633, 0.324867239868, 0.463416271624]
INPUT_GRADIENT = [
    [0.0871643127705, 0.0757800771208, -0.160783022624],
    [0.05797839415, -0.100481933121, 0.181415185792],
    [-0.0153623734131, 0.122434377657, -0.0973853729966],
]
LAYERS: list[dict[str, Any]] = [
    {
        "preactivation": [[0.71, -0.36, 0.0, 0.68], [0.07, 0.97, -0.54, -0.29], [-0.13, -0.92, 1.16, 1.0]],
        "activation": [
            [0.610676832817, -0.345214034136, 0.0, 0.591519395432],
            [0.0698858903164, 0.748704286969, -0.492987966675, -0.28213481267],
            [-0.129272583606, -0.725897414849, 0.821039881333, 0.761594155956],
        ],
        "activation_gradient": [
            [-0.279070524679, 0.0465117541132, -0.186047016453, -0.0930235082264],
            [0.0915343166639, -0.15255719444, -0.0610228777759, 0.213580072216],
            [-0.289278062784, 0.048213010464, -0.192852041856, -0.096426020928],
        ],
        "delta": [
            [-0.174997816014, 0.040968821428, -0.186047016453, -0.0604750296599],
            [0.0910872596137, -0.0670400219605, -0.0461920523743, 0.19657908725],
            [-0.284443821113, 0.0228082707567, -0.06284922946, -0.0404964546537],
        ],
        "weight_gradient": [
            [0.0296404993135, 0.00629240872391, -0.180975386068],
            [-0.0177993641578, -0.0192439926308, 0.0311436893119],
            [-0.0401202639209, 0.0515000717419, -0.0392511708213],
            [0.0594968362721, 0.0396015022563, -0.0721641839846],
        ],
        "bias_gradient": [-0.122784792505, -0.00108764325862, -0.0983627660957, 0.0318692009789],
        "new_weights": [
            [0.185179750343, -0.403146204362, 0.190487693034],
            [0.708899682079, 0.309621996315, -0.515571844656],
            [-0.57993986804, 0.0742499641291, 0.419625585411],
            [0.270251581864, -0.219800751128, 0.836082091992],
        ],
        "new_bias": [0.161392396252, -0.199456178371, 0.349181383048, 0.0340653995106],
    },
    {
        "preactivation": [
            [0.71923138219, -0.669873643715],
            [-0.0865610437111, 0.552283151923],
            [0.675760975046, -0.593074865245],
        ],
        "activation": [[0.71923138219, 0.0], [0.0, 0.552283151923], [0.675760975046, 0.0]],
        "activation_gradient": [
            [-0.465117541132, 0.393560996342],
            [0.360589732312, -0.30511438888],
            [-0.48213010464, 0.407956242388],
        ],
        "delta": [[-0.465117541132, 0.0], [0.0, -0.30511438888], [-0.48213010464, 0.0]],
        "weight_gradient": [
            [-0.073903434215, 0.170180699767, -0.131949347967, -0.214104505613],
            [-0.0071077302384, -0.0761468169901, 0.0501392407257, 0.0286944636498],
        ],
        "bias_gradient": [-0.315749215257, -0.101704796293],
        "new_weights": [
            [0.636951717107, -0.185090349883, 0.465974673983, 0.307052252807],
            [-0.296446134881, 0.538073408495, 0.174930379637, -0.714347231825],
        ],
        "new_bias": [0.357874607629, 0.150852398147],
    },
    {
        "preactivation": [
            [0.547308243971, -0.037692552876],
            [-0.541826521539, 0.415684945577],
            [0.508184877541, -0.0203043900182],
        ],
        "activation": [
            [0.642217276052, 0.357782723948],
            [0.277376717163, 0.722623282837],
            [0.629130688738, 0.370869311262],
        ],
        "activation_gradient": [[-1.55710541788, 0.0], [0.0, -1.38384691409], [-1.58949486633, 0.0]],
        "delta": [
            [-0.357782723948, 0.357782723948],
            [0.277376717163, -0.277376717163],
            [-0.370869311262, 0.370869311262],
        ],
        "weight_gradient": [[-0.16931585682, 0.0510634958751], [0.16931585682, -0.0510634958751]],
        "bias_gradient": [-0.150425106015, 0.150425106015],
        "new_weights": [[0.98465792841, -0.825531747938], [-0.48465792841, 0.325531747938]],
        "new_bias": [-0.0247874469924, 0.174787446992],
    },
]


@pytest.fixture(scope="module")
def solution() -> Solution:
    return solve(parse_problem(PROBLEM, "problem.toml", "three-layers"))


def test_losses_and_input_gradient_are_pytorchs(solution: Solution) -> None:
    assert_agrees("loss", solution.loss, LOSS, "PyTorch", 1e-11)
    assert_agrees("sample_losses", solution.sample_losses, SAMPLE_LOSSES, "PyTorch", 1e-11)
    assert_agrees("input_gradient", solution.input_gradient, INPUT_GRADIENT, "PyTorch", 1e-11)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("role", list(LAYERS[0]))
def test_every_value_is_pytorchs(level: int, role: str, solution: Solution) -> None:
    layer = solution.layers[level]
    assert_agrees(f"{layer.name}.{role}", getattr(layer, role), LAYERS[level][role], "PyTorch", 1e-11)


@pytest.mark.parametrize("layout", ["neurons", "matrix", "indices"])
def test_printed_values_are_pytorchs_in_every_layout(layout: str, tmp_path: Path) -> None:
    """Each error signal, gradient and new weight stands on the page, to four decimals."""
    file = tmp_path / "problem.toml"
    file.write_text(f'{PROBLEM}layout = "{layout}"\n', encoding="utf-8")
    ran = backprop("solve", file)
    assert ran.status == 0, ran.err
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    for layer in LAYERS:
        for role in (
            "preactivation",
            "activation",
            "delta",
            "weight_gradient",
            "bias_gradient",
            "new_weights",
        ):
            for value in np.ravel(layer[role]):
                shown = f"{value + 0.0:.4f}".replace("-0.0000", "0.0000").replace("-", "−")
                assert shown in ran.out, f"{role}: {shown} is not on the page"


def test_own_symbols_stand_in_the_formulas(tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    file.write_text(PROBLEM, encoding="utf-8")
    printed = backprop("solve", file).out
    for line in (
        "sₙⱼ = Σ_d V_jd·x_nd + vⱼ",
        "hₙⱼ = tanh(sₙⱼ)    for n = 1, 2, 3 and j = 1, 2, 3, 4",
        "gₙₘ = ReLU(qₙₘ)    for n = 1, 2, 3 and m = 1, 2",
        "pₙₖ = e^oₙₖ/Σₗ e^oₙₗ    for n = 1, 2, 3 and k = 1, 2",
        "Hₙ = −Σₖ tₙₖ·ln(pₙₖ)    for n = 1, 2, 3",
        "εₙₖ = pₙₖ − tₙₖ    for n = 1, 2, 3 and k = 1, 2",
        "εₙₘ = (Σₖ εₙₖ·Rₖₘ)·ReLU′(qₙₘ)    for n = 1, 2, 3 and m = 1, 2",
        "∂H/∂Uₘⱼ = 1/3·Σₙ εₙₘ·hₙⱼ    for m = 1, 2 and j = 1, 2, 3, 4",
    ):
        assert f"  {line}\n" in printed
