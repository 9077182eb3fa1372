"""One mistake is one finding: what follows from it is not told besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dtemplates.inspection import inspect

if TYPE_CHECKING:
    from pathlib import Path

    from dtemplates.findings import Finding

VPC = """\
  vpc:
    id: vpc-0a1b2c3d4e5f60718
    public_subnets:
      us-east-1b: subnet-0b1b2c3d4e5f60718
      us-east-1c: subnet-0c1b2c3d4e5f60718
"""
GROUP = "{name: gpu, instance_type: p5.48xlarge, availability_zones: [us-east-1c]}"


def findings(text: str, folder: Path) -> list[Finding]:
    file = folder / "example.yaml"
    file.write_text(text, "utf-8")
    return [one for result in inspect([file]).results for one in result.findings]


def settings(*, cluster: str = VPC, group: str = GROUP, rest: str = "") -> str:
    top = "cluster:\n  name: demo\n  region: us-east-1\n"
    return f"{top}{cluster}nodegroups:\n  - {group}\n{rest}"


def group(text: str) -> str:
    return f"{{name: gpu, instance_type: p5.48xlarge, {text}}}"


LUSTRE = """\
fsx:
  name: data
  capacity: 2400Gi
  dynamic:
    security_group_ids: [sg-0f1e2f3a4b5c60718]
    deployment_type: %s
"""
VOLUME = """\
apiVersion: v1
kind: PersistentVolume
metadata: {name: data}
spec:
  capacity: {storage: 4800Gi}
  accessModes: [ReadOnlyMany]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: ""
  mountOptions: [flock]
  csi:
    driver: fsx.csi.aws.com
    volumeHandle: fs-0123456789abcdef0
    volumeAttributes:
      dnsname: fs-0123456789abcdef0.fsx.us-east-1.amazonaws.com
      mountname: abcdef01
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  accessModes: [ReadWriteMany]
  storageClassName: ""
  volumeName: data
  resources: {requests: {storage: 4800Gi}}
"""
RESERVED = "capacity_reservation: {id: cr-0123456789abcdef0}"
WRONG_ZONE = "availability_zones: [us-west-2a]"
PERSISTENT = LUSTRE % "PERSISTENT_1"
CASES = {
    "a mode that the driver refuses": (VOLUME, "DT126", "spec.accessModes.0"),
    "a misspelt list of subnets": (
        settings(cluster=VPC.replace("public_subnets", "publicSubnets")),
        "DT002",
        "cluster.vpc.publicSubnets",
    ),
    "a zone of another region": (
        settings(group=group(f"{WRONG_ZONE}, {RESERVED}")),
        "DT206",
        "nodegroups.0.availability_zones.0",
    ),
    "another region": (
        settings().replace("region: us-east-1", "region: us-west-2"),
        "DT206",
        "cluster.region",
    ),
    "another region, of a new VPC": (
        settings(
            cluster="  availability_zones: [us-west-2a, us-west-2b]\n", group=group(WRONG_ZONE)
        ),
        "DT206",
        "cluster.region",
    ),
    "sizes out of order": (
        settings(
            group=group("min_size: 5, desired_capacity: 4, max_size: 4"),
        ),
        "DT209",
        "nodegroups.0.min_size",
    ),
    "no nodes at most": (
        settings(group=group("min_size: 0, desired_capacity: 0, max_size: 0")),
        "DT209",
        "nodegroups.0.max_size",
    ),
    "a misspelt throughput": (
        settings(rest=f"{PERSISTENT}    per_unit_storage_troughput: 50\n"),
        "DT002",
        "fsx.dynamic.per_unit_storage_troughput",
    ),
    "misspelt security groups": (
        settings(rest=(LUSTRE % "SCRATCH_2").replace("group_ids", "groups_ids")),
        "DT002",
        "fsx.dynamic.security_groups_ids",
    ),
    "one zone that is none": (
        settings(cluster="  availability_zones: [us-east-1c, us-east-1]\n"),
        "DT002",
        "cluster.availability_zones.1",
    ),
    "an eksctl that is too old": (
        f"versions: {{eksctl: 0.150.0}}\n{settings()}",
        "DT511",
        "versions.eksctl",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_mistake_is_one_finding(case: str, tmp_path: Path) -> None:
    text, id, path = CASES[case]
    (found,) = findings(text, tmp_path)
    assert (found.id, ".".join(map(str, found.path))) == (id, path)


def test_a_wrong_subnet_is_not_a_missing_one(tmp_path: Path) -> None:
    text = settings(
        cluster=VPC.replace("subnet-0b1b2c3d4e5f60718", "0b").replace("subnet-0c1", "0c")
    )
    found = findings(text, tmp_path)
    assert {one.id for one in found} == {"DT002"}
    assert all("public_subnets" in one.path for one in found)


@pytest.mark.parametrize(
    ("sizes", "remedy"),
    [
        ("min_size: 5, desired_capacity: 4", "lower min_size to 4, or raise desired_capacity to 5"),
        (
            "min_size: 5, desired_capacity: 6, max_size: 4",
            "lower min_size and desired_capacity to 4, or raise max_size to 6",
        ),
        (
            "min_size: 6, desired_capacity: 5, max_size: 4",
            "lower min_size and desired_capacity to 4, or raise desired_capacity and max_size to 6",
        ),
        ("desired_capacity: 2, max_size: 0", "set max_size to 2"),
    ],
)
def test_sizes_are_mended_at_once(sizes: str, remedy: str, tmp_path: Path) -> None:
    (found,) = findings(settings(group=group(sizes)), tmp_path)
    assert found.remedy == remedy
