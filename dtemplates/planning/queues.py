"""Steps that install Kueue, and make the queues that jobs wait in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.planning.kubernetes import applied, image_of, released, rolled_out
from dtemplates.planning.step import command

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dtemplates.planning.step import Step
    from dtemplates.settings.root import Settings

# The release's own manifest (kubernetes-sigs/kueue, installation of v0.19.2).
_MANIFEST = "https://github.com/kubernetes-sigs/kueue/releases/download/v{version}/manifests.yaml"
_CONTROLLER = ("deployment", "kueue-controller-manager", "kueue-system")
_KINDS = tuple(
    f"{plural}.kueue.x-k8s.io" for plural in ("clusterqueues", "localqueues", "resourceflavors")
)
# Deleting Kueue deletes its kinds, and with them everybody's queues; those that are in use would
# wait for Kueue to let go of them, for ever.
_QUEUES = command(
    *("kubectl", "get", ",".join(_KINDS), "--all-namespaces", "--ignore-not-found"),
    *("-o", "jsonpath={range .items[*]}{.kind}/{.metadata.name} {end}"),
)
# In the order in which they refer to each other.
_FILES = {
    "kueue/resource_flavors.yaml": "tell Kueue of the node groups",
    "kueue/cluster_queue.yaml": "give out their resources by quota",
    "kueue/priority_classes.yaml": "let jobs go before others",
    "kueue/local_queues.yaml": "make the queues that jobs name",
}


def queue_steps(settings: Settings, files: Collection[str]) -> Iterator[Step]:
    """Yield the steps up to queues that take jobs, where the settings ask for Kueue."""
    if settings.kueue is None:
        return
    yield _kueue(settings.components["kueue"])
    for file, what in _FILES.items():
        if file in files:
            yield applied(file, what, group="queues")


def _kueue(version: str) -> Step:
    return released(
        "kueue",
        f"install Kueue {version}",
        _MANIFEST.format(version=version),
        group="queues",
        done=image_of(*_CONTROLLER, images=(f"kueue/kueue:v{version}",)),
        # It is ready once its webhooks answer, without which no queue and no job can be made.
        waits=(rolled_out(*_CONTROLLER),),
        guard=_QUEUES,
    )
