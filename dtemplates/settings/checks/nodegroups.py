"""Node groups that eksctl would refuse (eksctl 0.230.0, validation.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.settings.checks.cluster import zone_outside
from dtemplates.settings.checks.instances import INSTANCE_CHECKS
from dtemplates.settings.checks.problem import Problem, repeated, several
from dtemplates.settings.lustre import subnet_id
from dtemplates.settings.node_counts import wrong_size
from dtemplates.settings.zones import is_zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.checks.instances import GroupCheck
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings


def _names(settings: Settings) -> Iterator[Problem]:
    names = (group.name for group in settings.nodegroups)
    yield from repeated(names, ("nodegroups",), "node group", rule="DT210")


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


def _sizes(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    names = ("min_size", "desired_capacity", "max_size")
    sizes = [(name, getattr(group, name)) for name in names]
    wrong = wrong_size(sizes, group="", managed=settings.is_managed(group))
    if wrong:
        compared = tuple((*path, name) for name in names)
        yield Problem((*path, wrong.name), wrong.message, wrong.remedy, compared, "DT209")


def _zones(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    given = {"availability_zones": group.availability_zones, "subnets": group.subnets}
    yield from several(path, given, "{} exclude each other", "give one of them")
    known = settings.cluster.vpc.zones or settings.cluster.availability_zones
    for number, zone in enumerate(group.availability_zones):
        where = (*path, "availability_zones", number)
        yield from zone_outside(zone, settings.cluster.region, where)
        if known and zone not in known and is_zone_of(zone, settings.cluster.region):
            yield Problem(
                where,
                f"the cluster has no subnet in zone {zone}",
                f"use one of {', '.join(known)}, or add a subnet to the cluster",
                (("cluster",),),
                rule="DT204",
            )
    for number, subnet in enumerate(group.subnets):
        if subnet_id(subnet, group, settings) is None:
            yield Problem(
                (*path, "subnets", number),
                f"there is no subnet {subnet!r}",
                "give a subnet's id, or a key of cluster.vpc.public_subnets or private_subnets",
                (("cluster", "vpc"),),
                rule="DT204",
            )


def _ssh(group: NodeGroup, path: Path, _: Settings) -> Iterator[Problem]:
    if group.ssh:
        keys = {
            name: getattr(group.ssh, name)
            for name in ("public_key_name", "public_key_path", "public_key")
        }
        yield from several((*path, "ssh"), keys, "{} are more than one key", "give one of them")


def _security(group: NodeGroup, path: Path, settings: Settings) -> Iterator[Problem]:
    if settings.is_managed(group):
        for name in ("with_shared", "with_local"):
            if getattr(group.security_groups, name):
                yield Problem(
                    (*path, "security_groups", name),
                    "a managed node group has no such security group",
                    "leave it out, or set managed: false",
                    ((*path, "managed"),),
                    rule="DT208",
                )
    iam: Path = (*path, "iam")
    policies = [name for name, wanted in group.iam.with_addon_policies.items() if wanted]
    if group.disable_pod_imds and policies:
        yield Problem(
            (*path, "disable_pod_imds"),
            f"pods could not use the policies {', '.join(policies)} without instance metadata",
            "leave one of the two out",
            ((*iam, "with_addon_policies"),),
            rule="DT216",
        )
    if group.iam.instance_role_arn and (policies or group.iam.attach_policy_arns):
        yield Problem(
            (*iam, "instance_role_arn"),
            "an existing role gets no policies from eksctl",
            "leave the policies out, or the role",
            rule="DT217",
        )


_GROUP_CHECKS: tuple[GroupCheck, ...] = (
    _labels,
    _sizes,
    _zones,
    _ssh,
    _security,
    *INSTANCE_CHECKS,
)
CHECKS = (_names, _each)
