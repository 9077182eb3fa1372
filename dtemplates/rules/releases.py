"""Releases of the MPI operator and of Helm, and what is written for others of them (DT5…)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.sizing import mpijob_version
from dtemplates.stacks import release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, MpiJob, Part

_OPERATOR = re.compile(r"(?:.*/)?mpi-operator:v?([0-9]+\.[0-9]+\.[0-9]+)\Z")
_TILLER = ("tiller", "tiller-deploy")
_WITH_TILLER = ("ServiceAccount", "ClusterRoleBinding", "Deployment", "Service")
# No Kubernetes from here on was ever tested with Helm 2, whose support ended in 2020.
_WITHOUT_HELM_2 = (1, 22)


@rule(
    "DT501",
    "error",
    symptom="kubectl says `no matches for kind MPIJob`, or the operator does nothing with the job.",
    remedy="write the apiVersion that the operator serves: v2beta1 since 0.4.0",
    source="https://github.com/kubeflow/mpi-operator/issues/121",
)
def jobs_of_the_operator(inventory: Inventory) -> Iterator[Breach]:
    """An MPIJob is of the API version that the operator serves."""
    known: dict[str, tuple[set[str], str, Part | None] | None] = {}
    are_alike = len({job.version for job in inventory.jobs}) < 2
    seen: dict[PurePosixPath, MpiJob] = {}
    for job in inventory.jobs:
        place = inventory.neighbourhood(job.part)
        if place not in known:
            known[place] = _served(inventory, place)
        if served := known[place]:
            versions, who, part = served
            if job.version not in versions:
                yield Breach(
                    job.part["apiVersion"],
                    f"MPIJob {job.name} is of {job.version}, and {who} serves "
                    f"{' and '.join(sorted(versions))}",
                    f"write apiVersion: kubeflow.org/{max(versions)}",
                    compared=(part,) if part else (),
                )
            continue
        if are_alike:
            continue
        # Files of one folder are applied together, but a definition has room for one of these.
        folder = PurePosixPath(job.part.document.file).parent
        first = seen.setdefault(folder, job)
        if first.version != job.version:
            yield Breach(
                job.part["apiVersion"],
                f"MPIJob {job.name} is of {job.version}, and {first.name} of {first.version}: no "
                "operator serves both",
                compared=(first.part["apiVersion"],),
            )


def _served(inventory: Inventory, place: str) -> tuple[set[str], str, Part | None] | None:
    """Return the versions of MPIJob that are served there, by what, and where it says so."""
    crds = [
        crd
        for crd in inventory.of("CustomResourceDefinition")
        if crd.at("spec", "names", "kind").text == "MPIJob"
        and crd.at("spec", "group").text == "kubeflow.org"
        and inventory.neighbourhood(crd) == place
    ]
    versions = {
        one["name"].text
        for crd in crds
        for one in crd.at("spec", "versions").items
        if one["served"].value is not False
    }
    versions |= {crd.at("spec", "version").text for crd in crds}
    if versions := versions - {""}:
        return versions, "its definition", crds[0]["spec"]
    if inventory.versions:
        operator = inventory.versions["mpi_operator"]
        known = mpijob_version(operator)
        return ({known}, f"MPI operator {operator}", None) if known else None
    for pod in inventory.pods:
        for container in pod.containers:
            image = container.text_at("image")
            found = _OPERATOR.match(image) if "mpi-operator" in image else None
            known = mpijob_version(found[1]) if found else None
            if found and known and inventory.neighbourhood(pod.owner) == place:
                return {known}, f"MPI operator {found[1]}", container["image"]
    return None


@rule(
    "DT503",
    "warning",
    symptom="Nothing uses it, and whoever gets at it has the rights of a cluster-admin; Helm 2 "
    "without it says `could not find tiller`.",
    remedy="leave it out: since Helm 3 there is no Tiller",
    source="https://helm.sh/docs/faq/changes_since_helm2/",
)
def tiller_with_helm_2(inventory: Inventory) -> Iterator[Breach]:
    """Tiller is there for Helm 2 alone."""
    for part in inventory.of(*_WITH_TILLER):
        found = _newer_helm(inventory, part) if part.name in _TILLER else None
        if found:
            why, compared = found
            yield Breach(
                part.at("metadata", "name"),
                f"{part.kind} {part.name} is for Helm 2, and {why}",
                "",
                compared,
            )


def _newer_helm(inventory: Inventory, part: Part) -> tuple[str, tuple[Part, ...]] | None:
    """Return what tells that the Helm of a document's cluster is newer than 2, and where."""
    if inventory.versions:
        helm = inventory.versions["helm"]
        return (f"versions.helm is {helm}", ()) if release(helm) >= (3,) else None
    for chart in inventory.beside(part, inventory.of("")):
        if chart.api_version == "v2" and _is_chart(chart):
            return f"chart {chart.name} is for Helm 3", (chart["apiVersion"],)
    versions = tuple(
        version
        for one in inventory.beside(part, inventory.clusters)
        for version in inventory.cluster_of(one).versions
    )
    told = inventory.told_kubernetes(part)
    if told and release(told) >= _WITHOUT_HELM_2:
        return f"Kubernetes is {told}, younger than its last release", versions
    return None


def _is_chart(part: Part) -> bool:
    return PurePosixPath(part.document.file).name == "Chart.yaml"


@rule(
    "DT510",
    "error",
    symptom="Helm 2 ends with `apiVersion 'v2' is not valid. The value must be \"v1\"`.",
    remedy="write apiVersion: v1, with dependencies in requirements.yaml, or choose Helm 3",
    source="https://helm.sh/docs/topics/charts/",
)
def charts_of_helm_2(inventory: Inventory) -> Iterator[Breach]:
    """A chart for Helm 2 is of apiVersion v1."""
    helm = (inventory.versions or {}).get("helm", "")
    if helm and release(helm) < (3,):
        for chart in inventory.of(""):
            if chart.api_version == "v2" and _is_chart(chart):
                yield Breach(
                    chart["apiVersion"], f"chart {chart.name} is for Helm 3, and Helm is {helm}"
                )
