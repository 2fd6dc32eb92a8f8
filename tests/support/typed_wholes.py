"""Exercises typed with whole vectors and matrices, or with sums over part of a range; forward in NumPy."""

from __future__ import annotations

import numpy as np
from typed_equations import Exercise, sig, sm

PROBLEMS: list[Exercise] = []
R = np.random.default_rng(11)


def n(*s):
    return np.round(R.uniform(-1, 1, s), 2)


def add(name, equations, given, parameters, objective, functions=""):
    PROBLEMS.append(Exercise(name, equations, given, parameters, objective, functions))


add(
    "mlp in matrices",
    "z1 = W1 x + b1\na1 = σ(z1)\nz2 = W2 a1 + b2\nL = ½ ‖z2 − y‖²",
    {"x": n(2), "y": n(2)},
    {"W1": n(3, 2), "b1": n(3), "W2": n(2, 3), "b2": n(2)},
    lambda x, y, W1, b1, W2, b2: 0.5 * np.sum((W2 @ sig(W1 @ x + b1) + b2 - y) ** 2),
)
add(
    "batch as numpy writes it, two samples of two units",
    "Z1 = X @ W1 + b1\nA1 = np.maximum(0, Z1)\nZ2 = A1.dot(W2) + b2\nL = np.mean((Z2 - Y)**2)".replace(
        "np.maximum", "max"
    ),
    {"X": n(2, 2), "Y": n(2, 2)},
    {"W1": n(2, 2), "b1": n(2), "W2": n(2, 2), "b2": n(2)},
    lambda X, Y, W1, b1, W2, b2: np.mean((np.maximum(0, X @ W1 + b1) @ W2 + b2 - Y) ** 2),
)
add(
    "batch in columns, as many samples as units",
    r"Z = W X + b" "\n" r"A = \tanh(Z)" "\n" r"L = \frac{1}{m} \lVert A - Y \rVert^2",
    {"X": n(2, 2), "Y": n(2, 2), "m": np.array(2.0)},
    {"W": n(2, 2), "b": n(2)},
    lambda X, Y, m, W, b: np.sum((np.tanh(W @ X + b[:, None]) - Y) ** 2) / m,
)
add(
    "elman network in vectors",
    "h_t = tanh(U x_t + W h_{t-1} + b)\no_t = V h_t + c\nL = ½ Σ_t ‖o_t − y_t‖²",
    {"x": n(3, 2), "y": n(3, 1), "h_0": n(2)},
    {"U": n(2, 2), "W": n(2, 2), "b": n(2), "V": n(1, 2), "c": n(1)},
    lambda x, y, h_0, U, W, b, V, c: _elman(x, y, h_0, U, W, b, V, c),
)


def _elman(x, y, h, U, W, b, V, c):
    total = 0.0
    for t in range(len(x)):
        h = np.tanh(U @ x[t] + W @ h + b)
        total += 0.5 * np.sum((V @ h + c - y[t]) ** 2)
    return total


add(
    "lstm with concatenation, products by stars",
    """
f_t = σ(W_f·[h_{t-1}, x_t] + b_f)
i_t = σ(W_i·[h_{t-1}, x_t] + b_i)
g_t = tanh(W_g [h_{t-1}; x_t] + b_g)
o_t = σ(W_o [h_{t-1}; x_t] + b_o)
c_t = f_t * c_{t-1} + i_t * g_t
h_t = o_t ∘ tanh(c_t)
L = ½ (h_2 − y)ᵀ(h_2 − y)
""",
    {"x": n(2, 3), "y": n(2), "h_0": n(2), "c_0": n(2)},
    {**{f"W_{g}": n(2, 5) for g in "figo"}, **{f"b_{g}": n(2) for g in "figo"}},
    lambda x, y, h_0, c_0, **p: _lstm(x, y, h_0, c_0, p),
)


def _lstm(x, y, h, c, p):
    for row in x:
        v = np.concatenate([h, row])
        f, i, o = (sig(p[f"W_{g}"] @ v + p[f"b_{g}"]) for g in "fio")
        c = f * c + i * np.tanh(p["W_g"] @ v + p["b_g"])
        h = o * np.tanh(c)
    return 0.5 * np.sum((h - y) ** 2)


