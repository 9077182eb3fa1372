"""What can go wrong, as the user reads it.

DTemplatesError            exit code 1
├── InputError             2   a file cannot be read, or is not what it should be
│   └── SettingsError      2   the settings are wrong
├── TemplateError          1   a template cannot be rendered
├── PatchError             2   a patch of the settings does not fit
├── InvalidManifests       1   rendered manifests do not validate
├── OutputError            1   the output folder cannot be written
└── ToolError              1   a program is missing, or what it does cannot be used
    └── StepFailed         1   a step ended without being done; 130 where it was interrupted
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.findings import Finding
    from dtemplates.settings.root import Settings


class DTemplatesError(Exception):
    """Something that the user can put right: `findings` hold every problem.

    `str()` of it has a line for each, and one for what is the same of many jobs.
    """

    exit_code = 1

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, folded(self.findings))))


class InputError(DTemplatesError):
    """A file cannot be read, or is not what it should be."""

    exit_code = 2


class SettingsError(InputError):
    """The settings are wrong; every problem that could be found is among the findings.

    `rest` are the settings without what is wrong in them, where anything is left.
    """

    def __init__(self, findings: Iterable[Finding], rest: Settings | None = None) -> None:
        super().__init__(findings)
        self.rest = rest


class PatchError(SettingsError):
    """A patch of the settings does not fit the manifests."""


class TemplateError(DTemplatesError):
    """A template cannot be rendered."""


class InvalidManifests(DTemplatesError):
    """Rendered manifests do not validate."""


class OutputError(DTemplatesError):
    """The output folder cannot be written; what was there before is still there."""


class ToolError(DTemplatesError):
    """A program is missing or too old, or what it does or says cannot be used."""
