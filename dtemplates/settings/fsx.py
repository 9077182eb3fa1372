"""The FSx for Lustre file system: an existing one, one per claim, or one that a stack makes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dtemplates.settings.csi_driver import CsiDriver
from dtemplates.settings.types import (
    AbsolutePath,
    ClassName,
    FileSystemId,
    Model,
    MountName,
    Name,
    ObjectName,
    Quantity,
    S3Path,
    SecurityGroupId,
    Several,
    SubnetId,
    Tags,
    VpcId,
)

DeploymentType = Literal["SCRATCH_1", "SCRATCH_2", "PERSISTENT_1", "PERSISTENT_2"]


class Lustre(Model):
    """What a new file system is made of, in FSx's words; its size is `fsx.capacity`."""

    deployment_type: DeploymentType | None = Field(
        None, description="SCRATCH_2 unless given; SCRATCH_1 on the classic stack."
    )
    storage_type: Literal["SSD", "HDD"] | None = Field(None, description="SSD unless given.")
    per_unit_storage_throughput: Literal[12, 40, 50, 100, 125, 200, 250, 500, 1000] | None = Field(
        None, description="MB/s for each TiB; persistent file systems need it."
    )
    drive_cache_type: Literal["NONE", "READ"] | None = Field(
        None, description="SSD cache of an HDD file system."
    )
    data_compression_type: Literal["NONE", "LZ4"] | None = Field(None, description="Compression.")
    file_system_type_version: Literal["2.10", "2.12", "2.15"] | None = Field(
        None, description="Lustre's version; 2.15 unless given, on the current stack."
    )
    kms_key_id: str | None = Field(None, min_length=1, max_length=2048, description="KMS key.")
    automatic_backup_retention_days: Annotated[int, Field(ge=0, le=90)] | None = Field(
        None, description="Days that backups are kept; 0 makes none."
    )
    efa_enabled: bool | None = Field(
        None, description="Let clients reach a PERSISTENT_2 file system over EFA."
    )
    metadata_iops: Annotated[int, Field(ge=1500, le=192000)] | None = Field(
        None, description="Metadata IOPS of a PERSISTENT_2 file system (default: automatic)."
    )
    import_path: S3Path | None = Field(
        None,
        description="S3 bucket and prefix whose objects appear as files.",
        examples=["s3://my-bucket/coco"],
    )
    export_path: S3Path | None = Field(
        None, description="Where in the same bucket new files are exported to."
    )
    auto_import_policy: Literal["NONE", "NEW", "NEW_CHANGED", "NEW_CHANGED_DELETED"] | None = Field(
        None, description="Which changes in S3 show up by themselves."
    )
    subnet_id: SubnetId | None = Field(
        None, description="Its subnet (default: that of the accelerated node group)."
    )
    tags: Tags = Field({}, description="AWS tags of the file system.")


class Dynamic(Lustre):
    """A new file system for the claim, by a StorageClass of the CSI driver."""

    security_group_ids: Several[SecurityGroupId] = Field(
        (), description="Security groups that let the nodes in: TCP 988 and 1018 to 1023."
    )


class Create(Lustre):
    """A new file system and its security group, by a CloudFormation stack."""

    vpc_id: VpcId | None = Field(None, description="Its VPC (default: the cluster's).")
    client_security_group_ids: Several[SecurityGroupId] = Field(
        (), description="Security groups of its clients (default: those of the cluster's nodes)."
    )


class Fsx(Model):
    """The shared file system and the claim through which pods mount it."""

    name: Name = Field(description="Name of volume and claim.", examples=["training-data"])
    capacity: Quantity = Field(description="Its size.", examples=["4800Gi"])
    file_system_id: FileSystemId | None = Field(
        None, description="An existing file system.", examples=["fs-0123456789abcdef0"]
    )
    mount_name: MountName | None = Field(
        None,
        description="Its mount name: `aws fsx describe-file-systems` tells (SCRATCH_1: fsx).",
        examples=["abcdef01"],
    )
    dns_name: ObjectName | None = Field(
        None,
        description="Its DNS name (default: from its id and the region).",
    )
    dynamic: Dynamic | None = Field(
        None, description="Make a file system for the claim, by the CSI driver."
    )
    create: Create | None = Field(
        None, description="Make a file system and its security group, by a CloudFormation stack."
    )
    storage_request: Quantity | None = Field(
        None, description="What the claim asks for (default: the capacity).", examples=["100Gi"]
    )
    storage_class_name: ClassName | None = Field(
        None,
        description="Class that ties volume and claim, or that makes volumes.",
        examples=["fsx-sc"],
    )
    access_modes: Several[Literal["ReadWriteMany", "ReadWriteOnce"]] = Field(
        ("ReadWriteMany",), min_length=1, description="Who may mount it at once."
    )
    reclaim_policy: Literal["Retain", "Delete"] | None = Field(
        None, description="What becomes of the file system without its claim (default: Retain)."
    )
    mount_options: Several[Annotated[str, Field(min_length=1)]] | None = Field(
        None, description="Options of mount (default: flock, but none on the classic stack)."
    )
    mount_path: AbsolutePath = Field("/fsx", description="Where pods mount it.")
    csi_driver: CsiDriver | None = Field(
        None,
        description="How the CSI driver is installed: as EKS add-on, Helm chart or upstream's "
        "manifest (default: addon, but manifest with eksctl 0.1).",
    )
