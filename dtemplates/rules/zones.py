"""Zones that a cluster cannot be made in, or that its node groups do not find (DT2…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.clusters import only_groups
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import of_settings
from dtemplates.settings.zones import is_zone, is_zone_of, other_region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part
    from dtemplates.inventory.clusters import Cluster, Subnet

# Regions with more zones than eksctl takes of its own accord (pkg/az/az.go), and how many it takes.
_CROWDED = {"us-east-1": 2, "us-west-2": 3, "ap-northeast-1": 3, "ap-northeast-2": 3}
# Where EKS has had no room for control planes: AWS names the zone use1-az3, which is us-east-1e in
# most accounts.
_FULL = "us-east-1e"


@rule(
    "DT205",
    "error",
    symptom="EKS refuses the cluster: `Subnets specified must be in at least two different AZs`.",
    remedy="add a subnet in another zone; node groups may keep to one all the same",
    source="https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
)
def two_zones(inventory: Inventory) -> Iterator[Breach]:
    """The control plane has subnets in at least two zones."""
    for cluster in inventory.described.values():
        for config in cluster.configs:
            given = config["availabilityZones"]
            if given.texts and len(set(given.texts)) == 1:
                yield Breach(
                    given,
                    f"cluster {cluster.name} is to be in {given.texts[0]} alone; EKS wants two "
                    "zones",
                    "add another zone",
                )
        # A security group is given for a cluster that is there already, made by something else.
        made_elsewhere = any(one.at("vpc", "securityGroup") for one in cluster.configs)
        zones = [one.zone for one in cluster.subnets]
        if zones and all(zones) and len(set(zones)) == 1 and not made_elsewhere:
            yield Breach(
                _subnets(cluster),
                f"the subnets of cluster {cluster.name} are in {zones[0]} alone; EKS wants two "
                "zones",
                compared=tuple(one.part for one in cluster.subnets),
            )


def _subnets(cluster: Cluster) -> Part:
    return next(one.at("vpc", "subnets") for one in cluster.configs if one.at("vpc", "subnets"))


@rule(
    "DT206",
    "error",
    symptom="eksctl or EC2 refuses the zone as invalid, or finds no subnet in it.",
    remedy="use zones of the cluster's region",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",
)
def zones_of_the_region(inventory: Inventory) -> Iterator[Breach]:
    """All zones belong to the cluster's region."""
    groups = _groups_by_cluster(inventory)
    for cluster in inventory.described.values():
        named = _named_zones(cluster, groups.get(id(cluster), []))
        region = cluster.configs[0].at("metadata", "region")
        if not region.text:
            continue
        zones = [zone for zone, _, _ in named]
        if other := other_region(zones, region.text):
            yield Breach(
                region,
                f"the region of cluster {cluster.name} is {region.text}, and all zones are of "
                f"{other}",
                f"set it to {other}, or use zones of {region.text}",
                tuple(part for _, part, _ in named),
            )
            continue
        for zone, part, is_key in named:
            if not is_zone_of(zone, region.text):
                yield Breach(
                    part,
                    f"zone {zone} is not in {region.text}, the region of cluster {cluster.name}",
                    f"use zones of {region.text}, such as {region.text}a",
                    compared=(region,),
                    key=is_key,
                )


def _named_zones(cluster: Cluster, groups: list[NodeGroup]) -> list[tuple[str, Part, bool]]:
    """Return the zones that a cluster and its groups name, where, and whether as a key there."""
    found = list(cluster.zones)
    for one in cluster.configs:
        found += one["localZones"].items
    for group in groups:
        found += group.part["availabilityZones"].items + group.part["localZones"].items
    named = [(zone.text, zone, False) for zone in found]
    named += [_zone_of(one) for one in cluster.subnets]
    return [one for one in named if is_zone(one[0])]


def _zone_of(subnet: Subnet) -> tuple[str, Part, bool]:
    az = subnet.part["az"]
    return subnet.zone, az or subnet.part, not az


def _groups_by_cluster(inventory: Inventory) -> dict[int, list[NodeGroup]]:
    found: dict[int, list[NodeGroup]] = {}
    for group in inventory.node_groups:
        found.setdefault(id(inventory.cluster_of(group.cluster)), []).append(group)
    return found


@rule(
    "DT219",
    "warning",
    symptom="EKS answers UnsupportedAvailabilityZoneException: the zone has no room for a control "
    "plane, and the stack rolls back.",
    remedy="use another zone; node groups of an existing cluster may be in it",
    source="https://github.com/eksctl-io/eksctl/issues/817",
)
def zone_without_room(inventory: Inventory) -> Iterator[Breach]:
    """The control plane has no subnet in us-east-1e."""
    for cluster in inventory.described.values():
        own = [one["vpc"]["controlPlaneSubnetIDs"] for one in cluster.configs]
        # With subnets of its own the control plane does not go into the nodes'.
        ids = {subnet for part in own for subnet in part.texts}
        subnets = [one for one in cluster.subnets if not ids or one.id in ids]
        named = [(zone.text, zone, False) for zone in cluster.zones]
        named += [_zone_of(one) for one in subnets]
        for zone, part, is_key in named:
            if zone == _FULL:
                yield Breach(
                    part,
                    f"in most accounts EKS puts no control plane into {_FULL}, where cluster "
                    f"{cluster.name} is to be",
                    key=is_key,
                )


@rule(
    "DT224",
    "warning",
    symptom="The cluster is made, but not the node group: `couldn't find public subnets: mapping "
    "doesn't have subnet with AZ`.",
    remedy="give the cluster availabilityZones: two or more, those of its node groups among them",
    source="https://github.com/eksctl-io/eksctl/issues/4735",
)
def zones_of_a_new_network(inventory: Inventory) -> Iterator[Breach]:
    """A new cluster is told its zones where a node group depends on one of them."""
    by_cluster = _groups_by_cluster(inventory)
    for cluster in inventory.described.values():
        told = any(one["vpc"][name] for one in cluster.configs for name in ("id", "subnets"))
        if cluster.region not in _CROWDED or cluster.zones or told:
            continue
        # What tells of node groups alone may add them to a cluster that there is.
        if inventory.settings is None and all(map(only_groups, cluster.configs)):
            continue
        pinned = [
            (group, zone)
            for group in by_cluster.get(id(cluster), ())
            for zone in group.part["availabilityZones"].items
            if is_zone_of(zone.text, cluster.region)
        ]
        if not pinned:
            continue
        config = next((one for one in cluster.configs if not only_groups(one)), cluster.configs[0])
        given = config["availabilityZones"]
        zones = [zone for _, zone in pinned]
        example = {zone.text for zone in zones} | {f"{cluster.region}{one}" for one in "bc"}
        name = "availability_zones" if of_settings(inventory, given) else "availabilityZones"
        yield Breach(
            given,
            f"node group {pinned[0][0].name} is to be in {zones[0].text}, and nothing tells the "
            f"zones of cluster {cluster.name}: eksctl takes {_CROWDED[cluster.region]} at random",
            f"give the cluster {name}: [{', '.join(sorted(example))}]",
            (*zones, *(one["vpc"] for one in cluster.configs)),
        )
