"""File systems that FSx refuses, or makes far from the nodes (DT1…)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from dtemplates.inventory.storage import NewLustre, refers_to
from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.lustre import THROUGHPUTS, fits, sizes, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part, Resource

_ASSOCIATION = "AWS::FSx::DataRepositoryAssociation"
_S3 = ("s3ImportPath", "s3ExportPath", "autoImportPolicy")
# Of one file system (FSx API, botocore 1.44.5).
_MOST_ASSOCIATIONS = 8


@rule(
    "DT101",
    "warning",
    symptom="Each read crosses zones, which is slower and costs for every GB; mounts that do not "
    "reach across time out.",
    remedy="put the file system into a subnet in the zone of the nodes",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/issues/120",
)
def zone_of_nodes(inventory: Inventory) -> Iterator[Breach]:
    """A new file system is in the zone of the GPU nodes."""
    places: dict[str, list[tuple[str, Part]]] = {}
    for one in inventory.fsx_classes:
        subnet = one.at("parameters", "subnetId")
        what = f"the file systems of class {one.name} are"
        places.setdefault(subnet.text, []).append((what, subnet))
    for system in inventory.file_systems:
        subnet = system.properties.at("SubnetIds", 0)
        places.setdefault(subnet.text, []).append((f"file system {system.id} is", subnet))
    for id, found in places.items():
        groups = _groups_beside(inventory, id)
        zones = {zone: group for group in groups for zone in group.zones}
        zone = groups[0].zones_of_subnets[id] if groups else ""
        # A group whose zones are not known may be anywhere.
        if not zone or zone in zones or not all(group.are_zones_known for group in groups):
            continue
        where = " and ".join(sorted(zones))
        names = " and ".join(dict.fromkeys(group.name for group in zones.values()))
        for what, subnet in found:
            yield Breach(
                subnet,
                f"{what} in {zone}, and the nodes of {names} in {where}",
                _subnets_in(groups, zones) or f"use a subnet in {where}",
                tuple(place for group in zones.values() for place in group.places),
            )


def _groups_beside(inventory: Inventory, subnet: str) -> list[NodeGroup]:
    """Return the groups of the cluster that has this subnet: those that may have accelerators.

    All of them where none has any.
    """
    groups = [one for one in inventory.node_groups if one.zones_of_subnets.get(subnet)]
    return [one for one in groups if one.may_be_accelerated] or groups


def _subnets_in(groups: list[NodeGroup], zones: dict[str, NodeGroup]) -> str:
    """Return in words which subnets are in these zones."""
    found = {
        name: zone
        for group in groups
        for name, zone in group.zones_of_subnets.items()
        if zone in zones and name.startswith("subnet-")
    }
    choice = " or ".join(f"{name} in {zone}" for name, zone in sorted(found.items()))
    return f"use {choice}" if choice else ""


@rule(
    "DT109",
    "error",
    symptom="FSx refuses the file system, or the association.",
    remedy="link the file system when it is there: at most 8 associations, of different folders",
    source="https://docs.aws.amazon.com/fsx/latest/LustreGuide/create-dra-linked-data-repo.html",
)
def links_with_s3(inventory: Inventory) -> Iterator[Breach]:
    """PERSISTENT_2 is linked to S3 by associations, at most 8 and of different folders."""
    for storage_class in inventory.fsx_classes:
        made = NewLustre.of(storage_class)
        given = [one for one in (made.parameters[name] for name in _S3) if one.text]
        if made.kind == "PERSISTENT_2" and given:
            yield Breach(
                given[0],
                f"class {storage_class.name} makes PERSISTENT_2 file systems, "
                f"which take no {given[0].path[-1]}",
                f"leave {' and '.join(str(one.path[-1]) for one in given)} out, "
                "and make a data repository association; or use SCRATCH_2",
                (made.parameters["deploymentType"],),
            )
    for file_system, links in _links(inventory):
        for link in links[_MOST_ASSOCIATIONS:]:
            yield Breach(
                link.part,
                f"{link.id} is one of {len(links)} associations of {file_system}",
                f"make {_MOST_ASSOCIATIONS} at most",
            )
        yield from _overlaps(links)


def _links(inventory: Inventory) -> Iterator[tuple[str, list[Resource]]]:
    """Yield each file system of a template, by what refers to it, with its associations."""
    found: dict[tuple[int, str], list[Resource]] = {}
    for link in inventory.resources:
        if link.type == _ASSOCIATION:
            part = link.properties["FileSystemId"]
            found.setdefault((link.template_id, part.text or part["Ref"].text), []).append(link)
    for (_, name), links in found.items():
        if name:
            yield name, links


def _overlaps(links: list[Resource]) -> Iterator[Breach]:
    seen: list[tuple[str, Resource]] = []
    for link in links:
        path = link.properties["FileSystemPath"]
        folder = f"{path.text.rstrip('/')}/"
        for other, earlier in seen:
            if path.text and (folder.startswith(other) or other.startswith(folder)):
                theirs = earlier.properties["FileSystemPath"]
                yield Breach(
                    path,
                    f"{link.id} links {path.text}, and {earlier.id} {theirs.text} already",
                    "link folders that are not in each other",
                    (theirs,),
                )
                break
        if path.text:
            seen.append((folder, link))


@rule(
    "DT127",
    "error",
    symptom="The stack fails: FSx refuses the association.",
    remedy="use SCRATCH_2 or a persistent type, and FileSystemTypeVersion 2.15",
    source="https://docs.aws.amazon.com/fsx/latest/LustreGuide/create-dra-linked-data-repo.html",
)
def linkable_file_system(inventory: Inventory) -> Iterator[Breach]:
    """A data repository association is of a file system with Lustre 2.12 or later."""
    for file_system in inventory.file_systems:
        kind = file_system.lustre["DeploymentType"]
        version = file_system.properties["FileSystemTypeVersion"]
        links = [
            one
            for one in inventory.resources_beside(file_system)
            if one.type == _ASSOCIATION
            and refers_to(one.properties["FileSystemId"], file_system.id)
        ]
        if links and (fault := _fault(kind, version)):
            where, what, remedy = fault
            yield Breach(
                where,
                f"{links[0].id} links {file_system.id} with S3, and {what}",
                remedy,
                (links[0].properties["FileSystemId"], kind, version),
            )


def _fault(kind: Part, version: Part) -> tuple[Part, str, str] | None:
    """Return what keeps a file system from being linked, and the remedy."""
    if kind.text == "SCRATCH_1":
        return kind, "SCRATCH_1 file systems have no associations", "use SCRATCH_2"
    if version.text == "2.10":
        return version, "Lustre 2.10 has no associations", "give 2.15"
    # FSx takes 2.10 for these where nothing else is said.
    if not version and kind.text in ("SCRATCH_2", "PERSISTENT_1"):
        message = f"{kind.text} is Lustre 2.10 unless FileSystemTypeVersion says otherwise"
        return version, message, 'give FileSystemTypeVersion: "2.15"'
    return None


@rule(
    "DT129",
    "error",
    symptom="The stack fails: FSx refuses the file system.",
    remedy="give a size that FSx has",
    source="https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystem.html",
)
def size_in_a_stack(inventory: Inventory) -> Iterator[Breach]:
    """A stack's file system has a size that FSx has."""
    for file_system in inventory.file_systems:
        properties, lustre = file_system.properties, file_system.lustre
        given, throughput = properties["StorageCapacity"], lustre["PerUnitStorageThroughput"]
        what = (lustre["DeploymentType"], properties["StorageType"])
        # The defaults of the API, where nothing is said.
        kind, storage = (
            one.text if one else default
            for one, default in zip(what, ("SCRATCH_1", "SSD"), strict=True)
        )
        if (kind, storage) not in THROUGHPUTS or given.number is None:
            continue
        # Of HDD it depends on the throughput, which a parameter may decide.
        if storage == "HDD" and throughput.number is None:
            continue
        single, step = steps(kind, storage, throughput.number)
        if not fits(Fraction(given.number), single, step):
            yield Breach(
                given,
                f"{file_system.id} is to have {given.number} GiB, and a {kind} {storage} file "
                "system cannot",
                f"give {sizes(single, step)}",
                (*what, throughput),
            )
