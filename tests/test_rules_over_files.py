"""Rules whose examples cannot be one file: what other files, folders, versions and days change."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from dtemplates.inspection import inspect
from dtemplates.inventory import Inventory
from dtemplates.inventory.parts import documents_in
from dtemplates.manifests import Manifest
from dtemplates.rules import rule_of

if TYPE_CHECKING:
    from pathlib import Path

GROUPS = """\
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: demo, region: us-east-1}
managedNodeGroups:
  - {name: gpu, instanceType: p5.48xlarge, availabilityZones: [us-east-1d]}
"""
NETWORK = """\
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: demo, region: us-east-1, version: "1.36"}
vpc:
  subnets:
    public:
      us-east-1b: {id: subnet-0b1b2c3d4e5f60718}
      us-east-1d: {id: subnet-0d1b2c3d4e5f60718}
"""
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: queues.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {kind: Queue, plural: queues}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
QUEUE = """\
apiVersion: example.com/v1
kind: Queue
metadata: {name: gpus}
"""
TILLER = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: tiller, namespace: kube-system}
"""
DEPLOYMENT = """\
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example/web:1"}]}
"""
ONE_ZONE = NETWORK.partition("      us-east-1d")[0]
OLD_LINUX = GROUPS.replace("p5.48xlarge,", "p5.48xlarge, amiFamily: AmazonLinux2,")


def job(version: str) -> str:
    top = f"apiVersion: kubeflow.org/{version}\nkind: MPIJob\n"
    return f"{top}metadata: {{name: {version}}}\nspec: {{}}\n"


def chart(version: str) -> str:
    return f"apiVersion: {version}\nname: mpijob\nversion: 0.1.0\n"


