"""MPIJobs of every version: their workers, slots and the mpirun that starts them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dtemplates.inventory.mpirun import calls, is_script

if TYPE_CHECKING:
    from dtemplates.inventory.containers import Container
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

    def place(self, number: int) -> Part:
        """Return where the word of this number stands."""
        assert self.launcher is not None
        container = self.launcher.containers[0]
        item = self._command_line[1][number]
        before = len(_listed(container, "command"))
        return container.at(*(("command", item) if item < before else ("args", item - before)))

    @cached_property
    def _command_line(self) -> tuple[list[str], list[int]]:
        """The words, and for each the number of its item in command and args together."""
        words: list[str] = []
        items: list[int] = []
        for container in self.launcher.containers[:1] if self.launcher else ():
            texts = _listed(container, "command") + _listed(container, "args")
            for item, text in enumerate(texts):
                found = _split(text) if type(text) is str else [""]
                words += found
                items += [item] * len(found)
        return words, items

    @cached_property
    def calls(self) -> list[Mpirun]:
        """The calls of mpirun that the launcher's command line shows."""
        return calls(self.words)

    @cached_property
    def mpirun(self) -> Mpirun | None:
        """Of these calls the one that is told to start the most processes."""
        return max(self.calls, key=_processes, default=None)

    @cached_property
    def np(self) -> int | None:
        """The number of processes that mpirun is told; None where it is not told."""
        told = self.mpirun.np if self.mpirun else None
        return int(told.values[0]) if told else None

    @property
    def np_part(self) -> Part:
        """Where `np` is told."""
        told = self.mpirun.np if self.mpirun else None
        assert told is not None
        return self.place(told.number)


def _listed(container: Container, field: str) -> list[Any]:
    found = container.value_at(field)
    return found if type(found) is list else []


def _processes(call: Mpirun) -> int:
    told = call.np
    return int(told.values[0]) if told else 0


def _split(text: str) -> list[str]:
    """Return the words of a script, or of what is a word by itself."""
    if not _SPACE.search(text) or not is_script(text):
        return [text]
    try:
        return shlex.split(text.replace("\\\n", " "), comments=True)
    except ValueError:
        return text.split()
