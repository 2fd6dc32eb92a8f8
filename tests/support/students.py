"""Simulated students: a plain NumPy forward and backward pass, by hand or carried, with at most one mistake.

Nothing here uses the program's formulas: what a student writes is worked out anew, line by line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = Any
Sheet = dict[str, Array]  # "layer.role" → values, [sample][unit] or [unit][input]

F: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "identity": lambda z: z,
}
SLOPE: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: F["sigmoid"](z) * (1 - F["sigmoid"](z)),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: (z > 0).astype(float),
    "identity": np.ones_like,
}


@dataclass(frozen=True)
class Exercise:
    """A network with its samples, as arrays."""

    weights: list[Array]
    biases: list[Array]
    activations: list[str]
    loss: str
    x: Array
    y: Array
    digits: int
    rate: float = 0.5
    marks: dict[str, float] = field(default_factory=dict)

    def toml(self) -> str:
        """The exercise as a problem file."""
        lines = [
            f"inputs = {self.x.tolist()}",
            f"targets = {self.y.tolist()}",
            f'loss = "{self.loss}"',
            f"learning_rate = {self.rate}",
            f"digits = {self.digits}",
        ]
        for w, b, f in zip(self.weights, self.biases, self.activations, strict=True):
            lines += ["[[layers]]", f'activation = "{f}"', f"weights = {w.tolist()}", f"bias = {b.tolist()}"]
        return "\n".join(lines)


def any_exercise(rng: np.random.Generator) -> Exercise:
    """1 to 3 samples, 1 or 2 hidden layers, 3 to 5 decimals."""
    hidden = int(rng.integers(1, 3))
    samples, digits = int(rng.integers(1, 4)), int(rng.integers(3, 6))
    loss = str(rng.choice(["squared_error", "half_squared_error", "binary_cross_entropy", "cross_entropy"]))
    outputs = 2 if loss == "cross_entropy" else int(rng.integers(1, 3))
    sizes = [int(rng.integers(2, 4)), *(int(rng.integers(2, 4)) for _ in range(hidden)), outputs]
    last = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}.get(loss, "sigmoid")
    if loss == "squared_error" and rng.random() < 0.5:
        last = "identity"
    activations = [str(rng.choice(["sigmoid", "tanh", "relu"])) for _ in range(hidden)] + [last]
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))

    def drawn(*shape: int) -> Array:
        return np.round(rng.uniform(0.1, 1.0, shape) * rng.choice([-1, 1], shape), 2)

    y = rng.integers(0, 2, (samples, outputs)).astype(float)
    if loss == "cross_entropy":
        y = np.eye(2)[rng.integers(0, 2, samples)]
    weights = [drawn(*shape) for shape in shapes]
    biases = [drawn(shape[0]) for shape in shapes]
    return Exercise(weights, biases, activations, loss, drawn(samples, sizes[0]), y, digits)


Meddle = Callable[[str, Array, "Student"], Array]


class Student:
    """Works an exercise out, each line written to its digits; `meddle` may spoil a line's value."""

    def __init__(self, exercise: Exercise, *, by_hand: bool, meddle: Meddle | None = None) -> None:
        self.exercise, self.by_hand, self.meddle = exercise, by_hand, meddle
        self.values: Sheet = {}
        self.sheet: Sheet = {}

    def write(self, name: str, value: Array) -> Array:
        """Put a line on the sheet, and return what the next line uses."""
        if self.meddle:
            value = self.meddle(name, value, self)
        rounded = np.round(np.asarray(value, dtype=float) + 1e-12, self.exercise.digits) + 0.0
        self.sheet[name] = rounded
        self.values[name] = rounded if self.by_hand else value
        return self.values[name]

    def work(self) -> Sheet:
        """Forward, loss, backward, gradients, update."""
        e = self.exercise
        a = e.x
        depth = len(e.weights)
        for level, (w, b, f) in enumerate(zip(e.weights, e.biases, e.activations, strict=True), start=1):
            z = self.write(f"{level}.preactivation", a @ w.T + b)
            a = self.write(f"{level}.activation", softmax(z) if f == "softmax" else F[f](z))
        own = losses(e, a)
        if len(e.x) > 1:
            own = self.write("sample_losses", own)
        self.write("loss", own.mean())
        z = self.values[f"{depth}.preactivation"]
        if e.loss in ("binary_cross_entropy", "cross_entropy"):
            delta = a - e.y
        else:
            scale = {"squared_error": 2.0, "half_squared_error": 1.0}[e.loss]
            delta = scale * (a - e.y) * SLOPE[e.activations[-1]](z)
        delta = self.write(f"{depth}.delta", delta)
        for level in range(depth - 1, 0, -1):
            z = self.values[f"{level}.preactivation"]
            delta = (delta @ e.weights[level]) * SLOPE[e.activations[level - 1]](z)
            delta = self.write(f"{level}.delta", delta)
        for level in range(depth, 0, -1):
            before = self.values[f"{level - 1}.activation"] if level > 1 else e.x
            delta = self.values[f"{level}.delta"]
            self.write(f"{level}.weight_gradient", delta.T @ before / len(e.x))
            self.write(f"{level}.bias_gradient", delta.mean(axis=0))
        for level in range(depth, 0, -1):
            for role, old in (("weights", e.weights[level - 1]), ("bias", e.biases[level - 1])):
                gradient = self.values[f"{level}.{'weight' if role == 'weights' else 'bias'}_gradient"]
                self.write(f"{level}.new_{role}", old - e.rate * gradient)
        return self.sheet


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def losses(e: Exercise, a: Array) -> Array:
    """Each sample's own loss."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if e.loss == "cross_entropy":
            return -np.where(e.y > 0, e.y * np.log(a), 0.0).sum(axis=1)
        if e.loss == "binary_cross_entropy":
            return -(np.where(e.y > 0, np.log(a), 0.0) + np.where(e.y < 1, np.log(1 - a), 0.0)).sum(axis=1)
    return {"squared_error": 1.0, "half_squared_error": 0.5}[e.loss] * ((a - e.y) ** 2).sum(axis=1)


@dataclass(frozen=True)
class Mistake:
    """One mistake of the list: its slip codes (any of which names it), and how it spoils a line."""

    name: str
    codes: frozenset[str]
    roles: tuple[str, ...]
    spoil: Callable[[str, Array, Student], Array | None]  # None: does not apply to this line


def level_of(name: str) -> int:
    return int(name.partition(".")[0]) if "." in name else 0


def _z(s: Student, level: int) -> Array:
    return s.values[f"{level}.preactivation"]


def _before(s: Student, level: int) -> Array:
    return s.values[f"{level - 1}.activation"] if level > 1 else s.exercise.x


def _from_above(s: Student, level: int, w: Array) -> Array:
    return s.values[f"{level + 1}.delta"] @ w


def _hidden(name: str, s: Student) -> bool:
    return level_of(name) < len(s.exercise.weights)


def _slope(s: Student, level: int) -> str:
    return s.exercise.activations[level - 1]


def _collapsed(s: Student) -> bool:
    return s.exercise.loss in ("binary_cross_entropy", "cross_entropy")


def _error(s: Student, level: int) -> Array | None:
    """∂ℓ/∂a of a layer."""
    e = s.exercise
    if _hidden(f"{level}.", s):
        return _from_above(s, level, e.weights[level])
    if _collapsed(s):
        return None
    return {"squared_error": 2.0, "half_squared_error": 1.0}[e.loss] * (s.values[f"{level}.activation"] - e.y)


def _delta_with(make: Callable[[Student, int], Array]) -> Callable[[str, Array, Student], Array | None]:
    def spoil(name: str, value: Array, s: Student) -> Array | None:
        level = level_of(name)
        error = _error(s, level)
        return None if error is None or _slope(s, level) == "identity" else error * make(s, level)

    return spoil


def _not_transposed(name: str, value: Array, s: Student) -> Array | None:
    level = level_of(name)
    if not _hidden(name, s):
        return None
    w = s.exercise.weights[level]
    if w.shape[0] != w.shape[1]:
        return None
    return _from_above(s, level, w.T) * SLOPE[_slope(s, level)](_z(s, level))


def _updated(name: str, value: Array, s: Student) -> Array | None:
    level = level_of(name)
    if not _hidden(name, s):
        return None
    e = s.exercise
    delta = s.values[f"{level + 1}.delta"]
    new = e.weights[level] - e.rate * delta.T @ _before(s, level + 1) / len(e.x)
    return _from_above(s, level, new) * SLOPE[_slope(s, level)](_z(s, level))


def _minus_bias(factor: float) -> Callable[[str, Array, Student], Array | None]:
    return lambda name, value, s: value + factor * s.exercise.biases[level_of(name) - 1]


def _z_for_a(name: str, value: Array, s: Student) -> Array | None:
    level = level_of(name)
    if level < 2:
        return None
    e = s.exercise
    if name.endswith("preactivation"):
        return _z(s, level - 1) @ e.weights[level - 1].T + e.biases[level - 1]
    return s.values[f"{level}.delta"].T @ _z(s, level - 1) / len(e.x)


def _batch(factor: Callable[[int], float]) -> Callable[[str, Array, Student], Array | None]:
    return lambda name, value, s: value * factor(len(s.exercise.x)) if len(s.exercise.x) > 1 else None


def _first_sample(name: str, value: Array, s: Student) -> Array | None:
    if len(s.exercise.x) == 1:
        return None
    level, delta = level_of(name), s.values[f"{level_of(name)}.delta"]
    if name.endswith("bias_gradient"):
        return delta[0] / len(delta)
    return np.outer(delta[0], _before(s, level)[0]) / len(delta)


def _missing_term(name: str, value: Array, s: Student) -> Array | None:
    level = level_of(name)
    return value - np.outer(_before(s, level)[:, 0], s.exercise.weights[level - 1][:, 0])


def _bias_times_input(name: str, value: Array, s: Student) -> Array | None:
    level = level_of(name)
    return (s.values[f"{level}.delta"] * _before(s, level)[:, :1]).mean(axis=0)


def _gradient(name: str, s: Student) -> Array:
    role = "weight" if name.endswith("weights") else "bias"
    return s.values[f"{level_of(name)}.{role}_gradient"]


def _softmax_elementwise(name: str, value: Array, s: Student) -> Array | None:
    if s.exercise.loss != "cross_entropy" or _hidden(name, s):
        return None
    a = s.values[f"{level_of(name)}.activation"]
    return (a - s.exercise.y) * a * (1 - a)


def _swapped_in_log(name: str, value: Array, s: Student) -> Array | None:
    if s.exercise.loss != "binary_cross_entropy" or len(s.exercise.x) > 1:
        return None
    a, y = s.values[f"{len(s.exercise.weights)}.activation"], s.exercise.y
    with np.errstate(divide="ignore"):
        return -(a * np.log(np.clip(y, 1e-3, 1)) + (1 - a) * np.log(np.clip(1 - y, 1e-3, 1))).sum()


def _digits_swapped(name: str, value: Array, s: Student) -> Array | None:
    def swap(number: float) -> float:
        text = f"{abs(number):.{s.exercise.digits}f}"
        for place in range(len(text) - 1, 0, -1):
            left, right = text[place - 1], text[place]
            if left.isdigit() and right.isdigit() and abs(int(left) - int(right)) > 1:
                swapped = text[: place - 1] + right + left + text[place + 1 :]
                return float(swapped) * np.sign(number)
        return number

    return np.vectorize(swap, otypes=[float])(value)


def codes(*names: str) -> frozenset[str]:
    return frozenset(names)


LINES = ("preactivation", "activation", "delta", "weight_gradient", "bias_gradient")
MISTAKES = (
    Mistake("sign", codes("sign"), ("delta", "weight_gradient"), lambda n, v, s: -v),
    Mistake("factor 2", codes("extra-factor", "missing-factor"), ("delta", "loss"), lambda n, v, s: 2 * v),
    Mistake("factor ½", codes("extra-factor", "missing-factor"), ("delta", "loss"), lambda n, v, s: v / 2),
    Mistake("no f′", codes("missing-derivative"), ("delta",), _delta_with(lambda s, m: 1.0)),
    Mistake(
        "f′ at a",
        codes("derivative-at-activation"),
        ("delta",),
        _delta_with(lambda s, m: SLOPE[_slope(s, m)](F[_slope(s, m)](_z(s, m)))),
    ),
    Mistake(
        "f for f′", codes("wrong-derivative"), ("delta",), _delta_with(lambda s, m: F[_slope(s, m)](_z(s, m)))
    ),
    Mistake("no 1/n", codes("missing-batch-mean"), ("weight_gradient", "bias_gradient"), _batch(lambda n: n)),
    Mistake(
        "1/n twice", codes("extra-factor"), ("weight_gradient", "bias_gradient"), _batch(lambda n: 1 / n)
    ),
    Mistake("one sample", codes("one-sample-only"), ("weight_gradient", "bias_gradient"), _first_sample),
    Mistake("W not transposed", codes("transposed-weights"), ("delta",), _not_transposed),
    Mistake("updated weights", codes("updated-weights"), ("delta",), _updated),
    Mistake("no bias", codes("missing-bias"), ("preactivation",), _minus_bias(-1.0)),
    Mistake("bias twice", codes("double-bias"), ("preactivation",), _minus_bias(1.0)),
    Mistake("bias × input", codes("bias-times-input"), ("bias_gradient",), _bias_times_input),
    Mistake("z for a", codes("wrong-input"), ("preactivation", "weight_gradient"), _z_for_a),
    Mistake("missing term", codes("missing-term"), ("preactivation",), _missing_term),
    Mistake(
        "ascent",
        codes("ascent"),
        ("new_weights", "new_bias"),
        lambda n, v, s: v + 2 * s.exercise.rate * _gradient(n, s),
    ),
    Mistake(
        "no rate",
        codes("missing-learning-rate"),
        ("new_weights", "new_bias"),
        lambda n, v, s: v - (1 - s.exercise.rate) * _gradient(n, s),
    ),
    Mistake("softmax elementwise", codes("softmax-elementwise"), ("delta",), _softmax_elementwise),
    Mistake("digits swapped", codes("digits-swapped"), LINES, _digits_swapped),
    Mistake("point moved", codes("decimal-shift"), LINES, lambda n, v, s: v * 10),
)


def with_mistake(
    exercise: Exercise, mistake: Mistake, line: str, cell: int | None, by_hand: bool
) -> Sheet | None:
    """The sheet of a student who makes one mistake on one line: in one cell of it, or in all."""
    applied = []

    def meddle(name: str, value: Array, student: Student) -> Array:
        if name != line:
            return value
        spoilt = mistake.spoil(name, value, student)
        if spoilt is None:
            return value
        applied.append(name)
        if cell is None or np.ndim(value) == 0:
            return spoilt
        one = np.array(value, dtype=float)
        one.flat[cell] = np.broadcast_to(spoilt, one.shape).flat[cell]
        return one

    sheet = Student(exercise, by_hand=by_hand, meddle=meddle).work()
    return sheet if applied else None
