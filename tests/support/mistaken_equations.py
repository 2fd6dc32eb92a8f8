"""Simulated programs with one mistake each, for problems of equations: plain NumPy, on random numbers.

Nothing here uses the program's formulas. A family writes each line with `put` and asks the program
`makes(kind, line)` where something else may be done; the mistakes it can hold are those that it asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = Any
Numbers = dict[str, Array]


@dataclass
class Program:
    """One pass over a problem's lines, with one mistake or none."""

    mistake: tuple[str, str] = ("", "")
    rate: float = 0.1
    write: Callable[[Array], Array] = lambda values: values
    sheet: Numbers = field(default_factory=dict)
    places: set[tuple[str, str]] = field(default_factory=set)

    def makes(self, kind: str, line: str) -> bool:
        """Whether the mistake is made here; it could be."""
        self.places.add((kind, line))
        return self.mistake == (kind, line)

    def put(self, line: str, values: Array, *, done: bool = False) -> Array:
        """A line as it is written down, to go on with; one that is `done` rests on parts of itself."""
        values = np.asarray(values, dtype=float)
        if done:
            self.sheet[line] = values
            return values
        if line.startswith("gradient.") and self.makes("sign", line):
            values = -values
        if self.makes("doubled", line) and not line.startswith("new."):
            values = 2 * values
        if self.makes("halved", line) and not line.startswith("new."):
            values = values / 2
        if self.makes("point-moved", line):
            values = values.copy()
            values.flat[0] *= 10
        self.sheet[line] = self.write(values)
        return self.sheet[line]

    def update(self, numbers: Numbers, *names: str) -> None:
        """The new values of some parameters from the gradients on the sheet."""
        for name in names:
            line, gradient = f"new.{name}", self.sheet[f"gradient.{name}"]
            step = self.rate * gradient
            if self.makes("ascent", line):
                step = -step
            if self.makes("no-rate", line):
                step = gradient
            if self.makes("rate-twice", line):
                step = self.rate * step
            start = 0.0 if self.makes("change-alone", line) else numbers[name]
            self.put(line, start - step)


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def slope_of_sigmoid(p: Program, line: str, a: Array) -> Array:
    """a(1 − a), or what is taken for it."""
    if p.makes("no-slope", line):
        return np.ones_like(a)
    if p.makes("f-for-slope", line):
        return a
    if p.makes("one-minus", line):
        return 1 - a
    if p.makes("other-slope", line):
        return 1 - a**2
    return a * (1 - a)


def slope_of_tanh(p: Program, line: str, h: Array) -> Array:
    """1 − h², or what is taken for it."""
    if p.makes("no-slope", line):
        return np.ones_like(h)
    if p.makes("f-for-slope", line):
        return h
    if p.makes("no-square-in-slope", line):
        return 1 - h
    if p.makes("other-slope", line):
        return h * (1 - h)
    return 1 - h**2


@dataclass(frozen=True)
class Family:
    """A kind of problem: its equations, numbers at random, and a program for it."""

    equations: str
    numbers: Callable[[np.random.Generator], Numbers]
    given: tuple[str, ...]
    work: Callable[[Program, Numbers], None]
    counted: str = ""  # the symbol whose length the equations name
    wanted: tuple[str, ...] = ()  # given symbols whose gradient is asked for


def some(rng: np.random.Generator, *shape: int, size: float = 1.0) -> Array:
    return np.round(rng.normal(0, size, shape), 2) + 0.0


def logistic_numbers(rng: np.random.Generator) -> Numbers:
    n, k = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    return {
        "x": some(rng, n, k),
        "y": rng.integers(0, 2, n).astype(float),
        "r": 0.3,
        "w": some(rng, k),
        "b": some(rng),
    }


def logistic(p: Program, v: Numbers) -> None:
    x, y, w, b, n = v["x"], v["y"], v["w"], v["b"], len(v["x"])
    bias = 0.0 if p.makes("no-bias", "value.z") else b
    total = x[:, 1:] @ w[1:] if p.makes("term-dropped", "value.z") else x @ w
    z = p.put("value.z", total + bias)
    a = np.tanh(z) if p.makes("other-function", "value.p") else sigmoid(z)
    a = p.put("value.p", z if p.makes("no-function", "value.p") else a)
    with np.errstate(all="ignore"):
        log = np.log10 if p.makes("log10", "value.L") else np.log
        data = -(y * log(a) + (1 - y) * log(1 - a)).sum() / (1 if p.makes("no-mean", "value.L") else n)
    penalty = v["r"] / 2 * ((w if p.makes("no-square", "value.L") else w**2).sum())
    p.put("value.L", data + (0 if p.makes("term-dropped", "value.L") else penalty))
    with np.errstate(all="ignore"):
        ga = (a - y) / (a * (1 - a)) / (1 if p.makes("no-mean", "gradient.p") else n)
    ga = p.put("gradient.p", ga)
    gz = p.put("gradient.z", ga * slope_of_sigmoid(p, "gradient.z", a))
    decay = 0 if p.makes("term-dropped", "gradient.w") else v["r"] * w
    decay = -decay if p.makes("term-turned", "gradient.w") else decay
    rows = np.roll(x, 1, axis=0) if p.makes("index-shifted", "gradient.w") else x
    p.put("gradient.w", gz @ rows + decay)
    p.put("gradient.b", gz.sum() + (v["r"] * b if p.makes("decay-on-bias", "gradient.b") else 0))
    p.update(v, "w", "b")


