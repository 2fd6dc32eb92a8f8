"""The `backprop` application: its verbs, its version, and how every error ends."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..errors import InputError, report
from .derive import derive
from .check import check
from .problems import problems
from .sheet import sheet
from .solve import solve
from .step import step

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
app.command()(solve)
app.command()(step)
app.command()(check)
app.command()(sheet)
app.command()(derive)
app.command()(problems)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"backprop {version('backprop-cli')}")
        except PackageNotFoundError:
            typer.echo("backprop (not installed)")
        raise typer.Exit


@app.callback()
def backprop(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Backpropagation by hand: a worked solution in your handout's own notation."""


def run() -> None:
    """Run the application; an unusable input is told on standard error and ends with exit status 2."""
    try:
        app(prog_name="backprop")
    except InputError as error:
        _tell(report(error))
        sys.exit(2)
    except KeyboardInterrupt:
        _tell("stopped")
        sys.exit(130)


def _tell(message: str) -> None:
    """Print to standard error, whatever it can encode."""
    encoding = sys.stderr.encoding or "ascii"
    print(message.encode(encoding, "replace").decode(encoding), file=sys.stderr)
