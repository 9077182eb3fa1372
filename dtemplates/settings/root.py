"""The settings file as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import Field, PrivateAttr

from dtemplates.findings import SETTINGS
from dtemplates.settings.cluster import Cluster
from dtemplates.settings.fsx import Fsx
from dtemplates.settings.ignore import Ignore
from dtemplates.settings.jobs import Job
from dtemplates.settings.kueue import Kueue
from dtemplates.settings.nodegroups import NodeGroup, Toleration
from dtemplates.settings.patches import Patch
from dtemplates.settings.pods import AttachPvc, Tensorboard
from dtemplates.settings.prices import Prices
from dtemplates.settings.source import Source
from dtemplates.settings.types import InstanceType, Model, Name, ResourceName, Several
from dtemplates.settings.versions import Versions
from dtemplates.stacks import StackName, components, is_managed

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from dtemplates.findings import Finding, Level, Path


Part = TypeVar("Part")
Answer = TypeVar("Answer")


class Known(dict[Any, tuple[Any, Any]]):
    """What was found out of settings. It is no part of them: equal ones may know more or less."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known)

    __hash__ = None


class InstanceRow(Model):
    """An EC2 instance type, as far as manifests depend on it."""

    accelerators: Annotated[int, Field(ge=0, le=1024)] | None = Field(
        None, description="GPUs or Neuron devices."
    )
    resource: ResourceName | None = Field(
        None, description="What Kubernetes calls an accelerator.", examples=["nvidia.com/gpu"]
    )
    efa: Annotated[int, Field(ge=0, le=1024)] | None = Field(
        None, description="Most EFA interfaces."
    )
    memory_gib: Annotated[float, Field(gt=0, le=1_000_000)] | None = Field(
        None, description="Memory in GiB."
    )


class Settings(Model):
    """Everything that the manifests are rendered from.

    Made in code, a wrong value of a single setting raises pydantic's `ValidationError`; settings
    that exclude each other are told by `render`. `dtemplates.build` takes plain values and tells
    all of it at once, as `load` does for a file.
    """

    stack: StackName = Field(
        "current",
        description="Preset of component versions: current, or classic, the tutorial's of 2019.",
    )
    versions: Versions = Field(Versions(), description="Versions of single components.")
    cluster: Cluster = Field(description="The EKS cluster.")
    nodegroups: Several[NodeGroup] = Field((), description="The cluster's node groups.")
    device_plugin_tolerations: Several[Toleration] | None = Field(
        None,
        description="Taints that device plugins bear, beside GPU's and EFA's own (default: all "
        "taints of the node groups).",
    )
    namespace: Name = Field("default", description="Kubernetes namespace of claim, pods and jobs.")
    fsx: Fsx | None = Field(None, description="The shared FSx for Lustre file system.")
    attach_pvc: AttachPvc | Literal[False] = Field(
        AttachPvc(), description="The pod that mounts the claim; false for none."
    )
    tensorboard: Tensorboard | None = Field(None, description="A pod that runs TensorBoard.")
    jobs: Several[Job] = Field((), description="Training jobs.")
    kueue: Kueue | None = Field(
        None, description="Kueue, by which jobs wait for their turn; {} for a sound setup."
    )
    instance_types: dict[InstanceType, InstanceRow] = Field(
        {}, description="Instance types that the built-in table lacks or has wrong."
    )
    prices: Prices = Field(
        Prices(), description="Prices in place of those that `dtemplates cost` knows."
    )
    ignore: Several[Ignore] = Field(
        (), description="Rules that these settings break on purpose, each with the reason."
    )
    patches: Several[Patch] = Field(
        (), description="Changes to any field that the settings do not model."
    )

    _source: Source = PrivateAttr(default_factory=Source)
    # Settings do not change: what was found out of them holds as long as they live.
    _known: Known = PrivateAttr(default_factory=Known)
    _is_sound: bool = PrivateAttr(default=False)

    # Whoever copies settings is about to change the copy, of which nothing is known then.

    def __copy__(self) -> Self:
        return super().__copy__()._unknown()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return super().__deepcopy__(memo)._unknown()

    def _unknown(self) -> Self:
        self._known, self._is_sound = Known(), False
        return self

    def known(self, question: Callable[[Part, Settings], Answer], part: Part) -> Answer:
        """Return the answer to a question about a part of these settings, worked out once."""
        key = question, id(part)
        kept = self._known.get(key)
        # The part is kept as well, so that no other one can get its id and be taken for it.
        if kept is None or kept[0] is not part:
            kept = self._known[key] = part, question(part, self)
        answer: Answer = kept[1]
        return answer

    @property
    def components(self) -> dict[str, str]:
        """The version of every component, `kubernetes` among them."""
        return self.known(_components, self.versions)

    def is_managed(self, group: NodeGroup) -> bool:
        """Return whether EKS manages the group: as it says, or as is usual with this eksctl."""
        return is_managed(group.managed, self.components["eksctl"])

    def finding(
        self,
        path: Path,
        message: str,
        remedy: str = "",
        *,
        level: Level = "error",
        id: str = SETTINGS,
    ) -> Finding:
        """Return a finding that points at a setting, in the file that it was read from."""
        return self._source.finding(path, message, remedy, level=level, id=id)

    def is_overridden(self, path: Path) -> bool:
        """Return whether the setting was given over the file's own, by `--set`."""
        return self._source.is_overridden(path)

    def is_doubtful(self, path: Path) -> bool:
        """Return whether these are a rest of wrong settings, and something at the path is gone."""
        return self._source.hides(path)

    @property
    def is_sound(self) -> bool:
        """Whether no check finds anything in them, as far as that was looked for."""
        return self._is_sound

    @property
    def has_doubtful_nodes(self) -> bool:
        """Whether some of what nodes are was wrong, and is gone from these settings."""
        named = ("name", "instance_type", "instance_types", "labels", "taints")
        return self._source.lacks_items(("nodegroups",)) or any(
            self.is_doubtful(("nodegroups", number, name))
            for number in range(len(self.nodegroups))
            for name in named
        )


def _components(versions: Versions, settings: Settings) -> dict[str, str]:
    chosen = {name: value for name, value in versions if value is not None}
    if settings.cluster.kubernetes_version is not None:
        chosen["kubernetes"] = settings.cluster.kubernetes_version
    return components(settings.stack, chosen)
