"""The command line: arguments in, library calls, results on stdout, all else on stderr.

Exit codes: 0 done, 1 failed or invalid, 2 wrong usage, settings or unreadable input, 130
interrupted. Commands import the library inside their functions, so that `--help` need not.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from dtemplates import __version__
from dtemplates.cli.apply import apply
from dtemplates.cli.cost import cost
from dtemplates.cli.delete import delete
from dtemplates.cli.diff import diff
from dtemplates.cli.doctor import doctor
from dtemplates.cli.explain import explain
from dtemplates.cli.init import init
from dtemplates.cli.logs import logs
from dtemplates.cli.plan import plan
from dtemplates.cli.render import render
from dtemplates.cli.scale import scale
from dtemplates.cli.schema import schema
from dtemplates.cli.status import status
from dtemplates.cli.validate import validate
from dtemplates.errors import DTemplatesError, ToolError


class _Group(TyperGroup):
    """The one place where an expected error becomes a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except DTemplatesError as error:
            _tell(error)
            raise typer.Exit(error.exit_code) from error


def _tell(error: DTemplatesError) -> None:
    if isinstance(error, ToolError):
        from dtemplates.cli import failure
        from dtemplates.operation.failures import StepFailed

        if isinstance(error, StepFailed):
            failure.tell(error)
            return
    from dtemplates.cli import show

    show.findings(error.findings, to_stderr=True)


class _DryRun(TyperCommand):
    """Takes `--dry-run` alone, too, as kubectl did."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words: list[str] = []
        for word in args:
            if word in ("client", "server") and words[-1:] == ["--dry-run=client"]:
                words[-1] = f"--dry-run={word}"
            else:
                words.append("--dry-run=client" if word == "--dry-run" else word)
        return super().parse_args(ctx, words)


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
app.command()(init)
app.command()(render)
app.command()(validate)
app.command()(explain)
app.command()(doctor)
app.command()(plan)
app.command()(cost)
app.command(cls=_DryRun)(apply)
app.command()(diff)
app.command()(status)
app.command()(logs)
app.command()(scale)
app.command()(delete)
app.command()(schema)


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
    # Whoever ends us by these means the tool at work, too: it is told, as by Ctrl-C.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        # nohup has it ignored, and means it.
        if signal.getsignal(ending) is not signal.SIG_IGN:
            signal.signal(ending, _interrupt)
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
        # Without the system's word it is ours: a part of the installation is missing.
        words = f"<stdout>: error: cannot be written: {error.strerror}"
        typer.echo(words if error.strerror else f"error: {error}", err=True)
        sys.exit(1)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _close_stdout() -> None:
    """Let Python end without a last try to write what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
