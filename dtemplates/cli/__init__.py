"""The command line: arguments in, library calls, results on stdout, all else on stderr.

Exit codes: 0 done, 1 failed or invalid, 2 wrong usage, settings or unreadable input, 130
interrupted. Commands import the library inside their functions, so that `--help` need not.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dtemplates import __version__
from dtemplates.cli.init import init
from dtemplates.cli.render import render
from dtemplates.cli.schema import schema
from dtemplates.cli.validate import validate
from dtemplates.errors import DTemplatesError


class _Group(TyperGroup):
    """The one place where an expected error becomes a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except DTemplatesError as error:
            for finding in error.findings:
                typer.echo(finding, err=True)
            raise typer.Exit(error.exit_code) from error


app = typer.Typer(
    cls=_Group,
    name="dtemplates",
    help="Every manifest for distributed training on EKS, from one typed settings file.",
    no_args_is_help=True,
    add_completion=False,
    # Help is plain text: it starts in half the time, and reads the same in a log.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (init, render, validate, schema):
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dtemplates {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line and end the process."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the result has enough.
        _close_stdout()
        sys.exit(1)
    except OSError as error:
        _close_stdout()
        typer.echo(f"<stdout>: error: cannot be written: {error.strerror}", err=True)
        sys.exit(1)


def _close_stdout() -> None:
    """Let Python end without a last try to write what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
