"""Where a finding about a manifest points: into the settings that made it, or into its own file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dtemplates.findings import Place

if TYPE_CHECKING:
    from dtemplates.findings import Finding, Level, Path
    from dtemplates.manifests import Manifest
    from dtemplates.origins import Origins
    from dtemplates.settings.root import Settings


class Pointer:
    """Makes findings about manifests; with settings, these are what it points at."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings
        self._origins: Origins | None = None

    def finding(
        self,
        manifest: Manifest,
        number: int,
        path: Path,
        message: str,
        *,
        remedy: str = "",
        level: Level = "error",
        id: str = "",
        key: bool = False,
    ) -> Finding:
        """Return a finding about the value at a path of the document of this number, from 0."""
        found = manifest.yaml.finding(
            message, path, number, key=key, remedy=remedy, level=level, id=id
        )
        setting = self.setting(manifest, number, path)
        if self._settings is None or setting is None:
            return found
        place = Place(found.file, path, number, found.line, found.column)
        pointed = self._settings.finding(setting, message, remedy, level=level, id=id)
        return replace(pointed, rendered=place)

    def setting(self, manifest: Manifest, number: int, path: Path) -> Path | None:
        """Return the setting that a value comes from; None where none is to blame."""
        if self._settings is None:
            return None
        if self._origins is None:
            # Few manifests have anything wrong in them.
            from dtemplates.origins import Origins

            self._origins = Origins(self._settings)
        return self._origins.of(manifest.file, manifest.documents[number], path)

    def is_doubtful(self, manifest: Manifest, number: int, path: Path) -> bool:
        """Return whether a value comes of settings some of which were wrong, and taken out."""
        setting = self.setting(manifest, number, path)
        return self._settings is not None and bool(setting and self._settings.is_doubtful(setting))
