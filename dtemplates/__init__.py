"""Every manifest for distributed training on EKS, from one typed settings file.

import dtemplates

settings = dtemplates.load("dtemplates.yaml")
manifests = dtemplates.render(settings)
findings = dtemplates.validate(manifests)
dtemplates.write(manifests, "out")

commands = [step.command for step in dtemplates.plan(settings)]
dtemplates.apply(settings)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dtemplates.costs import cost
    from dtemplates.costs.figures import Cost, CostItem
    from dtemplates.errors import (
        DTemplatesError,
        InputError,
        InvalidManifests,
        OutputError,
        PatchError,
        SettingsError,
        TemplateError,
        ToolError,
    )
    from dtemplates.findings import Finding, Place
    from dtemplates.manifests import Manifest, Manifests, Pending, write
    from dtemplates.operation.applying import Applied, Options, apply
    from dtemplates.operation.deleting import Deleted, delete
    from dtemplates.operation.failures import StepFailed
    from dtemplates.operation.scaling import scale
    from dtemplates.output import Written
    from dtemplates.overview.rows import Overview, Row
    from dtemplates.overview.status import status
    from dtemplates.planning.plan import Plan, plan
    from dtemplates.planning.step import Command, Step
    from dtemplates.rendering import render
    from dtemplates.settings.cluster import Addon, Cluster, ClusterLogging, Iam, Subnet, Vpc
    from dtemplates.settings.fsx import Create, Dynamic, Fsx
    from dtemplates.settings.ignore import Ignore
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
    from dtemplates.settings.prices import Prices
    from dtemplates.settings.root import InstanceRow, Settings
    from dtemplates.settings.versions import Versions
    from dtemplates.validation import Result, check, validate

__version__ = "0.1.0"

# Public name → module. A name is imported when it is first asked for, so that importing the
# package costs nothing, and each command pays for what it uses alone.
_HOMES = {
    "Addon": "settings.cluster",
    "Applied": "operation.applying",
    "AttachPvc": "settings.pods",
    "CapacityReservation": "settings.nodegroups",
    "Cluster": "settings.cluster",
    "ClusterLogging": "settings.cluster",
    "Command": "planning.step",
    "Cost": "costs.figures",
    "CostItem": "costs.figures",
    "Create": "settings.fsx",
    "DTemplatesError": "errors",
    "Deleted": "operation.deleting",
    "Dynamic": "settings.fsx",
    "EmptyDir": "settings.jobs",
    "EnvVar": "settings.jobs",
    "Finding": "findings",
    "Fsx": "settings.fsx",
    "HostPath": "settings.jobs",
    "Iam": "settings.cluster",
    "Ignore": "settings.ignore",
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
    "Options": "operation.applying",
    "OutputError": "errors",
    "Overview": "overview.rows",
    "Patch": "settings.patches",
    "PatchError": "errors",
    "Pending": "manifests",
    "Place": "findings",
    "Plan": "planning.plan",
    "Prices": "settings.prices",
    "Result": "validation",
    "Row": "overview.rows",
    "SecurityGroups": "settings.nodegroups",
    "Settings": "settings.root",
    "SettingsError": "errors",
    "Ssh": "settings.nodegroups",
    "Step": "planning.step",
    "StepFailed": "operation.failures",
    "Subnet": "settings.cluster",
    "Taint": "settings.nodegroups",
    "Target": "settings.patches",
    "TemplateError": "errors",
    "Tensorboard": "settings.pods",
    "Toleration": "settings.nodegroups",
    "ToolError": "errors",
    "Versions": "settings.versions",
    "Volume": "settings.jobs",
    "Vpc": "settings.cluster",
    "Written": "output",
    "apply": "operation.applying",
    "build": "settings.load",
    "check": "validation",
    "cost": "costs",
    "delete": "operation.deleting",
    "load": "settings.load",
    "parse": "settings.load",
    "plan": "planning.plan",
    "render": "rendering",
    "scale": "operation.scaling",
    "status": "overview.status",
    "validate": "validation",
    "write": "manifests",
}

__all__ = [
    "Addon",
    "Applied",
    "AttachPvc",
    "CapacityReservation",
    "Cluster",
    "ClusterLogging",
    "Command",
    "Cost",
    "CostItem",
    "Create",
    "DTemplatesError",
    "Deleted",
    "Dynamic",
    "EmptyDir",
    "EnvVar",
    "Finding",
    "Fsx",
    "HostPath",
    "Iam",
    "Ignore",
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
    "Options",
    "OutputError",
    "Overview",
    "Patch",
    "PatchError",
    "Pending",
    "Place",
    "Plan",
    "Prices",
    "Result",
    "Row",
    "SecurityGroups",
    "Settings",
    "SettingsError",
    "Ssh",
    "Step",
    "StepFailed",
    "Subnet",
    "Taint",
    "Target",
    "TemplateError",
    "Tensorboard",
    "Toleration",
    "ToolError",
    "Versions",
    "Volume",
    "Vpc",
    "Written",
    "__version__",
    "apply",
    "build",
    "check",
    "cost",
    "delete",
    "load",
    "parse",
    "plan",
    "render",
    "scale",
    "status",
    "validate",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dtemplates' has no attribute {name!r}")
    return getattr(import_module(f"dtemplates.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
