"""Pods, wherever documents describe them: by themselves, in workloads, in jobs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import EFA, NEURON, NEURON_CORE, NVIDIA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from dtemplates.inventory.nodegroups import NodeGroup
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
_REPLICAS = ("mpiReplicaSpecs", "pytorchReplicaSpecs", "tfReplicaSpecs")
# Kind → where it tells how many of its pods there are at a time.
_COPIES: dict[str, tuple[str, ...]] = {
    "Deployment": ("spec", "replicas"),
    "StatefulSet": ("spec", "replicas"),
    "ReplicaSet": ("spec", "replicas"),
    "Job": ("spec", "parallelism"),
    "MPIJob": ("spec", "replicas"),
}
ACCELERATORS = (NVIDIA, NEURON, NEURON_CORE)


@dataclass(frozen=True)
class Pod:
    """A pod or pod template; `owner` is its document, `role` that of a job's replicas."""

    template: Part
    owner: Part
    role: str = ""

    @cached_property
    def spec(self) -> Part:
        """Its spec."""
        return self.template["spec"]

    @property
    def label(self) -> str:
        """What messages call it: `MPIJob resnet's Worker`, `Pod attach-pvc`."""
        name = f"{self.owner.kind} {self.owner.name}"
        return f"the {self.role} of {name}" if self.role else name

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.owner.namespace

    @property
    def copies(self) -> Part:
        """How many of it there are, where it says so; falsy where it does not."""
        if self.role:
            roles = (self.owner.at("spec", field, self.role) for field in _REPLICAS)
            return next((role["replicas"] for role in roles if role), self.owner["replicas"])
        return self.owner.at(*_COPIES.get(self.owner.kind, ("spec", "replicas")))

    @cached_property
    def containers(self) -> list[Part]:
        """Its containers, without those that only prepare it."""
        return self.spec["containers"].items

    @cached_property
    def all_containers(self) -> list[Part]:
        """Its containers, with those that only prepare it."""
        return self.spec["initContainers"].items + self.containers

    def asked(self, resource: str) -> tuple[Part, Fraction] | None:
        """Return how much of a resource it asks for, and where it says so."""
        found = None
        total: Fraction | None = None
        for container in self.containers:
            for kind in ("limits", "requests"):
                part = container.at("resources", kind, resource)
                if (amount := part.amount) is not None:
                    found = found or part
                    total = (total or 0) + amount
                    break
        return (found, total) if found is not None and total is not None else None

    @cached_property
    def accelerators(self) -> tuple[str, Part, int] | None:
        """The accelerators that it asks for: resource, place and number; None without any."""
        for resource in ACCELERATORS:
            asked = self.asked(resource)
            if asked and asked[1] >= 1:
                return resource, asked[0], int(asked[1])
        return None

    @cached_property
    def efa(self) -> tuple[Part, int] | None:
        """The EFA interfaces that it asks for: place and number; None without any."""
        asked = self.asked(EFA)
        return (asked[0], int(asked[1])) if asked and asked[1] >= 1 else None

    @property
    def claims(self) -> list[Part]:
        """The names of the claims that it mounts, where it says so."""
        names = (
            volume.at("persistentVolumeClaim", "claimName") for volume in self.spec["volumes"].items
        )
        return [name for name in names if name.text]

    def env(self, name: str) -> list[Part]:
        """Return where its containers set an environment variable: the value's place."""
        return [
            entry["value"]
            for container in self.containers
            for entry in container["env"].items
            if entry["name"].text == name and entry["value"].text
        ]

    def mount_path(self, volume: str) -> str:
        """Return where it mounts a volume of this name; nothing where it does not."""
        for container in self.containers:
            for mount in container["volumeMounts"].items:
                if mount["name"].text == volume:
                    return mount["mountPath"].text
        return ""

    def tolerates(self, key: str, value: str, effect: str) -> bool:
        """Return whether it bears a taint, as Kubernetes decides it."""
        for toleration in self.spec["tolerations"].items:
            exists = toleration["operator"].text == "Exists"
            if toleration["effect"].text not in ("", effect):
                continue
            if not toleration["key"].text:
                if exists:
                    return True
            elif toleration["key"].text == key and (exists or toleration["value"].text == value):
                return True
        return False

    def bears(self, group: NodeGroup) -> bool:
        """Return whether it can be scheduled in spite of the group's taints."""
        return all(
            effect == "PreferNoSchedule" or self.tolerates(key, value, effect)
            for key, value, effect in group.taints
        )

    @cached_property
    def wanted_labels(self) -> dict[str, tuple[str, Part]]:
        """The labels that it asks of its node: by nodeSelector alone."""
        return {key: (value.text, value) for key, value in self.spec["nodeSelector"].fields.items()}

    def selects(self, group: NodeGroup) -> bool:
        """Return whether the group's nodes have all labels that it asks for and that are known."""
        selected = all(
            value in group.labels[key]
            for key, (value, _) in self.wanted_labels.items()
            if key in group.labels
        )
        return selected and self._affine(group)

    def _affine(self, group: NodeGroup) -> bool:
        """Return whether its required node affinity allows for the group."""
        required = self.spec.at(
            "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
        )
        terms = required["nodeSelectorTerms"].items
        if not terms:
            return True
        return any(
            all(_fits(one, group) for one in term["matchExpressions"].items) for term in terms
        )


def _fits(expression: Part, group: NodeGroup) -> bool:
    """Return whether a group's nodes fit an expression; what is not known does."""
    key, operator = expression["key"].text, expression["operator"].text
    values, known = set(expression["values"].texts), group.labels.get(key)
    if known is None:
        return True
    return {
        "In": bool(values & set(known)),
        "NotIn": not values >= set(known),
        "DoesNotExist": False,
    }.get(operator, True)


def pods(document: Part) -> Iterator[Pod]:
    """Yield the pods that a document describes."""
    kind = document.kind
    if kind in _TEMPLATES:
        yield Pod(document.at(*_TEMPLATES[kind]), document)
        return
    spec = document["spec"]
    for field in _REPLICAS:
        for role, replica in spec[field].fields.items():
            if replica["template"]:
                yield Pod(replica["template"], document, role)
    if kind == "MPIJob" and spec["template"]:
        yield Pod(spec["template"], document)
