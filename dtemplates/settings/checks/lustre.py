"""New file systems that FSx would refuse (FSx API, botocore 1.44.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates import quantities
from dtemplates.settings.checks.problem import Problem
from dtemplates.settings.lustre import (
    THROUGHPUTS,
    deployment_type,
    fits,
    sizes,
    steps,
    subnet_of_nodes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.fsx import Lustre
    from dtemplates.settings.root import Settings

_FSX: Path = ("fsx",)


def _new(settings: Settings) -> Iterator[tuple[str, Lustre]]:
    fsx = settings.fsx
    if fsx and fsx.dynamic:
        yield "dynamic", fsx.dynamic
    if fsx and fsx.create:
        yield "create", fsx.create


def _capacity(settings: Settings) -> Iterator[Problem]:
    fsx = settings.fsx
    # For a claim the driver makes the next size that there is, of which a rule warns.
    if fsx is None or fsx.create is None:
        return
    kind = deployment_type(fsx.create, settings)
    storage = fsx.create.storage_type or "SSD"
    single, step = steps(kind, storage, fsx.create.per_unit_storage_throughput)
    size = quantities.gib(fsx.capacity)
    # Less than a GiB is told already, whatever kind it is.
    if size >= 1 and not fits(size, single, step):
        yield Problem(
            (*_FSX, "capacity"),
            f"a {kind} {storage} file system cannot have {fsx.capacity}",
            f"give {sizes(single, step, 'Gi')}",
            ((*_FSX, "create"),),
            "DT129",
        )


def _throughput(settings: Settings) -> Iterator[Problem]:
    for name, lustre in _new(settings):
        kind = deployment_type(lustre, settings)
        storage = lustre.storage_type or "SSD"
        path: Path = (*_FSX, name)
        allowed = THROUGHPUTS.get((kind, storage))
        if allowed is None:
            yield Problem(
                (*path, "storage_type"),
                f"a {kind} file system has no HDD",
                "use PERSISTENT_1, or SSD",
                rule="DT108",
            )
            continue
        given = lustre.per_unit_storage_throughput
        choice = " or ".join(map(str, allowed))
        where: Path = (*path, "per_unit_storage_throughput")
        decisive = ((*path, "deployment_type"), (*path, "storage_type"))
        if given is None and allowed:
            yield Problem(
                path,
                f"a {kind} {storage} file system needs a throughput",
                f"give {where[-1]}: {choice}",
                (where, *decisive),
                "DT108",
            )
        elif given is not None and given not in allowed:
            remedy = f"give {choice}" if allowed else "leave it out"
            yield Problem(
                where,
                f"a {kind} {storage} file system cannot have {given} MB/s/TiB",
                remedy,
                decisive,
                "DT108",
            )
        if (storage == "HDD") != (lustre.drive_cache_type is not None):
            needs = "needs" if storage == "HDD" else "has no"
            remedy = "give NONE or READ" if storage == "HDD" else "leave it out"
            cache: Path = (*path, "drive_cache_type")
            yield Problem(
                path if storage == "HDD" else cache,
                f"an {storage} file system {needs} drive_cache_type",
                remedy,
                (cache, *decisive),
                "DT124",
            )
        if not allowed and lustre.automatic_backup_retention_days:
            yield Problem(
                (*path, "automatic_backup_retention_days"),
                f"a {kind} file system has no backups",
                "leave it out, or choose a persistent deployment_type",
                rule="DT124",
            )


def _metadata_iops(settings: Settings) -> Iterator[Problem]:
    for name, lustre in _new(settings):
        iops = lustre.metadata_iops
        if iops is not None and iops not in (1500, 3000, 6000) and iops % 12000:
            yield Problem(
                (*_FSX, name, "metadata_iops"),
                f"{iops} metadata IOPS cannot be had",
                "give 1500, 3000, 6000 or a multiple of 12000",
                rule="DT124",
            )


def _persistent_2(settings: Settings) -> Iterator[Problem]:
    for name, lustre in _new(settings):
        kind = deployment_type(lustre, settings)
        path: Path = (*_FSX, name)
        if kind != "PERSISTENT_2":
            for field in ("efa_enabled", "metadata_iops"):
                if getattr(lustre, field):
                    yield Problem(
                        (*path, field),
                        f"a {kind} file system has none",
                        "use PERSISTENT_2",
                        rule="DT124",
                    )
            continue
        if lustre.file_system_type_version == "2.10":
            yield Problem(
                (*path, "file_system_type_version"),
                "PERSISTENT_2 needs 2.12 or later",
                "give 2.15",
                rule="DT124",
            )
        if name == "dynamic" and lustre.import_path:
            yield Problem(
                (*path, "import_path"),
                "a PERSISTENT_2 file system is linked to S3 after it was made",
                "use fsx.create, which makes the link too, or SCRATCH_2",
                rule="DT109",
            )
        if name == "create" and lustre.export_path not in (None, lustre.import_path):
            yield Problem(
                (*path, "export_path"),
                "a PERSISTENT_2 file system exports to where it imports from",
                "give the same path as import_path",
                ((*path, "import_path"),),
                "DT109",
            )


def _s3(settings: Settings) -> Iterator[Problem]:
    for name, lustre in _new(settings):
        path: Path = (*_FSX, name)
        compared = ((*path, "import_path"),)
        if lustre.import_path is None:
            for field in ("export_path", "auto_import_policy"):
                if getattr(lustre, field):
                    yield Problem(
                        (*path, field),
                        "nothing is imported",
                        "give import_path too",
                        compared,
                        "DT124",
                    )
        elif lustre.export_path and _bucket(lustre.export_path) != _bucket(lustre.import_path):
            yield Problem(
                (*path, "export_path"),
                f"is not in the bucket of import_path, {_bucket(lustre.import_path)}",
                "export to the same bucket",
                compared,
                "DT124",
            )


def _bucket(s3_path: str) -> str:
    return s3_path.removeprefix("s3://").partition("/")[0]


def _network(settings: Settings) -> Iterator[Problem]:
    if not settings.cluster.vpc.id:
        return
    compared: tuple[Path, ...] = (("nodegroups",), ("cluster", "vpc"))
    for name, lustre in _new(settings):
        if lustre.subnet_id is None and subnet_of_nodes(settings) is None:
            yield Problem(
                (*_FSX, name),
                "nothing tells its subnet",
                "give subnet_id: that of the GPU nodes",
                compared,
                "DT111",
            )
    dynamic = settings.fsx and settings.fsx.dynamic
    if dynamic and not dynamic.security_group_ids:
        yield Problem(
            (*_FSX, "dynamic"),
            "the VPC's default security group lets no Lustre traffic in",
            "give security_group_ids: groups that open TCP 988 and 1018 to 1023 to the nodes",
            ((*_FSX, "dynamic", "security_group_ids"),),
            "DT111",
        )


CHECKS = (_capacity, _throughput, _metadata_iops, _persistent_2, _s3, _network)
