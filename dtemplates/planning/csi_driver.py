"""The step that installs the FSx for Lustre CSI driver: as EKS add-on, chart or manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.planning.cluster import CLUSTER_FILE
from dtemplates.planning.kubernetes import image_of, rolled_out
from dtemplates.planning.step import Command, Step, command
from dtemplates.planning.timings import times
from dtemplates.settings.csi_driver import csi_driver
from dtemplates.stacks import release

if TYPE_CHECKING:
    from dtemplates.settings.root import Settings

_RAW = "https://raw.githubusercontent.com/kubernetes-sigs/aws-fsx-csi-driver/release-{release}"
_OVERLAY = "github.com/kubernetes-sigs/aws-fsx-csi-driver/deploy/kubernetes/overlays/stable/"
# Until 0.2 the driver came as plain files, one in 0.2.0 and two before.
_FILES = {
    (0, 1): ("deploy/kubernetes/controller.yaml", "deploy/kubernetes/node.yaml"),
    (0, 2): ("deploy/kubernetes/manifest.yaml",),
}
_CHART = "aws-fsx-csi-driver"
_REPOSITORY = "https://kubernetes-sigs.github.io/aws-fsx-csi-driver"
# driver → the chart that carries it (its Chart.yaml, 2026-04-20); others get the driver's image.
_CHARTS = {"1.9.0": "1.17.0"}


def csi_driver_step(settings: Settings) -> Step:
    """Return the step that installs the driver, in the way that the settings choose."""
    version = settings.components["fsx_csi_driver"]
    way = csi_driver(settings)
    install, remove = _WAYS[way](version)
    first, second = release(version)[:2]
    # EKS chooses an add-on's version, and the manifests of 0.3 and 0.4 name an older one.
    any_version = way == "addon" or (first, second) in ((0, 3), (0, 4))
    return Step(
        name="fsx_csi_driver",
        group="storage",
        what=f"install the FSx CSI driver ({_WORDS[way]})",
        files=(CLUSTER_FILE,) if way == "addon" else (),
        done=image_of(
            *("daemonset", "fsx-csi-node", "kube-system"),
            # A branch of upstream's has the newest patch of its release.
            images=() if any_version else (f"aws-fsx-csi-driver:v{first}.{second}.",),
        ),
        command=install,
        waits=(rolled_out("daemonset", "fsx-csi-node", "kube-system"),),
        undo=remove,
        keep=("fsx",),
        **times("fsx_csi_driver"),
    )


def _addon(version: str) -> tuple[Command, tuple[Command, ...]]:
    # It leaves alone the add-ons that are there; they go with the cluster.
    return command("eksctl", "create", "addon", "-f", CLUSTER_FILE), ()


def _helm(version: str) -> tuple[Command, tuple[Command, ...]]:
    chart = _CHARTS.get(version)
    chosen = ("--version", chart) if chart else ("--set", f"image.tag=v{version}")
    install = command(
        *("helm", "upgrade", "--install", _CHART, _CHART, "--repo", _REPOSITORY),
        *(*chosen, "--namespace", "kube-system"),
    )
    return install, (command("helm", "uninstall", _CHART, "--namespace", "kube-system"),)


def _manifest(version: str) -> tuple[Command, tuple[Command, ...]]:
    first, second = release(version)[:2]
    base = _RAW.format(release=f"{first}.{second}.0")
    if files := _FILES.get((first, second)):
        named = [word for file in files for word in ("-f", f"{base}/{file}")]
    else:
        named = ["-k", f"{_OVERLAY}?ref=release-{first}.{second}"]
    return (
        command("kubectl", "apply", *named),
        (command("kubectl", "delete", *named, "--ignore-not-found"),),
    )


_WAYS = {"addon": _addon, "helm": _helm, "manifest": _manifest}
_WORDS = {"addon": "EKS add-on", "helm": "Helm chart", "manifest": "upstream's manifest"}
