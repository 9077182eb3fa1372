"""What templates see of Kueue: its flavors, one for each node group, and their quotas.

Kueue admits a job only if its ClusterQueue covers each resource that any of the pods requests, a
limit without a request being one. A job of ours asks for accelerators, memory, and with EFA for
interfaces and huge pages; `limits` and `requests` of the settings add others, and jobs that are
made elsewhere and put into the same queue ask at least for cpu. So covered are: cpu and memory, the
accelerators of the node groups, what EFA needs where a group has it, and whatever else the jobs in
queues ask for.

All of them are in one resource group, since what a pod requests must come from nodes of one kind:
each pod gets one flavor of the group. Which one, Kueue sees by the label of the node group that our
jobs select their nodes by, and by taints: flavors have the taints of their nodes and no tolerations
for them, so that they are for the jobs alone that bear the taints, and no job is changed. A
launcher that requests nothing needs no flavor, and runs where it would without Kueue; one that
requests anything gets the flavor of its node group, or of any whose taints it bears.

What nobody knows has a quota that is never reached: it holds nothing back, and a pod for which
there is no room waits as it would without Kueue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dtemplates.context.jobs import EFA, GROUP_LABEL, HUGE_PAGES, job_context
from dtemplates.instance_types import instance_type, is_plain
from dtemplates.settings.node_counts import most_nodes
from dtemplates.settings.queues import flavor, queue_of, queues
from dtemplates.settings.sizing import accelerator, node_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dtemplates.settings.kueue import Kueue
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings

Context = dict[str, Any]

# EFA's driver sets as much aside on each node.
_HUGE_PAGES_MIB = 10240
# More than any cluster has, of whatever it may be.
_ENDLESS = "1P"
_UNITS = ("Mi", "Gi", "Ti", "Pi")


def kueue_context(kueue: Kueue, settings: Settings) -> Context:
    """Return the settings of Kueue, with what follows from the node groups and from the jobs."""
    queued = [job_context(job, settings) for job in settings.jobs if queue_of(job) is not None]
    covered = _covered(queued, settings)
    return {
        "cluster_queue": kueue.cluster_queue,
        "queues": queues(settings),
        "priorities": kueue.priorities,
        "covered_resources": covered,
        "flavors": [
            {
                "name": flavor(group.name),
                "node_labels": _node_labels(group, queued),
                "node_taints": [
                    taint.model_dump(mode="json", exclude_defaults=True) for taint in group.taints
                ],
                "quotas": _quotas(group, covered, settings),
            }
            for group in settings.nodegroups
        ],
    }


def _node_labels(group: NodeGroup, queued: Sequence[Context]) -> dict[str, str]:
    """Return the labels that tell a group's nodes from others: the group's, and what jobs ask for.

    Of what a job selects its nodes by, Kueue looks at the labels of a flavor alone.
    """
    known = node_labels(group)
    asked = dict.fromkeys(key for job in queued for key in job["node_selector"])
    single = {key: known[key][0] for key in asked if len(known.get(key, ())) == 1}
    return {GROUP_LABEL: group.name} | single


def _covered(queued: Sequence[Context], settings: Settings) -> list[str]:
    """Return the resources that jobs may ask for, each once."""
    of_efa = (EFA, HUGE_PAGES) if any(group.efa for group in settings.nodegroups) else ()
    asked = [
        name
        for job in queued
        for pod in (job, job["launcher"])
        for name in (*pod["limits"], *pod["requests"])
    ]
    return list(dict.fromkeys(("cpu", "memory", *_devices(settings), *of_efa, *asked)))


def _devices(settings: Settings) -> list[str]:
    """Return what Kubernetes calls the accelerators of the node groups."""
    found = (accelerator(group, settings) for group in settings.nodegroups)
    return list(dict.fromkeys(instance.resource for instance in found if instance))


def _quotas(group: NodeGroup, covered: Sequence[str], settings: Settings) -> dict[str, str]:
    """Return how much of each resource jobs may take of a node group's nodes at once."""
    given = settings.kueue.quotas.get(group.name, {}) if settings.kueue else {}
    found: dict[str, object] = {**_known(group, settings), **given}
    devices = _devices(settings)
    if not found.keys().isdisjoint(devices):
        # The nodes of a group have accelerators of one kind.
        found = {**dict.fromkeys(devices, "0"), **found}
    return {name: str(found.get(name, _ENDLESS)) for name in covered}


def _known(group: NodeGroup, settings: Settings) -> dict[str, str]:
    """Return how much of each resource a node group's nodes have, as far as that is known."""
    nodes = most_nodes((group.max_size, group.desired_capacity, group.min_size))
    rows = [instance_type(name, settings.instance_types) for name in group.types]
    known = [row for row in rows if row]
    found: dict[str, str] = {}
    if all(row or is_plain(name) for name, row in zip(group.types, rows, strict=True)):
        found |= dict.fromkeys(_devices(settings), "0")
    if instance := accelerator(group, settings):
        found[instance.resource] = str(nodes * instance.accelerators)
    if not group.efa:
        found[EFA] = "0"
    elif instance and instance.efa is not None:
        found[EFA] = str(nodes * instance.efa)
        found[HUGE_PAGES] = _bytes(nodes * _HUGE_PAGES_MIB)
    if known and len(known) == len(rows):
        if all(row.vcpu for row in known):
            found["cpu"] = str(nodes * min(row.vcpu or 0 for row in known))
        if memory := min(row.memory_gib for row in known):
            found["memory"] = _bytes(int(nodes * memory * 1024))
    return found


def _bytes(mebibytes: int) -> str:
    """Return an amount as Kubernetes itself would write it: in the largest unit without a rest."""
    unit = 0
    while unit < len(_UNITS) - 1 and mebibytes % 1024 == 0:
        mebibytes, unit = mebibytes // 1024, unit + 1
    return f"{mebibytes}{_UNITS[unit]}"
