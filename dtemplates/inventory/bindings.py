"""Which claim gets which volume, as far as the documents tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dtemplates.inventory.storage import class_of, is_fsx_volume

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from dtemplates.inventory.parts import Part


@dataclass(frozen=True)
class Binding:
    """A claim and the volume that is meant for it."""

    claim: Part
    volume: Part


def refers(reference: Part, claim: Part) -> bool:
    """Return whether a volume's claimRef may mean a claim.

    A claim that names no namespace may be applied to any.
    """
    if not claim.name or reference["name"].text != claim.name:
        return False
    namespaces = {reference["namespace"].text, claim.at("metadata", "namespace").text} - {""}
    return len(namespaces) < 2


def bindings(
    claims: Iterable[Part], volumes: Collection[Part], made: Collection[str]
) -> Iterator[Binding]:
    """Yield the claims with their volumes: where one names the other, or nothing else can be meant.

    `made` are the classes whose volumes are made for the claim. Without a name Kubernetes takes
    any volume that fits; it is known here where one FSx volume and one claim share a class of
    their own, or a name.
    """
    named = {volume.name: volume for volume in volumes}
    referring: dict[str, list[Part]] = {}
    for volume in volumes:
        referring.setdefault(volume.at("spec", "claimRef", "name").text, []).append(volume)
    taken: set[str] = set()
    others: list[Part] = []
    for claim in claims:
        wanted = claim.at("spec", "volumeName").text
        found = [
            one for one in referring.get(claim.name, ()) if refers(one["spec"]["claimRef"], claim)
        ]
        bound = named.get(wanted) if wanted else next(iter(found), None)
        if bound is not None:
            taken.add(bound.name)
            yield Binding(claim, bound)
        elif not wanted and class_of(claim) not in made:
            others.append(claim)
    free = [
        one
        for one in volumes
        if is_fsx_volume(one) and not one["spec"]["claimRef"] and one.name not in taken
    ]
    yield from _alike(others, free)


def _alike(claims: list[Part], volumes: list[Part]) -> Iterator[Binding]:
    """Yield those that share a class with nobody else, and of the rest those of one name."""
    of_class = _by_class(claims)
    paired: set[str] = set()
    for name, found in _by_class(volumes).items():
        if name and len(found) == 1 and len(of_class.get(name, ())) == 1:
            paired |= {found[0].name, of_class[name][0].name}
            yield Binding(of_class[name][0], found[0])
    left = {one.name: one for one in volumes if one.name and one.name not in paired}
    for claim in claims:
        if claim.name in left and claim.name not in paired:
            yield Binding(claim, left.pop(claim.name))


def _by_class(parts: Iterable[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(class_of(part), []).append(part)
    return found
