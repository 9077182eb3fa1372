"""Stacks whose values are worked out when they are made: rules do not guess at them."""

from __future__ import annotations

import pytest

import dtemplates
from dtemplates.inventory import Inventory
from dtemplates.inventory.parts import documents_in
from dtemplates.manifests import Manifest
from dtemplates.rules import rule_of

STACK = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Clients:
    Type: AWS::EC2::SecurityGroup
    Properties: {{GroupDescription: Clients, VpcId: vpc-1}}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: Lustre
{group}
{beside}
  FileSystem:
    Type: AWS::FSx::FileSystem
    Properties:
      FileSystemType: LUSTRE
      StorageCapacity: {size}
      SecurityGroupIds: [{{Ref: Group}}]
      LustreConfiguration: {{DeploymentType: {kind}, EfaEnabled: true}}
"""
ALL = '{IpProtocol: "-1", SourceSecurityGroupId: {Ref: Group}}'
CLIENTS = '{IpProtocol: "-1", SourceSecurityGroupId: {Ref: Clients}}'
PORTS = "{IpProtocol: tcp, FromPort: 988, ToPort: 1023, CidrIp: 10.0.0.0/8}"


def ingress(text: str) -> str:
    return f"      SecurityGroupIngress: {text}"


def beside(text: str) -> str:
    return (
        "  Beside:\n    Type: AWS::EC2::SecurityGroupIngress\n"
        f"    Properties: {{IpProtocol: '-1', CidrIp: 0.0.0.0/0, {text}}}"
    )


def broken(
    group: str = "", beside: str = "", kind: str = "SCRATCH_2", size: str = "1200"
) -> set[str]:
    text = STACK.format(group=group, beside=beside, kind=kind, size=size)
    manifest = Manifest("stack.yaml", text)
    inventory = Inventory(documents_in(manifest, 0, manifest.documents[0]))
    rules = [rule_of(id) for id in ("DT104", "DT106", "DT123", "DT129")]
    return {one.id for one in rules if one is not None and list(one.find(inventory))}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("", {"DT104", "DT106"}),
        (ingress("[]"), {"DT104", "DT106"}),
        (ingress(f"[{ALL}]"), set()),
        (ingress(f"[{PORTS}]"), {"DT106"}),
        (ingress(f"[{CLIENTS}]"), {"DT106"}),
        (ingress(f'{{"Fn::If": [Open, [{ALL}], []]}}'), set()),
        (ingress(f'[{{"Fn::If": [Open, {ALL}, {PORTS}]}}]'), set()),
        (ingress("[{IpProtocol: {Ref: Protocol}, CidrIp: 10.0.0.0/8}]"), {"DT106"}),
        (ingress("[{IpProtocol: {Ref: Protocol}, CidrIp: {Ref: Network}}]"), set()),
        (ingress('[{IpProtocol: "-1", CidrIp: {Ref: Network}}]'), set()),
        (ingress('[{IpProtocol: "-1", SourceSecurityGroupId: {"Fn::If": [A, b, c]}}]'), set()),
        ('      "Fn::Transform": {Name: AWS::Include}', set()),
    ],
)
def test_rules_of_a_security_group(group: str, expected: set[str]) -> None:
    assert broken(group) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("GroupId: {Ref: Group}", {"DT123"}),
        ("GroupId: {Ref: Clients}", {"DT104", "DT106"}),
        # It may be anybody's, and so neither opens nor closes this one for sure.
        ('GroupId: {"Fn::If": [Open, {Ref: Group}, {Ref: Clients}]}', set()),
        ('GroupId: {"Fn::Sub": "${Group}"}', set()),
    ],
)
def test_rules_beside_a_security_group(group: str, expected: set[str]) -> None:
    assert broken(beside=beside(group)) == expected


def test_a_loop_may_make_anything() -> None:
    assert broken(beside='  "Fn::ForEach::Rules": [Port, ["988"], {}]') == set()


@pytest.mark.parametrize(
    ("kind", "size", "expected"),
    [
        ("SCRATCH_2", "1200", set()),
        ("SCRATCH_2", "3600", {"DT129"}),
        ("SCRATCH_1", "3600", set()),
        ("{Ref: Kind}", "3600", set()),
        ("SCRATCH_2", "{Ref: Size}", set()),
    ],
)
def test_sizes(kind: str, size: str, expected: set[str]) -> None:
    assert broken(ingress(f"[{ALL}]"), kind=kind, size=size) == expected


FUNCTIONS = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: Lustre
      VpcId: {Ref: Vpc}
      SecurityGroupIngress: {"Fn::If": [Open, [], {Ref: "AWS::NoValue"}]}
  FileSystem:
    Type: AWS::FSx::FileSystem
    Properties:
      FileSystemType: LUSTRE
      StorageCapacity: {Ref: Size}
      SubnetIds: [{Ref: Subnet}]
      SecurityGroupIds: [{Ref: Group}]
      LustreConfiguration: {DeploymentType: {Ref: Kind}, EfaEnabled: true}
  Bucket: {Type: AWS::S3::Bucket}
"""


def test_schemas_judge_neither_functions_nor_resources_of_others() -> None:
    manifest = Manifest("stack.yaml", FUNCTIONS)
    assert [str(one) for one in dtemplates.validate([manifest])] == []
    wrong = Manifest("stack.yaml", FUNCTIONS.replace("{Ref: Kind}", "SCRATCH_3"))
    assert "SCRATCH_3" in dtemplates.validate([wrong])[0].message
