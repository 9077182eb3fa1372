"""`dtemplates validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dtemplates.cli import options


def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="A settings file, manifests, folders of them, or - for stdin.", metavar="PATH"
        ),
    ] = None,
    overrides: options.Overrides = None,
    templates: options.Templates = None,
    kubernetes_version: Annotated[
        str | None,
        typer.Option(help="Kubernetes version of manifests made elsewhere.", metavar="1.35"),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell of valid documents too.")
    ] = False,
) -> None:
    """Check settings, or manifests made anywhere.

    Ends with 0 where all are valid, 1 where something is not, 2 where something cannot be read.
    """
    from dtemplates.inspection import inspect

    report = inspect(
        paths or [options.DEFAULT],
        overrides=overrides or (),
        templates=templates,
        kubernetes_version=kubernetes_version,
    )
    for line in report.lines(verbose=verbose):
        typer.echo(line)
    for note in report.notes:
        typer.echo(note, err=True)
    raise typer.Exit(report.exit_code)
