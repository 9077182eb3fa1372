"""How the FSx for Lustre CSI driver gets into the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dtemplates.stacks import is_first_eksctl

if TYPE_CHECKING:
    from dtemplates.settings.root import Settings

CsiDriver = Literal["addon", "helm", "manifest"]
"""As an EKS add-on, as a Helm chart, or as upstream's manifest."""


def csi_driver(settings: Settings) -> CsiDriver:
    """Return the way that the settings choose: an add-on, but for an eksctl that knows none."""
    if settings.fsx and settings.fsx.csi_driver:
        return settings.fsx.csi_driver
    return "manifest" if is_first_eksctl(settings.components["eksctl"]) else "addon"
