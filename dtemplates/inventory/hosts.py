"""The node groups that pods could run on, as far as the documents tell."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import GROUP_LABELS, TYPE_LABELS

if TYPE_CHECKING:
    from dtemplates.inventory import Inventory
    from dtemplates.inventory.nodegroups import NodeGroup
    from dtemplates.inventory.parts import Part
    from dtemplates.inventory.pods import Pod

# Kinds of Karpenter, which starts nodes that no ClusterConfig tells of.
_OTHER_NODES = ("NodePool", "Provisioner", "EC2NodeClass", "AWSNodeTemplate", "NodeClass")


class Hosts:
    """Where the pods of an inventory could run; worked out once for each pod."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        # By the id of a pod.
        self._selected: dict[int, list[NodeGroup]] = {}
        self._candidates: dict[int, list[NodeGroup]] = {}

    @cached_property
    def known(self) -> list[NodeGroup]:
        """The node groups where all nodes come from these; else none."""
        if self._inventory.of(*_OTHER_NODES):
            return []
        clusters = self._inventory.clusters
        if any(one.value_at("autoModeConfig", "enabled") is True for one in clusters):
            return []
        return self._inventory.node_groups

    @cached_property
    def share(self) -> bool:
        """Whether a device plugin is told to give a GPU to several pods."""
        return any(
            "timeSlicing" in value.text or "mps:" in value.text
            for one in self._inventory.of("ConfigMap")
            for value in one["data"].fields.values()
        )

    def selected(self, pod: Pod) -> list[NodeGroup]:
        """Return the node groups that a pod could run on by labels."""
        found = self._selected.get(id(pod))
        if found is None:
            found = [group for group in self._inventory.node_groups if pod.selects(group)]
            self._selected[id(pod)] = found
        return found

    def candidates(self, pod: Pod) -> list[NodeGroup]:
        """Return those that it could run on by labels, and accelerators if it asks.

        Where no group has what it asks for, those are returned that its labels allow for.
        """
        found = self._candidates.get(id(pod))
        if found is None:
            found = self.selected(pod)
            if pod.accelerators:
                resource = pod.accelerators[0]
                found = [one for one in found if one.accelerators(resource) != 0] or found
            self._candidates[id(pod)] = found
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
        told = self._inventory.settings is not None or bool(self.naming_labels(pod))
        return groups if told else []

    @cached_property
    def _naming(self) -> set[str]:
        keys = {*GROUP_LABELS, *TYPE_LABELS}
        for group in self._inventory.node_groups:
            keys.update(group.part["labels"].fields)
        return keys

    def naming_labels(self, pod: Pod) -> dict[str, tuple[str, Part]]:
        """Return those labels that it asks of its node and that tell node groups apart."""
        return {key: told for key, told in pod.wanted_labels.items() if key in self._naming}
