"""The cluster: its name, region, version and network, in eksctl's words."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dtemplates.settings.types import (
    AddonVersion,
    Arn,
    AvailabilityZone,
    Cidr,
    EksctlName,
    KubernetesVersion,
    Model,
    Name,
    Region,
    SecurityGroupId,
    Several,
    Shorthand,
    SubnetId,
    SubnetKey,
    Tags,
    VpcId,
)

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler", "all"]
# CloudWatch takes no other number of days (eksctl 0.230.0, validation.go).
LogRetention = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653]


class Subnet(Shorthand):
    """A subnet of an existing VPC; its id alone may stand for it."""

    shorthand = "id"

    id: SubnetId = Field(description="The subnet's id.", examples=["subnet-0123456789abcdef0"])
    availability_zone: AvailabilityZone | None = Field(
        None, description="Its zone, where the key of the subnet is not the zone's name."
    )


class Vpc(Model):
    """The cluster's network: an existing VPC by its id and subnets, or what eksctl makes."""

    id: VpcId | None = Field(
        None,
        description="An existing VPC; without it eksctl makes one.",
        examples=["vpc-0123456789abcdef0"],
    )
    cidr: Cidr | None = Field(None, description="Address range of the VPC that eksctl makes.")
    public_subnets: dict[SubnetKey, Subnet] = Field(
        {},
        description="Public subnets of the existing VPC, by availability zone.",
        examples=[{"us-east-1b": "subnet-0a", "us-east-1c": "subnet-0b"}],
    )
    private_subnets: dict[SubnetKey, Subnet] = Field(
        {}, description="Private subnets of the existing VPC, by availability zone."
    )
    nat_gateway: Literal["HighlyAvailable", "Single", "Disable"] | None = Field(
        None, description="NAT gateways of the VPC that eksctl makes (eksctl's default: Single)."
    )
    public_access: bool | None = Field(
        None, description="Whether the Kubernetes API answers from the internet (default: yes)."
    )
    private_access: bool | None = Field(
        None, description="Whether the Kubernetes API answers inside the VPC (default: no)."
    )
    public_access_cidrs: Several[Cidr] = Field(
        (), description="Addresses that may reach the public Kubernetes API."
    )
    security_group: SecurityGroupId | None = Field(
        None, description="An existing security group for the control plane."
    )
    shared_node_security_group: SecurityGroupId | None = Field(
        None, description="An existing security group that all nodes share."
    )

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of all its subnets, each once."""
        sides = (*self.public_subnets.items(), *self.private_subnets.items())
        return tuple(dict.fromkeys(subnet.availability_zone or key for key, subnet in sides))


class Iam(Model):
    """IAM of the cluster."""

    with_oidc: bool | None = Field(
        None, description="Make an IAM OIDC provider, for IAM roles of service accounts."
    )
    service_role_arn: Arn | None = Field(None, description="An existing role of the control plane.")


class Addon(Model):
    """An EKS add-on that eksctl installs."""

    name: Name = Field(description="The add-on's name.", examples=["metrics-server"])
    version: AddonVersion | None = Field(
        None,
        description='The add-on\'s version, or "latest" (default: what EKS recommends).',
        examples=["v1.19.0-eksbuild.1"],
    )
    attach_policy_arns: Several[Arn] = Field(
        (), description="IAM policies for the add-on's service account."
    )
    configuration_values: str | None = Field(
        None, min_length=1, description="The add-on's configuration, as JSON or YAML text."
    )
    resolve_conflicts: Literal["OVERWRITE", "NONE", "PRESERVE"] | None = Field(
        None, description="What happens to objects that somebody else installed."
    )


class ClusterLogging(Model):
    """Control plane logs that go to CloudWatch."""

    enable_types: Several[LogType] = Field(description="Which logs.", examples=[["api", "audit"]])
    log_retention_in_days: LogRetention | None = Field(
        None, description="How long they are kept, in days (default: for ever)."
    )


class Cluster(Model):
    """The EKS cluster."""

    name: EksctlName = Field(description="The cluster's name.", examples=["demo"])
    region: Region = Field(description="The AWS region.", examples=["us-east-1"])
    kubernetes_version: KubernetesVersion | None = Field(
        None, description="Kubernetes version, quoted (default: the stack's).", examples=["1.35"]
    )
    availability_zones: Several[AvailabilityZone] = Field(
        (), description="Zones of the VPC that eksctl makes; at least two."
    )
    vpc: Vpc = Field(Vpc(), description="The cluster's network.")
    iam: Iam = Field(Iam(), description="IAM of the cluster.")
    tags: Tags = Field({}, description="AWS tags of everything that eksctl makes.")
    support_type: Literal["STANDARD", "EXTENDED"] | None = Field(
        None,
        description="STANDARD upgrades the cluster when standard support of its version ends; "
        "EXTENDED keeps the version and pays six times the price (EKS's default).",
    )
    authentication_mode: Literal["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"] | None = Field(
        None, description="How IAM principals are known to Kubernetes."
    )
    addons: Several[Addon] = Field(
        (), description="EKS add-ons, beside those that the other settings need."
    )
    cluster_logging: ClusterLogging | None = Field(
        None, description="Control plane logs that go to CloudWatch."
    )
