"""Every manifest for distributed training on EKS, from one typed settings file.

import dtemplates

settings = dtemplates.load("dtemplates.yaml")
manifests = dtemplates.render(settings)
findings = dtemplates.validate(manifests)
dtemplates.write(manifests, "out")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dtemplates.errors import (
        DTemplatesError,
        InputError,
        InvalidManifests,
        OutputError,
        PatchError,
        SettingsError,
        TemplateError,
    )
    from dtemplates.findings import Finding
    from dtemplates.manifests import Manifest, Manifests, Pending, render, write
    from dtemplates.output import Written
    from dtemplates.settings.cluster import Cluster, Vpc
    from dtemplates.settings.fsx import Create, Dynamic, Fsx
    from dtemplates.settings.jobs import Job
    from dtemplates.settings.load import build, load, parse
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.patches import Patch
    from dtemplates.settings.root import Settings
    from dtemplates.settings.stack import Versions
    from dtemplates.validation import Result, check, validate

__version__ = "0.1.0"

# Public name → module. A name is imported when it is first asked for, so that importing the
# package costs nothing, and each command pays for what it uses alone.
_HOMES = {
    "Cluster": "settings.cluster",
    "Create": "settings.fsx",
    "DTemplatesError": "errors",
    "Dynamic": "settings.fsx",
    "Finding": "findings",
    "Fsx": "settings.fsx",
    "InputError": "errors",
    "InvalidManifests": "errors",
    "Job": "settings.jobs",
    "Manifest": "manifests",
    "Manifests": "manifests",
    "NodeGroup": "settings.nodegroups",
    "OutputError": "errors",
    "Patch": "settings.patches",
    "PatchError": "errors",
    "Pending": "manifests",
    "Result": "validation",
    "Settings": "settings.root",
    "SettingsError": "errors",
    "TemplateError": "errors",
    "Versions": "settings.stack",
    "Vpc": "settings.cluster",
    "Written": "output",
    "build": "settings.load",
    "check": "validation",
    "load": "settings.load",
    "parse": "settings.load",
    "render": "manifests",
    "validate": "validation",
    "write": "manifests",
}

__all__ = [
    "Cluster",
    "Create",
    "DTemplatesError",
    "Dynamic",
    "Finding",
    "Fsx",
    "InputError",
    "InvalidManifests",
    "Job",
    "Manifest",
    "Manifests",
    "NodeGroup",
    "OutputError",
    "Patch",
    "PatchError",
    "Pending",
    "Result",
    "Settings",
    "SettingsError",
    "TemplateError",
    "Versions",
    "Vpc",
    "Written",
    "__version__",
    "build",
    "check",
    "load",
    "parse",
    "render",
    "validate",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dtemplates' has no attribute {name!r}")
    return getattr(import_module(f"dtemplates.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
