"""`dtemplates doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dtemplates.cli import options

if TYPE_CHECKING:
    from dtemplates.tools.doctor import Diagnosis


def doctor(
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    templates: options.Templates = None,
    kubeconfig: options.Kubeconfig = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Look at programs alone; ask no server.")
    ] = False,
) -> None:
    """Tell what is missing: programs, credentials, the cluster.

    Ends with 0 where apply can start, 1 where something is missing.
    """
    from pathlib import Path

    from dtemplates.operation.applying import Options
    from dtemplates.tools import doctor as examination

    given = options.load(settings, overrides)
    whole = Options(templates, kubeconfig).plan(given, checked=False)
    found = examination.programs(given, (name for step in whole for name in step.programs))
    typer.echo(f"what the {whole.stack} stack needs for cluster {whole.cluster}:")
    _show(found)
    if not offline:
        answers = [examination.credentials(whole.region)]
        # A cluster that is not made yet cannot answer; apply makes it.
        config = Path(whole.kubeconfig).expanduser()
        if config.exists():
            answers.append(examination.cluster(str(config)))
        _show(answers)
        if not config.exists():
            typer.echo(f"  -   cluster: no kubeconfig {whole.kubeconfig} yet; apply writes it")
        found += answers
    raise typer.Exit(0 if all(one.is_well for one in found) else 1)


def _show(found: list[Diagnosis]) -> None:
    for one in found:
        mark = "- " if one.health == "unknown" else "ok" if one.is_well else "NO"
        typer.echo(f"  {mark}  {one.name}: {options.printable(one.found)}")
        if one.remedy:
            typer.echo(f"      {options.printable(one.remedy)}")
