"""Environment variables that processes get: of containers, and of mpirun's command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.inventory.mpijobs import MpiJob
    from dtemplates.inventory.parts import Part
    from dtemplates.inventory.pods import Pod


def environment(
    jobs: Iterable[MpiJob], pods: Iterable[Pod]
) -> dict[str, list[tuple[Pod, str, Part]]]:
    """Return by name each value of a variable, the pod whose processes get it, and its place.

    What an MPIJob's launcher has or passes on is meant for the workers.
    """
    found: dict[str, list[tuple[Pod, str, Part]]] = {}
    for job in jobs:
        pod = job.worker or job.launcher
        if pod is None:
            continue
        if job.launcher and job.launcher is not job.worker:
            for name, part in job.launcher.env:
                found.setdefault(name, []).append((pod, part.text, part))
        for name, value, part in _passed(job):
            found.setdefault(name, []).append((pod, value, part))
    for pod in pods:
        if pod.kind != "MPIJob" or pod.role != "Launcher":
            for name, part in pod.env:
                found.setdefault(name, []).append((pod, part.text, part))
    return found


def _passed(job: MpiJob) -> Iterator[tuple[str, str, Part]]:
    """Yield what mpirun's -x sets variables to, or hydra's -genv."""
    for call in job.calls:
        for one in call.named("x"):
            name, equals, value = one.values[-1].partition("=")
            if equals:
                yield name, value, job.place(one.number)
        for one in call.named("genv", "env"):
            yield one.values[0], one.values[-1], job.place(one.number)


def mca(job: MpiJob, parameter: str) -> Iterator[tuple[str, Part]]:
    """Yield the values of an MCA parameter of Open MPI on the command line, with their places."""
    for call in job.calls:
        for one in call.named("mca", "gmca"):
            if one.values[0] == parameter:
                yield one.values[-1], job.place(one.number)
