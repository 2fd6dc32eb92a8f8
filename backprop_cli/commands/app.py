"""The `backprop` application: its verbs, its version, and how every error ends."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any

import typer

from ..errors import InputError, debugging, internal_error, report

# Each is a function in the module of its name.
COMMANDS = (
    "solve",
    "step",
    "check",
    "sheet",
    "derive",
    "draw",
    "practice",
    "vary",
    "autograder",
    "new",
    "problems",
    "guide",
)


def application(command: str | None = None) -> typer.Typer:
    """The application with one command, or with all of them where the first word names none.

    The others' modules and options take as long to prepare as a whole solution.
    """
    app = typer.Typer(
        name="backprop",
        help="Backpropagation by hand: a worked solution in your handout's own notation.",
        epilog="Start with: backprop solve w3wi-ds304",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # plain help: Rich's would take longer to import than all the rest
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(backprop)
    for name in (command,) if command in COMMANDS else COMMANDS:
        app.command()(getattr(import_module(f".{name}", __package__), name))
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"backprop {version('backprop-cli')}")
        except PackageNotFoundError:
            typer.echo("backprop (not installed)")
        raise typer.Exit


def backprop(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Backpropagation by hand: a worked solution in your handout's own notation."""


def run() -> None:
    """Run the application, every error told in words on standard error.

    An unusable input or output ends with exit status 2, a fault of the program's own with 3;
    BACKPROP_DEBUG=1 shows where in the program that happened. Ctrl-C ends with 130, SIGTERM with 143.
    """
    from ..files.overwriting import remembered
    from .streams import finish, give_up, prepare, tell, unwritable

    prepare()
    status: int | None = 0
    try:
        with remembered(), stopping():
            try:
                application(sys.argv[1] if len(sys.argv) > 1 else None)(prog_name="backprop")
            finally:
                finish()
    except InputError as error:
        tell(report(error))
        status = 2
    except KeyboardInterrupt:
        tell("stopped")
        status = 130
    except OSError as error:  # those of files are told where they are met
        if debugging():
            raise
        give_up()
        reason = unwritable(error)
        if error.filename is not None:
            reason = InputError(f"{error.filename}: {error.strerror or error}")
        tell(report(reason))
        status = 2
    except Exception as error:  # whatever it is, a user is told in one line
        if debugging():
            raise
        tell(internal_error(error))
        status = 3
    sys.exit(status)


@contextmanager
def stopping() -> Iterator[None]:
    """Ctrl-C and SIGTERM as exceptions, so that what was begun is tidied up."""

    def interrupted(*_: object) -> None:
        sys.unraisablehook = lambda _: None  # what was half made complains as it is thrown away
        raise KeyboardInterrupt

    def terminated(*_: object) -> None:
        sys.unraisablehook = lambda _: None
        raise SystemExit(143)

    wanted: dict[signal.Signals, Any] = {
        signal.SIGINT: interrupted,
        signal.SIGTERM: terminated,
    }
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number, handler in wanted.items():
            if signal.getsignal(number) == signal.SIG_DFL:  # not where the shell has it ignored
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
