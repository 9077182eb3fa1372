"""Kueue's queues: where jobs wait, for how much of which nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from dtemplates.settings.queues import QUEUE_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from dtemplates.inventory import Inventory
    from dtemplates.inventory.mpijobs import MpiJob
    from dtemplates.inventory.parts import Part
    from dtemplates.inventory.pods import Pod

_KUEUE = "kueue.x-k8s.io"


@dataclass(frozen=True)
class Flavor:
    """The quotas of one kind of nodes: `part` names it, `nodes` is the ResourceFlavor, if told."""

    part: Part
    nodes: Part | None

    @property
    def name(self) -> str:
        """The name of its ResourceFlavor."""
        return self.part.text_at("name")

    @cached_property
    def quotas(self) -> dict[str, Part]:
        """How much there is of each resource."""
        return {one.text_at("name"): one["nominalQuota"] for one in self.part["resources"].items}

    def quota(self, resource: str) -> Fraction | None:
        """Return how much there is of a resource; None where it is not told."""
        return self.quotas[resource].amount if resource in self.quotas else None

    def fits(self, pod: Pod) -> bool:
        """Return whether its nodes may be for a pod: by labels that both tell of, and by taints."""
        if self.nodes is None:
            return True
        spec = self.nodes["spec"]
        for key, label in spec["nodeLabels"].fields.items():
            if key in pod.wanted_labels and pod.wanted_labels[key][0] != label.text:
                return False
        taints = [
            (one.text_at("key"), one.text_at("value"), one.text_at("effect"))
            for one in spec["nodeTaints"].items
        ]
        return bool(spec["tolerations"]) or all(
            pod.tolerates(*taint) for taint in taints if taint[2] != "PreferNoSchedule"
        )


class ClusterQueue(NamedTuple):
    """A ClusterQueue; `groups` are its covered resources with the flavors for them."""

    part: Part
    groups: tuple[tuple[tuple[str, ...], tuple[Flavor, ...]], ...]

    @property
    def name(self) -> str:
        """Its name."""
        return self.part.name

    @property
    def borrows(self) -> bool:
        """Whether it may take from others what it has not itself."""
        spec = self.part["spec"]
        return bool(spec["cohortName"] or spec["cohort"])

    def flavors(self, resource: str) -> tuple[Flavor, ...] | None:
        """Return the flavors that a resource can be of; None where it is not covered."""
        return next((flavors for covered, flavors in self.groups if resource in covered), None)


def cluster_queue(part: Part, flavors: Iterable[Part]) -> ClusterQueue:
    """Return what a ClusterQueue describes; `flavors` are the ResourceFlavors beside it."""
    nodes = {one.name: one for one in flavors}
    groups = tuple(
        (
            tuple(group["coveredResources"].texts),
            tuple(Flavor(one, nodes.get(one.text_at("name"))) for one in group["flavors"].items),
        )
        for group in part.at("spec", "resourceGroups").items
    )
    return ClusterQueue(part, groups)


def queued(inventory: Inventory) -> Iterator[tuple[MpiJob, ClusterQueue]]:
    """Yield each job in a queue whose ClusterQueue is among the documents, with that one."""
    local_queues = of_kueue(inventory, "LocalQueue")
    cluster_queues = of_kueue(inventory, "ClusterQueue")
    if not (local_queues and cluster_queues):
        return
    flavors = of_kueue(inventory, "ResourceFlavor")
    made: dict[int, ClusterQueue] = {}
    for job in inventory.jobs:
        name = job.part.text_at("metadata", "labels", QUEUE_LABEL)
        queue = _named(inventory, name, job.part, local_queues) if name else None
        wanted = queue.text_at("spec", "clusterQueue") if queue else ""
        found = _named(inventory, wanted, job.part, cluster_queues) if wanted else None
        if found is not None:
            if id(found) not in made:
                made[id(found)] = cluster_queue(found, inventory.beside(found, flavors))
            yield job, made[id(found)]


def of_kueue(inventory: Inventory, kind: str) -> list[Part]:
    """Return the documents of one of Kueue's kinds: others have queues as well."""
    return [one for one in inventory.of(kind) if one.group == _KUEUE]


def _named(inventory: Inventory, name: str, user: Part, among: list[Part]) -> Part | None:
    """Return the object of this name that a document in its namespace means."""
    namespace = user.text_at("metadata", "namespace")
    return next(
        (
            one
            for one in inventory.beside(user, [each for each in among if each.name == name])
            if one.text_at("metadata", "namespace") in ("", namespace) or not namespace
        ),
        None,
    )
