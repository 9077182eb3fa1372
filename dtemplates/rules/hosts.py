"""The node groups that a pod could run on, as far as the documents tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dtemplates.inventory import Inventory, NodeGroup, Part, Pod

# Kinds of Karpenter, which starts nodes that no ClusterConfig tells of.
_OTHER_NODES = ("NodePool", "Provisioner", "EC2NodeClass", "AWSNodeTemplate", "NodeClass")
GROUP_LABEL = "alpha.eksctl.io/nodegroup-name"
EKS_GROUP_LABEL = "eks.amazonaws.com/nodegroup"
TYPE_LABELS = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")


def known_groups(inventory: Inventory) -> list[NodeGroup]:
    """Return the node groups where all nodes come from these; else none."""
    if inventory.of(*_OTHER_NODES):
        return []
    if any(one.at("autoModeConfig", "enabled").is_true for one in inventory.clusters):
        return []
    return inventory.node_groups


def hosts(inventory: Inventory, pod: Pod) -> list[NodeGroup]:
    """Return the groups that a pod with accelerators could run on; none where nothing tells.

    Those that have none of its accelerators count where the pod names them, or where settings tell
    that there are no others.
    """
    if not known_groups(inventory) or pod.accelerators is None:
        return []
    groups = inventory.candidates(pod)
    resource = pod.accelerators[0]
    if any(group.accelerators(resource) != 0 for group in groups):
        return groups
    told = inventory.settings is not None or bool(naming_labels(inventory, pod))
    return groups if told else []


def naming_labels(inventory: Inventory, pod: Pod) -> dict[str, tuple[str, Part]]:
    """Return those labels that a pod asks of its node and by which node groups are told apart."""
    keys = {GROUP_LABEL, EKS_GROUP_LABEL, *TYPE_LABELS}
    for group in inventory.node_groups:
        keys.update(group.part["labels"].fields)
    return {key: told for key, told in pod.wanted_labels.items() if key in keys}


def names(groups: list[NodeGroup]) -> str:
    """Return what messages call these groups: `node group gpu`, `node groups a, b`."""
    found = list(dict.fromkeys(group.name for group in groups))
    return f"node group{'s' if len(found) > 1 else ''} {', '.join(found)}"


def is_shared(inventory: Inventory) -> bool:
    """Return whether a device plugin is told to give a GPU to several pods."""
    return any(
        "timeSlicing" in value.text or "mps:" in value.text
        for one in inventory.of("ConfigMap")
        for value in one["data"].fields.values()
    )
