"""`logs`: what a job's launcher wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.errors import InputError, ToolError
from dtemplates.findings import Finding
from dtemplates.operation.applying import Options, ready
from dtemplates.operation.probing import see_the_right_cluster
from dtemplates.operation.session import Session
from dtemplates.planning.step import command
from dtemplates.suggestions import did_you_mean
from dtemplates.tools.processes import run
from dtemplates.tools.symptoms import remedy_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from dtemplates.settings.root import Settings


def logs(
    settings: Settings,
    job: str,
    *,
    each_line: Callable[[str, bool], None],
    follow: bool = False,
    options: Options | None = None,
) -> int:
    """Hand each line of the launcher's output to `each_line`, and return kubectl's exit code.

    Its second argument is whether the line is kubectl's own, to stderr. Raises `InputError` for a
    job that is none, and `ToolError` where kubectl is missing or fails.
    """
    options = options or Options()
    names = [one.name for one in settings.jobs]
    if job not in names:
        remedy = did_you_mean(job, names) or f"there is: {', '.join(names) or 'none'}"
        raise InputError([Finding("is no job of the settings", file=job, remedy=remedy)])
    ready(settings, ("kubectl",), options)
    whole = options.plan(settings, checked=False)
    # Whatever the MPIJob's version, its launcher is a batch Job of this name.
    more = ("--follow",) if follow else ()
    question = command(
        "kubectl", "logs", f"job/{job}-launcher", "--namespace", whole.namespace, *more
    )
    session = Session(
        options.parent, whole.kubeconfig, options.observe, lambda text: None, options.environment
    )
    see_the_right_cluster(whole, session)
    answer = run(
        question.argv,
        environment=session.environment,
        each_line=lambda stream, text: each_line(text, stream == "stderr"),
    )
    if answer.code != 0 and (remedy := remedy_for(answer.stderr)):
        raise ToolError([Finding("cannot be read", file=f"logs of {job}", remedy=remedy)])
    return answer.code
