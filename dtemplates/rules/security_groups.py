"""Security groups that keep nodes and file system apart, or let everybody in (DT1…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.security_groups import used_by
from dtemplates.rules.rule import Breach, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.inventory import Inventory, Resource
    from dtemplates.inventory.security_groups import SecurityGroup, Traffic

_CREATING = "https://docs.aws.amazon.com/fsx/latest/LustreGuide/cannot-create-fs.html"
_GUIDE = "https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html"
# TCP ports of Lustre, for servers and clients alike.
_LUSTRE = (range(988, 989), range(1018, 1024))
_LEAST = 900


def _known(inventory: Inventory) -> Iterator[tuple[Resource, list[SecurityGroup]]]:
    """Yield the file systems whose security groups are all in their template."""
    for file_system in inventory.file_systems:
        groups = inventory.security_groups.get(file_system.template_id, [])
        if found := used_by(file_system, groups):
            yield file_system, found


def _closed(rules: Iterable[Traffic]) -> list[str] | None:
    """Return which of Lustre's ports are closed; None where parameters decide about any."""
    ports = [rule.ports for rule in rules]
    if None in ports:
        return None
    wanted = (_words(part) for part in _LUSTRE if not _all_in(part, [p for p in ports if p]))
    return list(wanted)


def _all_in(wanted: range, ports: list[range]) -> bool:
    return all(any(port in part for part in ports) for port in wanted)


def _words(ports: range) -> str:
    return f"{ports[0]} to {ports[-1]}" if len(ports) > 1 else str(ports[0])


@rule(
    "DT104",
    "error",
    symptom='FSx makes no file system ("do not permit Lustre LNET network traffic on port 988"), '
    "or mounts hang until they time out.",
    remedy="open TCP 988 and 1018 to 1023, to the file system itself and to the nodes",
    source=_CREATING,
)
def lustre_ports(inventory: Inventory) -> Iterator[Breach]:
    """The security groups of a file system let TCP 988 and 1018 to 1023 through."""
    for file_system, groups in _known(inventory):
        sides = {
            "in": [one for group in groups for one in group.ingress],
            # Without any rule of its own a group lets everything out.
            "out": [one for group in groups for one in group.egress],
        }
        open_out = any(not group.egress for group in groups)
        for side, rules in sides.items():
            if side == "out" and open_out:
                continue
            if closed := _closed(rules):
                names = " and ".join(group.id for group in groups)
                where = [group.properties[f"SecurityGroup{_KINDS[side]}"] for group in groups]
                ports = " and ".join(closed)
                yield Breach(
                    next(filter(None, where), where[0]),
                    f"{names} of {file_system.id} lets no TCP {ports} {side}",
                    f"open TCP {ports}, to the file system itself and to the nodes",
                    (*where, *(one.part for one in rules), file_system.template["Resources"]),
                )


_KINDS = {"in": "Ingress", "out": "Egress"}
_RULES = tuple(f"SecurityGroup{kind}" for kind in _KINDS.values())


@rule(
    "DT105",
    "error",
    symptom="FSx refuses the file system, or nodes do not reach it (unless the VPCs are peered).",
    remedy="make the security group in the VPC of the cluster",
    source=_GUIDE,
)
def vpc_of_cluster(inventory: Inventory) -> Iterator[Breach]:
    """A file system is in the VPC of the cluster."""
    clusters = [one for one in inventory.clusters if one.text_at("vpc", "id")]
    told: set[tuple[int, str]] = set()
    for file_system, groups in _known(inventory) if clusters else ():
        beside = inventory.beside(file_system.template, clusters)
        places = {one.text_at("vpc", "id"): one for one in beside}
        for group in groups:
            vpc = group.properties["VpcId"]
            key = (file_system.template_id, group.id)
            if places and vpc.text and vpc.text not in places and key not in told:
                told.add(key)
                others = " and ".join(f"{one.name} in {id}" for id, one in places.items())
                yield Breach(
                    vpc,
                    f"{group.id} of {file_system.id} is in {vpc.text}, and cluster {others}",
                    f"use {' or '.join(places)}",
                    tuple(one.at("vpc", "id") for one in places.values()),
                )


@rule(
    "DT106",
    "error",
    symptom='FSx answers "Insufficient security group permissions to create an EFA-enabled file '
    'system".',
    remedy='let all traffic (IpProtocol: "-1") in and out, from and to the security group itself',
    source=_CREATING,
)
def efa_security_group(inventory: Inventory) -> Iterator[Breach]:
    """The security groups of a file system with EFA let all traffic among themselves through."""
    for file_system, groups in _known(inventory):
        enabled = file_system.lustre["EfaEnabled"]
        if not enabled.is_true:
            continue
        for group in groups:
            into = any(one.may_be_all_with(group.resource) for one in group.ingress)
            out = not group.egress or any(
                one.may_be_all_with(group.resource) for one in group.egress
            )
            if not into or not out:
                yield Breach(
                    enabled,
                    f"{file_system.id} has EFA, and {group.id} does not let all traffic "
                    f"{'out to' if into else 'in from'} itself",
                    compared=(
                        *(group.properties[name] for name in _RULES),
                        file_system.template["Resources"],
                    ),
                )


@rule(
    "DT123",
    "error",
    symptom="Everybody on the internet may try to mount the file system; Lustre asks for no "
    "password.",
    remedy="name the nodes' security group: SourceSecurityGroupId",
    source=_GUIDE,
)
def closed_to_the_world(inventory: Inventory) -> Iterator[Breach]:
    """No security group opens Lustre's ports to the world."""
    attached = {(one.template_id, group.id) for one, used in _known(inventory) for group in used}
    for template, groups in inventory.security_groups.items():
        for group in groups:
            for one in group.ingress:
                ports, world = one.ports, one.world
                if world is None or ports is None or _LUSTRE[0][0] not in ports:
                    continue
                # Of other groups, only what is about such ports alone is a file system's for sure.
                if (template, group.id) in attached or ports[0] > _LEAST:
                    what = "everything" if one.is_all else f"TCP {_words(ports)}"
                    yield Breach(world, f"{group.id} opens {what} to {world.text}")
