"""`dtemplates logs`."""

from __future__ import annotations

from typing import Annotated

import typer

from dtemplates.cli import options


def logs(
    job: Annotated[str, typer.Argument(help="The job.", metavar="JOB")],
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as long as the job does.")
    ] = False,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """Print what a job's launcher wrote, by kubectl logs."""
    from dtemplates.operation.applying import Options
    from dtemplates.operation.logs import logs as print_logs

    given = options.load(settings, overrides)
    code = print_logs(
        given,
        job,
        follow=follow,
        options=Options(kubeconfig=kubeconfig),
        each_line=lambda text, err: typer.echo(text, err=err),
    )
    raise typer.Exit(code)
