"""What templates see of node groups, and of what runs on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dtemplates.settings.lustre import subnet_id
from dtemplates.settings.nodegroups import ADDON_POLICIES
from dtemplates.settings.sizing import gpus_per_node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.settings.nodegroups import NodeGroup, Toleration
    from dtemplates.settings.root import Settings

Context = dict[str, Any]

# Region → EKS's own registry, where it is not the one that upstream's chart pulls from.
_EKS_REGISTRY = "602401143452.dkr.ecr.us-west-2.amazonaws.com"
_EKS_REGISTRIES = {
    "cn-north-1": "918309763551.dkr.ecr.cn-north-1.amazonaws.com.cn",
    "cn-northwest-1": "961992271922.dkr.ecr.cn-northwest-1.amazonaws.com.cn",
    "us-gov-east-1": "151742754352.dkr.ecr.us-gov-east-1.amazonaws.com",
    "us-gov-west-1": "013241004608.dkr.ecr.us-gov-west-1.amazonaws.com",
}


def nodegroup_context(group: NodeGroup, settings: Settings) -> Context:
    """Return the settings of a node group, and what follows from them."""
    managed = settings.is_managed(group)
    policies = group.iam.with_addon_policies
    return {
        **group.model_dump(mode="json"),
        "managed": managed,
        "private_networking": _private(group, settings),
        # Self-managed groups know several types, and spot, as a mixed instances policy alone.
        "mixed": not managed and (group.spot or len(group.types) > 1),
        "types": list(group.types),
        "instance_type": group.types[0] if len(group.types) == 1 else None,
        "subnets": [subnet_id(name, group, settings) or name for name in group.subnets],
        "has_security_groups": group.security_groups.is_given,
        "has_iam": group.iam.is_given,
        "addon_policies": {ADDON_POLICIES[name]: wanted for name, wanted in policies.items()},
    }


def _private(group: NodeGroup, settings: Settings) -> bool | None:
    """Return whether nodes are private: as the group says, or as a VPC without public subnets."""
    vpc = settings.cluster.vpc
    only_private = bool(vpc.private_subnets) and not vpc.public_subnets
    return True if group.private_networking is None and only_private else group.private_networking


def tolerations(groups: Iterable[NodeGroup], *, everywhere: bool = False) -> list[Context]:
    """Return what a pod needs to tolerate to run on every one of these groups.

    With `everywhere` the pod may as well run on any of them: it needs nothing where one has no
    taints.
    """
    groups = list(groups)
    if everywhere and not all(group.taints for group in groups):
        return []
    found: list[Context] = []
    for taint in (taint for group in groups for taint in group.taints):
        toleration = _toleration(taint.key, taint.value, taint.effect)
        if toleration not in found:
            found.append(toleration)
    return found


def given_tolerations(given: Iterable[Toleration]) -> list[Context]:
    """Return tolerations of the settings as Kubernetes writes them."""
    return [_toleration(one.key, one.value, one.effect) for one in given]


def _toleration(key: str, value: str | None, effect: str | None) -> Context:
    matches = {"operator": "Equal", "value": value} if value else {"operator": "Exists"}
    return {"key": key, **matches, **({"effect": effect} if effect else {})}


def _plugin_tolerations(settings: Settings, own: str) -> list[Context]:
    """Return what a device plugin tolerates on every node group, whatever the taint's value.

    `own` is the taint that its template tolerates already.
    """
    if settings.device_plugin_tolerations is not None:
        return given_tolerations(settings.device_plugin_tolerations)
    taints = (taint for group in settings.nodegroups for taint in group.taints)
    pairs = dict.fromkeys((taint.key, taint.effect) for taint in taints)
    return [
        _toleration(key, None, effect)
        for key, effect in pairs
        if (key, effect) != (own, "NoSchedule")
    ]


def device_plugins(settings: Settings) -> Context:
    """Return what the templates of device plugins and of the MPI operator see."""
    versions = settings.components
    nvidia = versions["nvidia_device_plugin"]
    # 1.0.0-beta came before 0.7.0, when the project started to count anew and moved its image.
    legacy = nvidia.startswith("1.0.0-")
    image = f"nvidia/k8s-device-plugin:{nvidia}"
    registry = _EKS_REGISTRIES.get(settings.cluster.region, _EKS_REGISTRY)
    return {
        "nvidia_device_plugin": {
            "legacy": legacy,
            "image": image if legacy else f"nvcr.io/nvidia/k8s-device-plugin:v{nvidia}",
            "tolerations": _plugin_tolerations(settings, "nvidia.com/gpu"),
            "not_on": [group.name for group in settings.nodegroups if group.is_bottlerocket],
        },
        "efa_device_plugin": {
            "image": f"{registry}/eks/aws-efa-k8s-device-plugin:v{versions['efa_device_plugin']}",
            "nodegroups": [group.name for group in settings.nodegroups if group.efa],
            "tolerations": _plugin_tolerations(settings, "aws.amazon.com/efa"),
        },
        "gpus_per_node": gpus_per_node(settings),
    }
