"""Prices of one's own, in place of those that dtemplates knows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from dtemplates.settings.types import EXPECTED, InstanceType, Model

_DAY = "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
EXPECTED[_DAY] = "a date such as 2026-11-01"

Price = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Day = Annotated[str, StringConstraints(pattern=_DAY)]


class Prices(Model):
    """Prices that `dtemplates cost` reckons with, in place of those that it knows, in USD."""

    control_plane: Price | None = Field(
        None,
        description="USD per hour of the control plane, whatever support its version has.",
        examples=[0.10],
    )
    instance_types: dict[InstanceType, Price] = Field(
        {},
        description="USD per hour of a node, by instance type; spot nodes and those of Capacity "
        "Blocks count by it, too.",
        examples=[{"p5.48xlarge": 31.2}],
    )
    fsx: Price | None = Field(
        None,
        description="USD per GiB and month of the file system, as FSx bills it; a month is 730 "
        "hours.",
        examples=[0.5],
    )
    as_of: Day | None = Field(
        None,
        description="The day of these prices, shown beside what follows from them.",
        examples=["2026-11-01"],
    )
