"""Findings and reports, as they are shown: pictures on a terminal, lines in a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dtemplates.findings import Finding
    from dtemplates.report import Report


def findings(found: Sequence[Finding], *, to_stderr: bool = False) -> None:
    """Print findings for a person: as compilers do on a terminal, else a line each."""
    stream = sys.stderr if to_stderr else sys.stdout
    typer.echo(_text(found, stream).encode(), nl=False, err=to_stderr)


def _text(found: Sequence[Finding], stream: TextIO) -> str:
    from dtemplates.formats import text

    if not stream.isatty():
        return text.lines(found)
    color = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return text.pictures(found, color=color, width=shutil.get_terminal_size().columns)


def report(whole: Report, format: str, *, verbose: bool) -> None:
    """Print a report in one of the formats; notes go to stderr, and so does what is not in it."""
    from dtemplates.checking import SETTINGS_KIND

    found = whole.findings
    if format == "text":
        findings(found)
        if found and sys.stdout.isatty():
            typer.echo()
        for line in whole.remarks(verbose=verbose):
            typer.echo(line)
        typer.echo(whole.summary())
    else:
        settings = next((one.file for one in whole.results if one.kind == SETTINGS_KIND), None)
        typer.echo(_formatted(found, format, settings).encode(), nl=False)
        for line in whole.remarks(verbose=verbose):
            typer.echo(line, err=True)
        typer.echo(whole.summary(), err=True)
    for note in whole.notes:
        typer.echo(note, err=True)


def _formatted(found: Sequence[Finding], format: str, settings: str | None) -> str:
    if format == "json":
        from dtemplates.formats.as_json import as_json

        return as_json(found)
    if format == "github":
        from dtemplates.formats.github import commands

        return commands(found)
    from dtemplates import __version__
    from dtemplates.formats.sarif import log
    from dtemplates.inspection import DEFAULT_SETTINGS
    from dtemplates.rules import topics

    return log(found, topics(), __version__, settings=settings or DEFAULT_SETTINGS)
