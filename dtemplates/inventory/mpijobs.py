"""MPIJobs of every version: their workers, slots and the mpirun that starts them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dtemplates.inventory.parts import Part
    from dtemplates.inventory.pods import Pod

_MPIRUN = ("mpirun", "mpiexec", "mpiexec.hydra", "orterun", "horovodrun")
_SPACE = re.compile(r"[ \n\t]")
_NP = ("-np", "--np", "-n", "-c")


@dataclass(frozen=True)
class MpiJob:
    """An MPIJob; v1alpha1 has one template, all later versions one for each role."""

    part: Part
    pods: tuple[Pod, ...]

    @property
    def name(self) -> str:
        """Its name."""
        return self.part.name

    @cached_property
    def version(self) -> str:
        """The version of its API, such as v2beta1."""
        return self.part.api_version.rpartition("/")[2]

    @cached_property
    def _roles(self) -> dict[str, Pod]:
        return {pod.role: pod for pod in self.pods}

    @cached_property
    def launcher(self) -> Pod | None:
        """The pod that runs mpirun."""
        return self._roles.get("Launcher") or self._roles.get("")

    @cached_property
    def worker(self) -> Pod | None:
        """The pods that mpirun starts processes in."""
        return self._roles.get("Worker") or self._roles.get("")

    @cached_property
    def replicas(self) -> Part:
        """The number of workers, where it says so."""
        if self._roles.get(""):
            return self.part.at("spec", "replicas")
        return self.part.at("spec", "mpiReplicaSpecs", "Worker", "replicas")

    @cached_property
    def slots(self) -> Part:
        """slotsPerWorker, where it says so; the operator takes 1 without."""
        return self.part.at("spec", "slotsPerWorker")

    @cached_property
    def words(self) -> list[tuple[str, Part]]:
        """The words of the launcher's command line, each with its place; scripts are split."""
        found: list[tuple[str, Part]] = []
        for container in self.launcher.containers[:1] if self.launcher else ():
            for part in container["command"].items + container["args"].items:
                found += [(word, part) for word in _split(part.text)]
        return found

    @property
    def runs_mpirun(self) -> bool:
        """Whether the launcher's command line shows an mpirun."""
        return self._mpirun is not None

    @cached_property
    def _mpirun(self) -> int | None:
        for number, (word, _) in enumerate(self.words):
            if word.rpartition("/")[2] in _MPIRUN:
                return number
        return None

    @cached_property
    def np(self) -> tuple[int, Part] | None:
        """The number of processes that mpirun is told, and where; None where it is not told."""
        if self._mpirun is None:
            return None
        words = self.words[self._mpirun + 1 :]
        for (word, part), (value, place) in pairwise(words):
            if word in _NP:
                return (int(value), place) if value.isdecimal() and len(value) < 9 else None
            name, _, rest = word.partition("=")
            if name in _NP and rest.isdecimal():
                return int(rest), part
            if not word.startswith("-") and "/" in word and word.endswith(".py"):
                return None
        return None


def _split(text: str) -> list[str]:
    """Return the words of a script, or of what is a word by itself."""
    if not _SPACE.search(text):
        return [text]
    if not any(f"{name} " in text for name in _MPIRUN):
        return [text]
    try:
        return shlex.split(text.replace("\\\n", " "), comments=True)
    except ValueError:
        return text.split()
