"""`dtemplates validate`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from dtemplates.cli import options, show


class Format(str, Enum):
    """How findings are told."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"


class Threshold(str, Enum):
    """From which level on findings are a failure."""

    error = "error"
    warning = "warning"


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
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE", help="Only these rules: DT201, or DT2 for a group. May be repeated."
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="All rules but these. May be repeated."),
    ] = None,
    format: Annotated[
        Format,
        typer.Option(help="text to read, json, github (annotations) or sarif (code scanning)."),
    ] = Format.text,
    fail_on: Annotated[
        Threshold, typer.Option("--fail-on", help="End with 1 from this level on.")
    ] = Threshold.error,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell of valid documents too.")
    ] = False,
) -> None:
    """Check settings, or manifests made anywhere, each by itself and one against the other.

    Ends with 0 where nothing is wrong, 1 where something is, 2 where something cannot be read.
    `dtemplates explain` tells of the rules.
    """
    from dtemplates.inspection import inspect

    report = inspect(
        paths or [options.DEFAULT],
        overrides=overrides or (),
        templates=templates,
        kubernetes_version=kubernetes_version,
        select=select or (),
        ignore=ignore or (),
    )
    show.report(report, format.value, verbose=verbose)
    raise typer.Exit(report.exit_code(fail_on.value))
