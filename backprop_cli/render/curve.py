"""A loss curve in the terminal, by plotext."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..errors import InputError

HEIGHT = 15
POINTS = 2000
_FRAME = str.maketrans("┌┐└┘─│┤├┬┴┼", "++++-|+++++")


def loss_curve(losses: Sequence[float], width: int, *, ascii: bool, required: bool) -> str | None:
    """The loss over the steps, drawn, by its logarithm where it spans more than a hundredfold.

    Without plotext None, or where the curve was asked for (`required`) an InputError.
    """
    figure = _figure()
    if figure is None:
        if not required:
            return None
        raise InputError(
            "a curve needs plotext, which is not installed", help="pip install 'backprop-cli[plot]'"
        )
    every = max(1, -(-len(losses) // POINTS))
    steps = sorted({*range(0, len(losses), every), len(losses) - 1})
    values = [losses[step] for step in steps]
    title = "loss after each step"
    if min(values) > 0 and max(values) > 100 * min(values):
        values, title = [math.log10(value) for value in values], "log10 of the loss after each step"
    figure.clear()
    figure.plot_size(width, HEIGHT)
    figure.theme("colorless")
    figure.title(title)
    ticks = sorted({round(steps[-1] * part / 5) for part in range(6)})
    figure.ruler("x").ticks(ticks, [str(step) for step in ticks])
    figure.draw(figure.signal(steps, values, marker="*" if ascii else "braille").lines(True))
    drawn = str(figure.build().string(True))
    figure.clear()
    drawn = drawn.translate(_FRAME) if ascii else drawn
    return "\n".join(line.rstrip() for line in drawn.splitlines())


def _figure() -> Any:
    """What plotext draws on, or None where it is missing or older than what this needs."""
    try:
        import plotext
    except ImportError:
        return None
    return getattr(plotext, "figure", None)
