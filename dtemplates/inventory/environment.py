"""Environment variables that processes get: of containers, and of mpirun's command line."""

from __future__ import annotations

from itertools import pairwise
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
    for (option, _), (word, part) in pairwise(job.words):
        name, equals, value = word.partition("=")
        if option == "-x" and equals:
            yield name, value, part
    triples = zip(job.words, job.words[1:], job.words[2:], strict=False)
    for (option, _), (name, _), (value, part) in triples:
        if option in ("-genv", "-env"):
            yield name, value, part


def mca(job: MpiJob, parameter: str) -> Iterator[tuple[str, Part]]:
    """Yield the values of an MCA parameter of Open MPI on the command line, with their places."""
    triples = zip(job.words, job.words[1:], job.words[2:], strict=False)
    for (option, _), (key, _), (value, part) in triples:
        if option in ("--mca", "-mca") and key == parameter:
            yield value, part
