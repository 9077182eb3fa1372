"""What messages call the node groups that a pod could run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dtemplates.inventory import NodeGroup, Part

_TYPES = (
    *("name", "instanceType", "instanceTypes", "instancesDistribution"),
    *("maxSize", "desiredCapacity", "minSize", "efaEnabled"),
)


def names(groups: list[NodeGroup]) -> str:
    """Return what messages call these groups: `node group gpu`, `node groups a, b`."""
    found = list(dict.fromkeys(group.name for group in groups))
    return f"node group{'s' if len(found) > 1 else ''} {', '.join(found)}"


def types(groups: list[NodeGroup]) -> tuple[Part, ...]:
    """Return what the number of their nodes follows from, and what is on each of them."""
    return tuple(group.part[field] for group in groups for field in _TYPES)
