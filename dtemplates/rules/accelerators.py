"""GPUs and Neuron devices: asked for and there (DT404, DT405)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import NVIDIA, all_known
from dtemplates.rules.hosts import names, types
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import job_of, limit_of, of_settings, several, terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part, Pod


@rule(
    "DT404",
    "error",
    symptom="The pod stays Pending: `Insufficient nvidia.com/gpu` on every node.",
    remedy="ask for what one node has, and use more workers",
    source="https://github.com/NVIDIA/k8s-device-plugin/issues/33",
)
def accelerators_of_one_node(inventory: Inventory) -> Iterator[Breach]:
    """A pod asks for no more accelerators than one node has."""
    for pod in inventory.pods:
        found = _most_of_a_node(inventory, pod) if pod.accelerators else None
        if found is None or pod.accelerators is None:
            continue
        groups, most = found
        resource, part, number = pod.accelerators
        message = f"{pod.label} asks for {number} {resource}, and a node of {names(groups)} has"
        labels = [label for _, label in inventory.hosts.naming_labels(pod).values()]
        compared = (*types(groups), *labels)
        if most:
            less = limit_of(inventory, pod, part, resource)
            larger = terms(inventory, groups[0].part)["type of nodes"].format(groups[0].name)
            yield Breach(
                part,
                f"{message} {most}",
                f"set {less} to {most} or less, or {larger} to one that has {number}",
                compared=compared,
            )
        else:
            able = next((one for one in inventory.hosts.known if one.accelerators(resource)), None)
            blamed = labels[0] if labels and able else part
            remedy = f"give a node group an instance type that has {resource}, or ask for none"
            if able:
                job = job_of(inventory, pod) if of_settings(inventory, blamed) else None
                word = "set nodegroup to" if job and job.nodegroup else "let it run on node group"
                remedy = f"{word} {able.name}"
            yield Breach(blamed, f"{message} none", remedy, compared=(part, *compared))


def _most_of_a_node(inventory: Inventory, pod: Pod) -> tuple[list[NodeGroup], int] | None:
    """Return where a pod may run and what a node has at most, if that is less than it asks for."""
    asked = pod.accelerators
    if asked is None or pod.claims_devices or inventory.hosts.share:
        return None
    groups = inventory.hosts.of(pod)
    known = all_known(group.accelerators(asked[0]) for group in groups)
    if not known or max(known) >= asked[2]:
        return None
    return groups, max(known)


def lacks_nodes(inventory: Inventory, pod: Pod) -> bool:
    """Return whether no node has the accelerators that a pod asks for, of which DT404 tells."""
    return _most_of_a_node(inventory, pod) is not None


@rule(
    "DT405",
    "error",
    symptom="Some pods stay Pending for ever, and those that run wait for them and cost money.",
    remedy="ask for fewer pods, or let the node group grow",
    source="https://github.com/NVIDIA/k8s-device-plugin/issues/585",
)
def room_for_all_pods(inventory: Inventory) -> Iterator[Breach]:
    """All pods of a job find accelerators on the nodes that there can be."""
    for pod in inventory.pods:
        if gpus := pod.all_gpus:
            yield from _all_gpus(inventory, pod, *gpus)
            continue
        found = _too_little_room(inventory, pod) if pod.accelerators else None
        if found is None or pod.accelerators is None:
            continue
        groups, room = found
        resource, part, number = pod.accelerators
        copies = pod.copies.number or 0
        yield Breach(
            pod.copies,
            f"{several(copies, 'pod')} of {number} {resource} are more than the {room} that fit on "
            f"{_nodes(groups)}",
            f"{_fewer(inventory, pod, room, number)}, or "
            f"{_more_nodes(inventory, groups, copies - room, resource, number)}",
            compared=(part, *types(groups)),
        )


def _all_gpus(inventory: Inventory, pod: Pod, gpus: Part, number: int) -> Iterator[Breach]:
    """Yield that a job that tells only how many GPUs it takes in all takes too many."""
    groups, room = _room(inventory, pod, NVIDIA, 1)
    if groups and room and room < number:
        yield Breach(
            gpus,
            f"{number} GPUs are more than the {room} of {_nodes(groups)}",
            f"set gpus to {room} or less, or "
            f"{_more_nodes(inventory, groups, number - room, NVIDIA, 1)}",
            compared=types(groups),
        )


def lacks_room(inventory: Inventory, pod: Pod) -> bool:
    """Return whether a pod's copies do not all find accelerators, of which DT405 tells."""
    return _too_little_room(inventory, pod) is not None


def _too_little_room(inventory: Inventory, pod: Pod) -> tuple[list[NodeGroup], int] | None:
    """Return where a pod may run and how many of it there, if that is less than there shall be."""
    asked, copies = pod.accelerators, pod.copies.number
    if asked is None or copies is None or copies < 1:
        return None
    groups, room = _room(inventory, pod, asked[0], asked[2])
    return (groups, room) if groups and room and room < copies else None


def _room(
    inventory: Inventory, pod: Pod, resource: str, number: int
) -> tuple[list[NodeGroup], int | None]:
    """Return where a pod may run, and how many of it there; None where that is not known."""
    groups = [group for group in inventory.hosts.of(pod) if pod.bears(group)]
    if any(group.accelerators(resource) is None for group in groups) or inventory.hosts.share:
        return groups, None
    return groups, sum(
        (group.accelerators(resource) or 0) // number * group.most_nodes for group in groups
    )


def _nodes(groups: list[NodeGroup]) -> str:
    return f"{several(sum(group.most_nodes for group in groups), 'node')} of {names(groups)}"


def _fewer(inventory: Inventory, pod: Pod, room: int, number: int) -> str:
    """Return what to set so that there are only as many pods as there is room for."""
    job = job_of(inventory, pod) if of_settings(inventory, pod.copies) else None
    if job is None or not job.gpus:
        return f"set {terms(inventory, pod.copies)['workers']} to {room} or less"
    if job.workers:
        return f"set gpus to {room * number} and workers to {room}"
    return f"set gpus to {room * number} or less"


def _more_nodes(
    inventory: Inventory, groups: list[NodeGroup], missing: int, resource: str, number: int
) -> str:
    """Return what to set so that there is room for those that are missing."""
    best = max(groups, key=lambda one: one.accelerators(resource) or 0)
    more = -(-missing // max(1, (best.accelerators(resource) or 0) // number))
    field = terms(inventory, best.part["maxSize"])["most nodes"].format(best.name)
    return f"{field} to {best.most_nodes + more}"
