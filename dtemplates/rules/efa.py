"""EFA interfaces: what pods ask for, and whether they get it (DT407 to DT409, DT413, DT430)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import EFA
from dtemplates.rules.hosts import names
from dtemplates.rules.rule import Breach, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part

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
        if pod.efa is None:
            continue
        part, asked = pod.efa
        groups = inventory.hosts.candidates(pod)
        counts = [group.efa_interfaces for group in groups]
        known = [count for count in counts if count is not None]
        if not known or len(known) < len(counts) or max(known) >= asked:
            continue
        most = max(known)
        yield Breach(
            part,
            f"{pod.label} asks for {asked} {EFA}, and a node of {names(groups)} has "
            f"{most or 'none'}",
            f"set it to {most}" if most else _without(groups),
            compared=_interfaces(groups),
        )


def _without(groups: list[NodeGroup]) -> str:
    """Return what to do where no group has EFA."""
    able = [group for group in groups if any(row.efa for row in group.rows)]
    if able:
        return f"set efaEnabled of node group {able[0].name} to true, or ask for none"
    return "ask for none, or choose an instance type that has EFA"


def _interfaces(groups: list[NodeGroup]) -> tuple[Part, ...]:
    fields = ("name", "efaEnabled", "instanceType", "instanceTypes")
    found = (group.part[field] for group in groups for field in fields)
    return tuple(part for part in found if part)


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
        if pod.efa is None or pod.accelerators is None or not inventory.hosts.known:
            continue
        part, asked = pod.efa
        resource, _, number = pod.accelerators
        groups = inventory.hosts.candidates(pod)
        least = min((group.efa_interfaces or 0 for group in groups), default=0)
        whole = all(group.accelerators(resource) == number for group in groups)
        if whole and asked < least:
            yield Breach(
                part,
                f"{pod.label} takes all {number} {resource} of a node, and {asked} of its {least} "
                "EFA interfaces",
                f"set it to {least}",
                compared=_interfaces(groups),
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
        # A privileged container sees all devices of its node.
        if value.strip() != "efa" or pod.efa or _is_privileged(pod.containers):
            continue
        yield Breach(
            part,
            f"FI_PROVIDER is efa, and {pod.label} asks for no {EFA}",
            compared=(pod.spec["containers"],),
        )


def _is_privileged(containers: list[Part]) -> bool:
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
        for volume in pod.spec["volumes"].items:
            path = volume.at("hostPath", "path")
            if path.text.rstrip("/") == _INFINIBAND:
                yield Breach(
                    path,
                    f"{pod.label} mounts {_INFINIBAND} of the node beside the {pod.efa[1]} EFA "
                    "interfaces that it asks for",
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
    for pod in inventory.pods:
        if not pod.role or pod.accelerators is None or pod.asked(EFA):
            continue
        copies = pod.copies.number
        if not copies or copies < 2 or not inventory.hosts.known:
            continue
        resource, part, number = pod.accelerators
        groups = inventory.hosts.candidates(pod)
        least = min((group.efa_interfaces or 0 for group in groups), default=0)
        whole = all(group.accelerators(resource) == number for group in groups)
        if whole and least and not _is_privileged(pod.containers):
            yield Breach(
                part,
                f"{pod.label} takes {copies} nodes with {least} EFA interfaces each, and asks for "
                "none of them",
                f"limit {EFA} to {least}, with hugepages-2Mi and memory beside it",
                compared=_interfaces(groups),
            )
