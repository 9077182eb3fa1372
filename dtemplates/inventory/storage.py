"""File systems, volumes and claims: in Kubernetes' objects and in CloudFormation's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from dtemplates.settings.lustre import THROUGHPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory.parts import Part

FSX_DRIVER = "fsx.csi.aws.com"
# The access mode that the driver does not mount.
REFUSED = "ReadOnlyMany"


def is_fsx_volume(volume: Part) -> bool:
    """Return whether a PersistentVolume is one of the FSx CSI driver."""
    return volume.at("spec", "csi", "driver").text == FSX_DRIVER


def is_fsx_class(storage_class: Part) -> bool:
    """Return whether the FSx CSI driver makes the volumes of a StorageClass."""
    return storage_class["provisioner"].text == FSX_DRIVER


def is_static(volume: Part) -> bool:
    """Return whether a PersistentVolume was written by hand, and not made for a claim."""
    return not volume.at("metadata", "annotations", "pv.kubernetes.io/provisioned-by")


def class_of(part: Part) -> str:
    """Return the class that a claim or a volume names; nothing where it names none."""
    old = part.at("metadata", "annotations", "volume.beta.kubernetes.io/storage-class")
    return part.at("spec", "storageClassName").text or old.text


# The parameters of a class that tell which sizes its file systems can have.
MADE_OF = ("deploymentType", "storageType", "perUnitStorageThroughput")


class NewLustre(NamedTuple):
    """What a StorageClass makes for a claim: SCRATCH_1 on SSD where its parameters say nothing."""

    parameters: Part
    kind: str
    storage: str

    @classmethod
    def of(cls, storage_class: Part) -> NewLustre:
        """Return what a class makes."""
        parameters = storage_class["parameters"]
        kind, storage = parameters["deploymentType"].text, parameters["storageType"].text
        fallback = "PERSISTENT_2" if storage == "INTELLIGENT_TIERING" else "SCRATCH_1"
        return cls(parameters, kind or fallback, storage or "SSD")

    @property
    def is_known(self) -> bool:
        """Whether FSx has file systems of this deployment and storage type."""
        return (self.kind, self.storage) in THROUGHPUTS

    @property
    def throughput(self) -> int | None:
        """The MB/s for each TiB; None where it is no number."""
        text = self.parameters["perUnitStorageThroughput"].text
        return int(text) if text.isdecimal() and len(text) < 9 else None


@dataclass(frozen=True)
class Resource:
    """A resource of a CloudFormation template, by its logical id."""

    id: str
    part: Part
    template: Part

    @property
    def template_id(self) -> int:
        """What tells its template from all others."""
        return id(self.template.document)

    @cached_property
    def type(self) -> str:
        """Its type, such as AWS::FSx::FileSystem."""
        return self.part["Type"].text

    @cached_property
    def properties(self) -> Part:
        """Its properties."""
        return self.part["Properties"]

    @property
    def lustre(self) -> Part:
        """The Lustre configuration of a file system."""
        return self.properties["LustreConfiguration"]


def resources(template: Part) -> Iterator[Resource]:
    """Yield the resources of a CloudFormation template; none of any other document."""
    if template.kind:
        return
    for name, part in template["Resources"].fields.items():
        if part["Type"].text.startswith("AWS::"):
            yield Resource(name, part, template)


def is_function(part: Part) -> bool:
    """Return whether a CloudFormation value is worked out when the stack is made."""
    return any(key == "Ref" or key.startswith("Fn::") for key in part.fields)


def refers_to(part: Part, logical_id: str) -> bool:
    """Return whether a CloudFormation value is a reference to a resource of the template."""
    attribute = part["Fn::GetAtt"]
    names = [part["Ref"].text, attribute.text.partition(".")[0], attribute[0].text]
    return logical_id in names
