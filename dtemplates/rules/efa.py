"""EFA interfaces: what pods ask for, and whether they get it (DT407 to DT409, DT413, DT430)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import EFA, all_known
from dtemplates.rules.hosts import names, types
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import limit_of, of_settings, several, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part, Pod

_INFINIBAND = "/dev/infiniband"


@rule(
    "DT407",
    "error",
    symptom="The pod stays Pending: `Insufficient vpc.amazonaws.com/efa` on every node.",
    remedy="ask for as many EFA interfaces as a node has, or give the node group EFA",
    source="https://github.com/skypilot-org/skypilot/issues/10491",
)
def efa_of_one_node(inventory: Inventory) -> Iterator[Breach]:
    """A pod asks for no more EFA interfaces than its node has."""
    if not inventory.hosts.known:
        return
    for pod in inventory.pods:
        if pod.efa is None or pod.claims_devices:
            continue
        part, asked = pod.efa
        groups = inventory.hosts.candidates(pod)
        known = all_known(group.efa_interfaces for group in groups)
        if not known or max(known) >= asked:
            continue
        most = max(known)
        limit = limit_of(inventory, pod, part, EFA)
        yield Breach(
            part,
            f"{pod.label} asks for {asked} {EFA}, and a node of {names(groups)} has "
            f"{most or 'none'}",
            f"set {limit} to {most}"
            if most
            else f"{_enabled(inventory, groups)} leave {limit} out",
            compared=types(groups),
        )


def _enabled(inventory: Inventory, groups: list[NodeGroup]) -> str:
    """Return how one of the groups gets EFA, if one can."""
    able = [group for group in groups if any(row.efa for row in group.rows)]
    if not able:
        return "choose an instance type that has EFA, or"
    field = terms(inventory, able[0].part["efaEnabled"])["efa of nodes"].format(able[0].name)
    return f"set {field} to true, or"


def _idle_interfaces(inventory: Inventory, pod: Pod) -> tuple[list[NodeGroup], int]:
    """Return where a pod takes all accelerators of a node, and the EFA interfaces there."""
    if pod.accelerators is None or pod.claims_devices or not inventory.hosts.known:
        return [], 0
    resource, _, number = pod.accelerators
    groups = inventory.hosts.candidates(pod)
    whole = all(group.accelerators(resource) == number for group in groups)
    least = min((group.efa_interfaces or 0 for group in groups), default=0)
    return (groups, least) if whole else ([], 0)


def _limit(pod: Pod) -> Part:
    """Return where a pod's limit of EFA interfaces is, or would be."""
    if pod.efa:
        return pod.efa[0]
    resource = pod.accelerators[0] if pod.accelerators else ""
    asking = (one for one in pod.containers if one.value_at("resources", "limits", resource))
    container = next(asking, None) or pod.spec.at("containers", 0)
    return container.at("resources", "limits", EFA)


@rule(
    "DT408",
    "warning",
    symptom="The pod has the whole node and a part of its bandwidth: NCCL is slow, nothing fails.",
    remedy="ask for all EFA interfaces of the node",
    source="https://github.com/skypilot-org/skypilot/issues/8391",
)
def all_efa_of_a_whole_node(inventory: Inventory) -> Iterator[Breach]:
    """A pod with all accelerators of a node has all its EFA interfaces too."""
    for pod in inventory.pods:
        if pod.efa is None or pod.accelerators is None:
            continue
        part, asked = pod.efa
        groups, least = _idle_interfaces(inventory, pod)
        if asked < least:
            yield Breach(
                part,
                f"{pod.label} takes all {pod.accelerators[2]} {pod.accelerators[0]} of a node, and "
                f"{asked} of its {several(least, 'EFA interface')}",
                f"set {limit_of(inventory, pod, part, EFA)} to {least}",
                compared=(pod.accelerators[1], *types(groups)),
            )


