"""Probes put to the tools: how a step stands, and whether kubectl reaches the right cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dtemplates.errors import ToolError
from dtemplates.findings import Finding
from dtemplates.operation.answers import items, parsed
from dtemplates.operation.failures import Failed, Missing
from dtemplates.operation.states import state
from dtemplates.operation.statuses import State, state_of_stack
from dtemplates.planning.cluster import SERVER

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    return endpoint_in(items(parsed(question, answer)))


def endpoint_in(found: Sequence[dict[str, Any]]) -> str | None:
    """Return where the first of these clusters answers; None where nothing tells."""
    return str(found[0].get("Endpoint") or "") or None if found else None


def has_kubeconfig(session: Session) -> bool:
    """Return whether the file is there that kubectl is told to use."""
    return Path(session.environment["KUBECONFIG"]).is_file()


def another_cluster(whole: Plan, session: Session, endpoint: str | None) -> str | None:
    """Return the server that the cluster's own kubeconfig leads to, if it is not the endpoint.

    None where it leads there, where nothing tells, or the kubeconfig is the user's.
    """
    probe = _kubeconfig_probe(whole)
    if probe is None or not endpoint:
        return None
    try:
        answer = session.ask(SERVER)
    except Failed:
        return None
    server = answer.stdout.strip()
    if answer.code != 0 or not server:
        return None
    found = state(replace(probe, expects=(endpoint,)), answer, whole.manifests)
    return None if found.status == "done" else server


def _kubeconfig_probe(whole: Plan) -> Probe | None:
    return next((step.done for step in whole if step.name == "kubeconfig"), None)


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
    probe = _kubeconfig_probe(whole)
    try:
        endpoint = _endpoint(probe.against, session) if probe and probe.against else None
    except Failed:
        endpoint = None
    if server := another_cluster(whole, session, endpoint):
        raise ToolError(
            [
                Finding(
                    f"leads to {server}, not to cluster {whole.cluster} in {whole.region}",
                    file=whole.kubeconfig,
                    remedy="`dtemplates apply --only kubeconfig` writes it anew",
                )
            ]
        )
