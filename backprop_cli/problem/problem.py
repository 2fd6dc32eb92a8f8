"""A problem: the network, its samples, its loss, and the notation its handout writes.

Internally weights are always [unit][input] and samples always rows, whatever the handout's orientation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Literal

import numpy as np

from ..formula.arithmetic import Array
from ..formula.tree import SAMPLE, Index, Key
from ..functions.losses import Loss
from ..functions.table import Row
from ..records import dataclass
from .language import ENGLISH, Language

Rounding = Literal["carry", "each-step"]
Slopes = Literal["prime", "preactivation", "activation"]  # how f′ is written
Layout = Literal["neurons", "matrix", "indices"]
Phase = Literal["forward", "loss", "backward", "gradient", "update"]
PHASES: tuple[Phase, ...] = ("forward", "loss", "backward", "gradient", "update")
DEFAULT_DIGITS = 4
MAX_DIGITS = 15


@dataclass(frozen=True, eq=False)
class Numbers:
    """Given numbers: their values, and each as it was typed (`0.10` stays 0.10)."""

    values: Array
    texts: np.ndarray  # of str, the same shape

    def __post_init__(self) -> None:
        self.values.setflags(write=False)
        self.texts.setflags(write=False)


@dataclass(frozen=True)
class Symbols:
    """How one layer's quantities are written; None: the standard notation's choice, or none at all."""

    weights: str | None = None
    bias: str | None = None
    preactivation: str | None = None
    activation: str | None = None
    delta: str | None = None  # "∂" writes the error signal as ∂L/∂z instead of naming it
    unit: str | None = None  # the neuron's own name: n in z(n₁[out])
    index: str | None = None  # the letter that runs over the layer's units
    function: str | None = None  # the activation function in general formulas: g in g′(p)
    unit_names: tuple[str, ...] | None = None
    weight_names: tuple[tuple[str, ...], ...] | None = None  # [unit][input]
    bias_names: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer: a = f(W·a_before + b)."""

    name: str
    units: int | str  # a letter where a symbolic problem leaves the size open
    inputs: int | str
    activation: Row
    weights: Numbers | None = None  # (units, inputs); None in a symbolic problem
    bias: Numbers | None = None  # (units,), or (1,) when the layer shares one bias
    has_bias: bool = False
    frozen: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    symbols: Symbols = Symbols()
    parameters: tuple[str, ...] = ("weights", "bias")  # the order in which their gradients are written

    @property
    def shares_bias(self) -> bool:
        return self.has_bias and "bias" in self.shared


@dataclass(frozen=True)
class Notation:
    """What a handout chooses about how things are written."""

    input: str | None = None
    target: str | None = None
    prediction: str | None = None
    loss: str = "L"
    learning_rate: str = "η"
    input_index: str | None = None
    sample_index: str | None = None
    layout: Layout = "neurons"
    layer_mark: str = "()"  # "[]", "()", or "" for none
    weight_order: Literal["unit,input", "input,unit"] = "unit,input"
    samples: Literal["rows", "columns"] = "rows"
    backward: frozenset[str] = frozenset(("preactivation",))
    delta_sign: Literal["gradient", "descent"] = "gradient"
    derivative: Slopes = "activation"
    change: str = ""  # what stands before a parameter that changes: Δ in Δw = −η·∂L/∂w; "" for no such line
    input_gradient: bool = False  # whether ∂L/∂x has a line of its own
    thresholds: bool = False  # whether a bias is a threshold θ, taken off: z = Σ w·x − θ
    slope_first: bool = False  # whether f′ goes before the signal that it is multiplied by: o(1 − o)(t − o)
    index_comma: bool = False  # whether a comma stands between two indices: B_{j,k}
    numbers: tuple[tuple[str, str], ...] = ()  # quantity → the number of its equation in the handout
    steps: tuple[tuple[str, tuple[str, ...]], ...] = ()  # the title of each step → the quantities in it
    # Below: keys beyond the contract's, for choices the five handouts make.
    preactivation: str = "weight,input,bias"  # the order of a preactivation's parts; bias first or last
    gradients: Literal["last", "by-layer"] | None = None  # after all error signals, or each behind its own
    # "terms", "sum", "mean": parts of the loss written on lines of their own
    loss_steps: tuple[str, ...] = ()  # "outputs": the terms with the loss's factor in them, as Mazur has them
    # What a symbolic handout shows of a gradient: the "local" derivatives first, the "chain" of them,
    # every error signal written out ("expanded"), and σ′(z) by itself before it is put in ("prime").
    derivation: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Optimizer:
    """How parameters move once their gradients are known; `optimizers.py` has the rules behind the names."""

    name: str = "gradient_descent"
    form: str = ""  # which of the rule's ways of writing it
    settings: Mapping[str, Numbers] = field(default_factory=dict)  # each of shape ()
    decays: frozenset[str] = frozenset(("weights",))  # the parameters that weight decay applies to
    taken: int = 0  # how many steps have been taken
    state: Mapping[Key, Numbers] = field(default_factory=dict)  # what is kept since; without it, zeros


