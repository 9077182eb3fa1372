"""APIs that the cluster does not have, or not when they are wanted (DT5…)."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING

from dtemplates.rules.api_versions import first_release, removal
from dtemplates.rules.rule import Breach, rule
from dtemplates.stacks import release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part

_GUIDE = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"
# What all annotations of an object may have together, and the one that kubectl keeps the object in.
_MOST = 262_144
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# A text shorter than this, without aliases, holds no object of that size.
_LONG = _MOST // 2
_ALIASED = re.compile(r"\*[A-Za-z0-9_]")
# Folders of a Helm chart: Helm itself sees to the order.
_OF_CHARTS = ("templates", "crds")


@rule(
    "DT502",
    "error",
    symptom="kubectl says `no matches for kind`, and Helm fails an upgrade.",
    remedy="write the apiVersion that took its place, or name the cluster's Kubernetes version",
    source=_GUIDE,
)
def apis_that_are_gone(inventory: Inventory) -> Iterator[Breach]:
    """A document is of an API version that the cluster's Kubernetes still has."""
    for part, api, kubernetes in _apis(inventory):
        gone = removal(*api)
        if gone is None or release(kubernetes) < release(gone.release):
            continue
        instead = f"write apiVersion: {gone.instead}" if gone.instead else "leave it out"
        if inventory.settings:
            instead += ", or choose a newer version of what it belongs to"
        yield Breach(
            _blamed(part),
            f"Kubernetes {kubernetes} has no {api[0]} {api[1]}: it went with {gone.release}",
            instead,
            compared=_decisive(inventory, part),
        )


@rule(
    "DT509",
    "error",
    symptom="kubectl says `no matches for kind`.",
    remedy="write an older apiVersion of the kind, or choose a newer Kubernetes",
    source=_GUIDE,
)
def apis_that_are_to_come(inventory: Inventory) -> Iterator[Breach]:
    """A document is of an API version that the cluster's Kubernetes has already."""
    for part, api, kubernetes in _apis(inventory):
        first = first_release(*api)
        if first and release(kubernetes) < release(first):
            yield Breach(
                _blamed(part),
                f"Kubernetes {kubernetes} has no {api[0]} {api[1]} yet: it came with {first}",
                compared=_decisive(inventory, part),
            )


def _apis(inventory: Inventory) -> Iterator[tuple[Part, tuple[str, str], str]]:
    """Yield each document with its API and the Kubernetes version of its cluster."""
    known: dict[str, str] = {}
    for part in inventory.parts:
        place = inventory.neighbourhood(part)
        if place not in known:
            known[place] = inventory.kubernetes(part)
        yield part, (part.api_version, part.kind), known[place]


def _decisive(inventory: Inventory, part: Part) -> tuple[Part, ...]:
    """Return what decides whether there is such an API: its version, and that of Kubernetes."""
    clusters = inventory.beside(part, inventory.clusters)
    return (part["apiVersion"], *(one.at("metadata", "version") for one in clusters))


def _blamed(part: Part) -> Part:
    # Of Kubernetes' own groups it is told of the whole document that there is no such kind.
    return part["apiVersion"] if "." in part.group else part


@rule(
    "DT504",
    "warning",
    symptom="`kubectl apply` says `metadata.annotations: Too long: may not be more than 262144 "
    "bytes`.",
    remedy="apply it with `kubectl apply --server-side`",
    source="https://github.com/aws-ia/terraform-aws-eks-blueprints/issues/2041",
)
def sizes_that_kubectl_keeps(inventory: Inventory) -> Iterator[Breach]:
    """An object fits into the annotation that `kubectl apply` keeps it in."""
    for part in inventory.parts:
        text = part.document.manifest.text
        if len(text) < _LONG and not ("*" in text and _ALIASED.search(text)):
            continue
        if part.kind and part.group != "eksctl.io" and _is_larger(part.value, _room(part)):
            yield Breach(
                part,
                f"{part.kind} {part.name} takes more than the {_MOST:,} bytes that annotations "
                "can have, where kubectl keeps what it applied",
            )


def _room(part: Part) -> int:
    """Return the bytes that an object's other annotations leave for kubectl's own."""
    others = part.at("metadata", "annotations").fields.items()
    taken = sum(len(key) + len(value.text) for key, value in others if key != _LAST_APPLIED)
    return _MOST - len(_LAST_APPLIED) - taken


def _is_larger(value: object, room: int) -> bool:
    """Return whether a value's JSON takes more bytes; no more of it is made than that takes."""
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
    for chunk in chain(encoder.iterencode(value), "\n"):
        room -= len(chunk.encode("utf-8", "surrogatepass"))
        if room < 0:
            return True
    return False


@rule(
    "DT505",
    "warning",
    symptom="`kubectl apply` says `no matches for kind`, for the API server needs a moment to "
    "serve the new kind; a second apply succeeds.",
    remedy="put the definition into a file of its own, apply that first, and wait with "
    "`kubectl wait --for=condition=Established crd --all`",
    source="https://github.com/kubernetes/kubectl/issues/1117",
)
def definitions_apart(inventory: Inventory) -> Iterator[Breach]:
    """A custom resource is not in the same file as the definition of its kind."""
    defined: dict[tuple[str, str, str], Part] = {}
    for crd in inventory.of("CustomResourceDefinition"):
        file = crd.document.file
        if not set(file.split("/")[:-1]) & {*_OF_CHARTS}:
            kind = crd.at("spec", "names", "kind").text
            defined[file, crd.at("spec", "group").text, kind] = crd
    for part in inventory.parts if defined else ():
        crd_of = defined.get((part.document.file, part.group, part.kind))
        if part.kind and crd_of is not None:
            yield Breach(
                part["kind"],
                f"{part.kind} {part.name} is in one file with the definition of its kind, "
                f"{crd_of.name}",
                compared=(crd_of.at("spec", "names", "kind"),),
            )
