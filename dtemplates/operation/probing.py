"""Probes put to the tools: how a step stands, and whether kubectl reaches the right cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dtemplates.errors import ToolError
from dtemplates.findings import Finding
from dtemplates.operation.answers import items, parsed
from dtemplates.operation.failures import Failed, Missing
from dtemplates.operation.states import state
from dtemplates.operation.statuses import State, state_of_stack
from dtemplates.planning.cluster import SERVER

if TYPE_CHECKING:
    from dtemplates.manifests import Manifests
    from dtemplates.operation.session import Session
    from dtemplates.planning.plan import Plan
    from dtemplates.planning.step import Command, Probe


def probed(probe: Probe, session: Session, manifests: Manifests) -> State:
    """Return how the step of a probe stands. Raises `Failed`."""
    if probe.against is not None:
        endpoint = _endpoint(probe.against, session)
        probe = replace(probe, expects=(endpoint,) if endpoint else ())
    found = state(probe, session.ask(probe.command), manifests)
    if found.status == "absent" and probe.stack is not None:
        return _made_by(probe.stack, session)
    return found


def _made_by(question: Command, session: Session) -> State:
    """Return how a stack stands that is there before, or after, what it makes."""
    try:
        return state_of_stack(question, session.ask(question))
    except Missing:
        # It tells more where it is; without it the tool that makes the stack will.
        return State("absent")


def _endpoint(question: Command, session: Session) -> str | None:
    """Return where the cluster's API answers; None where there is no cluster."""
    answer = session.ask(question)
    if answer.code != 0:
        return None
    found = items(parsed(question, answer))
    return str(found[0].get("Endpoint") or "") or None if found else None


def has_kubeconfig(session: Session) -> bool:
    """Return whether the file is there that kubectl is told to use."""
    return Path(session.environment["KUBECONFIG"]).is_file()


def another_cluster(whole: Plan, session: Session) -> str | None:
    """Return the server that the cluster's own kubeconfig leads to, if it is another cluster's.

    None where it leads to the right one, where nothing tells, or the kubeconfig is the user's.
    """
    probe = next((step.done for step in whole if step.name == "kubeconfig"), None)
    if probe is None or probe.against is None:
        return None
    try:
        answer = session.ask(SERVER)
        server = answer.stdout.strip()
        if answer.code != 0 or not server:
            return None
        endpoint = _endpoint(probe.against, session)
    except Failed:
        return None
    found = state(replace(probe, expects=(endpoint or "",)), answer, whole.manifests)
    return server if endpoint and found.status != "done" else None


def see_the_right_cluster(whole: Plan, session: Session) -> None:
    """Raise `ToolError` where kubectl would reach another cluster than that of the settings.

    Without a kubeconfig it asks whatever answers on this machine.
    """
    if not has_kubeconfig(session):
        raise ToolError(
            [
                Finding(
                    "there is no such kubeconfig yet",
                    file=whole.kubeconfig,
                    remedy="`dtemplates apply --only kubeconfig` writes it",
                )
            ]
        )
    if server := another_cluster(whole, session):
        raise ToolError(
            [
                Finding(
                    f"leads to {server}, not to cluster {whole.cluster} in {whole.region}",
                    file=whole.kubeconfig,
                    remedy="`dtemplates apply --only kubeconfig` writes it anew",
                )
            ]
        )
