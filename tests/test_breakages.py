"""The examples, each broken in one thing at a time: the rule or schema that is meant tells of it.

A breakage changes the rendered manifests of one example, or its settings. What exactly it puts
there is chosen by chance, from a seed, so that no rule fits one value alone; `DTEMPLATES_SEED`
gives another.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
import yaml
from conftest import ROOT

import dtemplates
from dtemplates.inspection import inspect

EXAMPLES = {path.stem: path for path in sorted((ROOT / "examples").glob("*.yaml"))}
SEED = os.environ.get("DTEMPLATES_SEED", "2019")
Files = dict[str, list[Any]]
Break = Callable[[Any, random.Random], None]

CLUSTER, GROUPS = "cluster_config.yaml", "nodegroup_config.yaml"
PV, PVC, CLASS, STACK = "pv_fsx.yaml", "pvc_fsx.yaml", "storage_class_fsx.yaml", "fsx_stack.yaml"
NVIDIA, EFA, ATTACH = "nvidia_device_plugin.yaml", "efa_device_plugin.yaml", "attach_pvc.yaml"


def at(document: Any, path: str) -> Any:
    for part in path.split():
        document = document[int(part) if part.isdecimal() else part]
    return document


PATHS: dict[Break, list[str]] = {}


def broken_paths(break_it: Break) -> list[str]:
    return PATHS[break_it]


def put(path: str, *values: Any) -> Break:
    """Put one of the values, by chance, at a path."""

    def do(document: Any, chance: random.Random) -> None:
        *parents, last = path.split()
        container = at(document, " ".join(parents))
        container[int(last) if last.isdecimal() else last] = copy.deepcopy(chance.choice(values))

    PATHS[do] = [path]
    return do


def drop(path: str) -> Break:
    """Take out what is at a path."""

    def do(document: Any, chance: random.Random) -> None:
        *parents, last = path.split()
        container = at(document, " ".join(parents))
        del container[int(last) if last.isdecimal() else last]

    # What is gone has no place; what it was in has one.
    PATHS[do] = [path.rpartition(" ")[0]]
    return do


def rename(path: str, *names: str) -> Break:
    """Spell a field otherwise."""

    def do(document: Any, chance: random.Random) -> None:
        *parents, last = path.split()
        container = at(document, " ".join(parents))
        container[chance.choice(names)] = container.pop(last)

    PATHS[do] = [path]
    return do


def add(path: str, item: Any) -> Break:
    """Add an item to a list that may not be there yet."""

    def do(document: Any, chance: random.Random) -> None:
        *parents, last = path.split()
        at(document, " ".join(parents)).setdefault(last, []).append(copy.deepcopy(item))

    PATHS[do] = [path]
    return do


def all_of(*breaks: Break) -> Break:
    """Break several things, which are wrong only together."""

    def do(document: Any, chance: random.Random) -> None:
        for each in breaks:
            each(document, chance)

    PATHS[do] = [path for each in breaks for path in PATHS[each]]
    return do


def word(path: str, before: str, *words: str) -> Break:
    """Put another word after one of a command line."""

    def do(document: Any, chance: random.Random) -> None:
        words_there = at(document, path)
        words_there[words_there.index(before) + 1] = chance.choice(words)

    PATHS[do] = [path]
    return do


WORKER = "spec mpiReplicaSpecs Worker template spec"
LAUNCHER = "spec mpiReplicaSpecs Launcher template spec"
GPUS, EFA_RESOURCE = "nvidia.com/gpu", "vpc.amazonaws.com/efa"
TAINT = {"key": "team", "value": "a", "effect": "NoSchedule"}
CLIENTS = ("Itself", "Nodes", "ManagedNodes")
PORT_988 = [f"Resources LustreFrom{who}988" for who in CLIENTS]
G0 = "managedNodeGroups 0"
CONTAINER = f"{WORKER} containers 0"
PROPERTIES = "Resources LustreFileSystem Properties"
LUSTRE = f"{PROPERTIES} LustreConfiguration"
RESNET = "jobs/resnet.yaml"
BERT, QUOTAS = "jobs/bert.yaml", "kueue/cluster_queue.yaml"
KUEUE, FLAVORS = "metadata labels kueue.x-k8s.io", "spec resourceGroups 0 flavors"

# Example, file, the id that tells of it, and what is broken.
MANIFESTS: tuple[tuple[str, str, str, Break], ...] = (
    # Storage.
    ("current", PV, "DT102", drop("spec csi volumeAttributes mountname")),
    ("current", PV, "DT103", drop("spec csi volumeAttributes dnsname")),
    (
        "current",
        PV,
        "DT103",
        put(
            "spec csi volumeAttributes dnsname",
            "fs-0aaaaaaaaaaaaaaaa.fsx.us-east-1.amazonaws.com",
            "fs-0123456789abcdef0.fsx.eu-west-1.amazonaws.com",
        ),
    ),
    ("current", PVC, "DT112", put("spec resources requests storage", "4801Gi", "5Ti", "9600Gi")),
    ("current", PV, "DT112", put("spec capacity storage", "1200Gi", "4Ti")),
    ("current", PVC, "DT113", put("spec storageClassName", "gp3", "fsx-sc")),
    ("current", PV, "DT113", put("spec accessModes", ["ReadWriteOnce"])),
    ("current", PV, "DT114", put("spec claimRef namespace", "training", "kube-system")),
    ("current", PVC, "DT114", put("spec volumeName", "training-dta", "trainingdata")),
    ("current", PV, "DT115", put("spec persistentVolumeReclaimPolicy", "Delete")),
    ("dynamic-fsx", CLASS, "DT116", put("reclaimPolicy", "Delete")),
    ("dynamic-fsx", CLASS, "DT116", drop("reclaimPolicy")),
    ("current", PV, "DT117", put("spec mountOptions", [], ["noatime"])),
    ("current", PV, "DT126", put("spec accessModes", ["ReadOnlyMany"])),
    ("dynamic-fsx", PVC, "DT107", put("spec resources requests storage", "2000Gi", "3000Gi")),
    (
        "dynamic-fsx",
        CLASS,
        "DT108",
        put("parameters perUnitStorageThroughput", "777", "50", "1000"),
    ),
    ("dynamic-fsx", CLASS, "DT108", put("parameters deploymentType", "PERSISTENT_1")),
    ("dynamic-fsx", CLASS, "DT109", put("parameters deploymentType", "PERSISTENT_2")),
    ("dynamic-fsx", CLASS, "DT111", drop("parameters subnetId")),
    ("dynamic-fsx", CLASS, "DT111", drop("parameters securityGroupIds")),
    ("dynamic-fsx", CLASS, "DT101", put("parameters subnetId", "subnet-0b1e2f3a4b5c60718")),
    ("dynamic-fsx", CLASS, "DT125", rename("parameters securityGroupIds", "securityGroupId")),
    ("dynamic-fsx", PVC, "DT128", put("spec storageClassName", "fsx-cs", "fsxsc")),
    ("fsx-stack", STACK, "DT104", all_of(*map(drop, PORT_988))),
    (
        "fsx-stack",
        STACK,
        "DT105",
        put("Resources LustreSecurityGroup Properties VpcId", "vpc-0bad"),
    ),
    ("fsx-stack", STACK, "DT129", put(f"{PROPERTIES} StorageCapacity", 3000, 1300, 4800)),
    ("fsx-stack", STACK, "DT003", put(f"{LUSTRE} DeploymentType", "SCRATCH_3", "PERSISTENT")),
    ("fsx-stack", STACK, "DT003", put(f"{LUSTRE} PerUnitStorageThroughput", 777, 200)),
    ("fsx-stack", STACK, "DT003", put(f"{LUSTRE} DeploymentType", "PERSISTENT_2")),
    ("fsx-stack", STACK, "DT003", put(f"{PROPERTIES} SubnetIds", ["subnet-0a", "subnet-0b"])),
    ("fsx-stack", STACK, "DT101", put(f"{PROPERTIES} SubnetIds", ["subnet-0aa2b3c4d5e6f7081"])),
    (
        "fsx-stack",
        STACK,
        "DT123",
        put(
            "Resources LustreFromNodes988 Properties",
            {
                "GroupId": {"Fn::GetAtt": ["LustreSecurityGroup", "GroupId"]},
                "CidrIp": "0.0.0.0/0",
                "IpProtocol": "tcp",
                "FromPort": 988,
                "ToPort": 988,
            },
        ),
    ),
    # Cluster and node groups.
    ("current", GROUPS, "DT201", put(f"{G0} availabilityZones", ["us-east-1b", "us-east-1c"])),
    ("current", GROUPS, "DT201", drop(f"{G0} availabilityZones")),
    (
        "current",
        GROUPS,
        "DT202",
        all_of(drop(f"{G0} efaEnabled"), drop(f"{G0} availabilityZones")),
    ),
    ("current", GROUPS, "DT203", put(f"{G0} instanceType", "p3dn.24xlarge", "g5.48xlarge")),
    ("current", GROUPS, "DT204", put(f"{G0} availabilityZones", ["us-east-1a"], ["us-east-1f"])),
    ("current", GROUPS, "DT206", put(f"{G0} availabilityZones", ["us-west-2a"], ["eu-west-1c"])),
    ("current", CLUSTER, "DT205", drop("vpc subnets public us-east-1b")),
    (
        "current",
        CLUSTER,
        "DT219",
        put("vpc subnets public us-east-1e", {"id": "subnet-0e"}),
    ),
    ("current", GROUPS, "DT207", put(f"{G0} amiFamily", "AmazonLinux2")),
    ("current", GROUPS, "DT209", put(f"{G0} minSize", 5, 9)),
    ("current", GROUPS, "DT209", put(f"{G0} desiredCapacity", 5, 100)),
    ("cpu-and-gpu", GROUPS, "DT210", put("managedNodeGroups 1 name", "cpu")),
    ("current", GROUPS, "DT003", put(f"{G0} minSize", -1, -7)),
    ("current", GROUPS, "DT212", put(f"{G0} instanceType", "p3.16xlarge", "g5.xlarge")),
    ("current", GROUPS, "DT213", put(f"{G0} instanceType", "p5.49xlarge", "p5.96xlarge")),
    ("current", GROUPS, "DT214", put(f"{G0} instanceType", "p6-b300.48xlarge")),
    ("cpu-and-gpu", GROUPS, "DT215", put("managedNodeGroups 1 volumeType", "gp2", "io1")),
    ("cpu-and-gpu", GROUPS, "DT215", put("managedNodeGroups 1 volumeIOPS", 100, 20000)),
    (
        "current",
        GROUPS,
        "DT216",
        all_of(
            put(f"{G0} iam", {}),
            put(f"{G0} iam withAddonPolicies", {"fsx": True}, {"ebs": True}),
            put(f"{G0} disablePodIMDS", True),
        ),
    ),
    ("current", GROUPS, "DT003", rename(f"{G0} capacityReservation", "capacityReservations")),
    (
        "current",
        GROUPS,
        "DT003",
        rename(
            f"{G0} capacityReservation capacityReservationTarget capacityReservationID",
            "capacityReservationId",
        ),
    ),
    ("current", CLUSTER, "DT003", put("metadata version", 1.3, 1.35)),
    ("current", CLUSTER, "DT507", put("metadata version", "1.13", "1.22", "1.30")),
    # Device plugins.
    ("current", GROUPS, "DT301", add(f"{G0} taints", TAINT)),
    ("cpu-and-gpu", NVIDIA, "DT301", drop("spec template spec tolerations")),
    ("cpu-and-gpu", EFA, "DT302", drop("spec template spec tolerations")),
    (
        "current",
        EFA,
        "DT303",
        put(
            "spec template spec affinity nodeAffinity"
            " requiredDuringSchedulingIgnoredDuringExecution nodeSelectorTerms 0"
            " matchExpressions 0 values",
            ["cpu"],
            ["p5"],
        ),
    ),
    # Jobs.
    (
        "current",
        RESNET,
        "DT401",
        all_of(
            put("spec slotsPerWorker", 4), word(f"{LAUNCHER} containers 0 command", "-np", "16")
        ),
    ),
    ("current", RESNET, "DT402", put("spec slotsPerWorker", 1, 4)),
    ("current", RESNET, "DT402", drop("spec slotsPerWorker")),
    ("current", RESNET, "DT402", word(f"{LAUNCHER} containers 0 command", "-np", "33", "64")),
    ("current", RESNET, "DT403", word(f"{LAUNCHER} containers 0 command", "-np", "4", "31")),
    ("current", RESNET, "DT404", put(f"{CONTAINER} resources limits {GPUS}", 9, 16)),
    ("current", RESNET, "DT405", put("spec mpiReplicaSpecs Worker replicas", 5, 40)),
    (
        "current",
        RESNET,
        "DT406",
        put(f"{WORKER} nodeSelector", {"alpha.eksctl.io/nodegroup-name": "gpus"}),
    ),
    ("current", RESNET, "DT407", put(f"{CONTAINER} resources limits {EFA_RESOURCE}", 33, 64)),
    ("current", RESNET, "DT408", put(f"{CONTAINER} resources limits {EFA_RESOURCE}", 4, 16)),
    (
        "current",
        RESNET,
        "DT411",
        put(f"{CONTAINER} resources limits hugepages-2Mi", "5121Mi", "3Mi"),
    ),
    ("current", RESNET, "DT411", drop(f"{CONTAINER} resources requests")),
    ("current", RESNET, "DT412", drop(f"{CONTAINER} volumeMounts 1")),
    ("current", RESNET, "DT416", drop("spec runPolicy")),
    ("current", RESNET, "DT417", drop("spec launcherCreationPolicy")),
    ("current", RESNET, "DT417", put("spec launcherCreationPolicy", "AtStartup")),
    ("current", RESNET, "DT418", put(f"{CONTAINER} command", ["python", "train.py"])),
    (
        "current",
        RESNET,
        "DT419",
        put(f"{WORKER} volumes 0 persistentVolumeClaim claimName", "training-dta"),
    ),
    ("current", PVC, "DT419", put("metadata namespace", "training")),
    ("current", RESNET, "DT422", put(f"{CONTAINER} volumeMounts 0 name", "fsx2")),
    ("current", RESNET, "DT423", put(f"{CONTAINER} volumeMounts 1 mountPath", "/fsx")),
    ("current", GROUPS, "DT424", add(f"{G0} taints", TAINT)),
    ("current", GROUPS, "DT223", add(f"{G0} taints", TAINT)),
    ("current", RESNET, "DT431", drop(f"{CONTAINER} image")),
    ("current", RESNET, "DT003", put("spec runPolicy cleanPodPolicy", "Sometimes", "running")),
    ("current", RESNET, "DT432", put("spec mpiReplicaSpecs Worker replicas", -1, 0)),
    ("current", RESNET, "DT003", rename("spec mpiReplicaSpecs Worker", "Wrker", "worker")),
    ("current", RESNET, "DT432", put("spec mpiReplicaSpecs Launcher replicas", 2, 0)),
    (
        "current",
        RESNET,
        "DT415",
        put(f"{CONTAINER} env", [{"name": "DATA", "value": "$HOME/data"}]),
    ),
    (
        "current",
        RESNET,
        "DT413",
        add(f"{WORKER} volumes", {"name": "ib", "hostPath": {"path": "/dev/infiniband"}}),
    ),
    # Queues.
    ("kueue", BERT, "DT435", put(f"{KUEUE}/queue-name", "taem-a")),
    ("kueue", BERT, "DT435", put(f"{KUEUE}/priority-class", "hihg")),
    ("kueue", BERT, "DT436", put(f"{CONTAINER} resources limits ephemeral-storage", "10Gi")),
    ("kueue", BERT, "DT437", put(f"{LAUNCHER} containers 0 resources requests cpu", "8", 64)),
    ("kueue", QUOTAS, "DT437", put(f"{FLAVORS} 1 resources 2 nominalQuota", 8, "24")),
    ("kueue", QUOTAS, "DT438", drop(f"{FLAVORS} 1 resources 2")),
    ("kueue", QUOTAS, "DT003", rename("spec namespaceSelector", "namespaceSelecter", "namespace")),
    # Versions.
    ("current", RESNET, "DT501", put("apiVersion", "kubeflow.org/v1alpha1", "kubeflow.org/v1")),
    ("current", NVIDIA, "DT502", put("apiVersion", "extensions/v1beta1")),
    ("classic", "helm/mpijob/Chart.yaml", "DT510", put("apiVersion", "v2")),
)

# Example, the id that tells of it, and what is broken in the settings.
SETTINGS: tuple[tuple[str, str, Break], ...] = (
    ("current", "DT201", put("nodegroups 0 availability_zones", ["us-east-1b", "us-east-1c"])),
    ("current", "DT002", put("jobs 0 gpus", 12, 9)),
    ("current", "DT404", put("jobs 0 gpus_per_worker", 16, 32)),
    ("current", "DT405", put("jobs 0 gpus", 40, 64)),
    ("current", "DT112", put("fsx storage_request", "9600Gi", "5Ti")),
    ("current", "DT102", drop("fsx mount_name")),
    ("current", "DT402", put("jobs 0 mpirun", {"np": 64})),
    ("current", "DT205", drop("cluster vpc public_subnets us-east-1b")),
    ("current", "DT206", put("nodegroups 0 availability_zones", ["us-west-2a"])),
    ("current", "DT204", put("nodegroups 0 availability_zones", ["us-east-1a"])),
    ("current", "DT209", put("nodegroups 0 min_size", 5)),
    ("current", "DT212", put("nodegroups 0 instance_type", "p3.16xlarge")),
    ("current", "DT213", put("nodegroups 0 instance_type", "p5.49xlarge")),
    ("current", "DT207", put("nodegroups 0 ami_family", "AmazonLinux2")),
    ("current", "DT507", put("cluster kubernetes_version", "1.29", "1.30")),
    ("current", "DT410", put("jobs 0 requests", {"nvidia.com/gpu": 9})),
    (
        "current",
        "DT421",
        all_of(
            put("jobs 0 requests", {"memory": "900Gi"}, {"memory": "1Ti"}),
            put("jobs 0 limits", {"memory": "500Gi"}),
        ),
    ),
    ("dynamic-fsx", "DT107", put("fsx capacity", "3000Gi")),
    ("dynamic-fsx", "DT108", put("fsx dynamic deployment_type", "PERSISTENT_1")),
    ("dynamic-fsx", "DT111", drop("fsx dynamic security_group_ids")),
    ("fsx-stack", "DT129", put("fsx capacity", "3000Gi", "4800Gi")),
    ("cpu-and-gpu", "DT210", put("nodegroups 1 name", "cpu")),
    ("cpu-and-gpu", "DT215", put("nodegroups 1 volume_type", "gp2")),
    ("classic", "DT412", drop("ignore")),
    ("classic", "DT002", put("fsx mount_name", "abcdef01")),
    ("kueue", "DT437", put("job_defaults launcher requests cpu", "8", 64)),
    ("kueue", "DT002", put("job_defaults priority", "hihg", "urgent")),
    ("kueue", "DT002", put("kueue quotas", {"gup": {"cpu": 1}})),
    ("matrix", "DT412", drop("ignore")),
    ("matrix", "DT427", put("jobs 0 name", "maskrcnn-${{ matrix.run }}", "maskrcnn")),
)


def validated(manifests: dtemplates.Manifests, files: Files) -> list[dtemplates.Finding]:
    texts = {name: yaml.safe_dump_all(documents) for name, documents in files.items()}
    changed = tuple(dtemplates.Manifest(one.file, texts[one.file]) for one in manifests)
    return dtemplates.validate(dtemplates.Manifests(changed, (), manifests.settings))


def chance(*what: object) -> random.Random:
    return random.Random(f"{SEED} {what}")  # noqa: S311 (values of a test, no secrets)


def test_there_are_enough() -> None:
    broken = {
        (example, file, id, number) for number, (example, file, id, _) in enumerate(MANIFESTS)
    }
    assert len(broken) + len(SETTINGS) >= 60
    assert {example for example, *_ in (*MANIFESTS, *SETTINGS)} == {*EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES)
def test_unbroken_ones_stay_silent(example: str, tmp_path: Path) -> None:
    manifests = dtemplates.render(dtemplates.load(EXAMPLES[example]))
    assert validated(manifests, {one.file: list(one.documents) for one in manifests}) == []
    assert inspect([EXAMPLES[example]]).findings == []


def cases(table: tuple[Any, ...]) -> list[Any]:
    return [
        pytest.param(number, *row, id="-".join([*map(str, row[:-1]), str(number)]))
        for number, row in enumerate(table)
    ]


@pytest.mark.parametrize(("number", "example", "file", "id", "break_it"), cases(MANIFESTS))
def test_broken_manifests(number: int, example: str, file: str, id: str, break_it: Break) -> None:
    manifests = dtemplates.render(dtemplates.load(EXAMPLES[example]))
    files = {one.file: copy.deepcopy(list(one.documents)) for one in manifests}
    before = copy.deepcopy(files)
    break_it(files[file][0], chance(number))
    assert files != before
    found = validated(manifests, files)
    assert id in {one.id for one in found}, [str(one) for one in found]
    # Whatever is found in what settings made has a place in the settings.
    assert all(one.rendered and one.line for one in found)


@pytest.mark.parametrize(("number", "example", "id", "break_it"), cases(SETTINGS))
def test_broken_settings(
    number: int, example: str, id: str, break_it: Break, tmp_path: Path
) -> None:
    document = yaml.safe_load(EXAMPLES[example].read_text("utf-8"))
    before = copy.deepcopy(document)
    break_it(document, chance(number))
    assert document != before
    path = tmp_path / "dtemplates.yaml"
    path.write_text(yaml.safe_dump(document), "utf-8")
    found = inspect([path]).findings
    meant = [one for one in found if one.id == id]
    assert meant, [str(one) for one in found]
    assert all(one.file == str(path) and one.line for one in found)
    # It points into what was broken, or at a setting beside it where what was broken is gone.
    places = [tuple(part.split()) for part in broken_paths(break_it)]
    assert any(
        tuple(map(str, one.path))[: len(place[:2])] == place[:2]
        for one in meant
        for place in places
    ), [str(one) for one in meant]


# What a schema refuses, it refuses where it stands, whatever else has made it wrong.
BY_RULES = tuple(row for row in MANIFESTS if row[2] != "DT003")


@pytest.mark.parametrize(("number", "example", "file", "id", "break_it"), cases(BY_RULES))
def test_patches_that_break_are_pointed_at(
    number: int, example: str, file: str, id: str, break_it: Break, tmp_path: Path
) -> None:
    """The same by patches of the settings: who wrote the patch is led to it."""
    text = EXAMPLES[example].read_text("utf-8")
    manifests = dtemplates.render(dtemplates.load(EXAMPLES[example]))
    (before,) = (one.documents[0] for one in manifests if one.file == file)
    after = copy.deepcopy(before)
    break_it(after, chance(number))
    operations = jsonpatch.make_patch(before, after).patch
    settings = yaml.safe_load(text)
    settings.setdefault("patches", []).append({"target": {"file": file}, "json6902": operations})
    path = tmp_path / "dtemplates.yaml"
    path.write_text(yaml.safe_dump(settings), "utf-8")
    found = [one for one in inspect([path]).findings if one.id == id]
    last = len(settings["patches"]) - 1
    assert any(one.path[:2] == ("patches", last) for one in found), [str(one) for one in found]
    assert all(one.file == str(path) and one.line for one in found)
