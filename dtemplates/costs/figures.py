"""What costs are made of: items with their figures, and the sums of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

NOT_COUNTED = ("root volumes", "NAT gateways", "traffic", "logs", "backups")
"""What AWS charges for besides, and no item holds."""


@dataclass(frozen=True)
class CostItem:
    """One thing that costs money.

    `usd_per_hour` is what it costs at the start, and `most` what it costs by the hour at the
    largest size of its group; None where that is unknown, and `why` tells why. `basis` is where
    the price is from, with its date, `note` what else is to be known.
    """

    name: str
    what: str
    usd_per_hour: float | None
    most: float | None
    basis: str = ""
    why: str = ""
    note: str = ""

    @property
    def usd_per_day(self) -> float | None:
        """What 24 hours cost at the start; None where that is unknown."""
        return _day(self.usd_per_hour)


@dataclass(frozen=True)
class Cost:
    """What the settings cost on a day; sums are of what is known, and None where nothing is.

    `str()` of it is the one line that a person reads.
    """

    cluster: str
    region: str
    on: date
    items: tuple[CostItem, ...]

    @property
    def usd_per_hour(self) -> float | None:
        """The sum by the hour at the start."""
        return _sum(item.usd_per_hour for item in self.items)

    @property
    def usd_per_day(self) -> float | None:
        """The sum of 24 hours at the start."""
        return _day(self.usd_per_hour)

    @property
    def most(self) -> float | None:
        """The sum by the hour with all node groups at their largest."""
        return _sum(item.most for item in self.items)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names of items of which a figure is unknown; the sums are without it."""
        return tuple(one.name for one in self.items if None in (one.usd_per_hour, one.most))

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain values, to be written as JSON."""
        return {
            "cluster": self.cluster,
            "region": self.region,
            "on": self.on.isoformat(),
            "items": [asdict(item) | {"usd_per_day": item.usd_per_day} for item in self.items],
            "usd_per_hour": self.usd_per_hour,
            "usd_per_day": self.usd_per_day,
            "most": self.most,
            "unknown": list(self.unknown),
            "not_counted": list(NOT_COUNTED),
        }

    def __str__(self) -> str:
        unknown = ", ".join(self.unknown)
        if self.usd_per_hour is None:
            return f"unknown: {unknown}"
        least = "at least " if unknown else ""
        parts = [f"{least}{usd(self.usd_per_hour)} USD/h, {usd(self.usd_per_day)} USD/day"]
        if self.most != self.usd_per_hour:
            parts.append(f"with all nodes {least}{usd(self.most)} USD/h")
        if unknown:
            parts.append(f"unknown: {unknown}")
        return "; ".join(parts)


def usd(amount: float | None) -> str:
    """Return an amount as people read it, `0.10`; `unknown` for none."""
    if amount is None:
        return "unknown"
    return str(Decimal(repr(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def exact(amount: float) -> Fraction:
    """Return the number that was written, and not the nearest to it that a float holds."""
    return Fraction(repr(amount))


def _sum(amounts: Iterable[float | None]) -> float | None:
    known = [exact(amount) for amount in amounts if amount is not None]
    return float(sum(known)) if known else None


def _day(amount: float | None) -> float | None:
    return None if amount is None else float(exact(amount) * 24)