def files(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def environment(name: str, size: str = "4800Gi", asked: str = "4800Gi") -> str:
    """Return a volume and its claim; those of other environments are called the same."""
    kept = f"  claimRef: {{namespace: {name}, name: data}}\n"
    return f"{volume(size=size, more=kept)}---\n{claim(name, asked)}"


def volume(name: str = "data", size: str = "4800Gi", more: str = "") -> str:
    return f"""\
apiVersion: v1
kind: PersistentVolume
metadata: {{name: {name}}}
spec:
  capacity: {{storage: {size}}}
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: ""
  mountOptions: [flock]
{more}  csi:
    driver: fsx.csi.aws.com
    volumeHandle: fs-0123456789abcdef0
    volumeAttributes:
      dnsname: fs-0123456789abcdef0.fsx.us-east-1.amazonaws.com
      mountname: abcdef01
"""


def claim(namespace: str, asked: str = "4800Gi", volume: str = "data") -> str:
    """Return a claim for a volume, or for none by name."""
    named = f"  volumeName: {volume}\n" if volume else ""
    return f"""\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data, namespace: {namespace}}}
spec:
  accessModes: [ReadWriteMany]
  storageClassName: ""
{named}  resources: {{requests: {{storage: {asked}}}}}
"""


STORAGE_CLASS = """\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fsx-sc}
provisioner: fsx.csi.aws.com
parameters: {subnetId: subnet-0a1b2c3d4e5f60718, securityGroupIds: sg-0a1b2c3d4e5f60718}
"""
WITH_ADDONS = NETWORK + "addons: [{name: vpc-cni}]\n"
ELSEWHERE = NETWORK.replace("us-east-1", "us-west-2").replace("demo", "other")
OLD = NETWORK.replace("1.36", "1.15")
DEV, PROD = environment("dev"), environment("prod", "9600Gi", "9600Gi")
KEPT, UNNAMED = DEV.partition("---\n")[0], claim("dev", "9Ti", volume="")
WHOLE = NETWORK + "managedNodeGroups: [{name: gpu, instanceType: p4d.24xlarge}]\n"
# Rule, the files, and whether they break it.
CASES: list[tuple[str, dict[str, str], bool]] = [
    ("DT103", {"a.yaml": DEV, "b.yaml": ELSEWHERE}, True),
    ("DT103", {"a/a.yaml": DEV, "b/b.yaml": ELSEWHERE}, True),
    ("DT103", {"a/a.yaml": DEV, "b/b.yaml": ELSEWHERE, "c/c.yaml": GROUPS}, False),
    ("DT112", {"dev/a.yaml": DEV, "prod/a.yaml": PROD}, False),
    ("DT112", {"prod/a.yaml": DEV, "dev/a.yaml": PROD}, False),
    ("DT112", {"a.yaml": DEV, "b.yaml": PROD}, False),
    ("DT112", {"dev/a.yaml": environment("dev", asked="9Ti"), "prod/a.yaml": PROD}, True),
    ("DT112", {"a/a.yaml": volume(), "b/b.yaml": claim("dev", "9Ti")}, True),
    ("DT112", {"a/a.yaml": volume(), "b/b.yaml": volume(), "c.yaml": claim("dev", "9Ti")}, False),
    ("DT112", {"a.yaml": volume(), "b.yaml": UNNAMED}, True),
    ("DT112", {"a/a.yaml": volume(), "b/b.yaml": UNNAMED}, False),
    ("DT112", {"a/a.yaml": volume(), "b/b.yaml": UNNAMED, "c.yaml": NETWORK}, True),
    ("DT114", {"dev/a.yaml": DEV, "prod/a.yaml": PROD}, False),
    ("DT114", {"a.yaml": DEV, "b.yaml": PROD}, False),
    ("DT114", {"dev/a.yaml": DEV, "prod/a.yaml": claim("prod")}, False),
    ("DT114", {"dev/a.yaml": KEPT, "prod/a.yaml": claim("prod")}, True),
    ("DT114", {"a.yaml": volume("dataset"), "b.yaml": claim("dev", volume="datset")}, True),
    ("DT114", {"a/a.yaml": volume("dataset"), "b/b.yaml": claim("dev", volume="datset")}, False),
    ("DT118", {"a.yaml": volume(), "b.yaml": volume("other")}, True),
    ("DT118", {"a/a.yaml": volume(), "b/b.yaml": volume("other")}, False),
    ("DT120", {"a.yaml": STORAGE_CLASS, "b.yaml": WHOLE}, True),
    ("DT120", {"a/a.yaml": STORAGE_CLASS, "b/b.yaml": WHOLE, "c/c.yaml": ELSEWHERE}, False),
    ("DT121", {"a.yaml": volume(), "b.yaml": WITH_ADDONS}, True),
    ("DT121", {"a/a.yaml": volume(), "b/b.yaml": WITH_ADDONS}, True),
    ("DT121", {"a/a.yaml": volume(), "b/b.yaml": WITH_ADDONS, "c/c.yaml": ELSEWHERE}, False),
    ("DT204", {"a.yaml": NETWORK, "b.yaml": GROUPS}, False),
    ("DT204", {"a.yaml": NETWORK.replace("1d", "1c"), "b.yaml": GROUPS}, True),
    ("DT204", {"a.yaml": NETWORK.replace("1d", "1c").replace("demo", "other")}, False),
    ("DT205", {"a.yaml": ONE_ZONE}, True),
    ("DT205", {"a.yaml": ONE_ZONE, "b.yaml": ONE_ZONE.replace("1b", "1c")}, False),
    ("DT207", {"a.yaml": OLD_LINUX}, False),
    ("DT207", {"a.yaml": OLD_LINUX, "b.yaml": NETWORK}, True),
    ("DT207", {"a.yaml": OLD_LINUX, "b.yaml": NETWORK.replace("1.36", "1.32")}, False),
    (
        "DT207",
        {"a.yaml": OLD_LINUX, "b.yaml": NETWORK, "c.yaml": NETWORK.replace("1.36", "1.32")},
        False,
    ),
    ("DT210", {"a.yaml": WHOLE, "b.yaml": GROUPS}, True),
    ("DT210", {"a.yaml": GROUPS, "b.yaml": WHOLE}, True),
    ("DT210", {"a.yaml": WHOLE, "b.yaml": WHOLE}, False),
    ("DT210", {"a.yaml": GROUPS, "b.yaml": GROUPS}, False),
    ("DT210", {"a.yaml": WHOLE, "b.yaml": GROUPS.replace("us-east", "us-west")}, False),
    ("DT501", {"a.yaml": job("v1"), "b.yaml": job("v2beta1")}, True),
    ("DT501", {"v1/a.yaml": job("v1"), "v2beta1/b.yaml": job("v2beta1")}, False),
    ("DT502", {"a.yaml": DEPLOYMENT, "b.yaml": OLD}, False),
    ("DT502", {"a/a.yaml": DEPLOYMENT, "a/b.yaml": OLD, "c/c.yaml": ELSEWHERE}, False),
    ("DT502", {"a/a.yaml": OLD, "c/b.yaml": DEPLOYMENT, "c/c.yaml": ELSEWHERE}, True),
    ("DT503", {"Chart.yaml": chart("v2"), "tiller.yaml": TILLER}, True),
    ("DT503", {"a/Chart.yaml": chart("v2"), "b/tiller.yaml": TILLER}, False),
    ("DT503", {"Chart.yaml": chart("v1"), "tiller.yaml": TILLER}, False),
    ("DT505", {"a.yaml": f"{DEFINITION}---\n{QUEUE}"}, True),
    ("DT505", {"a.yaml": DEFINITION, "b.yaml": QUEUE}, False),
    ("DT505", {"chart/templates/a.yaml": f"{DEFINITION}---\n{QUEUE}"}, False),
]


@pytest.mark.parametrize(("id", "texts", "broken"), CASES)
def test_files_beside_each_other(
    id: str, texts: dict[str, str], broken: bool, tmp_path: Path
) -> None:
    files(tmp_path, texts)
    found = {finding.id for result in inspect([tmp_path]).results for finding in result.findings}
    assert (id in found) == broken


@pytest.mark.parametrize(("kubernetes", "broken"), [("1.15", False), ("1.16", True), (None, True)])
def test_an_api_goes_with_a_version(kubernetes: str | None, broken: bool, tmp_path: Path) -> None:
    files(tmp_path, {"web.yaml": DEPLOYMENT})
    report = inspect([tmp_path], kubernetes_version=kubernetes)
    found = [finding.id for result in report.results for finding in result.findings]
    assert found == (["DT502"] if broken else [])


def test_the_operators_definition_is_too_large_for_kubectl(oracles: Path) -> None:
    report = inspect([oracles / "mpi-operator" / "mpijob-crd-v2beta1.yaml"])
    found = {finding.id for result in report.results for finding in result.findings}
    assert "DT504" in found


@pytest.mark.parametrize(
    ("day", "offered", "standard"),
    [
        (date(2026, 1, 27), False, True),
        (date(2026, 1, 28), True, True),
        (date(2027, 3, 26), True, True),
        (date(2027, 3, 27), True, False),
        (date(2028, 3, 26), True, False),
        (date(2028, 3, 27), False, True),
    ],
)
def test_a_version_on_a_day(day: date, offered: bool, standard: bool) -> None:
    manifest = Manifest("cluster.yaml", NETWORK.replace("1.36", "1.35"))
    documents = documents_in(manifest, 0, manifest.documents[0])
    inventory = Inventory(documents, today=day)
    offers, supports = rule_of("DT507"), rule_of("DT508")
    assert offers is not None
    assert supports is not None
    assert (list(offers.find(inventory)) == []) == offered
    # What is not offered has no support to tell of.
    assert (list(supports.find(inventory)) == []) == standard
