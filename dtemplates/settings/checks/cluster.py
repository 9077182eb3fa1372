"""Networks that eksctl cannot make a cluster in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.settings.checks.problem import Problem, repeated
from dtemplates.settings.zones import is_zone, is_zone_of, other_region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.root import Settings

_VPC: Path = ("cluster", "vpc")
_SUBNETS: tuple[Path, ...] = ((*_VPC, "public_subnets"), (*_VPC, "private_subnets"))
_REGION: Path = ("cluster", "region")


def zone_outside(zone: str, region: str, path: Path) -> Iterator[Problem]:
    """Yield a problem where a zone is not one of the cluster's region."""
    if not is_zone_of(zone, region):
        yield Problem(
            path,
            f"zone {zone} is not in {region}",
            f"use zones of {region}",
            (_REGION,),
            rule="DT206",
        )


def _region(settings: Settings) -> Iterator[Problem]:
    cluster = settings.cluster
    keys = [
        subnet.availability_zone or key
        for subnets in (cluster.vpc.public_subnets, cluster.vpc.private_subnets)
        for key, subnet in subnets.items()
    ]
    zones = [*cluster.availability_zones, *filter(is_zone, keys)]
    zones += [zone for group in settings.nodegroups for zone in group.availability_zones]
    if other := other_region(zones, cluster.region):
        yield Problem(
            _REGION,
            f"the region is {cluster.region}, and all zones are of {other}",
            f"set it to {other}, or use zones of {cluster.region}",
            rule="DT206",
        )


def _zones(settings: Settings) -> Iterator[Problem]:
    cluster = settings.cluster
    for number, zone in enumerate(cluster.availability_zones):
        yield from zone_outside(zone, cluster.region, ("cluster", "availability_zones", number))
    for kind in ("public_subnets", "private_subnets"):
        for key, subnet in getattr(cluster.vpc, kind).items():
            zone = subnet.availability_zone or key
            if is_zone_of(zone, cluster.region):
                continue
            if is_zone(zone):
                yield from zone_outside(zone, cluster.region, (*_VPC, kind, key))
                continue
            yield Problem(
                (*_VPC, kind, key),
                f"{zone!r} is no availability zone of {cluster.region}",
                "use the zone as the key, or give availability_zone",
                (_REGION,),
                rule="DT206",
            )


def _existing_vpc(settings: Settings) -> Iterator[Problem]:
    vpc = settings.cluster.vpc
    if vpc.zones and not vpc.id:
        yield Problem(
            _VPC, "subnets are given without their VPC", "give cluster.vpc.id", ((*_VPC, "id"),)
        )
    if not vpc.id:
        return
    if not vpc.zones:
        yield Problem(
            (*_VPC, "id"),
            "an existing VPC needs its subnets",
            "give public_subnets or private_subnets",
            _SUBNETS,
        )
    for name in ("cidr", "nat_gateway"):
        if getattr(vpc, name):
            yield Problem(
                (*_VPC, name), f"{name} is for a VPC that eksctl makes", "leave it out, or the id"
            )
    if settings.cluster.availability_zones:
        yield Problem(
            ("cluster", "availability_zones"),
            "zones are given beside the subnets of an existing VPC",
            "leave them out: the subnets tell the zones",
            (_VPC,),
        )


def _two_zones(settings: Settings) -> Iterator[Problem]:
    cluster = settings.cluster
    zones = cluster.vpc.zones
    if cluster.vpc.id and len(zones) == 1:
        yield Problem(
            _VPC,
            f"subnets are in zone {zones[0]} alone; EKS needs two",
            "add one in another zone",
            _SUBNETS,
            rule="DT205",
        )
    if len(set(cluster.availability_zones)) == 1:
        yield Problem(
            ("cluster", "availability_zones"),
            f"{cluster.availability_zones[0]} is one zone; EKS needs two",
            "add another zone",
            (("cluster", "availability_zones"),),
            rule="DT205",
        )


def _subnets(settings: Settings) -> Iterator[Problem]:
    seen: dict[str, Path] = {}
    for kind in ("public_subnets", "private_subnets"):
        for key, subnet in getattr(settings.cluster.vpc, kind).items():
            path: Path = (*_VPC, kind, key)
            first = seen.setdefault(subnet.id, path)
            if first != path:
                message = f"{subnet.id} is given twice"
                yield Problem(path, message, "a subnet is in one zone, on one side", (first,))


def _addons(settings: Settings) -> Iterator[Problem]:
    names = (addon.name for addon in settings.cluster.addons)
    yield from repeated(names, ("cluster", "addons"), "add-on")


def _endpoint(settings: Settings) -> Iterator[Problem]:
    vpc = settings.cluster.vpc
    if vpc.public_access is False and not vpc.private_access:
        yield Problem(
            (*_VPC, "public_access"),
            "nothing could reach the Kubernetes API",
            "give private_access: true beside it",
            ((*_VPC, "private_access"),),
        )


CHECKS = (_region, _zones, _existing_vpc, _two_zones, _subnets, _addons, _endpoint)
