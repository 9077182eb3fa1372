"""What settings cannot be, though each of them alone could: told before anything is rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.settings.checks import (
    cluster,
    fsx,
    jobs,
    kueue,
    lustre,
    nodegroups,
    patches,
    pods,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.settings.checks.problem import Problem
    from dtemplates.settings.root import Settings

_CHECKS = (
    *versions.CHECKS,
    *cluster.CHECKS,
    *nodegroups.CHECKS,
    *fsx.CHECKS,
    *lustre.CHECKS,
    *jobs.CHECKS,
    *kueue.CHECKS,
    *pods.CHECKS,
    *patches.CHECKS,
)


def check(settings: Settings) -> Iterator[Problem]:
    """Yield everything that makes these settings impossible."""
    for one in _CHECKS:
        yield from one(settings)