@dataclass(frozen=True, eq=False)
class Penalty:
    """λ/2·Σw² over all weights: `over` is what it is divided by besides, `half` whether the ½ is there."""

    strength: Numbers  # λ, of shape ()
    over: int = 1
    half: bool = True


@dataclass(frozen=True, eq=False)
class Marks:
    """How sheets are marked: the decimals asked for, credits by verdict, weights by role, points by cell."""

    digits: Mapping[Phase, int] | None = None  # None: the problem's own
    follows: float = 1.0
    rounded: float = 1.0
    weights: Mapping[str, float] = field(default_factory=dict)
    points: Mapping[str, float] = field(default_factory=dict)
    # Whether a right formula earns what its number would; None: in letters only.
    formulas: Literal["accept", "refuse"] | None = None
    ask: tuple[str, ...] = ()  # roles, quantities and cells; none: all that is written
    # In letters: gradients as chains of partial derivatives, as formulas, or both; None: as the handout does.
    form: Literal["chain", "formula", "both"] | None = None


@dataclass(frozen=True)
class Paper:
    """What stands at the head of an exam: the course, its date, time and version, and fields to fill in."""

    course: str = ""
    date: str = ""
    time: str = ""
    version: str = ""
    fields: tuple[str, ...] = ("Name",)


@dataclass(frozen=True)
class Span:
    """What a number is drawn from: low, low + step, … up to high, each with so many decimals."""

    low: float
    high: float
    step: float
    decimals: int


@dataclass(frozen=True, eq=False)
class Vary:
    """How variants of the exercise are drawn: what stays as it is, and what is drawn from which numbers.

    Names are inputs, targets, weights, bias and LAYER.weights, or the symbols of equations.
    """

    keep: frozenset[str] = frozenset(("targets",))
    spans: Mapping[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Problem:
    """A network with its samples, as one handout sets it. Frozen; build it with `backprop_cli.load`."""

    name: str
    layers: tuple[Layer, ...]
    loss: Loss
    title: str = ""
    source: str = ""
    description: str = ""
    inputs: Numbers | None = None  # (samples, features); None in a symbolic problem
    targets: Numbers | None = None  # (samples, outputs)
    features: int | str = 1
    batch: Literal["mean", "sum"] = "mean"
    penalty: Penalty | None = None
    learning_rate: Numbers | None = None  # shape ()
    digits: Mapping[Phase, int] = field(default_factory=lambda: dict.fromkeys(PHASES, DEFAULT_DIGITS))
    rounding: Rounding = "carry"
    schedule: Literal["batch", "online"] = "batch"
    rule: Literal["gradient", "perceptron"] = "gradient"
    epochs: int = 1  # how many times the samples are presented; `inputs` has them all, in their order
    optimizer: Optimizer = field(default_factory=Optimizer)
    notation: Notation = Notation()
    marks: Marks = field(default_factory=Marks)
    paper: Paper = Paper()
    language: Language = ENGLISH
    vary: Vary = field(default_factory=Vary)

    @property
    def symbolic(self) -> bool:
        """Whether the problem has letters only, and no numbers."""
        return self.inputs is None

    @property
    def samples(self) -> int:
        """How many samples there are; a symbolic problem is about one."""
        return 1 if self.inputs is None else len(self.inputs.values)

    @property
    def depth(self) -> int:
        """The number of layers, the inputs not counted: the level of the output."""
        return len(self.layers)

    def layer(self, level: int) -> Layer:
        """The layer at a level, 1 for the first."""
        return self.layers[level - 1]

    def size(self, index: Index) -> int | str:
        """How many values an index takes, a letter where the handout leaves it open."""
        if index.level == SAMPLE:
            return self.samples
        return self.features if index.level == 0 else self.layer(index.level).units

    @property
    def sizes(self) -> tuple[int | str, ...]:
        """Features, then the units of each layer: (2, 3, 1) for a 2-3-1 network."""
        return (self.features, *(layer.units for layer in self.layers))

    @property
    def shape(self) -> str:
        """The sizes as usually written: 2-3-1."""
        return "-".join(str(size) for size in self.sizes)

    def merged(self, level: int) -> bool:
        """Whether a linear layer's preactivation and activation have one symbol, hence one line."""
        layer = self.layer(level)
        if layer.activation.name != "identity":
            return False
        before, after = layer.symbols.preactivation, layer.symbols.activation
        if level == self.depth and after is None and self.notation.prediction:
            return before in (None, self.notation.prediction)
        return before is not None and before == after

    def epoch(self) -> Problem:
        """The problem with its samples presented once."""
        if self.inputs is None or self.targets is None or not 1 < self.epochs <= self.samples:
            return self
        first = slice(0, self.samples // self.epochs)
        return replace(
            self,
            inputs=Numbers(self.inputs.values[first], self.inputs.texts[first]),
            targets=Numbers(self.targets.values[first], self.targets.texts[first]),
            epochs=1,
        )

    def sample(self, position: int) -> Problem:
        """The problem with one of its samples only."""
        if self.inputs is None or self.targets is None:
            return self
        one = slice(position, position + 1)
        return replace(
            self,
            inputs=Numbers(self.inputs.values[one], self.inputs.texts[one]),
            targets=Numbers(self.targets.values[one], self.targets.texts[one]),
        )