add(
    "self-attention in matrices",
    r"""
Q = X W^Q
K = X W^K
V = X W^V
S = \frac{Q K^\top}{\sqrt{d}}
A = \mathrm{softmax}(S)
O = A V
L = ½ ‖O − Y‖_F²
""",
    {"X": n(3, 4), "Y": n(3, 2), "d": np.array(2.0)},
    {"W^Q": n(4, 2), "W^K": n(4, 2), "W^V": n(4, 2)},
    lambda X, Y, d, **p: (
        0.5 * np.sum((sm((X @ p["W^Q"]) @ (X @ p["W^K"]).T / np.sqrt(d)) @ (X @ p["W^V"]) - Y) ** 2)
    ),
)
add(
    "logistic regression with wᵀx and a penalty",
    "z = w^T x + b\np = σ(z)\nL = −y ln p − (1 − y) ln(1 − p) + λ/2 wᵀw",
    {"x": n(3), "y": np.array(1.0), "λ": np.array(0.1)},
    {"w": n(3), "b": n()},
    lambda x, y, λ, w, b: np.log1p(np.exp(-(w @ x + b))) + λ / 2 * w @ w,
)
add(
    "logistic regression with w x side by side",
    "z = w x + b\nL = (σ(z) − y)²",
    {"x": n(3), "y": np.array(1.0)},
    {"w": n(3), "b": n()},
    lambda x, y, w, b: (sig(w @ x + b) - y) ** 2,
)
add(
    "layer norm with mean and var",
    "μ = mean(x)\nv = var(x)\nn = (x − μ)/√(v + ε)\ny = γ ⊙ n + β\nL = Σ (y − t)²",
    {"t": n(4), "ε": np.array(1e-3)},
    {"x": n(4), "γ": n(4), "β": n(4)},
    lambda t, ε, x, γ, β: np.sum((γ * (x - x.mean()) / np.sqrt(x.var() + ε) + β - t) ** 2),
)
add(
    "batch norm with an axis",
    "m = mean(X, axis=0)\nv = var(X, axis=0)\nN = (X − m)/√(v + 0.001)\nY = γ ⊙ N + β\nL = sum(Y ⊙ T)",
    {"T": n(4, 2)},
    {"X": n(4, 2), "γ": n(2), "β": n(2)},
    lambda T, X, γ, β: np.sum((γ * (X - X.mean(0)) / np.sqrt(X.var(0) + 0.001) + β) * T),
)
add(
    "rms norm and a residual",
    "r = √(1/3 Σ_i x_i² + 0.01)\nn_i = x_i/r g_i\ny = x + W relu(n)\nL = ½ ‖y‖²",
    {},
    {"x": n(3), "g": n(3), "W": n(3, 3)},
    lambda x, g, W: 0.5 * np.sum((x + W @ np.maximum(0, x / np.sqrt(np.mean(x**2) + 0.01) * g)) ** 2),
)
add(
    "bilinear form, outer product and a trace of it",
    "s = uᵀ W v\nM = u vᵀ\nL = (s − 1)² + ‖M‖²",
    {},
    {"u": n(2), "v": n(3), "W": n(2, 3)},
    lambda u, v, W: (u @ W @ v - 1) ** 2 + np.sum(np.outer(u, v) ** 2),
)
add(
    "tied autoencoder",
    "h = σ(W x + b)\nx̂ = W^T h + c\nL = ‖x − x̂‖²",
    {"x": n(3)},
    {"W": n(2, 3), "b": n(2), "c": n(3)},
    lambda x, W, b, c: np.sum((x - W.T @ sig(W @ x + b) - c) ** 2),
)
add(
    "triplet loss of embedded points",
    "a = W x\np = W u\nq = W v\nL = max(0, ‖a − p‖² − ‖a − q‖² + m)",
    {"x": n(2), "u": n(2), "v": n(2), "m": np.array(2.0)},
    {"W": n(2, 2)},
    lambda x, u, v, m, W: max(0, np.sum((W @ (x - u)) ** 2) - np.sum((W @ (x - v)) ** 2) + m),
)
add(
    "cosine of two vectors",
    "c = (u·v)/(‖u‖ ‖v‖)\nL = 1 − c",
    {},
    {"u": n(3), "v": n(3)},
    lambda u, v: 1 - u @ v / np.sqrt(u @ u) / np.sqrt(v @ v),
)
add(
    "svm with hinge and l2, samples in rows",
    "f = X w + b\nL = ½ ‖w‖² + C Σ max(0, 1 − y ⊙ f)",
    {"X": n(4, 2), "y": np.array([1.0, -1.0, -1.0, 1.0]), "C": np.array(0.7)},
    {"w": n(2), "b": n()},
    lambda X, y, C, w, b: 0.5 * w @ w + C * np.sum(np.maximum(0, 1 - y * (X @ w + b))),
)
add(
    "elastic net",
    "r = y − X w\nL = 1/4 ‖r‖² + α ‖w‖_1 + β ‖w‖_2^2",
    {"X": n(4, 2), "y": n(4), "α": np.array(0.3), "β": np.array(0.2)},
    {"w": n(2)},
    lambda X, y, α, β, w: 0.25 * np.sum((y - X @ w) ** 2) + α * np.abs(w).sum() + β * w @ w,
)
add(
    "highway layer",
    "h = relu(W x + b)\ng = σ(V x + c)\ny = g ⊙ h + (1 − g) ⊙ x\nL = Σ y²",
    {"x": n(3)},
    {"W": n(3, 3), "b": n(3), "V": n(3, 3), "c": n(3)},
    lambda x, W, b, V, c: np.sum((sig(V @ x + c) * np.maximum(0, W @ x + b) + (1 - sig(V @ x + c)) * x) ** 2),
)
add(
    "capsule squash",
    "q = ‖s‖²\nv = q/(1 + q) s/‖s‖\nL = ‖v − t‖²",
    {"t": n(3)},
    {"s": n(3)},
    lambda t, s: np.sum((s @ s / (1 + s @ s) * s / np.sqrt(s @ s) - t) ** 2),
)
add(
    "hopfield energy over pairs",
    r"E = -\frac{1}{2} \sum_{i \neq j} W_{ij} s_i s_j - \sum_i θ_i s_i" "\nL = E²",
    {"s": np.array([1.0, -1.0, 1.0])},
    {"W": n(3, 3), "θ": n(3)},
    lambda s, W, θ: (-0.5 * (s @ W @ s - np.sum(np.diag(W) * s**2)) - θ @ s) ** 2,
)
add(
    "causal sums up to the step",
    "c_t = Σ_{s=1}^{t} a_s w_{t-s+1}\nd_t = 1/2 Σ_{s<t} c_s\nL = Σ_t c_t² + Σ_t d_t w_t",
    {"a": n(3)},
    {"w": n(3)},
    lambda a, w: _causal(a, w),
)


