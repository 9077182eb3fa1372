"""Disks of nodes that EC2 does not make (DT2…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.ebs import DEFAULT_TYPE, IOPS, WITH_THROUGHPUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part

# Setting → the volume types that take it.
_TYPES = {"volumeThroughput": WITH_THROUGHPUT, "volumeIOPS": tuple(IOPS)}


@rule(
    "DT215",
    "error",
    symptom="eksctl refuses the file, or EC2 the volume, and no node starts.",
    remedy="choose volumeType: gp3, or leave the setting out",
    source="https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html",
)
def disks_of_their_type(inventory: Inventory) -> Iterator[Breach]:
    """A node's disk has the IOPS and the throughput that its type can have."""
    for group in inventory.node_groups:
        for disk in (group.part, *group.part["additionalVolumes"].items):
            yield from _breaches(disk, group.name)


def _breaches(disk: Part, name: str) -> Iterator[Breach]:
    kind = disk["volumeType"]
    is_of = kind.text or DEFAULT_TYPE
    refused = [field for field, types in _TYPES.items() if disk[field] and is_of not in types]
    if refused:
        yield Breach(
            kind,
            f"a disk of node group {name} is {is_of}, which takes no {' and no '.join(refused)}",
            f"choose {' or '.join(_TYPES[refused[0]])}, or leave {' and '.join(refused)} out",
            compared=tuple(disk[field] for field in refused),
        )
    iops = disk["volumeIOPS"]
    low, high = IOPS.get(is_of, (0, 0))
    if iops.number is not None and high and not low <= iops.number <= high:
        yield Breach(
            iops,
            f"a disk of node group {name} is to have {iops.number} IOPS, and {is_of} takes {low} "
            f"to {high}",
            f"give {low} to {high}",
            compared=(kind,),
        )
