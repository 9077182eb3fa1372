"""The options of an mpirun, told apart from the program that it starts and that one's own.

Names and numbers of values: Open MPI 4 and 5 (mpirun's man pages), Hydra's mpiexec, horovodrun.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MPIRUN = ("mpirun", "mpiexec", "mpiexec.hydra", "orterun", "horovodrun")
# How many words after an option are its own → such options, without their dashes.
_NAMES = {
    0: "allow-run-as-root oversubscribe nooversubscribe overload-allowed tag-output "
    "timestamp-output display-map display-allocation display-devel-map display-devel-allocation "
    "display-topo report-bindings report-state-on-timeout get-stack-traces pernode bynode byslot "
    "bycore bysocket by-node by-slot bind-to-core bind-to-socket bind-to-none nolocal "
    "use-hwthread-cpus merge-stderr-to-stdout do-not-launch do-not-resolve enable-recovery "
    "disable-recovery continuous index-argv-by-rank debug-devel debug-daemons "
    "leave-session-attached novm noprefix preload-binary s v verbose q quiet V version l "
    "prepend-rank rr genvall genvnone envall envnone gloo mpi disable-cache xml",
    1: "np n c x hostfile machinefile default-hostfile H host hosts f N npernode npersocket ppn "
    "perhost map-by mapby bind-to bindto rank-by rankby rankfile rf cpu-set cpu-list slot-list "
    "wdir wd path prefix output output-filename output-proctable display display-proctable stdin "
    "timeout spawn-timeout report-uri report-pid report-child-jobs-separately dvm dvm-uri "
    "ompi-server server-wait-time personality app am tune pset max-restarts max-vm-size xterm "
    "debugger launch-agent rmk iface launcher launcher-exec bootstrap bootstrap-exec genvlist "
    "envlist umask ranktoprocs p ssh-port network-interfaces nics host-discovery-script min-np "
    "max-np slots-per-host start-timeout config-file log-level",
    2: "mca gmca omca gomca pmca gpmca prtemca gprtemca pmixmca gpmixmca genv env",
}
_COUNTS = {name: count for count, names in _NAMES.items() for name in names.split()}
# What the word after an option that is not known must look like to be the program.
_PROGRAM = re.compile(
    r"(?:\.{0,2}/|~/|\$|(?:ba|da|z)?sh\Z|env\Z|hostname\Z|numactl\Z|nvidia-smi\Z"
    r"|python|torchrun|accelerate|deepspeed|osu_|xhpl)|.*(?:_perf|\.sh|\.py)\Z"
)
# How many processes there are, and how Hydra spells the same.
_NP = ("np", "n", "c")


class Option(NamedTuple):
    """An option without its dashes, and its values; `number` is the last value's among all words.

    Where it has none, or `=` stands between both, `number` is its own.
    """

    name: str
    values: tuple[str, ...]
    number: int


class Mpirun(NamedTuple):
    """A call of mpirun, or of what is like it: the program as it is named, and its options."""

    program: str
    options: tuple[Option, ...]

    def named(self, *names: str) -> Iterator[Option]:
        """Yield its options of these names, in their order."""
        return (one for one in self.options if one.name in names)

    @property
    def np(self) -> Option | None:
        """The option that tells how many processes it starts, if it is a number."""
        told = next(self.named(*_NP), None)
        if told is None or not told.values[0].isdecimal() or len(told.values[0]) > 8:
            return None
        return told


def calls(words: Sequence[str]) -> list[Mpirun]:
    """Return the calls of mpirun among the words of a command line."""
    return [
        Mpirun(word, tuple(_options(words, number + 1)))
        for number, word in enumerate(words)
        if word.rpartition("/")[2] in _MPIRUN
    ]


def is_script(text: str) -> bool:
    """Return whether a text of several words calls mpirun."""
    return any(f"{name} " in text for name in _MPIRUN)


def _options(words: Sequence[str], number: int) -> Iterator[Option]:
    """Yield the options from a word on, up to the program."""
    while number < len(words) and len(words[number]) > 1 and words[number][0] == "-":
        word = words[number].lstrip("-")
        name, equals, value = word.partition("=")
        if equals:
            yield Option(name, (value,), number)
            number += 1
            continue
        count = _count(name, words[number + 1] if number + 1 < len(words) else "")
        values = tuple(words[number + 1 : number + 1 + count])
        if len(values) == count:
            yield Option(name, values, number + count)
        number += 1 + count


def _count(name: str, following: str) -> int:
    """Return how many words after an option are its own."""
    if name in _COUNTS:
        return _COUNTS[name]
    if following.startswith("-") or _PROGRAM.match(following):
        return 0
    return 1 if following else 0
