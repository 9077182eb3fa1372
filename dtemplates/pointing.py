"""Where a finding about a manifest points: into the settings that made it, or into its own file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dtemplates.findings import Place

if TYPE_CHECKING:
    from dtemplates.findings import Finding, Level, Path
    from dtemplates.inventory import Part
    from dtemplates.manifests import Manifest
    from dtemplates.origins import Origins
    from dtemplates.rules import Breach, Rule
    from dtemplates.settings.root import Settings


class Pointer:
    """Makes findings about manifests; with settings, these are what it points at."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings
        self._origins: Origins | None = None
        jobs = settings.jobs if settings else ()
        self._jobs = {f"jobs/{job.name}.yaml": job.name for job in jobs}

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
        return replace(pointed, rendered=place, job=self._jobs.get(manifest.file, ""))

    def breach(self, rule: Rule, breach: Breach) -> Finding:
        """Return the finding of what breaks a rule.

        Where the value is the file's own, and what it was seen beside was patched or overridden,
        that is the cause.
        """
        document = breach.part.document
        found = self.finding(
            document.manifest,
            document.number,
            breach.part.path,
            breach.message,
            remedy=breach.remedy or rule.remedy,
            level=rule.level,
            id=rule.id,
            key=breach.key,
        )
        if self._settings is None or found.rendered is None or self._is_changed(breach.part):
            return found
        changed = next((part for part in breach.compared if self._is_changed(part)), None)
        if changed is None:
            return found
        setting = self._setting_of(changed) or ()
        message, remedy = found.message, found.remedy
        pointed = self._settings.finding(setting, message, remedy, level=rule.level, id=rule.id)
        return replace(pointed, rendered=found.rendered, job=found.job)

    def _setting_of(self, part: Part) -> Path | None:
        return self.setting(part.document.manifest, part.document.number, part.path)

    def _is_changed(self, part: Part) -> bool:
        """Return whether a patch or an override made the value what it is."""
        setting = self._setting_of(part)
        if self._settings is None or setting is None:
            return False
        return setting[:1] == ("patches",) or self._settings.is_overridden(setting)

    def setting(self, manifest: Manifest, number: int, path: Path) -> Path | None:
        """Return the setting that a value comes from; None where none is to blame."""
        if self._settings is None:
            return None
        if self._origins is None:
            # Few manifests have anything wrong in them.
            from dtemplates.origins import Origins

            self._origins = Origins(self._settings)
        document = manifest.documents[number]
        return self._origins.of(manifest.file, document, path, patches_alone=manifest.own)

    def is_doubtful(self, manifest: Manifest, number: int, path: Path) -> bool:
        """Return whether a value comes of settings some of which were wrong, and taken out."""
        setting = self.setting(manifest, number, path)
        return self._settings is not None and bool(setting and self._settings.is_doubtful(setting))
