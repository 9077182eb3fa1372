"""Networks and identities that eksctl or EKS cannot make a cluster of (DT2…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.clusters import POD_IDENTITY_AGENT, SIDES, addons
from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.zones import is_zone_of
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup
    from dtemplates.inventory.clusters import Cluster


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
    "DT220",
    "warning",
    symptom="eksctl refuses a new cluster; in an existing one pods get no credentials: `Unable to "
    "locate credentials`.",
    remedy=f"add {{name: {POD_IDENTITY_AGENT}}} to addons",
    source="https://docs.aws.amazon.com/eks/latest/eksctl/pod-identity-associations.html",
)
def pod_identity_agent(inventory: Inventory) -> Iterator[Breach]:
    """A cluster with pod identity associations has the agent that hands out credentials."""
    for cluster in inventory.described.values():
        # A file of add-ons or identities alone is for a cluster that may have the agent.
        whole = any(one["vpc"] or one["availabilityZones"] for one in cluster.configs)
        auto = any(one.at("autoModeConfig", "enabled").is_true for one in cluster.configs)
        if not whole or auto or addons(cluster.configs, POD_IDENTITY_AGENT):
            continue
        owners = [*addons(cluster.configs), *(one["iam"] for one in cluster.configs)]
        for associations in (owner["podIdentityAssociations"] for owner in owners):
            if associations.items:
                yield Breach(
                    associations,
                    f"cluster {cluster.name} has pod identity associations without the add-on "
                    f"{POD_IDENTITY_AGENT}",
                    compared=tuple(one["addons"] for one in cluster.configs),
                )
                break
