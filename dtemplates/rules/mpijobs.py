"""MPIJobs that fail at their start or hang at their end (DT416 to DT418, DT426, DT433)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.rules.rule import Breach, rule
from dtemplates.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.inventory import Inventory, MpiJob, Part

_LONGEST = 63
_ROLES = ("Launcher", "Worker")
_POLICIES = ("None", "Running", "All")
# Programs of which one can tell that they start no sshd, unless their words say so.
_SHELLS = ("sh", "bash")
_PROGRAMS = (*_SHELLS, "sleep", "tail", "python", "python3", "cat", "torchrun", "mpirun")
_IDLE = ("sleep ", "tail -f", "tail -F", "while true", "while :")
_MANY_RETRIES = 10
# What a launcher that waits for its workers by itself has in its script.
_WAITING = ("until ", "sleep ", "wait", "while ")


@rule(
    "DT416",
    "warning",
    symptom="When the job has ended its workers run on, and keep their GPUs: the operator leaves "
    "all pods as they are unless it is told otherwise.",
    remedy="set cleanPodPolicy of the runPolicy to Running",
    source="https://github.com/kubeflow/mpi-operator/blob/master/pkg/apis/kubeflow/v2beta1/default.go",
)
def workers_go_after_the_end(inventory: Inventory) -> Iterator[Breach]:
    """A job with GPUs tells what becomes of its workers when it has ended."""
    for job in inventory.jobs:
        asked = job.worker.accelerators if job.worker else None
        spec = job.part["spec"]
        if job.version not in ("v2beta1", "v1alpha2") or spec["cleanPodPolicy"]:
            continue
        if asked and not spec.at("runPolicy", "cleanPodPolicy"):
            above = () if job.version == "v1alpha2" else ("runPolicy",)
            path = (*above, "cleanPodPolicy")
            yield Breach(
                spec.at(*path),
                f"cleanPodPolicy is missing, so that the workers of {job.name} keep their "
                f"{asked[2]} {asked[0]} each",
                f"set {'.'.join(path)} to Running",
                compared=(asked[1], spec["runPolicy"]),
            )


@rule(
    "DT417",
    "warning",
    symptom="mpirun starts while workers still pull their image: ssh is refused, or their names "
    "are not known, and the launcher fails until all of them run or its retries are used up.",
    remedy="set launcherCreationPolicy to WaitForWorkersReady",
    source="https://github.com/kubeflow/mpi-operator/issues/386",
)
def launcher_waits_for_workers(inventory: Inventory) -> Iterator[Breach]:
    """The launcher of several workers starts when they are ready."""
    for job in inventory.jobs:
        policy = job.part.at("spec", "launcherCreationPolicy")
        if job.version != "v2beta1" or policy.text == "WaitForWorkersReady":
            continue
        workers = job.replicas.number
        if workers and workers > 1 and job.launcher and not _waits(job):
            yield Breach(
                policy,
                f"the launcher of {job.name} does not wait for its {workers} workers",
                compared=(job.replicas,),
            )


def _waits(job: MpiJob) -> bool:
    """Return whether the launcher waits by itself, as far as its script shows."""
    launcher = job.launcher
    assert launcher is not None
    # With so many retries it is meant to start anew until all workers are there.
    if (job.part.at("spec", "runPolicy", "backoffLimit").number or 0) >= _MANY_RETRIES:
        return True
    if launcher.spec["initContainers"].items or not job.calls:
        return True
    scripts = _words(launcher.containers)
    return any(sign in script for script in scripts for sign in _WAITING)


@rule(
    "DT418",
    "warning",
    symptom="mpirun cannot reach the workers: `ssh: connect to host … port 22: Connection "
    "refused`. The operator starts sshd only in workers without a command.",
    remedy="leave out the worker's command, or let it start sshd: /usr/sbin/sshd -De",
    source="https://github.com/kubeflow/mpi-operator/issues/467",
)
def workers_run_sshd(inventory: Inventory) -> Iterator[Breach]:
    """The command of a worker starts sshd."""
    for job in inventory.jobs:
        if job.version != "v2beta1" or not job.worker or not job.calls:
            continue
        container = next(iter(job.worker.containers), None)
        command = container["command"] if container else None
        if not container or not command or not command.texts:
            continue
        words = _words([container])
        program = words[0].rpartition("/")[2]
        script = " ".join(words)
        idle = program not in _SHELLS or any(sign in script for sign in _IDLE)
        # What a script of the image does, nobody can see from here.
        hidden = any(sign in script for sign in ("ssh", ".sh", "entrypoint"))
        if program in _PROGRAMS and idle and not hidden:
            yield Breach(
                command,
                f"workers of {job.name} run {program}, and no sshd for mpirun to reach them by",
            )


@rule(
    "DT426",
    "error",
    symptom="The operator refuses the job in an event, or its last pods are never made: a pod's "
    "host name has 63 characters at most.",
    remedy="shorten the job's name",
    source="https://github.com/kubeflow/mpi-operator/blob/master/pkg/apis/kubeflow/validation/validation.go",
)
def names_of_workers(inventory: Inventory) -> Iterator[Breach]:
    """The name of a job's last worker has no more than 63 characters."""
    for job in inventory.jobs:
        workers = job.replicas.number or 1
        last = f"{job.name}-worker-{workers - 1}"
        too_many = len(last) - _LONGEST
        if too_many > 0:
            yield Breach(
                job.part.at("metadata", "name"),
                f"its last worker, {last}, would have {len(last)} characters",
                f"shorten the name to {len(job.name) - too_many} characters",
                compared=(job.replicas,) if job.replicas else (),
            )


@rule(
    "DT433",
    "error",
    symptom="The operator refuses the job in an event, or leaves out what it does not know.",
    remedy="spell the field as the operator does",
    source="https://github.com/kubeflow/mpi-operator/blob/v0.3.0/pkg/apis/kubeflow/v1/types.go",
)
def fields_of_older_versions(inventory: Inventory) -> Iterator[Breach]:
    """MPIJobs of v1alpha2 and v1 have a launcher, workers and a policy that there is."""
    for job in inventory.jobs:
        # All other versions have a schema.
        if job.version not in ("v1alpha2", "v1"):
            continue
        spec = job.part["spec"]
        roles = spec["mpiReplicaSpecs"].fields
        for role, part in roles.items():
            if role not in _ROLES:
                near = nearest(role, _ROLES)
                yield Breach(
                    part,
                    f"{role} is none of {' and '.join(_ROLES)}",
                    f"did you mean {near!r}?" if near else "",
                    key=True,
                )
        for policy in (spec["cleanPodPolicy"], spec.at("runPolicy", "cleanPodPolicy")):
            if policy.text and policy.text not in _POLICIES:
                yield Breach(
                    policy,
                    f"cleanPodPolicy is {policy.text}, and can be {', '.join(_POLICIES)}",
                    "set it to Running",
                )


def _words(containers: Iterable[Part]) -> list[str]:
    return [
        word
        for container in containers
        for field in ("command", "args")
        for word in container[field].texts
    ]