LOGISTIC = Family(
    """z_i = Σ_j w_j x_ij + b
p_i = σ(z_i)
L = −1/{n} Σ_i [y_i ln p_i + (1 − y_i) ln(1 − p_i)] + r/2 Σ_j w_j²""",
    logistic_numbers,
    ("x", "y", "r"),
    logistic,
    "x",
)


def recurrent_numbers(rng: np.random.Generator) -> Numbers:
    t, k, j = int(rng.integers(2, 4)), int(rng.integers(1, 3)), int(rng.integers(1, 3))
    return {
        "x": some(rng, t, j),
        "y": some(rng, t),
        "h_0": some(rng, k, size=0.4),
        "U": some(rng, k, j, size=0.6),
        "W": some(rng, k, k, size=0.6),
        "b": some(rng, k, size=0.4),
        "V": some(rng, k, size=0.7),
        "c": some(rng, size=0.3),
    }


def recurrent(p: Program, v: Numbers) -> None:
    x, y, start, U, W, b, V, c = (v[name] for name in ("x", "y", "h_0", "U", "W", "b", "V", "c"))
    T, K = len(x), len(start)
    h = np.zeros((T, K))
    forgetful = p.makes("recurrence-dropped", "value.h")
    biasless = p.makes("no-bias", "value.h")
    turned = K > 1 and p.makes("transposed", "value.h")
    for t in range(T):
        before = h[t - 1] if t else start
        total = U @ x[t] + (0 if forgetful else (W.T if turned else W) @ before) + (0 if biasless else b)
        h[t] = p.write(np.tanh(total))
    h = p.put("value.h", h, done=True)
    o = p.put("value.o", h @ V + (0 if p.makes("no-bias", "value.o") else c))
    square = 1 if p.makes("no-square", "value.L") else 2
    p.put("value.L", (1 if p.makes("half-dropped", "value.L") else 0.5) * ((o - y) ** square).sum())
    go = p.put("gradient.o", np.roll(o, 1) - y if p.makes("index-shifted", "gradient.o") else o - y)
    gh = np.zeros((T, K))
    cut = p.makes("path-through-time-dropped", "gradient.h")
    blind = p.makes("path-of-loss-dropped", "gradient.h")
    turned = K > 1 and p.makes("transposed", "gradient.h")
    late = p.makes("index-shifted", "gradient.h")
    slope = slope_of_tanh(p, "gradient.h", h)
    for t in reversed(range(T)):
        gh[t] = 0 if blind and t < T - 1 else go[t] * V
        if t < T - 1 and not cut:
            there = slope[t] if late else slope[t + 1]
            gh[t] += (W if turned else W.T) @ (gh[t + 1] * there)
        gh[t] = p.write(gh[t])
    gh = p.put("gradient.h", gh, done=True)
    before = np.vstack([start, h[:-1]])
    gz = gh * slope_of_tanh(p, "gradient.U", h)
    p.put("gradient.U", gz[-1:].T @ x[-1:] if p.makes("last-step-only", "gradient.U") else gz.T @ x)
    gz = gh * slope_of_tanh(p, "gradient.W", h)
    p.put("gradient.W", gz.T @ (h if p.makes("index-shifted", "gradient.W") else before))
    gz = gh * slope_of_tanh(p, "gradient.b", h)
    p.put("gradient.b", gz[-1] if p.makes("last-step-only", "gradient.b") else gz.sum(axis=0))
    p.put("gradient.V", go @ (before if p.makes("index-shifted", "gradient.V") else h))
    p.put("gradient.c", go.mean() if p.makes("mean-for-sum", "gradient.c") else go.sum())
    p.update(v, "U", "W", "b", "V", "c")


