"""Exercises that courses set, typed as equations in many hands, each with its forward pass in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np


@dataclass(frozen=True)
class Exercise:
    """Equations with their numbers, and the objective as a function of all of these."""

    name: str
    equations: str
    given: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]
    objective: Callable[..., float]
    functions: str = ""


def sig(z):
    return 1 / (1 + np.exp(-z))


def sp(z):
    return np.log1p(np.exp(z))


def sm(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


PROBLEMS: list[Exercise] = []


def add(name, equations, given, parameters, objective, functions=""):
    PROBLEMS.append(Exercise(name, equations, given, parameters, objective, functions))


R = np.random.default_rng(3)


def n(*s):
    return np.round(R.uniform(-1, 1, s), 2)


add(
    "gru",
    """
z_{t,k} = σ(Σ_j A_kj x_{t,j} + Σ_m B_km h_{t-1,m})
r_{t,k} = σ(Σ_j C_kj x_{t,j} + Σ_m D_km h_{t-1,m})
c_{t,k} = tanh(Σ_j E_kj x_{t,j} + Σ_m F_km r_{t,m} h_{t-1,m})
h_{t,k} = (1 - z_{t,k}) h_{t-1,k} + z_{t,k} c_{t,k}
o_t = Σ_k v_k h_{t,k}
L = 1/2 Σ_t (o_t - y_t)^2
""",
    {"x": n(3, 2), "h_0": n(2), "y": n(3)},
    {"A": n(2, 2), "B": n(2, 2), "C": n(2, 2), "D": n(2, 2), "E": n(2, 2), "F": n(2, 2), "v": n(2)},
    lambda x, h_0, y, A, B, C, D, E, F, v: _gru(x, h_0, y, A, B, C, D, E, F, v),
)


def _gru(x, h, y, A, B, C, D, E, F, v):
    L = 0
    for t in range(3):
        z = sig(A @ x[t] + B @ h)
        r = sig(C @ x[t] + D @ h)
        c = np.tanh(E @ x[t] + F @ (r * h))
        h = (1 - z) * h + z * c
        L += 0.5 * (v @ h - y[t]) ** 2
    return L


add(
    "lstm_scalar",
    """
i_t = σ(a x_t + b h_{t-1})     for t = 1, 2
f_t = σ(p x_t + q h_{t-1})     for t = 1, 2
o_t = σ(r x_t + s h_{t-1})     for t = 1, 2
g_t = tanh(u x_t + w h_{t-1})  for t = 1, 2
c_t = f_t c_{t-1} + i_t g_t    for t = 1, 2
h_t = o_t tanh(c_t)            for t = 1, 2
L = ½ (h_2 − y)²
""",
    {"x": n(2), "h_0": n(), "c_0": n(), "y": n()},
    {"a": n(), "b": n(), "p": n(), "q": n(), "r": n(), "s": n(), "u": n(), "w": n()},
    lambda **k: _lstm(**k),
)


def _lstm(x, h_0, c_0, y, a, b, p, q, r, s, u, w):
    h, c = h_0, c_0
    for t in range(2):
        i = sig(a * x[t] + b * h)
        f = sig(p * x[t] + q * h)
        o = sig(r * x[t] + s * h)
        g = np.tanh(u * x[t] + w * h)
        c = f * c + i * g
        h = o * np.tanh(c)
    return 0.5 * (h - y) ** 2


add(
    "latex_attention",
    r"""
q_{ij} = \sum_m X_{im} A_{mj}
k_{ij} = \sum_m X_{im} B_{mj}
v_{ij} = \sum_m X_{im} C_{mj}
s_{ij} = \frac{1}{\sqrt{2}} \sum_m q_{im} k_{jm}
p_{ij} = softmax_j(s_{ij})
o_{ij} = \sum_m p_{im} v_{mj}
L = \frac12 \sum_i \sum_j (o_{ij} - y_{ij})^2
""",
    {"X": n(2, 2), "y": n(2, 2)},
    {"A": n(2, 2), "B": n(2, 2), "C": n(2, 2)},
    lambda X, y, A, B, C: 0.5 * np.sum((sm((X @ A) @ (X @ B).T / np.sqrt(2)) @ (X @ C) - y) ** 2),
)
add(
    "layer_norm",
    """
m = 1/4 sum_i x_i
v = 1/4 sum_i (x_i - m)^2
h_i = g_i (x_i - m)/sqrt(v + 0.01) + c_i
L = sum_i (h_i - t_i)^2
""",
    {"t": n(4)},
    {"x": n(4), "g": n(4), "c": n(4)},
    lambda t, x, g, c: np.sum((g * (x - x.mean()) / np.sqrt(x.var() + 0.01) + c - t) ** 2),
)
add(
    "conv2d_pool",
    """
