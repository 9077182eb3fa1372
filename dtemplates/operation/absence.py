"""How tools say that something is not there, each in its own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.tools.processes import Completed

# Patterns, for whatever is asked for.
NO_CLUSTER = (r"ResourceNotFoundException", r"No cluster found")
NO_NODEGROUP = (r"no nodegroups found",)
NO_STACK = (r"Stack with id \S+ does not exist",)
# Without Tiller there are no releases of Helm 2.
NO_RELEASE = (r"release: .{0,80}not found", r"could not find tiller")
NO_KIND = (
    r"the server doesn't have a resource type",
    r"no matches for kind",
    r"ensure CRDs are installed first",
)
NO_NAMESPACE = (r'namespaces "[^"]*" not found',)


def said(answer: Completed, patterns: Iterable[str]) -> bool:
    """Return whether a tool's words hold one of the patterns, in whichever case."""
    return said_in(f"{answer.stderr}\n{answer.stdout}", patterns)


def said_in(words: str, patterns: Iterable[str]) -> bool:
    """Return whether these words hold one of the patterns, in whichever case."""
    return any(re.search(pattern, words, re.IGNORECASE) for pattern in patterns)
