"""Memory of pods, and of what they share by it: asked for and there (DT425, DT434)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import all_known
from dtemplates.rules.hosts import names, types
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import of_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part, Pod


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
        sizes = [group.memory_gib for group in groups]
        # Huge pages are taken out of the node's memory.
        pages = _requested(pod, "hugepages-2Mi") + _requested(pod, "hugepages-1Gi")
        huge = float(sum(part.amount or 0 for part in pages)) / 2**30
        total = float(sum(part.amount or 0 for part in memory)) / 2**30 + huge
        if sizes and all(sizes) and total > max(sizes):
            most = max(sizes)
            yield Breach(
                memory[0],
                f"{pod.label} asks for {total:g} GiB of memory, huge pages among them, and a node "
                f"of {names(groups)} has {most:g}",
                f"ask for less than {most:g} GiB in all"
                if len(memory) > 1 or huge >= most
                else f"set it to less than {most - huge:g}Gi",
                compared=(*memory, *pages, *types(groups)),
            )


@rule(
    "DT434",
    "warning",
    symptom="The volume never gets that large: what is in it counts as memory, and a container "
    "that writes more is killed (OOMKilled), or finds no space left.",
    remedy="give the volume less than the pod's memory limit, and than its node's memory",
    source="https://kubernetes.io/docs/concepts/storage/volumes/#emptydir",
)
def volumes_in_memory(inventory: Inventory) -> Iterator[Breach]:
    """A volume in memory is no larger than its pod's memory limit, or than a node's memory."""
    for pod in inventory.pods:
        for volume in pod.volumes:
            if volume.text_at("emptyDir", "medium") != "Memory":
                continue
            size = volume.at("emptyDir", "sizeLimit")
            if size.amount is not None:
                yield from _too_large(inventory, pod, volume, size, float(size.amount) / 2**30)


def _too_large(
    inventory: Inventory, pod: Pod, volume: Part, size: Part, gib: float
) -> Iterator[Breach]:
    limits = [one.at("resources", "limits", "memory") for one in pod.containers]
    known = all_known(limit.amount for limit in limits)
    limit = float(sum(known)) / 2**30
    if known and gib > limit:
        yield Breach(
            size,
            f"{_may_have(pod, volume)} its limit is {limit:g}Gi",
            f"set {_word(inventory, pod, volume)} to {limit:g}Gi or less, or raise the limit",
            compared=tuple(limits),
        )
        return
    groups = inventory.hosts.of(pod)
    sizes = [group.memory_gib for group in groups]
    if groups and all(sizes) and gib > max(sizes):
        yield Breach(
            size,
            f"{_may_have(pod, volume)} a node of {names(groups)} has {max(sizes):g}Gi",
            f"set {_word(inventory, pod, volume)} to less than {max(sizes):g}Gi",
            compared=types(groups),
        )


def _may_have(pod: Pod, volume: Part) -> str:
    size = volume.value_at("emptyDir", "sizeLimit")
    return f"volume {volume.name} of {pod.label} may have {size} of memory, and"


def _word(inventory: Inventory, pod: Pod, volume: Part) -> str:
    # A volume of ours has a setting of its own.
    size = volume.at("emptyDir", "sizeLimit")
    ours = pod.kind == "MPIJob" and volume.name == "dshm" and of_settings(inventory, size)
    return "shm_size" if ours else "it"


def _requested(pod: Pod, resource: str) -> list[Part]:
    """Return what a pod's containers request; a limit alone is a request too."""
    found = []
    for container in pod.containers:
        for kind, told in (("requests", container.requests), ("limits", container.limits)):
            if told.get(resource) is not None:
                found.append(container.at("resources", kind, resource))
                break
    return found
