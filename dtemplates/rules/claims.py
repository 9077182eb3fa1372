"""Claims and volumes that never come together (DT1…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.bindings import refers
from dtemplates.inventory.storage import REFUSED, class_of, is_fsx_volume
from dtemplates.rules.rule import Breach, rule
from dtemplates.suggestions import misspelt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part

_BINDING = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding"


@rule(
    "DT112",
    "error",
    symptom='The claim is Pending: "Volume\'s size is smaller than requested".',
    remedy="ask for what the volume has, or less",
    source=_BINDING,
)
def claim_fits_in_volume(inventory: Inventory) -> Iterator[Breach]:
    """A claim asks for no more than its volume has."""
    for binding in inventory.bindings:
        asked = binding.claim.at("spec", "resources", "requests", "storage")
        has = binding.volume.at("spec", "capacity", "storage")
        if asked.amount is not None and has.amount is not None and asked.amount > has.amount:
            yield Breach(
                asked,
                f"claim {binding.claim.name} asks for {asked.value}, "
                f"and its volume {binding.volume.name} has {has.value}",
                f"ask for {has.value} or less",
                (has,),
            )


@rule(
    "DT113",
    "error",
    symptom='The claim is Pending: "no persistent volumes available for this claim", or '
    '"Cannot bind to requested volume: storageClassName does not match".',
    remedy="give both the same storageClassName, and the claim access modes of the volume",
    source=_BINDING,
)
def claim_agrees_with_volume(inventory: Inventory) -> Iterator[Breach]:
    """A claim and its volume are of one class, and the volume has the claim's access modes."""
    for binding in inventory.bindings:
        claim, volume = binding.claim, binding.volume
        if class_of(claim) != class_of(volume):
            given, right = claim.at("spec", "storageClassName"), class_of(volume)
            yield Breach(
                given,
                f"claim {claim.name} is of class {_named(class_of(claim))}, "
                f"and its volume {volume.name} of {_named(right)}",
                f"give the claim storageClassName: {right or _named('')}",
                (volume.at("spec", "storageClassName"),),
            )
        modes, offered = claim.at("spec", "accessModes"), volume.at("spec", "accessModes")
        missing = [one for one in modes.items if one.text and one.text not in offered.texts]
        # Nobody is to ask for what the driver refuses, of which another rule tells.
        usable = [mode for mode in offered.texts if mode != REFUSED or not is_fsx_volume(volume)]
        if missing and usable:
            yield Breach(
                missing[0],
                f"claim {claim.name} asks for {missing[0].text}, "
                f"and its volume {volume.name} is {' or '.join(offered.texts)}",
                f"ask for {usable[0]}",
                (offered,),
            )


@rule(
    "DT114",
    "error",
    symptom="The claim is Pending for ever: its volume waits for another claim, or is none.",
    remedy="let the claim's volumeName and the volume's claimRef name each other, with namespace",
    source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reserving-a-persistentvolume",
)
def claim_and_volume_name_each_other(inventory: Inventory) -> Iterator[Breach]:
    """A claim and its volume that name each other name the right one."""
    for binding in inventory.bindings:
        claim, volume = binding.claim, binding.volume
        wanted, reference = claim.at("spec", "volumeName"), volume.at("spec", "claimRef")
        if wanted.text and reference["name"].text and not refers(reference, claim):
            field = "name" if reference["name"].text != claim.name else "namespace"
            place = claim.at("metadata", "namespace")
            yield Breach(
                reference[field],
                f"volume {volume.name} is kept for claim {_full(reference['namespace'].text)}"
                f"{reference['name'].text}, and claim {_full(place.text)}{claim.name} names it",
                f"set {field} to {claim.name if field == 'name' else claim.namespace}",
                (wanted, place),
            )
    yield from _volumes_of_no_name(inventory)
    yield from _references_to_none(inventory)


def _volumes_of_no_name(inventory: Inventory) -> Iterator[Breach]:
    """Yield the claims that name a volume by a name that is nearly another's."""
    volumes = inventory.of("PersistentVolume")
    names = {one.name for one in volumes}
    for claim in inventory.claims:
        wanted = claim.at("spec", "volumeName")
        if wanted.text and wanted.text not in names and misspelt(wanted.text, names):
            beside = {one.name: one for one in inventory.beside(claim, volumes)}
            if meant := misspelt(wanted.text, beside):
                message = f"claim {claim.name} names volume {wanted.text}, which is not here"
                yield Breach(wanted, message, f"did you mean {meant}?", (beside[meant],))


def _references_to_none(inventory: Inventory) -> Iterator[Breach]:
    """Yield the volumes that are kept for a claim of a name that is nearly another's."""
    open_claims = [one for one in inventory.claims if not one.text_at("spec", "volumeName")]
    named: dict[str, list[Part]] = {}
    for one in inventory.claims:
        named.setdefault(one.name, []).append(one)
    for volume in inventory.of("PersistentVolume") if open_claims else ():
        reference = volume.at("spec", "claimRef")
        name, place = reference["name"], reference["namespace"]
        if not name.text or any(refers(reference, one) for one in named.get(name.text, ())):
            continue
        beside = {one.name: one for one in inventory.beside(volume, open_claims)}
        claim = beside.get(name.text)
        if claim is not None:
            yield Breach(
                place,
                f"volume {volume.name} is kept for claim {place.text}/{name.text}, "
                f"and the claim is {claim.namespace}/{claim.name}",
                f"set namespace to {claim.namespace}",
                (claim.at("metadata", "namespace"),),
            )
        elif name.text not in named and (meant := misspelt(name.text, beside)):
            message = f"volume {volume.name} is kept for claim {name.text}, which is not here"
            yield Breach(name, message, f"did you mean {meant}?", (beside[meant],))


@rule(
    "DT128",
    "error",
    symptom='The claim is Pending: "storageclass.storage.k8s.io not found".',
    remedy="name a class that there is",
    source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#class-1",
)
def class_of_claim(inventory: Inventory) -> Iterator[Breach]:
    """A claim names its class as the class is called."""
    volumes, classes = inventory.of("PersistentVolume"), inventory.of("StorageClass")
    known = {*map(class_of, volumes), *(one.name for one in classes)}
    bound = {id(one.claim.document) for one in inventory.bindings}
    for claim in inventory.claims:
        given = claim.at("spec", "storageClassName")
        if given.text in known or id(claim.document) in bound or not misspelt(given.text, known):
            continue
        beside = {
            class_of(one): one.at("spec", "storageClassName")
            for one in inventory.beside(claim, volumes)
        }
        beside |= {one.name: one.at("metadata", "name") for one in inventory.beside(claim, classes)}
        if meant := misspelt(given.text, beside):
            message = f"claim {claim.name} is of class {given.text}, which is not here"
            yield Breach(given, message, f"did you mean {meant}?", (beside[meant],))


def _named(name: str) -> str:
    return name or '""'


def _full(namespace: str) -> str:
    return f"{namespace}/" if namespace else ""
