"""How long a big problem takes, beside the same matrix products in plain NumPy.

    python tests/benchmarks/solve.py [RUNS]

784-128-10 with 64 samples, sigmoid and softmax, one step: about as large as teaching goes. The exit status
is 1 when the ratio of the medians is over its aim.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

# Idle threads of the linear algebra that wait for work would drown the difference.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from networks import layer, problem

from backprop_cli.values.solution import solve

AIM = 5.0


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(64, 784)), np.eye(10)[rng.integers(0, 10, 64)]
    W1, W2 = rng.normal(size=(128, 784)) * 0.05, rng.normal(size=(10, 128)) * 0.1
    b1, b2 = np.zeros(128), np.zeros(10)
    big = problem([layer("sigmoid", W1, b1), layer("softmax", W2, b2)], "cross_entropy", X, Y, lr=0.1)

    def plain() -> object:
        h = 1 / (1 + np.exp(-(X @ W1.T + b1)))
        e = np.exp(h @ W2.T + b2)
        d2 = e / e.sum(axis=1, keepdims=True) - Y
        d1 = d2 @ W2 * h * (1 - h)
        return d1 @ W1, W1 - 0.1 * (d1.T @ X / 64), W2 - 0.1 * (d2.T @ h / 64)

    def clock(run: Callable[[], object]) -> float:
        run()
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        return median(times) * 1e3

    ours, theirs = clock(lambda: solve(big)), clock(plain)
    print(
        f"solve {ours:.2f} ms, plain NumPy {theirs:.2f} ms: {ours / theirs:.1f} times (aim: at most {AIM:g})"
    )
    return int(ours > AIM * theirs)


if __name__ == "__main__":
    sys.exit(main())
