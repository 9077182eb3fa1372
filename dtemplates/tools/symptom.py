"""What a symptom is: words of a tool, and what to do where they are said."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Symptom:
    """Words of a tool, what to do where they are said, and who says so.

    `final` ones do not pass by waiting.
    """

    pattern: re.Pattern[str]
    remedy: str
    source: str
    final: bool = False


def symptom(pattern: str, remedy: str, source: str, *, final: bool = False) -> Symptom:
    """Return the symptom of a pattern, in which `…` stands for some words of the same line."""
    # So bounded, no text makes it slow.
    bounded = pattern.replace("…", r"[^\n]{0,400}?")
    return Symptom(re.compile(bounded, re.IGNORECASE), remedy, source, final)
