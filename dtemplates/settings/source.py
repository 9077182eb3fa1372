"""Where each setting comes from: a place in the file, or an override."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dtemplates.findings import Finding, Level, exists

if TYPE_CHECKING:
    from dtemplates.findings import Path
    from dtemplates.yaml_reader import YamlText


@dataclass(frozen=True)
class Source:
    """The text that settings were read from, and what was set over it."""

    yaml: YamlText | None = None
    overrides: dict[Path, str] = field(default_factory=dict)

    def finding(
        self,
        path: Path,
        message: str,
        remedy: str = "",
        *,
        key: bool = False,
        level: Level = "error",
    ) -> Finding:
        """Return a finding that points at the setting, or at the nearest one above it."""
        override = self._override(path)
        if override is not None:
            return Finding(message, f"--set {override}", path=path, remedy=remedy, level=level)
        if self.yaml is None:
            return Finding(message, "settings", path=path, remedy=remedy, level=level)
        line, column = self.yaml.position(path, key=key)
        return Finding(message, self.yaml.name, line, column, path, remedy, level)

    def _override(self, path: Path) -> str | None:
        """Return the override that set what is at `path`, or made it where the file has nothing."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.overrides:
                return self.overrides[path[:length]]
        document = self.yaml.documents[0] if self.yaml else None
        for where, override in self.overrides.items():
            if where[: len(path)] == path and not exists(document, path):
                return override
        return None

    def written(self, path: Path) -> str | None:
        """Return how a plain value is written in the file, such as `1.30`; None if unknown."""
        return self.yaml.written(path) if self.yaml else None
