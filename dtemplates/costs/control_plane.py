"""What a control plane costs: it depends on how EKS supports its version on the day.

Prices: AWS Containers blog on extended support, effective 2024-04-01; it names no region, so that
they count in all commercial ones. By EKS' own default a cluster goes into extended support; by
support type STANDARD it is upgraded at the end of standard support.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from dtemplates.costs.figures import CostItem
from dtemplates.costs.prices import Price, own
from dtemplates.eks_versions import CALENDAR_OF, eks_version, is_offered

if TYPE_CHECKING:
    from datetime import date

    from dtemplates.settings.root import Settings

_SOURCE = "EKS, 2024-04-01"
# Regions of other partitions, where AWS bills for itself.
_ELSEWHERE = ("cn-", "us-gov-", "us-iso")
_STANDARD, _EXTENDED = Fraction("0.10"), Fraction("0.60")


@dataclass(frozen=True)
class _Stage:
    """Where a cluster is in the calendar: what it costs, why, and what follows; or why not."""

    usd: Fraction | None = None
    basis: str = ""
    why: str = ""
    note: str = ""


def control_plane(settings: Settings, today: date) -> CostItem:
    """Return what the control plane costs on this day."""
    version = settings.components["kubernetes"]
    stage = _stage(version, today, upgraded=settings.cluster.support_type == "STANDARD")
    price = own(settings.prices.control_plane, settings)
    if price is None:
        price = _price(stage, settings.cluster.region)
    figure = price.times(1)
    return CostItem(
        "control plane",
        f"Kubernetes {version}",
        figure,
        figure,
        price.basis,
        price.why,
        # A price of the settings' own does not make EKS offer the version.
        stage.note or (stage.why if price.usd is not None else ""),
    )


def _price(stage: _Stage, region: str) -> Price:
    if stage.usd is None:
        return Price(why=stage.why)
    if region.startswith(_ELSEWHERE):
        return Price(why=f"prices are of commercial regions, not of {region}")
    return Price(stage.usd, f"{stage.basis}; {_SOURCE}")


def _stage(version: str, today: date, *, upgraded: bool) -> _Stage:
    row = eks_version(version)
    if row is None:
        if is_offered(version, today) is None:
            return _Stage(why=f"the calendar of {CALENDAR_OF} has no Kubernetes {version}")
        return _Stage(why=f"EKS offers Kubernetes {version} no more")
    match row.support(today), upgraded:
        case "coming", _:
            return _Stage(why=f"EKS offers Kubernetes {version} from {row.released} on")
        case "standard", True:
            note = f"EKS upgrades the cluster from Kubernetes {version} after {row.standard_ends}"
            return _Stage(_STANDARD, f"standard support until {row.standard_ends}", note=note)
        case "standard", False:
            note = (
                f"Kubernetes {version} is in extended support from {row.standard_ends} on, at six "
                "times the price"
            )
            return _Stage(_STANDARD, f"standard support until {row.standard_ends}", note=note)
        case "extended", True:
            note = (
                f"standard support of Kubernetes {version} ended on {row.standard_ends}: by "
                "support_type STANDARD, EKS upgrades the cluster and charges no extended support"
            )
            return _Stage(_STANDARD, "standard support of a newer version", note=note)
        case "extended", False:
            note = (
                f"Kubernetes {version} is in extended support since {row.standard_ends}, at six "
                f"times the price; EKS upgrades the cluster after {row.extended_ends}"
            )
            return _Stage(_EXTENDED, f"extended support until {row.extended_ends}", note=note)
        case _:
            return _Stage(why=f"EKS offers Kubernetes {version} no more, since {row.extended_ends}")
