"""Options that several commands share, and what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dtemplates import findings

if TYPE_CHECKING:
    from dtemplates.settings.root import Settings

DEFAULT = Path("dtemplates.yaml")
SettingsFile = Annotated[
    Path,
    # Whether it can be read, reading tells better.
    typer.Option(
        "--settings", "-s", metavar="FILE", readable=False, help="The settings file; - is stdin."
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SETTING=VALUE",
        help="Override a setting: cluster.name=x, nodegroups.gpu.min_size=0. May be repeated.",
    ),
]

Templates = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Folder of templates that replace ours by name, or add new ones."
    ),
]

Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="A kubeconfig in place of the cluster's own, ~/.kube/eksctl/clusters/NAME.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        metavar="STEP|GROUP", help="Only these steps, such as pv_fsx, storage or 'jobs/*'."
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(min=1, metavar="SECONDS", help="The longest that a step may take."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def agreed(question: str, *, yes: bool) -> None:
    """Return if whoever is there agrees. Raises `InputError` where nobody is there to be asked.

    Ends with 1 where they do not, and with 130 where they interrupt.
    """
    import sys

    if yes:
        return
    if not sys.stdin.isatty():
        from dtemplates.errors import InputError

        raise InputError(
            [findings.Finding("nobody is there to answer", file="<stdin>", remedy="give --yes")]
        )
    try:
        answer = typer.confirm(question, err=True)
    except typer.Abort:
        typer.echo("\nnothing was started", err=True)
        raise typer.Exit(130) from None
    if not answer:
        typer.echo("nothing was started", err=True)
        raise typer.Exit(1)


def load(path: Path, overrides: list[str] | None) -> Settings:
    """Return the settings that the options name."""
    from dtemplates.settings.load import load as load_settings

    return load_settings(path, overrides=overrides or ())


def printable(words: object) -> str:
    """Return a path, or a tool's words, without anything that could steer a terminal."""
    return findings.printable(str(words))
