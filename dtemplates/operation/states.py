"""Whether a step is done already, read from the answer to its probe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dtemplates.errors import InputError
from dtemplates.operation.absence import (
    NO_CLUSTER,
    NO_KIND,
    NO_NAMESPACE,
    NO_NODEGROUP,
    NO_RELEASE,
    NO_STACK,
    said,
)
from dtemplates.operation.answers import items, mapping, parsed
from dtemplates.operation.failures import Failed, of_answer
from dtemplates.operation.statuses import ABSENT, DONE, HEALTHY, State, Status, by_status
from dtemplates.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from dtemplates.manifests import Manifests
    from dtemplates.planning.step import Probe
    from dtemplates.tools.processes import Completed

# Codes of Helm 2 (hapi/release/status.proto, v2.17.0).
_HELM_2: dict[Any, str] = {
    1: "deployed",
    2: "deleted",
    3: "superseded",
    4: "failed",
    5: "deleting",
    6: "pending-install",
    7: "pending-upgrade",
    8: "pending-rollback",
}
# A line of a difference that is taken out or put in, and not the name of a file.
_CHANGE = re.compile(r"[-+](?![-+])")
# What changes in an object beside its own fields, and the one field of a job that may.
_HARMLESS = ("generation:", "suspend:", "resourceVersion:")


def state(probe: Probe, answer: Completed, manifests: Manifests) -> State:
    """Return how the step of a probe stands. Raises `Failed` where the answer does not tell."""
    if answer.timed_out:
        raise Failed(of_answer(probe.command, answer, answer.seconds))
    return _READERS[probe.reading](probe, answer, manifests)


def _refused(probe: Probe, answer: Completed, *absent: str) -> State:
    """Return that it is not there, where the tool's words say so. Raises `Failed` else."""
    if said(answer, absent):
        return ABSENT
    raise Failed(of_answer(probe.command, answer, answer.seconds))


def _cluster(probe: Probe, answer: Completed, manifests: Manifests) -> State:
    if answer.code != 0:
        return _refused(probe, answer, *NO_CLUSTER)
    found = items(parsed(probe.command, answer))
    if not found:
        return ABSENT
    status = str(found[0].get("Status") or found[0].get("status") or "")
    return by_status("the cluster", status, "eksctl delete cluster -f cluster_config.yaml")


def _nodegroups(probe: Probe, answer: Completed, manifests: Manifests) -> State:
    if answer.code != 0:
        # A group whose stack has not come so far, or was rolled back, cannot be listed either.
        words = answer.words.lower()
        if "autoscalinggroupname" in words or "couldn't find asg" in words:
            return State("busy", "a node group has no nodes yet")
        return _refused(probe, answer, *NO_NODEGROUP)
    found = {str(one.get("Name")): one for one in items(parsed(probe.command, answer))}
    if missing := [name for name in probe.expects if name not in found]:
        return State("absent", f"missing: {', '.join(missing)}")
    states = [
        # eksctl 0.1 tells no status: it lists what CloudFormation has made.
        by_status(
            f"node group {name}",
            str(found[name].get("Status") or "ACTIVE"),
            f"{' '.join(_cluster_of(probe))} --name {name}",
        )
        for name in probe.expects
    ]
    order: tuple[Status, ...] = ("broken", "busy")
    for status in order:
        if worst := next((one for one in states if one.status == status), None):
            return worst
    return DONE


def _cluster_of(probe: Probe) -> tuple[str, ...]:
    """Return the command that deletes one of the groups that a probe asks for."""
    place = probe.command.argv[probe.command.argv.index("--cluster") :][:4]
    return ("eksctl", "delete", "nodegroup", *place)


def _applied(probe: Probe, answer: Completed, manifests: Manifests) -> State:
    # 0 means that nothing differs, and says nothing; 1 comes with what differs. Errors of kubectl's
    # own are larger, and whatever else is said is no answer.
    differs = bool(answer.stdout.strip())
    if answer.code == 0 and not differs:
        return DONE
    if answer.code == 1 and differs:
        return ABSENT
    return _refused(probe, answer, *NO_KIND, *NO_NAMESPACE)


