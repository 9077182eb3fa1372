"""Jobs that fit no node group, or that the MPI operator would refuse."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dtemplates.settings.checks.problem import Problem, repeated, several
from dtemplates.settings.sizing import (
    accelerator,
    gpus_per_node,
    mpijob_version,
    named_group,
    shm_size,
    size,
)
from dtemplates.settings.unsizable import Unsizable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.jobs import Job
    from dtemplates.settings.root import Settings

    JobCheck = Callable[[Job, Path, Settings], Iterator[Problem]]

# Settings that MPIJob v1alpha1 has no field for (MPI operator 0.1.0, 2019-01-10).
_SINCE_V2 = (
    "gpus_per_worker",
    "slots_per_worker",
    "efa_per_worker",
    "clean_pod_policy",
    "active_deadline_seconds",
    "ttl_seconds_after_finished",
)
_SOURCES = ("host_path", "empty_dir", "claim_name", "config_map", "secret")


def _names(settings: Settings) -> Iterator[Problem]:
    yield from repeated((job.name for job in settings.jobs), ("jobs",), "job", "DT427")


def _each(settings: Settings) -> Iterator[Problem]:
    for number, job in enumerate(settings.jobs):
        for check in _JOB_CHECKS:
            yield from check(job, ("jobs", number), settings)


def _size(job: Job, path: Path, settings: Settings) -> Iterator[Problem]:
    try:
        workers = size(job, settings).workers
    except Unsizable as error:
        fields = ("gpus", "workers", "gpus_per_worker", "nodegroup")
        compared = (*_types(settings), *((*path, name) for name in fields))
        yield Problem((*path, error.field), str(error), error.remedy, compared, error.rule)
        return
    try:
        if job.launcher.nodegroup is not None:
            named_group(job.launcher.nodegroup, settings)
    except Unsizable as error:
        yield Problem((*path, "launcher", error.field), str(error), error.remedy, rule=error.rule)
    longest = f"{job.name}-worker-{workers - 1}"
    if len(longest) > 63:
        yield Problem(
            (*path, "name"),
            f"its last worker, {longest}, would have {len(longest)} characters; 63 are possible",
            f"shorten the name to {63 - len(longest) + len(job.name)} characters",
            rule="DT426",
        )


def _types(settings: Settings) -> Iterator[Path]:
    """Yield what a job's size depends on beside its own settings."""
    for number in range(len(settings.nodegroups)):
        for name in ("name", "instance_type", "instance_types"):
            yield ("nodegroups", number, name)


def _program(job: Job, path: Path, _: Settings) -> Iterator[Problem]:
    if not (job.command or job.args):
        yield Problem(path, f"job {job.name!r} runs nothing", "give command", ((*path, "command"),))


def _v1alpha1(job: Job, path: Path, settings: Settings) -> Iterator[Problem]:
    operator = settings.components["mpi_operator"]
    if mpijob_version(operator) != "v1alpha1":
        return
    message = f"MPI operator {operator} does not know this"
    remedy = "leave it out, or choose a newer versions.mpi_operator"
    for name in _SINCE_V2:
        if getattr(job, name) is not None:
            yield Problem((*path, name), message, remedy, (("stack",),))
    if job.launcher.is_given:
        yield Problem((*path, "launcher"), message, remedy, (("stack",),))
    with suppress(Unsizable):
        group = size(job, settings).nodegroup
        instance = accelerator(group, settings) if group else None
        if instance and instance.accelerators != gpus_per_node(settings):
            yield Problem(
                (*path, "nodegroup" if job.nodegroup else "gpus"),
                f"the operator gives each worker {gpus_per_node(settings)} GPUs, as the first "
                f"accelerated node group has; {instance.type} has {instance.accelerators}",
                "put the node group of the jobs first, and jobs of others into another cluster",
                (("stack",), *_types(settings)),
            )
    if job.gpus and job.workers:
        yield Problem(
            (*path, "workers"), "MPIJob v1alpha1 takes gpus or workers, not both", "leave one out"
        )
    if job.gpus and job.gpus not in (1, 2, 4) and job.gpus % 8:
        yield Problem(
            (*path, "gpus"),
            f"MPIJob v1alpha1 does not take {job.gpus} GPUs",
            "give 1, 2, 4 or a multiple of 8",
            (("stack",),),
        )


def _env(job: Job, path: Path, _: Settings) -> Iterator[Problem]:
    for name, variable in job.env.items():
        given = dict(variable)
        where: Path = (*path, "env", name)
        yield from several(where, given, "{} exclude each other", "give one of them")
        if all(value is None for value in given.values()):
            yield Problem(where, "has no value", 'give one, or "" for an empty one', (where,))


def _volumes(job: Job, path: Path, settings: Settings) -> Iterator[Problem]:
    where: Path = (*path, "volumes")
    yield from repeated((volume.name for volume in job.volumes), where, "volume", "DT428")
    taken = {"fsx": settings.fsx.mount_path} if settings.fsx else {}
    with suppress(Unsizable):
        if shm_size(job, size(job, settings), settings):
            taken["dshm"] = "/dev/shm"  # noqa: S108 (a mount path)
    if settings.fsx and len(set(taken.values())) < len(taken):
        yield Problem(
            ("fsx", "mount_path"),
            "is where workers have shared memory",
            "mount it elsewhere",
            rule="DT423",
        )
    mounts = dict(taken)
    for number, volume in enumerate(job.volumes):
        here: Path = (*where, number)
        given = {name: getattr(volume, name) for name in _SOURCES}
        yield from several(here, given, "{} exclude each other", "give one of them")
        if not any(given.values()) and volume.empty_dir is None:
            yield Problem(
                here, f"volume {volume.name!r} has no source", f"give one of {', '.join(_SOURCES)}"
            )
        if volume.name in taken:
            yield Problem(
                (*here, "name"),
                f"{volume.name!r} is the name of a volume of ours",
                "rename it",
                rule="DT428",
            )
        if volume.mount_path in mounts.values():
            yield Problem(
                (*here, "mount_path"),
                f"{volume.mount_path} is mounted twice",
                "mount it elsewhere",
                rule="DT423",
            )
        mounts[f"volumes.{number}"] = volume.mount_path


_JOB_CHECKS: tuple[JobCheck, ...] = (_size, _program, _v1alpha1, _env, _volumes)
CHECKS = (_names, _each)
