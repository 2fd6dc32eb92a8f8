"""A progress bar for what takes longer than a second, and Ctrl-C or SIGTERM as a wish to stop."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
PATIENCE = 1.0  # seconds before the bar appears


class Bar:
    """A progress bar on standard error that appears once its patience is over."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.began = time.monotonic()
        self.wanted = sys.stderr.isatty()
        self.bar: Any = None
        self.task: Any = None

    def __call__(self, taken: int, loss: float) -> None:
        if self.bar is None:
            if not self.wanted or time.monotonic() - self.began < PATIENCE:
                return
            self._open()
        self.bar.update(self.task, completed=taken, description=f"loss {loss:.6g}")

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self.bar.start()
        self.task = self.bar.add_task("", total=self.total)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()


@contextmanager
def watched(total: int) -> Iterator[tuple[Callable[[int, float], None], list[int]]]:
    """(what to tell the progress to, the signals to stop that have come) for as long as the block runs."""
    came: list[int] = []
    bar = Bar(total)
    main = threading.current_thread() is threading.main_thread()
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (STOPPING if main else ())
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield bar, came
    finally:
        bar.close()
        for number, handler in before.items():
            with suppress(TypeError):  # a handler that was not set from Python is None
                signal.signal(number, handler)
