"""`dtemplates scale`."""

from __future__ import annotations

from typing import Annotated

import typer

from dtemplates.cli import options


def scale(
    group: Annotated[str, typer.Argument(help="The node group.", metavar="GROUP")],
    nodes: Annotated[int, typer.Argument(help="How many nodes.", metavar="N", min=0)],
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    kubeconfig: options.Kubeconfig = None,
    timeout: options.Timeout = None,
    yes: options.Yes = False,
) -> None:
    """Give a node group more or fewer nodes.

    With 0 the cluster stays, and its GPUs cost nothing.
    """
    import sys

    from dtemplates.cli.progress import Progress
    from dtemplates.operation.applying import Options
    from dtemplates.operation.scaling import scale as give

    given = options.load(settings, overrides)
    progress = Progress()
    if not yes and sys.stdin.isatty():
        typer.confirm(
            f"Give {group} {nodes} nodes? Jobs end with nodes that go; AWS charges for new ones",
            abort=True,
            err=True,
        )
    with progress:
        give(
            given,
            group,
            nodes,
            options=Options(kubeconfig=kubeconfig, most=timeout, observe=progress),
        )
    typer.echo(f"{group}: {nodes} nodes; the settings are as they were")
