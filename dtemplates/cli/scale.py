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
    from dtemplates.cli.progress import Progress
    from dtemplates.operation.applying import Options, ready
    from dtemplates.operation.scaling import scale as give
    from dtemplates.operation.scaling import scaling

    given = options.load(settings, overrides)
    progress = Progress()
    chosen = Options(kubeconfig=kubeconfig, most=timeout, observe=progress)
    command = scaling(given, group, nodes)
    ready(given, ("eksctl",), chosen)
    if not yes:
        typer.echo(str(command), err=True)
    options.agreed("Carry it out? Jobs end with nodes that go; AWS charges for new ones", yes=yes)
    with progress:
        give(given, group, nodes, options=chosen)
    typer.echo(f"{group}: {nodes} nodes; the settings are as they were")
