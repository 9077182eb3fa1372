"""File systems that FSx or its CSI driver would refuse, or silently make into something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates import quantities
from dtemplates.settings.checks.problem import Problem, several
from dtemplates.settings.lustre import knows_mount_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.root import Settings

_FSX: Path = ("fsx",)


def _source(settings: Settings) -> Iterator[Problem]:
    fsx = settings.fsx
    if fsx is None:
        return
    made = {"create": fsx.create, "dynamic": fsx.dynamic}
    yield from several(_FSX, made, "{} exclude each other", "give one of them")
    existing = {"file_system_id": fsx.file_system_id, "dynamic": fsx.dynamic}
    yield from several(
        _FSX, existing, "{} exclude each other", "dynamic makes a new file system: leave one out"
    )
    if not (fsx.file_system_id or fsx.dynamic or fsx.create):
        yield Problem(
            _FSX,
            "nothing tells which file system it is",
            "give file_system_id, or dynamic, or create",
            tuple((*_FSX, name) for name in ("file_system_id", "dynamic", "create")),
        )


def _mount_name(settings: Settings) -> Iterator[Problem]:
    fsx = settings.fsx
    if fsx is None or not fsx.file_system_id:
        return
    driver = settings.components["fsx_csi_driver"]
    if knows_mount_names(driver):
        if fsx.mount_name is None:
            yield Problem(
                (*_FSX, "file_system_id"),
                "the file system's mount name is missing; the driver would try `fsx`",
                "give mount_name: `aws fsx describe-file-systems` tells it (SCRATCH_1: fsx)",
                ((*_FSX, "mount_name"),),
                rule="DT102",
            )
    elif fsx.mount_name not in (None, "fsx"):
        yield Problem(
            (*_FSX, "mount_name"),
            f"FSx CSI driver {driver} mounts `fsx` alone, never {fsx.mount_name!r}",
            "use a SCRATCH_1 file system, or a newer versions.fsx_csi_driver",
        )


def _request(settings: Settings) -> Iterator[Problem]:
    fsx = settings.fsx
    if fsx is None:
        return
    if quantities.gib(fsx.capacity) < 1:
        yield Problem(
            (*_FSX, "capacity"),
            f"{fsx.capacity} is less than any file system has",
            "give its size with the unit, such as 4800Gi",
        )
    if fsx.storage_request is None:
        return
    if not quantities.parse(fsx.storage_request):
        yield Problem(
            (*_FSX, "storage_request"), "asks for nothing", "leave it out, or give a size"
        )
    if quantities.parse(fsx.storage_request) > quantities.parse(fsx.capacity):
        yield Problem(
            (*_FSX, "storage_request"),
            f"the claim asks for {fsx.storage_request} of a volume of {fsx.capacity}",
            f"ask for {fsx.capacity} or less",
            ((*_FSX, "capacity"),),
            "DT112",
        )


def _dynamic(settings: Settings) -> Iterator[Problem]:
    fsx = settings.fsx
    if fsx is None or fsx.dynamic is None:
        return
    for name in ("mount_name", "dns_name"):
        if getattr(fsx, name):
            yield Problem(
                (*_FSX, name),
                "a file system that is made for the claim gets its own",
                "leave it out",
                ((*_FSX, "dynamic"),),
            )
    if fsx.storage_request:
        yield Problem(
            (*_FSX, "storage_request"),
            f"the driver makes a file system of what is asked for: {fsx.storage_request}, "
            f"not {fsx.capacity}",
            "leave it out: the claim asks for the capacity",
            ((*_FSX, "dynamic"), (*_FSX, "capacity")),
        )
    if fsx.storage_class_name == "":
        yield Problem(
            (*_FSX, "storage_class_name"),
            "a class that makes volumes needs a name",
            "give one, or leave it out",
            ((*_FSX, "dynamic"),),
        )
    for key, value in fsx.dynamic.tags.items():
        if set(key + value) & set(",="):
            yield Problem(
                (*_FSX, "dynamic", "tags", key),
                "the CSI driver cannot tell `,` and `=` in a tag from its own",
                "do without them",
            )


CHECKS = (_source, _mount_name, _request, _dynamic)
