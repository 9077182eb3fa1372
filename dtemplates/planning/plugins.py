"""Steps that make GPUs and EFA known to Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.planning.kubernetes import applied, rolled_out

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dtemplates.planning.step import Step

# manifest → its DaemonSet, what it makes known
_PLUGINS = {
    "nvidia_device_plugin.yaml": ("nvidia-device-plugin-daemonset", "GPUs"),
    "efa_device_plugin.yaml": ("aws-efa-k8s-device-plugin-daemonset", "EFA interfaces"),
}
NVIDIA_FILE = "nvidia_device_plugin.yaml"


def plugin_steps(files: Collection[str]) -> Iterator[Step]:
    """Yield a step for each device plugin among the manifests."""
    for file, (daemonset, devices) in _PLUGINS.items():
        if file in files:
            yield applied(
                file,
                f"make {devices} known to Kubernetes",
                group="plugins",
                waits=(rolled_out("daemonset", daemonset, "kube-system"),),
            )
