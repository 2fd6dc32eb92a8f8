"""Simulated programs with one mistake each: plain NumPy nets, as people write them, on random problems.

Nothing here uses the program's formulas. A mistake is a name that the pass below asks for where the wrong
thing is done; `KINDS` says which codes name it, and when it can be made at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = Any

F: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "identity": lambda z: z,
    "softplus": lambda z: np.log1p(np.exp(z)),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
}
D: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: F["sigmoid"](z) * (1 - F["sigmoid"](z)),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: (z > 0) * 1.0,
    "identity": np.ones_like,
    "softplus": F["sigmoid"],
    "leaky_relu": lambda z: np.where(z > 0, 1.0, 0.01),
}


@dataclass
class Net:
    """A random problem."""

    x: Array
    y: Array
    weights: list[Array]
    biases: list[Array]
    functions: list[str]
    loss: str
    rate: float
    batch: str
    digits: int
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.x)

    @property
    def depth(self) -> int:
        return len(self.weights)

    def toml(self) -> str:
        lines = [
            f"inputs = {self.x.tolist()}",
            f"targets = {self.y.tolist()}",
            f'loss = "{self.loss}"',
            f"learning_rate = {self.rate}",
            f"digits = {self.digits}",
            f'batch = "{self.batch}"',
        ]
        for w, b, f in zip(self.weights, self.biases, self.functions, strict=True):
            lines += ["[[layers]]", f'activation = "{f}"', f"weights = {w.tolist()}", f"bias = {b.tolist()}"]
        return "\n".join(lines)


def any_net(rng: np.random.Generator, digits: tuple[int, int] = (4, 7)) -> Net:
    """1 to 5 samples, 1 to 3 layers of 1 to 4 units."""
    depth = int(rng.integers(1, 4))
    n = int(rng.choice([1, 1, 2, 3, 5]))
    sizes = [int(rng.integers(1, 5)) if i else int(rng.integers(2, 4)) for i in range(depth + 1)]
    loss = str(rng.choice(["half_squared_error", "squared_error", "cross_entropy", "mean_squared_error"]))
    functions = [str(rng.choice(["sigmoid", "tanh", "relu", "softplus", "leaky_relu"])) for _ in range(depth)]
    if loss == "cross_entropy":
        functions[-1] = "softmax"
        sizes[-1] = max(sizes[-1], 2)
        y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], n)]
    else:
        functions[-1] = str(rng.choice(["sigmoid", "tanh", "identity"]))
        y = np.round(rng.uniform(0, 1, (n, sizes[-1])), 2)
    weights = [np.round(rng.normal(0, 0.8, (sizes[i + 1], sizes[i])), 2) + 0.0 for i in range(depth)]
    biases = [np.round(rng.normal(0, 0.4, sizes[i + 1]), 2) + 0.0 for i in range(depth)]
    x = np.round(rng.normal(0, 1, (n, sizes[0])), 2) + 0.0
    rate = float(rng.choice([0.1, 0.3, 0.5]))
    batch = str(rng.choice(["mean", "sum"]))
    return Net(x, y, weights, biases, functions, loss, rate, batch, int(rng.integers(*digits)))


def worked(
    net: Net, mistake: str = "", at: int = 0, written: Callable[[Array], Array] = lambda values: values
) -> dict[str, Array]:
    """The sheet of a program that makes one mistake (at one layer, where it is made in one).

    Each line goes on with what was `written` of those above: rounded, by hand.
    """
    n, L = net.n, net.depth

    def is_(name: str, level: int | None = None) -> bool:
        return mistake == name and (level is None or level == at)

    a: list[Array] = [net.x]
    z: list[Array] = [net.x]
    sheet: dict[str, Array] = {}
    for level in range(1, L + 1):
        w, b, f = net.weights[level - 1], net.biases[level - 1], net.functions[level - 1]
        below = a[-1]
        if is_("z-for-a", level):
            below = z[-1]
        total = below @ (w if is_("forward-transposed", level) else w.T)
        if is_("term-dropped-forward", level):
            total = below[:, 1:] @ w.T[1:]
        pre = total + (0 if is_("no-bias", level) else 2 * b if is_("bias-twice", level) else b)
        if is_("bias-subtracted", level):
            pre = total - b
        pre = written(pre)
        post = F[f](pre)
        if is_("no-activation", level):
            post = pre
        if is_("activation-twice", level):
            post = F[f](F[f](pre))
        if is_("softmax-axis", level):
            post = np.exp(pre) / np.exp(pre).sum(axis=0, keepdims=True)
        if is_("softmax-undivided", level):
            post = np.exp(pre)
        post = written(post)
        z.append(pre)
        a.append(post)
        sheet[f"{level}.preactivation"], sheet[f"{level}.activation"] = pre, post
    out, y = a[-1], net.y
    if net.loss == "cross_entropy":
        with np.errstate(all="ignore"):
            logs = np.log10(out) if is_("log10") else np.log(out)
        own = -(y * logs).sum(axis=1)
    else:
        scale = {"half_squared_error": 0.5, "squared_error": 1.0, "mean_squared_error": 1 / y.shape[1]}
        own = scale[net.loss] * ((out - y) ** (1 if is_("no-square") else 2)).sum(axis=1)
        if is_("loss-doubled"):
            own = 2 * own
    own = written(own) if n > 1 else own
    total_loss = own.mean() if net.batch == "mean" else own.sum()
    if is_("loss-summed"):
        total_loss = own.sum()
    if n > 1:
        sheet["sample_losses"] = own
    sheet["loss"] = written(np.array(total_loss))

    def slope(level: int) -> Array:
        f, zl, al = net.functions[level - 1], z[level], a[level]
        if is_("no-slope", level):
            return np.ones_like(zl)
        if is_("slope-at-a", level):
            return D[f](al)
        if is_("f-for-slope", level):
            return al
        if is_("other-function", level):
            return D["tanh" if f == "sigmoid" else "sigmoid"](zl)
        return D[f](zl)

    if net.loss == "cross_entropy":
        delta = out - y
    else:
        factor = {"half_squared_error": 1.0, "squared_error": 2.0, "mean_squared_error": 2 / y.shape[1]}
        used = y
        if is_("labels-shifted"):
            used = np.roll(y, -1, axis=0)
        delta = factor[net.loss] * (out - used) * slope(L)
        if is_("error-bell"):
            error = out - y
            delta = factor[net.loss] * error * (error * (1 - error))
        if is_("half-delta"):
            delta = delta / 2
    if is_("sign"):
        delta = -delta
    delta = written(delta)
    deltas: dict[int, Array] = {L: delta}
    raw: dict[int, Array] = {L: delta if net.loss == "cross_entropy" else factor[net.loss] * (out - y)}
    grads: dict[int, tuple[Array, Array]] = {}

    def gradient(level: int) -> tuple[Array, Array]:
        d, below = deltas[level], a[level - 1]
        if is_("z-for-a-gradient", level):
            below = z[level - 1]
        dw, db = d.T @ below, d.sum(axis=0)
        factor = 1 / n if net.batch == "mean" else 1.0
        if mistake == "grads-summed":
            factor = 1.0
        if mistake == "grads-averaged":
            factor = 1 / n
        if mistake == "n-twice":
            factor = 1 / n**2
        dw, db = dw * factor, db * factor
        if mistake == "bias-mean" and net.batch == "sum":
            db = db / n
        if is_("bias-total"):
            db = np.full_like(db, db.sum())
        if is_("bias-over-units"):
            rows = d.sum(axis=1) * factor
            db = np.resize(rows, db.shape) if len(rows) >= len(db) else db
        if is_("gradient-transposed", level):
            dw = dw.T
        if is_("one-sample", level):
            dw = d[:1].T @ below[:1] * factor
        return written(dw), written(db)

    for level in range(L, 0, -1):
        sheet[f"{level}.delta"] = deltas[level]
        grads[level] = gradient(level)
        if level > 1:
            w = net.weights[level - 1]
            if is_("updated-weights", level):
                w = w - net.rate * grads[level][0]
            d = raw[level] if is_("raw-back", level) else deltas[level]
            back = d @ (w.T if is_("back-transposed", level) else w)
            if is_("path-dropped", level):
                back = d[:, 1:] @ w[1:]
            raw[level - 1] = back
            deltas[level - 1] = back * slope(level - 1)
            if is_("gradient-mask", level) and net.functions[level - 2] == "relu":
                deltas[level - 1] = back * (back > 0)
            if is_("divided", level):
                deltas[level - 1] = back / slope(level - 1)
            deltas[level - 1] = written(deltas[level - 1])
    for level in range(L, 0, -1):
        dw, db = grads[level]
        w, b = net.weights[level - 1], net.biases[level - 1]
        sheet[f"{level}.weight_gradient"], sheet[f"{level}.bias_gradient"] = dw, db
        rate = net.rate
        if mistake == "rate-twice":
            rate = rate**2
        if mistake == "no-rate":
            rate = 1.0
        if mistake == "ascent":
            rate = -rate
        sheet[f"{level}.new_weights"] = written(w - rate * dw)
        sheet[f"{level}.new_bias"] = written(b - rate * db)
    return sheet


@dataclass(frozen=True)
class Kind:
    """The codes that name a mistake, and the layers at which it can be made (0: in no layer of its own)."""

    codes: tuple[str, ...]
    places: Callable[[Net], list[int]]


def _always(net: Net) -> list[int]:
    return [0]


def _if(test: Callable[[Net], bool]) -> Callable[[Net], list[int]]:
    return lambda net: [0] if test(net) else []


def _is(*names: str, below: int = 0) -> Callable[[Net, int], bool]:
    return lambda net, level: net.functions[level - 1 - below] in names


def _levels(test: Callable[[Net, int], bool], first: int = 1) -> Callable[[Net], list[int]]:
    return lambda net: [level for level in range(first, net.depth + 1) if test(net, level)]


def _curved(net: Net, level: int) -> bool:
    return net.functions[level - 1] not in ("identity", "softmax")


def _square(net: Net, level: int) -> bool:
    rows, columns = net.weights[level - 1].shape
    return rows == columns > 1


def _several(net: Net) -> bool:
    return net.n > 1


KINDS: dict[str, Kind] = {
    "z-for-a": Kind(
        ("wrong-input", "missing-activation"), _levels(lambda net, level: _curved(net, level - 1), 2)
    ),
    "forward-transposed": Kind(("transposed-weights",), _levels(_square)),
    "term-dropped-forward": Kind(
        ("missing-term",), _levels(lambda net, level: net.weights[level - 1].shape[1] > 1)
    ),
    "no-bias": Kind(("missing-bias",), _levels(lambda net, level: True)),
    "bias-twice": Kind(("double-bias", "extra-term"), _levels(lambda net, level: True)),
    "bias-subtracted": Kind(("sign",), _levels(lambda net, level: True)),
    "no-activation": Kind(
        ("missing-activation",),
        _levels(lambda net, level: net.functions[level - 1] in ("sigmoid", "tanh", "softplus")),
    ),
    "activation-twice": Kind(
        ("extra-activation", "wrong-activation"),
        _levels(lambda net, level: net.functions[level - 1] in ("sigmoid", "tanh", "softplus")),
    ),
    "softmax-axis": Kind(
        ("wrong-axis",), _levels(lambda net, level: net.functions[level - 1] == "softmax" and net.n > 1)
    ),
    "softmax-undivided": Kind(
        ("missing-normalisation",), _levels(lambda net, level: net.functions[level - 1] == "softmax")
    ),
    "log10": Kind(("wrong-logarithm",), _if(lambda net: net.loss == "cross_entropy")),
    "no-square": Kind(("missing-square",), _if(lambda net: net.loss != "cross_entropy")),
    "loss-doubled": Kind(("extra-factor", "missing-factor"), _if(lambda net: net.loss != "cross_entropy")),
    "loss-summed": Kind(("missing-batch-mean",), _if(lambda net: net.n > 1 and net.batch == "mean")),
    "no-slope": Kind(("missing-derivative",), _levels(_curved)),
    "slope-at-a": Kind(
        ("derivative-at-activation",),
        _levels(_is("sigmoid", "tanh")),
    ),
    "f-for-slope": Kind(("wrong-derivative",), _levels(_is("sigmoid", "tanh"))),
    "other-function": Kind(
        ("wrong-function",),
        _levels(_is("sigmoid", "tanh", "relu")),
    ),
    "labels-shifted": Kind(
        ("wrong-target", "wrong-sample"), _if(lambda net: net.loss != "cross_entropy" and net.n > 1)
    ),
    "error-bell": Kind(
        ("wrong-derivative",), _if(lambda net: net.loss != "cross_entropy" and net.functions[-1] == "sigmoid")
    ),
    "half-delta": Kind(("extra-factor", "missing-factor"), _if(lambda net: net.loss != "cross_entropy")),
    "sign": Kind(("sign",), _always),
    "z-for-a-gradient": Kind(("wrong-input",), _levels(lambda net, level: _curved(net, level - 1), 2)),
    "grads-summed": Kind(("missing-batch-mean",), _if(lambda net: net.n > 1 and net.batch == "mean")),
    "grads-averaged": Kind(("extra-factor",), _if(lambda net: net.n > 1 and net.batch == "sum")),
    "n-twice": Kind(("extra-factor",), _if(lambda net: net.n > 1 and net.batch == "mean")),
    "bias-mean": Kind(("extra-factor",), _if(lambda net: net.n > 1 and net.batch == "sum")),
    "bias-total": Kind(("wrong-axis", "extra-term"), _if(lambda net: any(len(b) > 1 for b in net.biases))),
    "bias-over-units": Kind(
        ("wrong-axis",), _if(lambda net: net.n > 1 and any(1 < len(b) <= net.n for b in net.biases))
    ),
    "gradient-transposed": Kind(("transposed-weights",), _levels(_square)),
    "one-sample": Kind(("one-sample-only", "missing-term"), _levels(lambda net, level: net.n > 1)),
    "updated-weights": Kind(("updated-weights",), _levels(lambda net, level: True, 2)),
    "raw-back": Kind(("missing-derivative",), _levels(_curved, 2)),
    "back-transposed": Kind(("transposed-weights",), _levels(_square, 2)),
    "path-dropped": Kind(
        ("missing-term",), _levels(lambda net, level: net.weights[level - 1].shape[0] > 1, 2)
    ),
    "gradient-mask": Kind(
        ("wrong-derivative", "wrong-input"), _levels(lambda net, level: net.functions[level - 2] == "relu", 2)
    ),
    "divided": Kind(
        ("wrong-operation",), _levels(lambda net, level: net.functions[level - 2] in ("sigmoid", "tanh"), 2)
    ),
    "rate-twice": Kind(("extra-factor",), _always),
    "no-rate": Kind(("missing-learning-rate",), _always),
    "ascent": Kind(("ascent",), _always),
}


def texts(sheet: dict[str, Array], net: Net) -> dict[str, Any]:
    """A sheet as texts, nested as the sheet's roles are; one sample's level is left out."""
    found: dict[str, Any] = {}
    for name, values in sheet.items():
        role = name.partition(".")[2]
        array = values + 0.0
        if role in ("preactivation", "activation", "delta") and net.n == 1:
            array = array[0]
        found[name] = [[f"{v:.{net.digits}f}" for v in np.atleast_1d(row)] for row in np.atleast_1d(array)]
        if array.ndim == 1:
            found[name] = [row[0] for row in found[name]]
        if array.ndim == 0:
            found[name] = found[name][0][0]
    return found
