"""`dtemplates diff`."""

from __future__ import annotations

import typer

from dtemplates.cli import options


def diff(
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    only: options.Only = None,
    templates: options.Templates = None,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """Show how the cluster differs from the manifests.

    It is kubectl's own difference. Ends with 0 where nothing differs, 1 where something does, 2
    where something cannot be compared.
    """
    from dtemplates.errors import ToolError
    from dtemplates.operation.applying import Options
    from dtemplates.operation.comparing import diff as compare

    given = options.load(settings, overrides)
    chosen = Options(templates, kubeconfig)
    steps = chosen.plan(given, checked=False).select(only or ())
    try:
        results = compare(given, steps, chosen)
    except ToolError as error:
        for finding in error.findings:
            typer.echo(finding, err=True)
        raise typer.Exit(2) from error
    compared = {result.step for result in results}
    for step in steps:
        if step.name not in compared:
            typer.echo(
                f"{step.name}: not compared: it is no manifest that kubectl applies", err=True
            )
    for result in results:
        if result.status == "different":
            typer.echo(result.text, nl=False)
        else:
            typer.echo(str(result), err=True)
    statuses = {result.status for result in results}
    if statuses & {"failed", "not checked"} or not results:
        raise typer.Exit(2)
    raise typer.Exit(1 if "different" in statuses else 0)
