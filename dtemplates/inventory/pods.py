"""Pods, wherever documents describe them: by themselves, in workloads, in jobs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from dtemplates.inventory.containers import Container, containers
from dtemplates.inventory.nodegroups import EFA, NEURON, NEURON_CORE, NVIDIA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from dtemplates.inventory.nodegroups import NodeGroup
    from dtemplates.inventory.parts import Part

# Operators of affinities that only nodes with the label fit.
_POSITIVE = ("In", "Exists", "Gt", "Lt")
ACCELERATORS = (NVIDIA, NEURON, NEURON_CORE)


# Key, operator and values of a node affinity's expression.
Expression: TypeAlias = tuple[str, str, frozenset[str]]


@dataclass(frozen=True, eq=False)
class Pod:
    """A pod or pod template.

    `owner` is its document, `kind` the kind of that, and `role` that of a job's replicas.
    `copies` is how many of it there are, falsy where that is not told; `all_containers` are its
    `containers`, and those that only prepare it.
    """

    template: Part
    owner: Part
    kind: str
    role: str
    copies: Part
    spec: Part
    containers: list[Container]
    all_containers: list[Container]
    volumes: list[Part]

    @classmethod
    def of(cls, template: Part, owner: Part, kind: str, copies: Part, role: str = "") -> Pod:
        """Return the pod of a template."""
        spec = template["spec"]
        own = containers(spec, "containers")
        preparing = containers(spec, "initContainers")
        every = preparing + own if preparing else own
        return cls(template, owner, kind, role, copies, spec, own, every, spec["volumes"].items)

    @property
    def label(self) -> str:
        """What messages call it: `MPIJob resnet's Worker`, `Pod attach-pvc`."""
        name = f"{self.kind} {self.owner.name}"
        return f"the {self.role} of {name}" if self.role else name

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.owner.namespace

    def asked(self, resource: str) -> tuple[Part, Fraction] | None:
        """Return how much of a resource it asks for, and where it says so first."""
        found = None
        for container in self.containers:
            if resource not in container.limits and resource not in container.requests:
                continue
            for kind in ("limits", "requests"):
                part = container.at("resources", kind, resource)
                if (amount := part.amount) is not None:
                    found = (found[0], found[1] + amount) if found else (part, amount)
                    break
        return found

    @cached_property
    def accelerators(self) -> tuple[str, Part, int] | None:
        """The accelerators that it asks for: resource, place and number; None without any."""
        for resource in ACCELERATORS:
            asked = self.asked(resource)
            if asked and asked[1] >= 1:
                return resource, asked[0], int(asked[1])
        return None

    @property
    def all_gpus(self) -> tuple[Part, int] | None:
        """The GPUs of an MPIJob that tells only how many it takes in all: place and number."""
        gpus = self.owner.value_at("spec", "gpus") if self.kind == "MPIJob" else None
        return (self.owner.at("spec", "gpus"), gpus) if type(gpus) is int and gpus else None

    @cached_property
    def efa(self) -> tuple[Part, int] | None:
        """The EFA interfaces that it asks for: place and number; None without any."""
        asked = self.asked(EFA)
        return (asked[0], int(asked[1])) if asked and asked[1] >= 1 else None

    @property
    def claims_devices(self) -> bool:
        """Whether it gets devices by Dynamic Resource Allocation, of which its limits tell none."""
        return bool(self.spec.value_at("resourceClaims"))

    @cached_property
    def claims(self) -> list[Part]:
        """The names of the claims that it mounts, where it says so."""
        where = ("persistentVolumeClaim", "claimName")
        return [volume.at(*where) for volume in self.volumes if volume.text_at(*where)]

    @cached_property
    def env(self) -> tuple[tuple[str, Part], ...]:
        """The environment variables that its containers set: name, and the value's place."""
        return tuple(
            (entry.text_at("name"), entry["value"])
            for container in self.containers
            for entry in container.env
            if entry.text_at("value")
        )

    @cached_property
    def _tolerations(self) -> list[tuple[str, bool, str, str]]:
        """Key, whether any value will do, value and effect."""
        return [
            (
                one.text_at("key"),
                one.text_at("operator") == "Exists",
                one.text_at("value"),
                one.text_at("effect"),
            )
            for one in self.spec["tolerations"].items
        ]

    def tolerates(self, key: str, value: str, effect: str) -> bool:
        """Return whether it bears a taint, as Kubernetes decides it."""
        return any(
            of_effect in ("", effect)
            and (exists if not of_key else of_key == key and (exists or of_value == value))
            for of_key, exists, of_value, of_effect in self._tolerations
        )

    def bears(self, group: NodeGroup) -> bool:
        """Return whether it can be scheduled in spite of the group's taints."""
        return not self.untolerated(group)

    def untolerated(self, group: NodeGroup) -> list[tuple[str, str, str]]:
        """Return the group's taints that keep it away: key, value and effect."""
        return [
            taint
            for taint in group.taints
            if taint[2] != "PreferNoSchedule" and not self.tolerates(*taint)
        ]

    @cached_property
    def wanted_labels(self) -> dict[str, tuple[str, Part]]:
        """The labels that it asks of its node: by nodeSelector alone."""
        return {key: (value.text, value) for key, value in self.spec["nodeSelector"].fields.items()}

    @cached_property
    def _affinity(self) -> tuple[tuple[Expression, ...], ...]:
        """The terms of its required node affinity."""
        if self.spec.value_at("affinity") is None:
            return ()
        required = self.spec.at(
            "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
        )
        return tuple(
            tuple(
                (one.text_at("key"), one.text_at("operator"), frozenset(one["values"].texts))
                for one in term["matchExpressions"].items
            )
            for term in required["nodeSelectorTerms"].items
        )

    @cached_property
    def selection(self) -> tuple[Any, ...]:
        """What its nodes depend on: equal for pods that the same nodes are for."""
        labels = tuple((key, value) for key, (value, _) in self.wanted_labels.items())
        return labels, self._affinity

    @cached_property
    def wanted_values(self) -> list[tuple[str, frozenset[str]]]:
        """The labels that its node must have by nodeSelector or affinity, each with its values.

        Without any, every value will do. Of an affinity's terms one is enough.
        """
        found = [(key, frozenset((value,))) for key, (value, _) in self.wanted_labels.items()]
        expressions = (one for term in self._affinity for one in term)
        return found + [
            (key, values) for key, operator, values in expressions if operator in _POSITIVE
        ]

    def selects(self, group: NodeGroup) -> bool:
        """Return whether the group's nodes have all labels that it asks for and that are known."""
        labels = group.labels
        for key, (value, _) in self.wanted_labels.items():
            if key in labels and value not in labels[key]:
                return False
        terms = self._affinity
        return not terms or any(all(_fits(*one, labels) for one in term) for term in terms)


def _fits(
    key: str, operator: str, values: frozenset[str], labels: Mapping[str, tuple[str, ...]]
) -> bool:
    """Return whether nodes with these labels fit an expression; what is not known does."""
    known = labels.get(key)
    if known is None:
        return True
    if operator == "In":
        return not values.isdisjoint(known)
    if operator == "NotIn":
        return not values.issuperset(known)
    return operator != "DoesNotExist"
