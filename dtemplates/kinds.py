"""Which JSON schema a document has to fit: ours, or Kubernetes' of a cluster's version."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from dtemplates import json_schemas
from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.json_schemas import JsonSchema
from dtemplates.stacks import STACKS, release
from dtemplates.suggestions import did_you_mean

# (apiVersion, kind) → file in schemas/, and where the document has pod templates in it.
_OWN: dict[tuple[str, str], tuple[str, tuple[tuple[str, ...], ...]]] = {
    ("eksctl.io/v1alpha5", "ClusterConfig"): ("eksctl_clusterconfig", ()),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"): ("crd_v1beta1", ()),
    ("kubeflow.org/v1alpha1", "MPIJob"): ("mpijob_v1alpha1", (("spec", "template"),)),
    ("kubeflow.org/v2beta1", "MPIJob"): (
        "mpijob_v2beta1",
        (
            ("spec", "mpiReplicaSpecs", "Launcher", "template"),
            ("spec", "mpiReplicaSpecs", "Worker", "template"),
        ),
    ),
    ("kueue.x-k8s.io/v1beta2", "ResourceFlavor"): ("resourceflavor_v1beta2", ()),
    ("kueue.x-k8s.io/v1beta2", "ClusterQueue"): ("clusterqueue_v1beta2", ()),
    ("kueue.x-k8s.io/v1beta2", "LocalQueue"): ("localqueue_v1beta2", ()),
    ("kueue.x-k8s.io/v1beta2", "WorkloadPriorityClass"): ("workloadpriorityclass_v1beta2", ()),
}
_GROUP_VERSION = re.compile(
    r"(?:([a-z0-9]+)(\.[a-z0-9.-]+)?/)?(v[0-9]+(?:(?:alpha|beta)[0-9]+)?)\Z"
)
_VERSION = re.compile(r"1\.[0-9]{1,3}\Z")
_KIND = re.compile(r"[A-Za-z]+\Z")


class Schema(NamedTuple):
    """What a document has to fit; to what is at `pod_templates`, a Pod's schema applies as well."""

    whole: JsonSchema
    pod_templates: tuple[tuple[str, ...], ...] = ()


def schema_of(file: str, document: Any, kubernetes: str) -> Schema | None:
    """Return the schema that a document of a file has to fit; None where there is none for it."""
    if not isinstance(document, dict):
        return None
    if file.rpartition("/")[2] == "Chart.yaml" and "kind" not in document:
        return Schema(json_schemas.own("helm_chart"))
    if _is_fsx_stack(document):
        return Schema(json_schemas.own("cloudformation_fsx"))
    api_version, kind = document.get("apiVersion"), document.get("kind")
    if isinstance(api_version, str) and isinstance(kind, str):
        return schema_for(api_version, kind, kubernetes)
    return None


def unknown(document: Any, kubernetes: str) -> str:
    """Return why a document without a schema is wrong nevertheless, or nothing.

    Groups without a dot are Kubernetes' own: what they have not, nobody can add.
    """
    if document == {}:
        return "holds nothing"
    if not isinstance(document, dict):
        return ""
    api_version, kind = document.get("apiVersion"), document.get("kind")
    if (api_version is None) != (kind is None):
        return f"{'kind' if kind is None else 'apiVersion'} is missing"
    if not isinstance(api_version, str) or note(kubernetes):
        return ""
    group, slash, _ = api_version.rpartition("/")
    known = [name for version, name in _OWN if version == api_version]
    if known and (meant := did_you_mean(kind, known)):
        return f"{api_version} has no kind {kind}; {meant}"
    own_group = not slash or "." not in group
    return f"Kubernetes {kubernetes} has no {api_version} {kind}" if own_group else ""


def _is_fsx_stack(document: dict[str, Any]) -> bool:
    """Return whether it is a CloudFormation template of a file system and its surroundings."""
    found = document.get("Resources")
    if "kind" in document or not isinstance(found, dict):
        return False
    types = [one.get("Type") for one in found.values() if isinstance(one, dict)]
    return "AWS::FSx::FileSystem" in types


@cache
def schema_for(api_version: str, kind: str, kubernetes: str) -> Schema | None:
    """Return the schema of a kind, as the nearest Kubernetes version knows it; None without one."""
    if (api_version, kind) in _OWN:
        name, pod_templates = _OWN[api_version, kind]
        return Schema(json_schemas.own(name), pod_templates)
    match = _GROUP_VERSION.match(api_version)
    if not match or not _KIND.match(kind):
        return None
    group, domain, version = match.groups()
    # Elsewhere's groups may begin like Kubernetes' own: batch.volcano.sh is not batch.
    if domain and domain != ".k8s.io" and not domain.endswith(".k8s.io"):
        return None
    name = "-".join(filter(None, (kind.lower(), group, version)))
    whole = json_schemas.kubernetes(name, nearest(kubernetes))
    return Schema(whole) if whole else None


@cache
def pod_template(kubernetes: str) -> JsonSchema:
    """Return the schema of pod templates."""
    found = json_schemas.kubernetes("podtemplatespec-v1", nearest(kubernetes))
    assert found is not None, "kubernetes-validate has lost its PodTemplateSpec"
    return found


def checked_version(kubernetes: str | None) -> str:
    """Return the version, or the current stack's for None. Raises `InputError` where it is none."""
    if kubernetes is None:
        return STACKS["current"]["kubernetes"]
    if not _VERSION.match(kubernetes):
        message = f"{kubernetes!r} is not a Kubernetes version such as 1.35"
        raise InputError([Finding(message, file="kubernetes_version")])
    return kubernetes


def nearest(kubernetes: str) -> str:
    """Return the newest version with schemas that is not newer, or else the oldest there is."""
    versions = json_schemas.versions()
    not_newer = [version for version in versions if release(version) <= release(kubernetes)]
    return not_newer[-1] if not_newer else versions[0]


def note(kubernetes: str) -> str:
    """Return that another version's schemas stand in for this one's, or nothing."""
    stand_in = nearest(kubernetes)
    if release(stand_in) == release(kubernetes):
        return ""
    return f"there are no schemas for Kubernetes {kubernetes}; {stand_in} is the nearest"
