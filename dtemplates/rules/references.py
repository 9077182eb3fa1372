"""What pods refer to by name, and objects of one name (DT419, DT427)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dtemplates.rules.rule import Breach, rule
from dtemplates.suggestions import misspelt, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part, Pod

_CLAIM, _CONFIG, _SECRET = "PersistentVolumeClaim", "ConfigMap", "Secret"
# Kinds whose objects bring a Secret of their own name.
_MAKES_SECRETS = ("SealedSecret", "ExternalSecret")
# Kind, and the field of a volume, of a variable's valueFrom or of one in envFrom that names it.
_IN_VOLUMES = (
    (_CLAIM, "persistentVolumeClaim", "claimName"),
    (_CONFIG, "configMap", "name"),
    (_SECRET, "secret", "secretName"),
)
_IN_VARIABLES = ((_CONFIG, "configMapKeyRef", "name"), (_SECRET, "secretKeyRef", "name"))
_IN_SOURCES = ((_CONFIG, "configMapRef", "name"), (_SECRET, "secretRef", "name"))
_DIGITS = re.compile(r"\d+")


@rule(
    "DT419",
    "error",
    symptom="The pod stays in Pending or ContainerCreating: `persistentvolumeclaim not found`, "
    "FailedMount, CreateContainerConfigError.",
    remedy="name an object that is in the pod's namespace",
    source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes",
)
def objects_that_pods_name(inventory: Inventory) -> Iterator[Breach]:
    """Claims, ConfigMaps and Secrets that a pod names are in its namespace."""
    named: dict[str, list[tuple[Pod, Part]]] = {}
    for pod in inventory.pods:
        for kind, part in _references(pod):
            named.setdefault(kind, []).append((pod, part))
    # Several pods of a job may name the same.
    told: set[tuple[int, str, str]] = set()
    for kind in (_CLAIM, _CONFIG, _SECRET):
        kinds = (kind, *_MAKES_SECRETS) if kind == _SECRET else (kind,)
        places = namespaces(inventory, *kinds)
        used = {part.text for _, part in named.get(kind, ())}
        for pod, part in named.get(kind, ()):
            key = (id(pod.owner.document), kind, part.text)
            if key in told:
                continue
            told.add(key)
            name, around = part.text, places.get(inventory.neighbourhood(pod.owner), {})
            if name in around:
                what = f"{kind} {name}"
                yield from strayed(inventory, part, pod.owner, pod.label, what, around[name])
                continue
            near = meant(inventory, name, list(around))
            if near and (inventory.settings or near not in used):
                yield Breach(
                    part,
                    f"there is no {kind} {name}, but one of the name {near}",
                    f"set it to {near}",
                    compared=tuple(around[near].values()),
                )


def meant(inventory: Inventory, name: str, others: list[str]) -> str | None:
    """Return the name that is meant: without settings, others may be meant than are here."""
    if inventory.settings is None:
        return misspelt(name, others)
    alike = [one for one in others if _DIGITS.findall(one) == _DIGITS.findall(name)]
    return nearest(name, alike) if alike else None


def namespaces(inventory: Inventory, *kinds: str) -> dict[str, dict[str, dict[str, Part]]]:
    """Return by neighbourhood and name the namespaces where there is an object of these kinds.

    Each comes with the place where it is told; the empty one is what kubectl chooses.
    """
    found: dict[str, dict[str, dict[str, Part]]] = {}
    for one in inventory.of(*kinds):
        around = found.setdefault(inventory.neighbourhood(one), {})
        place = one.at("metadata", "namespace")
        around.setdefault(one.name, {}).setdefault(place.text, place)
    return found


def strayed(
    inventory: Inventory, name: Part, user: Part, label: str, what: str, where: dict[str, Part]
) -> Iterator[Breach]:
    """Yield that a document names an object that is in other namespaces than its own."""
    namespace = _namespace(user)
    if where and namespace and namespace not in where and "" not in where:
        own = user.at("metadata", "namespace")
        other = min(where)
        yield Breach(
            name,
            f"{label} is in namespace {namespace}, and {what} in {other}",
            f"set namespace to {other}" if inventory.settings else f"put both into {other}",
            compared=(own, *where.values()),
        )


def _namespace(document: Part) -> str:
    """Return the namespace that a document tells; without one, kubectl chooses it."""
    return document.text_at("metadata", "namespace")


def _references(pod: Pod) -> Iterator[tuple[str, Part]]:
    """Yield the objects that a pod does not start without: kind, and the name's place."""
    for volume in pod.volumes:
        yield from _told(volume, _IN_VOLUMES)
    for container in pod.all_containers:
        for entry in container.env:
            if entry.value_at("valueFrom") is not None:
                yield from _told(entry["valueFrom"], _IN_VARIABLES)
        if container.value_at("envFrom") is not None:
            for source in container["envFrom"].items:
                yield from _told(source, _IN_SOURCES)


def _told(part: Part, places: tuple[tuple[str, str, str], ...]) -> Iterator[tuple[str, Part]]:
    has = part.value if type(part.value) is dict else {}
    for kind, source, field in places:
        if source not in has:
            continue
        if part.text_at(source, field) and part.value_at(source, "optional") is not True:
            yield kind, part.at(source, field)


@rule(
    "DT427",
    "error",
    symptom="kubectl applies both, one over the other: what the first says is lost.",
    remedy="give each its own name",
    source="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
)
def one_object_of_a_name(inventory: Inventory) -> Iterator[Breach]:
    """A file holds one object of a kind and name, and so do all that settings make."""
    seen: dict[tuple[str, ...], Part] = {}
    for part in inventory.parts:
        name, kind, group = part.text_at("metadata", "name"), part.kind, part.group
        # Several ClusterConfigs may describe one cluster.
        if not name or not kind or group == "eksctl.io":
            continue
        file = "" if inventory.settings else part.document.file
        key = (file, group, kind, _namespace(part), name)
        if first := seen.get(key):
            yield Breach(
                part.at("metadata", "name"),
                f"{kind} {name} is there already",
                compared=(first.at("metadata", "name"),),
            )
        seen.setdefault(key, part)
