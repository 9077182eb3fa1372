"""Networks and identities that eksctl or EKS cannot make a cluster of (DT2…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.clusters import SIDES
from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.zones import is_zone, is_zone_of
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part
    from dtemplates.inventory.clusters import Cluster

# Where EKS has had no room for control planes: AWS names the zone use1-az3, which is us-east-1e in
# most accounts.
_FULL = "us-east-1e"
_AGENT = "eks-pod-identity-agent"


@rule(
    "DT204",
    "error",
    symptom="eksctl ends with `couldn't find public subnets` (or private), or `mapping doesn't "
    "have enough subnets`, and the node group is not made.",
    remedy="use a zone or subnet of the cluster, or add a subnet to vpc.subnets",
    source="https://github.com/eksctl-io/eksctl/issues/5107",
)
def subnets_of_the_cluster(inventory: Inventory) -> Iterator[Breach]:
    """The zones and subnets of a node group are among the cluster's."""
    for group in inventory.node_groups:
        cluster = inventory.cluster_of(group.cluster)
        yield from _zones_without_subnet(group, cluster)
        yield from _unknown_subnets(group, cluster)
        private = group.part["privateNetworking"]
        if private.is_true and cluster.zones_of["private"] == () and not group.places:
            yield Breach(
                private,
                f"node group {group.name} is to be in private subnets, and cluster {cluster.name} "
                "has public ones alone",
                "add subnets to vpc.subnets.private, or leave privateNetworking out",
            )


def _zones_without_subnet(group: NodeGroup, cluster: Cluster) -> Iterator[Breach]:
    side = SIDES[group.part["privateNetworking"].is_true]
    known = cluster.zones_of[side]
    if known is None:
        return
    for zone in group.part["availabilityZones"].items:
        if zone.text in known or not is_zone_of(zone.text, cluster.region):
            continue
        kind = f"{side} subnet" if cluster.subnets else "subnet"
        ours = f"use {' or '.join(known)}, or " if known else ""
        place = f"vpc.subnets.{side}" if cluster.subnets else "availabilityZones"
        yield Breach(
            zone,
            f"node group {group.name} is to be in {zone.text}, where cluster {cluster.name} has "
            f"no {kind}",
            f"{ours}add that zone to the cluster's {place}",
            compared=tuple(one.part for one in cluster.subnets) or cluster.zones,
        )


def _unknown_subnets(group: NodeGroup, cluster: Cluster) -> Iterator[Breach]:
    # What looks like an id may be one of the VPC that the files do not name.
    names = cluster.subnet_names
    for subnet in group.part["subnets"].items if names else ():
        if subnet.text and subnet.text not in names and not subnet.text.startswith("subnet-"):
            yield Breach(
                subnet,
                f"node group {group.name} is to be in subnet {subnet.text}, and vpc.subnets of "
                f"cluster {cluster.name} names none so",
                did_you_mean(subnet.text, names) or f"use {' or '.join(sorted(names))}, or an id",
                compared=tuple(one.part for one in cluster.subnets),
            )


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
    groups: dict[tuple[str, str], list[Part]] = {}
    for group in inventory.node_groups:
        found = group.part["availabilityZones"].items + group.part["localZones"].items
        cluster = inventory.cluster_of(group.cluster)
        groups.setdefault((cluster.name, cluster.region), []).extend(found)
    for key, cluster in inventory.described.items():
        if not cluster.region:
            continue
        local = [zone for one in cluster.configs for zone in one["localZones"].items]
        named = [(zone.text, zone, False) for zone in (*cluster.zones, *local)]
        named += [
            (one.zone, one.part["az"] or one.part, not one.part["az"]) for one in cluster.subnets
        ]
        named += [(zone.text, zone, False) for zone in groups.get(key, ())]
        for zone, part, is_key in named:
            if is_zone(zone) and not is_zone_of(zone, cluster.region):
                yield Breach(
                    part,
                    f"zone {zone} is not in {cluster.region}, the region of cluster {cluster.name}",
                    f"use zones of {cluster.region}, such as {cluster.region}a",
                    compared=(cluster.configs[0].at("metadata", "region"),),
                    key=is_key,
                )


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
        named += [(one.zone, one.part["az"] or one.part, not one.part["az"]) for one in subnets]
        for zone, part, is_key in named:
            if zone == _FULL:
                yield Breach(
                    part,
                    f"in most accounts EKS puts no control plane into {_FULL}, where cluster "
                    f"{cluster.name} is to be",
                    key=is_key,
                )


@rule(
    "DT220",
    "warning",
    symptom="eksctl refuses a new cluster; in an existing one pods get no credentials: `Unable to "
    "locate credentials`.",
    remedy=f"add {{name: {_AGENT}}} to addons",
    source="https://docs.aws.amazon.com/eks/latest/eksctl/pod-identity-associations.html",
)
def pod_identity_agent(inventory: Inventory) -> Iterator[Breach]:
    """A cluster with pod identity associations has the agent that hands out credentials."""
    for cluster in inventory.described.values():
        addons = [addon for one in cluster.configs for addon in one["addons"].items]
        # A file of add-ons or identities alone is for a cluster that may have the agent.
        whole = any(one["vpc"] or one["availabilityZones"] for one in cluster.configs)
        auto = any(one.at("autoModeConfig", "enabled").is_true for one in cluster.configs)
        if not whole or auto or any(addon["name"].text == _AGENT for addon in addons):
            continue
        owners = [*addons, *(one["iam"] for one in cluster.configs)]
        for associations in (owner["podIdentityAssociations"] for owner in owners):
            if associations.items:
                yield Breach(
                    associations,
                    f"cluster {cluster.name} has pod identity associations without the add-on "
                    f"{_AGENT}",
                )
                break
