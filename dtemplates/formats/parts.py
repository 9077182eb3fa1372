"""What several formats say of a finding: its lines, whether it is in a file, and where it ends."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dtemplates.findings import dotted, printable

if TYPE_CHECKING:
    from dtemplates.findings import Finding

_BREAK = re.compile("\r\n|[\r\n]")


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, at least one, each without anything that steers a terminal."""
    return [printable(line) for line in _BREAK.split(text.strip("\r\n"))]


def in_file(finding: Finding) -> bool:
    """Return whether the finding is in a file, as far as its name tells.

    `--set x=y` and `<stdin>` are none. What has neither a line nor a suffix is a folder, or a word
    such as `settings`.
    """
    if not finding.file or finding.file.startswith(("--", "<")):
        return False
    return finding.line is not None or PurePosixPath(finding.file).suffix != ""


def end_column(finding: Finding) -> int | None:
    """Return the column after the last character that the finding is about, within its line."""
    if finding.column is None:
        return None
    end = finding.column + finding.width
    if finding.excerpt:
        end = min(end, len(finding.excerpt) + 1)
    return max(end, finding.column + 1)


def said(finding: Finding) -> str:
    """Return message and remedy, one below the other; before them the place that is no file's."""
    message = finding.message
    if not in_file(finding):
        message = ": ".join(filter(None, (finding.place, dotted(finding.path), message)))
    return "\n".join(filter(None, (message, finding.remedy)))
