"""Which JSON schema a document has to fit: ours, or kubernetes-validate's for a cluster's version.

Every schema file is read once, and every validator made once, in the life of the process.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dtemplates import resources
from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.stacks import STACKS, release
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from referencing import Registry

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
}
_GROUP_VERSION = re.compile(
    r"(?:([a-z0-9]+)(\.[a-z0-9.-]+)?/)?(v[0-9]+(?:(?:alpha|beta)[0-9]+)?)\Z"
)
_VERSION = re.compile(r"1\.[0-9]{1,3}\Z")
_KIND = re.compile(r"[A-Za-z]+\Z")


@dataclass(frozen=True)
class Schema:
    """A compiled schema; `pod_templates` are the paths that a Pod's schema applies to as well."""

    validator: Validator
    pod_templates: tuple[tuple[str, ...], ...] = ()


def schema_of(file: str, document: Any, kubernetes: str) -> Schema | None:
    """Return the schema that a document of a file has to fit; None where there is none for it."""
    if not isinstance(document, dict):
        return None
    if file.rpartition("/")[2] == "Chart.yaml" and "kind" not in document:
        return Schema(own("helm_chart"))
    if _is_fsx_stack(document):
        return Schema(own("cloudformation_fsx"))
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
        return Schema(own(name), pod_templates)
    match = _GROUP_VERSION.match(api_version)
    if not match or not _KIND.match(kind):
        return None
    group, domain, version = match.groups()
    # Elsewhere's groups may begin like Kubernetes' own: batch.volcano.sh is not batch.
    if domain and domain != ".k8s.io" and not domain.endswith(".k8s.io"):
        return None
    name = "-".join(filter(None, (kind.lower(), group, version)))
    validator = _kubernetes(name, nearest(kubernetes))
    return Schema(validator) if validator else None


@cache
def own(name: str) -> Validator:
    """Return the validator of one of our own schemas."""
    return _compile(resources.schema(name))


def pod_template(kubernetes: str) -> Validator:
    """Return the validator of pod templates."""
    validator = _kubernetes("podtemplatespec-v1", nearest(kubernetes))
    assert validator is not None, "kubernetes-validate has lost its PodTemplateSpec"
    return validator


@cache
def versions() -> tuple[str, ...]:
    """Return the Kubernetes versions that there are schemas for, oldest first."""
    names = (entry.name for entry in _kubernetes_folder().iterdir())
    found = (
        match[1] for name in names if (match := re.match(r"v(\d+\.\d+)\.\d+-local-strict", name))
    )
    return tuple(sorted(found, key=release))


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
    not_newer = [version for version in versions() if release(version) <= release(kubernetes)]
    return not_newer[-1] if not_newer else versions()[0]


def note(kubernetes: str) -> str:
    """Return that another version's schemas stand in for this one's, or nothing."""
    stand_in = nearest(kubernetes)
    if release(stand_in) == release(kubernetes):
        return ""
    return f"there are no schemas for Kubernetes {kubernetes}; {stand_in} is the nearest"


@cache
def _kubernetes_folder() -> Path:
    # Found without importing the package, which would import much and read nothing less.
    spec = find_spec("kubernetes_validate")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema"


@cache
def _kubernetes(name: str, version: str) -> Validator | None:
    path = _kubernetes_folder() / f"v{version}.0-local-strict" / f"{name}.json"
    return _compile(path.read_text("utf-8"), version) if path.is_file() else None


def _compile(text: str, kubernetes: str | None = None) -> Validator:
    from jsonschema import Draft202012Validator

    schema = json.loads(text)
    if kubernetes is None:
        return Draft202012Validator(schema)
    return Draft202012Validator(schema, registry=_registry(kubernetes))


@cache
def _registry(version: str) -> Registry[Any]:
    """Return what Kubernetes' schemas refer to: jsonschema takes it in referencing's form."""
    from referencing import Registry, Resource

    path = _kubernetes_folder() / f"v{version}.0-local-strict" / "_definitions.json"
    contents = json.loads(path.read_text("utf-8"))
    definitions: Resource[Any] = Resource.from_contents(contents)
    registry: Registry[Any] = Registry().with_resource(contents["$id"], definitions)
    return registry.crawl()
