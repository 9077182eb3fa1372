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
    typer.Option("--settings", "-s", metavar="FILE", help="The settings file; - is stdin."),
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


def load(path: Path, overrides: list[str] | None) -> Settings:
    """Return the settings that the options name."""
    from dtemplates.settings.load import load as load_settings

    return load_settings(path, overrides=overrides or ())


def printable(path: Path) -> str:
    """Return a path without anything that could steer a terminal."""
    return findings.printable(str(path))


def plain(text: str) -> str:
    """Return a tool's words on one line, without anything that could steer a terminal."""
    return findings.printable(text)