def _job(probe: Probe, answer: Completed, manifests: Manifests) -> State:
    found = _applied(probe, answer, manifests)
    # The operator takes no notice of what changes in a job that it has begun, but suspension.
    if found.status == "absent" and answer.code == 1 and "@@ -0,0 " not in answer.stdout:
        changes = [line[1:].strip() for line in answer.stdout.splitlines() if _CHANGE.match(line)]
        if any(not change.startswith(_HARMLESS) for change in changes):
            return State("changed", "the job is there, and was made otherwise")
    return found


def _endpoint(probe: Probe, answer: Completed, manifests: Manifests) -> State:
    server = answer.stdout.strip().rstrip("/").lower()
    wanted = [one.rstrip("/").lower() for one in probe.expects]
    return DONE if answer.code == 0 and server in wanted else ABSENT


def _image(probe: Probe, answer: Completed, manifests: Manifests) -> State:
    if answer.code != 0:
        return _refused(probe, answer, *NO_KIND, *NO_NAMESPACE)
    images = answer.stdout.split()
    if not images:
        return ABSENT
    # What is no image is no answer, and must not pass as another version.
    if not all(one.isascii() and one.isprintable() for one in images):
        raise Failed(of_answer(probe.command, answer, answer.seconds))
    wanted = probe.expects
    if not wanted or any(part in image for image in images for part in wanted):
        return DONE
    return State("absent", f"runs {' '.join(images)}")


def _release(probe: Probe, answer: Completed, manifests: Manifests) -> State:
    if answer.code != 0:
        return _refused(probe, answer, *NO_RELEASE)
    found = mapping(parsed(probe.command, answer))
    status = mapping(found.get("info")).get("status")
    # Helm 2 tells codes, later ones tell words.
    if isinstance(status, dict):
        status = _HELM_2.get(status.get("code"), "in another state")
    if str(status).startswith("pending"):
        # Whoever began it may still be at it; if not, it is made anew.
        return State("busy", f"the release is {status}", repairable=True)
    if status == "failed":
        return State("broken", f"the release is {status}", repairable=True)
    if status != "deployed":
        return State("broken", f"the release is {status}", "look at it by `helm list --all`")
    text = found.get("manifest")
    if isinstance(text, str) and not _same(text, probe.expects[0], manifests):
        return State("changed", "the release was made from another chart")
    return DONE


def _same(text: str, chart: str, manifests: Manifests) -> bool:
    """Return whether a release's manifest has what the chart's templates hold now."""
    try:
        released = list(read_yaml(text, "release").documents)
    except InputError:
        return False
    folder = f"{chart}templates/"
    ours = [one for each in manifests if each.file.startswith(folder) for one in each.documents]
    return len(released) == len(ours) and all(one in released for one in ours)


def _stack(probe: Probe, answer: Completed, manifests: Manifests) -> State:
    if answer.code != 0:
        return _refused(probe, answer, *NO_STACK)
    found = items(mapping(parsed(probe.command, answer)).get("Stacks"))
    if not found:
        return ABSENT
    status = str(found[0].get("StackStatus"))
    if status == "REVIEW_IN_PROGRESS":
        # A change set that was never carried out: the next deploy does it.
        return ABSENT
    if status.endswith("_IN_PROGRESS"):
        return State("busy", f"the stack is {status}")
    if status == "ROLLBACK_COMPLETE":
        return State("broken", f"the stack is {status}", repairable=True)
    if status not in HEALTHY:
        remedy = "look for the reason in CloudFormation's events, delete it, and apply again"
        return State("broken", f"the stack is {status}", remedy)
    tags = {f"{tag.get('Key')}={tag.get('Value')}" for tag in items(found[0].get("Tags"))}
    if not tags & set(probe.expects):
        return State("changed", "the stack was made from another template")
    return DONE


_READERS: dict[str, Callable[[Probe, Completed, Any], State]] = {
    "cluster": _cluster,
    "nodegroups": _nodegroups,
    "applied": _applied,
    "job": _job,
    "endpoint": _endpoint,
    "image": _image,
    "release": _release,
    "stack": _stack,
}
