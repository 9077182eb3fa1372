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
    from dtemplates.operation.applying import Options
    from dtemplates.operation.comparing import diff as compare

    given = options.load(settings, overrides)
    chosen = Options(templates, kubeconfig)
    results = compare(given, chosen.plan(given).select(only or ()), chosen)
    for result in results:
        if result.status == "different":
            typer.echo(result.text, nl=False)
        else:
            typer.echo(str(result), err=True)
    statuses = {result.status for result in results}
    if statuses & {"failed", "not checked"}:
        raise typer.Exit(2)
    raise typer.Exit(1 if "different" in statuses else 0)
