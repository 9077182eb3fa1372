"""Kubernetes versions on EKS: from when to when EKS offers each, and in which support.

The table is `eks_versions.csv`: endoflife.date's page on Amazon EKS (2026-08-22). Up to 1.35 AWS's
own calendar agrees, but for a few days at some releases. Standard support lasts 14 months, extended
support 12 more.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from typing import Literal, NamedTuple

from dtemplates import resources
from dtemplates.stacks import release

CALENDAR_OF = date(2026, 8, 22)
"""The day of the calendar; what EKS has announced since is not in it."""

Support = Literal["coming", "standard", "extended", "ended"]
"""How EKS supports a version on a day; `coming` is before its release."""


class EksVersion(NamedTuple):
    """A Kubernetes version on EKS; each support is over on the day on which it ends."""

    version: str
    released: date
    standard_ends: date
    extended_ends: date

    def support(self, on: date) -> Support:
        """Return how EKS supports the version on this day."""
        if on < self.released:
            return "coming"
        if on < self.standard_ends:
            return "standard"
        return "extended" if on < self.extended_ends else "ended"


@cache
def _table() -> dict[str, EksVersion]:
    rows = csv.DictReader(resources.text("eks_versions.csv").splitlines())
    return {row["version"]: _row(row) for row in rows}


def _row(row: dict[str, str]) -> EksVersion:
    return EksVersion(
        version=row["version"],
        released=date.fromisoformat(row["released"]),
        standard_ends=date.fromisoformat(row["standard_ends"]),
        extended_ends=date.fromisoformat(row["extended_ends"]),
    )


def known_versions() -> tuple[str, ...]:
    """Return all versions in the calendar, the oldest first."""
    return tuple(_table())


def eks_version(version: str) -> EksVersion | None:
    """Return what the calendar says of a version such as `1.35`; None where it says nothing."""
    return _table().get(version)


def is_offered(version: str, on: date) -> bool | None:
    """Return whether EKS makes clusters of this version on this day.

    Versions older than the calendar are offered no more. None for those that are newer than it.
    Raises `ValueError` for what is no version.
    """
    if row := eks_version(version):
        return row.support(on) in ("standard", "extended")
    return False if release(version) < release(known_versions()[0]) else None
