"""Local stand-ins for the manifests that are fetched from GitHub."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from standins.cluster_objects import fsx_driver, workload
from standins.program import Program, Stopped
from standins.world import write

RAW = r"https://raw\.githubusercontent\.com"
OPERATOR = re.compile(RAW + r"/kubeflow/mpi-operator/v([\d.]+)/deploy/v2beta1/mpi-operator\.yaml$")
FSX = re.compile(
    RAW + r"/kubernetes-sigs/aws-fsx-csi-driver/release-(0\.[12]\.0)/deploy/kubernetes/"
    r"(manifest|controller|node)\.yaml$"
)
FSX_FOLDER = re.compile(
    r"(?:https://)?github\.com/kubernetes-sigs/aws-fsx-csi-driver/deploy/kubernetes/overlays/stable"
    r"/?\?ref=release-([\d.]+)$"
)
KUEUE = re.compile(
    r"https://github\.com/kubernetes-sigs/kueue/releases/download/v([\d.]+)/manifests\.yaml$"
)
# Kind → its plural, and whether it is of a namespace.
KUEUE_KINDS = {
    "ClusterQueue": ("clusterqueues", False),
    "LocalQueue": ("localqueues", True),
    "ResourceFlavor": ("resourceflavors", False),
    "Workload": ("workloads", True),
    "WorkloadPriorityClass": ("workloadpriorityclasses", False),
}
NVIDIA = re.compile(RAW + r"/NVIDIA/k8s-device-plugin/v?([^/]+)/.*nvidia-device-plugin\.yml$")
DEFINITION = "mpi-operator/mpijob-crd-v2beta1.yaml"


def definition(program: Program) -> str:
    """The MPIJob's: upstream's own where the oracles are, or one that lets everything through."""
    oracles = program.settings["oracles"]
    if oracles and (Path(oracles) / DEFINITION).is_file():
        return (Path(oracles) / DEFINITION).read_text("utf-8")
    return json.dumps(anything("kubeflow.org", "v2beta1", "MPIJob", "mpijobs"))


def anything(
    group: str, version: str, kind: str, plural: str, namespaced: bool = True
) -> dict[str, Any]:
    """A definition of a kind that lets everything through."""
    whole = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    served = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": whole},
        "subresources": {"status": {}},
    }
    spec = {
        "group": group,
        "names": names,
        "scope": "Namespaced" if namespaced else "Cluster",
        "versions": [served],
    }
    return named(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.{group}", spec=spec
    )


def named(version: str, kind: str, name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def operator(version: str) -> list[dict[str, Any]]:
    name, rbac = "mpi-operator", "rbac.authorization.k8s.io"
    rules = [
        {"apiGroups": ["kubeflow.org"], "resources": ["mpijobs"], "verbs": ["*"]},
        {"apiGroups": [""], "resources": ["pods", "configmaps", "secrets"], "verbs": ["*"]},
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "list", "watch"]},
    ]
    return [
        named("v1", "ServiceAccount", name, name),
        named(f"{rbac}/v1", "ClusterRole", name, rules=rules),
        named(
            f"{rbac}/v1",
            "ClusterRoleBinding",
            name,
            roleRef={"apiGroup": rbac, "kind": "ClusterRole", "name": name},
            subjects=[{"kind": "ServiceAccount", "name": name, "namespace": name}],
        ),
        workload("Deployment", name, f"mpioperator/mpi-operator:{version}", name),
    ]


def kueue(version: str) -> list[dict[str, Any]]:
    name, namespace = "kueue-controller-manager", "kueue-system"
    image = f"registry.k8s.io/kueue/kueue:v{version}"
    return [
        named("v1", "Namespace", namespace),
        *(
            anything("kueue.x-k8s.io", "v1beta2", kind, plural, namespaced)
            for kind, (plural, namespaced) in KUEUE_KINDS.items()
        ),
        named("v1", "ServiceAccount", name, namespace),
        workload("Deployment", name, image, namespace),
    ]


def stream(objects: list[dict[str, Any]]) -> str:
    return "".join(f"---\n{json.dumps(one, indent=2)}\n" for one in objects)


def text(program: Program, url: str) -> str | None:
    if found := OPERATOR.match(url):
        namespace = stream([named("v1", "Namespace", "mpi-operator")])
        return f"{namespace}---\n{definition(program)}\n{stream(operator(found[1]))}"
    if found := KUEUE.match(url):
        return stream(kueue(found[1]))
    if found := FSX.match(url):
        driver, node, controller = fsx_driver(f"v{found[1]}")
        parts = {"manifest": [driver, node, controller], "node": [node], "controller": [controller]}
        return stream(parts[found[2]])
    if found := FSX_FOLDER.match(url):
        return stream(fsx_driver(f"v{found[1]}.0"))
    if found := NVIDIA.match(url):
        image = f"nvidia/k8s-device-plugin:{found[1]}"
        return stream([workload("DaemonSet", "nvidia-device-plugin-daemonset", image)])
    return None


def local(program: Program, url: str) -> Path:
    content = text(program, url)
    if content is None:
        host = url.removeprefix("https://").removeprefix("http://").split("/")[0]
        if url.startswith("http"):
            raise Stopped(f'error: unable to read URL "{url}", server reported 404 Not Found, '
                          f"status code=404" if host == "raw.githubusercontent.com" else
                          f"Unable to connect to the server: dial tcp: lookup {host}: "
                          f"no such host")  # fmt: skip
        raise Stopped(f"error: accumulating resources: failed to clone {url}: exit status 128")
    path = program.folder / "downloads" / re.sub(r"\W+", "-", url)
    path = path.with_suffix(".yaml")
    if not path.exists():
        write(path, content)
    return path


def without_definition(program: Program, path: Path) -> Path:
    parts = re.split(r"(?m)^---$", path.read_text("utf-8"))
    kept = [one for one in parts if one.strip() and "CustomResourceDefinition" not in one]
    rest = path.with_name(f"rest-{path.name}")
    write(rest, "---".join(kept))
    return rest
