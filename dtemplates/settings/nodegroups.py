"""Node groups, managed and self-managed, in eksctl's words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dtemplates.settings.types import (
    AmiId,
    Arn,
    AvailabilityZone,
    CapacityReservationId,
    Count,
    InstanceType,
    LabelKey,
    Labels,
    LabelValue,
    Model,
    NodeGroupName,
    Positive,
    SecurityGroupId,
    Several,
    SubnetKey,
    Tags,
)

AmiFamily = Literal[
    "AmazonLinux2023",
    "AmazonLinux2",
    "Bottlerocket",
    "BottlerocketFips",
    "Ubuntu2604",
    "Ubuntu2404",
    "Ubuntu2204",
    "Ubuntu2004",
    "UbuntuPro2604",
    "UbuntuPro2404",
    "UbuntuPro2204",
    "UbuntuPro2004",
]
VolumeType = Literal["gp2", "gp3", "io1", "io2", "sc1", "st1"]
AddonPolicy = Literal[
    "app_mesh",
    "app_mesh_preview",
    "auto_scaler",
    "aws_load_balancer_controller",
    "cert_manager",
    "cloud_watch",
    "ebs",
    "efs",
    "external_dns",
    "fsx",
    "image_builder",
    "x_ray",
]
# The same in eksctl's spelling.
ADDON_POLICIES: dict[AddonPolicy, str] = {
    "app_mesh": "appMesh",
    "app_mesh_preview": "appMeshPreview",
    "auto_scaler": "autoScaler",
    "aws_load_balancer_controller": "awsLoadBalancerController",
    "cert_manager": "certManager",
    "cloud_watch": "cloudWatch",
    "ebs": "ebs",
    "efs": "efs",
    "external_dns": "externalDNS",
    "fsx": "fsx",
    "image_builder": "imageBuilder",
    "x_ray": "xRay",
}


class Taint(Model):
    """A taint of all nodes of a group."""

    key: LabelKey = Field(description="The taint's key.", examples=["nvidia.com/gpu"])
    value: LabelValue = Field("", description="The taint's value.", examples=["true"])
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = Field(
        description="What happens to pods that do not tolerate it."
    )


class Toleration(Model):
    """A taint that a pod bears; without `value` whatever the taint's value is."""

    key: LabelKey = Field(description="The taint's key.", examples=["nvidia.com/gpu"])
    value: LabelValue | None = Field(None, description="The taint's value.", examples=["true"])
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        None, description="The taint's effect (default: each)."
    )


class Ssh(Model):
    """SSH access to the nodes."""

    allow: bool = Field(True, description="Whether port 22 is opened.")
    public_key_name: str | None = Field(
        None, min_length=1, max_length=255, description="Name of an EC2 key pair."
    )
    public_key_path: str | None = Field(
        None, min_length=1, description="File of a public key.", examples=["~/.ssh/id_rsa.pub"]
    )
    public_key: str | None = Field(None, min_length=1, description="The public key itself.")
    source_security_group_ids: Several[SecurityGroupId] = Field(
        (), description="Security groups from which SSH is allowed (default: everywhere)."
    )


class SecurityGroups(Model):
    """Security groups of the nodes."""

    attach_ids: Several[SecurityGroupId] = Field(
        (), description="Existing security groups that the nodes get too."
    )
    with_shared: bool | None = Field(
        None,
        description="The group that all nodes share (self-managed only; eksctl's default: yes).",
    )
    with_local: bool | None = Field(
        None,
        description="A group for these nodes alone (self-managed only; eksctl's default: yes).",
    )


class NodeGroupIam(Model):
    """IAM of the nodes."""

    with_addon_policies: dict[AddonPolicy, bool] = Field(
        {},
        description="Policies that eksctl knows by name.",
        examples=[{"fsx": True, "ebs": True}],
    )
    attach_policy_arns: Several[Arn] = Field(
        (), description="IAM policies of the nodes, in place of eksctl's own."
    )
    instance_role_arn: Arn | None = Field(None, description="An existing role of the nodes.")


