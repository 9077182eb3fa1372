"""Security groups of CloudFormation templates: what they let in and out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dtemplates.inventory.storage import refers_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.inventory.parts import Part
    from dtemplates.inventory.storage import Resource

_GROUP = "AWS::EC2::SecurityGroup"
_WORLD = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class Traffic:
    """A rule of a security group: which ports, from or to whom."""

    part: Part

    @property
    def is_all(self) -> bool:
        """Whether it is about every protocol and port."""
        return self.part["IpProtocol"].value in ("-1", -1)

    @property
    def ports(self) -> range | None:
        """The TCP ports; None where a parameter decides them."""
        if self.is_all:
            return range(65536)
        if self.part["IpProtocol"].value not in ("tcp", "6", 6):
            return None if isinstance(self.part["IpProtocol"].value, dict) else range(0)
        first, last = self.part["FromPort"].number, self.part["ToPort"].number
        return None if first is None or last is None else range(first, last + 1)

    @property
    def world(self) -> Part | None:
        """The value that opens it to everybody; None where nothing does."""
        sources = (self.part["CidrIp"], self.part["CidrIpv6"])
        return next((one for one in sources if one.text in _WORLD), None)

    def is_with(self, group: Resource) -> bool:
        """Return whether it is from or to the members of a security group."""
        names = ("SourceSecurityGroupId", "DestinationSecurityGroupId")
        return any(refers_to(self.part[name], group.id) for name in names)


@dataclass(frozen=True)
class SecurityGroup:
    """A security group, with the rules in it and beside it."""

    resource: Resource
    ingress: tuple[Traffic, ...]
    egress: tuple[Traffic, ...]

    @property
    def id(self) -> str:
        """Its logical id."""
        return self.resource.id

    @property
    def properties(self) -> Part:
        """Its properties."""
        return self.resource.properties


def security_groups(resources: Iterable[Resource]) -> list[SecurityGroup]:
    """Return the security groups of one template."""
    resources = list(resources)
    return [
        SecurityGroup(
            one,
            _rules(one, resources, "SecurityGroupIngress"),
            _rules(one, resources, "SecurityGroupEgress"),
        )
        for one in resources
        if one.type == _GROUP
    ]


def _rules(group: Resource, resources: list[Resource], kind: str) -> tuple[Traffic, ...]:
    inside = group.properties[kind].items
    beside = [
        one.properties
        for one in resources
        if one.type == f"AWS::EC2::{kind}" and refers_to(one.properties["GroupId"], group.id)
    ]
    return tuple(Traffic(part) for part in (*inside, *beside) if part.fields)


def used_by(file_system: Resource, groups: Iterable[SecurityGroup]) -> list[SecurityGroup] | None:
    """Return a file system's security groups; None where some are not of its template."""
    found = []
    known = list(groups)
    for part in file_system.properties["SecurityGroupIds"].items:
        group = next((one for one in known if refers_to(part, one.id)), None)
        if group is None:
            return None
        found.append(group)
    return found or None
