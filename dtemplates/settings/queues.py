"""Which queues there are, and by which labels Kueue knows the jobs in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dtemplates.settings.jobs import Job
    from dtemplates.settings.root import Settings

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
PRIORITY_LABEL = "kueue.x-k8s.io/priority-class"
# Kueue v0.19.2: the first Kubernetes that it runs on, and the first MPI operator that leaves
# suspended jobs to it.
LEAST_KUBERNETES, LEAST_OPERATOR = "1.29", "0.8.0"


def queue_of(job: Job) -> str | None:
    """Return the queue that a job waits in, by its setting or by a label; None where in none."""
    return job.queue or job.labels.get(QUEUE_LABEL)


def queues(settings: Settings) -> list[str]:
    """Return the LocalQueues there are to be: those of the settings, and those that jobs name."""
    listed = settings.kueue.queues if settings.kueue else ()
    named = (queue_of(job) for job in settings.jobs)
    return list(dict.fromkeys([*listed, *(name for name in named if name)]))


def kueue_labels(job: Job) -> dict[str, str]:
    """Return the labels by which Kueue knows a job."""
    given = {QUEUE_LABEL: job.queue, PRIORITY_LABEL: job.priority}
    return {label: name for label, name in given.items() if name}


def flavor(nodegroup: str) -> str:
    """Return the name of a node group's ResourceFlavor: Kubernetes takes no capital letters."""
    return nodegroup.lower()
