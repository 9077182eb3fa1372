"""Queues that Kueue could not run, and jobs that it would never let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.instance_types import instance_type, is_plain, known_types
from dtemplates.settings.checks.problem import Problem
from dtemplates.settings.queues import (
    LEAST_KUBERNETES,
    LEAST_OPERATOR,
    PRIORITY_LABEL,
    QUEUE_LABEL,
    flavor,
    queue_of,
)
from dtemplates.settings.sizing import named_group
from dtemplates.settings.unsizable import Unsizable
from dtemplates.stacks import release
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.root import Settings


def _jobs(settings: Settings) -> Iterator[Problem]:
    operator = settings.components["mpi_operator"]
    newer = (
        "choose stack: current"
        if settings.stack == "classic"
        else f"set versions.mpi_operator to {LEAST_OPERATOR} or newer"
    )
    for number, job in enumerate(settings.jobs):
        path: Path = ("jobs", number)
        if job.queue and release(operator) < release(LEAST_OPERATOR):
            yield Problem(
                (*path, "queue"),
                f"Kueue needs MPI operator {LEAST_OPERATOR}, and this is {operator}",
                f"leave it out, or {newer}",
                (("stack",), ("versions", "mpi_operator")),
                "DT420",
            )
        if job.priority and not queue_of(job):
            yield Problem(
                (*path, "priority"),
                f"job {job.name!r} waits in no queue, so that it goes before none",
                "give queue, or leave it out",
                ((*path, "queue"),),
            )
        for name, label in (("queue", QUEUE_LABEL), ("priority", PRIORITY_LABEL)):
            if label in job.labels and getattr(job, name):
                yield Problem(
                    (*path, name),
                    f"the label {label} tells it, too",
                    "leave one of the two out",
                    ((*path, "labels"),),
                )


def _priorities(settings: Settings) -> Iterator[Problem]:
    if settings.kueue is None:
        return
    known = settings.kueue.priorities
    for number, job in enumerate(settings.jobs):
        if job.priority and job.priority not in known:
            yield Problem(
                ("jobs", number, "priority"),
                f"there is no priority {job.priority!r}",
                did_you_mean(job.priority, known)
                or f"give kueue.priorities.{job.priority}, for example 1000",
                (("kueue", "priorities"),),
            )


def _versions(settings: Settings) -> Iterator[Problem]:
    if settings.kueue is None:
        return
    kueue, kubernetes = settings.components.get("kueue"), settings.components["kubernetes"]
    compared: tuple[Path, ...] = (
        ("stack",),
        ("cluster", "kubernetes_version"),
        ("versions", "kueue"),
    )
    if release(kubernetes) < release(LEAST_KUBERNETES):
        newer = f"choose cluster.kubernetes_version {LEAST_KUBERNETES} or later"
        yield Problem(
            ("kueue",),
            f"Kueue needs Kubernetes {LEAST_KUBERNETES}, and this is {kubernetes}",
            f"leave it out, or {'choose stack: current' if kueue is None else newer}",
            compared,
        )
    elif kueue is None:
        yield Problem(
            ("kueue",),
            f"the stack {settings.stack} has no version of Kueue",
            "give versions.kueue, or leave it out",
            compared,
        )


def _node_groups(settings: Settings) -> Iterator[Problem]:
    kueue = settings.kueue
    if kueue is None:
        return
    if not settings.nodegroups:
        yield Problem(
            ("kueue",),
            "there are no node groups whose resources it could share out",
            "give nodegroups, or leave it out",
            (("nodegroups",),),
        )
    for name in kueue.quotas:
        try:
            named_group(name, settings)
        except Unsizable as error:
            path: Path = ("kueue", "quotas", name)
            yield Problem(path, str(error), error.remedy, (("nodegroups",),))
    names = [group.name for group in settings.nodegroups]
    flavors = [flavor(name) for name in names]
    for number, group in enumerate(settings.nodegroups):
        path = ("nodegroups", number)
        first = flavors.index(flavors[number])
        if names[first] != group.name:
            yield Problem(
                (*path, "name"),
                f"{group.name!r} and {names[first]!r} would be one ResourceFlavor",
                "give names that differ in more than capital letters",
                (("nodegroups", first, "name"), ("kueue",)),
            )
        unknown = [name for name in group.types if _is_unknown(name, settings)]
        if unknown and group.name not in kueue.quotas:
            yield Problem(
                (*path, "instance_type" if group.instance_type else "instance_types"),
                f"how many accelerators Kueue may give out is not known of {unknown[0]}",
                f"tell of it in instance_types, or give kueue.quotas.{group.name}",
                (("instance_types",), ("kueue",)),
            )


def _is_unknown(name: str, settings: Settings) -> bool:
    """Return whether it may have accelerators; of slips in known families another check tells."""
    families = {known.partition(".")[0] for known in known_types()}
    known = instance_type(name, settings.instance_types) is not None
    return not (known or is_plain(name) or name.partition(".")[0] in families)


CHECKS = (_jobs, _versions, _priorities, _node_groups)
