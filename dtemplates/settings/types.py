"""The named types that settings are made of, and what each expects, in words.

Patterns are written so that Rust's, Python's and JavaScript's engines read them alike: the same
pattern checks here, in `schemas/settings.schema.json` and in an editor.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, model_validator

# pattern → what it expects; settings errors show these words and never the pattern.
EXPECTED: dict[str, str] = {r"\$\{\{": "an expression such as ${{ matrix.gpus }}"}


class Model(BaseModel):
    """A mapping of the settings file: unknown keys are refused, nothing is coerced or changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @property
    def is_given(self) -> bool:
        """Whether anything in it is not as it would be anyway."""
        return bool(self.model_dump(exclude_defaults=True))


class Shorthand(Model):
    """A mapping that the text of one of its fields alone may stand for."""

    shorthand: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {cls.shorthand: value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        schema = handler(core_schema)
        field = handler.resolve_ref_schema(schema)["properties"][cls.shorthand]
        text = field.get("anyOf", [field])[0]
        return {"anyOf": [{"type": "string"} | text, schema]}


T = TypeVar("T")
Several = Annotated[tuple[T, ...], Strict(False)]
"""A list; kept as a tuple, so that settings cannot change under anybody's hands."""


def _text(pattern: str, expected: str, max_length: int | None = None) -> Any:
    if EXPECTED.setdefault(pattern, expected) != expected:
        raise ValueError(f"{pattern} is worded twice")
    return StringConstraints(pattern=pattern, max_length=max_length)


_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_QUALIFIED = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_REGION = (
    "[a-z]{2}(-gov|-iso[a-z]?)?"
    "-(north|south|east|west|central|northeast|northwest|southeast|southwest)-[0-9]{1,2}"
)
_HEX = "[0-9a-f]{1,17}"
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

Name = Annotated[
    str, _text(f"^{_LABEL}$", "a name of lower-case letters, digits and '-', at most 63 long")
]
"""A Kubernetes object's name (RFC 1123 label)."""

JobName = Annotated[
    str,
    _text(
        "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$",
        "a name that starts with a letter, of lower-case letters, digits and '-', at most 63 long",
    ),
]
"""A name that becomes a Service's (RFC 1035 label)."""

EksctlName = Annotated[
    str,
    _text("^[A-Za-z0-9][-A-Za-z0-9]{0,99}$", "a name of letters, digits and '-', at most 100 long"),
]
"""A cluster's name as eksctl takes it."""

NodeGroupName = Annotated[
    str,
    _text(
        "^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$",
        "a name of letters, digits and '-', at most 63 long",
    ),
]
"""A node group's name, which its nodes carry as a label's value."""

Region = Annotated[str, _text(f"^{_REGION}$", "an AWS region such as us-east-1")]
AvailabilityZone = Annotated[
    str,
    _text(f"^{_REGION}(-[a-z]+-[0-9]+)?[a-z]$", "an availability zone such as us-east-1c"),
]
VpcId = Annotated[str, _text(f"^vpc-{_HEX}$", "a VPC's id such as vpc-0123456789abcdef0")]
SubnetId = Annotated[
    str, _text(f"^subnet-{_HEX}$", "a subnet's id such as subnet-0123456789abcdef0")
]
SecurityGroupId = Annotated[
    str, _text(f"^sg-{_HEX}$", "a security group's id such as sg-0123456789abcdef0")
]
FileSystemId = Annotated[
    str, _text("^fs-[0-9a-f]{8,17}$", "a file system's id such as fs-0123456789abcdef0")
]
CapacityReservationId = Annotated[
    str, _text(f"^cr-{_HEX}$", "a capacity reservation's id such as cr-0123456789abcdef0")
]
MountName = Annotated[
    str, _text("^[A-Za-z0-9_-]{1,8}$", "an FSx mount name: up to 8 letters, digits, '_' or '-'")
]
Arn = Annotated[
    str, _text("^arn:aws[a-z-]*:[!-~]+$", "an ARN such as arn:aws:iam::123456789012:role/name")
]
Cidr = Annotated[
    str,
    _text(
        f"^{_OCTET}([.]{_OCTET}){{3}}/(3[0-2]|[12]?[0-9])$", "a CIDR block such as 192.168.0.0/16"
    ),
]
S3Path = Annotated[
    str,
    _text(
        "^s3://[a-z0-9][-a-z0-9.]{1,61}[a-z0-9](/[^\\r\\n]*)?$",
        "an S3 path such as s3://bucket/prefix",
        900,
    ),
]
InstanceType = Annotated[
    str, _text("^[a-z][-a-z0-9]*[.][a-z0-9-]+$", "an EC2 instance type such as p5.48xlarge")
]
KubernetesVersion = Annotated[str, _text("^1[.][0-9]{1,2}$", 'a Kubernetes version such as "1.35"')]
Version = Annotated[
    str,
    _text(
        "^[0-9]{1,6}[.][0-9]{1,6}([.][0-9]{1,6})?(-[0-9A-Za-z.]{1,20})?$",
        "a version such as 0.20.0",
    ),
]
Quantity = Annotated[
    str,
    _text(
        "^[0-9]{1,15}([.][0-9]{1,9})?([KMGTPE]i|[kMGTPE])?$",
        "a quantity with its unit, such as 4800Gi",
    ),
]
"""Bytes in Kubernetes' notation."""

Amount = Annotated[
    str,
    _text(
        "^[0-9]{1,15}([.][0-9]{1,9})?([KMGTPE]i|[mkMGTPE])?$",
        "an amount of a resource, such as 500m or 64Gi",
    ),
]
"""An amount of a resource in Kubernetes' notation."""

Image = Annotated[
    str,
    _text(
        "^[A-Za-z0-9]([A-Za-z0-9._/:@-]*[A-Za-z0-9])?$",
        "a container image such as docker.io/me/train:1.0",
        512,
    ),
]
AbsolutePath = Annotated[str, _text("^/[^\\x00:]*$", "an absolute path such as /fsx", 4096)]
EnvName = Annotated[
    str, _text("^[A-Za-z_][A-Za-z0-9_]*$", "an environment variable's name such as NCCL_DEBUG")
]
ObjectName = Annotated[
    str,
    _text(
        "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$",
        "a name of lower-case letters, digits, '-' and '.', at most 253 long",
    ),
]
"""A Kubernetes object's name (RFC 1123 subdomain)."""

ClassName = Annotated[
    str,
    _text(
        "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$",
        "a name of lower-case letters, digits, '-' and '.', or \"\" for none",
    ),
]
"""The name of a StorageClass, or the empty one that no class has."""

DataKey = Annotated[
    str, _text("^[-._a-zA-Z0-9]{1,253}$", "a key of letters, digits, '-', '_' and '.'")
]
"""A key of a Secret or ConfigMap."""

AmiId = Annotated[
    str,
    _text(
        "^(ami-[0-9a-f]{1,17}|auto|auto-ssm|static)$", "an image's id such as ami-0123456789abcdef0"
    ),
]
AddonVersion = Annotated[
    str,
    _text(
        "^(latest|v?[0-9]+[.][0-9]+[.][0-9]+[-+._0-9A-Za-z]*)$",
        "an add-on's version such as v1.19.0-eksbuild.1, or latest",
    ),
]
ShmSize = Annotated[
    str,
    _text(
        "^(0|[0-9]{1,15}([.][0-9]{1,9})?([KMGTPE]i|[kMGTPE]))$",
        'a size such as 64Gi, or "0" for none',
    ),
]
RuleId = Annotated[str, _text("^DT[0-9]{3}$", "a rule's id such as DT412")]
JsonPointer = Annotated[
    str, _text("^(/[^\\x00]*)?$", "a JSON pointer such as /spec/slotsPerWorker")
]

LabelKey = Annotated[
    str,
    _text(
        f"^({_LABEL}([.]{_LABEL})*/)?{_QUALIFIED}$",
        "a name with or without a prefix, such as example.com/team or nvidia.com/gpu",
        317,
    ),
]
"""A key of labels, annotations, taints or resources (a qualified name)."""

LabelValue = Annotated[
    str,
    _text(
        f"^({_QUALIFIED})?$",
        "a label's value: up to 63 letters, digits, '-', '_' or '.', a letter or digit at each end",
    ),
]
ResourceName = LabelKey
SubnetKey = Annotated[str, Field(min_length=1, max_length=255)]
TagKey = Annotated[str, Field(min_length=1, max_length=128)]
TagValue = Annotated[str, Field(max_length=256)]

Labels = dict[LabelKey, LabelValue]
Tags = dict[TagKey, TagValue]
Annotations = dict[LabelKey, str]
Resources = dict[ResourceName, Annotated[int, Field(ge=0)] | Amount]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Positive = Annotated[int, Field(ge=1, le=2**31 - 1)]
