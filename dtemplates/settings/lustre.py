"""What new FSx for Lustre file systems can be, and what one is unless the settings say.

Limits: the FSx API (botocore 1.44.5, fsx service-2.json) and the CSI driver v1.9.0.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from dtemplates.settings.sizing import accelerator
from dtemplates.stacks import release

if TYPE_CHECKING:
    from dtemplates.settings.fsx import DeploymentType, Lustre
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings

# (deployment type, storage type) → MB/s for each TiB; nothing where none may be given.
THROUGHPUTS: dict[tuple[str, str], tuple[int, ...]] = {
    ("SCRATCH_1", "SSD"): (),
    ("SCRATCH_2", "SSD"): (),
    ("PERSISTENT_1", "SSD"): (50, 100, 200),
    ("PERSISTENT_1", "HDD"): (12, 40),
    ("PERSISTENT_2", "SSD"): (125, 250, 500, 1000),
}


def deployment_type(lustre: Lustre, settings: Settings) -> DeploymentType:
    """Return the deployment type as given, or the one that was the console's in its day."""
    fallback: DeploymentType = "SCRATCH_1" if settings.stack == "classic" else "SCRATCH_2"
    return lustre.deployment_type or fallback


def steps(deployment: str, storage: str, throughput: int | None) -> tuple[tuple[int, ...], int]:
    """Return the single sizes and the step of all further ones, in GiB."""
    if storage == "HDD":
        return (), 6000 if throughput == 12 else 1800
    return ((1200, 2400), 3600) if deployment == "SCRATCH_1" else ((1200,), 2400)


def fits(gib: Fraction, single: tuple[int, ...], step: int) -> bool:
    """Return whether a file system can have this size."""
    return gib in single or (gib > 0 and gib % step == 0)


def sizes(single: tuple[int, ...], step: int, unit: str = "") -> str:
    """Return in words the sizes that a file system can have, as `steps` tells them."""
    known = [f"{size}{unit}" for size in single]
    return " or ".join(filter(None, (", ".join(known), f"a multiple of {step}{unit}")))


def knows_mount_names(driver: str) -> bool:
    """Return whether a CSI driver takes a volume's mount name; older ones mount /fsx alone."""
    return release(driver) >= (0, 3)


def subnet_of_nodes(settings: Settings) -> str | None:
    """Return the subnet of the first accelerated node group, or of the first one there is.

    None where eksctl makes the VPC, so that subnets are not known yet, or no zone is named.
    """
    groups = sorted(settings.nodegroups, key=lambda group: accelerator(group, settings) is None)
    for group in groups:
        for place in (*group.subnets, *group.availability_zones):
            if found := subnet_id(place, group, settings):
                return found
    return None


def subnet_id(place: str, group: NodeGroup, settings: Settings) -> str | None:
    """Return the id of the group's subnet of this id, key or zone; None where there is none.

    A group's own side comes first: private subnets for private networking, else public ones.
    """
    if place.startswith("subnet-"):
        return place
    vpc = settings.cluster.vpc
    sides = [vpc.public_subnets, vpc.private_subnets]
    for subnets in reversed(sides) if group.private_networking else sides:
        for key, subnet in subnets.items():
            if place in (key, subnet.availability_zone):
                return subnet.id
    return None
