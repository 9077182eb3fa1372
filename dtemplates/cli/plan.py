"""`dtemplates plan`."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated

import typer

from dtemplates.cli import options, show
from dtemplates.cli.cost import line


class Format(str, Enum):
    """How a plan is printed."""

    text = "text"
    json = "json"
    shell = "shell"


def plan(
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    only: options.Only = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="STEP", help="Only this step and later ones.")
    ] = None,
    templates: options.Templates = None,
    kubeconfig: options.Kubeconfig = None,
    format: Annotated[
        Format,
        typer.Option(help="text to read, json, or shell: a script that runs by itself."),
    ] = Format.text,
) -> None:
    """Show the steps to running jobs; nothing is started."""
    from dtemplates.costs import cost as reckon
    from dtemplates.operation.applying import Options
    from dtemplates.planning import listing
    from dtemplates.planning.script import as_shell

    given = options.load(settings, overrides)
    whole = Options(templates=templates, kubeconfig=kubeconfig).plan(given)
    chosen = whole.select(only or (), start)
    if format is Format.shell:
        typer.echo(as_shell(chosen).encode(), nl=False)
    elif format is Format.json:
        document = listing.as_plain(chosen) | {"cost": reckon(given).as_plain()}
        typer.echo(json.dumps(document, indent=2).encode())
    else:
        typer.echo(f"{listing.as_text(chosen)}\n{line(given)}".encode())
    show.findings(whole.warnings, to_stderr=True)
