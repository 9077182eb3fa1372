"""Whether what is waited for has come, can still come, or cannot: read from objects and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dtemplates.operation.answers import items, mapping
from dtemplates.operation.objects import Object, condition, is_ready, number
from dtemplates.tools.symptoms import remedy_for, symptom_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dtemplates.planning.step import Until


@dataclass(frozen=True)
class Verdict:
    """Reached, hopeless or neither; `why` tells how it stands, `remedy` what to do."""

    status: Literal["reached", "hopeless", "waiting"]
    why: str = ""
    remedy: str = ""


REACHED = Verdict("reached")
ABSENT = Verdict("waiting", "it is not there yet")

# Roles that the operator knows; it takes no notice of others, however they are spelt.
_ROLES = ("Launcher", "Worker")
# Reasons of events that tell that a pod, or a volume, got further.
_PROGRESS = ("Scheduled", "Pulled", "Created", "Started", "ProvisioningSucceeded")
# Reasons for which a container waits that waiting does not end.
_STUCK = ("InvalidImageName", "ErrImageNeverPull", "CreateContainerError")


def judge(
    until: Until, found: Object | None, events: Sequence[Object], pods: Sequence[Object]
) -> Verdict:
    """Return how an object stands, by itself, its own events, and its pods.

    The events are those of the object and of its pods, the oldest first.
    """
    if found is None:
        return ABSENT
    if mapping(found.get("metadata")).get("deletionTimestamp"):
        return Verdict("waiting", "an earlier one is being deleted")
    verdict = _JUDGES[until](found, pods)
    if verdict.status != "waiting":
        return verdict
    told = _of_events(found, events)
    # What a pod says of itself names the pod, which an event's message does not.
    if told is None or (told.status == "waiting" and verdict.remedy):
        return verdict
    return told


def _of_events(found: Object, events: Sequence[Object]) -> Verdict | None:
    """Return what the newest telling event means; None where none tells anything.

    What was said before a pod got further, or before an operator took a job up, holds no more.
    """
    told = None
    for event in reversed(events):
        reason, message = str(event.get("reason")), str(event.get("message") or "")
        if reason in _PROGRESS:
            break
        if reason == "ValidationError":
            if mapping(found.get("status")).get("conditions"):
                continue
            return Verdict("hopeless", f"refused: {message}", remedy_for(message) or "mend the job")
        symptom = symptom_in(message)
        if symptom and symptom.final:
            return Verdict("hopeless", f"{reason}: {message}", symptom.remedy)
        if told is None and (symptom or event.get("type") == "Warning"):
            told = Verdict("waiting", f"{reason}: {message}", symptom.remedy if symptom else "")
    return told


def _bound(claim: Object, pods: Sequence[Object]) -> Verdict:
    phase = str(mapping(claim.get("status")).get("phase") or "Pending")
    if phase == "Bound":
        return REACHED
    if phase == "Lost":
        return Verdict("hopeless", "its volume is gone", "delete the claim, and apply again")
    return Verdict("waiting", phase)


def _ready(pod: Object, pods: Sequence[Object]) -> Verdict:
    status = mapping(pod.get("status"))
    if is_ready(pod):
        return REACHED
    phase = str(status.get("phase") or "Pending")
    if phase in ("Failed", "Succeeded"):
        return Verdict(
            "hopeless",
            f"the pod has ended: {status.get('reason') or phase}",
            "`kubectl logs` tells why; delete the pod, and apply again",
        )
    return _of_pods([pod]) or Verdict("waiting", phase)


def _rolled_out(workload: Object, pods: Sequence[Object]) -> Verdict:
    status, spec = mapping(workload.get("status")), mapping(workload.get("spec"))
    metadata = mapping(workload.get("metadata"))
    if number(status, "observedGeneration") < number(metadata, "generation"):
        return Verdict("waiting", "its controller has not seen it yet")
    if "desiredNumberScheduled" in status:
        wanted = number(status, "desiredNumberScheduled")
        current, ready = "updatedNumberScheduled", "numberAvailable"
    elif workload.get("kind") == "DaemonSet":
        return Verdict("waiting", "its controller has not seen it yet")
    else:
        wanted = int(spec.get("replicas", 1))
        current, ready = "updatedReplicas", "availableReplicas"
    if min(number(status, current), number(status, ready)) >= wanted:
        return REACHED
    counted = f"{number(status, ready)} of {wanted} pods available"
    return _of_pods(pods) or Verdict("waiting", counted)


def _established(crd: Object, pods: Sequence[Object]) -> Verdict:
    if condition(crd, "Established") == "True":
        return REACHED
    if condition(crd, "NamesAccepted") == "False":
        return Verdict(
            "hopeless",
            "its names are taken by another kind",
            "see `kubectl get crd`, and remove the other one",
        )
    return Verdict("waiting", "not established yet")


def _running(job: Object, pods: Sequence[Object]) -> Verdict:
    """Return how an MPIJob stands; it is running once its workers are, not with its launcher."""
    name = mapping(job.get("metadata")).get("name")
    unknown = [
        role
        for role in mapping(mapping(job.get("spec")).get("mpiReplicaSpecs"))
        if role not in _ROLES
    ]
    if unknown:
        return Verdict(
            "hopeless",
            f"{unknown[0]} is no replica type, so that the launcher runs alone",
            "name them Launcher and Worker",
        )
    status = mapping(job.get("status"))
    # v1alpha1 has one word where v2beta1 has conditions.
    launcher = str(status.get("launcherStatus") or "")
    if condition(job, "Failed") == "True" or launcher == "Failed":
        reason = condition(job, "Failed", "message") or condition(job, "Failed", "reason")
        return Verdict(
            "hopeless",
            f"the job has failed{f': {reason}' if reason else ''}",
            f"`dtemplates logs {name}` tells why; then `dtemplates delete --only jobs/{name}`, "
            "and apply again",
        )
    if condition(job, "Succeeded") == "True" or launcher == "Succeeded":
        return Verdict("reached", "it has succeeded")
    if condition(job, "Suspended") == "True":
        return Verdict("reached", "it is suspended, and waits for its turn")
    waiting = [pod for pod in pods if not is_ready(pod)]
    if condition(job, "Running") == "True" or (launcher == "Active" and not waiting):
        return REACHED
    if stuck := _of_pods(pods):
        return stuck
    if not status:
        return Verdict("waiting", "the operator has not taken it up yet")
    return Verdict("waiting", f"{len(pods) - len(waiting)} of {len(pods)} pods ready")


def _of_pods(pods: Sequence[Object]) -> Verdict | None:
    """Return why pods do not start; None where nothing is in their way."""
    told = None
    for pod in pods:
        name = mapping(pod.get("metadata")).get("name")
        for reason, message in _obstacles(pod):
            text = f"{reason}: {message}" if message else reason
            symptom = symptom_in(text)
            if reason in _STUCK or (symptom and symptom.final):
                return Verdict("hopeless", f"pod {name}: {text}", remedy_for(text))
            told = told or Verdict("waiting", f"pod {name}: {text}", remedy_for(text))
    return told


def _obstacles(pod: Object) -> Iterator[tuple[str, str]]:
    """Yield reason and message of whatever keeps a pod from running."""
    status = mapping(pod.get("status"))
    if condition(pod, "PodScheduled") == "False":
        reason = condition(pod, "PodScheduled", "reason") or "Unscheduled"
        yield reason, condition(pod, "PodScheduled", "message")
    for kind in ("initContainerStatuses", "containerStatuses"):
        for container in items(status.get(kind)):
            waiting = mapping(mapping(container.get("state")).get("waiting"))
            reason = str(waiting.get("reason") or "")
            # What every container goes through, and tells nothing.
            if reason and reason not in ("ContainerCreating", "PodInitializing"):
                yield reason, str(waiting.get("message") or "")


_JUDGES: dict[Until, Callable[[Object, Sequence[Object]], Verdict]] = {
    "bound": _bound,
    "ready": _ready,
    "rolled out": _rolled_out,
    "established": _established,
    "running": _running,
}
