"""Runs `backprop derive`, and the problems that its tests share."""

from __future__ import annotations

import re
from pathlib import Path

from command_line import Ran, backprop

SOFTMAX = """
title = "A 2-3-2 network"
inputs = [[0.5, -0.2], [1.0, 0.4]]
targets = [[0, 1], [1, 0]]
loss = "cross_entropy"
[[layers]]
activation = "tanh"
weights = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
bias = [0.1, 0.2, 0.3]
[[layers]]
activation = "softmax"
weights = [[0.1, 0.2, 0.3], [-0.3, 0.4, 0.2]]
bias = [0.1, -0.1]
"""
DEEP = """
inputs = [0.5]
targets = [0.3]
loss = "half_squared_error"
[[layers]]
name = "first"
activation = { name = "leaky_relu", slope = 0.1 }
weights = [[0.1], [0.3]]
bias = 0.2
shared = ["bias"]
[[layers]]
name = "second"
activation = "elu"
weights = [[0.1, 0.2], [-0.3, 0.4]]
[[layers]]
name = "third"
activation = "identity"
weights = [[0.1, 0.2]]
bias = 0.1
symbols = { weight_names = [["w5", "w6"]], bias_names = ["b3"] }
[notation]
derivative = "prime"
"""


def derive(*arguments: str | Path, **others) -> str:
    ran = backprop("derive", *arguments, **others)
    assert (ran.status, ran.err) == (0, ""), ran.err
    return ran.out


def fault(*arguments: str | Path) -> str:
    """What is said of input that cannot be used: on standard error, with exit status 2."""
    ran: Ran = backprop("derive", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    return ran.err


def last_number(text: str) -> float:
    return float(re.findall(r"[≈=] ([−-]?[\d.]+)$", text.rstrip(), re.M)[-1].replace("−", "-"))
