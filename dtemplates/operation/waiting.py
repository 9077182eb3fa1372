"""Waits: objects, events and pods are asked for until what is waited for has come, or cannot."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dtemplates.operation.absence import NO_KIND, said
from dtemplates.operation.answers import asked, content, items, mapping
from dtemplates.operation.events import Waiting
from dtemplates.operation.failures import Cause, Failed
from dtemplates.operation.objects import NODEGROUP, Object, is_ready, job_labels
from dtemplates.operation.verdicts import ABSENT, Verdict, judge
from dtemplates.planning.step import command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dtemplates.operation.session import Session
    from dtemplates.planning.step import Wait

# Seconds between two looks: often at first, so that quick things are seen quickly.
_FIRST, _LONGEST, _GROWTH = 0.2, 5.0, 1.4
# A server that does not answer may answer again; one look in vain is no reason to give up.
_PATIENCE = 3


def pauses() -> Iterator[None]:
    """Yield, and sleep ever longer in between."""
    pause = _FIRST
    while True:
        yield
        time.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST)


def wait_for(wait: Wait, session: Session, limit: float) -> None:
    """Return once what is waited for has come.

    Raises `Failed` as soon as it cannot come, or where it has not within `limit` seconds.
    """
    deadline = time.monotonic() + limit
    question = _question(wait)
    shown, vain, seen = "", 0, False
    for _ in pauses():
        try:
            verdict = _look(wait, session)
            vain = 0
            if verdict == ABSENT and seen:
                verdict = Verdict("hopeless", "it was deleted meanwhile", "apply again")
            seen = verdict != ABSENT
        except Failed as failed:
            vain += 1
            if vain >= _PATIENCE:
                raise
            verdict = Verdict("waiting", failed.cause.message, failed.cause.remedy)
        if verdict.status == "reached":
            return
        if verdict.status == "hopeless":
            message = f"{wait.thing} will not be {wait.until}: {verdict.why}"
            raise Failed(Cause(message, verdict.remedy, command(*question)))
        text = f"{wait.thing} to be {wait.until}: {verdict.why}"
        if text != shown:
            session.observe(Waiting(text))
            session.log(f"waiting for {text}")
            shown = text
        if time.monotonic() >= deadline:
            message = f"not {wait.until} after {limit:.0f} s: {wait.thing}"
            remedy = verdict.remedy or f"look at it: kubectl describe {wait.kind} {wait.name}"
            raise Failed(Cause(f"{message}, {verdict.why}", remedy, command(*question)))


def _look(wait: Wait, session: Session) -> Verdict:
    """Return how the object stands now; events and pods are asked for only where they can tell."""
    if wait.until == "joined":
        return _joined(wait, session)
    found = _object(wait, session)
    verdict = judge(wait.until, found, (), ())
    if found is None or verdict.status != "waiting":
        return verdict
    pods = _pods(wait, found, session)
    verdict = judge(wait.until, found, (), pods)
    if verdict.status != "waiting" or wait.namespace is None:
        return verdict
    told = [found, *(pod for pod in pods if not is_ready(pod))][:3]
    events = [event for one in told for event in _events(one, wait.namespace, session)]
    return judge(wait.until, found, sorted(events, key=_when), pods)


def _joined(wait: Wait, session: Session) -> Verdict:
    """Return whether as many nodes of a group are ready as there should be, scaled as it may be."""
    assert wait.wanted is not None
    groups = items(asked(session, wait.wanted))
    group = next((one for one in groups if one.get("Name") == wait.name), {})
    wanted = group.get("DesiredCapacity")
    nodes = _listed(session, "nodes", "-l", f"{NODEGROUP}={wait.name}")
    ready = sum(is_ready(node) for node in nodes)
    if ready >= (wanted if isinstance(wanted, int) else 1):
        return Verdict("reached")
    return Verdict(
        "waiting",
        f"{ready} of {wanted} nodes ready",
        "see that they start, that the cluster lets them in (`eksctl get iamidentitymapping`), and "
        "that it has vpc-cni, coredns and kube-proxy (`eksctl get addon`)",
    )


def _question(wait: Wait) -> tuple[str, ...]:
    if wait.until == "joined":
        return ("kubectl", "get", "nodes", "-l", f"{NODEGROUP}={wait.name}")
    return ("kubectl", "get", wait.kind, wait.name, *wait.place, "--ignore-not-found", "-o", "json")


def _object(wait: Wait, session: Session) -> Object | None:
    question = command(*_question(wait))
    answer = session.ask(question)
    # A kind that is not served yet has no objects yet.
    if answer.code != 0 and said(answer, NO_KIND):
        return None
    return mapping(content(question, answer)) or None


def _listed(session: Session, *argv: str) -> list[Object]:
    return items(asked(session, command("kubectl", "get", *argv, "-o", "json")))


def _pods(wait: Wait, found: Object, session: Session) -> list[Object]:
    """Return the pods that an object has made."""
    labels_of = _LABELS.get(wait.until)
    labels = labels_of(found) if labels_of else {}
    if wait.namespace is None or not labels:
        return []
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return _listed(session, "pods", "--namespace", wait.namespace, "-l", selector)


def _own_selector(found: Object) -> dict[str, str]:
    selector = mapping(mapping(found.get("spec")).get("selector"))
    return {str(key): str(value) for key, value in mapping(selector.get("matchLabels")).items()}


# until → the labels of the pods in question
_LABELS: dict[str, Callable[[Object], dict[str, str]]] = {
    "rolled out": _own_selector,
    "running": job_labels,
}


def _events(found: Object, namespace: str, session: Session) -> list[Object]:
    """Return the events of this very object, not those of an earlier one of its name."""
    metadata = mapping(found.get("metadata"))
    selector = f"involvedObject.name={metadata.get('name')}"
    listed = _listed(session, "events", "--namespace", namespace, "--field-selector", selector)
    uid = metadata.get("uid")
    return [one for one in listed if mapping(one.get("involvedObject")).get("uid") in (uid, None)]


def _when(event: Object) -> str:
    times = (event.get("lastTimestamp"), event.get("eventTime"))
    created = mapping(event.get("metadata")).get("creationTimestamp")
    return str(next((one for one in (*times, created) if one), ""))
