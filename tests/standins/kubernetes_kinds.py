"""The kinds that the stand-in serves: the built-in ones, and those of CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
# v1beta1 has these once for all versions under the second name, v1 in each version.
ONCE_OR_EACH = (
    ("schema", "validation"),
    ("subresources", "subresources"),
    ("additionalPrinterColumns", "additionalPrinterColumns"),
)


@dataclass(frozen=True)
class Kind:
    group: str
    kind: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    versions: tuple[str, ...] = ("v1",)
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ("status",)
    built_in: bool = True

    @property
    def resource(self) -> str:
        """The plural with its group, as kubectl takes it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def singular(self) -> str:
        return self.kind.lower()

    def api_version(self, version: str) -> str:
        return f"{self.group}/{version}" if self.group else version


ALL = ("all",)
RBAC = "rbac.authorization.k8s.io"
STORAGE = "storage.k8s.io"
BUILT_IN = (
    Kind("", "Namespace", "namespaces", False, ("ns",)),
    Kind("", "Node", "nodes", False, ("no",)),
    Kind("", "Pod", "pods", True, ("po",), categories=ALL, subresources=("status", "log", "exec")),
    Kind("", "Service", "services", True, ("svc",), categories=ALL),
    Kind("", "ConfigMap", "configmaps", True, ("cm",), subresources=()),
    Kind("", "Secret", "secrets", subresources=()),
    Kind("", "ServiceAccount", "serviceaccounts", True, ("sa",), subresources=()),
    Kind("", "PersistentVolume", "persistentvolumes", False, ("pv",)),
    Kind("", "PersistentVolumeClaim", "persistentvolumeclaims", True, ("pvc",)),
    Kind("", "Event", "events", True, ("ev",), subresources=()),
    Kind("apps", "DaemonSet", "daemonsets", True, ("ds",), categories=ALL),
    Kind("apps", "Deployment", "deployments", True, ("deploy",), categories=ALL),
    # No controller makes any; helm --wait looks for those of a Deployment.
    Kind("apps", "ReplicaSet", "replicasets", True, ("rs",), categories=ALL),
    Kind("apps", "StatefulSet", "statefulsets", True, ("sts",), categories=ALL),
    Kind("batch", "Job", "jobs", categories=ALL),
    Kind(RBAC, "Role", "roles", subresources=()),
    Kind(RBAC, "RoleBinding", "rolebindings", subresources=()),
    Kind(RBAC, "ClusterRole", "clusterroles", False, subresources=()),
    Kind(RBAC, "ClusterRoleBinding", "clusterrolebindings", False, subresources=()),
    Kind(STORAGE, "StorageClass", "storageclasses", False, ("sc",), subresources=()),
    Kind(STORAGE, "CSIDriver", "csidrivers", False, subresources=()),
    Kind("scheduling.k8s.io", "PriorityClass", "priorityclasses", False, ("pc",), subresources=()),
    Kind(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        False,
        ("crd", "crds"),
        ("v1", "v1beta1"),
    ),
)


def custom(definition: Object) -> Kind:
    """The kind that a stored (v1) CustomResourceDefinition brings."""
    spec = definition["spec"]
    names = spec["names"]
    return Kind(
        group=spec["group"],
        kind=names["kind"],
        plural=names["plural"],
        namespaced=spec["scope"] == "Namespaced",
        short_names=tuple(names.get("shortNames", ())),
        versions=tuple(each["name"] for each in spec["versions"] if each.get("served", True)),
        categories=tuple(names.get("categories", ())),
        built_in=False,
    )


def served(definitions: Iterable[Object]) -> list[Kind]:
    return [*BUILT_IN, *(custom(each) for each in definitions)]


def recased(columns: list[Object], old: str, new: str) -> list[Object]:
    return [{new if key == old else key: value for key, value in each.items()} for each in columns]


def definition_v1(definition: Object) -> Object:
    """A CustomResourceDefinition of either version as v1, which is what is stored."""
    spec = dict(definition["spec"])
    once = {each: spec.pop(top, None) for each, top in ONCE_OR_EACH}
    version = spec.pop("version", "v1")
    versions = spec.get("versions") or [{"name": version, "served": True, "storage": True}]
    spec["versions"] = [
        {**{field: value for field, value in once.items() if value is not None}, **each}
        for each in versions
    ]
    for each in spec["versions"]:
        if "additionalPrinterColumns" in each:
            columns = each["additionalPrinterColumns"]
            each["additionalPrinterColumns"] = recased(columns, "JSONPath", "jsonPath")
    kind = spec["names"]["kind"]
    defaults = {"listKind": f"{kind}List", "singular": kind.lower()}
    spec["names"] = {**defaults, **spec["names"]}
    spec.setdefault("scope", "Namespaced")
    return {**definition, "apiVersion": "apiextensions.k8s.io/v1", "spec": spec}


def definition_v1beta1(definition: Object) -> Object:
    """A stored CustomResourceDefinition as v1beta1, in the form with `version` and `versions`."""
    spec = dict(definition["spec"])
    versions = [dict(each) for each in spec["versions"]]
    spec["version"] = versions[0]["name"]
    for each in versions:
        if "additionalPrinterColumns" in each:
            columns = each["additionalPrinterColumns"]
            each["additionalPrinterColumns"] = recased(columns, "jsonPath", "JSONPath")
    for field, top in ONCE_OR_EACH:
        first = versions[0].get(field)
        if first is not None and all(each.get(field) == first for each in versions):
            spec[top] = first
            for each in versions:
                del each[field]
    spec["versions"] = versions
    return {**definition, "apiVersion": "apiextensions.k8s.io/v1beta1", "spec": spec}


def presented(stored: Object, kind: Kind, version: str) -> Object:
    """A stored object in the version that was asked for."""
    if kind.resource == DEFINITIONS and version == "v1beta1":
        return definition_v1beta1(stored)
    return {**stored, "apiVersion": kind.api_version(version), "kind": kind.kind}
