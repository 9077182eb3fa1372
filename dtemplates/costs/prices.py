"""Prices by the hour, and where they are from: the settings, or the region that ours are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dtemplates.costs.figures import exact

if TYPE_CHECKING:
    from fractions import Fraction

    from dtemplates.settings.root import Settings

REGION = "us-east-1"
"""The region whose prices are known."""


@dataclass(frozen=True)
class Price:
    """A price in USD with its basis; or why there is none."""

    usd: Fraction | None = None
    basis: str = ""
    why: str = ""

    def times(self, number: Fraction | int) -> float | None:
        """Return the price of so many; None where it is unknown."""
        return None if self.usd is None else float(self.usd * number)


def own(usd: float | None, settings: Settings) -> Price | None:
    """Return a price as the settings give it; None where they give none."""
    if usd is None:
        return None
    day = settings.prices.as_of
    return Price(exact(usd), f"settings, {day}" if day else "settings")


def known(usd: Fraction, basis: str, settings: Settings) -> Price:
    """Return a price that is known, where the cluster is in the region that it is of."""
    region = settings.cluster.region
    if region != REGION:
        return Price(why=f"prices are {REGION}'s, not {region}'s")
    return Price(usd, basis)
