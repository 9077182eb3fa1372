"""Versions that do not go together, and what a version does not know yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.settings.checks.problem import Problem
from dtemplates.settings.sizing import mpijob_version
from dtemplates.settings.stack import release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.root import Settings

# Settings that eksctl 0.1.40 has no field for (types.go of that release, 2019-07-11).
_CLUSTER_SINCE = (
    "support_type",
    "authentication_mode",
    "addons",
    "cluster_logging",
)
_VPC_SINCE = ("public_access", "private_access", "public_access_cidrs")
_NODEGROUP_SINCE = (
    "subnets",
    "volume_iops",
    "volume_throughput",
    "capacity_reservation",
    "market_type",
    "efa",
    "placement_group",
    "disable_pod_imds",
)


def _mpi_operator(settings: Settings) -> Iterator[Problem]:
    version = settings.components["mpi_operator"]
    if mpijob_version(version) is None:
        yield Problem(
            ("versions", "mpi_operator"),
            f"MPI operator {version} runs MPIJob v1alpha2 or v1, which is not rendered",
            "choose 0.1.0 (v1alpha1), or 0.4.0 or later (v2beta1)",
        )


def _old_eksctl(settings: Settings) -> Iterator[Problem]:
    version = settings.components["eksctl"]
    if release(version) >= (0, 2):
        return
    remedy = "leave it out, or choose a newer versions.eksctl"
    compared: tuple[Path, ...] = (("stack",), ("versions", "eksctl"))
    unknown = [
        *_given(settings.cluster, ("cluster",), _CLUSTER_SINCE),
        *_given(settings.cluster.vpc, ("cluster", "vpc"), _VPC_SINCE),
        *_given(settings.cluster.iam, ("cluster", "iam"), ("with_oidc",)),
    ]
    for number, group in enumerate(settings.nodegroups):
        path: Path = ("nodegroups", number)
        unknown += _given(group, path, _NODEGROUP_SINCE)
        unknown += [(*path, "managed")] if group.managed else []
        unknown += [(*path, "volume_type")] if group.volume_type in ("gp3", "io2") else []
        if group.ssh:
            unknown += _given(group.ssh, (*path, "ssh"), ("source_security_group_ids",))
        if group.ami_family not in (None, "AmazonLinux2"):
            unknown.append((*path, "ami_family"))
        if group.taints:
            # Its map of key to value:effect is what no schema of eksctl's describes any more.
            yield Problem((*path, "taints"), f"eksctl {version} takes no list of taints", remedy)
    for path in unknown:
        yield Problem(path, f"eksctl {version} does not know this", remedy, compared)
    kubernetes = settings.components["kubernetes"]
    if not (1, 10) <= release(kubernetes) <= (1, 13):
        yield Problem(
            ("cluster", "kubernetes_version"),
            f"eksctl {version} makes Kubernetes 1.10 to 1.13, not {kubernetes}",
            remedy,
            compared,
        )


def _given(model: object, path: Path, names: tuple[str, ...]) -> list[Path]:
    return [(*path, name) for name in names if getattr(model, name) not in (None, (), {}, False)]


CHECKS = (_mpi_operator, _old_eksctl)
