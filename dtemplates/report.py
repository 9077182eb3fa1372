"""What became of everything that was inspected: findings, counts and the exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dtemplates.findings import LEVELS, printable, reaches
from dtemplates.folding import folded
from dtemplates.validation import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.checking import Status
    from dtemplates.findings import Finding, Level
    from dtemplates.validation import Result

_COUNTED: tuple[Status, ...] = ("valid", "invalid", "no schema", "skipped", "unreadable")


@dataclass
class Report:
    """What became of every document, in the order in which they were named."""

    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """All findings, sorted by place, each once."""
        return in_order(finding for result in self.results for finding in result.findings)

    def exit_code(self, fail_on: Level = "error") -> int:
        """0 where nothing reaches the level, 1 where something does, 2 for what cannot be read."""
        if any(result.status == "unreadable" for result in self.results):
            return 2
        return int(reaches(self.findings, fail_on))

    def note(self, text: str) -> None:
        """Add a note, once."""
        line = printable(f"note: {text}")
        if text and line not in self.notes:
            self.notes.append(line)

    def remarks(self, *, verbose: bool = False) -> Iterator[str]:
        """Yield a line for each document that was not checked; `verbose`: for valid ones too."""
        for result in self.results:
            if result.status in ("no schema", "skipped") or (verbose and result.status == "valid"):
                yield printable(_line(result))

    def summary(self) -> str:
        """Return how many documents became what, and how many findings there are, as shown."""
        counts = Counter(result.status for result in self.results)
        said = ", ".join(f"{counts[status]} {status}" for status in _COUNTED if counts[status])
        if not said:
            return "nothing to check"
        found = Counter(fold.first.level for fold in folded(self.findings))
        levels = ", ".join(_counted(found[level], level) for level in LEVELS if found[level])
        documents = _counted(len(self.results), "document")
        return f"{documents}: {said}" + (f"; {levels}" if levels else "")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 or what == "info" else f"{count} {what}s"


def _line(result: Result) -> str:
    what = " ".join(filter(None, (result.kind, result.name))) or f"document {result.number}"
    status = "no schema for this kind" if result.status == "no schema" else result.status
    why = f": {result.why}" if result.why else ""
    return f"{result.file}: {what}: {status}{why}"
