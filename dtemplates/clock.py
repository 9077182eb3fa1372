"""The day that counts for what EKS supports."""

from __future__ import annotations

import os
from datetime import date, datetime, timezone


def today() -> date:
    """Return the day in UTC: that of `SOURCE_DATE_EPOCH` in the environment, or the clock's.

    The variable is that of reproducible-builds.org: seconds since 1970. What is no such number is
    as good as not set.
    """
    try:
        seconds = int(os.environ.get("SOURCE_DATE_EPOCH", ""))
        return datetime.fromtimestamp(seconds, timezone.utc).date()
    except (ValueError, OverflowError, OSError):
        return datetime.now(timezone.utc).date()
