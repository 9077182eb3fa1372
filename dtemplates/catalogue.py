"""Which manifests there are: their files, when they are wanted, and what they wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from dtemplates.manifests import Wait
from dtemplates.settings.lustre import knows_mount_names, subnet_of_nodes
from dtemplates.settings.queues import queues
from dtemplates.settings.sizing import accelerator, mpijob_version
from dtemplates.stacks import release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.settings.root import Settings


class Entry(NamedTuple):
    """A manifest that may be rendered into `file`, and what it waits for."""

    file: str
    wanted: Callable[[Settings], bool]
    waits: Callable[[Settings], list[Wait]] = lambda settings: []

    @property
    def template(self) -> str:
        """The template's name."""
        return f"{self.file}.j2"


def entries(settings: Settings) -> Iterator[Entry]:
    """Yield the manifests that these settings want, in the order in which they are applied."""
    return (entry for entry in ENTRIES if entry.wanted(settings))


def _always(settings: Settings) -> bool:
    return True


def _nvidia(settings: Settings) -> bool:
    found = (
        accelerator(group, settings) for group in settings.nodegroups if not group.is_bottlerocket
    )
    return any(instance and instance.nvidia for instance in found)


def _efa(settings: Settings) -> bool:
    return any(group.efa for group in settings.nodegroups)


def _static(settings: Settings) -> bool:
    return settings.fsx is not None and settings.fsx.dynamic is None


def _tiller(settings: Settings) -> bool:
    return release(settings.components["helm"]) < (3,)


def _kueue(settings: Settings) -> bool:
    return settings.kueue is not None


def _operator_chart(settings: Settings) -> bool:
    return mpijob_version(settings.components["mpi_operator"]) == "v1alpha1"


def _made_file_system(settings: Settings) -> list[Wait]:
    fsx = settings.fsx
    if fsx is None or fsx.create is None:
        return []
    until = "the stack of fsx_stack.yaml is deployed; its outputs tell it"
    waits = []
    if fsx.file_system_id is None:
        waits.append(Wait("fsx.file_system_id", until))
        if fsx.mount_name is None and knows_mount_names(settings.components["fsx_csi_driver"]):
            waits.append(Wait("fsx.mount_name", until))
    return waits


def _made_network(settings: Settings) -> list[Wait]:
    """Return what is known only after eksctl has made the VPC."""
    fsx = settings.fsx
    until = "eksctl has made the cluster's VPC"
    waits = []
    if fsx and fsx.dynamic:
        if fsx.dynamic.subnet_id is None and subnet_of_nodes(settings) is None:
            waits.append(Wait("fsx.dynamic.subnet_id", until))
        if not fsx.dynamic.security_group_ids:
            waits.append(Wait("fsx.dynamic.security_group_ids", until))
    if fsx and fsx.create and fsx.create.subnet_id is None and subnet_of_nodes(settings) is None:
        waits.append(Wait("fsx.create.subnet_id", until))
    return waits


def _chart(name: str) -> Entry:
    return Entry(f"helm/mpijob/{name}", _operator_chart)


ENTRIES = (
    Entry("cluster_config.yaml", _always),
    Entry("nodegroup_config.yaml", lambda settings: bool(settings.nodegroups)),
    Entry("nvidia_device_plugin.yaml", _nvidia),
    Entry("efa_device_plugin.yaml", _efa),
    Entry("namespace.yaml", lambda settings: settings.namespace != "default"),
    Entry(
        "fsx_stack.yaml",
        lambda settings: settings.fsx is not None and settings.fsx.create is not None,
        _made_network,
    ),
    Entry(
        "storage_class_fsx.yaml",
        lambda settings: settings.fsx is not None and settings.fsx.dynamic is not None,
        _made_network,
    ),
    Entry("pv_fsx.yaml", _static, _made_file_system),
    Entry("pvc_fsx.yaml", lambda settings: settings.fsx is not None),
    Entry(
        "attach_pvc.yaml",
        lambda settings: settings.fsx is not None and settings.attach_pvc is not False,
    ),
    Entry("tensorboard.yaml", lambda settings: settings.tensorboard is not None),
    Entry("tiller_rbac_config.yaml", _tiller),
    _chart("Chart.yaml"),
    _chart("templates/namespace.yaml"),
    _chart("templates/crd.yaml"),
    _chart("templates/rbac.yaml"),
    _chart("templates/operator.yaml"),
    Entry("kueue/resource_flavors.yaml", _kueue),
    Entry("kueue/cluster_queue.yaml", _kueue),
    Entry(
        "kueue/priority_classes.yaml",
        lambda settings: settings.kueue is not None and bool(settings.kueue.priorities),
    ),
    Entry("kueue/local_queues.yaml", lambda settings: _kueue(settings) and bool(queues(settings))),
)


def job_template(settings: Settings) -> str:
    """Return the name of the template that jobs are rendered from."""
    version = mpijob_version(settings.components["mpi_operator"])
    return f"jobs/mpijob_{version}.yaml.j2"
