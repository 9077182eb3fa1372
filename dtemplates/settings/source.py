"""Where each setting comes from: a place in the file, or an override."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dtemplates.findings import SETTINGS, Finding, Level, exists, printable
from dtemplates.settings.moved import Moved

if TYPE_CHECKING:
    from dtemplates.findings import Path
    from dtemplates.settings.repair import Repair
    from dtemplates.yaml_reader import YamlText


@dataclass(frozen=True)
class Source:
    """The text that settings were read from, and what was set over it.

    `repair` is what took wrong settings out of it, where these are not all. `moved` leads from
    settings that a matrix or defaults have made to those that are in the file.
    """

    yaml: YamlText | None = None
    overrides: dict[Path, str] = field(default_factory=dict)
    repair: Repair | None = None
    moved: Moved = field(default_factory=Moved)

    def finding(
        self,
        path: Path,
        message: str,
        remedy: str = "",
        *,
        key: bool = False,
        level: Level = "error",
        id: str = SETTINGS,
    ) -> Finding:
        """Return a finding that points at the setting, or at the nearest one above it."""
        job = self.moved.job(self._as_written(path))
        path = self._in_file(path)
        override = self._override(path)
        if override is None and self.yaml is not None:
            found = self.yaml.finding(message, path, key=key, remedy=remedy, level=level, id=id)
            return replace(found, job=job) if job else found
        file = "settings" if override is None else f"--set {override}"
        message, remedy = printable(message), printable(remedy)
        return Finding(message, file, path=path, remedy=remedy, level=level, id=id, job=job)

    def is_overridden(self, path: Path) -> bool:
        """Return whether what is at the path was set over the file."""
        return self._override(self._in_file(path)) is not None

    def _in_file(self, path: Path) -> Path:
        return self.moved(self._as_written(path))

    def _as_written(self, path: Path) -> Path:
        return self.repair.written(path) if self.repair else path

    def hides(self, path: Path) -> bool:
        """Return whether what is at the path, above it or in it was wrong, and taken out."""
        if self.repair is None:
            return False
        return self.repair.hides(self.repair.written(path), below=True)

    def lacks_items(self, path: Path) -> bool:
        """Return whether whole items of the list at the path were wrong, and taken out."""
        return self.repair is not None and self.repair.lacks_items(path)

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
        return self.yaml.written(self._in_file(path)) if self.yaml else None
