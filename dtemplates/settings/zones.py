"""Names of AWS regions' zones: us-east-1a, and local ones such as us-west-2-lax-1a."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_ZONE = re.compile(r"([a-z]{2}(?:-[a-z]+)+-[0-9]+)(?:-[a-z]+-[0-9]+)?[a-z]\Z")
_IN_REGION = re.compile(r"(?:-[a-z]+-[0-9]+)?[a-z]\Z")


def is_zone(name: str) -> bool:
    """Return whether it has the form of a zone's name, of whatever region."""
    return bool(_ZONE.match(name))


def region_of(zone: str) -> str:
    """Return the region that a zone, or local zone, belongs to; nothing for what is no zone."""
    found = _ZONE.match(zone)
    return found[1] if found else ""


def other_region(zones: Collection[str], region: str) -> str:
    """Return the region that all of several zones belong to, if it is not this; else nothing.

    It is then the region that is wrong, rather than each of the zones.
    """
    regions = set(map(region_of, zones))
    return regions.pop() if len(zones) > 1 and len(regions) == 1 and region not in regions else ""


def is_zone_of(zone: str, region: str) -> bool:
    """Return whether a zone, or local zone, belongs to a region."""
    return zone.startswith(region) and bool(_IN_REGION.match(zone[len(region) :]))
