"""What a plan is made of: steps, their commands, and what tells that they are done."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Literal

Group = Literal["eks", "plugins", "storage", "operator", "queues", "extras", "jobs"]
GROUPS: tuple[Group, ...] = ("eks", "plugins", "storage", "operator", "queues", "extras", "jobs")
"""The groups of steps, in the order of the tutorial."""

Keep = Literal["cluster", "fsx", "namespace"]
"""What `delete` leaves alone unless it is told to take it too."""

Reading = Literal[
    "cluster", "nodegroups", "applied", "job", "endpoint", "image", "release", "stack"
]
"""How the answer to a probe is read."""

Until = Literal["bound", "ready", "rolled out", "established", "running", "joined"]
"""What an object can be waited for."""


@dataclass(frozen=True)
class Command:
    """A program and its arguments; files among them are those of the rendered manifests."""

    argv: tuple[str, ...]

    @property
    def program(self) -> str:
        """The program's name, as it is looked up on PATH."""
        return self.argv[0]

    def __str__(self) -> str:
        return shlex.join(self.argv)


def command(*argv: str) -> Command:
    """Return the command of these words."""
    return Command(argv)


@dataclass(frozen=True)
class Probe:
    """A question to a tool whose answer tells whether a step is done already.

    `reading` says how the answer is read, `expects` what must be in it, `means` the same in words.
    """

    command: Command
    reading: Reading
    means: str
    expects: tuple[str, ...] = ()
    # Asked where the answer is that nothing is there: the status of a stack that makes it.
    stack: Command | None = None
    # Asked first where only its answer tells what is expected.
    against: Command | None = None


# until → what `kubectl wait` calls it; rollouts have a command of their own.
_CONDITIONS: dict[Until, str] = {
    "bound": "jsonpath={.status.phase}=Bound",
    "ready": "condition=Ready",
    "established": "condition=Established",
    # The operator sets it once it has accepted the job; Running ends again with the job.
    "running": "condition=Created",
    "joined": "condition=Ready",
}


@dataclass(frozen=True)
class Wait:
    """An object that a step waits for after its command, and until what."""

    kind: str
    name: str
    until: Until
    namespace: str | None = None
    # An MPIJob of v1alpha1 has no conditions that kubectl could wait for.
    by_kubectl: bool = True
    # For nodes, the question that tells how many of them there should be.
    wanted: Command | None = None

    def __str__(self) -> str:
        if self.until == "joined":
            return f"the nodes of {self.name} have joined"
        return f"{self.kind}/{self.name} is {self.until}"

    @property
    def thing(self) -> str:
        """What is waited for, in words."""
        return f"nodes of {self.name}" if self.until == "joined" else f"{self.kind} {self.name}"

    @property
    def place(self) -> tuple[str, ...]:
        """The namespace as kubectl's arguments."""
        return ("--namespace", self.namespace) if self.namespace else ()

    def command(self, timeout: int) -> Command:
        """Return the command that waits as long as this in seconds, without reading any events."""
        name, limit = f"{self.kind}/{self.name}", f"--timeout={timeout}s"
        if self.until == "rolled out":
            return command("kubectl", "rollout", "status", name, *self.place, limit)
        condition = f"--for={_CONDITIONS[self.until]}"
        return command("kubectl", "wait", condition, name, *self.place, limit)


@dataclass(frozen=True)
class Learned:
    """A setting that a step makes known: the text that the command prints is its value."""

    setting: str
    command: Command


@dataclass(frozen=True)
class Step:
    """One thing to be done. Its name is that of its manifest, where it has one.

    `command` does it and `update` changes what is there already; `repair` comes before `command`
    where a failed try is in the way, `check` must succeed afterwards. `undo` takes it back, unless
    `guard` prints the names of objects that would go with it; afterwards `gone` must not print
    `lingers` any more. `keep` says what must be included for it to be deleted. `usual` and
    `timeout` are seconds.
    """

    name: str
    group: Group
    what: str
    command: Command | None = None
    done: Probe | None = None
    files: tuple[str, ...] = ()
    waits: tuple[Wait, ...] = ()
    check: Command | None = None
    check_means: str = ""
    learns: tuple[Learned, ...] = ()
    update: Command | None = None
    repair: tuple[Command, ...] = ()
    undo: tuple[Command, ...] = ()
    guard: Command | None = None
    gone: Command | None = None
    lingers: str = ""
    keep: tuple[Keep, ...] = ()
    usual: int = 10
    timeout: int = 600

    @property
    def programs(self) -> tuple[str, ...]:
        """The programs that doing it may start, each once."""
        asked = [self.done.command] if self.done else []
        given = [one for one in (self.command, self.update, self.check) if one is not None]
        names = [one.program for one in (*asked, *given, *self.repair)]
        names += [one.command.program for one in self.learns]
        # kubectl fetches a remote kustomization by git.
        names += ["git" for one in given if "-k" in one.argv]
        return tuple(dict.fromkeys(names + ["kubectl"] * bool(self.waits)))
