"""Reserved capacity that nodes cannot start in (DT2…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import of_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part


def _reservation(group: NodeGroup) -> Part:
    return group.part["capacityReservation"]["capacityReservationTarget"]["capacityReservationID"]


def _blocks(inventory: Inventory) -> Iterator[tuple[NodeGroup, Part]]:
    """Yield the node groups whose nodes are of a Capacity Block, and where they say so."""
    for group in inventory.node_groups:
        market = group.part["instanceMarketOptions"]["marketType"]
        if market.text == "capacity-block":
            yield group, market


@rule(
    "DT202",
    "warning",
    symptom="Nodes that EC2 Auto Scaling starts in another zone do not find the reservation, and "
    "the group stays short of nodes with InsufficientInstanceCapacity.",
    remedy="name the one zone of the reservation: `aws ec2 describe-capacity-reservations` "
    "tells it",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-reservations.html",
)
def reservation_in_one_zone(inventory: Inventory) -> Iterator[Breach]:
    """A node group with a capacity reservation names the one zone of the reservation."""
    for group in inventory.node_groups:
        reservation = _reservation(group)
        # Of EFA, which wants one zone too, another rule tells.
        if not reservation.text or group.efa or len(group.places) == 1:
            continue
        if group.are_zones_known and len(group.zones) == 1:
            continue
        count = f"{len(group.places)} places" if group.places else "no zone"
        given = (group.part["subnets"], group.part["availabilityZones"])
        yield Breach(
            given[0] or given[1],
            f"reservation {reservation.text} is in one zone, and node group {group.name} names "
            f"{count}",
            compared=(reservation, *given, group.part["efaEnabled"]),
        )


@rule(
    "DT203",
    "error",
    symptom="EC2 refuses to launch the instances, and the node group never becomes active.",
    remedy="leave instanceMarketOptions out, or choose an instance type that Capacity Blocks have",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html",
)
def types_of_capacity_blocks(inventory: Inventory) -> Iterator[Breach]:
    """A node group in a Capacity Block is of one instance type that Capacity Blocks have."""
    for group, market in _blocks(inventory):
        types = group.type_parts
        for row in group.rows:
            if row.capacity_block is False:
                choice = "choose an instance type that Capacity Blocks have"
                yield Breach(
                    next((one for one in types if one.text == row.type), market),
                    f"there are no Capacity Blocks of {row.type}, which node group {group.name} "
                    "is to run on",
                    f"leave market_type out, or {choice}" if of_settings(inventory, market) else "",
                    (market,),
                )
        distribution = group.part["instancesDistribution"]["instanceTypes"]
        if len(set(distribution.texts)) > 1:
            yield Breach(
                distribution,
                f"a Capacity Block is of one instance type, and node group {group.name} names "
                f"{len(set(distribution.texts))}",
                "name the one that the block is of",
                compared=(market,),
            )


@rule(
    "DT218",
    "error",
    symptom="EC2 refuses to launch spot instances into a reservation.",
    remedy="leave spot out, or the reservation",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-limitations.html",
)
def spot_beside_a_reservation(inventory: Inventory) -> Iterator[Breach]:
    """Spot instances are not asked for in reserved capacity."""
    blocks = {id(group) for group, _ in _blocks(inventory)}
    for group in inventory.node_groups:
        spot, target = group.part["spot"], group.part["capacityReservation"]
        reserved = target["capacityReservationTarget"]
        if spot.is_true and (reserved.fields or id(group) in blocks):
            what = "a Capacity Block" if id(group) in blocks else "a capacity reservation"
            yield Breach(
                spot,
                f"node group {group.name} asks for spot instances in {what}",
                compared=(target, group.part["instanceMarketOptions"]),
            )
