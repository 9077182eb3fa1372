"""Pods that mount a file system where it cannot be, or at great length (DT1…)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dtemplates.inventory.clusters import FSX_ADDON, addons
from dtemplates.inventory.storage import FSX_DRIVER
from dtemplates.rules.rule import Breach, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part, Pod

# Their images have no Lustre client. Amazon Linux has one in its kernel, and Bottlerocket again
# since May 2024 (bottlerocket-os/bottlerocket #3459).
_WITHOUT_LUSTRE = ("ubuntu", "windows")
# What may bring it: commands, or an image of one's own.
_BRINGING = ("preBootstrapCommands", "overrideBootstrapCommand", "ami", "launchTemplate")
_FILE_POLICY = re.compile(r"fsGroupPolicy[\"']?\s*:\s*[\"']?File\b")


def _fsx_claims(pod: Pod, inventory: Inventory) -> list[Part]:
    names = inventory.fsx_claim_names
    return [one for one in pod.claims if (pod.namespace, one.text) in names]


@rule(
    "DT119",
    "error",
    symptom='The pod waits in ContainerCreating: "mount failed: No such device. Are the lustre '
    'modules loaded?".',
    remedy="use the AMI family AmazonLinux2023, or install the client by pre-bootstrap commands",
    source="https://docs.aws.amazon.com/fsx/latest/LustreGuide/install-lustre-client.html",
)
def lustre_client(inventory: Inventory) -> Iterator[Breach]:
    """The nodes of pods that mount a file system have a Lustre client."""
    told: set[int] = set()
    if not any(_lacks_lustre(group) for group in inventory.node_groups):
        return
    for pod in inventory.pods:
        claims = _fsx_claims(pod, inventory)
        groups = inventory.hosts.candidates(pod) if claims else []
        if not groups or not all(_lacks_lustre(group) for group in groups):
            continue
        for group in groups:
            if id(group) not in told:
                told.add(id(group))
                yield Breach(
                    group.part["amiFamily"],
                    f"node group {group.name} runs {group.family}, which has no Lustre client, "
                    f"and {pod.label} mounts {claims[0].text}",
                    compared=(claims[0],),
                )


def _lacks_lustre(group: NodeGroup) -> bool:
    family = group.family.lower()
    return family.startswith(_WITHOUT_LUSTRE) and not any(group.part[name] for name in _BRINGING)


@rule(
    "DT122",
    "warning",
    symptom="The pod waits in ContainerCreating while Kubernetes changes the owner of every file: "
    '"Setting volume ownership", for hours where there are many.',
    remedy="give securityContext.fsGroupChangePolicy: OnRootMismatch",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/docs/troubleshooting.md",
)
def owner_of_files(inventory: Inventory) -> Iterator[Breach]:
    """A pod with fsGroup does not have the owner of all files changed at each start."""
    for pod in inventory.pods:
        if pod.spec.value_at("securityContext", "fsGroup") is None:
            continue
        context = pod.spec["securityContext"]
        group, policy = context["fsGroup"], context["fsGroupChangePolicy"]
        if group.number is None or policy.text == "OnRootMismatch":
            continue
        for claim in _fsx_claims(pod, inventory):
            if _changes_owner(inventory, pod.namespace, claim.text):
                yield Breach(
                    policy,
                    f"{pod.label} has fsGroup {group.number}, to which every file of "
                    f"{claim.text} is given each time it starts",
                    compared=(group, claim),
                )
                break


def _changes_owner(inventory: Inventory, namespace: str, name: str) -> bool:
    """Return whether the kubelet changes owners of a claim's files.

    By the driver's own policy it does where a volume has a type of file system and is
    ReadWriteOnce, which few of FSx are; somebody may have chosen the policy File.
    """
    policies = [
        one.at("spec", "fsGroupPolicy").text
        for one in inventory.of("CSIDriver")
        if one.name == FSX_DRIVER
    ]
    configured = (one["configurationValues"].text for one in addons(inventory.clusters, FSX_ADDON))
    if "File" in policies or any(_FILE_POLICY.search(text) for text in configured):
        return True
    if "None" in policies:
        return False
    return any(
        "ReadWriteOnce" in one.volume.at("spec", "accessModes").texts
        and bool(one.volume.at("spec", "csi", "fsType").text)
        for one in inventory.bindings
        if (one.claim.namespace, one.claim.name) == (namespace, name)
    )
