"""Claims and volumes that never come together (DT1…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.bindings import refers
from dtemplates.inventory.storage import class_of
from dtemplates.rules.rule import Breach, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.inventory import Inventory

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
                given if given else claim["spec"],
                f"claim {claim.name} is of class {_named(class_of(claim))}, "
                f"and its volume {volume.name} of {_named(right)}",
                f"give the claim storageClassName: {right or _named('')}",
                (volume.at("spec", "storageClassName"),),
            )
        modes, offered = claim.at("spec", "accessModes"), volume.at("spec", "accessModes")
        missing = [one for one in modes.items if one.text and one.text not in offered.texts]
        if missing and offered.texts:
            yield Breach(
                missing[0],
                f"claim {claim.name} asks for {missing[0].text}, "
                f"and its volume {volume.name} is {' or '.join(offered.texts)}",
                f"ask for {offered.texts[0]}",
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
    volumes = {one.name: one for one in inventory.of("PersistentVolume")}
    for claim in inventory.claims:
        wanted = claim.at("spec", "volumeName")
        volume = volumes.get(wanted.text)
        if volume is None:
            if meant := misspelt(wanted.text, volumes):
                message = f"claim {claim.name} names volume {wanted.text}, which is not here"
                yield Breach(wanted, message, f"did you mean {meant}?", (volumes[meant],))
            continue
        reference = volume.at("spec", "claimRef")
        if reference["name"].text and not refers(reference, claim):
            field = "name" if reference["name"].text != claim.name else "namespace"
            place = claim.at("metadata", "namespace")
            yield Breach(
                reference[field],
                f"volume {volume.name} is kept for claim {_full(reference['namespace'].text)}"
                f"{reference['name'].text}, and claim {_full(place.text)}{claim.name} names it",
                f"set {field} to {claim.name if field == 'name' else claim.namespace}",
                (wanted, place),
            )
    yield from _references_to_none(inventory)


def _references_to_none(inventory: Inventory) -> Iterator[Breach]:
    """Yield the volumes that are kept for a claim of a name that is nearly another's."""
    claims = {one.name: one for one in inventory.claims if not one.at("spec", "volumeName").text}
    names = {one.name for one in inventory.claims}
    for volume in inventory.of("PersistentVolume"):
        reference = volume.at("spec", "claimRef")
        name, place = reference["name"], reference["namespace"]
        if name.text not in names:
            if meant := misspelt(name.text, claims):
                message = f"volume {volume.name} is kept for claim {name.text}, which is not here"
                yield Breach(name, message, f"did you mean {meant}?", (claims[meant],))
            continue
        claim = claims.get(name.text)
        if claim is not None and not any(refers(reference, one) for one in inventory.claims):
            yield Breach(
                place,
                f"volume {volume.name} is kept for claim {place.text}/{name.text}, "
                f"and the claim is {claim.namespace}/{claim.name}",
                f"set namespace to {claim.namespace}",
                (claim.at("metadata", "namespace"),),
            )


@rule(
    "DT128",
    "error",
    symptom='The claim is Pending: "storageclass.storage.k8s.io not found".',
    remedy="name a class that there is",
    source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#class-1",
)
def class_of_claim(inventory: Inventory) -> Iterator[Breach]:
    """A claim names its class as the class is called."""
    known = {class_of(one): one["spec"] for one in inventory.of("PersistentVolume")}
    known |= {one.name: one for one in inventory.of("StorageClass")}
    bound = {id(one.claim.document) for one in inventory.bindings}
    for claim in inventory.claims:
        given = claim.at("spec", "storageClassName")
        if given.text in known or id(claim.document) in bound:
            continue
        if meant := misspelt(given.text, known):
            message = f"claim {claim.name} is of class {given.text}, which is not here"
            yield Breach(given, message, f"did you mean {meant}?", (known[meant],))


def misspelt(name: str, known: Iterable[str]) -> str:
    """Return the known name that this one is but for a slip; nothing where it may be another's.

    A slip is a letter that is missing, too many, or swapped with the next: ebs-sc and efs-sc, or
    data-1 and data-2, are different names.
    """
    return next((one for one in known if _is_slip(*sorted((name, one), key=len))), "")


def _is_slip(short: str, long: str) -> bool:
    at = next(
        (number for number, (a, b) in enumerate(zip(short, long, strict=False)) if a != b),
        len(short),
    )
    if (
        len(short) < _SHORTEST
        or long[at : at + 2] == ""
        or any(map(str.isdigit, long[at : at + 2]))
    ):
        return False
    if len(short) + 1 == len(long):
        return short[at:] == long[at + 1 :]
    swapped = long[at + 1 : at + 2] + long[at : at + 1]
    return len(short) == len(long) and short[at:] == swapped + long[at + 2 :]


# Of shorter names any two may be meant to differ.
_SHORTEST = 5


def _named(name: str) -> str:
    return name or '""'


def _full(namespace: str) -> str:
    return f"{namespace}/" if namespace else ""
