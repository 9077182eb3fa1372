"""Names of AWS regions' zones: us-east-1a, and local ones such as us-west-2-lax-1a."""

from __future__ import annotations

import re

_ZONE = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]+(?:-[a-z]+-[0-9]+)?[a-z]\Z")
_IN_REGION = re.compile(r"(?:-[a-z]+-[0-9]+)?[a-z]\Z")


def is_zone(name: str) -> bool:
    """Return whether it has the form of a zone's name, of whatever region."""
    return bool(_ZONE.match(name))


def is_zone_of(zone: str, region: str) -> bool:
    """Return whether a zone, or local zone, belongs to a region."""
    return zone.startswith(region) and bool(_IN_REGION.match(zone[len(region) :]))
