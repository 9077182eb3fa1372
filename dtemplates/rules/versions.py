"""Kubernetes versions and fields that eksctl or EKS do not know, or no more (DT5…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.eks_versions import eks_version, is_offered, known_versions
from dtemplates.rules.eksctl_fields import FIRST_FIELDS, FIRST_GROUP_FIELDS, KUBERNETES, SINCE
from dtemplates.rules.rule import Breach, rule
from dtemplates.stacks import is_first_eksctl, release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part

_EKS = "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html"
# The first eksctl without a list of its own.
_ASKS_EKS = KUBERNETES[-1][0]
_NOTES = "https://github.com/eksctl-io/eksctl/tree/main/docs/release_notes"


@rule(
    "DT506",
    "error",
    symptom="eksctl says `unknown field`, and makes nothing.",
    remedy="leave the field out, or choose a newer versions.eksctl",
    source=_NOTES,
)
def fields_that_eksctl_knows(inventory: Inventory) -> Iterator[Breach]:
    """eksctl is not older than the fields that are used."""
    eksctl = (inventory.versions or {}).get("eksctl", "")
    for config in inventory.clusters if eksctl else ():
        if is_first_eksctl(eksctl):
            yield from _unknown_to_the_first(config, eksctl)
            continue
        for path, since in SINCE.items():
            if release(eksctl) < release(since):
                for part in _at(config, path):
                    yield Breach(
                        _inmost(part),
                        f"eksctl {eksctl} does not know {path[-1]}, which came with {since}",
                        f"leave it out, or choose versions.eksctl {since} or later",
                        (config["apiVersion"],),
                        key=True,
                    )


def _at(part: Part, path: tuple[str, ...]) -> list[Part]:
    """Return what is at a path, where there is anything."""
    if not path:
        return [part] if part else []
    if path[0] == "*":
        return [found for one in part.items for found in _at(one, path[1:])]
    return _at(part[path[0]], path[1:])


def _inmost(part: Part) -> Part:
    """Return what is in it, as long as that is one thing: the nearest to what somebody wrote."""
    while len(part.fields) == 1:
        (part,) = part.fields.values()
    return part


def _unknown_to_the_first(config: Part, eksctl: str) -> Iterator[Breach]:
    fields = [(name, part) for name, part in config.fields.items() if name not in FIRST_FIELDS]
    for group in config["nodeGroups"].items:
        fields += [
            (name, part) for name, part in group.fields.items() if name not in FIRST_GROUP_FIELDS
        ]
    for name, part in fields:
        message = f"eksctl {eksctl} does not know {name}"
        yield Breach(part, message, compared=(config["apiVersion"],), key=True)


@rule(
    "DT511",
    "error",
    symptom="eksctl refuses the version: `supported values: …`, and makes nothing.",
    remedy="choose another cluster.kubernetes_version, or another versions.eksctl",
    source=_NOTES,
)
def versions_that_eksctl_makes(inventory: Inventory) -> Iterator[Breach]:
    """eksctl is not older than the Kubernetes version that it is to make."""
    settings = inventory.settings
    eksctl = settings.components["eksctl"] if settings else ""
    limits = (row for row in KUBERNETES if eksctl and release(eksctl) < release(row[0]))
    _, oldest, newest = next(limits, ("", "", ""))
    for name, version in _told(inventory) if oldest else ():
        newer = release(version.text) > release(newest)
        if newer or release(version.text) < release(oldest):
            # Where somebody chose an eksctl, that is what is unusual.
            file = version.document.part["apiVersion"]
            chosen = settings is not None and settings.versions.eksctl is not None
            limit = f"{newest} at most" if newer else f"{oldest} at least"
            other = f"cluster.kubernetes_version {limit}"
            yield Breach(
                file if chosen else version,
                f"eksctl {eksctl} makes Kubernetes {limit}, and cluster {name} is to have "
                f"{version.text}",
                f"choose versions.eksctl {_ASKS_EKS} or later, or {other}"
                if newer
                else f"choose {other}",
                (version, file),
            )


@rule(
    "DT507",
    "error",
    symptom="EKS makes no cluster of the version, and has upgraded those that there were.",
    remedy="choose a version that EKS offers",
    source=_EKS,
)
def versions_that_eks_offers(inventory: Inventory) -> Iterator[Breach]:
    """EKS offers the cluster's Kubernetes version."""
    offered = [one for one in known_versions() if is_offered(one, inventory.today)]
    for name, version in _versions(inventory):
        if is_offered(version.text, inventory.today) is False:
            row = eks_version(version.text)
            coming = row is not None and row.support(inventory.today) == "coming"
            yield Breach(
                version,
                f"EKS offers Kubernetes {version.text}, which cluster {name} is to have, "
                f"{'not yet' if coming else 'no more'}",
                f"choose {offered[-1]}" if offered else "",
            )


@rule(
    "DT508",
    "info",
    symptom="The control plane costs six times as much, and EKS upgrades it when extended support "
    "ends too.",
    remedy="choose a version in standard support",
    source=_EKS,
)
def versions_in_standard_support(inventory: Inventory) -> Iterator[Breach]:
    """EKS supports the cluster's Kubernetes version at the standard price."""
    standard = [
        one
        for one in known_versions()
        if (row := eks_version(one)) and row.support(inventory.today) == "standard"
    ]
    for name, version in _versions(inventory):
        row = eks_version(version.text)
        if row and row.support(inventory.today) == "extended":
            yield Breach(
                version,
                f"standard support of Kubernetes {version.text}, which cluster {name} is to have, "
                f"ended on {row.standard_ends}",
                f"choose {standard[-1]}" if standard else "",
            )


def _versions(inventory: Inventory) -> Iterator[tuple[str, Part]]:
    """Yield the versions that clusters are to have, but for those of the tools of 2019."""
    eksctl = (inventory.versions or {}).get("eksctl", "")
    if eksctl and is_first_eksctl(eksctl):
        return
    yield from _told(inventory)


def _told(inventory: Inventory) -> Iterator[tuple[str, Part]]:
    """Yield where versions are told: of what settings made, each once, for they tell it once."""
    for cluster in inventory.described.values():
        versions = cluster.versions
        if inventory.settings:
            versions = tuple({one.text: one for one in reversed(versions)}.values())
        for version in versions:
            yield cluster.name, version
