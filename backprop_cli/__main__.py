"""The `backprop` command."""

from __future__ import annotations

import gc
import signal


def main() -> None:
    """Run the command line and leave with its exit status."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Until the program is ready to tell of it, Ctrl-C ends it without a word, as it ends any Unix tool.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Starting up makes many objects and no garbage; looking for it after every 700 of them takes its time.
    gc.set_threshold(100_000, 20, 20)
    if hasattr(signal, "SIGPIPE"):
        # When the reader of a pipe has had enough, as in `backprop solve … | head`, end like any Unix tool.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    from .commands.app import run

    run()


if __name__ == "__main__":
    main()
