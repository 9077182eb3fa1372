"""`dtemplates plan`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from dtemplates.cli import options


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
    from dtemplates.operation.applying import Options
    from dtemplates.planning import listing
    from dtemplates.planning.script import as_shell

    whole = Options(templates=templates, kubeconfig=kubeconfig).plan(
        options.load(settings, overrides)
    )
    chosen = whole.select(only or (), start)
    shown = {"text": listing.as_text, "json": listing.as_json, "shell": as_shell}
    typer.echo(shown[format.value](chosen).encode(), nl=False)