RECURRENT = Family(
    """h_{t,k} = tanh(Σ_j U_kj x_{t,j} + Σ_m W_km h_{t-1,m} + b_k)    for t = {run}
o_t = Σ_k V_k h_{t,k} + c
L = ½ Σ_t (o_t − y_t)²""",
    recurrent_numbers,
    ("x", "y", "h_0"),
    recurrent,
    "x",
)


def convolution_numbers(rng: np.random.Generator) -> Numbers:
    m, i = int(rng.integers(2, 4)), int(rng.integers(2, 5))
    numbers = {"x": some(rng, i + m - 1), "k": some(rng, m), "b": some(rng, size=0.3), "v": some(rng, i)}
    return {**numbers, "y": some(rng)}


def convolution(p: Program, v: Numbers) -> None:
    x, y, k, b, w = (v[name] for name in ("x", "y", "k", "b", "v"))
    m, n = len(k), len(w)
    windows = np.stack([x[i : i + m] for i in range(n)])
    used = windows
    if p.makes("index-shifted", "value.z"):
        used = np.stack([np.resize(x[i + 1 :], m) if i + 1 + m <= len(x) else x[i : i + m] for i in range(n)])
    kernel = k[::-1] if p.makes("kernel-flipped", "value.z") else k
    z = p.put("value.z", used @ kernel + (0 if p.makes("no-bias", "value.z") else b))
    a = p.put("value.a", z if p.makes("no-function", "value.a") else np.maximum(z, 0))
    total = w[1:] @ a[1:] if p.makes("term-dropped", "value.o") else w @ a
    o = p.put("value.o", total)
    p.put("value.L", 0.5 * (o - y) ** 2 if not p.makes("half-dropped", "value.L") else (o - y) ** 2)
    go = p.put("gradient.o", y - o if p.makes("swapped", "gradient.o") else o - y)
    ga = p.put("gradient.a", go * (a if p.makes("wrong-factor", "gradient.a") else w))
    slope = np.ones_like(z) if p.makes("no-slope", "gradient.z") else (z > 0) * 1.0
    slope = (ga > 0) * 1.0 if p.makes("mask-of-gradient", "gradient.z") else slope
    gz = p.put("gradient.z", ga * slope)
    gk = gz @ windows
    if p.makes("kernel-flipped", "gradient.k"):
        gk = gk[::-1]
    if p.makes("window-alone", "gradient.k"):
        gk = gz[0] * windows[0]
    p.put("gradient.k", gk)
    p.put("gradient.b", gz.mean() if p.makes("mean-for-sum", "gradient.b") else gz.sum())
    p.put("gradient.v", go * (z if p.makes("z-for-a", "gradient.v") else a))
    p.update(v, "k", "b", "v")


CONVOLUTION = Family(
    """z_i = Σ_m k_m x_{i+m-1} + b    for i = {run}
a_i = ReLU(z_i)
o = Σ_i v_i a_i
L = ½ (o − y)²""",
    convolution_numbers,
    ("x", "y"),
    convolution,
    "v",
)


def attention_numbers(rng: np.random.Generator) -> Numbers:
    j, d = int(rng.integers(2, 4)), 2
    return {
        "q": some(rng, d),
        "K": some(rng, j, d),
        "v": some(rng, j),
        "y": some(rng),
    }


def attention(p: Program, v: Numbers) -> None:
    q, K, values, y = v["q"], v["K"], v["v"], v["y"]
    root = np.sqrt(2.0)
    scale = 1.0 if p.makes("scale-dropped", "value.s") else 2.0 if p.makes("no-root", "value.s") else root
    s = p.put("value.s", K @ q / scale)
    e = np.exp(s)
    a = p.put("value.a", e if p.makes("undivided", "value.a") else e / e.sum())
    o = p.put("value.o", a @ (np.roll(values, 1) if p.makes("index-shifted", "value.o") else values))
    p.put("value.L", 0.5 * (o - y) ** 2 if not p.makes("half-dropped", "value.L") else (o - y) ** 2)
    go = p.put("gradient.o", o - y)
    ga = p.put("gradient.a", go * (a if p.makes("wrong-factor", "gradient.a") else values))
    jacobian = a * (ga - a @ ga)
    if p.makes("jacobian-diagonal", "gradient.s"):
        jacobian = a * (1 - a) * ga
    if p.makes("no-slope", "gradient.s"):
        jacobian = ga
    gs = p.put("gradient.s", jacobian)
    p.put("gradient.q", gs @ K / (1 if p.makes("scale-dropped", "gradient.q") else root))
    p.put("gradient.K", np.outer(gs, q) / (1 if p.makes("scale-dropped", "gradient.K") else root))
    p.put("gradient.v", go * (s if p.makes("z-for-a", "gradient.v") else a))
    p.update(v, "q", "K", "v")


