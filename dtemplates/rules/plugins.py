"""Device plugins that do not run where the devices are (DT3…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import EFA, NVIDIA
from dtemplates.rules.rule import Breach, rule
from dtemplates.stacks import is_first_eksctl, release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part, Pod

# Resource → the DaemonSet in kube-system of the plugin that eksctl installs.
_OF_EKSCTL = {
    NVIDIA: "nvidia-device-plugin-daemonset",
    EFA: "aws-efa-k8s-device-plugin-daemonset",
}
# Types with EFA that the plugin in eksctl 0.230.0 does not list, by their beginnings.
_NEWEST_EKSCTL = (0, 230)
_UNKNOWN_TO_EKSCTL = ("p6", "g7", "p5.4xlarge")
# Taints that eksctl's own EFA plugin bears.
_BORNE_BY_EKSCTL = ("CriticalAddonsOnly", "aws.amazon.com/efa")


@rule(
    "DT301",
    "error",
    symptom="The nodes have 0 nvidia.com/gpu, and pods that ask for one stay Pending: the "
    "plugin's pods do not run there.",
    remedy="add a toleration for the taint to the DaemonSet of the NVIDIA plugin",
    source="https://github.com/NVIDIA/k8s-device-plugin/issues/1934",
)
def nvidia_plugin_bears_taints(inventory: Inventory) -> Iterator[Breach]:
    """The NVIDIA device plugin tolerates the taints of all node groups with its GPUs."""
    # Bottlerocket's images have the plugin already.
    groups = [one for one in inventory.node_groups if one.has_nvidia and not one.is_bottlerocket]
    yield from _untolerated(inventory, inventory.plugins[NVIDIA], groups)


@rule(
    "DT302",
    "error",
    symptom="The nodes have no vpc.amazonaws.com/efa, and pods that ask for it stay Pending: the "
    "plugin's pods do not run there.",
    remedy="add a toleration for the taint to the DaemonSet of the EFA plugin",
    source="https://github.com/aws-samples/aws-efa-eks/pull/3",
)
def efa_plugin_bears_taints(inventory: Inventory) -> Iterator[Breach]:
    """The EFA device plugin tolerates the taints of all node groups with EFA."""
    groups = [one for one in inventory.node_groups if one.efa]
    yield from _untolerated(inventory, inventory.plugins[EFA], groups)


@rule(
    "DT303",
    "error",
    symptom="The nodes have no vpc.amazonaws.com/efa: pods that ask for it stay Pending, the "
    "others go by TCP and are slow.",
    remedy="add the node group, or its instance type, to the affinity of the EFA plugin",
    source="https://github.com/eksctl-io/eksctl/issues/8089",
)
def efa_plugin_on_all_efa_nodes(inventory: Inventory) -> Iterator[Breach]:
    """The affinity of the EFA device plugin leaves no node group with EFA out."""
    # One for other nodes leaves none of these out.
    plugins = [
        one
        for one in inventory.plugins[EFA]
        if not any(inventory.hosts.is_foreign(key) for key, _ in one.wanted_values)
    ]
    for group in inventory.node_groups if plugins else ():
        if not group.efa or any(inventory.hosts.selects(plugin, group) for plugin in plugins):
            continue
        if not any(map(_is_eksctls, plugins)) and not _unserved(inventory, group):
            continue
        plugin = plugins[0]
        where, key = _exclusion(plugin)
        missing = group.name if "nodegroup" in key else ", ".join(group.types) or group.name
        yield Breach(
            where,
            f"DaemonSet {plugin.owner.name} leaves node group {group.name} "
            f"({', '.join(group.types)}) out, which has EFA",
            f"add {missing} to it",
            compared=(group.part["name"], group.part["efaEnabled"]),
        )


@rule(
    "DT304",
    "warning",
    symptom="Two plugins register the same devices with the kubelet, and the last one counts: "
    "GPUs that are in use look free, or are given away twice.",
    remedy="keep one of them",
    source="https://github.com/eksctl-io/eksctl/issues/8858",
)
def one_plugin_for_a_device(inventory: Inventory) -> Iterator[Breach]:
    """A node has one plugin for its GPUs, and one for its EFA interfaces."""
    for resource, plugins in inventory.plugins.items():
        for number, second in enumerate(plugins):
            first = next((one for one in plugins[:number] if _meet(inventory, one, second)), None)
            if first:
                yield Breach(
                    second.owner.at("metadata", "name"),
                    f"DaemonSet {second.owner.name} is a plugin for {resource} beside "
                    f"{first.owner.name}",
                    f"remove one of them, or give it the name {first.owner.name}",
                    compared=(first.owner.at("metadata", "name"),),
                )
    yield from _beside_eksctls(inventory)


@rule(
    "DT305",
    "warning",
    symptom="The nodes have no vpc.amazonaws.com/efa: eksctl installs an EFA plugin with a fixed "
    "list of instance types and few tolerations, which does not run there.",
    remedy="add the EFA plugin of eks-charts, with an affinity and tolerations for the node group",
    source="https://github.com/eksctl-io/eksctl/issues/8089",
)
def an_efa_plugin_that_knows_the_nodes(inventory: Inventory) -> Iterator[Breach]:
    """Node groups with EFA that eksctl's own plugin does not serve have another one."""
    if inventory.plugins[EFA]:
        return
    for group in inventory.node_groups:
        why = _unserved(inventory, group) if group.efa else ""
        if why:
            yield Breach(
                group.part["efaEnabled"],
                f"the EFA plugin that eksctl installs {why} node group {group.name}, and there is "
                "no other",
                compared=(group.part["instanceType"], group.part["taints"]),
            )


