"""Pods that no node takes: by labels, or by taints (DT223, DT406, DT424)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.clusters import addons
from dtemplates.rules.hosts import names
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import of_settings
from dtemplates.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part, Pod


@rule(
    "DT406",
    "error",
    symptom="The pod stays Pending: `node(s) didn't match Pod's node affinity/selector`.",
    remedy="ask for the labels of one node group, and spell them as it does",
    source="https://kubernetes.io/docs/tasks/configure-pod-container/assign-pods-nodes/",
)
def labels_of_a_node_group(inventory: Inventory) -> Iterator[Breach]:
    """The node labels that a pod asks for are those of a node group."""
    hosts = inventory.hosts
    groups = hosts.known
    if not groups:
        return
    every = tuple(group.part["name"] for group in groups)
    for pod in _placed(inventory):
        if hosts.elsewhere(pod):
            continue
        labels = hosts.naming_labels(pod)
        wrong = False
        for key, (value, part) in labels.items():
            values = hosts.values(key)
            if value and values is not None and value not in values:
                wrong = True
                near = nearest(value, values) or next(iter(values), "")
                yield Breach(
                    part,
                    f"{pod.label} asks for nodes with {key}={value}, and no node group has that",
                    f"set it to {near}" if near else "ask for a label that a node group has",
                    compared=every,
                )
        if not wrong and not hosts.selected(pod):
            yield Breach(
                _selection(pod),
                f"{pod.label} asks for nodes {_wanted(pod)} that",
                compared=every,
            )


def _wanted(pod: Pod) -> str:
    """Return in words the labels that a pod asks for, and that no group has them."""
    told = [f"{key}={'|'.join(sorted(values)) or '*'}" for key, values in pod.wanted_values]
    which = f"with {', '.join(dict.fromkeys(told))}" if told else "by its affinity"
    return f"{which}, and no node group has{' all of' if len(told) > 1 else ''}"


def _placed(inventory: Inventory) -> list[Pod]:
    """Return the pods that need a node: those of a DaemonSet run where they can."""
    return [pod for pod in inventory.pods if pod.kind != "DaemonSet"]


def _selection(pod: Pod) -> Part:
    return pod.spec["nodeSelector"] if pod.wanted_labels else pod.spec["affinity"]


@rule(
    "DT223",
    "warning",
    symptom="CoreDNS stays Pending, names of workers do not resolve, and eksctl waits for its "
    "add-on in vain.",
    remedy="add a small node group without taints, leave the taints out, or give the add-on "
    "coredns tolerations by configurationValues",
    source="https://github.com/aws/containers-roadmap/issues/1930",
)
def nodes_for_coredns(inventory: Inventory) -> Iterator[Breach]:
    """A cluster has nodes without taints, where CoreDNS can run."""
    by_cluster: dict[str, list[NodeGroup]] = {}
    for group in inventory.hosts.known:
        by_cluster.setdefault(group.cluster_name, []).append(group)
    for cluster, groups in by_cluster.items():
        keeping = [group for group in groups if _keeps_away(group)]
        if len(keeping) < len(groups) or _may_be_elsewhere(inventory, cluster):
            continue
        taints = [group.part["taints"] for group in groups]
        yield Breach(
            taints[0],
            f"{names(groups)} of cluster {cluster} {'has' if len(groups) == 1 else 'have'} taints, "
            "and CoreDNS tolerates none of them",
            compared=tuple(taints),
        )


def _keeps_away(group: NodeGroup) -> bool:
    """Return whether CoreDNS, which tolerates CriticalAddonsOnly alone, cannot run there."""
    return any(
        effect in ("NoSchedule", "NoExecute") and key != "CriticalAddonsOnly"
        for key, _, effect in group.taints
    )


def _may_be_elsewhere(inventory: Inventory, cluster: str) -> bool:
    """Return whether CoreDNS runs on Fargate, has tolerations, or there may be other nodes."""
    configs = inventory.same_cluster(cluster)
    # What tells of node groups alone may add them to a cluster that has some.
    makes = any(one[field] for one in configs for field in ("vpc", "availabilityZones", "addons"))
    if inventory.settings is None and not makes:
        return True
    for config in configs:
        told = [one["configurationValues"].text for one in addons([config], "coredns")]
        if config["fargateProfiles"] or any("tolerations" in text for text in told):
            return True
    return False


@rule(
    "DT424",
    "error",
    symptom="The pod stays Pending: `node(s) had untolerated taint`.",
    remedy="give the pod tolerations for all taints of its node group",
    source="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",
)
def taints_of_its_nodes(inventory: Inventory) -> Iterator[Breach]:
    """A pod bears all taints of a node group that it may run on."""
    if not inventory.hosts.known:
        return
    # One setting makes the tolerations of all pods of a job.
    told: set[int] = set()
    for pod in _placed(inventory):
        found = _keeping_away(inventory, pod)
        if found is None or id(pod.owner.document) in told:
            continue
        groups, taints = [found[0]], found[1]
        where = pod.spec["tolerations"]
        remedy = "add a toleration for {}"
        if pod.kind == "MPIJob" and of_settings(inventory, where):
            told.add(id(pod.owner.document))
            remedy = "leave tolerations out, or add one for {}"
            for other in inventory.pods_of("MPIJob"):
                also = _keeping_away(inventory, other) if other.owner is pod.owner else None
                if also:
                    groups.append(also[0])
                    taints = list(dict.fromkeys([*taints, *also[1]]))
        words = [f"{key}{f'={value}' if value else ''}:{how}" for key, value, how in taints]
        yield Breach(
            where,
            f"{pod.label} does not tolerate {', '.join(words)} of {names(groups)}",
            remedy.format(" and ".join(words)),
            compared=tuple(group.part[field] for group in groups for field in ("taints", "name")),
        )


def _keeping_away(
    inventory: Inventory, pod: Pod
) -> tuple[NodeGroup, list[tuple[str, str, str]]] | None:
    """Return the first group that a pod may run on, and the taints there; None if it bears one's.

    Without settings there may be nodes that no document tells of.
    """
    hosts = inventory.hosts
    if not (pod.accelerators or hosts.naming_labels(pod) or inventory.settings is not None):
        return None
    groups = hosts.candidates(pod)
    if pod.accelerators:
        resource = pod.accelerators[0]
        groups = [group for group in groups if group.accelerators(resource) != 0]
    untolerated = [_untolerated(pod, group) for group in groups]
    if not groups or not all(untolerated):
        return None
    return groups[0], untolerated[0]


def _untolerated(pod: Pod, group: NodeGroup) -> list[tuple[str, str, str]]:
    """Return the taints of a group that keep a pod away.

    EKS' admission controller ExtendedResourceToleration adds a toleration for each extended
    resource that a pod asks for.
    """
    return [
        (key, value, effect)
        for key, value, effect in pod.untolerated(group)
        if effect in ("NoSchedule", "NoExecute") and not (effect == "NoSchedule" and pod.asked(key))
    ]
