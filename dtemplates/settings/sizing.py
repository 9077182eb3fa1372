"""How a job spreads over nodes: workers, processes, accelerators, EFA, memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from dtemplates import quantities
from dtemplates.instance_types import InstanceType, instance_type
from dtemplates.settings.unsizable import Unsizable, too_large, uneven, unspread
from dtemplates.stacks import release

if TYPE_CHECKING:
    from dtemplates.settings.jobs import Job
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings

MpiJobVersion = Literal["v1alpha1", "v2beta1"]


# Labels that EKS, eksctl and the kubelet give to nodes, whose values tell their group or type.
_GROUP_LABELS = ("alpha.eksctl.io/nodegroup-name", "eks.amazonaws.com/nodegroup")
_TYPE_LABELS = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
# /dev/shm as a part of the memory, for NCCL and data loaders; the runtime's own is 64 MiB.
_SHM_SHARE = 8


class Size(NamedTuple):
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
    return settings.known(_accelerator, group)


def _accelerator(group: NodeGroup, settings: Settings) -> InstanceType | None:
    rows = [instance_type(name, settings.instance_types) for name in group.types]
    known = [row for row in rows if row and row.accelerators]
    if not known:
        return None
    least = min(row.memory_gib for row in known)
    efa = min((row.efa for row in known if row.efa is not None), default=None)
    return known[0]._replace(memory_gib=least, efa=efa)


def gpus_per_node(settings: Settings) -> int:
    """Return the GPUs that the classic operator gives each worker, whatever its job.

    It is what the first accelerated node group has; 8, as in the operator's own manifest, without.
    """
    found = (accelerator(group, settings) for group in settings.nodegroups)
    return next((instance.accelerators for instance in found if instance), 8)


def size(job: Job, settings: Settings) -> Size:
    """Return how the job spreads. Raises `Unsizable`."""
    return settings.known(_size, job)


def _size(job: Job, settings: Settings) -> Size:
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
        raise unspread(
            job.nodegroup,
            gpus,
            named_group(job.nodegroup, settings).types if job.nodegroup else (),
            [one.name for one in settings.nodegroups if accelerator(one, settings)],
        )
    if per_node and per_worker > per_node:
        raise too_large(job, gpus, per_worker, per_node, instance.type if instance else "")
    if gpus % per_worker or (job.workers and job.workers * per_worker != gpus):
        raise uneven(job, gpus, per_worker)
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
    # What is in it counts as memory of the container.
    limit = float(quantities.gib(job.limits["memory"])) if "memory" in job.limits else None
    most = spread.memory_gib if limit is None else min(spread.memory_gib, limit)
    return f"{max(1, int(min(spread.memory_gib / _SHM_SHARE, most)))}Gi"


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
        return next((one for one in settings.nodegroups if _selects(job, one)), None)
    wants_gpus = job.gpus is not None or job.gpus_per_worker is not None
    for group in settings.nodegroups:
        if (accelerator(group, settings) is not None) == wants_gpus:
            return group
    return None


def _selects(job: Job, group: NodeGroup) -> bool:
    """Return whether a job's node_selector names the group: by labels that its nodes have."""
    known = node_labels(group)
    asked = [
        (value, known[key]) for key, value in (job.node_selector or {}).items() if key in known
    ]
    return bool(asked) and all(value in values for value, values in asked)


def node_labels(group: NodeGroup) -> dict[str, tuple[str, ...]]:
    """Return the labels of a group's nodes, as far as they are known, each with its values."""
    known: dict[str, tuple[str, ...]] = dict.fromkeys(_GROUP_LABELS, (group.name,))
    known |= {label: group.types for label in _TYPE_LABELS if group.types}
    return known | {key: (value,) for key, value in group.labels.items()}
