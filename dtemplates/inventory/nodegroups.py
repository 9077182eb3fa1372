"""Node groups of eksctl's ClusterConfigs: what their nodes are, have and are called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from dtemplates.instance_types import InstanceType, instance_type, is_plain
from dtemplates.settings.node_counts import most_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dtemplates.inventory.parts import Part
    from dtemplates.settings.root import InstanceRow

_Figure = TypeVar("_Figure")

NVIDIA = "nvidia.com/gpu"
EFA = "vpc.amazonaws.com/efa"
NEURON, NEURON_CORE = "aws.amazon.com/neuron", "aws.amazon.com/neuroncore"
# Taints that nodes start with, until an agent on them takes them off: nobody has to bear them.
_STARTUP_TAINTS = frozenset(
    [
        *(f"{driver}.csi.aws.com/agent-not-ready" for driver in ("ebs", "efs", "fsx", "s3")),
        *("node.cilium.io/agent-not-ready", "karpenter.sh/unregistered"),
    ]
)
# Labels that EKS, eksctl and the kubelet give to nodes: whoever asks for others of their value
# asks in vain.
EKS_GROUP_LABEL = "eks.amazonaws.com/nodegroup"
GROUP_LABELS = ("alpha.eksctl.io/nodegroup-name", EKS_GROUP_LABEL)
TYPE_LABELS = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
_ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")


@dataclass(frozen=True)
class NodeGroup:
    """A node group; `cluster` is the ClusterConfig that it stands in."""

    part: Part
    cluster: Part
    managed: bool
    zones_of_subnets: Mapping[str, str]
    corrections: Mapping[str, InstanceRow]

    @cached_property
    def name(self) -> str:
        """Its name."""
        return self.part["name"].text

    @cached_property
    def cluster_name(self) -> str:
        """The name of its cluster."""
        return self.cluster.name

    @cached_property
    def type_parts(self) -> tuple[Part, ...]:
        """Where it names its instance types."""
        several = self.part["instanceTypes"].items
        several += self.part.at("instancesDistribution", "instanceTypes").items
        single = self.part["instanceType"]
        found = tuple(part for part in several if part.text)
        return found or ((single,) if single.text not in ("", "mixed") else ())

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Its instance types, as it names them."""
        return tuple(part.text for part in self.type_parts)

    @cached_property
    def rows(self) -> tuple[InstanceType, ...]:
        """Its instance types, as far as they are known."""
        rows = (instance_type(name, self.corrections) for name in self.types)
        return tuple(row for row in rows if row)

    @cached_property
    def is_known(self) -> bool:
        """Whether all its instance types are known, and it has any."""
        return bool(self.rows) and len(self.rows) == len(self.types)

    @cached_property
    def accelerated(self) -> bool:
        """Whether its nodes are known to have accelerators."""
        return any(row.accelerators for row in self.rows)

    @cached_property
    def may_be_accelerated(self) -> bool:
        """Whether its nodes have accelerators, or nobody knows that they have none."""
        untold = not self.types and (self.part["launchTemplate"] or self.part["instanceSelector"])
        counts = (self._count(name, "") for name in self.types)
        return self.accelerated or bool(untold) or None in counts

    @cached_property
    def memory_gib(self) -> float:
        """The memory of each node in GiB; 0 where it is not known."""
        return min((row.memory_gib for row in self.rows), default=0) if self.is_known else 0

    @cached_property
    def has_nvidia(self) -> bool:
        """Whether its nodes are known to have NVIDIA's GPUs."""
        return any(row.nvidia and row.accelerators for row in self.rows)

    def accelerators(self, resource: str) -> int | None:
        """Return how many of these each node has for sure; None where that is not known."""
        if resource not in self._accelerators:
            counts = [self._count(name, resource) for name in self.types]
            self._accelerators[resource] = min(all_known(counts), default=None)
        return self._accelerators[resource]

    @cached_property
    def _accelerators(self) -> dict[str, int | None]:
        """What is known of accelerators already: all pods ask for the same."""
        return {}

    def _count(self, name: str, resource: str) -> int | None:
        row = instance_type(name, self.corrections)
        if row is None:
            return 0 if is_plain(name) else None
        if resource == NEURON_CORE and row.resource == NEURON:
            # How many cores a device has depends on its type, and on how it is set up.
            return None
        return row.accelerators if row.resource == resource else 0

    @cached_property
    def efa(self) -> bool:
        """Whether eksctl gives its nodes EFA interfaces."""
        return self.part["efaEnabled"].is_true

    @cached_property
    def efa_interfaces(self) -> int | None:
        """The EFA interfaces of each node; None where that is not known."""
        if not self.efa and not self.part["launchTemplate"]:
            return 0 if self.is_known else None
        counts = [row.efa for row in self.rows]
        return min(all_known(counts), default=None) if self.is_known else None

    @cached_property
    def places(self) -> list[Part]:
        """The zones or subnets that it names."""
        return self.part["availabilityZones"].items + self.part["subnets"].items

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """The zones of its nodes, as far as they are known."""
        return tuple(dict.fromkeys(filter(None, self._zones_of_places)))

    @cached_property
    def are_zones_known(self) -> bool:
        """Whether it names its zones or subnets, and the zones of all of them are known."""
        return bool(self.places) and all(self._zones_of_places)

    @cached_property
    def _zones_of_places(self) -> list[str]:
        """The zone of each place that it names; nothing where that is not known."""
        zones = [zone.text for zone in self.part["availabilityZones"].items]
        subnets = self.part["subnets"].items
        return zones + [self.zones_of_subnets.get(one.text, "") for one in subnets]

    @cached_property
    def family(self) -> str:
        """Its amiFamily; eksctl's today where it names none."""
        return self.part["amiFamily"].text or "AmazonLinux2023"

    @property
    def is_bottlerocket(self) -> bool:
        """Whether its nodes run Bottlerocket."""
        return self.family.startswith("Bottlerocket")

    @cached_property
    def most_nodes(self) -> int:
        """The most nodes that it may have (eksctl 0.230.0: maxSize, or what stands for it)."""
        return most_nodes(
            self.part[field].number for field in ("maxSize", "desiredCapacity", "minSize")
        )

    @cached_property
    def taints(self) -> tuple[tuple[str, str, str], ...]:
        """Key, value and effect of its lasting taints, in eksctl's list or in its map of old."""
        found = []
        for taint in self.part["taints"].items:
            found.append((taint["key"].text, taint["value"].text, taint["effect"].text))
        for key, taint in self.part["taints"].fields.items():
            value, _, effect = taint.text.rpartition(":")
            found.append((key, value, effect))
        return tuple(taint for taint in found if taint[0] not in _STARTUP_TAINTS)

    @cached_property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels of its nodes, its own and those that every node gets, each with its values."""
        own = {key: (value.text,) for key, value in self.part["labels"].fields.items()}
        found: dict[str, tuple[str, ...]] = dict.fromkeys(GROUP_LABELS, (self.name,))
        found |= own
        found["alpha.eksctl.io/cluster-name"] = (self.cluster_name,)
        for label in TYPE_LABELS:
            if self.types:
                found[label] = self.types
        for label in _ZONE_LABELS:
            if self.are_zones_known:
                found[label] = self.zones
        return found


def all_known(figures: Iterable[_Figure | None]) -> list[_Figure]:
    """Return the figures; none of them where one is not known, for it may be any."""
    told = list(figures)
    known = [one for one in told if one is not None]
    return known if len(known) == len(told) else []


def node_groups(
    cluster: Part, zones_of_subnets: Mapping[str, str], corrections: Mapping[str, InstanceRow]
) -> Iterator[NodeGroup]:
    """Yield the node groups of a ClusterConfig."""
    for field, managed in (("nodeGroups", False), ("managedNodeGroups", True)):
        for part in cluster[field].items:
            if type(part.value) is dict and part.value:
                yield NodeGroup(part, cluster, managed, zones_of_subnets, corrections)
