"""`dtemplates apply`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from dtemplates.cli import options, show
from dtemplates.cli.cost import line

if TYPE_CHECKING:
    from dtemplates.operation.applying import Options
    from dtemplates.planning.plan import Plan
    from dtemplates.settings.root import Settings


class DryRun(str, Enum):
    """Where a dry run is made."""

    client = "client"
    server = "server"


def apply(
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    only: options.Only = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="STEP", help="Begin with this step.")
    ] = None,
    dry_run: Annotated[
        DryRun | None,
        typer.Option(
            "--dry-run",
            help="client (also --dry-run alone): show the plan; server: let the tools check it.",
        ),
    ] = None,
    templates: options.Templates = None,
    kubeconfig: options.Kubeconfig = None,
    timeout: options.Timeout = None,
    yes: options.Yes = False,
) -> None:
    """Do each step that is not done yet.

    Nothing starts before all manifests are valid. After any failure the same command goes on where
    it stopped.
    """
    from dtemplates.cli.progress import Progress
    from dtemplates.operation.applying import Options
    from dtemplates.operation.applying import apply as carry_out

    given = options.load(settings, overrides)
    progress = Progress()
    chosen = Options(templates, kubeconfig, most=timeout, observe=progress)
    whole = chosen.plan(given)
    steps = whole.select(only or (), start)
    show.findings(whole.warnings, to_stderr=True)
    if dry_run is DryRun.client:
        from dtemplates.planning.listing import as_text

        typer.echo(f"{as_text(steps)}\n{line(given)}".encode())
        return
    if dry_run is DryRun.server:
        _checked_by_server(given, steps, chosen)
        return
    if whole.unused:
        typer.echo(f"note: no step takes {', '.join(whole.unused)}", err=True)
    if not yes:
        _told(given, steps, chosen)
    options.agreed("Apply them? AWS charges for what they make", yes=yes)
    with progress:
        applied = carry_out(given, only=only or (), start=start, options=chosen)
    typer.echo(f"{len(applied.done)} steps done now, {len(applied.already)} before")


def _told(settings: Settings, steps: Plan, chosen: Options) -> None:
    """Tell what would be done, and before that what is missing for it."""
    from dtemplates.operation.applying import ready

    ready(settings, (name for step in steps for name in step.programs), chosen)
    typer.echo(
        f"{len(steps)} steps on cluster {steps.cluster} in {steps.region}: "
        f"{', '.join(step.name for step in steps)}",
        err=True,
    )
    typer.echo(line(settings), err=True)


def _checked_by_server(settings: Settings, steps: Plan, chosen: Options) -> None:
    from dtemplates.operation.comparing import dry_run

    results = dry_run(settings, steps, chosen)
    for result in results:
        typer.echo(str(result))
    if any(result.failed for result in results):
        raise typer.Exit(1)
