"""`scale`: more or fewer nodes of a group; the cluster stays, and GPUs cost nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.operation.applying import Options, carried_out, opened, ready
from dtemplates.operation.carrying_out import carry_out
from dtemplates.planning.step import Command, Step, command
from dtemplates.planning.timings import times
from dtemplates.stacks import is_first_eksctl
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings


def scale(settings: Settings, group: str, nodes: int, *, options: Options | None = None) -> Command:
    """Give a node group so many nodes, and return the command that did.

    Raises `InputError` for a group that is none, and otherwise as `apply`.
    """
    options = options or Options()
    doing = scaling(settings, group, nodes)
    ready(settings, ("eksctl",), options)
    whole = options.plan(settings, checked=False)
    step = Step(
        name=f"scale {group}",
        group="eks",
        what=f"{nodes} nodes",
        command=doing,
        **times("nodegroups"),
    )
    with opened(settings, whole, "scale", options) as (session, _, log):
        carried_out([step], session, lambda step: carry_out(step, session, whole.manifests), log)
    return doing


def scaling(settings: Settings, group: str, nodes: int) -> Command:
    """Return the command that gives a node group so many nodes. Raises `InputError`."""
    found = next((one for one in settings.nodegroups if one.name == group), None)
    if found is None:
        names = [one.name for one in settings.nodegroups]
        remedy = did_you_mean(group, names) or f"there is: {', '.join(names) or 'none'}"
        raise InputError([Finding("is no node group of the settings", file=group, remedy=remedy)])
    if nodes < 0:
        raise InputError([Finding("is no number of nodes", file=str(nodes))])
    limits = [] if is_first_eksctl(settings.components["eksctl"]) else _limits(found, nodes)
    return command(
        *("eksctl", "scale", "nodegroup", "--cluster", settings.cluster.name, "--name", group),
        *("--nodes", str(nodes), *limits, "--region", settings.cluster.region),
    )


def _limits(group: NodeGroup, nodes: int) -> list[str]:
    """Return what widens the group's limits as far as the number of nodes needs it.

    A limit that is not given is the desired capacity (eksctl 0.230.0).
    """
    desired = group.desired_capacity
    least = group.min_size if group.min_size is not None else desired
    most = group.max_size if group.max_size is not None else desired
    widened = []
    if least is None or nodes < least:
        widened += ["--nodes-min", str(nodes)]
    if most is None or nodes > most:
        # A managed group cannot have a maximum of none.
        widened += ["--nodes-max", str(max(nodes, 1))]
    return widened
