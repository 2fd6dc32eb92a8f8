"""The `backprop` application: its verbs, its version, and how every error ends."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer

from ..errors import InputError, debugging, internal_error, report

# Each is a function in the module of its name.
COMMANDS = ("solve", "step", "check", "sheet", "derive", "draw", "practice", "new", "problems")


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

    An unusable input ends with exit status 2, a fault of the program's own with 3; BACKPROP_DEBUG=1 shows
    where in the program that happened.
    """
    try:
        application(sys.argv[1] if len(sys.argv) > 1 else None)(prog_name="backprop")
    except InputError as error:
        _tell(report(error))
        sys.exit(2)
    except KeyboardInterrupt:
        _tell("stopped")
        sys.exit(130)
    except Exception as error:  # whatever it is, a user is told in one line
        if debugging():
            raise
        _tell(internal_error(error))
        sys.exit(3)


def _tell(message: str) -> None:
    """Print to standard error, whatever it can encode."""
    encoding = sys.stderr.encoding or "ascii"
    print(message.encode(encoding, "replace").decode(encoding), file=sys.stderr)
