"""Notation presets: name → how one well-known text writes things.

Only the facts of each notation are here: which letter, which index order, which error signal has a name.
"""

from __future__ import annotations

from ..problem.problem import Notation, Symbols
from ..records import dataclass

_DELTA = frozenset(("preactivation",))
_BOTH = frozenset(("activation", "preactivation"))


@dataclass(frozen=True)
class Preset:
    """A notation, the symbols of every layer, and what is fixed for networks with one hidden layer only."""

    notation: Notation
    symbols: Symbols
    letters: tuple[str, str, str] | None = None  # over the inputs, the hidden and the output units
    unit: tuple[str, str] | None = None  # the names of the hidden and of the output units


PRESETS: dict[str, Preset] = {
    # M. Nielsen, Neural Networks and Deep Learning (2015), chapter 2: w^l_jk goes from unit k to unit j.
    "nielsen": Preset(
        Notation(
            input="x",
            target="y",
            loss="C",
            learning_rate="η",
            layout="matrix",
            layer_mark="()",
            samples="columns",
            backward=_DELTA,
            derivative="prime",
        ),
        Symbols(weights="w", bias="b", preactivation="z", activation="a", delta="δ", function="σ"),
    ),
    # C. Bishop, Pattern Recognition and Machine Learning (2006), 5.1 to 5.3: a is the preactivation,
    # z = h(a) the activation.
    # The book has its biases as weights w_j0; they keep a letter of their own here.
    "bishop": Preset(
        Notation(
            input="x",
            target="t",
            prediction="y",
            loss="E",
            learning_rate="η",
            layout="indices",
            layer_mark="()",
            backward=_DELTA,
            derivative="prime",
            sample_index="n",
        ),
        Symbols(weights="w", bias="b", preactivation="a", activation="z", delta="δ", function="h"),
        letters=("i", "j", "k"),
    ),
    # A. Ng, Deep Learning Specialization (2017), Neural Networks and Deep Learning: capitals hold all
    # samples, one a column; dZ is short for ∂L/∂Z.
    "ng": Preset(
        Notation(
            input="X",
            target="Y",
            loss="J",
            learning_rate="α",
            layout="matrix",
            layer_mark="[]",
            samples="columns",
            backward=_DELTA,
            derivative="prime",
            sample_index="i",
        ),
        Symbols(weights="W", bias="b", preactivation="Z", activation="A", delta="dZ", function="g"),
    ),
    # T. Mitchell, Machine Learning (1997), 4.5: δ_k = o_k(1 − o_k)(t_k − o_k), w_ji goes from unit i to unit
    # j. The book has its biases as weights w_0.
    "mitchell": Preset(
        Notation(
            input="x",
            target="t",
            prediction="o",
            loss="E",
            learning_rate="η",
            layout="indices",
            layer_mark="",
            backward=_DELTA,
            delta_sign="descent",
            derivative="activation",
            slope_first=True,
        ),
        Symbols(weights="w", bias="b", preactivation="net", activation="o", delta="δ", function="σ"),
        letters=("i", "h", "k"),
    ),
    # M. Mazur, A Step by Step Backpropagation Example (2015): scalar lines, ∂E/∂out and ∂E/∂net written out.
    "mazur": Preset(
        Notation(
            input="i",
            target="target",
            loss="E",
            learning_rate="η",
            layout="neurons",
            layer_mark="",
            backward=_BOTH,
            derivative="activation",
        ),
        Symbols(weights="w", bias="b", preactivation="net", activation="out", delta="∂"),
        unit=("h", "o"),
    ),
    # S. Russell, P. Norvig, Artificial Intelligence: A Modern Approach, 3rd ed. (2010), 18.7: w_ij goes from
    # unit i to unit j, Δ_j = g′(in_j)·(y_j − a_j), w ← w + α·a_i·Δ_j.
    "russell-norvig": Preset(
        Notation(
            input="x",
            target="y",
            loss="Loss",
            learning_rate="α",
            layout="indices",
            layer_mark="",
            weight_order="input,unit",
            backward=_DELTA,
            delta_sign="descent",
            derivative="prime",
        ),
        Symbols(weights="w", bias="b", preactivation="in", activation="a", delta="Δ", function="g"),
        letters=("i", "j", "k"),
    ),
    # D. Rumelhart, G. Hinton, R. Williams, Learning representations by back-propagating errors, Nature 323
    # (1986): x_j = Σ y_i·w_ji is the preactivation, d the desired output, ε the learning rate; ∂E/∂y and
    # ∂E/∂x are written out.
    "rumelhart": Preset(
        Notation(
            input="y",
            target="d",
            loss="E",
            learning_rate="ε",
            layout="indices",
            layer_mark="",
            backward=_BOTH,
            derivative="activation",
            preactivation="input,weight,bias",
            sample_index="c",
        ),
        Symbols(weights="w", bias="b", preactivation="x", activation="y", delta="∂"),
    ),
}
