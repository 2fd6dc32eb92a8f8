"""The `backprop` command."""

from __future__ import annotations

import signal

from .commands.app import run


def main() -> None:
    """Run the command line and leave with its exit status."""
    if hasattr(signal, "SIGPIPE"):
        # When the reader of a pipe has had enough, as in `backprop solve … | head`, end like any Unix tool.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    run()


if __name__ == "__main__":
    main()
