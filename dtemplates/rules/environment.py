"""Environment variables that do not say what was meant (DT414, DT415)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dtemplates.inventory.clusters import POD_IDENTITY_AGENT, addons
from dtemplates.inventory.environment import mca
from dtemplates.rules.rule import Breach, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part, Pod
    from dtemplates.inventory.containers import Container

_AGENT_LINK = "pod-id-link0"
# What the network interfaces of hosts are called; a pod's own is eth0.
_OF_HOSTS = re.compile(r"(?:en[spox]|bond|ib|docker|br-)")
# A variable in the manner of shells, as a whole value or as a part of a path.
_SHELL = re.compile(r"(?:^|[:/])\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))(?=$|[:/])")
_DOLLAR = "$"
_SHELLS = ("sh", "bash", "dash", "zsh")


@rule(
    "DT414",
    "warning",
    symptom="`NCCL WARN Bootstrap : no socket interface found`, or connections to 127.0.0.1 or "
    "169.254.170.23 that are refused.",
    remedy="exclude lo and what bridges and agents make, and leave the pod's own interface",
    source="https://github.com/aws-samples/aws-do-eks/pull/54",
)
def a_network_interface_is_left(inventory: Inventory) -> Iterator[Breach]:
    """NCCL and Open MPI are left an interface that reaches other nodes, and no other."""
    agent = bool(addons(inventory.clusters, POD_IDENTITY_AGENT))
    for pod, value, part in inventory.environment("NCCL_SOCKET_IFNAME"):
        listed = value.strip()
        exact = listed.lstrip("^").startswith("=")
        given = [name.strip() for name in listed.lstrip("^=").split(",") if name.strip()]
        if given and (found := _wrong(pod, given, listed[:1] == "^", exact, agent)):
            yield Breach(part, f"NCCL_SOCKET_IFNAME is {value}, which {found[0]}", found[1])
    for pod, value, part in _excluded_from_tcp(inventory):
        given = [name.strip() for name in value.split(",") if name.strip()]
        # 127.0.0.0/8 is how Open MPI's own default excludes the loopback.
        given = ["lo" if name.startswith("127.") else name for name in given]
        if given and (found := _wrong(pod, given, True, True, agent)):
            yield Breach(part, f"btl_tcp_if_exclude is {value}, which {found[0]}", found[1])


def _excluded_from_tcp(inventory: Inventory) -> Iterator[tuple[Pod, str, Part]]:
    yield from inventory.environment("OMPI_MCA_btl_tcp_if_exclude")
    for job in inventory.jobs:
        if pod := job.worker or job.launcher:
            for value, part in mca(job, "btl_tcp_if_exclude"):
                yield pod, value, part


def _wrong(
    pod: Pod, given: list[str], excludes: bool, exact: bool, agent: bool
) -> tuple[str, str] | None:
    """Return what is wrong with a list of interfaces, and what to do; None for nothing."""

    def names(interface: str) -> bool:
        return any(interface == one if exact else interface.startswith(one) for one in given)

    of_host = pod.spec["hostNetwork"].is_true
    # Further interfaces of pods are told of in an annotation of Multus.
    only_eth0 = not of_host and not pod.template.at("metadata", "annotations")
    if not excludes:
        if pod.role and all(one == "lo" for one in given):
            return "reaches no other pod", "set it to ^lo"
        if only_eth0 and all(_OF_HOSTS.match(one) for one in given):
            return "no pod has: theirs is eth0", "set it to eth0, or to ^lo"
        return None
    if only_eth0 and names("eth0"):
        return "leaves no interface: a pod has lo and eth0", "leave eth0 out of it"
    if pod.role and not names("lo"):
        return "lets the loopback in", "add lo to it"
    if of_host and agent and not names(_AGENT_LINK):
        return f"lets {_AGENT_LINK} of {POD_IDENTITY_AGENT} in", f"add {_AGENT_LINK} to it"
    return None


@rule(
    "DT415",
    "warning",
    symptom="The program gets the dollar sign and the name as they stand: libraries are not "
    "found, paths do not exist.",
    remedy="write $(NAME), which Kubernetes replaces by what env above it sets",
    source="https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/",
)
def variables_as_kubernetes_writes_them(inventory: Inventory) -> Iterator[Breach]:
    """Values refer to other variables as $(NAME), not as shells do."""
    for pod in inventory.pods:
        for container in pod.all_containers:
            for one in container.env:
                value = one.text_at("value")
                if _DOLLAR in value:
                    known = _names(container) - {one.text_at("name")}
                    yield from _shell(one["value"], value, known)
            yield from _arguments(container)


def _names(container: Container) -> set[str]:
    return {one.text_at("name") for one in container.env}


def _arguments(container: Container) -> Iterator[Breach]:
    """Yield the words of a command in which no shell replaces anything."""
    program = container.text_at("command", 0).rpartition("/")[2]
    if program not in ("mpirun", "mpiexec", "orterun"):
        return
    words = container["command"].texts + container["args"].texts
    # What mpirun starts may be a shell.
    if not any(_DOLLAR in word for word in words) or any(
        word.rpartition("/")[2] in _SHELLS for word in words
    ):
        return
    for word in container["command"].items + container["args"].items:
        if _DOLLAR in word.text:
            _, equals, value = word.text.partition("=")
            yield from _shell(word, value if equals else word.text, _names(container))


def _shell(part: Part, value: str, known: set[str]) -> Iterator[Breach]:
    found = _SHELL.search(value)
    if found is None or any(space in value for space in " \t\n"):
        return
    name = found[1] or found[2]
    yield Breach(
        part,
        f"{found[0].lstrip(':/')} is no variable to Kubernetes, which replaces $(NAME) alone",
        f"write $({name})"
        if name in known
        else f"write out the value of {name}: only what env sets above can be $({name})",
    )
