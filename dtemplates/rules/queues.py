"""Jobs that wait in Kueue's queues, and what these name (DT420, DT435)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.queues import of_kueue
from dtemplates.rules.references import meant, namespaces, strayed
from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.queues import LEAST_OPERATOR, PRIORITY_LABEL, QUEUE_LABEL
from dtemplates.stacks import release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, MpiJob, Part


@rule(
    "DT420",
    "warning",
    symptom="Kueue never admits the job, or never sees it, so that it runs without its quota.",
    remedy="give the MPIJob's own metadata the label of a LocalQueue in its namespace",
    source="https://kueue.sigs.k8s.io/docs/tasks/run/kubeflow/mpijobs/",
)
def queue_of_a_job(inventory: Inventory) -> Iterator[Breach]:
    """A job names a queue of its namespace, in its own labels."""
    queues = namespaces(inventory, "LocalQueue")
    for job in inventory.jobs:
        if not job.part.text_at("metadata", "labels", QUEUE_LABEL):
            yield from _misplaced(job)
            continue
        label = job.part.at("metadata", "labels", QUEUE_LABEL)
        where = queues.get(inventory.neighbourhood(job.part), {}).get(label.text, {})
        what = f"LocalQueue {label.text}"
        yield from strayed(inventory, label, job.part, job.name, what, where)
        operator = inventory.versions["mpi_operator"] if inventory.versions else LEAST_OPERATOR
        if release(operator) < release(LEAST_OPERATOR):
            yield Breach(
                label,
                f"Kueue needs MPI operator {LEAST_OPERATOR}, and this is {operator}",
                f"set versions.mpi_operator to {LEAST_OPERATOR} or newer",
            )


def _misplaced(job: MpiJob) -> Iterator[Breach]:
    for pod in (job.launcher, job.worker):
        if pod and pod.template.text_at("metadata", "labels", QUEUE_LABEL):
            yield Breach(
                pod.template.at("metadata", "labels", QUEUE_LABEL),
                f"the label is on a pod template, and Kueue looks at MPIJob {job.name} alone",
                "move it to metadata.labels of the MPIJob",
                key=True,
            )


@rule(
    "DT435",
    "error",
    symptom="Jobs wait for ever: Kueue says that the queue, the flavor or the priority class is "
    "not found.",
    remedy="name an object that is there",
    source="https://kueue.sigs.k8s.io/docs/concepts/cluster_queue/",
)
def objects_that_queues_name(inventory: Inventory) -> Iterator[Breach]:
    """What jobs in queues, queues and quotas name is there."""
    for kind, user, name in _references(inventory):
        there = inventory.beside(user, of_kueue(inventory, kind))
        known = {one.name: one.at("metadata", "name") for one in there}
        if not name.text or name.text in known:
            continue
        if near := meant(inventory, name.text, list(known)):
            yield Breach(
                name,
                f"there is no {kind} {name.text}, but one of the name {near}",
                f"set it to {near}",
                compared=(known[near],),
            )


def _references(inventory: Inventory) -> Iterator[tuple[str, Part, Part]]:
    """Yield what is named: the kind, the document that names it, and where."""
    for job in inventory.jobs:
        labels = job.part.at("metadata", "labels")
        yield "LocalQueue", job.part, labels[QUEUE_LABEL]
        yield "WorkloadPriorityClass", job.part, labels[PRIORITY_LABEL]
    for queue in inventory.of("LocalQueue"):
        yield "ClusterQueue", queue, queue.at("spec", "clusterQueue")
    for queue in inventory.of("ClusterQueue"):
        for group in queue.at("spec", "resourceGroups").items:
            for flavor in group["flavors"].items:
                yield "ResourceFlavor", queue, flavor["name"]
