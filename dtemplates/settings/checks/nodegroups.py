"""Node groups that eksctl or EC2 would refuse (eksctl 0.230.0, validation.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.instance_types import instance_type
from dtemplates.settings.checks.cluster import zone_outside
from dtemplates.settings.checks.problem import Problem, repeated, several
from dtemplates.settings.lustre import subnet_id
from dtemplates.stacks import is_managed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings

    GroupCheck = Callable[[NodeGroup, Path, Settings], Iterator[Problem]]

# Volume type → lowest and highest IOPS.
_IOPS = {"gp3": (3000, 16000), "io1": (100, 64000), "io2": (100, 256000)}


def _names(settings: Settings) -> Iterator[Problem]:
    yield from repeated(
        (group.name for group in settings.nodegroups), ("nodegroups",), "node group"
    )


def _each(settings: Settings) -> Iterator[Problem]:
    for number, group in enumerate(settings.nodegroups):
        for check in _GROUP_CHECKS:
            yield from check(group, ("nodegroups", number), settings)


def _labels(group: NodeGroup, path: Path, _: Settings) -> Iterator[Problem]:
    for key in group.labels:
        prefix, slash, name = key.rpartition("/")
        kubernetes = slash and (f".{prefix}").endswith((".kubernetes.io", ".k8s.io"))
        if kubernetes and not prefix.endswith(("kubelet.kubernetes.io", "node.kubernetes.io")):
            yield Problem(
                (*path, "labels", key),
                f"labels of {prefix} are Kubernetes' own; a node may not set {name}",
                "choose a prefix of your own",
            )


def _sizes(group: NodeGroup, path: Path, _: Settings) -> Iterator[Problem]:
    for low, high in (
        ("min_size", "max_size"),
        ("min_size", "desired_capacity"),
        ("desired_capacity", "max_size"),
    ):
        least, most = getattr(group, low), getattr(group, high)
        if least is not None and most is not None and least > most:
            yield Problem(
                (*path, low),
                f"{low} {least} is more than {high} {most}",
                f"lower it to {most}, or raise {high}",
                ((*path, high),),
            )


def _types(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    given = {"instance_type": group.instance_type, "instance_types": group.instance_types}
    yield from several(path, given, "{} exclude each other", "give one of them")
    rows = {name: instance_type(name, settings.instance_types) for name in group.types}
    counts = {row.accelerators if row else 0 for row in rows.values()}
    if len(counts) > 1:
        yield Problem(
            (*path, "instance_types"),
            "the types have different numbers of accelerators",
            "use types that are alike, or several node groups",
        )
    if (
        group.spot
        and not is_managed(group.managed, settings.components["eksctl"])
        and len(group.types) < 2
    ):
        yield Problem(
            (*path, "spot"),
            "self-managed spot nodes need at least two instance types",
            "give instance_types",
        )


def _zones(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    given = {"availability_zones": group.availability_zones, "subnets": group.subnets}
    yield from several(path, given, "{} exclude each other", "give one of them")
    for number, zone in enumerate(group.availability_zones):
        where = (*path, "availability_zones", number)
        yield from zone_outside(zone, settings.cluster.region, where)
    for number, subnet in enumerate(group.subnets):
        if subnet_id(subnet, group, settings) is None:
            yield Problem(
                (*path, "subnets", number),
                f"there is no subnet {subnet!r}",
                "give a subnet's id, or a key of cluster.vpc.public_subnets or private_subnets",
                (("cluster", "vpc"),),
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
        )
    for name in group.types:
        row = instance_type(name, settings.instance_types)
        if row and row.efa == 0:
            yield Problem(
                (*path, "efa"),
                f"{name} has no EFA",
                "leave efa out, or choose a larger type",
                ((*path, "instance_type"), (*path, "instance_types")),
            )


def _volume(group: NodeGroup, path: Path, _: Settings) -> Iterator[Problem]:
    kind = group.volume_type or "gp3"
    compared = ((*path, "volume_type"),)
    if group.volume_throughput is not None and kind != "gp3":
        yield Problem(
            (*path, "volume_throughput"),
            f"a {kind} volume has no such setting",
            "use gp3",
            compared,
        )
    if group.volume_iops is not None:
        low, high = _IOPS.get(kind, (0, 0))
        if not low <= group.volume_iops <= high:
            limits = f"takes {low} to {high} IOPS" if high else "has no such setting"
            yield Problem(
                (*path, "volume_iops"), f"a {kind} volume {limits}", "use gp3, io1 or io2", compared
            )


def _ssh(group: NodeGroup, path: Path, _: Settings) -> Iterator[Problem]:
    if group.ssh:
        keys = {
            name: getattr(group.ssh, name)
            for name in ("public_key_name", "public_key_path", "public_key")
        }
        yield from several((*path, "ssh"), keys, "{} are more than one key", "give one of them")


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
            (*path, "instance_types"), "a Capacity Block has one instance type", "give one"
        )


def _security(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    if is_managed(group.managed, settings.components["eksctl"]):
        for name in ("with_shared", "with_local"):
            if getattr(group.security_groups, name):
                yield Problem(
                    (*path, "security_groups", name),
                    "a managed node group has no such security group",
                    "leave it out, or set managed: false",
                    ((*path, "managed"),),
                )
    iam: Path = (*path, "iam")
    policies = [name for name, wanted in group.iam.with_addon_policies.items() if wanted]
    if group.disable_pod_imds and policies:
        yield Problem(
            (*path, "disable_pod_imds"),
            f"pods could not use the policies {', '.join(policies)} without instance metadata",
            "leave one of the two out",
            ((*iam, "with_addon_policies"),),
        )
    if group.iam.instance_role_arn and (policies or group.iam.attach_policy_arns):
        yield Problem(
            (*iam, "instance_role_arn"),
            "an existing role gets no policies from eksctl",
            "leave the policies out, or the role",
        )


_GROUP_CHECKS: tuple[GroupCheck, ...] = (
    _labels,
    _sizes,
    _types,
    _zones,
    _efa,
    _volume,
    _ssh,
    _purchase,
    _security,
)
CHECKS = (_names, _each)