ATTENTION = Family(
    """s_j = Σ_d q_d K_jd / √2
a_j = softmax_j(s_j)
o = Σ_j a_j v_j
L = ½ (o − y)²""",
    attention_numbers,
    ("y",),
    attention,
)


def norm_numbers(rng: np.random.Generator) -> Numbers:
    n = int(rng.integers(3, 5))
    return {"x": some(rng, n, size=2.0), "t": some(rng, n), "g": some(rng) + 1.5, "c": some(rng, size=0.3)}


def norm(p: Program, v: Numbers) -> None:
    x, t, g, c, n = v["x"], v["t"], v["g"], v["c"], len(v["x"])
    m = p.put("value.m", x.sum() if p.makes("no-mean", "value.m") else x.mean())
    square = 1 if p.makes("no-square", "value.s") else 2
    s = p.put("value.s", ((x - m) ** square).sum() / (1 if p.makes("no-mean", "value.s") else n))
    width = s + 0.001 if p.makes("no-root", "value.h") else np.sqrt(s + 0.001)
    h = p.put("value.h", (x if p.makes("not-centred", "value.h") else x - m) / width)
    y = p.put("value.y", g * h + (0 if p.makes("no-bias", "value.y") else c))
    p.put("value.L", (1 if p.makes("half-dropped", "value.L") else 0.5) * ((y - t) ** 2).sum())
    gy = p.put("gradient.y", t - y if p.makes("swapped", "gradient.y") else y - t)
    gh = p.put("gradient.h", gy if p.makes("factor-dropped", "gradient.h") else gy * g)
    cubed = (s + 0.001) ** 1.5
    gs = -0.5 * (gh * (x - m)).sum() / cubed
    if p.makes("half-forgotten", "gradient.s"):
        gs = 2 * gs
    gs = p.put("gradient.s", gs)
    gm = -(gh / np.sqrt(s + 0.001)).sum()
    if not p.makes("path-dropped", "gradient.m"):
        gm = gm - 2 / n * gs * (x - m).sum()
    gm = p.put("gradient.m", gm)
    p.put("gradient.g", gy.sum() if p.makes("factor-dropped", "gradient.g") else gy @ h)
    p.put("gradient.c", gy.mean() if p.makes("mean-for-sum", "gradient.c") else gy.sum())
    through_h, through_s, through_m = gh / np.sqrt(s + 0.001), 2 / n * gs * (x - m), gm / n
    if p.makes("path-of-variance-dropped", "gradient.x"):
        through_s = 0
    if p.makes("path-of-mean-dropped", "gradient.x"):
        through_m = 0
    if p.makes("mean-undivided", "gradient.x"):
        through_m = gm
    p.put("gradient.x", through_h + through_s + through_m)
    p.update(v, "g", "c")


NORM = Family(
    """m = 1/{n} Σ_i x_i
s = 1/{n} Σ_i (x_i − m)²
h_i = (x_i − m)/√(s + 0.001)
y_i = g h_i + c
L = ½ Σ_i (y_i − t_i)²""",
    norm_numbers,
    ("x", "t"),
    norm,
    "x",
    ("x",),
)


def layers_numbers(rng: np.random.Generator) -> Numbers:
    i, k, j = int(rng.integers(2, 4)), int(rng.integers(2, 4)), int(rng.integers(1, 3))
    if rng.integers(2):
        i = k
    return {
        "x": some(rng, i),
        "y": np.round(rng.uniform(0, 1, j), 2),
        "W": some(rng, k, i, size=0.7),
        "b": some(rng, k, size=0.3),
        "V": some(rng, j, k, size=0.7),
        "c": some(rng, j, size=0.3),
    }


