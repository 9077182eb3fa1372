"""Which kinds of documents describe pods, and where each has its templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.pods import REPLICAS, Pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory.parts import Part

# Kind → where its pod template is; of a Pod, the pod itself.
_TEMPLATES: dict[str, tuple[str, ...]] = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
# Kinds that describe several pods: a list of them, where each has its template, and what names it.
_LISTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "JobSet": (("spec", "replicatedJobs"), ("template", "spec", "template"), "name"),
    "RayCluster": (("spec", "workerGroupSpecs"), ("template",), "groupName"),
    "RayJob": (("spec", "rayClusterSpec", "workerGroupSpecs"), ("template",), "groupName"),
    "RayService": (("spec", "rayClusterConfig", "workerGroupSpecs"), ("template",), "groupName"),
}


def pods(document: Part, kind: str) -> Iterator[Pod]:
    """Yield the pods that a document of a kind describes."""
    if kind in _TEMPLATES:
        yield Pod(document.at(*_TEMPLATES[kind]), document, kind)
        return
    if kind in _LISTS:
        yield from _listed(document, kind)
        return
    for field in REPLICAS:
        for role, replica in document.at("spec", field).fields.items():
            if replica.value_at("template") is not None:
                yield Pod(replica["template"], document, kind, role)
    if kind == "MPIJob" and document.value_at("spec", "template") is not None:
        yield Pod(document.at("spec", "template"), document, kind)


def _listed(document: Part, kind: str) -> Iterator[Pod]:
    where, below, name = _LISTS[kind]
    head = document.at(*where[:-1], "headGroupSpec", "template")
    if head:
        yield Pod(head, document, kind, "head pod")
    for item in document.at(*where).items:
        role = f"pod template {item.text_at(name)}".rstrip()
        yield Pod(item.at(*below), document, kind, role)
