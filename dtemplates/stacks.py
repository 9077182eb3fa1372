"""The stacks: which version of each component goes with which."""

from __future__ import annotations

from typing import Literal

StackName = Literal["classic", "current"]

# July 2019 to February 2020, as the tutorial names them, but for Helm: 2.17.0 (2020-10-19) is the
# only Helm 2 whose Tiller image and chart repository still answer.
_CLASSIC = {
    "kubernetes": "1.13",
    "eksctl": "0.1.40",
    "helm": "2.17.0",
    "nvidia_device_plugin": "1.0.0-beta",
    "efa_device_plugin": "0.5.20",
    "mpi_operator": "0.1.0",
    "fsx_csi_driver": "0.2.0",
}

# Newest releases seen on 2026-08-22. Kubernetes is not eksctl's default, 1.34: that one's standard
# support ends on 2026-12-02.
_CURRENT = {
    "kubernetes": "1.35",
    "eksctl": "0.230.0",
    "helm": "4.2.4",
    "nvidia_device_plugin": "0.20.0",
    "efa_device_plugin": "0.5.20",
    "mpi_operator": "0.8.0",
    "fsx_csi_driver": "1.9.0",
    "kueue": "0.19.2",
}

# What eksctl makes unless it is told a version, where that is a stack's (types.go of the release).
EKSCTL_DEFAULT_KUBERNETES = {"0.1.40": "1.13"}

STACKS: dict[StackName, dict[str, str]] = {"classic": _CLASSIC, "current": _CURRENT}


def components(stack: StackName, chosen: dict[str, str]) -> dict[str, str]:
    """Return each component's version, `kubernetes` among them: the stack's, or the chosen.

    The classic stack has no `kueue` unless one is chosen.
    """
    return STACKS[stack] | chosen


def release(version: str) -> tuple[int, ...]:
    """Return a version's numbers, to compare by: `1.9` is older than `1.13`, `-beta` is ignored."""
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def is_first_eksctl(version: str) -> bool:
    """Return whether it is an eksctl of 2019: self-managed node groups, no add-ons (0.1.x)."""
    return release(version) < (0, 2)


def is_managed(managed: bool | None, eksctl: str) -> bool:
    """Return whether a node group is EKS-managed: as it says, or as is usual with this eksctl.

    On its command line eksctl makes managed groups unless told otherwise since 0.58.0 (2021-07).
    """
    return release(eksctl) >= (0, 58) if managed is None else managed
