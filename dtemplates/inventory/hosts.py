"""The node groups that pods could run on, as far as the documents tell."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dtemplates.inventory.nodegroups import EKS_GROUP_LABEL, GROUP_LABELS, TYPE_LABELS
from dtemplates.suggestions import misspelt

if TYPE_CHECKING:
    from dtemplates.inventory.nodegroups import NodeGroup
    from dtemplates.inventory.parts import Part
    from dtemplates.inventory.pods import Pod

# Beginnings of labels that nodes of any group may have: of Kubernetes, EKS and eksctl, and of what
# looks at devices.
_OF_ALL_NODES = (
    "kubernetes.io/",
    "beta.kubernetes.io/",
    "node.kubernetes.io/",
    "topology.kubernetes.io/",
    "failure-domain.beta.kubernetes.io/",
    "topology.k8s.aws/",
    "eks.amazonaws.com/",
    "alpha.eksctl.io/",
    "feature.node.kubernetes.io/",
    "nvidia.com/",
)
# One of those that tells that others than a node group's nodes are meant.
_COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
# What instance types look like.
_TYPE = re.compile(
    r"[a-z][a-z0-9-]*\.(?:nano|micro|small|medium|large|[0-9]*xlarge|metal[a-z0-9-]*)\Z"
)
# Kinds of Karpenter, which starts nodes that no ClusterConfig tells of.
OTHER_NODES = ("NodePool", "Provisioner", "EC2NodeClass", "AWSNodeTemplate", "NodeClass")


class Hosts:
    """Where pods could run; worked out once for all that ask for the same.

    `groups` are the node groups of the ClusterConfigs `clusters`; `provisioners` are documents of
    OTHER_NODES. `are_all` tells that there are no other groups than these.
    """

    def __init__(
        self,
        groups: list[NodeGroup],
        clusters: list[Part],
        provisioners: list[Part],
        config_maps: list[Part],
        *,
        are_all: bool,
    ) -> None:
        self._groups, self._are_all = groups, are_all
        auto = any(one.value_at("autoModeConfig", "enabled") is True for one in clusters)
        # The node groups where all nodes come from these; else none.
        self.known = [] if provisioners or auto else groups
        self._config_maps = config_maps
        # By what a pod asks of its nodes.
        self._selected: dict[tuple[Any, ...], list[NodeGroup]] = {}
        self._candidates: dict[tuple[Any, ...], list[NodeGroup]] = {}
        self._selects: dict[tuple[Any, ...], bool] = {}
        self._elsewhere: dict[tuple[Any, ...], bool] = {}
        # By a label's key.
        self._values: dict[str, list[str] | None] = {}

    @cached_property
    def share(self) -> bool:
        """Whether a device plugin is told to give a GPU to several pods."""
        return any(
            "timeSlicing" in value.text or "mps:" in value.text
            for one in self._config_maps
            for value in one["data"].fields.values()
        )

    def selects(self, pod: Pod, group: NodeGroup) -> bool:
        """Return whether a group's nodes have all labels that a pod asks for and that are known."""
        key = (pod.selection, id(group))
        found = self._selects.get(key)
        if found is None:
            found = self._selects[key] = pod.selects(group)
        return found

    def selected(self, pod: Pod) -> list[NodeGroup]:
        """Return the node groups that a pod could run on by labels; none if it asks for others."""
        found = self._selected.get(pod.selection)
        if found is None:
            groups = [] if self.elsewhere(pod) else self._groups
            # A label that is known of some groups is none of the others.
            own = self.naming_labels(pod).keys() - {*TYPE_LABELS}
            found = [one for one in groups if own <= one.labels.keys() and self.selects(pod, one)]
            self._selected[pod.selection] = found
        return found

    def candidates(self, pod: Pod) -> list[NodeGroup]:
        """Return those that it could run on by labels, and accelerators if it asks.

        Where no group has what it asks for, those are returned that its labels allow for.
        """
        if pod.accelerators is None:
            return self.selected(pod)
        resource = pod.accelerators[0]
        found = self._candidates.get((pod.selection, resource))
        if found is None:
            selected = self.selected(pod)
            found = [one for one in selected if one.accelerators(resource) != 0] or selected
            self._candidates[pod.selection, resource] = found
        return found

    def of(self, pod: Pod) -> list[NodeGroup]:
        """Return those that a pod with accelerators could run on; none where nothing tells.

        Those that have none of its accelerators count where the pod names them, or where settings
        tell that there are no others.
        """
        if pod.accelerators is None or not self.known:
            return []
        groups = self.candidates(pod)
        resource = pod.accelerators[0]
        if any(group.accelerators(resource) != 0 for group in groups):
            return groups
        told = self._are_all or bool(self.naming_labels(pod))
        return groups if told else []

    def elsewhere(self, pod: Pod) -> bool:
        """Return whether a pod asks for nodes that no group here tells of, and there may be some.

        With settings there are none.
        """
        if self._are_all:
            return False
        found = self._elsewhere.get(pod.selection)
        if found is None:
            found = any(self._is_others(key, values) for key, values in pod.wanted_values)
            self._elsewhere[pod.selection] = found
        return found

    def _is_others(self, key: str, values: frozenset[str]) -> bool:
        known = self.values(key)
        if key in TYPE_LABELS and known is not None:
            meant = (value in known or is_no_type(value, known) for value in values)
            return bool(values) and not any(meant)
        return self.is_foreign(key)

    def is_foreign(self, key: str) -> bool:
        """Return whether nodes that have this label are of no group here."""
        if key == _COMPUTE_TYPE:
            return True
        return not key.startswith(_OF_ALL_NODES) and self.values(key) == []

    def values(self, key: str) -> list[str] | None:
        """Return the values of a label on nodes of the groups; None where some are not known."""
        if key not in self._values:
            self._values[key] = self._found(key)
        return self._values[key]

    def _found(self, key: str) -> list[str] | None:
        groups = self._groups
        if key == EKS_GROUP_LABEL:
            return [group.name for group in groups if group.managed]
        if key in TYPE_LABELS and not all(group.types for group in groups):
            return None
        found = (group.labels.get(key, ()) for group in groups)
        return list(dict.fromkeys(value for values in found for value in values))

    @cached_property
    def _naming(self) -> set[str]:
        keys = {*GROUP_LABELS, *TYPE_LABELS}
        for group in self._groups:
            keys.update(group.part["labels"].fields)
        return keys

    def naming_labels(self, pod: Pod) -> dict[str, tuple[str, Part]]:
        """Return those labels that it asks of its node and that tell node groups apart."""
        return {key: told for key, told in pod.wanted_labels.items() if key in self._naming}


def is_no_type(name: str, known: list[str]) -> bool:
    """Return whether an instance type of this name cannot be, and is a slip for a known one."""
    return not _TYPE.match(name) and bool(misspelt(name, known))
