"""What the settings cost by the hour and by the day, each figure with its source and date.

Where nothing tells a price it is unknown, and never a guess; the settings' `prices` go before all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates import clock
from dtemplates.costs.control_plane import control_plane
from dtemplates.costs.figures import Cost, CostItem
from dtemplates.costs.file_systems import file_system
from dtemplates.costs.nodegroups import nodegroup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from dtemplates.settings.root import Settings


def cost(settings: Settings, *, today: date | None = None) -> Cost:
    """Return what the settings cost on a day: today in UTC, unless another is given.

    What an item of it cannot tell is unknown in it; nothing is asked for, and nothing raised.
    """
    today = today or clock.today()
    cluster = settings.cluster
    return Cost(cluster.name, cluster.region, today, tuple(_items(settings, today)))


def _items(settings: Settings, today: date) -> Iterator[CostItem]:
    yield control_plane(settings, today)
    for group in settings.nodegroups:
        yield nodegroup(group, settings)
    if settings.fsx:
        yield file_system(settings.fsx, settings)