@rule(
    "DT409",
    "error",
    symptom="libfabric finds no provider in the pod, and NCCL goes by TCP or ends with an error.",
    remedy="ask for vpc.amazonaws.com/efa in the limits of the pods that compute",
    source="https://github.com/skypilot-org/skypilot/issues/10055",
)
def efa_provider_with_efa(inventory: Inventory) -> Iterator[Breach]:
    """Who sets FI_PROVIDER to efa asks for EFA interfaces."""
    for pod, value, part in inventory.environment("FI_PROVIDER"):
        if value.strip() != "efa" or pod.efa or pod.claims_devices:
            continue
        # A privileged container sees all devices of its node.
        if _is_privileged(pod.containers):
            continue
        groups = inventory.hosts.candidates(pod) if inventory.hosts.known else []
        most = min((group.efa_interfaces or 0 for group in groups), default=0)
        limit = _limit(pod)
        remedy = ""
        if most:
            share = _share(pod, groups[0], most)
            remedy = f"set {limit_of(inventory, pod, limit, EFA)} to {share}"
        elif of_settings(inventory, limit):
            remedy = f"{_enabled(inventory, groups)} leave FI_PROVIDER out"
        yield Breach(
            # Where the nodes have EFA, it is the limit that is missing.
            limit if most else part,
            f"FI_PROVIDER is efa, and {pod.label} asks for no {EFA}",
            remedy,
            compared=(part, limit, *types(groups)),
        )


def _share(pod: Pod, group: NodeGroup, interfaces: int) -> int:
    """Return how many of a node's EFA interfaces go with a pod's part of its accelerators."""
    if pod.accelerators is None:
        return 1
    resource, _, number = pod.accelerators
    return max(1, interfaces * number // max(number, group.accelerators(resource) or 0))


def _is_privileged(containers: Iterable[Part]) -> bool:
    return any(one.at("securityContext", "privileged").is_true for one in containers)


@rule(
    "DT413",
    "error",
    symptom="The pod sees devices that it may not open: `fi_info -p efa` ends with -61, and NCCL "
    "goes by TCP.",
    remedy="remove the volume and its mounts: the EFA device plugin brings the devices",
    source="https://github.com/aws-samples/aws-do-eks/pull/63",
)
def no_infiniband_beside_the_plugin(inventory: Inventory) -> Iterator[Breach]:
    """A pod that asks for EFA mounts no /dev/infiniband of the node."""
    for pod in inventory.pods:
        if pod.efa is None:
            continue
        for volume in pod.volumes:
            path = volume.at("hostPath", "path")
            if f"{path.text}/".startswith(f"{_INFINIBAND}/"):
                yield Breach(
                    path,
                    f"{pod.label} mounts {path.text} of the node beside the "
                    f"{several(pod.efa[1], 'EFA interface')} that it asks for",
                    compared=(pod.efa[0],),
                )


@rule(
    "DT430",
    "warning",
    symptom="The workers talk by TCP, many times slower, and the EFA interfaces of their nodes are "
    "idle.",
    remedy="limit vpc.amazonaws.com/efa to what a node has, with hugepages-2Mi and memory beside",
    source="https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html",
)
def efa_for_workers_on_efa_nodes(inventory: Inventory) -> Iterator[Breach]:
    """Several workers that each take a whole node with EFA ask for its interfaces."""
    # Of those that want EFA by name, DT409 tells.
    wanting = {id(one) for one, value, _ in inventory.environment("FI_PROVIDER") if value == "efa"}
    for pod in inventory.pods:
        if not pod.role or pod.accelerators is None or pod.asked(EFA) or id(pod) in wanting:
            continue
        copies = pod.copies.number
        if not copies or copies < 2 or _is_privileged(pod.containers):
            continue
        groups, least = _idle_interfaces(inventory, pod)
        limit = _limit(pod)
        if least:
            yield Breach(
                limit,
                f"{pod.label} takes {copies} nodes with {several(least, 'EFA interface')} each, "
                "and asks for none of them",
                f"set efa_per_worker to {least}, or leave it out"
                if of_settings(inventory, limit)
                else f"limit {EFA} to {least}, with hugepages-2Mi and memory beside it",
                compared=(pod.accelerators[1], pod.copies, *types(groups)),
            )
