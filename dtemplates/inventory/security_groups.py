"""Security groups of CloudFormation templates: what they let in and out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dtemplates.inventory.storage import is_function, refers_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.inventory.parts import Part
    from dtemplates.inventory.storage import Resource

_GROUP = "AWS::EC2::SecurityGroup"
_WORLD = ("0.0.0.0/0", "::/0")
_PORTS = 65536
_MEMBERS = ("SourceSecurityGroupId", "DestinationSecurityGroupId")


@dataclass(frozen=True)
class Traffic:
    """A rule of a security group: which ports, from or to whom.

    `is_sure` tells that it is there, and is one of the group's; a function may decide about that.
    """

    part: Part
    is_sure: bool = True

    @property
    def is_untold(self) -> bool:
        """Whether a function or a parameter decides about its protocol, or about all of it."""
        return not self.is_sure or is_function(self.part["IpProtocol"])

    @cached_property
    def is_all(self) -> bool:
        """Whether it is about every protocol and port."""
        return self.is_sure and self.part["IpProtocol"].value in ("-1", -1)

    @cached_property
    def ports(self) -> range | None:
        """The TCP ports; None where they are not told."""
        if self.is_all:
            return range(_PORTS)
        if self.is_untold:
            return None
        if self.part["IpProtocol"].value not in ("tcp", "6", 6):
            return range(0)
        first, last = self.part["FromPort"].number, self.part["ToPort"].number
        if first is None or last is None:
            return None
        # Templates may name others than there are, and so many that Python cannot count them.
        return range(max(first, 0), min(last + 1, _PORTS))

    @cached_property
    def world(self) -> Part | None:
        """The value that opens it to everybody; None where nothing does."""
        sources = (self.part["CidrIp"], self.part["CidrIpv6"])
        return next((one for one in sources if one.text in _WORLD), None)

    def is_with(self, group: Resource) -> bool:
        """Return whether it is from or to the members of a security group."""
        return any(refers_to(self.part[name], group.id) for name in _MEMBERS)

    def may_be_all_with(self, group: Resource) -> bool:
        """Return whether it is about everything from or to a group, or nobody can tell."""
        if not (self.is_all or self.is_untold):
            return False
        addresses = (is_function(self.part[name]) for name in ("CidrIp", "CidrIpv6"))
        members = (_is_worked_out(self.part[name]) for name in _MEMBERS)
        told = self.is_with(group) or self.world is not None
        return told or not self.is_sure or any(addresses) or any(members)


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
    inside = group.properties[kind]
    found = [Traffic(part, bool(part["IpProtocol"])) for part in inside.items if part.fields]
    if inside.fields:
        found.append(Traffic(inside, is_sure=False))
    for one in resources:
        if one.type == f"AWS::EC2::{kind}":
            owner = one.properties["GroupId"]
            if refers_to(owner, group.id):
                found.append(Traffic(one.properties))
            elif _is_worked_out(owner):
                found.append(Traffic(one.properties, is_sure=False))
    # Macros and loops may make any rules.
    if is_function(group.properties) or is_function(group.template["Resources"]):
        found.append(Traffic(group.properties, is_sure=False))
    return tuple(found)


def _is_worked_out(part: Part) -> bool:
    """Return whether it may come out as any group: a mere reference names one that is not this."""
    return is_function(part) and not part["Ref"] and not part["Fn::GetAtt"]


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