z_{i,j} = sum_m sum_n K_{m,n} x_{i+m-1,j+n-1} + b   for i = 1, 2, j = 1, 2
a_ij = max(0, z_ij)
p = max_{i,j}(a_ij)
L = 1/2 (w p - y)^2
""",
    {"x": n(3, 3), "y": n()},
    {"K": n(2, 2), "b": np.array(0.4), "w": n()},
    lambda x, y, K, b, w: (
        0.5
        * (w * max(max(0, (K * x[i : i + 2, j : j + 2]).sum() + b) for i in range(2) for j in range(2)) - y)
        ** 2
    ),
)
add(
    "skipgram",
    """
h_d = sum_w W_wd c_w
u_k = sum_d V_kd h_d
L = -u_2 + ln(sum_k exp(u_k))
""",
    {"c": np.array([0.0, 1, 0, 0])},
    {"W": n(4, 2), "V": n(4, 2)},
    lambda c, W, V: (lambda u: -u[1] + np.log(np.exp(u).sum()))(V @ (W.T @ c)),
)
add(
    "rbf",
    """
d_j = sum_i (x_i - m_ji)^2
φ_j = e^(-d_j/(2 s_j^2))
f = sum_j w_j φ_j
L = 1/2 (f - t)^2
""",
    {"x": n(2), "t": n()},
    {"m": n(3, 2), "s": np.array([0.8, 1.1, 0.6]), "w": n(3)},
    lambda x, t, m, s, w: 0.5 * (w @ np.exp(-((x - m) ** 2).sum(1) / (2 * s * s)) - t) ** 2,
)
add(
    "tied_autoencoder",
    """
h_j = σ(Σ_i W_ji x_i + b_j)
r_i = Σ_j W_ji h_j + c_i
L = ½ Σ_i (r_i − x_i)²
""",
    {"x": n(3)},
    {"W": n(2, 3), "b": n(2), "c": n(3)},
    lambda x, W, b, c: 0.5 * ((W.T @ sig(W @ x + b) + c - x) ** 2).sum(),
)
add(
    "dropout_mask",
    """
a_j = relu(sum_i W_ji x_i)
d_j = m_j a_j / 0.5
y = sum_j v_j d_j
L = (y - t)^2
""",
    {"x": n(2), "m": np.array([1.0, 0, 1]), "t": n()},
    {"W": np.array([[0.3, 0.4], [0.1, -0.2], [0.5, 0.2]]), "v": n(3)},
    lambda x, m, t, W, v: (v @ (m * np.maximum(W @ x, 0) / 0.5) - t) ** 2,
)
add(
    "residual",
    """
a = tanh(w x + b)
r = x + a
s = tanh(w r + b)
o = r + s
L = ½(o − y)²
""",
    {"x": n(), "y": n()},
    {"w": n(), "b": n()},
    lambda x, y, w, b: 0.5 * ((x + np.tanh(w * x + b)) + np.tanh(w * (x + np.tanh(w * x + b)) + b) - y) ** 2,
)
add(
    "several_losses",
    """
p = σ(w_1 x_1 + w_2 x_2 + b)
q = w_3 x_1
A = -(t ln p + (1-t) ln(1-p))
B = (q - s)^2
L = A + α B + λ (w_1^2 + w_2^2 + w_3^2)
""",
    {"x": n(2), "t": np.array(1.0), "s": n(), "α": np.array(0.5), "λ": np.array(0.01)},
    {"w": n(3), "b": n()},
    lambda x, t, s, α, λ, w, b: (
        (lambda p: -(t * np.log(p) + (1 - t) * np.log(1 - p)))(sig(w[0] * x[0] + w[1] * x[1] + b))
        + α * (w[2] * x[0] - s) ** 2
        + λ * (w @ w)
    ),
)
add(
    "karpathy_circuit",
    """
a = x y
b = a + z
c = max(b, w)
d = 2 c
""",
    {},
    {"x": np.array(3.0), "y": np.array(-4.0), "z": np.array(2.0), "w": np.array(-1.0)},
    lambda x, y, z, w: 2 * max(x * y + z, w),
)
add(
    "goodfellow_chain",
    """
u = x^2 + 3 x y
v = sin(u) + e^{-y}
f = u / v + sqrt(u^2 + 1)
""",
    {},
    {"x": np.array(1.2), "y": np.array(0.7)},
    lambda x, y: (lambda u: u / (np.sin(u) + np.exp(-y)) + np.sqrt(u * u + 1))(x * x + 3 * x * y),
)
add(
    "code_style",
    """
z = w*x + b
a = sigmoid(z)
loss = 0.5*(a - y)**2
""",
    {"x": n(), "y": n()},
    {"w": n(), "b": n()},
    lambda x, y, w, b: 0.5 * (sig(w * x + b) - y) ** 2,
)
add(
    "greek_names",
    """
ŷ = θ_0 + θ_1 x + θ_2 x^2
J = 1/2 (ŷ - y)^2
""",
    {"x": n(), "y": n()},
    {"θ_0": n(), "θ_1": n(), "θ_2": n()},
    lambda x, y, θ_0, θ_1, θ_2: 0.5 * (θ_0 + θ_1 * x + θ_2 * x * x - y) ** 2,
)
add(
    "moving_average_conv_stride",
    """
