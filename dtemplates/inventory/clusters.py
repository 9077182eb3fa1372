"""Clusters, each by all ClusterConfigs that describe it: its network and its version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dtemplates.settings.zones import is_zone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.inventory.parts import Part

SIDES = ("public", "private")
# The add-on that hands out the credentials of pod identity associations.
POD_IDENTITY_AGENT = "eks-pod-identity-agent"
# The add-on that is the FSx CSI driver.
FSX_ADDON = "aws-fsx-csi-driver"
# Fields that a ClusterConfig has which only adds node groups to a cluster.
_OF_GROUPS = {"apiVersion", "kind", "metadata", "nodeGroups", "managedNodeGroups"}
_VERSION = re.compile(r"1\.[0-9]{1,3}\Z")


@dataclass(frozen=True)
class Subnet:
    """A subnet in vpc.subnets; `key` is what stands before it there, a zone or a name."""

    part: Part
    side: str
    key: str

    @cached_property
    def id(self) -> str:
        """Its id, where it is given."""
        return self.part["id"].text

    @cached_property
    def zone(self) -> str:
        """Its zone; nothing where eksctl would have to look it up."""
        return self.part["az"].text or (self.key if is_zone(self.key) else "")


@dataclass(frozen=True)
class Cluster:
    """A cluster; its node groups may be in other files than its network."""

    name: str
    region: str
    configs: tuple[Part, ...]

    @cached_property
    def subnets(self) -> tuple[Subnet, ...]:
        """The subnets that its VPC is said to have."""
        return tuple(
            Subnet(part, side, key)
            for config in self.configs
            for side in SIDES
            for key, part in config.at("vpc", "subnets", side).fields.items()
        )

    @cached_property
    def zones(self) -> tuple[Part, ...]:
        """The zones of the VPC that eksctl is to make."""
        return tuple(zone for one in self.configs for zone in one["availabilityZones"].items)

    @cached_property
    def zones_of(self) -> dict[str, tuple[str, ...] | None]:
        """The zones of its public and private subnets; None where not all are told."""
        return {side: self._zones_of(side) for side in SIDES}

    def _zones_of(self, side: str) -> tuple[str, ...] | None:
        found = [one.zone for one in self.subnets if one.side == side]
        if not self.subnets:
            found = [zone.text for zone in self.zones]
        return tuple(dict.fromkeys(found)) if all(found) and (self.subnets or found) else None

    @cached_property
    def zones_by_name(self) -> dict[str, str]:
        """The zones of its subnets, as far as they are told, by their keys and ids."""
        told = [one for one in self.subnets if one.zone]
        return {name: one.zone for one in told for name in (one.key, one.id) if name}

    @cached_property
    def subnet_names(self) -> frozenset[str]:
        """What its subnets are called in vpc.subnets."""
        return frozenset(one.key for one in self.subnets)

    @cached_property
    def versions(self) -> tuple[Part, ...]:
        """Where its Kubernetes version is told."""
        told = (one.at("metadata", "version") for one in self.configs)
        return tuple(version for version in told if _VERSION.match(version.text))

    @cached_property
    def version(self) -> str | None:
        """Its Kubernetes version; None where nothing tells it, or its files do not agree."""
        told = {version.text for version in self.versions}
        return told.pop() if len(told) == 1 else None


def addons(configs: Iterable[Part], name: str = "") -> list[Part]:
    """Return the add-ons that ClusterConfigs list: those of this name, or all without one."""
    found = (one for config in configs for one in config["addons"].items)
    return [one for one in found if name in ("", one["name"].text)]


def only_groups(config: Part) -> bool:
    """Return whether a ClusterConfig tells of node groups alone, so that it may add them."""
    return config.fields.keys() <= _OF_GROUPS


def clusters(configs: Iterable[Part]) -> dict[tuple[str, str], Cluster]:
    """Return the clusters that ClusterConfigs describe, by name and region."""
    found: dict[tuple[str, str], list[Part]] = {}
    for config in configs:
        key = config.name, config.at("metadata", "region").text
        found.setdefault(key, []).append(config)
    return {key: Cluster(*key, tuple(parts)) for key, parts in found.items()}
