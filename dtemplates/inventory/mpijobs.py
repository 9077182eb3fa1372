"""MPIJobs of every version: their workers, slots and the mpirun that starts them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dtemplates.inventory.mpirun import calls, is_script

if TYPE_CHECKING:
    from dtemplates.inventory.mpirun import Mpirun
    from dtemplates.inventory.parts import Part
    from dtemplates.inventory.pods import Pod

_SPACE = re.compile(r"[ \n\t]")


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

    @property
    def words(self) -> list[str]:
        """The words of the launcher's command line; scripts are split."""
        return self._command_line[0]

    @property
    def places(self) -> list[Part]:
        """Where the words stand, one for each."""
        return self._command_line[1]

    @cached_property
    def _command_line(self) -> tuple[list[str], list[Part]]:
        words: list[str] = []
        places: list[Part] = []
        for container in self.launcher.containers[:1] if self.launcher else ():
            for part in container["command"].items + container["args"].items:
                found = _split(part.text)
                words += found
                places += [part] * len(found)
        return words, places

    @cached_property
    def calls(self) -> list[Mpirun]:
        """The calls of mpirun that the launcher's command line shows."""
        return calls(self.words)

    @cached_property
    def mpirun(self) -> Mpirun | None:
        """Of these calls the one that is told to start the most processes."""
        return max(self.calls, key=_processes, default=None)

    @cached_property
    def np(self) -> tuple[int, Part] | None:
        """The number of processes that mpirun is told, and where; None where it is not told."""
        told = self.mpirun.np if self.mpirun else None
        return (int(told.values[0]), self.places[told.number]) if told else None


def _processes(call: Mpirun) -> int:
    return int(call.np.values[0]) if call.np else 0


def _split(text: str) -> list[str]:
    """Return the words of a script, or of what is a word by itself."""
    if not _SPACE.search(text):
        return [text]
    if not is_script(text):
        return [text]
    try:
        return shlex.split(text.replace("\\\n", " "), comments=True)
    except ValueError:
        return text.split()
