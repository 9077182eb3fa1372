"""Rows from answers: what each thing's own words mean."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from dtemplates.operation.answers import mapping
from dtemplates.operation.objects import NODEGROUP, Object, is_ready, job_labels, labels
from dtemplates.operation.verdicts import judge
from dtemplates.overview.rows import Kind, Mood, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dtemplates.overview.asking import Answer
    from dtemplates.planning.plan import Plan
    from dtemplates.settings.root import Settings

# What eksctl's and CloudFormation's words for a group mean where it is not simply there.
_ILL = ("FAILED", "DEGRADED", "ROLLBACK")
_COMING = ("CREATING", "UPDATING", "IN_PROGRESS", "DELETING", "PENDING")
_GPU, _EFA = "nvidia.com/gpu", "vpc.amazonaws.com/efa"


def rows(settings: Settings, plan: Plan, answers: dict[str, Answer]) -> Iterator[Row]:
    """Yield a row for each thing that the plan makes, in the order of the plan."""
    yield _cluster(plan, answers["cluster"])
    for group in settings.nodegroups:
        yield _nodegroup(group.name, answers["nodegroups"], answers["nodes"])
    for wait in (wait for step in plan for wait in step.waits if wait.kind == "daemonset"):
        yield _workload("plugin", wait.name, answers["daemonsets"])
    if "fsx_stack" in answers:
        yield _stack(answers["fsx_stack"])
    steps = {step.name for step in plan}
    if settings.fsx:
        name = settings.fsx.name
        if "pv_fsx" in steps:
            yield _storage("volume", name, answers["volumes"])
        for made in _made_for(name, plan.namespace, answers["volumes"]):
            yield _storage("volume", made, answers["volumes"])
        yield _storage("claim", name, answers["claims"])
    if "mpi_operator" in steps:
        yield _workload("operator", "mpi-operator", answers["operators"])
    for job in settings.jobs:
        yield _job(job.name, answers["jobs"], answers["pods"])


def _cluster(plan: Plan, answer: Answer) -> Row:
    if answer.error:
        return Row("cluster", plan.cluster, "unknown", "unknown", details=answer.error)
    if not answer.found:
        return Row("cluster", plan.cluster, "not there", "absent")
    found = answer.found[0]
    status = str(found.get("Status") or "unknown")
    version = found.get("Version")
    details = f"Kubernetes {version}" if version else ""
    return Row("cluster", plan.cluster, status, _mood(status), details=details)


def _nodegroup(name: str, groups: Answer, nodes: Answer) -> Row:
    if groups.error:
        return Row("node group", name, "unknown", "unknown", details=groups.error)
    found = next((one for one in groups.found if one.get("Name") == name), None)
    if found is None:
        return Row("node group", name, "not there", "absent")
    own = [node for node in nodes.found if labels(node).get(NODEGROUP) == name]
    ready = sum(is_ready(node) for node in own)
    desired = found.get("DesiredCapacity")
    wanted = desired if isinstance(desired, int) else len(own)
    status = str(found.get("Status") or "there")
    details = [str(found["InstanceType"])] if found.get("InstanceType") else []
    details += [
        f"{count} {word}"
        for resource, word in ((_GPU, "GPUs"), (_EFA, "EFA"))
        if (count := sum(_allocatable(node, resource) for node in own))
    ]
    if nodes.error:
        details.append("nodes not known")
    mood = _mood(status)
    if mood == "well" and ready < wanted:
        mood = "coming"
    return Row("node group", name, status, mood, ready, wanted, ", ".join(details))


def _workload(kind: Kind, name: str, answer: Answer) -> Row:
    found, row = _find(kind, name, answer)
    if found is None:
        return row
    verdict = judge("rolled out", found, (), ())
    status = mapping(found.get("status"))
    if found.get("kind") == "DaemonSet":
        ready, wanted = status.get("numberReady"), status.get("desiredNumberScheduled")
    else:
        ready, wanted = status.get("readyReplicas"), mapping(found.get("spec")).get("replicas", 1)
    well = verdict.status == "reached"
    containers = mapping(mapping(mapping(found.get("spec")).get("template")).get("spec"))
    images = [str(one.get("image")) for one in containers.get("containers", ())]
    return Row(
        kind,
        name,
        "running" if well else "starting",
        "well" if well else "coming",
        int(ready or 0),
        int(wanted or 0),
        images[0].rpartition("/")[2] if images else "",
        _age(found),
    )


def _stack(answer: Answer) -> Row:
    if answer.error:
        return Row("file system", "fsx_stack", "unknown", "unknown", details=answer.error)
    if not answer.found:
        return Row("file system", "fsx_stack", "not there", "absent")
    found = answer.found[0]
    status = str(found.get("StackStatus") or "unknown")
    outputs = found.get("Outputs")
    values = [
        str(one.get("OutputValue"))
        for one in (outputs if isinstance(outputs, list) else ())
        if isinstance(one, dict)
    ]
    name = str(found.get("StackName") or "fsx_stack")
    return Row("file system", name, status, _mood(status), details=", ".join(values))


def _made_for(claim: str, namespace: str, volumes: Answer) -> Iterator[str]:
    """Yield the names of volumes that a driver made for a claim, which may be gone by now."""
    for volume in volumes.found:
        held = mapping(mapping(volume.get("spec")).get("claimRef"))
        name = str(mapping(volume.get("metadata")).get("name"))
        if (held.get("namespace"), held.get("name")) == (namespace, claim) and name != claim:
            yield name


def _storage(kind: Kind, name: str, answer: Answer) -> Row:
    found, row = _find(kind, name, answer)
    if found is None:
        return row
    phase = str(mapping(found.get("status")).get("phase") or "Pending")
    moods: dict[str, Mood] = {"Bound": "well", "Available": "well", "Pending": "coming"}
    spec, status = mapping(found.get("spec")), mapping(found.get("status"))
    size = mapping(spec.get("capacity") or status.get("capacity")).get("storage") or mapping(
        mapping(spec.get("resources")).get("requests")
    ).get("storage")
    handle = mapping(spec.get("csi")).get("volumeHandle")
    details = ", ".join(str(one) for one in (size, handle) if one)
    return Row(kind, name, phase, moods.get(phase, "ill"), details=details, age=_age(found))


def _job(name: str, answer: Answer, pods: Answer) -> Row:
    found, row = _find("job", name, answer)
    if found is None:
        return row
    own = [pod for pod in pods.found if job_labels(found).items() <= labels(pod).items()]
    verdict = judge("running", found, (), own)
    state, mood = _STATES[verdict.status]
    if verdict.why.startswith("it has succeeded"):
        state = "succeeded"
    elif verdict.why.startswith("it is suspended"):
        state, mood = "suspended", "coming"
    workers = [pod for pod in own if _is_worker(pod)]
    ready = sum(is_ready(pod) for pod in workers)
    return Row(
        *("job", name, state, mood, ready, _workers(found, workers)),
        details="" if verdict.status == "reached" else verdict.why,
        age=_age(found),
    )


_STATES: dict[str, tuple[str, Mood]] = {
    "reached": ("running", "well"),
    "waiting": ("starting", "coming"),
    "hopeless": ("failed", "ill"),
}


def _workers(job: Object, pods: Sequence[Object]) -> int:
    """Return how many workers a job wants: v1alpha1 says it as GPUs, so that pods are counted."""
    worker = mapping(mapping(mapping(job.get("spec")).get("mpiReplicaSpecs")).get("Worker"))
    wanted = worker.get("replicas") or mapping(job.get("status")).get("workerReplicas")
    return int(wanted or len(pods))


def _is_worker(pod: Object) -> bool:
    own = labels(pod)
    role = own.get("training.kubeflow.org/job-role") or own.get("mpi_role_type")
    return role == "worker"


def _find(kind: Kind, name: str, answer: Answer) -> tuple[Object | None, Row]:
    """Return the object of this name, or the row that says that it is not there."""
    if answer.error:
        return None, Row(kind, name, "unknown", "unknown", details=answer.error)
    found = (one for one in answer.found if mapping(one.get("metadata")).get("name") == name)
    return next(found, None), Row(kind, name, "not there", "absent")


def _mood(status: str) -> Mood:
    if any(word in status for word in _ILL):
        return "ill"
    if any(word in status for word in _COMING):
        return "coming"
    return "well"


def _allocatable(node: Object, resource: str) -> int:
    amount = str(mapping(mapping(node.get("status")).get("allocatable")).get(resource, "0"))
    return int(amount) if amount.isdecimal() else 0


def _age(found: Object) -> int | None:
    created = str(mapping(found.get("metadata")).get("creationTimestamp") or "")
    try:
        then = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return max(0, int((datetime.now(timezone.utc) - then).total_seconds()))
