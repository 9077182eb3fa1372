"""mpirun, and the slots that it finds (DT401 to DT403)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import NVIDIA
from dtemplates.rules.rule import Breach, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, MpiJob, Part

# Programs that start one process for each GPU by themselves, so that mpirun starts one of each.
_STARTERS = ("torchrun", "torch.distributed", "accelerate", "deepspeed", "lightning", "fabric")
# Options of Open MPI that name hosts and slots other than the operator's, or ignore them.
_OTHER_SLOTS = ("-H", "-host", "--host", "-hostfile", "--hostfile", "-machinefile", "--machinefile")
# Options that tell how many processes a node gets, whatever its slots.
_PER_NODE = ("-N", "-npernode", "--npernode", "-ppn", "--ppn")


@rule(
    "DT401",
    "warning",
    symptom="mpirun says `There are not enough slots available`, or GPUs have nothing to do: the "
    "operator takes 1 where slotsPerWorker is missing.",
    remedy="set slotsPerWorker to the GPUs of a worker",
    source="https://github.com/kubeflow/mpi-operator/issues/680",
)
def a_slot_for_each_gpu(inventory: Inventory) -> Iterator[Breach]:
    """A worker has one slot for each of its GPUs."""
    for job in inventory.jobs:
        gpus, slots, workers = _gpus(job), _slots(job), _workers(job)
        if job.version == "v1alpha1" or not (job.runs_mpirun and gpus) or slots in (None, gpus):
            continue
        if job.np and workers and job.np[0] > workers * (slots or 0) and _counts_slots(job):
            # More than a warning: mpirun fails.
            continue
        # One process on each worker, which uses all its GPUs, is told by slots and -np together.
        alone = slots == 1 and job.slots and job.np and job.np[0] == workers
        if alone or _starts_its_own(job):
            continue
        told = (
            f"slotsPerWorker is {slots}" if job.slots else "slotsPerWorker is missing, which is 1"
        )
        asked = job.worker.accelerators if job.worker else None
        yield Breach(
            job.slots if job.slots else job.part["spec"],
            f"{told}, and each worker of {job.name} has {gpus} GPUs",
            f"set slotsPerWorker to {gpus}",
            compared=(asked[1],) if asked else (),
        )


@rule(
    "DT402",
    "error",
    symptom="mpirun ends at once: `There are not enough slots available in the system to satisfy "
    "the slots that were requested`.",
    remedy="set -np to the workers times slotsPerWorker",
    source="https://github.com/open-mpi/ompi/issues/3133",
)
def no_more_processes_than_slots(inventory: Inventory) -> Iterator[Breach]:
    """A job starts no more processes than there are slots."""
    for job in inventory.jobs:
        total = _total(job) if job.np else None
        if job.np is None or total is None or job.np[0] <= total or not _counts_slots(job):
            continue
        np, part = job.np
        gpus = _gpus(job)
        # As many as there are GPUs: then the slots are too few.
        meant = gpus and job.version != "v1alpha1" and np == gpus * (_workers(job) or 0)
        yield Breach(
            job.slots if meant and job.slots else part,
            f"mpirun is to start {np} processes, and {_spread(job)}",
            f"set slotsPerWorker to {gpus}" if meant else f"set -np to {total}",
            compared=(part, *_sizes(job)),
        )


@rule(
    "DT403",
    "warning",
    symptom="The job runs on a part of the GPUs that it holds; the others are idle, and paid.",
    remedy="set -np to the workers times slotsPerWorker, or ask for fewer workers",
    source="https://github.com/kubeflow/mpi-operator/blob/master/README.md",
)
def a_process_for_each_slot(inventory: Inventory) -> Iterator[Breach]:
    """A job starts a process for each slot of workers with GPUs."""
    for job in inventory.jobs:
        total, gpus = _total(job) if job.np else None, _gpus(job)
        if job.np is None or total is None or not gpus:
            continue
        np, part = job.np
        few = np < total and (_slots(job) or 0) <= gpus
        if few and _counts_slots(job) and not (_starts_its_own(job) or _tells_per_node(job)):
            yield Breach(
                part,
                f"mpirun is to start {np} processes, and {_spread(job)}",
                f"set -np to {total}, or ask for fewer workers",
                compared=_sizes(job),
            )


def _gpus(job: MpiJob) -> int:
    """Return the GPUs of a worker."""
    if job.version == "v1alpha1" and job.part.at("spec", "gpus").number:
        # How many of them a worker gets is an option of the operator.
        return 1
    asked = job.worker.accelerators if job.worker else None
    return asked[2] if asked and asked[0] == NVIDIA else 0


def _slots(job: MpiJob) -> int | None:
    """Return the slots of a worker; None where they are no number."""
    if job.version == "v1alpha1":
        return _gpus(job) or None
    return job.slots.number or None if job.slots else 1


def _workers(job: MpiJob) -> int | None:
    """Return how many workers have slots, the launcher among them where it is one."""
    gpus = job.part.at("spec", "gpus").number if job.version == "v1alpha1" else None
    replicas = gpus or job.replicas.number
    as_worker = job.part.at("spec", "runLauncherAsWorker").is_true
    return replicas + as_worker if replicas and replicas > 0 else None


def _total(job: MpiJob) -> int | None:
    slots, workers = _slots(job), _workers(job)
    return slots * workers if slots and slots > 0 and workers else None


def _spread(job: MpiJob) -> str:
    workers, slots = _workers(job), _slots(job)
    if job.version == "v1alpha1" and job.part.at("spec", "gpus").number:
        return f"{workers} GPUs are {workers} slots"
    return f"{workers} workers of {slots} slots have {_total(job)}"


def _sizes(job: MpiJob) -> tuple[Part, ...]:
    found = (job.slots, job.replicas, job.part.at("spec", "gpus"))
    return tuple(part for part in found if part)


def _counts_slots(job: MpiJob) -> bool:
    """Return whether mpirun keeps to the slots that the operator tells it: Open MPI alone does."""
    words = [word for word, _ in job.words]
    if job.part.at("spec", "mpiImplementation").text not in ("", "OpenMPI"):
        return False
    if any("oversubscribe" in word.lower() or "hydra" in word for word in words):
        return False
    return not any(word in _OTHER_SLOTS or word == ":" or "horovodrun" in word for word in words)


def _tells_per_node(job: MpiJob) -> bool:
    return any(word in _PER_NODE or "ppr:" in word for word, _ in job.words)


def _starts_its_own(job: MpiJob) -> bool:
    """Return whether the program that mpirun starts is one that starts others."""
    return any(
        word.startswith(_STARTERS) or word.rpartition("/")[2] in _STARTERS for word, _ in job.words
    )
