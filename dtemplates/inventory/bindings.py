"""Which claim gets which volume, as far as the documents tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dtemplates.inventory.storage import class_of, is_fsx_volume

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from dtemplates.inventory.parts import Part


class Binding(NamedTuple):
    """A claim and the volume that is meant for it."""

    claim: Part
    volume: Part


def folder(part: Part) -> str:
    """Return the folder of the file that a document is in."""
    return part.document.file.rpartition("/")[0]


def nearest(part: Part, others: Iterable[Part]) -> list[Part]:
    """Return those in the same file as a document, or else in the same folder, or else all."""
    others = list(others)
    same_file = [one for one in others if one.document.file == part.document.file]
    return same_file or [one for one in others if folder(one) == folder(part)] or others


def refers(reference: Part, claim: Part) -> bool:
    """Return whether a volume's claimRef may mean a claim.

    A claim that names no namespace may be applied to any.
    """
    if not claim.name or reference["name"].text != claim.name:
        return False
    namespaces = {reference["namespace"].text, claim.at("metadata", "namespace").text} - {""}
    return len(namespaces) < 2


def bindings(
    claims: Collection[Part],
    volumes: Collection[Part],
    made: Collection[str],
    neighbourhood: Callable[[Part], str],
) -> Iterator[Binding]:
    """Yield the claims with their volumes: where one names the other, or nothing else can be meant.

    `made` are the classes whose volumes are made for the claim. Without a name Kubernetes takes
    any volume that fits; it is known here where one FSx volume and one claim of a neighbourhood
    share a class of their own, or a name.
    """
    candidates = _candidates(claims, volumes)
    # A volume with a claim beside it is not for those of other folders.
    at_home = {
        id(volume.document)
        for claim, found in zip(claims, candidates, strict=True)
        for volume in found
        if folder(volume) == folder(claim)
    }
    taken: set[int] = set()
    others: list[Part] = []
    for claim, found in zip(claims, candidates, strict=True):
        bound = _meant(
            claim,
            [
                one
                for one in found
                if id(one.document) not in at_home or folder(one) == folder(claim)
            ],
        )
        taken.update(id(one.document) for one in found)
        if bound is not None:
            yield Binding(claim, bound)
        elif not (found or claim.text_at("spec", "volumeName") or class_of(claim) in made):
            others.append(claim)
    free = [
        one
        for one in volumes
        if is_fsx_volume(one) and not one["spec"]["claimRef"] and id(one.document) not in taken
    ]
    if others and free:
        for place in dict.fromkeys(map(neighbourhood, free)):
            yield from _alike(
                [one for one in others if neighbourhood(one) == place],
                [one for one in free if neighbourhood(one) == place],
            )


def _candidates(claims: Iterable[Part], volumes: Iterable[Part]) -> list[list[Part]]:
    """Return for each claim the volumes that it names, or that are kept for it."""
    named: dict[str, list[Part]] = {}
    referring: dict[str, list[Part]] = {}
    for volume in volumes:
        named.setdefault(volume.name, []).append(volume)
        referring.setdefault(volume.text_at("spec", "claimRef", "name"), []).append(volume)
    found = []
    for claim in claims:
        wanted = claim.text_at("spec", "volumeName")
        kept = (one for one in referring.get(claim.name, ()) if refers(_reference(one), claim))
        found.append(named.get(wanted, []) if wanted else list(kept))
    return found


def _reference(volume: Part) -> Part:
    return volume.at("spec", "claimRef")


def _meant(claim: Part, volumes: list[Part]) -> Part | None:
    """Return the one of these volumes that is meant; None where it may be several."""
    near = nearest(claim, volumes)
    if len(near) > 1:
        near = [one for one in near if refers(_reference(one), claim)]
    return near[0] if len(near) == 1 else None


def _alike(claims: list[Part], volumes: list[Part]) -> Iterator[Binding]:
    """Yield those that share a class with nobody else, and of the rest those of one name."""
    of_class = _by(class_of, claims)
    paired: set[int] = set()
    for name, found in _by(class_of, volumes).items():
        if name and len(found) == 1 and len(of_class.get(name, ())) == 1:
            paired |= {id(found[0].document), id(of_class[name][0].document)}
            yield Binding(of_class[name][0], found[0])
    of_name = _by(_name, (one for one in claims if id(one.document) not in paired))
    left = _by(_name, (one for one in volumes if id(one.document) not in paired))
    for name, named in of_name.items():
        for claim in named if name else ():
            found = nearest(claim, (one for one in left.get(name, ()) if _may_share(claim, one)))
            if len(found) == 1 and nearest(found[0], named) == [claim]:
                yield Binding(claim, found[0])


def _may_share(claim: Part, volume: Part) -> bool:
    """Return whether they are of one class, or one of them names none."""
    classes = {class_of(claim), class_of(volume)} - {""}
    return len(classes) < 2


def _name(part: Part) -> str:
    return part.name


def _by(key: Callable[[Part], str], parts: Iterable[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(key(part), []).append(part)
    return found
