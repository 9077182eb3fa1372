"""Instances that EC2 cannot launch, or not so (eksctl 0.230.0, validation.go; EC2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.instance_types import instance_type, known_types
from dtemplates.settings.checks.problem import Problem, several
from dtemplates.settings.ebs import DEFAULT_TYPE, IOPS, WITH_THROUGHPUT
from dtemplates.stacks import release
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings

    GroupCheck = Callable[[NodeGroup, Path, Settings], Iterator[Problem]]


def _types(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    given = {"instance_type": group.instance_type, "instance_types": group.instance_types}
    yield from several(path, given, "{} exclude each other", "give one of them")
    rows = {name: instance_type(name, settings.instance_types) for name in group.types}
    kinds = {(row.accelerators, row.resource) if row else None for row in rows.values()}
    if len(kinds) > 1:
        yield Problem(
            (*path, "instance_types"),
            "the types have different accelerators",
            "use types that are alike, or several node groups",
        )
    for name in (name for name, row in rows.items() if row is None):
        family = name.partition(".")[0]
        if sizes := [known for known in known_types() if known.partition(".")[0] == family]:
            yield Problem(
                (*path, "instance_type" if group.instance_type else "instance_types"),
                f"{name} is not in the table of instance types",
                did_you_mean(name, sizes) or f"of {family} it has {', '.join(sizes)}",
                (("instance_types",),),
                rule="DT213",
            )
    if group.spot and not settings.is_managed(group) and len(group.types) < 2:
        yield Problem(
            (*path, "spot"),
            "self-managed spot nodes need at least two instance types",
            "give instance_types",
            ((*path, "instance_types"), (*path, "managed")),
        )


def _efa(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    if not group.efa:
        return
    places = len(group.availability_zones) + len(group.subnets)
    if places != 1:
        where = "subnets" if group.subnets else "availability_zones"
        yield Problem(
            (*path, where if places else "efa"),
            f"EFA reaches within one zone; the group names {places or 'none'}",
            "give exactly one availability zone or subnet",
            ((*path, "availability_zones"), (*path, "subnets")),
            rule="DT201",
        )
    for name in group.types:
        row = instance_type(name, settings.instance_types)
        if row and row.efa == 0:
            yield Problem(
                (*path, "efa"),
                f"{name} has no EFA",
                "leave efa out, or choose a larger type",
                ((*path, "instance_type"), (*path, "instance_types")),
                rule="DT212",
            )


def _volume(group: NodeGroup, path: Path, _: Settings) -> Iterator[Problem]:
    kind = group.volume_type or DEFAULT_TYPE
    compared = ((*path, "volume_type"),)
    if group.volume_throughput is not None and kind not in WITH_THROUGHPUT:
        yield Problem(
            (*path, "volume_throughput"),
            f"a {kind} volume has no such setting",
            "use gp3",
            compared,
            rule="DT215",
        )
    if group.volume_iops is not None:
        low, high = IOPS.get(kind, (0, 0))
        if not low <= group.volume_iops <= high:
            limits = f"takes {low} to {high} IOPS" if high else "has no such setting"
            yield Problem(
                (*path, "volume_iops"),
                f"a {kind} volume {limits}",
                f"give {low} to {high}" if high else "use gp3, io1 or io2",
                compared,
                rule="DT215",
            )


def _purchase(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    reservation = group.capacity_reservation
    if reservation:
        given = dict(reservation)
        where: Path = (*path, "capacity_reservation")
        yield from several(where, given, "{} exclude each other", "give one of them")
        if not any(given.values()):
            yield Problem(where, "names no reservation", "give its id")
    if group.spot and (reservation or group.market_type):
        yield Problem(
            (*path, "spot"),
            "spot instances cannot use reserved capacity",
            "leave one of the two out",
            ((*path, "capacity_reservation"), (*path, "market_type")),
            rule="DT218",
        )
    if group.market_type and not (
        reservation and (reservation.id or reservation.resource_group_arn)
    ):
        yield Problem(
            (*path, "market_type"),
            "a Capacity Block is bought by its reservation",
            "give capacity_reservation.id",
            ((*path, "capacity_reservation"),),
        )
    if group.market_type and len(group.instance_types) > 1:
        yield Problem(
            (*path, "instance_types"),
            "a Capacity Block has one instance type",
            "give one",
            rule="DT203",
        )


def _image(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    if group.ami and not group.ami_family and settings.is_managed(group):
        yield Problem(
            (*path, "ami"),
            "a managed node group with an image of its own needs the image's family",
            "give ami_family",
            ((*path, "ami_family"), (*path, "managed")),
        )
    family = group.ami_family or ""
    for name in ("pre_bootstrap_commands", "override_bootstrap_command"):
        if group.is_bottlerocket and getattr(group, name):
            yield Problem((*path, name), f"{family} has no shell to run it", "leave it out")
    if family == "AmazonLinux2" and release(settings.components["kubernetes"]) >= (1, 33):
        yield Problem(
            (*path, "ami_family"),
            "there is no AmazonLinux2 for Kubernetes 1.33 and later",
            "choose AmazonLinux2023",
            (("cluster", "kubernetes_version"), ("stack",)),
            rule="DT207",
        )
    vpc = settings.cluster.vpc
    if group.private_networking and vpc.id and not vpc.private_subnets:
        yield Problem(
            (*path, "private_networking"),
            "the VPC has no private subnets",
            "give cluster.vpc.private_subnets, or leave it out",
            (("cluster", "vpc"),),
            rule="DT204",
        )


INSTANCE_CHECKS: tuple[GroupCheck, ...] = (_types, _efa, _volume, _purchase, _image)
