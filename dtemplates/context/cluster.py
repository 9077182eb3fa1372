"""What templates see of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dtemplates.settings.csi_driver import csi_driver
from dtemplates.stacks import EKSCTL_DEFAULT_KUBERNETES

if TYPE_CHECKING:
    from dtemplates.settings.root import Settings

Context = dict[str, Any]

# First part of a region → AWS partition.
_PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov"}


def cluster_context(settings: Settings) -> Context:
    """Return the settings of the cluster, with its version and add-ons decided."""
    cluster, versions = settings.cluster, settings.components
    by_itself = EKSCTL_DEFAULT_KUBERNETES.get(versions["eksctl"]) == versions["kubernetes"]
    written = cluster.kubernetes_version or (None if by_itself else versions["kubernetes"])
    return {
        **cluster.model_dump(mode="json"),
        "version": written,
        "has_vpc": cluster.vpc.is_given,
        "addons": _addons(settings),
        "fsx_policy_arn": f"arn:{partition(cluster.region)}:iam::aws:policy/AmazonFSxFullAccess",
    }


def partition(region: str) -> str:
    """Return the AWS partition of a region, as ARNs name it."""
    for prefix, name in _PARTITIONS.items():
        if region.startswith(f"{prefix}-"):
            return name
    return "aws"


def _addons(settings: Settings) -> list[Context]:
    """Return the add-ons that the file system needs, and the settings' own beside and over them."""
    addons: dict[str, Context] = {}
    if settings.fsx and csi_driver(settings) == "addon":
        # A static volume needs no FSx API; for a claim without one the driver makes file systems.
        creates = settings.fsx.dynamic is not None
        if creates:
            addons["eks-pod-identity-agent"] = {}
        addons["aws-fsx-csi-driver"] = {"creates_file_systems": creates}
    for addon in settings.cluster.addons:
        addons[addon.name] = addons.get(addon.name, {}) | addon.model_dump(mode="json")
    blank: Context = {
        "version": None,
        "configuration_values": None,
        "resolve_conflicts": None,
        "attach_policy_arns": [],
        "creates_file_systems": False,
    }
    return [blank | addon | {"name": name} for name, addon in addons.items()]