def _causal(a, w):
    c = np.convolve(a, w)[:3]
    d = 0.5 * np.array([c[:t].sum() for t in range(3)])
    return np.sum(c**2) + d @ w


add(
    "pairs further apart",
    "L = Σ_{i<j} (x_i − x_j)² w_ij + Σ_{i=1}^{2} Σ_{j=i+1}^{3} x_i x_j",
    {"w": n(3, 3)},
    {"x": n(3)},
    lambda w, x: sum((x[i] - x[j]) ** 2 * w[i, j] + x[i] * x[j] for i in range(3) for j in range(i + 1, 3)),
)
add(
    "huber by cases",
    r"r_i = w x_i - y_i"
    "\n"
    r"h_i = \begin{cases} \frac12 r_i^2 & \text{if } |r_i| \le 0.5 \\ "
    r"0.5 (|r_i| - 0.25) & \text{otherwise} \end{cases}"
    "\nL = Σ_i h_i",
    {"x": n(4), "y": 3 * n(4)},
    {"w": n()},
    lambda x, y, w: np.sum(
        np.where(abs(w * x - y) <= 0.5, 0.5 * (w * x - y) ** 2, 0.5 * (abs(w * x - y) - 0.25))
    ),
)
add(
    "quantile loss by where and by an indicator",
    "r = y − X w\nL = sum(where(r >= 0, 0.3 r, -0.7 r)) + Σ_i 1[r_i < 0] r_i²",
    {"X": n(4, 2), "y": n(4)},
    {"w": n(2)},
    lambda X, y, w: (
        np.sum(np.where(y - X @ w >= 0, 0.3 * (y - X @ w), -0.7 * (y - X @ w)))
        + np.sum(np.minimum(0, y - X @ w) ** 2)
    ),
)
add(
    "an own function with the name of a known one",
    "z = W x\na = swish(z)\nL = Σ a",
    {"x": n(2)},
    {"W": n(3, 2)},
    lambda x, W: np.sum((W @ x) * sig(1.7 * (W @ x))),
    'swish = "x σ(1.7 x)"',
)
add(
    "gaussian vae: reconstruction and kl",
    "μ = A x\ns = B x\nz = μ + exp(s/2) ⊙ e\nr = D z\nL = ½ ‖x − r‖² + ½ Σ (μ² + exp(s) − s − 1)",
    {"x": n(3), "e": n(2)},
    {"A": n(2, 3), "B": n(2, 3), "D": n(3, 2)},
    lambda x, e, A, B, D: (
        0.5 * np.sum((x - D @ (A @ x + np.exp(B @ x / 2) * e)) ** 2)
        + 0.5 * np.sum((A @ x) ** 2 + np.exp(B @ x) - B @ x - 1)
    ),
)
add(
    "layers marked in square brackets",
    "z^[1] = W^[1] x + b^[1]\na^[1] = tanh(z^[1])\nz^[2] = W^[2] a^[1] + b^[2]\nL = ½ ‖z^[2] − y‖²",
    {"x": n(2), "y": n(1)},
    {"W^[1]": n(3, 2), "b^[1]": n(3), "W^[2]": n(1, 3), "b^[2]": n(1)},
    lambda x, y, **p: 0.5 * np.sum((p["W^[2]"] @ np.tanh(p["W^[1]"] @ x + p["b^[1]"]) + p["b^[2]"] - y) ** 2),
)
add(
    "mixture of two gaussians",
    "α = softmax(a)\nL = −ln Σ_k α_k 1/√(2π s_k²) exp(−(y − m_k)²/(2 s_k²))",
    {"y": np.array(0.4)},
    {"a": n(2), "m": n(2), "s": np.array([0.5, 0.8])},
    lambda y, a, m, s: (
        -np.log(np.sum(sm(a) / np.sqrt(2 * np.pi * s**2) * np.exp(-((y - m) ** 2) / (2 * s**2))))
    ),
)
add(
    "heads of attention with an index",
    "Q_h = X A_h\nK_h = X B_h\nV_h = X C_h\nS_h = softmax(Q_h K_hᵀ/√2)\nO_h = S_h V_h\nL = Σ_h ‖O_h‖²",
    {"X": n(2, 3)},
    {"A": n(2, 3, 2), "B": n(2, 3, 2), "C": n(2, 3, 2)},
    lambda X, A, B, C: sum(
        np.sum((sm((X @ A[h]) @ (X @ B[h]).T / np.sqrt(2)) @ (X @ C[h])) ** 2) for h in range(2)
    ),
)
add(
    "a polynomial and a discounted return, indices as numbers",
    "p_i = Σ_{k=0}^{2} w_{k+1} x_i^k\nG = Σ_t γ^{t-1} r_t\nL = Σ_i (p_i − y_i)² + G² + Σ_t t r_t γ",
    {"x": n(3), "y": n(3), "r": n(4)},
    {"w": n(3), "γ": np.array(0.9)},
    lambda x, y, r, w, γ: (
        np.sum((w[0] + w[1] * x + w[2] * x**2 - y) ** 2)
        + (γ ** np.arange(4) @ r) ** 2
        + np.arange(1, 5) @ r * γ
    ),
)
