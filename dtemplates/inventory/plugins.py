"""Device plugins: the DaemonSets that tell the kubelet of GPUs and of EFA interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import EFA, NVIDIA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.inventory.containers import Container
    from dtemplates.inventory.pods import Pod

# The image of a plugin → the resource that it is for.
_RESOURCES = {"k8s-device-plugin": NVIDIA, "aws-efa-k8s-device-plugin": EFA}
# Other programs that are in the image of the NVIDIA plugin.
_NO_PLUGINS = ("gpu-feature-discovery", "mps-control-daemon", "config-manager")


def device_plugins(daemon_sets: Iterable[Pod]) -> dict[str, list[Pod]]:
    """Return by resource the DaemonSets of its plugin, each once."""
    found: dict[str, dict[tuple[str, str], Pod]] = {one: {} for one in _RESOURCES.values()}
    for pod in daemon_sets:
        for container in pod.containers:
            if resource := _resource(container):
                found[resource].setdefault((pod.namespace, pod.owner.name), pod)
    return {resource: list(plugins.values()) for resource, plugins in found.items()}


def _resource(container: Container) -> str:
    """Return the resource that a container is the plugin for; nothing where it is none."""
    path = container.text_at("image").partition("@")[0]
    resource = _RESOURCES.get(path.rpartition("/")[2].partition(":")[0], "")
    # AMD's plugin has an image of this name too.
    if not resource or "rocm" in path:
        return ""
    command = " ".join(container["command"].texts + container["args"].texts)
    return "" if any(one in command for one in _NO_PLUGINS) else resource
