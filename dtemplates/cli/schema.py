"""`dtemplates schema`."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    name: Annotated[
        str, typer.Argument(help="Which schema; `list` names them.", metavar="NAME")
    ] = "settings",
) -> None:
    """Print the schema of settings, or of a kind of manifest."""
    from dtemplates import resources
    from dtemplates.suggestions import did_you_mean

    names = resources.schemas()
    if name == "list":
        typer.echo("\n".join(names))
        return
    if name not in names:
        hint = did_you_mean(name, names) or f"one of {', '.join(names)}"
        raise typer.BadParameter(f"there is no schema {name!r}: {hint}", param_hint="NAME")
    typer.echo(resources.schema(name), nl=False)
