"""The classic example against the tutorial's own files: equal but for the repairs listed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

import dtemplates
from dtemplates.inspection import inspect

# The tutorial's file → ours.
FILES = {
    "cluster_config": "cluster_config",
    "nodegroup_config": "nodegroup_config",
    "pv_fsx": "pv_fsx",
    "pvc_fsx": "pvc_fsx",
    "attach_pvc": "attach_pvc",
    "tiller_rbac_config": "tiller_rbac_config",
    "tensorboard": "tensorboard",
    "mpi_job": "jobs/maskrcnn",
    "helm_mpijob_crd": "helm/mpijob/templates/crd",
    "helm_mpijob_Chart": "helm/mpijob/Chart",
}

NAMES = tuple(f"{name}.yaml" for name in FILES)
NAMESPACE = "written out, so that a kubeconfig's own namespace cannot part claim, pods and jobs"
PRIVILEGE = "nothing in the pod needs to be privileged"
WORDING = "titles and descriptions are our own"

# (file, place) → why we differ from the tutorial there.
REPAIRS = {
    ("pvc_fsx", "metadata.namespace"): NAMESPACE,
    ("attach_pvc", "metadata.namespace"): NAMESPACE,
    ("tensorboard", "metadata.namespace"): NAMESPACE,
    ("attach_pvc", "spec.containers.0.securityContext"): PRIVILEGE,
    ("tensorboard", "spec.containers.0.securityContext"): PRIVILEGE,
    ("attach_pvc", "spec.containers.0.args.1"): "it writes to /data, where nothing is mounted",
    ("attach_pvc", "spec.containers.0.image"): "nvidia/cuda:10.0 was deleted from its registry",
    ("helm_mpijob_Chart", "description"): "the chart brings the operator too, not the CRD alone",
    **{
        ("helm_mpijob_crd", f"spec.validation.openAPIV3Schema.properties.spec.{place}"): WORDING
        for place in (
            "description",
            "oneOf.0.properties.gpus.description",
            "oneOf.0.properties.gpus.title",
            "oneOf.1.properties.replicas.description",
            "oneOf.1.properties.replicas.title",
        )
    },
}


def differences(theirs: Any, ours: Any, place: str = "") -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted(theirs.keys() | ours.keys()):
            yield from differences(theirs.get(key), ours.get(key), f"{place}.{key}".strip("."))
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for number, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from differences(one, other, f"{place}.{number}")
    elif (type(theirs), theirs) != (type(ours), ours):
        yield place


@pytest.fixture(scope="module")
def ours() -> dict[str, tuple[Any, ...]]:
    manifests = dtemplates.render(dtemplates.load(ROOT / "examples" / "classic.yaml"))
    return {one.file.removesuffix(".yaml"): one.documents for one in manifests}


@pytest.mark.parametrize("theirs", FILES)
def test_equal_but_for_repairs(
    theirs: str, ours: dict[str, tuple[Any, ...]], oracles: Path
) -> None:
    text = (oracles / "tutorial" / f"{theirs}.yaml").read_text("utf-8")
    documents = [one for one in yaml.safe_load_all(text) if one is not None]
    found = {
        (theirs, place)
        for one, other in zip(documents, ours[FILES[theirs]], strict=True)
        for place in differences(one, other)
    }
    assert found == {repair for repair in REPAIRS if repair[0] == theirs}


def test_the_world_cannot_reach_the_file_system() -> None:
    """The tutorial's script opened Lustre's port to 0.0.0.0/0 and ::/0."""
    manifests = dtemplates.render(dtemplates.load(ROOT / "examples" / "fsx-stack.yaml"))
    (stack,) = (one.documents[0] for one in manifests if one.file == "fsx_stack.yaml")
    rules = [one for one in stack["Resources"].values() if "Ingress" in one["Type"]]
    ports = {(one["Properties"]["FromPort"], one["Properties"]["ToPort"]) for one in rules}
    assert ports == {(988, 988), (1018, 1023)}
    for rule in rules:
        assert rule["Properties"]["SourceSecurityGroupId"]
        assert not {"CidrIp", "CidrIpv6"} & rule["Properties"].keys()


def test_contradictions_are_told() -> None:
    """Where the tutorial's versions do not fit each other, the file says so."""
    manifests = dtemplates.render(dtemplates.load(ROOT / "examples" / "classic.yaml"))
    texts = {one.file: one.text for one in manifests}
    assert "its own matrix asks for 1.14" in texts["pv_fsx.yaml"].replace("driver's", "its")
    assert "must be fsx" in texts["pv_fsx.yaml"]
    assert "extensions/v1beta1" in texts["nvidia_device_plugin.yaml"]


# Rule or schema, and the tutorial's file → why it is right to say so.
RIGHT = {
    ("DT003", "helm_mpijob_Chart.yaml"): "under this name it is no Chart.yaml, hence no manifest",
    ("DT502", "helm_mpijob_crd.yaml"): "CRDs of v1beta1 went with 1.22; nothing here says 1.13",
    ("DT412", "mpi_job.yaml"): "8 GPUs of a worker share the 64 MiB that a container has",
    ("DT412", "mpijobs_30.yaml"): "8 GPUs of a worker share the 64 MiB that a container has",
    ("DT102", "pv_fsx.yaml"): "it mounts only file systems whose mount name is fsx, SCRATCH_1",
    ("DT117", "pv_fsx.yaml"): "without flock, programs that lock files fail on the file system",
}
JOBS = 30


def test_what_rules_say_of_the_tutorial_is_right(oracles: Path) -> None:
    report = inspect([oracles / "tutorial" / name for name in (*NAMES, "mpijobs_30.yaml")])
    found = Counter((one.id, Path(one.file).name) for one in report.findings)
    assert found == {key: JOBS if key[1] == "mpijobs_30.yaml" else 1 for key in RIGHT}
    # Told the version that the tutorial's eksctl makes, only what is wrong in 2019 as well remains.
    then = inspect([oracles / "tutorial" / "helm_mpijob_crd.yaml"], kubernetes_version="1.13")
    assert then.findings == []


def test_one_matrix_gives_the_thirty_experiments(oracles: Path) -> None:
    """Each MPIJob as Helm made it of a values file of its own, but for Helm's labels and ours."""
    file = ROOT / "examples" / "matrix.yaml"
    assert len(file.read_text("utf-8").splitlines()) <= 60
    settings = dtemplates.load(file)
    jobs = [
        document
        for manifest in dtemplates.render(settings)
        if manifest.file.startswith("jobs/")
        for document in manifest.documents
    ]
    ours = {job["metadata"]["name"]: job for job in jobs}
    text = (oracles / "tutorial" / "mpijobs_30.yaml").read_text("utf-8")
    theirs = {job["metadata"]["name"]: job for job in yaml.safe_load_all(text) if job}
    assert len(theirs) == len(jobs) == 30
    for name, job in theirs.items():
        gpus, run = str(job["spec"]["gpus"]), name[-1]
        assert ours[name]["metadata"].pop("labels") == {"gpus": gpus, "batch": "4", "run": run}
        assert all(key.startswith("app.kubernetes.io/") for key in job["metadata"].pop("labels"))
    assert ours == theirs
