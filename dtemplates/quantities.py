"""Kubernetes' quantities, such as 4800Gi."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

_FORM = re.compile(r"0*([0-9]+)(?:\.([0-9]+))?([KMGTPE]i|[mkMGTPE])?\Z")
_UNITS = {"": Fraction(1), "m": Fraction(1, 1000)}
_UNITS |= {unit: Fraction(1000**power) for power, unit in enumerate("kMGTPE", 1)}
_UNITS |= {f"{unit}i": Fraction(1024**power) for power, unit in enumerate("KMGTPE", 1)}
# Kubernetes takes larger numbers for this one, and none is more precise than its smallest unit.
_LARGEST = Fraction(2**63 - 1)
_DIGITS = 30


# The same few quantities come again and again.
@lru_cache(maxsize=1000, typed=True)
def parse(quantity: str | float) -> Fraction:
    """Return the number that a quantity stands for, exact for all that Kubernetes can tell apart.

    Raises `ValueError` where it is none.
    """
    match = _FORM.match(str(quantity))
    if match is None:
        raise ValueError(f"{quantity!r} is not a quantity such as 4800Gi")
    whole, decimals, unit = match[1], match[2] or "0", match[3] or ""
    if len(whole) > _DIGITS:
        return _LARGEST
    return min(Fraction(f"{whole}.{decimals[:_DIGITS]}") * _UNITS[unit], _LARGEST)


def gib(quantity: str | float) -> Fraction:
    """Return a quantity of bytes in GiB."""
    return parse(quantity) / 2**30
