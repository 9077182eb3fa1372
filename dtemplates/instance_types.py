"""EC2 instance types with accelerators: what manifests, checks and costs depend on.

The table is `instance_types.csv`: EC2 DescribeInstanceTypes by way of Karpenter v1.14 (2026-07-11),
network cards by way of its vpclimits, prices on demand in us-east-1 (2026-07-20, USD/h), Capacity
Block by way of eksctl's instance table (2026-08-12). An empty cell is not known.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dtemplates import resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dtemplates.settings.root import InstanceRow

_PLAIN = re.compile(r"(?:a|c|d|h|hpc|i|im|is|m|mac|r|t|u|x|z)[0-9]|u-")


class InstanceType(NamedTuple):
    """An instance type; `memory_gib` is the machine's, of which pods can have a part."""

    type: str
    accelerators: int = 0
    resource: str = ""
    memory_gib: float = 0
    vcpu: int | None = None
    efa: int | None = None
    network_cards: int | None = None
    capacity_block: bool | None = None
    usd_per_hour: float | None = None
    model: str = ""

    @property
    def nvidia(self) -> bool:
        """Whether its accelerators are NVIDIA's."""
        return self.resource == "nvidia.com/gpu"


@cache
def _table() -> dict[str, InstanceType]:
    rows = csv.DictReader(resources.text("instance_types.csv").splitlines())
    return {row["type"]: _row(row) for row in rows}


def _row(row: dict[str, str]) -> InstanceType:
    return InstanceType(
        type=row["type"],
        accelerators=int(row["accelerators"]),
        resource=row["resource"],
        memory_gib=float(row["memory_gib"]),
        vcpu=int(row["vcpu"]),
        efa=int(row["efa"]) if row["efa"] else None,
        network_cards=int(row["network_cards"]) if row["network_cards"] else None,
        capacity_block={"yes": True, "no": False}.get(row["capacity_block"]),
        usd_per_hour=float(row["usd_per_hour"]) if row["usd_per_hour"] else None,
        model=row["model"],
    )


def is_plain(name: str) -> bool:
    """Return whether a type is of a family without accelerators, whichever of its types it is."""
    return bool(_PLAIN.match(name))


def known_types() -> tuple[str, ...]:
    """Return the names of all types in the table."""
    return tuple(_table())


def instance_type(name: str, corrections: Mapping[str, InstanceRow]) -> InstanceType | None:
    """Return the type as the table has it, corrected by the settings; None if neither knows it."""
    row, correction = _table().get(name), corrections.get(name)
    if correction is None:
        return row
    given = {key: value for key, value in correction if value is not None}
    if given.get("accelerators"):
        given.setdefault("resource", row.resource if row and row.resource else "nvidia.com/gpu")
    return (row or InstanceType(name))._replace(**given)
