"""How a job spreads over nodes: workers, processes, accelerators, EFA, memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from dtemplates.findings import SETTINGS
from dtemplates.instance_types import InstanceType, instance_type
from dtemplates.stacks import release

if TYPE_CHECKING:
    from dtemplates.settings.jobs import Job
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings

MpiJobVersion = Literal["v1alpha1", "v2beta1"]


class Unsizable(Exception):
    """A job that fits nowhere; `field` is the setting to blame, `rule` the rule that it breaks."""

    def __init__(self, field: str, message: str, remedy: str, rule: str = SETTINGS) -> None:
        super().__init__(message)
        self.field, self.remedy, self.rule = field, remedy, rule


# /dev/shm as a part of the memory, for NCCL and data loaders; the runtime's own is 64 MiB.
_SHM_SHARE = 8


@dataclass(frozen=True)
class Size:
    """A job's spread; `share` is a worker's part of its node, and memory in GiB goes with it."""

    nodegroup: NodeGroup | None
    workers: int
    slots_per_worker: int
    accelerators_per_worker: int
    resource: str
    efa_per_worker: int
    share: float
    memory_gib: float

    @property
    def np(self) -> int:
        """Processes in all."""
        return self.workers * self.slots_per_worker


def mpijob_version(operator: str) -> MpiJobVersion | None:
    """Return the MPIJob version that an operator of this version runs and that is rendered here.

    0.1 runs v1alpha1; 0.4 and later run v2beta1 (kubeflow/mpi-operator, 2026-07-02).
    """
    if release(operator) < (0, 2):
        return "v1alpha1"
    return "v2beta1" if release(operator) >= (0, 4) else None


def accelerator(group: NodeGroup, settings: Settings) -> InstanceType | None:
    """Return the group's instance type where it is known and has accelerators.

    Of several it is the first, with the memory and EFA of whichever has least of them.
    """
    rows = [instance_type(name, settings.instance_types) for name in group.types]
    known = [row for row in rows if row and row.accelerators]
    if not known:
        return None
    least = min(row.memory_gib for row in known)
    efa = min((row.efa for row in known if row.efa is not None), default=None)
    return replace(known[0], memory_gib=least, efa=efa)


def gpus_per_node(settings: Settings) -> int:
    """Return the GPUs that the classic operator gives each worker, whatever its job.

    It is what the first accelerated node group has; 8, as in the operator's own manifest, without.
    """
    found = (accelerator(group, settings) for group in settings.nodegroups)
    return next((instance.accelerators for instance in found if instance), 8)


def size(job: Job, settings: Settings) -> Size:
    """Return how the job spreads. Raises `Unsizable`."""
    group = _group(job, settings)
    instance = accelerator(group, settings) if group else None
    gpus = job.gpus
    if gpus is None and job.workers and job.gpus_per_worker:
        gpus = job.workers * job.gpus_per_worker
    if gpus is None:
        return _without_accelerators(job, group, instance)
    per_node = instance.accelerators if instance else None
    per_worker = job.gpus_per_worker or _even_share(gpus, job.workers)
    if per_worker is None and per_node:
        per_worker = min(gpus, per_node)
    if per_worker is None:
        raise Unsizable(
            "gpus",
            f"nothing tells how {gpus} accelerators spread over nodes",
            "give gpus_per_worker, or a node group of an instance type with accelerators",
        )
    if per_node and per_worker > per_node:
        raise Unsizable(
            "gpus_per_worker",
            f"a worker of {per_worker} accelerators fits no {instance.type if instance else ''}, "
            f"which has {per_node}",
            f"set gpus_per_worker to {per_node} or less",
            "DT404",
        )
    if gpus % per_worker or (job.workers and job.workers * per_worker != gpus):
        raise Unsizable("gpus", *_uneven(gpus, job.workers, per_worker))
    share = per_worker / per_node if per_node else 0
    return Size(
        nodegroup=group,
        workers=gpus // per_worker,
        slots_per_worker=job.slots_per_worker or per_worker,
        accelerators_per_worker=per_worker,
        resource=instance.resource if instance else "nvidia.com/gpu",
        efa_per_worker=_efa(job, group, instance, share),
        share=share or 1,
        memory_gib=instance.memory_gib * share if instance else 0,
    )


def _even_share(gpus: int, workers: int | None) -> int | None:
    return gpus // workers if workers and gpus % workers == 0 else None


def _without_accelerators(job: Job, group: NodeGroup | None, instance: InstanceType | None) -> Size:
    if job.workers is None:
        raise Unsizable("name", f"job {job.name!r} has no size", "give gpus, or workers")
    return Size(
        nodegroup=group,
        workers=job.workers,
        slots_per_worker=job.slots_per_worker or 1,
        accelerators_per_worker=0,
        resource="",
        efa_per_worker=_efa(job, group, instance, 1) if job.efa_per_worker else 0,
        share=1,
        # How much of a node a program without accelerators wants, nothing tells.
        memory_gib=0,
    )


def _uneven(gpus: int, workers: int | None, per_worker: int) -> tuple[str, str]:
    if workers:
        return (
            f"{gpus} accelerators are not {workers} workers of {per_worker}",
            f"set gpus to {workers * per_worker}, or leave workers out",
        )
    divisor = next(count for count in range(per_worker, 0, -1) if gpus % count == 0)
    below = gpus // per_worker * per_worker
    fitting = [str(size) for size in (below, below + per_worker) if size]
    return (
        f"{gpus} accelerators do not fill workers of {per_worker}",
        f"set gpus to {' or '.join(fitting)}, or gpus_per_worker to {divisor}",
    )


def _efa(job: Job, group: NodeGroup | None, instance: InstanceType | None, share: float) -> int:
    if job.efa_per_worker is not None:
        asked = job.efa_per_worker
        if instance and instance.efa is not None and asked > instance.efa:
            raise Unsizable(
                "efa_per_worker",
                f"{asked} EFA interfaces are more than the {instance.efa} of {instance.type}",
                f"set it to {instance.efa} or less",
                "DT407",
            )
        return job.efa_per_worker
    if not (group and group.efa and instance and instance.efa):
        return 0
    return int(instance.efa * share)


def shm_size(job: Job, spread: Size, settings: Settings) -> str | None:
    """Return the size of the /dev/shm that a job's workers get; None where they get none."""
    if job.shm_size is not None:
        return None if job.shm_size == "0" else job.shm_size
    if mpijob_version(settings.components["mpi_operator"]) == "v1alpha1" or not spread.memory_gib:
        return None
    return f"{max(1, int(spread.memory_gib / _SHM_SHARE))}Gi"


def named_group(name: str, settings: Settings) -> NodeGroup:
    """Return the node group of this name. Raises `Unsizable`."""
    for group in settings.nodegroups:
        if group.name == name:
            return group
    known = ", ".join(group.name for group in settings.nodegroups) or "none"
    raise Unsizable("nodegroup", f"there is no node group {name!r}", f"there is: {known}", "DT406")


def _group(job: Job, settings: Settings) -> NodeGroup | None:
    """Return the node group that the job names, or the first that fits it."""
    if job.nodegroup is not None:
        return named_group(job.nodegroup, settings)
    if job.node_selector is not None:
        return None
    wants_gpus = job.gpus is not None or job.gpus_per_worker is not None
    for group in settings.nodegroups:
        if (accelerator(group, settings) is not None) == wants_gpus:
            return group
    return None
