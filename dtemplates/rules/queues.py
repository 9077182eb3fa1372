"""Jobs that wait in Kueue's queues (DT420)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.rules.references import namespaces, strayed
from dtemplates.rules.rule import Breach, rule
from dtemplates.stacks import release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, MpiJob

_LABEL = "kueue.x-k8s.io/queue-name"
# The first MPI operator that leaves suspended jobs to Kueue (Kueue v0.19.2).
_OPERATOR = "0.8.0"


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
        if not job.part.text_at("metadata", "labels", _LABEL):
            yield from _misplaced(job)
            continue
        label = job.part.at("metadata", "labels", _LABEL)
        where = queues.get(inventory.neighbourhood(job.part), {}).get(label.text, {})
        what = f"LocalQueue {label.text}"
        yield from strayed(inventory, label, job.part, job.name, what, where)
        operator = inventory.versions["mpi_operator"] if inventory.versions else _OPERATOR
        if release(operator) < release(_OPERATOR):
            yield Breach(
                label,
                f"Kueue needs MPI operator {_OPERATOR}, and this is {operator}",
                f"set versions.mpi_operator to {_OPERATOR} or newer",
            )


def _misplaced(job: MpiJob) -> Iterator[Breach]:
    for pod in (job.launcher, job.worker):
        if pod and pod.template.text_at("metadata", "labels", _LABEL):
            yield Breach(
                pod.template.at("metadata", "labels", _LABEL),
                f"the label is on a pod template, and Kueue looks at MPIJob {job.name} alone",
                "move it to metadata.labels of the MPIJob",
                key=True,
            )
