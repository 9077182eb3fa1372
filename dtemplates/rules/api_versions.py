"""Which Kubernetes has which version of its own APIs: until when the old, from when the new.

Source: Kubernetes' deprecated API migration guide; resource.k8s.io/v1 by the notes of 1.34, and
CSIDriver by those of 1.14 and 1.18.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

# apiVersion, kinds, the release that has them no more, what took their place.
_REMOVED = (
    ("extensions/v1beta1", "DaemonSet Deployment ReplicaSet", "1.16", "apps/v1"),
    ("extensions/v1beta1", "NetworkPolicy", "1.16", "networking.k8s.io/v1"),
    ("extensions/v1beta1", "PodSecurityPolicy", "1.16", ""),
    ("extensions/v1beta1", "Ingress", "1.22", "networking.k8s.io/v1"),
    ("apps/v1beta1", "Deployment ReplicaSet StatefulSet", "1.16", "apps/v1"),
    ("apps/v1beta2", "DaemonSet Deployment ReplicaSet StatefulSet", "1.16", "apps/v1"),
    ("batch/v2alpha1", "CronJob", "1.21", "batch/v1"),
    ("batch/v1beta1", "CronJob", "1.25", "batch/v1"),
    ("policy/v1beta1", "PodDisruptionBudget", "1.25", "policy/v1"),
    ("policy/v1beta1", "PodSecurityPolicy", "1.25", ""),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.25", "autoscaling/v2"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26", "autoscaling/v2"),
    (
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
        "1.22",
        "admissionregistration.k8s.io/v1",
    ),
    (
        "apiextensions.k8s.io/v1beta1",
        "CustomResourceDefinition",
        "1.22",
        "apiextensions.k8s.io/v1",
    ),
    ("apiregistration.k8s.io/v1beta1", "APIService", "1.22", "apiregistration.k8s.io/v1"),
    (
        "certificates.k8s.io/v1beta1",
        "CertificateSigningRequest",
        "1.22",
        "certificates.k8s.io/v1",
    ),
    ("coordination.k8s.io/v1beta1", "Lease", "1.22", "coordination.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", "Ingress IngressClass", "1.22", "networking.k8s.io/v1"),
    (
        "rbac.authorization.k8s.io/v1beta1",
        "ClusterRole ClusterRoleBinding Role RoleBinding",
        "1.22",
        "rbac.authorization.k8s.io/v1",
    ),
    ("scheduling.k8s.io/v1beta1", "PriorityClass", "1.22", "scheduling.k8s.io/v1"),
    (
        "storage.k8s.io/v1beta1",
        "CSIDriver CSINode StorageClass VolumeAttachment",
        "1.22",
        "storage.k8s.io/v1",
    ),
    ("discovery.k8s.io/v1beta1", "EndpointSlice", "1.25", "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", "Event", "1.25", "events.k8s.io/v1"),
    ("node.k8s.io/v1beta1", "RuntimeClass", "1.25", "node.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSIStorageCapacity", "1.27", "storage.k8s.io/v1"),
    *(
        (
            f"flowcontrol.apiserver.k8s.io/{version}",
            "FlowSchema PriorityLevelConfiguration",
            removed,
            "flowcontrol.apiserver.k8s.io/v1",
        )
        for version, removed in (("v1beta1", "1.26"), ("v1beta2", "1.29"), ("v1beta3", "1.32"))
    ),
)
# apiVersion, kinds, the first release that has them.
_SINCE = (
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "1.16"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "1.16"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "1.16"),
    ("autoscaling/v2", "HorizontalPodAutoscaler", "1.23"),
    ("batch/v1", "CronJob", "1.21"),
    ("certificates.k8s.io/v1", "CertificateSigningRequest", "1.19"),
    ("coordination.k8s.io/v1", "Lease", "1.14"),
    ("discovery.k8s.io/v1", "EndpointSlice", "1.21"),
    ("events.k8s.io/v1", "Event", "1.19"),
    ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema PriorityLevelConfiguration", "1.29"),
    ("networking.k8s.io/v1", "Ingress IngressClass", "1.19"),
    ("node.k8s.io/v1", "RuntimeClass", "1.20"),
    ("policy/v1", "PodDisruptionBudget", "1.21"),
    ("resource.k8s.io/v1", "DeviceClass ResourceClaim ResourceClaimTemplate", "1.34"),
    ("scheduling.k8s.io/v1", "PriorityClass", "1.14"),
    ("storage.k8s.io/v1", "CSIDriver", "1.18"),
    ("storage.k8s.io/v1", "CSINode", "1.17"),
    ("storage.k8s.io/v1", "CSIStorageCapacity", "1.24"),
    ("storage.k8s.io/v1beta1", "CSIDriver", "1.14"),
)


class Removal(NamedTuple):
    """When an API went, and the apiVersion that took its place: nothing where none did."""

    release: str
    instead: str


@cache
def _removals() -> dict[tuple[str, str], Removal]:
    return {
        (version, kind): Removal(gone, instead)
        for version, kinds, gone, instead in _REMOVED
        for kind in kinds.split()
    }


@cache
def _firsts() -> dict[tuple[str, str], str]:
    return {(version, kind): first for version, kinds, first in _SINCE for kind in kinds.split()}


def removal(api_version: str, kind: str) -> Removal | None:
    """Return when Kubernetes gave up a kind in this version; None where it has not, as known."""
    return _removals().get((api_version, kind))


def first_release(api_version: str, kind: str) -> str:
    """Return the first Kubernetes that has a kind in this version; nothing where it is not told."""
    return _firsts().get((api_version, kind), "")
