"""What node groups cost: their nodes on demand in us-east-1, where nothing else is said.

Prices: `dtemplates.instance_types`, 2026-07-20. Nodes: what eksctl 0.230.0 makes of the sizes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.costs.figures import CostItem, exact
from dtemplates.costs.prices import REGION, Price, known, own
from dtemplates.instance_types import instance_type
from dtemplates.settings.node_counts import DEFAULT_NODES

if TYPE_CHECKING:
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings

_BASIS = f"on demand in {REGION}, 2026-07-20"


def nodegroup(group: NodeGroup, settings: Settings) -> CostItem:
    """Return what the nodes of a group cost."""
    start, most = _sizes(group, settings)
    price = node_price(group, settings)
    types = " or ".join(group.types) or "nodes"
    bought = ", Capacity Block" if group.market_type else ", spot" if group.spot else ""
    return CostItem(
        f"node group {group.name}",
        f"{start} x {types}{bought}",
        _times(price, start, group),
        _times(price, most, group),
        price.basis,
        price.why,
        _note(group),
    )


def _sizes(group: NodeGroup, settings: Settings) -> tuple[int, int]:
    """Return the nodes at the start and at most."""
    given = (group.desired_capacity, group.min_size, DEFAULT_NODES)
    start = next(nodes for nodes in given if nodes is not None)
    if group.max_size is not None:
        return start, group.max_size
    # A managed group cannot have a maximum of none.
    return start, max(start, 1) if settings.is_managed(group) else start


def _times(price: Price, nodes: int, group: NodeGroup) -> float | None:
    # No nodes cost nothing, whatever one would, unless they are paid for already.
    if nodes == 0 and not group.market_type:
        return 0.0
    return price.times(nodes)


def node_price(group: NodeGroup, settings: Settings) -> Price:
    """Return the price of a node of the group, of whichever of its types it is."""
    prices = [_price_of_type(name, group, settings) for name in group.types]
    if not prices:
        return Price(why="no instance type is given")
    if unknown := [price for price in prices if price.usd is None]:
        return unknown[0]
    if len({price.usd for price in prices}) > 1:
        return Price(why="its instance types differ in price")
    return prices[0]


def _price_of_type(name: str, group: NodeGroup, settings: Settings) -> Price:
    if price := own(settings.prices.instance_types.get(name), settings):
        return price
    if group.spot:
        return Price(why="spot prices change all the time")
    if group.market_type:
        return Price(why="a Capacity Block is paid for when it is reserved")
    row = instance_type(name, settings.instance_types)
    if row is None or row.usd_per_hour is None:
        return Price(why=f"no price of {name} is known")
    return known(exact(row.usd_per_hour), _BASIS, settings)


def _note(group: NodeGroup) -> str:
    reservation = group.capacity_reservation
    if reservation and (reservation.id or reservation.resource_group_arn):
        return f"what is reserved for {group.name} is paid for while no node uses it, too"
    return ""