def layers(p: Program, v: Numbers) -> None:
    x, y, W, b, V, c = (v[name] for name in ("x", "y", "W", "b", "V", "c"))
    square = W.shape[0] == W.shape[1]
    turned = square and p.makes("transposed", "value.h")
    z = (W.T if turned else W) @ x + (0 if p.makes("no-bias", "value.h") else b)
    h = z if p.makes("no-function", "value.h") else np.tanh(z)
    h = p.put("value.h", sigmoid(z) if p.makes("other-function", "value.h") else h)
    z = V @ h + (-c if p.makes("bias-turned", "value.o") else c)
    o = p.put("value.o", z if p.makes("no-function", "value.o") else sigmoid(z))
    squared = (o - y) if p.makes("no-square", "value.L") else (o - y) ** 2
    p.put("value.L", 0.5 * squared.sum())
    go = p.put("gradient.o", y - o if p.makes("swapped", "gradient.o") else o - y)
    steep = slope_of_sigmoid(p, "gradient.h", o)
    used = V
    if p.makes("updated-weights", "gradient.h"):
        used = V - p.rate * np.outer(go * o * (1 - o), h)
    back = used.T @ (go * steep)
    if len(y) > 1 and p.makes("path-dropped", "gradient.h"):
        back = used[1:].T @ (go * steep)[1:]
    gh = p.put("gradient.h", back)
    gz = gh * slope_of_tanh(p, "gradient.W", h)
    outer = np.outer(gz, x)
    p.put("gradient.W", outer.T if square and p.makes("transposed", "gradient.W") else outer)
    p.put("gradient.b", gh * slope_of_tanh(p, "gradient.b", h))
    p.put("gradient.V", np.outer(go * slope_of_sigmoid(p, "gradient.V", o), h))
    p.put("gradient.c", go * slope_of_sigmoid(p, "gradient.c", o))
    p.update(v, "W", "b", "V", "c")


LAYERS = Family(
    """h_k = tanh(Σ_i W_ki x_i + b_k)
o_j = σ(Σ_k V_jk h_k + c_j)
L = ½ Σ_j (o_j − y_j)²""",
    layers_numbers,
    ("x", "y"),
    layers,
)


def gate_numbers(rng: np.random.Generator) -> Numbers:
    T = int(rng.integers(2, 4))
    return {"x": some(rng, T), "h_0": some(rng), "y": some(rng)} | {
        name: some(rng, size=0.8) for name in ("a", "b", "c", "d")
    }


def gate(p: Program, v: Numbers) -> None:
    x, start, y, A, B, C, D = (v[name] for name in ("x", "h_0", "y", "a", "b", "c", "d"))
    T = len(x)
    z, g, h = np.zeros(T), np.zeros(T), np.zeros(T)
    swapped = p.makes("gate-swapped", "value.h")
    forgetful = p.makes("recurrence-dropped", "value.z")
    for t in range(T):
        before = h[t - 1] if t else start
        z[t] = p.write(sigmoid(A * x[t] + (0 if forgetful else B * before)))
        g[t] = p.write(np.tanh(C * x[t] + D * before))
        one, other = (z[t], 1 - z[t]) if swapped else (1 - z[t], z[t])
        h[t] = p.write(one * before + other * g[t])
    z, g, h = (p.put(f"value.{name}", one, done=True) for name, one in (("z", z), ("g", g), ("h", h)))
    p.put("value.L", (1 if p.makes("half-dropped", "value.L") else 0.5) * (h[-1] - y) ** 2)
    before = np.array([start, *h[:-1]])
    gz, gg, gh = np.zeros(T), np.zeros(T), np.zeros(T)
    carry_cut = p.makes("path-dropped", "gradient.h")
    gate_cut = p.makes("path-of-gate-dropped", "gradient.h")
    sz, sg = z * (1 - z), slope_of_tanh(p, "gradient.h", g)
    for t in reversed(range(T)):
        if t == T - 1:
            gh[t] = h[t] - y
        else:
            carry = 0 if carry_cut else gh[t + 1] * (1 - z[t + 1])
            through = 0 if gate_cut else gz[t + 1] * sz[t + 1] * B
            gh[t] = carry + through + gg[t + 1] * sg[t + 1] * D
        gh[t] = p.write(gh[t])
        gz[t] = p.write(gh[t] * (g[t] if p.makes("term-dropped", "gradient.z") else g[t] - before[t]))
        gg[t] = p.write(gh[t] * (1 - z[t] if p.makes("gate-swapped", "gradient.g") else z[t]))
    gh, gz, gg = (
        p.put(f"gradient.{name}", one, done=True) for name, one in (("h", gh), ("z", gz), ("g", gg))
    )
    late = p.makes("last-step-only", "gradient.a")
    p.put("gradient.a", (gz * slope_of_sigmoid(p, "gradient.a", z) * x)[-1 if late else 0 :].sum())
    there = h if p.makes("index-shifted", "gradient.b") else before
    p.put("gradient.b", (gz * z * (1 - z) * there).sum())
    p.put("gradient.c", (gg * slope_of_tanh(p, "gradient.c", g) * x).sum())
    there = h if p.makes("index-shifted", "gradient.d") else before
    p.put("gradient.d", (gg * (1 - g**2) * there).sum())
    p.update(v, "a", "b", "c", "d")


GATE = Family(
    """z_t = σ(a x_t + b h_{t-1})    for t = {run}
g_t = tanh(c x_t + d h_{t-1})    for t = {run}
h_t = (1 − z_t) h_{t-1} + z_t g_t    for t = {run}
L = ½ (h_{n} − y)²""",
    gate_numbers,
    ("x", "h_0", "y"),
    gate,
    "x",
)


