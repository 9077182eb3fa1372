"""Which kinds of documents describe pods, and where each has its templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.pods import Pod

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
# Kind → where it tells how many of its pods there are at a time; elsewhere its spec.replicas.
_COPIES: dict[str, tuple[str, ...]] = {"Job": ("spec", "parallelism")}
_REPLICAS = ("mpiReplicaSpecs", "pytorchReplicaSpecs", "tfReplicaSpecs")
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
        copies = document.at(*_COPIES.get(kind, ("spec", "replicas")))
        yield Pod.of(document.at(*_TEMPLATES[kind]), document, kind, copies)
        return
    if kind in _LISTS:
        yield from _listed(document, kind)
        return
    spec = document["spec"]
    has = spec.value if type(spec.value) is dict else {}
    for field in (one for one in _REPLICAS if one in has):
        for role, replica in spec[field].fields.items():
            if replica.value_at("template") is not None:
                yield Pod.of(replica["template"], document, kind, replica["replicas"], role)
    if kind == "MPIJob" and has.get("template") is not None:
        yield Pod.of(spec["template"], document, kind, spec["replicas"])


def _listed(document: Part, kind: str) -> Iterator[Pod]:
    where, below, name = _LISTS[kind]
    copies = document["replicas"]
    head = document.at(*where[:-1], "headGroupSpec", "template")
    if head:
        yield Pod.of(head, document, kind, copies, "head pod")
    for item in document.at(*where).items:
        role = f"pod template {item.text_at(name)}".rstrip()
        yield Pod.of(item.at(*below), document, kind, copies, role)
