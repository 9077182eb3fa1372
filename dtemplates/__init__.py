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
    from dtemplates.manifests import Manifest, Manifests, Pending, write
    from dtemplates.output import Written
    from dtemplates.rendering import render
    from dtemplates.settings.cluster import Addon, Cluster, ClusterLogging, Iam, Subnet, Vpc
    from dtemplates.settings.fsx import Create, Dynamic, Fsx
    from dtemplates.settings.jobs import (
        EmptyDir,
        EnvVar,
        HostPath,
        Job,
        KeyRef,
        Launcher,
        Mpirun,
        Volume,
    )
    from dtemplates.settings.load import build, load, parse
    from dtemplates.settings.nodegroups import (
        CapacityReservation,
        NodeGroup,
        NodeGroupIam,
        SecurityGroups,
        Ssh,
        Taint,
        Toleration,
    )
    from dtemplates.settings.patches import Operation, Patch, Target
    from dtemplates.settings.pods import AttachPvc, Tensorboard
    from dtemplates.settings.root import InstanceRow, Settings
    from dtemplates.settings.versions import Versions
    from dtemplates.validation import Result, check, validate

__version__ = "0.1.0"

# Public name → module. A name is imported when it is first asked for, so that importing the
# package costs nothing, and each command pays for what it uses alone.
_HOMES = {
    "Addon": "settings.cluster",
    "AttachPvc": "settings.pods",
    "CapacityReservation": "settings.nodegroups",
    "Cluster": "settings.cluster",
    "ClusterLogging": "settings.cluster",
    "Create": "settings.fsx",
    "DTemplatesError": "errors",
    "Dynamic": "settings.fsx",
    "EmptyDir": "settings.jobs",
    "EnvVar": "settings.jobs",
    "Finding": "findings",
    "Fsx": "settings.fsx",
    "HostPath": "settings.jobs",
    "Iam": "settings.cluster",
    "InputError": "errors",
    "InstanceRow": "settings.root",
    "InvalidManifests": "errors",
    "Job": "settings.jobs",
    "KeyRef": "settings.jobs",
    "Launcher": "settings.jobs",
    "Manifest": "manifests",
    "Manifests": "manifests",
    "Mpirun": "settings.jobs",
    "NodeGroup": "settings.nodegroups",
    "NodeGroupIam": "settings.nodegroups",
    "Operation": "settings.patches",
    "OutputError": "errors",
    "Patch": "settings.patches",
    "PatchError": "errors",
    "Pending": "manifests",
    "Result": "validation",
    "SecurityGroups": "settings.nodegroups",
    "Settings": "settings.root",
    "SettingsError": "errors",
    "Ssh": "settings.nodegroups",
    "Subnet": "settings.cluster",
    "Taint": "settings.nodegroups",
    "Target": "settings.patches",
    "TemplateError": "errors",
    "Tensorboard": "settings.pods",
    "Toleration": "settings.nodegroups",
    "Versions": "settings.versions",
    "Volume": "settings.jobs",
    "Vpc": "settings.cluster",
    "Written": "output",
    "build": "settings.load",
    "check": "validation",
    "load": "settings.load",
    "parse": "settings.load",
    "render": "rendering",
    "validate": "validation",
    "write": "manifests",
}

__all__ = [
    "Addon",
    "AttachPvc",
    "CapacityReservation",
    "Cluster",
    "ClusterLogging",
    "Create",
    "DTemplatesError",
    "Dynamic",
    "EmptyDir",
    "EnvVar",
    "Finding",
    "Fsx",
    "HostPath",
    "Iam",
    "InputError",
    "InstanceRow",
    "InvalidManifests",
    "Job",
    "KeyRef",
    "Launcher",
    "Manifest",
    "Manifests",
    "Mpirun",
    "NodeGroup",
    "NodeGroupIam",
    "Operation",
    "OutputError",
    "Patch",
    "PatchError",
    "Pending",
    "Result",
    "SecurityGroups",
    "Settings",
    "SettingsError",
    "Ssh",
    "Subnet",
    "Taint",
    "Target",
    "TemplateError",
    "Tensorboard",
    "Toleration",
    "Versions",
    "Volume",
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