def residual_numbers(rng: np.random.Generator) -> Numbers:
    i, k = 2, int(rng.integers(2, 4))
    return {
        "x": some(rng, i),
        "y": some(rng),
        "A": some(rng, k, i),
        "B": some(rng, k, k, size=0.7),
        "v": some(rng, k),
    }


def residual(p: Program, v: Numbers) -> None:
    x, y, A, B, w = (v[name] for name in ("x", "y", "A", "B", "v"))
    u = p.put("value.u", A @ x)
    z = p.put("value.z", (B.T if p.makes("transposed", "value.z") else B) @ u)
    r = p.put("value.r", z if p.makes("no-function", "value.r") else np.maximum(z, 0))
    h = p.put("value.h", r if p.makes("term-dropped", "value.h") else u + r)
    o = p.put("value.o", w @ h)
    p.put("value.L", o - y if p.makes("no-square", "value.L") else (o - y) ** 2)
    go = p.put("gradient.o", o - y if p.makes("factor-2-dropped", "gradient.o") else 2 * (o - y))
    gh = p.put("gradient.h", go * w)
    gr = p.put("gradient.r", gh)
    slope = np.ones_like(z) if p.makes("no-slope", "gradient.z") else (z > 0) * 1.0
    gz = p.put("gradient.z", gr * slope)
    back = (B if p.makes("transposed", "gradient.u") else B.T) @ gz
    through = 0 if p.makes("path-dropped", "gradient.u") else gh
    gu = p.put("gradient.u", through + (0 if p.makes("path-of-branch-dropped", "gradient.u") else back))
    p.put("gradient.A", np.outer(gu, x))
    p.put("gradient.B", np.outer(gz, r if p.makes("wrong-factor", "gradient.B") else u))
    p.put("gradient.v", go * (r if p.makes("wrong-factor", "gradient.v") else h))
    p.update(v, "A", "B", "v")


RESIDUAL = Family(
    """u_k = Σ_i A_ki x_i
z_k = Σ_m B_km u_m
r_k = ReLU(z_k)
h_k = u_k + r_k
o = Σ_k v_k h_k
L = (o − y)²""",
    residual_numbers,
    ("x", "y"),
    residual,
)


def tied_numbers(rng: np.random.Generator) -> Numbers:
    i, k = int(rng.integers(2, 4)), int(rng.integers(1, 3))
    return {"x": some(rng, i), "W": some(rng, k, i, size=0.7), "b": some(rng, k), "c": some(rng, i)}


def tied(p: Program, v: Numbers) -> None:
    x, W, b, c = (v[name] for name in ("x", "W", "b", "c"))
    h = p.put("value.h", sigmoid(W @ x + (0 if p.makes("no-bias", "value.h") else b)))
    r = p.put("value.r", W.T @ h + (0 if p.makes("no-bias", "value.r") else c))
    p.put("value.L", (1 if p.makes("half-dropped", "value.L") else 0.5) * ((r - x) ** 2).sum())
    gr = p.put("gradient.r", x - r if p.makes("swapped", "gradient.r") else r - x)
    back = W @ gr
    if p.makes("path-dropped", "gradient.h"):
        back = W[:, 1:] @ gr[1:]
    gh = p.put("gradient.h", back)
    encoder = np.outer(gh * slope_of_sigmoid(p, "gradient.W", h), x)
    decoder = np.outer(h, gr)
    if p.makes("path-of-decoder-dropped", "gradient.W"):
        decoder = 0 * decoder
    if p.makes("path-of-encoder-dropped", "gradient.W"):
        encoder = 0 * encoder
    p.put("gradient.W", encoder + decoder)
    p.put("gradient.b", gh * slope_of_sigmoid(p, "gradient.b", h))
    p.put("gradient.c", gr)
    p.update(v, "W", "b", "c")


TIED = Family(
    """h_k = σ(Σ_i W_ki x_i + b_k)
r_i = Σ_k W_ki h_k + c_i
L = ½ Σ_i (r_i − x_i)²""",
    tied_numbers,
    ("x",),
    tied,
)


def circuit_numbers(rng: np.random.Generator) -> Numbers:
    return {name: some(rng, size=2.0) for name in ("x", "y", "z", "w")}


