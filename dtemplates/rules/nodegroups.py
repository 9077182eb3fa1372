"""Node groups that eksctl refuses, or whose nodes do not come (DT2…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.clusters import only_groups
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import of_settings
from dtemplates.settings.node_counts import DEFAULT_NODES, wrong_size
from dtemplates.stacks import release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part

_VALIDATION = (
    "https://github.com/eksctl-io/eksctl/blob/main/pkg/apis/eksctl.io/v1alpha5/validation.go"
)
# In the order that they must be in, as ClusterConfigs call them and as settings do.
_SIZES = {"minSize": "min_size", "desiredCapacity": "desired_capacity", "maxSize": "max_size"}


@rule(
    "DT201",
    "error",
    symptom="With several zones eksctl refuses the group; with none it takes one at random, and "
    "the nodes may be far from the file system and the reservation.",
    remedy="give exactly one availability zone or subnet",
    source=_VALIDATION,
)
def efa_in_one_zone(inventory: Inventory) -> Iterator[Breach]:
    """A node group with EFA is in exactly one zone."""
    for group in inventory.node_groups:
        places = group.places
        if group.efa and len(places) != 1:
            count = f"names {len(places)}" if places else "names none"
            given = (group.part["subnets"], group.part["availabilityZones"])
            yield Breach(
                given[0] or given[1],
                f"EFA reaches within one zone, and node group {group.name} {count}",
                compared=(*given, group.part["efaEnabled"]),
            )


@rule(
    "DT207",
    "error",
    symptom="eksctl finds no image: EKS publishes none of AmazonLinux2 for Kubernetes 1.33 and "
    "later.",
    remedy="choose amiFamily: AmazonLinux2023",
    source="https://github.com/awsdocs/amazon-eks-user-guide/issues/868",
)
def images_of_the_version(inventory: Inventory) -> Iterator[Breach]:
    """The operating system of the nodes comes with an image for the Kubernetes version."""
    for group in inventory.node_groups:
        cluster = inventory.cluster_of(group.cluster)
        version = cluster.version
        if not cluster.versions:
            version = inventory.told_kubernetes(group.part)
        if group.family == "AmazonLinux2" and version and release(version) >= (1, 33):
            yield Breach(
                group.part["amiFamily"],
                f"there is no AmazonLinux2 for Kubernetes {version}, which cluster "
                f"{cluster.name} of node group {group.name} has",
                compared=cluster.versions,
            )


@rule(
    "DT208",
    "error",
    symptom="eksctl refuses the file, or EKS the group, whose stack is left ROLLBACK_COMPLETE.",
    remedy="leave the field out, or move the group from managedNodeGroups to nodeGroups",
    source=_VALIDATION,
)
def managed_by_eks(inventory: Inventory) -> Iterator[Breach]:
    """A managed node group has nothing that only self-managed ones can have."""
    for group in (one for one in inventory.node_groups if one.managed):
        ami = group.part["ami"]
        for name in ("withShared", "withLocal"):
            if (part := group.part["securityGroups"][name]).is_true:
                yield Breach(part, f"EKS gives managed node group {group.name} no such group")
        if ami and (version := group.part["releaseVersion"]):
            yield Breach(
                version,
                f"node group {group.name} has an image of its own, to which EKS' release "
                "versions do not apply",
                "leave releaseVersion or ami out",
                compared=(ami,),
            )
        if group.part["overrideBootstrapCommand"].text and not ami and not _is_2023(group):
            yield Breach(
                group.part["amiFamily"],
                f"EKS writes the bootstrap command of {group.family}, unless the group has an "
                f"image of its own, and {group.name} has none",
                "give ami, or choose amiFamily: AmazonLinux2023",
                compared=(ami, group.part["overrideBootstrapCommand"]),
            )
        unavailable = group.part.at("updateConfig", "maxUnavailable")
        if unavailable.number is not None and unavailable.number > group.most_nodes:
            yield Breach(
                unavailable,
                f"{unavailable.number} nodes of {group.name} may be away during an update, and it "
                f"has {group.most_nodes} at most",
                f"lower maxUnavailable to {group.most_nodes}",
                compared=tuple(group.part[name] for name in _SIZES),
            )


def _is_2023(group: NodeGroup) -> bool:
    # Bottlerocket's is told by the schema.
    return group.family == "AmazonLinux2023" or group.is_bottlerocket


@rule(
    "DT209",
    "error",
    symptom="eksctl refuses the file, and EC2 Auto Scaling the group.",
    remedy="let minSize be at most desiredCapacity, and that at most maxSize",
    source=_VALIDATION,
)
def sizes_in_order(inventory: Inventory) -> Iterator[Breach]:
    """The sizes of a node group are in order: minSize, desiredCapacity, maxSize."""
    for group in inventory.node_groups:
        parts = tuple(group.part[name] for name in _SIZES)
        words = _SIZES.values() if of_settings(inventory, group.part["maxSize"]) else _SIZES
        called = dict(zip(words, parts, strict=True))
        sizes = [(name, part.number) for name, part in called.items()]
        wrong = wrong_size(sizes, group=f" of node group {group.name}", managed=group.managed)
        if wrong:
            yield Breach(called[wrong.name], wrong.message, wrong.remedy, parts)
            continue
        (least, low), (desired, start), (most, limit) = sizes
        if group.managed and low is None and start is None and limit == 1:
            yield Breach(
                called[most],
                f"{most} 1 of node group {group.name} is less than {DEFAULT_NODES}, which eksctl "
                f"takes as {least} unless it is told",
                f"give {least}: 0, or {desired}: 1",
                parts,
            )


@rule(
    "DT210",
    "error",
    symptom="eksctl refuses the file, or takes the second group for the first and leaves it out.",
    remedy="give each node group of the cluster its own name",
    source=_VALIDATION,
)
def names_of_groups(inventory: Inventory) -> Iterator[Breach]:
    """The node groups of a cluster have different names."""
    seen: dict[tuple[str | bool, ...], NodeGroup] = {}
    for group in inventory.node_groups:
        name, file = group.part["name"], group.part.document.file
        cluster = inventory.cluster_of(group.cluster)
        own = (cluster.name, cluster.region, group.name)
        # Two files may be there one instead of the other, unless one makes the cluster, and the
        # other adds groups to it.
        adds = only_groups(group.cluster)
        first = seen.get((*own, file)) or seen.get((*own, not adds))
        seen.setdefault((*own, file), group)
        seen.setdefault((*own, adds), group)
        if first and group.name:
            other = first.part.document.file
            place = "" if other == file else f" in {other}"
            yield Breach(
                name,
                f"{group.name} is the name of an earlier node group of cluster {cluster.name}"
                f"{place} too",
                compared=(first.part["name"],),
            )


@rule(
    "DT216",
    "error",
    symptom="eksctl refuses the file: pods get the nodes' permissions by instance metadata.",
    remedy="leave disablePodIMDS out, or give pods their permissions by pod identity",
    source=_VALIDATION,
)
def policies_that_reach_pods(inventory: Inventory) -> Iterator[Breach]:
    """Where pods cannot reach instance metadata, nodes carry no policies for them."""
    for group in inventory.node_groups:
        metadata = group.part["disablePodIMDS"]
        if metadata.is_true:
            for name, policy in _policies(group):
                yield Breach(
                    policy,
                    f"pods on node group {group.name} cannot use the policy {name}, for "
                    "disablePodIMDS keeps them from instance metadata",
                    "leave disablePodIMDS or the policy out",
                    compared=(metadata,),
                )


@rule(
    "DT217",
    "error",
    symptom="eksctl refuses the file: it attaches policies to roles of its own alone.",
    remedy="attach the policy to the existing role, and leave it out here",
    source=_VALIDATION,
)
def policies_of_a_given_role(inventory: Inventory) -> Iterator[Breach]:
    """A node group with an existing role asks for no policies from eksctl."""
    for group in inventory.node_groups:
        role = group.part["iam"]["instanceRoleARN"] or group.part["iam"]["instanceProfileARN"]
        if role:
            found = [*_policies(group), ("attachPolicyARNs", group.part["iam"]["attachPolicyARNs"])]
            for name, policy in found:
                if policy.value:
                    yield Breach(
                        policy,
                        f"node group {group.name} has a role of its own, to which eksctl does not "
                        f"attach {name}",
                        compared=(role,),
                    )


def _policies(group: NodeGroup) -> list[tuple[str, Part]]:
    policies = group.part.at("iam", "withAddonPolicies").fields
    return [(name, policy) for name, policy in policies.items() if policy.is_true]
