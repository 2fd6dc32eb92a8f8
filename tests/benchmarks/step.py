"""How fast `backprop step` trains, beside the same loop in PyTorch (eager, SGD, on the CPU), in one run.

    python tests/benchmarks/step.py

PyTorch is needed by this script alone: pip install torch. The loops take turns, so that whatever else the
machine does falls on both; the fastest turn of each counts. PyTorch's loop does not even read its loss; ours
keeps it of every step. The bounds hold for the same loop, in the same float64; float32, of half the width, is
shown beside it where that matters. Ends with status 1 when a ratio is over its bound.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from networks import layer, problem

from backprop_cli.problem.problem import Problem
from backprop_cli.values.training.loop import train

TURNS = 5
ACTIVATIONS = {"sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}
Loop = Callable[[], None]


def half_squared_error(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """½ Σ (a − y)², the mean over the samples."""
    return 0.5 * ((output - target) ** 2).sum(dim=1).mean()


def network(sizes: list[int], hidden: str, dtype: torch.dtype) -> torch.nn.Sequential:
    torch.manual_seed(0)
    layers: list[torch.nn.Module] = []
    for before, units in pairwise(sizes):
        layers += [torch.nn.Linear(before, units, dtype=dtype), ACTIVATIONS[hidden]()]
    return torch.nn.Sequential(*layers[:-1], torch.nn.Sigmoid() if sizes[-1] == 1 else torch.nn.Identity())


def theirs(model: torch.nn.Sequential, X: np.ndarray, Y: np.ndarray, rate: float, steps: int) -> Loop:
    """The loop as it is usually written; cross-entropy where there are classes."""
    dtype = next(model.parameters()).dtype
    x = torch.tensor(X, dtype=dtype)
    classes = Y.shape[1] > 1
    y = torch.tensor(Y.argmax(axis=1)) if classes else torch.tensor(Y, dtype=dtype)
    loss_of = torch.nn.functional.cross_entropy if classes else half_squared_error

    def loop() -> None:
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        for _ in range(steps):
            optimizer.zero_grad()
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()

    return loop


def ours(model: torch.nn.Sequential, hidden: str, X: np.ndarray, Y: np.ndarray, rate: float) -> Problem:
    """The same network from the same numbers."""
    linear = [part for part in model if isinstance(part, torch.nn.Linear)]
    classes = Y.shape[1] > 1
    names = [hidden] * (len(linear) - 1) + ["softmax" if classes else "sigmoid"]
    layers = [
        layer(name, part.weight.detach().double().numpy(), part.bias.detach().double().numpy())
        for name, part in zip(names, linear, strict=True)
    ]
    return problem(layers, "cross_entropy" if classes else "half_squared_error", X, Y, lr=rate)


def timed(loop: Loop) -> float:
    start = time.perf_counter()
    loop()
    return time.perf_counter() - start


def compare(
    title: str, sizes: list[int], hidden: str, dtype: torch.dtype, steps: int, bound: float | None
) -> bool:
    """Time both and say how they compare; whether the ratio is within its bound, where there is one."""
    random = np.random.default_rng(0)
    if sizes[-1] == 1:
        X, Y = (
            np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
            np.array([[0.0], [1.0], [1.0], [1.0]]),
        )
        rate = 0.5
    else:
        X, Y = random.random((64, sizes[0])), np.eye(sizes[-1])[random.integers(0, sizes[-1], 64)]
        rate = 0.05
    model = network(sizes, hidden, dtype)
    mine = ours(model, hidden, X, Y, rate)
    their_loop = theirs(model, X, Y, rate, steps)
    their_time = my_time = float("inf")
    for _ in range(TURNS):
        their_time = min(their_time, timed(their_loop))
        my_time = min(my_time, timed(lambda: train(mine, steps)))
    ratio = my_time / their_time
    kind = str(dtype).removeprefix("torch.")
    good = bound is None or ratio <= bound
    verdict = "no bound" if bound is None else f"bound {bound:g}: {'ok' if good else 'OVER'}"
    print(
        f"{title}, {steps} steps: backprop {my_time:.3f} s, PyTorch ({kind}) {their_time:.3f} s, "
        f"ratio {ratio:.2f} ({verdict})",
        flush=True,
    )
    return good


def main() -> int:
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads; NumPy {np.__version__}")
    good = []
    for dtype, bound in ((torch.float64, 1.2), (torch.float32, None)):
        good.append(compare("2-2-1, batch of 4", [2, 2, 1], "sigmoid", dtype, 10_000, 0.5))
        for hidden in ("relu", "sigmoid"):
            title = f"784-128-10, batches of 64, {hidden}"
            good.append(compare(title, [784, 128, 10], hidden, dtype, 1000, bound))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