def circuit(p: Program, v: Numbers) -> None:
    x, y, z, w = (v[name] for name in ("x", "y", "z", "w"))
    s = p.put("value.s", x * y if p.makes("operation", "value.s") else x + y)
    m = p.put("value.m", min(z, w) if p.makes("min-for-max", "value.m") else max(z, w))
    q = p.put("value.q", s + m if p.makes("operation", "value.q") else s * m)
    p.put("value.f", q if p.makes("no-square", "value.f") else q**2)
    gq = p.put("gradient.q", q if p.makes("factor-2-dropped", "gradient.q") else 2 * q)
    gs = p.put("gradient.s", gq * (s if p.makes("wrong-factor", "gradient.s") else m))
    gm = p.put("gradient.m", gq if p.makes("factor-dropped", "gradient.m") else gq * s)
    p.put("gradient.x", gs * y if p.makes("extra-value", "gradient.x") else gs)
    p.put("gradient.y", gs)
    swapped = p.makes("max-to-the-other", "gradient.z")
    p.put("gradient.z", gm * ((z > w) != swapped))
    p.put("gradient.w", gm * (w > z) if not p.makes("max-to-both", "gradient.w") else gm)
    p.update(v, "x", "y", "z", "w")


CIRCUIT = Family(
    """s = x + y
m = max(z, w)
q = s m
f = q²""",
    circuit_numbers,
    (),
    circuit,
)


def words_numbers(rng: np.random.Generator) -> Numbers:
    d, n = 2, int(rng.integers(3, 5))
    return {
        "c": np.eye(n)[int(rng.integers(n))],
        "t": np.eye(n)[int(rng.integers(n))],
        "E": some(rng, n, d),
        "F": some(rng, n, d),
    }


def words(p: Program, v: Numbers) -> None:
    c, t, E, F = (v[name] for name in ("c", "t", "E", "F"))
    h = p.put("value.h", np.roll(c, 1) @ E if p.makes("index-shifted", "value.h") else c @ E)
    u = p.put("value.u", F @ h)
    e = np.exp(u)
    q = p.put("value.p", e if p.makes("undivided", "value.p") else e / e.sum())
    log = np.log10 if p.makes("log10", "value.L") else np.log
    p.put("value.L", (log(q) @ t) if p.makes("minus-dropped", "value.L") else -(log(q) @ t))
    gp = p.put("gradient.p", -t / q)
    gu = q * (gp - q @ gp)
    if p.makes("jacobian-diagonal", "gradient.u"):
        gu = q * (1 - q) * gp
    if p.makes("swapped", "gradient.u"):
        gu = t - q
    gu = p.put("gradient.u", gu)
    back = gu @ F
    if p.makes("path-dropped", "gradient.h"):
        back = gu[1:] @ F[1:]
    gh = p.put("gradient.h", back)
    p.put("gradient.E", np.outer(c, gh))
    p.put("gradient.F", np.outer(gu, h))
    p.update(v, "E", "F")


WORDS = Family(
    """h_d = Σ_v c_v E_vd
u_v = Σ_d F_vd h_d
p_v = softmax_v(u_v)
L = −Σ_v t_v ln p_v""",
    words_numbers,
    ("c", "t"),
    words,
)

FAMILIES: dict[str, Family] = {
    name.lower(): value for name, value in list(globals().items()) if isinstance(value, Family)
}


@dataclass
class System:
    """A random problem of a family."""

    family: str
    numbers: Numbers
    rate: float
    digits: int

    def toml(self) -> str:
        """The problem file."""
        family = FAMILIES[self.family]
        n = len(self.numbers[family.counted]) if family.counted else 0
        run = ", ".join(str(t) for t in range(1, n + 1))
        text = family.equations.replace("{run}", run).replace("{n}", str(n))
        lines = [f"learning_rate = {self.rate}", f"digits = {self.digits}"]
        if family.wanted:
            lines.append(f"gradients_of = {list(family.wanted)}".replace("'", '"'))
        lines += ['equations = """', text, '"""', "[given]"]
        lines += [f"{name} = {_listed(self.numbers[name])}" for name in family.given]
        lines.append("[parameters]")
        lines += [
            f"{name} = {_listed(value)}" for name, value in self.numbers.items() if name not in family.given
        ]
        return "\n".join(lines)

    def worked(
        self,
        mistake: tuple[str, str] = ("", ""),
        written: Callable[[Array], Array] = lambda values: values,
        numbers: Numbers | None = None,
    ) -> Program:
        """The sheet of a program with one mistake; each line goes on with what was `written`."""
        program = Program(mistake, self.rate, written)
        with np.errstate(all="ignore"):
            FAMILIES[self.family].work(program, numbers or self.numbers)
        return program

    def misread(self, rng: np.random.Generator) -> Numbers:
        """The numbers with one of them misread: its sign, or a digit."""
        numbers = {name: np.array(value, dtype=float) for name, value in self.numbers.items()}
        name = str(rng.choice(sorted(numbers)))
        place = int(rng.integers(numbers[name].size))
        old = float(numbers[name].flat[place])
        text = str(abs(old))
        digits = [at for at, char in enumerate(text) if char.isdigit()]
        at = int(rng.choice(digits))
        other = float(text[:at] + str((int(text[at]) + int(rng.integers(1, 10))) % 10) + text[at + 1 :])
        new = -old if old and rng.integers(2) else np.copysign(other, old)
        numbers[name].flat[place] = new
        return numbers


