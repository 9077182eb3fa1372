"""The Kubernetes objects that a real cluster would have after a node group or driver is made."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from standins.program import Program, Stopped

TABLE = Path(__file__).parents[2] / "dtemplates" / "instance_types.csv"


def cluster(program: Program) -> list[str] | None:
    """The command line that reaches the cluster, if the test has one."""
    path = program.state / "kubernetes.json"
    if not path.exists():
        return None
    reach = json.loads(path.read_text("utf-8"))
    return [str(reach["kubectl"]), f"--kubeconfig={reach['kubeconfig']}"]


def kubectl(program: Program, *arguments: str, text: str | None = None) -> tuple[int, str]:
    import subprocess

    command = cluster(program)
    if command is None:
        return 0, ""
    # Standard input stays closed to a command that is given none.
    done = subprocess.run(
        [*command, *arguments], input=text or "", capture_output=True, text=True, timeout=50
    )
    return done.returncode, done.stderr


def listed(objects: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def create(program: Program, objects: list[dict[str, Any]], verb: str = "create") -> None:
    """Those that exist already stay as they are, unless they are applied."""
    if not objects or cluster(program) is None:
        return
    code, complaint = kubectl(program, verb, "--validate=false", "-f", "-", text=listed(objects))
    real = [
        one
        for one in complaint.splitlines()
        if one and "AlreadyExists" not in one and not one.startswith("Warning")
    ]
    if code and real:
        raise Stopped(f"Error: {' '.join(real)}")


def delete(program: Program, kind: str, names: list[str], namespace: str = "default") -> None:
    if names and cluster(program) is not None:
        words = ["--ignore-not-found", "--wait=false", f"--namespace={namespace}"]
        kubectl(program, "delete", kind, *words, *names)


def instance(kind: str) -> dict[str, str]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["type"] == kind:
                return row
    return {"type": kind, "accelerators": "0", "vcpu": "4", "memory_gib": "16", "efa": "0"}


def has_gpus(kind: str) -> bool:
    return instance(kind).get("resource") == "nvidia.com/gpu"


def node_name(group: dict[str, Any], number: int) -> str:
    one, two = divmod(int(group["mark"], 16) % 62_500, 250)
    return f"ip-10-{one}-{two}-{number}.ec2.internal"


def node(place: dict[str, Any], group: dict[str, Any], number: int) -> dict[str, Any]:
    row = instance(group["instance_type"])
    name = node_name(group, number)
    amounts = {"cpu": row["vcpu"] or "4", "memory": f"{row['memory_gib'] or 16}Gi", "pods": "110"}
    if row.get("resource") and row["accelerators"] not in ("", "0"):
        amounts[row["resource"]] = row["accelerators"]
    if group["efa"]:
        amounts |= {"vpc.amazonaws.com/efa": row["efa"] or "1", "hugepages-2Mi": "10Gi"}
    labels = {
        "alpha.eksctl.io/cluster-name": place["name"],
        "alpha.eksctl.io/nodegroup-name": group["name"],
        "beta.kubernetes.io/instance-type": group["instance_type"],
        "node.kubernetes.io/instance-type": group["instance_type"],
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": place["region"],
        "topology.kubernetes.io/zone": group["zone"],
    }
    if group["managed"]:
        labels["eks.amazonaws.com/nodegroup"] = group["name"]
    version = place["version"]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**labels, **group["labels"]}},
        "spec": {
            "providerID": f"aws:///{group['zone']}/i-{group['mark']}{number:02}",
            "taints": group["taints"],
        },
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "addresses": [{"type": "Hostname", "address": name}],
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "nodeInfo": {"kubeletVersion": f"v{version}.0-eks", "operatingSystem": "linux"},
        },
    }


def workload(
    kind: str,
    name: str,
    image: str,
    namespace: str = "kube-system",
    labels: dict[str, str] | None = None,
    container: str = "main",
) -> dict[str, Any]:
    labels = labels or {"app": name}
    pod = {"containers": [{"name": container, "image": image}]}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    if kind == "Deployment":
        spec["replicas"] = 1
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def plugin(name: str, image: str, label: str, container: str) -> dict[str, Any]:
    """A device plugin, with the names that eksctl's own manifests have."""
    return workload("DaemonSet", name, image, labels={"name": label}, container=container)


def fsx_driver(version: str = "v1.9.0") -> list[dict[str, Any]]:
    image = f"public.ecr.aws/fsx-csi-driver/aws-fsx-csi-driver:{version}"
    return [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "CSIDriver",
            "metadata": {"name": "fsx.csi.aws.com"},
            "spec": {"attachRequired": False},
        },
        workload("DaemonSet", "fsx-csi-node", image),
        workload("Deployment", "fsx-csi-controller", image),
    ]


def nodes_appear(
    program: Program, place: dict[str, Any], group: dict[str, Any], *, plugins: bool
) -> None:
    if cluster(program) is None:
        return
    objects = [node(place, group, number) for number in range(group["desired"])]
    if plugins and group["nvidia_plugin"]:
        objects.append(
            plugin(
                "nvidia-device-plugin-daemonset",
                "nvcr.io/nvidia/k8s-device-plugin:v0.19.3",
                "nvidia-device-plugin-ds",
                "nvidia-device-plugin-ctr",
            )
        )
    if plugins and group["efa"]:
        registry = "602401143452.dkr.ecr.us-east-1.amazonaws.com"
        objects.append(
            plugin(
                "aws-efa-k8s-device-plugin-daemonset",
                f"{registry}/eks/aws-efa-k8s-device-plugin:v0.5.4",
                "aws-efa-k8s-device-plugin",
                "aws-efa-k8s-device-plugin",
            )
        )
    create(program, objects)
    # A status given at creation may be dropped.
    nodes = listed([one for one in objects if one["kind"] == "Node"])
    kubectl(program, "replace", "--subresource=status", "--validate=false", "-f", "-", text=nodes)


def nodes_vanish(program: Program, group: dict[str, Any], first: int = 0, last: int = 0) -> None:
    last = last or group["desired"]
    delete(program, "nodes", [node_name(group, number) for number in range(first, last)])