z_i = Σ_m k_m x_{2i+m-2}    for i = 1, 2
L = Σ_i z_i^3
""",
    {},
    {"k": n(2), "x": n(4)},
    lambda k, x: sum((k @ x[2 * i : 2 * i + 2]) ** 3 for i in range(2)),
)
add(
    "cross_entropy_batch",
    """
z_nk = Σ_d W_kd x_nd + b_k
p_nk = softmax_k(z_nk)
L = -1/3 Σ_n Σ_k t_nk ln p_nk
""",
    {"x": n(3, 2), "t": np.eye(3)},
    {"W": n(3, 2), "b": n(3)},
    lambda x, t, W, b: -np.log(sm(x @ W.T + b))[np.arange(3), np.arange(3)].mean(),
)
add(
    "hinge_svm",
    """
s_i = Σ_j w_j x_ij + b
L = λ/2 Σ_j w_j^2 + 1/3 Σ_i max(0, 1 - y_i s_i)
""",
    {"x": n(3, 2), "y": np.array([1.0, -1, 1]), "λ": np.array(0.1)},
    {"w": n(2), "b": n()},
    lambda x, y, λ, w, b: λ / 2 * w @ w + np.maximum(0, 1 - y * (x @ w + b)).mean(),
)
add(
    "bilinear_dot",
    """
s = Σ_i Σ_j x_i M_ij y_j
L = ln(1 + exp(-s))
""",
    {"x": n(2), "y": n(3)},
    {"M": n(2, 3)},
    lambda x, y, M: np.log1p(np.exp(-(x @ M @ y))),
)
add(
    "glu_silu_gelu",
    """
a_j = Σ_i W_ji x_i
b_j = Σ_i V_ji x_i
g_j = silu(a_j) · b_j + gelu(a_j) + elu(b_j) + softplus(a_j)
L = Σ_j g_j²
""",
    {"x": n(2)},
    {"W": n(2, 2), "V": n(2, 2)},
    lambda x, W, V: (
        lambda a, b: (
            (a * sig(a) * b + a * np.vectorize(_phi)(a) + np.where(b > 0, b, np.exp(b) - 1) + sp(a)) ** 2
        ).sum()
    )(W @ x, V @ x),
)


def _phi(v):
    return 0.5 * (1 + erf(v / sqrt(2)))


add(
    "vae_reparam",
    """
μ = a x + b
s = exp(1/2 (c x + d))
z = μ + s ε
r = v z
K = -1/2 (1 + (c x + d) - μ² - exp(c x + d))
L = ½ (r − x)² + K
""",
    {"x": n(), "ε": n()},
    {"a": n(), "b": n(), "c": n(), "d": n(), "v": n()},
    lambda x, ε, a, b, c, d, v: (
        0.5 * (v * (a * x + b + np.exp(0.5 * (c * x + d)) * ε) - x) ** 2
        - 0.5 * (1 + (c * x + d) - (a * x + b) ** 2 - np.exp(c * x + d))
    ),
)
add(
    "rnn_unrolled_shared_mean",
    """
h_t = tanh(u x_t + w h_{t−1} + b)   for t = 1, …, 4
o_t = v h_t
L = 1/4 Σ_{t=1}^{4} (o_t − y_t)²
""",
    {"x": n(4), "y": n(4), "h_0": np.array(0.0)},
    {"u": n(), "w": n(), "b": n(), "v": n()},
    lambda x, y, h_0, u, w, b, v: _rnn(x, y, h_0, u, w, b, v),
)


def _rnn(x, y, h, u, w, b, v):
    L = 0
    for t in range(4):
        h = np.tanh(u * x[t] + w * h + b)
        L += (v * h - y[t]) ** 2 / 4
    return L


add(
    "max_pool_1d",
    """
p_i = max_m(x_{2i+m-2})  for i = 1, 2, m = 1, 2
L = Σ_i w_i p_i
""",
    {},
    {"x": n(4), "w": n(2)},
    lambda x, w: w[0] * max(x[0], x[1]) + w[1] * max(x[2], x[3]),
)
add(
    "absolute_and_powers",
    """
e_i = |a x_i + b - y_i|
L = Σ_i e_i^1.5 + 2^a
""",
    {"x": n(3), "y": n(3)},
    {"a": np.array(0.7), "b": np.array(0.3)},
    lambda x, y, a, b: (np.abs(a * x + b - y) ** 1.5).sum() + 2**a,
)
add(
    "own_function_two",
    """
z = w x
a = wave(z)
L = (a - y)^2
""",
    {"x": n(), "y": n()},
    {"w": n()},
    lambda x, y, w: ((w * x) * sig(1.5 * w * x) - y) ** 2,
    functions='wave = "x/(1 + exp(-1.5 x))"',
)
