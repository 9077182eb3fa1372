"""What Kueue's queues give out, and whether jobs can ever have what they ask for (DT436 to 438)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from dtemplates.inventory.queues import of_kueue, queued
from dtemplates.rules.accelerators import lacks_nodes, lacks_room
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import of_settings, several

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part, Pod
    from dtemplates.inventory.containers import Container
    from dtemplates.inventory.queues import ClusterQueue

_CONCEPT = "https://kueue.sigs.k8s.io/docs/concepts/cluster_queue/"


@rule(
    "DT436",
    "warning",
    symptom="Kueue never admits the job: `resource … unavailable in ClusterQueue`.",
    remedy="cover the resource in a group of the ClusterQueue, or ask for none",
    source=_CONCEPT,
)
def covered_resources(inventory: Inventory) -> Iterator[Breach]:
    """A ClusterQueue covers all that its jobs ask for."""
    for job, queue in queued(inventory):
        told: set[str] = set()
        for pod in job.pods:
            for container in pod.all_containers:
                for name in container.resources:
                    part = _asked(container, name)
                    if name in told or not part.amount or queue.flavors(name) is not None:
                        continue
                    told.add(name)
                    yield Breach(
                        part,
                        f"{pod.label} asks for {name}, which ClusterQueue {queue.name} does not "
                        "cover",
                        compared=(queue.part.at("spec", "resourceGroups"),),
                    )


@rule(
    "DT437",
    "error",
    symptom="Kueue never admits the job: `insufficient quota`, or no flavor fits its node selector "
    "or the taints.",
    remedy="ask for less, or raise the quota",
    source=_CONCEPT,
)
def quota_for_all_pods(inventory: Inventory) -> Iterator[Breach]:
    """All pods of a job's role find what they ask for within the quota of one flavor."""
    for job, queue in queued(inventory):
        for pod in job.pods:
            # Of these, and of all that they would need more of, others tell.
            if not (lacks_nodes(inventory, pod) or lacks_room(inventory, pod)):
                yield from _beyond(inventory, pod, queue)


def _beyond(inventory: Inventory, pod: Pod, queue: ClusterQueue) -> Iterator[Breach]:
    copies = pod.copies.number if pod.copies else 1
    names = dict.fromkeys(name for one in pod.containers for name in one.resources)
    for name in names:
        part, amount = _total(pod, name)
        flavors = queue.flavors(name)
        if not amount or flavors is None or copies is None:
            continue
        fitting = [one for one in flavors if one.fits(pod)]
        if not fitting:
            yield Breach(
                part,
                f"no flavor of ClusterQueue {queue.name} is for nodes that {pod.label} may run on",
                "give it the node labels and tolerations of a flavor, or add a flavor of its nodes",
                compared=tuple(one.nodes["spec"] for one in flavors if one.nodes),
            )
            return
        quotas = [one.quota(name) for one in fitting]
        known = [quota for quota in quotas if quota is not None]
        if queue.borrows or len(known) < len(quotas) or copies * amount <= max(known):
            continue
        best = fitting[known.index(max(known))]
        raised = (
            f"give kueue.quotas.{best.name} more of it"
            if of_settings(inventory, best.part)
            else f"raise its nominalQuota of flavor {best.name}"
        )
        yield Breach(
            part,
            f"{several(copies, 'pod')} of {part.value} of {name} are more than the "
            f"{best.quotas[name].value} that ClusterQueue {queue.name} gives out",
            f"ask for less, or {raised}",
            compared=(best.quotas[name], pod.copies),
        )


def _asked(container: Container, name: str) -> Part:
    """Return what Kueue counts: the request, or else the limit."""
    kind = "requests" if name in container.requests else "limits"
    return container.at("resources", kind, name)


def _total(pod: Pod, name: str) -> tuple[Part, Fraction]:
    """Return how much of a resource one pod asks for, and where it does first."""
    parts = [_asked(one, name) for one in pod.containers if name in one.resources]
    return parts[0], sum((part.amount or Fraction(0) for part in parts), Fraction(0))


@rule(
    "DT438",
    "error",
    symptom="Kueue refuses the ClusterQueue: `must match the name in coveredResources`, or "
    "`must have the same number of resources as the coveredResources`.",
    remedy="list in each flavor what the group covers, in the same order",
    source=_CONCEPT,
)
def flavors_in_order(inventory: Inventory) -> Iterator[Breach]:
    """Each flavor of a ClusterQueue has a quota of all that is covered, in its order."""
    for queue in of_kueue(inventory, "ClusterQueue"):
        for group in queue.at("spec", "resourceGroups").items:
            covered = group["coveredResources"]
            for flavor in group["flavors"].items:
                names = [one.text_at("name") for one in flavor["resources"].items]
                if names != covered.texts:
                    yield Breach(
                        flavor["resources"],
                        f"flavor {flavor.text_at('name')} has quotas of {', '.join(names)}, and "
                        f"covered are {', '.join(covered.texts)}",
                        compared=(covered,),
                    )
