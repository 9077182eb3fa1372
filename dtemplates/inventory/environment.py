"""Environment variables that processes get: of containers, and of mpirun's command line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory
    from dtemplates.inventory.mpijobs import MpiJob
    from dtemplates.inventory.parts import Part
    from dtemplates.inventory.pods import Pod


def environment(inventory: Inventory, name: str) -> Iterator[tuple[Pod, str, Part]]:
    """Yield each value of a variable, with the pod whose processes get it and its place.

    What an MPIJob's launcher has or passes on is meant for the workers.
    """
    for job in inventory.jobs:
        pod = job.worker or job.launcher
        if pod is None:
            continue
        if job.launcher and job.launcher is not job.worker:
            for value in job.launcher.env(name):
                yield pod, value.text, value
        for value_text, part in _passed(job, name):
            yield pod, value_text, part
    for pod in inventory.pods:
        if pod.owner.kind != "MPIJob" or pod.role != "Launcher":
            for value in pod.env(name):
                yield pod, value.text, value


def _passed(job: MpiJob, name: str) -> Iterator[tuple[str, Part]]:
    """Yield what mpirun's -x sets the variable to, or hydra's -genv."""
    for (option, _), (word, part) in pairwise(job.words):
        key, equals, value = word.partition("=")
        if option == "-x" and equals and key == name:
            yield value, part
    triples = zip(job.words, job.words[1:], job.words[2:], strict=False)
    for (option, _), (key, _), (value, part) in triples:
        if option in ("-genv", "-env") and key == name:
            yield value, part


def mca(job: MpiJob, parameter: str) -> Iterator[tuple[str, Part]]:
    """Yield the values of an MCA parameter of Open MPI on the command line, with their places."""
    triples = zip(job.words, job.words[1:], job.words[2:], strict=False)
    for (option, _), (key, _), (value, part) in triples:
        if option in ("--mca", "-mca") and key == parameter:
            yield value, part