def _listed(value: Array) -> str:
    return str(np.asarray(value, dtype=float).tolist())


def any_system(rng: np.random.Generator, digits: tuple[int, int] = (4, 7)) -> System:
    """A random problem of a random family."""
    name = str(rng.choice(sorted(FAMILIES)))
    rate = float(rng.choice([0.1, 0.3, 0.5]))
    return System(name, FAMILIES[name].numbers(rng), rate, int(rng.integers(*digits)))


# What names each kind of mistake; a mistake may be seen in several ways that give the same numbers.
CODES: dict[str, tuple[str, ...]] = {
    "sign": ("sign", "ascent"),
    "doubled": ("extra-factor", "missing-factor"),
    "halved": ("extra-factor", "missing-factor"),
    "point-moved": ("decimal-shift",),
    "ascent": ("ascent",),
    "no-rate": ("missing-learning-rate",),
    "rate-twice": ("extra-factor",),
    "change-alone": ("missing-term",),
    "no-slope": ("missing-derivative",),
    "f-for-slope": ("wrong-derivative",),
    "one-minus": ("wrong-derivative",),
    "other-slope": ("wrong-function",),
    "no-square-in-slope": ("wrong-derivative", "missing-square"),
    "no-bias": ("missing-bias",),
    "bias-turned": ("sign",),
    "term-dropped": ("missing-term",),
    "term-turned": ("sign",),
    "other-function": ("wrong-activation",),
    "no-function": ("missing-activation",),
    "log10": ("wrong-logarithm",),
    "no-mean": ("missing-factor", "missing-batch-mean"),
    "no-square": ("missing-square",),
    "index-shifted": ("wrong-input", "previous-step", "shifted-index"),
    "decay-on-bias": ("decay-on-bias", "extra-term"),
    "recurrence-dropped": ("missing-term",),
    "transposed": ("transposed-weights",),
    "half-dropped": ("missing-factor",),
    "path-through-time-dropped": ("missing-path",),
    "path-of-loss-dropped": ("missing-path",),
    "path-dropped": ("missing-path",),
    "path-of-variance-dropped": ("missing-path",),
    "path-of-mean-dropped": ("missing-path",),
    "path-of-gate-dropped": ("missing-path",),
    "path-of-branch-dropped": ("missing-path",),
    "path-of-decoder-dropped": ("missing-path",),
    "path-of-encoder-dropped": ("missing-path",),
    "last-step-only": ("missing-path", "missing-term", "one-step-only"),
    "mean-for-sum": ("extra-factor",),
    "kernel-flipped": ("wrong-axis", "reversed"),
    "swapped": ("sign", "swapped-target"),
    "wrong-factor": ("wrong-input",),
    "mask-of-gradient": ("wrong-derivative", "missing-derivative"),
    "window-alone": ("missing-path", "missing-term"),
    "z-for-a": ("wrong-input",),
    "scale-dropped": ("missing-factor", "missing-normalisation"),
    "no-root": ("missing-function", "missing-factor"),
    "undivided": ("missing-normalisation",),
    "jacobian-diagonal": ("softmax-elementwise", "missing-path"),
    "not-centred": ("missing-term",),
    "factor-dropped": ("missing-factor",),
    "half-forgotten": ("missing-factor",),
    "mean-undivided": ("missing-factor",),
    "updated-weights": ("updated-weights",),
    "gate-swapped": ("wrong-input", "swapped", "missing-term"),
    "factor-2-dropped": ("missing-factor",),
    "operation": ("wrong-operation",),
    "min-for-max": ("wrong-input", "wrong-operation"),
    "extra-value": ("extra-factor",),
    "max-to-the-other": ("wrong-derivative",),
    "max-to-both": ("wrong-derivative",),
    "minus-dropped": ("sign",),
}


def texts(sheet: Numbers, digits: int) -> dict[str, Any]:
    """A sheet as nested texts."""

    def nested(values: Any) -> Any:
        if np.ndim(values) == 0:
            return f"{float(values) + 0.0:.{digits}f}"
        return [nested(value) for value in values]

    return {name: nested(values) for name, values in sheet.items()}
