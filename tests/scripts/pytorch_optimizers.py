"""Where the numbers in tests/cases/pytorch_optimizers.json are from: PyTorch, on the CPU, in float64.

    python tests/scripts/pytorch_optimizers.py > tests/cases/pytorch_optimizers.json

Written with PyTorch 2.13.0. Only this script needs PyTorch; the tests read the file.
A 2-2-1 network, sigmoid twice, learns OR from four samples: 100 steps of each optimizer.
"""

from __future__ import annotations

import json

import torch

STEPS = 100
X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
Y = [[0.0], [1.0], [1.0], [1.0]]
PARAMETERS = {
    "W1": [[0.2, 0.4], [0.3, 0.5]],
    "b1": [0.3, 0.5],
    "W2": [[0.4, 0.6]],
    "b2": [0.5],
}
RUNS = {
    "momentum": (torch.optim.SGD, {"lr": 0.5, "momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"lr": 0.5, "momentum": 0.9, "nesterov": True}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "eps": 1e-8}),
    "adam": (torch.optim.Adam, {"lr": 0.05, "betas": (0.9, 0.999), "eps": 1e-8}),
    "gradient_descent, weight_decay": (torch.optim.SGD, {"lr": 0.5, "weight_decay": 0.01}),
    "momentum, weight_decay": (torch.optim.SGD, {"lr": 0.5, "momentum": 0.9, "weight_decay": 0.01}),
    "adam, weight_decay": (torch.optim.Adam, {"lr": 0.05, "eps": 1e-8, "weight_decay": 0.01}),
}


def run(kind: type[torch.optim.Optimizer], settings: dict[str, object]) -> dict[str, object]:
    x, y = torch.tensor(X, dtype=torch.float64), torch.tensor(Y, dtype=torch.float64)
    p = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in PARAMETERS.items()
    }
    optimizer = kind(list(p.values()), **settings)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        hidden = torch.sigmoid(x @ p["W1"].T + p["b1"])
        output = torch.sigmoid(hidden @ p["W2"].T + p["b2"])
        loss = 0.5 * ((output - y) ** 2).sum(dim=1).mean()
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return {"losses": losses, **{name: value.tolist() for name, value in p.items()}}


if __name__ == "__main__":
    print(json.dumps({name: run(*how) for name, how in RUNS.items()}, indent=1))