class CapacityReservation(Model):
    """Capacity that was reserved before."""

    id: CapacityReservationId | None = Field(
        None, description="An On-Demand or Capacity Block reservation."
    )
    resource_group_arn: Arn | None = Field(None, description="A resource group of reservations.")
    preference: Literal["open", "none"] | None = Field(
        None, description="Use any open reservation, or none at all."
    )


class NodeGroup(Model):
    """Nodes of one kind."""

    name: NodeGroupName = Field(description="The group's name.", examples=["gpu"])
    managed: bool | None = Field(
        None, description="EKS-managed (default, but for eksctl 0.1) or self-managed by eksctl."
    )
    instance_type: InstanceType | None = Field(
        None, description="The EC2 instance type.", examples=["p5.48xlarge"]
    )
    instance_types: Several[InstanceType] = Field(
        (), description="Several instance types, for spot; their accelerators must be equal."
    )
    ami_family: AmiFamily | None = Field(
        None, description="The operating system (default: eksctl's, AmazonLinux2023 today)."
    )
    ami: AmiId | None = Field(
        None, description="A fixed machine image.", examples=["ami-0123456789abcdef0"]
    )
    availability_zones: Several[AvailabilityZone] = Field(
        (), description="Zones of the nodes; EFA wants exactly one.", examples=[["us-east-1c"]]
    )
    subnets: Several[SubnetKey] = Field(
        (), description="Subnets in place of zones: ids, or keys of cluster.vpc's subnets."
    )
    private_networking: bool | None = Field(
        None, description="Nodes without public addresses, in private subnets."
    )
    desired_capacity: Count | None = Field(None, description="Nodes at the start.", examples=[4])
    min_size: Count | None = Field(None, description="Fewest nodes.", examples=[0])
    max_size: Count | None = Field(None, description="Most nodes.", examples=[4])
    volume_size: Positive | None = Field(
        None, description="Root volume in GiB (eksctl's default: 80).", examples=[300]
    )
    volume_type: VolumeType | None = Field(None, description="Root volume's type (default: gp3).")
    volume_iops: Positive | None = Field(None, description="IOPS of a gp3, io1 or io2 volume.")
    volume_throughput: Annotated[int, Field(ge=125, le=1000)] | None = Field(
        None, description="Throughput of a gp3 volume, in MiB/s."
    )
    volume_encrypted: bool | None = Field(None, description="Encrypt the root volume.")
    labels: Labels = Field({}, description="Kubernetes labels of the nodes.")
    taints: Several[Taint] = Field((), description="Taints of the nodes.")
    tags: Tags = Field({}, description="AWS tags of the nodes.")
    security_groups: SecurityGroups = Field(SecurityGroups(), description="Security groups.")
    iam: NodeGroupIam = Field(NodeGroupIam(), description="IAM of the nodes.")
    ssh: Ssh | None = Field(None, description="SSH access to the nodes (default: none).")
    spot: bool = Field(False, description="Spot instances.")
    capacity_reservation: CapacityReservation | None = Field(
        None, description="Capacity that was reserved before."
    )
    market_type: Literal["capacity-block"] | None = Field(
        None, description="The reservation is a Capacity Block for ML."
    )
    efa: bool = Field(False, description="Elastic Fabric Adapter on every network card.")
    placement_group: str | None = Field(
        None, min_length=1, max_length=255, description="An existing placement group."
    )
    max_pods_per_node: Positive | None = Field(None, description="Most pods on a node.")
    pre_bootstrap_commands: Several[str] = Field(
        (), description="Shell commands that run before a node joins the cluster."
    )
    override_bootstrap_command: str | None = Field(
        None, min_length=1, description="User data in place of eksctl's own."
    )
    disable_pod_imds: bool | None = Field(
        None, description="Keep pods from the instance metadata service."
    )

    @property
    def is_bottlerocket(self) -> bool:
        """Whether its nodes run Bottlerocket: no shell, and NVIDIA's device plugin in the image."""
        return (self.ami_family or "").startswith("Bottlerocket")

    @property
    def types(self) -> tuple[str, ...]:
        """The instance types, one or several."""
        return (self.instance_type,) if self.instance_type else self.instance_types
