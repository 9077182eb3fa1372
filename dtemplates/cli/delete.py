"""`dtemplates delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from dtemplates.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dtemplates.operation.applying import Options
    from dtemplates.planning.step import Keep, Step
    from dtemplates.settings.root import Settings


def delete(
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    only: options.Only = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="fsx,cluster,namespace", help="Delete these too, which stay otherwise."
        ),
    ] = None,
    templates: options.Templates = None,
    kubeconfig: options.Kubeconfig = None,
    timeout: options.Timeout = None,
    yes: options.Yes = False,
) -> None:
    """Take back what apply made, the last first.

    File system, cluster and namespace stay unless they are included.
    """
    from dtemplates.cli.progress import Progress
    from dtemplates.operation.applying import Options
    from dtemplates.operation.deleting import deletable, see_ready
    from dtemplates.operation.deleting import delete as take_back

    included = _included(include or ())
    given = options.load(settings, overrides)
    progress = Progress()
    chosen = Options(templates, kubeconfig, most=timeout, observe=progress)
    steps = deletable(chosen.plan(given, checked=False), only or (), included)
    if not steps:
        typer.echo("nothing to delete: what there is stays unless it is included", err=True)
    if steps:
        see_ready(given, steps, chosen)
        if not yes:
            _told(steps, given)
        options.agreed("Delete them?", yes=yes)
        with progress:
            result = take_back(given, only=only or (), include=included, options=chosen)
        typer.echo(f"{len(result.deleted)} deleted, {len(result.absent)} were not there")
    _remains(given, chosen)


def _included(given: Sequence[str]) -> list[Keep]:
    from dtemplates.planning.step import Keep

    words = [word for each in given for word in each.split(",") if word]
    known = get_args(Keep)
    if unknown := [word for word in words if word not in known]:
        raise typer.BadParameter(
            f"{unknown[0]!r} is none of {', '.join(known)}", param_hint="--include"
        )
    return cast("list[Keep]", words)


def _told(steps: Sequence[Step], settings: Settings) -> None:
    names = ", ".join(step.name for step in steps)
    typer.echo(f"on cluster {settings.cluster.name}, in this order: {names}", err=True)


def _remains(settings: Settings, chosen: Options) -> None:
    """Tell what is still there and costs money."""
    from dtemplates.operation.events import unseen
    from dtemplates.overview.status import status

    # What could not be asked for must not pass as gone.
    found = status(settings, options=chosen.replaced(observe=unseen))
    if found.rows[0].mood == "unknown":
        typer.echo(f"what remains is not known: {found.rows[0].details}", err=True)
    for line in found.costs:
        typer.echo(f"remains, and costs money: {line}")
