"""Versions that do not go together, and what a version does not know yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.settings.checks.problem import Problem
from dtemplates.settings.lustre import knows_mount_names
from dtemplates.settings.sizing import mpijob_version
from dtemplates.stacks import is_first_eksctl, release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.root import Settings
    from dtemplates.settings.types import Model

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


# Settings that the CSI driver has no parameter for before 0.3.0, which makes SCRATCH_1 alone.
_DYNAMIC_SINCE = (
    "deployment_type",
    "storage_type",
    "per_unit_storage_throughput",
    "drive_cache_type",
    "data_compression_type",
    "file_system_type_version",
    "kms_key_id",
    "automatic_backup_retention_days",
    "efa_enabled",
    "metadata_iops",
    "auto_import_policy",
    "tags",
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
    if not is_first_eksctl(version):
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
        policies = ("aws_load_balancer_controller", "app_mesh_preview")
        given = group.iam.with_addon_policies
        unknown += [
            (*path, "iam", "with_addon_policies", name) for name in policies if name in given
        ]
        if group.volume_type and not group.volume_size:
            yield Problem(
                (*path, "volume_type"),
                f"eksctl {version} takes a volume's type with its size alone",
                "give volume_size",
                compared,
            )
        if group.taints:
            # Its map of key to value:effect is what no schema of eksctl's describes any more.
            message = f"eksctl {version} takes no list of taints"
            yield Problem((*path, "taints"), message, remedy, rule="DT506")
    for kind in ("public_subnets", "private_subnets"):
        for key, subnet in getattr(settings.cluster.vpc, kind).items():
            where: Path = ("cluster", "vpc", kind, key)
            unknown += _given(subnet, where, ("availability_zone",))
    for path in unknown:
        yield Problem(path, f"eksctl {version} does not know this", remedy, compared, rule="DT506")
    kubernetes = settings.components["kubernetes"]
    if not (1, 10) <= release(kubernetes) <= (1, 13):
        yield Problem(
            ("cluster", "kubernetes_version"),
            f"eksctl {version} makes Kubernetes 1.10 to 1.13, not {kubernetes}",
            remedy,
            compared,
            rule="DT511",
        )


def _given(model: Model, path: Path, names: tuple[str, ...]) -> list[Path]:
    """Return which of these settings ask for anything; not to have EFA asks for nothing."""
    asking = model.model_fields_set - {name for name in ("efa",) if not getattr(model, name, None)}
    return [(*path, name) for name in names if name in asking]


def _removed_apis(settings: Settings) -> Iterator[Problem]:
    operator, kubernetes = settings.components["mpi_operator"], settings.components["kubernetes"]
    if mpijob_version(operator) == "v1alpha1" and release(kubernetes) >= (1, 22):
        chosen = "mpi_operator" in settings.versions.model_fields_set
        yield Problem(
            ("versions", "mpi_operator") if chosen else ("cluster", "kubernetes_version"),
            f"MPI operator {operator} needs apiextensions v1beta1, which Kubernetes 1.22 removed",
            "choose versions.mpi_operator 0.4.0 or later",
            (("cluster", "kubernetes_version"), ("stack",)),
            rule="DT502",
        )


def _old_driver(settings: Settings) -> Iterator[Problem]:
    version, fsx = settings.components["fsx_csi_driver"], settings.fsx
    if fsx is None or knows_mount_names(version):
        return
    compared: tuple[Path, ...] = (("stack",), ("versions", "fsx_csi_driver"))
    if fsx.dynamic:
        for path in _given(fsx.dynamic, ("fsx", "dynamic"), _DYNAMIC_SINCE):
            remedy = "leave it out, or choose a newer versions.fsx_csi_driver"
            yield Problem(path, f"FSx CSI driver {version} does not know this", remedy, compared)
    if fsx.create and fsx.create.deployment_type not in (None, "SCRATCH_1"):
        yield Problem(
            ("fsx", "create", "deployment_type"),
            f"FSx CSI driver {version} can mount SCRATCH_1 alone",
            "leave it out, or choose a newer versions.fsx_csi_driver",
            compared,
        )


def _driver_installation(settings: Settings) -> Iterator[Problem]:
    fsx, versions = settings.fsx, settings.components
    way = fsx.csi_driver if fsx else None
    path: Path = ("fsx", "csi_driver")
    compared: tuple[Path, ...] = (("stack",), ("versions", "fsx_csi_driver"))
    if way == "addon" and is_first_eksctl(versions["eksctl"]):
        yield Problem(
            path,
            f"eksctl {versions['eksctl']} knows no add-ons",
            "choose manifest, or a newer versions.eksctl",
            (("stack",), ("versions", "eksctl")),
        )
    # The chart came with driver 0.5 (2021-08-05), and is one of Helm 3's.
    if way == "helm" and release(versions["fsx_csi_driver"]) < (0, 5):
        yield Problem(
            path,
            f"FSx CSI driver {versions['fsx_csi_driver']} has no Helm chart",
            "choose manifest, or a newer versions.fsx_csi_driver",
            compared,
        )
    elif way == "helm" and release(versions["helm"]) < (3,):
        yield Problem(
            path,
            f"Helm {versions['helm']} cannot install the driver's chart",
            "choose manifest, or a newer versions.helm",
            (("stack",), ("versions", "helm")),
        )


CHECKS = (_mpi_operator, _removed_apis, _old_eksctl, _old_driver, _driver_installation)