def _untolerated(
    inventory: Inventory, plugins: list[Pod], groups: list[NodeGroup]
) -> Iterator[Breach]:
    here = [plugin for plugin in plugins if groups and not inventory.hosts.elsewhere(plugin)]
    for group in groups:
        there = [plugin for plugin in here if inventory.hosts.selects(plugin, group)]
        if not there or any(plugin.bears(group) for plugin in there):
            continue
        plugin = there[0]
        key, value, effect = plugin.untolerated(group)[0]
        yield Breach(
            plugin.spec["tolerations"],
            f"DaemonSet {plugin.owner.name} does not tolerate {key}{'=' if value else ''}{value}:"
            f"{effect} of node group {group.name}",
            f"add a toleration for {key} with effect {effect}",
            compared=(group.part["taints"],),
        )


def _exclusion(plugin: Pod) -> tuple[Part, str]:
    """Return where a DaemonSet tells which nodes it runs on, and the label that it does so by."""
    required = plugin.spec.at(
        "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    for term in required["nodeSelectorTerms"].items:
        for expression in term["matchExpressions"].items:
            key = expression["key"].text
            if "nodegroup" in key or "instance-type" in key:
                return expression["values"], key
    for key, (_, part) in plugin.wanted_labels.items():
        return part, key
    return plugin.spec["affinity"], ""


def _is_eksctls(plugin: Pod) -> bool:
    """Return whether a DaemonSet takes the place of one that eksctl installs."""
    names = (_OF_EKSCTL[NVIDIA], _OF_EKSCTL[EFA])
    return plugin.namespace == "kube-system" and plugin.owner.name in names


def _unserved(inventory: Inventory, group: NodeGroup) -> str:
    """Return why the EFA plugin that eksctl installs does not run on a group; or nothing."""
    versions = inventory.versions
    if versions and release(versions["eksctl"])[:2] > _NEWEST_EKSCTL:
        return ""
    if any(name.startswith(_UNKNOWN_TO_EKSCTL) for name in group.types):
        return f"does not know {', '.join(group.types)} of"
    taints = [key for key, _, how in group.taints if how != "PreferNoSchedule"]
    strange = [key for key in taints if key not in _BORNE_BY_EKSCTL]
    # Where nothing asks for EFA, the plugin may well be installed by other means.
    if strange and any(pod.efa for pod in inventory.pods):
        return f"does not tolerate {strange[0]} of"
    return ""


def _meet(inventory: Inventory, one: Pod, other: Pod) -> bool:
    """Return whether two DaemonSets run on the same nodes."""
    fields = ("nodeSelector", "affinity")
    sides = [[pod.spec.value_at(field) for field in fields] for pod in (one, other)]
    if sides[0] != sides[1] and all(any(side) for side in sides):
        return False
    groups, selects = inventory.node_groups, inventory.hosts.selects
    return not groups or any(selects(one, group) and selects(other, group) for group in groups)


def _beside_eksctls(inventory: Inventory) -> Iterator[Breach]:
    """Yield the NVIDIA plugins that are beside the one that eksctl installs."""
    versions = inventory.versions
    if versions and is_first_eksctl(versions["eksctl"]):
        return
    served = [
        group
        for group in inventory.node_groups
        if group.has_nvidia and group.family.startswith("AmazonLinux")
    ]
    plugins = inventory.plugins[NVIDIA]
    if any(map(_is_eksctls, plugins)):
        return
    for plugin in plugins:
        group = next((one for one in served if inventory.hosts.selects(plugin, one)), None)
        if group:
            yield Breach(
                plugin.owner.at("metadata", "name"),
                f"DaemonSet {plugin.owner.name} is beside {_OF_EKSCTL[NVIDIA]} in kube-system, "
                f"which eksctl installs for node group {group.name}",
                f"call it {_OF_EKSCTL[NVIDIA]} in kube-system, or leave it to eksctl",
                compared=(group.part["instanceType"],),
            )
