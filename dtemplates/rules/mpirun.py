"""mpirun, and the slots that it finds (DT401 to DT403)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import NVIDIA
from dtemplates.rules.accelerators import lacks_nodes, lacks_room
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import several, terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, MpiJob, Part
    from dtemplates.inventory.mpirun import Mpirun

# Programs that start one process for each GPU by themselves, so that mpirun starts one of each.
_STARTERS = ("torchrun", "torch.distributed", "accelerate", "deepspeed", "lightning", "fabric")
# Options of Open MPI that name hosts and slots, and the file of the operator's own.
_HOSTS = ("H", "host", "hostfile", "machinefile", "default-hostfile")
_OF_OPERATOR = "/etc/mpi/hostfile"
# Options that tell how many processes a node gets, whatever its slots.
_PER_NODE = ("N", "npernode", "pernode", "ppn", "perhost")
_MAPPING = ("map-by", "mapby")
# Variables of Open MPI 4 and 5 by which mpirun may ignore slots too.
_POLICIES = ("_rmaps_base_oversubscribe", "_rmaps_default_mapping_policy")


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
        gpus, slots = _gpus(job), _slots(job)
        if job.version == "v1alpha1" or not gpus or slots in (None, gpus) or not job.mpirun:
            continue
        workers, np = _workers(job), job.np
        if np and workers and np > workers * (slots or 0) and _counts_slots(job):
            # More than a warning: mpirun fails.
            continue
        # One process on each worker, which uses all its GPUs, is told by slots and -np together.
        alone = slots == 1 and job.slots and np is not None and np == workers
        # That there are no such nodes is told of the GPUs.
        if alone or _starts_its_own(job) or (job.worker and lacks_nodes(inventory, job.worker)):
            continue
        told = (
            f"slotsPerWorker is {slots}" if job.slots else "slotsPerWorker is missing, which is 1"
        )
        yield Breach(
            job.slots,
            f"{told}, and each worker of {job.name} has {several(gpus, 'GPU')}",
            f"set {terms(inventory, job.slots)['slots']} to {gpus}",
            compared=_sizes(job),
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
        np = job.np
        total = _total(job) if np else None
        if np is None or total is None or np <= total or not _counts_slots(job):
            continue
        part = job.np_part
        gpus = _gpus(job)
        # As many as there are GPUs: then the slots are too few.
        meant = gpus and job.version != "v1alpha1" and np == gpus * (_workers(job) or 0)
        blamed = job.slots if meant else part
        words = terms(inventory, blamed)
        yield Breach(
            blamed,
            f"mpirun is to start {several(np, 'process')}, and {_spread(job)}",
            f"set {words['slots']} to {gpus}" if meant else f"set {words['np']} to {total}",
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
        np, gpus = job.np, _gpus(job)
        total = _total(job) if gpus and np is not None else None
        if np is None or total is None:
            continue
        few = np < total and (_slots(job) or 0) <= gpus and all(one.np for one in job.calls)
        if not few or not _counts_slots(job) or _starts_its_own(job) or _tells_per_node(job):
            continue
        # Of workers that there is no room for, there are too many already.
        if job.worker is None or not lacks_room(inventory, job.worker):
            yield Breach(
                job.np_part,
                f"mpirun is to start {several(np, 'process')}, and {_spread(job)}",
                f"set {terms(inventory, job.np_part)['np']} to {total}, or ask for fewer workers",
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
    as_worker = job.part.value_at("spec", "runLauncherAsWorker") is True
    return replicas + as_worker if replicas and replicas > 0 else None


def _total(job: MpiJob) -> int | None:
    slots, workers = _slots(job), _workers(job)
    return slots * workers if slots and slots > 0 and workers else None


def _spread(job: MpiJob) -> str:
    workers, slots = _workers(job) or 0, _slots(job) or 0
    if job.version == "v1alpha1" and job.part.at("spec", "gpus").number:
        return f"{several(workers, 'GPU')} {'is' if workers == 1 else 'are'} as many slots"
    have = "has" if workers == 1 else "have"
    return f"{several(workers, 'worker')} of {several(slots, 'slot')} {have} {workers * slots}"


def _sizes(job: MpiJob) -> tuple[Part, ...]:
    asked = job.worker.accelerators if job.worker else None
    found = (job.slots, job.replicas, job.part.at("spec", "gpus"))
    return (*found, asked[1]) if asked else found


def _counts_slots(job: MpiJob) -> bool:
    """Return whether mpirun keeps to the slots that the operator tells it: Open MPI alone does."""
    call = job.mpirun
    if call is None or job.part.at("spec", "mpiImplementation").text not in ("", "OpenMPI"):
        return False
    if call.program.endswith(("hydra", "horovodrun")) or ":" in job.words:
        return False
    if any(option.values[0] != _OF_OPERATOR for option in call.named(*_HOSTS)):
        return False
    return not (_oversubscribes(call) or any(_ignores_slots(*one) for one in _variables(job)))


def _oversubscribes(call: Mpirun) -> bool:
    values = (option.values[-1] for option in call.named(*_MAPPING))
    return any(call.named("oversubscribe")) or any("oversubscribe" in one.lower() for one in values)


def _variables(job: MpiJob) -> Iterator[tuple[str, str]]:
    """Yield name and value of what tells Open MPI how to map, beside its own options."""
    for option in job.mpirun.options if job.mpirun else ():
        if len(option.values) == 2:
            yield f"_{option.values[0]}", option.values[1]
    for name, part in job.launcher.env if job.launcher else ():
        yield name, part.text


def _ignores_slots(name: str, value: str) -> bool:
    return name.endswith(_POLICIES) and (value in ("1", "true") or "oversubscribe" in value.lower())


def _tells_per_node(job: MpiJob) -> bool:
    call = job.mpirun
    if call is None:
        return False
    values = (option.values[-1] for option in call.named(*_MAPPING))
    return any(call.named(*_PER_NODE)) or any("ppr:" in value for value in values)


def _starts_its_own(job: MpiJob) -> bool:
    """Return whether the program that mpirun starts is one that starts others."""
    return any(
        word.startswith(_STARTERS) or word.rpartition("/")[2] in _STARTERS for word in job.words
    )
