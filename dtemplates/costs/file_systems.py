"""What the file system costs: FSx bills by GiB and month, at prices that only settings tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates import quantities
from dtemplates.costs.figures import CostItem
from dtemplates.costs.prices import Price, own
from dtemplates.settings.lustre import deployment_type

if TYPE_CHECKING:
    from dtemplates.settings.fsx import Fsx
    from dtemplates.settings.root import Settings

# As many as AWS reckons a month at.
_HOURS_OF_MONTH = 730


def file_system(fsx: Fsx, settings: Settings) -> CostItem:
    """Return what the file system costs, whether it is made or exists already."""
    made = fsx.create or fsx.dynamic
    what = f"{deployment_type(made, settings)}, new" if made else "exists already"
    price = own(settings.prices.fsx, settings) or Price(why="no price of FSx is known")
    figure = price.times(quantities.gib(fsx.capacity) / _HOURS_OF_MONTH)
    # A volume's capacity may be any number: who has an existing one knows whether it is its size.
    size = "" if made or not price.basis else ", for the capacity in the settings"
    return CostItem(
        f"file system {fsx.name}",
        f"{fsx.capacity}, {what}",
        figure,
        figure,
        price.basis + size,
        price.why,
    )
