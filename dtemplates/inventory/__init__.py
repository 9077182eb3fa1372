"""What a set of documents describes: clusters, node groups, pods, jobs, volumes, file systems.

Rules look at this alone. Documents may be anybody's: whatever is not as it should be is left out
here, for the schemas tell of it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dtemplates import clock
from dtemplates.inventory.bindings import Binding, bindings, folder
from dtemplates.inventory.clusters import Cluster, clusters
from dtemplates.inventory.environment import environment
from dtemplates.inventory.hosts import OTHER_NODES, Hosts
from dtemplates.inventory.mpijobs import MpiJob
from dtemplates.inventory.nodegroups import NodeGroup, node_groups
from dtemplates.inventory.parts import Document, Part
from dtemplates.inventory.plugins import device_plugins
from dtemplates.inventory.pod_templates import pods
from dtemplates.inventory.pods import Pod
from dtemplates.inventory.security_groups import SecurityGroup, security_groups
from dtemplates.inventory.storage import Resource, class_of, is_fsx_class, is_fsx_volume, resources
from dtemplates.stacks import STACKS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from dtemplates.settings.root import Settings

# The provisioner of classes whose volumes are made by hand.
_NONE = "kubernetes.io/no-provisioner"

__all__ = ["Document", "Inventory", "MpiJob", "NodeGroup", "Part", "Pod", "Resource"]


class Inventory:
    """The documents, by what they are; each list is made once, when it is first asked for."""

    def __init__(
        self,
        documents: Iterable[Document],
        *,
        settings: Settings | None = None,
        kubernetes: str | None = None,
        today: date | None = None,
    ) -> None:
        self.documents = tuple(documents)
        self.settings = settings
        self._kubernetes = kubernetes
        self.today = today or clock.today()

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The documents taken apart."""
        return tuple(document.part for document in self.documents)

    @cached_property
    def _by_kind(self) -> dict[str, list[Part]]:
        found: dict[str, list[Part]] = {}
        for part in self.parts:
            if isinstance(part.value, dict):
                found.setdefault(part.kind, []).append(part)
        return found

    def of(self, *kinds: str) -> list[Part]:
        """Return the documents of these kinds."""
        return [part for kind in kinds for part in self._by_kind.get(kind, ())]

    @property
    def versions(self) -> dict[str, str] | None:
        """The versions of all components, where there are settings to tell them."""
        return self.settings.components if self.settings else None

    @cached_property
    def clusters(self) -> list[Part]:
        """The ClusterConfigs; several files may describe one cluster."""
        return [one for one in self.of("ClusterConfig") if one.group == "eksctl.io"]

    def same_cluster(self, name: str) -> list[Part]:
        """Return the ClusterConfigs of the cluster of this name."""
        return [one for one in self.clusters if one.name == name]

    @cached_property
    def described(self) -> dict[tuple[str, str], Cluster]:
        """The clusters by name and region, each with all that its ClusterConfigs tell."""
        return clusters(self.clusters)

    def cluster_of(self, config: Part) -> Cluster:
        """Return the cluster that a ClusterConfig is about."""
        return self._clusters_of_documents[id(config.document)]

    @cached_property
    def _clusters_of_documents(self) -> dict[int, Cluster]:
        return {
            id(config.document): one for one in self.described.values() for config in one.configs
        }

    def neighbourhood(self, part: Part) -> str:
        """Return what is the same for documents that are applied to one cluster: their folder.

        Nothing where all of them are about one cluster. Others may be strangers, or instead of
        each other, as those of dev and prod are.
        """
        return "" if self._is_one else folder(part)

    @cached_property
    def _is_one(self) -> bool:
        return self.settings is not None or len(self.described) == 1

    def beside(self, part: Part, others: Iterable[Part]) -> list[Part]:
        """Return those that are applied to the same cluster as a document, or may be."""
        if self._is_one:
            return list(others)
        place = folder(part)
        return [one for one in others if folder(one) == place]

    def told_kubernetes(self, part: Part) -> str | None:
        """Return the Kubernetes version of a document's cluster, where it is given or told."""
        if self._kubernetes is not None:
            return self._kubernetes
        clusters = (self.cluster_of(one) for one in self.beside(part, self.clusters))
        return next((version.text for one in clusters for version in one.versions), None)

    def kubernetes(self, part: Part) -> str:
        """Return the Kubernetes version of a document's cluster: as told, or today's stack's."""
        return self.told_kubernetes(part) or STACKS["current"]["kubernetes"]

    @cached_property
    def node_groups(self) -> list[NodeGroup]:
        """The node groups of all clusters."""
        corrections = self.settings.instance_types if self.settings else {}
        return [
            group
            for config in self.clusters
            for group in node_groups(config, self.cluster_of(config).zones_by_name, corrections)
        ]

    @cached_property
    def _pods(self) -> dict[int, tuple[Pod, ...]]:
        """By the id of a document: its pods."""
        return {
            id(part): tuple(pods(part, kind))
            for kind, parts in self._by_kind.items()
            for part in parts
        }

    @cached_property
    def pods(self) -> list[Pod]:
        """The pods of all documents, those of jobs among them."""
        return [pod for found in self._pods.values() for pod in found]

    def pods_of(self, kind: str) -> list[Pod]:
        """Return the pods of the documents of a kind."""
        return [pod for part in self.of(kind) for pod in self._pods[id(part)]]

    @cached_property
    def jobs(self) -> list[MpiJob]:
        """The MPIJobs."""
        return [
            MpiJob(part, self._pods[id(part)])
            for part in self.of("MPIJob")
            if part.group == "kubeflow.org"
        ]

    @cached_property
    def plugins(self) -> dict[str, list[Pod]]:
        """The DaemonSets of device plugins, by the resource that they are for."""
        return device_plugins(self.pods_of("DaemonSet"))

    @cached_property
    def hosts(self) -> Hosts:
        """The node groups that pods could run on."""
        others, maps = self.of(*OTHER_NODES), self.of("ConfigMap")
        all_told = self.settings is not None
        return Hosts(self.node_groups, self.clusters, others, maps, are_all=all_told)

    def environment(self, name: str) -> list[tuple[Pod, str, Part]]:
        """Return each value of a variable, with the pod whose processes get it and its place."""
        return self._environment.get(name, [])

    @cached_property
    def _environment(self) -> dict[str, list[tuple[Pod, str, Part]]]:
        return environment(self.jobs, self.pods)

    @cached_property
    def fsx_volumes(self) -> list[Part]:
        """The PersistentVolumes of the FSx CSI driver."""
        return [one for one in self.of("PersistentVolume") if is_fsx_volume(one)]

    @cached_property
    def fsx_classes(self) -> list[Part]:
        """The StorageClasses whose volumes the FSx CSI driver makes."""
        return [one for one in self.of("StorageClass") if is_fsx_class(one)]

    @cached_property
    def claims(self) -> list[Part]:
        """The PersistentVolumeClaims."""
        return self.of("PersistentVolumeClaim")

    @cached_property
    def resources(self) -> list[Resource]:
        """The resources of all CloudFormation templates."""
        return [one for part in self.of("") for one in resources(part)]

    @cached_property
    def _templates(self) -> dict[int, list[Resource]]:
        found: dict[int, list[Resource]] = {}
        for one in self.resources:
            found.setdefault(one.template_id, []).append(one)
        return found

    def resources_beside(self, resource: Resource) -> list[Resource]:
        """Return all resources of the template that a resource is in."""
        return self._templates.get(resource.template_id, [])

    @cached_property
    def security_groups(self) -> dict[int, list[SecurityGroup]]:
        """The security groups of each CloudFormation template, by `Resource.template_id`."""
        return {key: security_groups(found) for key, found in self._templates.items()}

    @cached_property
    def file_systems(self) -> list[Resource]:
        """The Lustre file systems of CloudFormation templates."""
        return [
            one
            for one in self.resources
            if one.type == "AWS::FSx::FileSystem"
            and one.properties["FileSystemType"].text in ("", "LUSTRE")
        ]

    @cached_property
    def bindings(self) -> list[Binding]:
        """The claims whose volumes are known."""
        made = {one.name for one in self.of("StorageClass") if one["provisioner"].text != _NONE}
        volumes = self.of("PersistentVolume")
        return list(bindings(self.claims, volumes, made, self.neighbourhood))

    @cached_property
    def fsx_claim_names(self) -> set[tuple[str, str]]:
        """Namespace and name of the claims that are of FSx for Lustre."""
        classes = {one.name for one in self.fsx_classes}
        classes |= {class_of(one) for one in self.fsx_volumes} - {""}
        found = [one for one in self.claims if class_of(one) in classes]
        found += [one.claim for one in self.bindings if is_fsx_volume(one.volume)]
        return {(one.namespace, one.name) for one in found}
