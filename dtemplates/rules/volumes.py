"""Volumes that cannot be mounted, or not as they are meant to (DT1…)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dtemplates.inventory.storage import REFUSED, class_of, is_static
from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.lustre import knows_mount_names
from dtemplates.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part

_ID = re.compile(r"fs-[0-9a-f]{8,17}")
_DNS_NAME = re.compile(r"(fs-[0-9a-f]{8,17})\.fsx\.([a-z]{2}(?:-[a-z]+)+-[0-9]+)\.([a-z0-9.-]+)\Z")
_CHINA = ".cn"
# Regions that are kept apart have domains of their own.
_DOMAINS = ("amazonaws.com", f"amazonaws.com{_CHINA}")
# Any of these tells what is to become of locks; without one Lustre refuses them.
_LOCKS = ("flock", "localflock", "noflock")


@rule(
    "DT102",
    "error",
    symptom="The driver mounts `fsx` instead, and the pod hangs with "
    "\"Is 'MOUNT_NAME' the correct filesystem name?\".",
    remedy="give mountname: `aws fsx describe-file-systems` tells it (SCRATCH_1: fsx)",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/issues/437",
)
def mount_name(inventory: Inventory) -> Iterator[Breach]:
    """The volume of an existing file system carries its mount name."""
    if not _is_new_driver(inventory):
        return
    for volume in inventory.fsx_volumes:
        attributes = volume.at("spec", "csi", "volumeAttributes")
        if not attributes["mountname"].text:
            handle = volume.at("spec", "csi", "volumeHandle")
            yield Breach(
                attributes["mountname"],
                f"volume {volume.name} does not tell the mount name of {handle.text}",
                compared=(handle,),
            )


@rule(
    "DT103",
    "error",
    symptom='The pod waits in ContainerCreating: "dnsname is not provided", or a mount that finds '
    "no server.",
    remedy="give the name that `aws fsx describe-file-systems` tells as DNSName",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/pkg/driver/node.go",
)
def dns_name(inventory: Inventory) -> Iterator[Breach]:
    """The DNS name of a volume is that of its file system, in the region of the cluster."""
    for volume in inventory.fsx_volumes:
        beside = inventory.beside(volume, inventory.clusters)
        regions = {one.text_at("metadata", "region") for one in beside} - {""}
        csi = volume.at("spec", "csi")
        handle, given = csi["volumeHandle"], csi.at("volumeAttributes", "dnsname")
        known = _ID.match(handle.text)
        if not given.text:
            remedy = _name_of(known[0], regions) if known else ""
            yield Breach(given, f"volume {volume.name} has no dnsname", remedy, (handle,))
            continue
        found = _DNS_NAME.match(given.text)
        if not found:
            # Addresses and names of one's own lead to a file system, too.
            if ".fsx." in given.text or given.text.endswith((".amazonaws.com", _CHINA)):
                remedy = _name_of(known[0], regions) if known else ""
                message = f"{given.text} is not the DNS name of a file system"
                yield Breach(given, message, remedy, (handle,))
            continue
        id, region, domain = found.groups()
        right = _name_of(known[0] if known else id, regions or {region})
        if known and id != known[0]:
            message = f"volume {volume.name} is {known[0]}, and its dnsname is that of {id}"
            yield Breach(given, message, right, (handle,))
        elif regions and region not in regions:
            places = " and ".join(sorted(regions))
            message = f"volume {volume.name} is in {region}, and the cluster in {places}"
            compared = tuple(one.at("metadata", "region") for one in beside)
            yield Breach(given, message, right, compared)
        elif domain != _DOMAINS[region.startswith("cn-")] and nearest(domain, _DOMAINS):
            yield Breach(given, f"{given.text} is not a name of {region}", right)


@rule(
    "DT115",
    "error",
    symptom='Without its claim the volume is left as Failed: "no deletable volume plugin matched".',
    remedy="let its reclaim policy be Retain",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/issues/171",
)
def retained_volume(inventory: Inventory) -> Iterator[Breach]:
    """The volume of an existing file system is retained."""
    for volume in inventory.fsx_volumes:
        policy = volume.at("spec", "persistentVolumeReclaimPolicy")
        if is_static(volume) and policy.text not in ("", "Retain"):
            yield Breach(
                policy,
                f"volume {volume.name} is to be deleted with its claim, "
                "which only works where it was made for one",
            )


@rule(
    "DT117",
    "warning",
    symptom='Programs that lock files (HDF5, SQLite) fail with "Function not implemented".',
    remedy="give it the mount option flock",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/issues/127",
)
def file_locks(inventory: Inventory) -> Iterator[Breach]:
    """The volume of an existing file system is mounted with flock."""
    if not _is_new_driver(inventory):
        return
    for volume in inventory.fsx_volumes:
        options = volume.at("spec", "mountOptions")
        if is_static(volume) and not set(options.texts) & set(_LOCKS):
            given = f", but with {' '.join(options.texts)}" if options.texts else ""
            yield Breach(
                options,
                f"volume {volume.name} is mounted without flock{given}",
            )


@rule(
    "DT118",
    "warning",
    symptom="A pod that mounts both waits in ContainerCreating for ever: for Kubernetes "
    "they are one volume.",
    remedy="keep one of them: a claim can be mounted many times, and subPath tells folders apart",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/issues/328",
)
def one_volume_for_each_handle(inventory: Inventory) -> Iterator[Breach]:
    """No two volumes have the same volumeHandle, unless they are for different namespaces."""
    claims = {id(one.volume.document): one.claim for one in inventory.bindings}
    earlier: dict[tuple[str, str], list[tuple[str, Part]]] = {}
    for volume in inventory.fsx_volumes:
        handle = volume.at("spec", "csi", "volumeHandle")
        claim = claims.get(id(volume.document))
        place = volume.at("spec", "claimRef", "namespace").text
        place = place or (claim.at("metadata", "namespace").text if claim else "")
        seen = earlier.setdefault((handle.text, inventory.neighbourhood(volume)), [])
        if handle.text:
            same = (one for where, one in seen if not where or not place or where == place)
            first = next((one for one in same if one.name != volume.name), None)
            if first is not None:
                yield Breach(
                    handle,
                    f"volumes {first.name} and {volume.name} are both {handle.text}",
                    compared=(first.at("spec", "csi", "volumeHandle"),),
                )
        seen.append((place, volume))


@rule(
    "DT126",
    "error",
    symptom='The driver refuses it: "Volume capabilities not supported".',
    remedy="use ReadWriteMany; a pod that only reads says readOnly: true where it mounts",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/pkg/driver/controller.go",
)
def access_mode(inventory: Inventory) -> Iterator[Breach]:
    """A file system is mounted as ReadWriteMany or ReadWriteOnce."""
    for volume in inventory.fsx_volumes:
        # The kubelet mounts by the first mode of a volume, whatever the claim asks for.
        first = volume.at("spec", "accessModes", 0)
        if first.text == REFUSED:
            yield Breach(first, f"volume {volume.name} is {REFUSED}, which the driver refuses")
    classes = {one.name for one in inventory.fsx_classes}
    for claim in inventory.claims:
        modes = claim.at("spec", "accessModes").items
        refused = next((one for one in modes if one.text == REFUSED), None)
        if refused is not None and class_of(claim) in classes:
            yield Breach(refused, f"claim {claim.name} asks for {REFUSED}, which FSx cannot be")


def _is_new_driver(inventory: Inventory) -> bool:
    versions = inventory.versions
    return versions is None or knows_mount_names(versions["fsx_csi_driver"])


def _name_of(id: str, regions: set[str]) -> str:
    """Return in words what its DNS name is."""
    if len(regions) != 1:
        return f"its name is {id}.fsx.REGION.amazonaws.com, with the cluster's region"
    (region,) = regions
    return f"its name is {id}.fsx.{region}.amazonaws.com{_CHINA * region.startswith('cn-')}"
