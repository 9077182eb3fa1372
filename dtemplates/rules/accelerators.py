"""GPUs and Neuron devices, and memory beside them: asked for and there (DT404, DT405, DT425)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.rules.hosts import names
from dtemplates.rules.rule import Breach, rule

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
        asked = pod.accelerators
        if asked is None:
            continue
        resource, part, number = asked
        groups = inventory.hosts.of(pod)
        counts = [group.accelerators(resource) for group in groups]
        known = [count for count in counts if count is not None]
        if not known or len(known) < len(counts) or max(known) >= number or inventory.hosts.share:
            continue
        most = max(known)
        has = f"a node of {names(groups)} has {most or 'none'}"
        yield Breach(
            part,
            f"{pod.label} asks for {number} {resource}, and {has}",
            f"ask for {most} or less, or give the node group an instance type that has {number}"
            if most
            else f"let it run on a node group whose instance type has {resource}",
            compared=_types(groups),
        )


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
        asked, copies = pod.accelerators, pod.copies.number
        if asked is None or copies is None or copies < 1:
            continue
        resource, _, number = asked
        groups, room = _room(inventory, pod, resource, number)
        if groups and room and room < copies:
            yield Breach(
                pod.copies,
                f"{copies} pods of {number} {resource} are more than the {room} that fit on "
                f"{_nodes(groups)}",
                _remedy("replicas", room, groups, copies, resource, number),
                compared=_types(groups),
            )


def _all_gpus(inventory: Inventory, pod: Pod, gpus: Part, number: int) -> Iterator[Breach]:
    """Yield that a job that tells only how many GPUs it takes in all takes too many."""
    resource = "nvidia.com/gpu"
    groups, room = _room(inventory, pod, resource, 1)
    if groups and room and room < number:
        yield Breach(
            gpus,
            f"{number} GPUs are more than the {room} of {_nodes(groups)}",
            _remedy("gpus", room, groups, number, resource, 1),
            compared=_types(groups),
        )


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
    most = sum(group.most_nodes for group in groups)
    return f"{most} node{'s' if most > 1 else ''} of {names(groups)}"


def _remedy(
    field: str, room: int, groups: list[NodeGroup], wanted: int, resource: str, number: int
) -> str:
    if len(groups) > 1:
        return f"set {field} to {room}, or let the node groups grow"
    per_node = (groups[0].accelerators(resource) or 0) // number
    return f"set {field} to {room}, or maxSize of {groups[0].name} to {-(-wanted // per_node)}"


@rule(
    "DT425",
    "error",
    symptom="The pod stays Pending: `Insufficient memory` on every node.",
    remedy="ask for less memory than a node has: some of it is the system's",
    source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
)
def memory_of_one_node(inventory: Inventory) -> Iterator[Breach]:
    """A pod with accelerators asks for less memory than a node has."""
    for pod in inventory.pods:
        memory = _requested(pod, "memory") if pod.accelerators else []
        if not memory:
            continue
        groups = inventory.hosts.of(pod)
        sizes = [_memory(group) for group in groups]
        known = [size for size in sizes if size]
        # Huge pages are taken out of the node's memory.
        pages = _requested(pod, "hugepages-2Mi") + _requested(pod, "hugepages-1Gi")
        total = float(sum(part.amount or 0 for part in memory + pages)) / 2**30
        if known and len(known) == len(sizes) and total > max(known):
            yield Breach(
                memory[0],
                f"{pod.label} asks for {total:g} GiB of memory, huge pages among them, and a node "
                f"of {names(groups)} has {max(known):g}",
                f"ask for less than {max(known):g} GiB in all",
                compared=_types(groups),
            )


def _requested(pod: Pod, resource: str) -> list[Part]:
    """Return what a pod's containers request; a limit alone is a request too."""
    found = []
    for container in pod.containers:
        request = container.at("resources", "requests", resource)
        limit = container.at("resources", "limits", resource)
        if request or limit:
            found.append(request if request else limit)
    return found


def _memory(group: NodeGroup) -> float:
    """Return the memory of a group's nodes in GiB; 0 where it is not known."""
    return min((row.memory_gib for row in group.rows), default=0) if group.is_known else 0


def _types(groups: list[NodeGroup]) -> tuple[Part, ...]:
    """Return what the number of accelerators follows from."""
    fields = ("name", "instanceType", "instanceTypes", "maxSize", "desiredCapacity")
    found = (group.part[field] for group in groups for field in fields)
    return tuple(part for part in found if part)
