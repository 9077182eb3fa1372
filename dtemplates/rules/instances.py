"""Instance types that cannot be, or cannot do what is asked of them (DT2…)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dtemplates.instance_types import instance_type, known_types
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import of_settings
from dtemplates.stacks import is_first_eksctl, release
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup
    from dtemplates.inventory.parts import Part

_CARDS = "https://github.com/eksctl-io/eksctl/issues/8685"
_TABLE = "https://github.com/eksctl-io/eksctl/blob/main/pkg/utils/instance/instance_types.go"
# Sizes of families in our table that it has no figures of.
_BEYOND = {"trn2.3xlarge"}
# Accelerated types that eksctl's own table lacks: beginnings of their names, or ends.
_UNKNOWN_TO_EKSCTL = ("p6e-", "trn2u.", "trn2.3xlarge", "dl1.")
_METAL = ".metal"
# eksctl 0.230.0 dropped these (2026-08-12).
_DROPPED = ("p3.",)
_DROPPED_IN = (0, 230)
# eksctl 0.1.40 takes these alone for GPU instances (pkg/utils/utils.go).
_FIRST = ("p2", "p3")


@rule(
    "DT212",
    "error",
    symptom="eksctl refuses the group: `instance type does not support EFA`.",
    remedy="leave efaEnabled out, or choose a larger type",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html",
)
def efa_on_types_that_have_it(inventory: Inventory) -> Iterator[Breach]:
    """A node group with EFA is of instance types that have it."""
    for group in inventory.node_groups:
        for row in group.rows if group.efa else ():
            if row.efa == 0:
                larger = [one for one in _sizes(row.type, group) if _has_efa(one, group)]
                yield Breach(
                    group.part["efaEnabled"],
                    f"node group {group.name} is of {row.type}, which has no EFA",
                    f"leave efaEnabled out, or choose {larger[0]} or larger" if larger else "",
                    compared=group.type_parts,
                )


@rule(
    "DT213",
    "error",
    symptom="CloudFormation rolls the node group back: EC2 knows no such instance type.",
    remedy="choose a size that there is; settings can tell of a new one in instance_types",
    source="https://aws.amazon.com/ec2/instance-types/accelerated-computing/",
)
def sizes_that_there_are(inventory: Inventory) -> Iterator[Breach]:
    """An instance type of an accelerated family has a size that there is."""
    for group in inventory.node_groups:
        for part in group.type_parts:
            sizes = _sizes(part.text, group)
            if sizes and part.text not in {*sizes, *_BEYOND}:
                family = part.text.partition(".")[0]
                yield Breach(
                    part,
                    f"node group {group.name} is of {part.text}, which is not in the table of "
                    "instance types",
                    did_you_mean(part.text, sizes) or f"of {family} it has {', '.join(sizes)}",
                )


@rule(
    "DT214",
    "warning",
    symptom="eksctl puts an EFA on every network card, and EC2 refuses the first card's: the "
    "instances do not launch.",
    remedy="leave efaEnabled out, and give a launchTemplate that lays the interfaces out",
    source=_CARDS,
)
def efa_on_the_first_card(inventory: Inventory) -> Iterator[Breach]:
    """eksctl's EFA layout fits the instance type: its first network card has EFA."""
    for group in inventory.node_groups:
        bare = [name for name in group.types if _first_card_is_bare(name, group)]
        efa = group.part["efaEnabled"]
        if group.efa and bare:
            by_patch = "leave efa out, and let a patch give a launchTemplate with the interfaces"
            yield Breach(
                efa,
                f"the first network card of {bare[0]} has no EFA, and eksctl gives node group "
                f"{group.name} one there",
                by_patch if of_settings(inventory, efa) else "",
                group.type_parts,
            )


def _first_card_is_bare(name: str, group: NodeGroup) -> bool:
    row = instance_type(name, group.corrections)
    if row is None or row.efa is None or row.network_cards is None:
        return name.startswith("p6e-")
    return 0 < row.efa < row.network_cards


@rule(
    "DT221",
    "error",
    symptom="eksctl refuses the group: it has no such image for Inferentia and Trainium.",
    remedy="choose amiFamily: AmazonLinux2023",
    source="https://docs.aws.amazon.com/eks/latest/eksctl/custom-ami-support.html",
)
def images_for_neuron(inventory: Inventory) -> Iterator[Breach]:
    """Nodes with Inferentia or Trainium run neither Ubuntu nor Windows."""
    for group in inventory.node_groups:
        neuron = [row for row in group.rows if row.accelerators and not row.nvidia]
        family = group.part["amiFamily"]
        if neuron and group.family.startswith(("Ubuntu", "Windows")):
            yield Breach(
                family,
                f"eksctl has no image of {group.family} for {neuron[0].type}, which node group "
                f"{group.name} is of",
                "choose ami_family: AmazonLinux2023" if of_settings(inventory, family) else "",
                group.type_parts,
            )


@rule(
    "DT222",
    "warning",
    symptom="The nodes start with an image without drivers, eksctl installs no device plugin, and "
    "pods stay Pending: `Insufficient nvidia.com/gpu`.",
    remedy="give an ami with the accelerators' drivers, and install the device plugin yourself",
    source=_TABLE,
)
def types_that_eksctl_knows(inventory: Inventory) -> Iterator[Breach]:
    """An accelerated instance type is one that eksctl knows as such, or the group has an image."""
    version = (inventory.versions or {}).get("eksctl", "")
    for group in inventory.node_groups:
        if group.part["ami"] or group.part["launchTemplate"]:
            continue
        for part in group.type_parts:
            if _is_unknown_to_eksctl(part, group, version):
                eksctl = f"eksctl {version}".strip()
                yield Breach(
                    part,
                    f"{eksctl} takes {part.text}, which node group {group.name} is of, for a type "
                    "without accelerators",
                    compared=(group.part["ami"], group.part["launchTemplate"]),
                )


def _is_unknown_to_eksctl(part: Part, group: NodeGroup, version: str) -> bool:
    name = part.text
    accelerated = any(row.type == name and row.accelerators for row in group.rows)
    if version and is_first_eksctl(version):
        return accelerated and not name.startswith(_FIRST)
    if name.startswith(_DROPPED):
        return bool(version) and release(version) >= _DROPPED_IN
    return name.startswith(_UNKNOWN_TO_EKSCTL) or (accelerated and name.endswith(_METAL))


@cache
def _families() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in known_types():
        found.setdefault(name.partition(".")[0], []).append(name)
    return found


def _sizes(name: str, group: NodeGroup) -> list[str]:
    """Return the known types of an instance type's family."""
    family, dot, _ = name.partition(".")
    own = [one for one in group.corrections if one.startswith(f"{family}.")]
    return [*_families().get(family, ()), *own] if dot else []


def _has_efa(name: str, group: NodeGroup) -> bool:
    row = instance_type(name, group.corrections)
    return bool(row and row.efa)
