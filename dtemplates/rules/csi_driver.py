"""The FSx CSI driver: whether it is there, and may do what it is to do (DT1…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.storage import FSX_DRIVER
from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.csi_driver import csi_driver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part

_ADDON = "aws-fsx-csi-driver"
_ACCOUNT = "fsx-csi-controller-sa"
_AGENT = "eks-pod-identity-agent"
# Any of these on the add-on lets the driver call the API of FSx.
_GRANTS = (
    *("podIdentityAssociations", "serviceAccountRoleARN", "attachPolicyARNs", "attachPolicy"),
    *("wellKnownPolicies", "useDefaultPodIdentityAssociations"),
)
# These on a node group may, for nobody knows what is in them.
_UNKNOWN_GRANTS = ("instanceRoleARN", "instanceProfileARN", "attachPolicy")


def _addons(inventory: Inventory) -> list[Part]:
    return [one for cluster in inventory.clusters for one in cluster["addons"].items]


@rule(
    "DT120",
    "error",
    symptom='The claim is Pending: "AccessDeniedException … is not authorized to perform: '
    'fsx:CreateFileSystem", or fsx:TagResource.',
    remedy="give the add-on podIdentityAssociations with AmazonFSxFullAccess for kube-system, "
    f"{_ACCOUNT}; or the node groups the add-on policy fsx",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/issues/214",
)
def may_make_file_systems(inventory: Inventory) -> Iterator[Breach]:
    """The driver may call the API of FSx where it is to make file systems."""
    classes = inventory.fsx_classes
    addons = _addons(inventory)
    if not classes or not (inventory.node_groups or addons) or _is_granted(inventory):
        return
    addon = next((one for one in addons if one["name"].text == _ADDON), None)
    message = f"nothing lets the driver make file systems for class {classes[0].name}"
    if addon is not None:
        yield Breach(addon["name"], message, compared=(classes[0]["provisioner"],))
    elif inventory.node_groups and (inventory.settings or not _may_be_granted_later(inventory)):
        group = inventory.node_groups[0]
        policies = group.part.at("iam", "withAddonPolicies")
        yield Breach(
            next(filter(None, (policies["fsx"], policies, group.part["iam"])), group.part),
            message,
            f"give node group {group.name} the add-on policy fsx",
            (classes[0]["provisioner"],),
        )


def _is_granted(inventory: Inventory) -> bool:
    """Return whether anything may let the driver call the API of FSx."""
    for cluster in inventory.clusters:
        if cluster.at("addonsConfig", "autoApplyPodIdentityAssociations").is_true:
            return True
        accounts = [one.name for one in cluster.at("iam", "serviceAccounts").items]
        pods = cluster.at("iam", "podIdentityAssociations").items
        if _ACCOUNT in (*accounts, *(one["serviceAccountName"].text for one in pods)):
            return True
    for addon in _addons(inventory):
        if addon["name"].text == _ADDON and any(addon[name].value for name in _GRANTS):
            return True
    if any(_grants(group) for group in inventory.node_groups):
        return True
    annotated = (
        one.at("metadata", "annotations", "eks.amazonaws.com/role-arn")
        for one in inventory.of("ServiceAccount")
        if one.name == _ACCOUNT
    )
    return any(annotated)


def _grants(group: NodeGroup) -> bool:
    iam = group.part["iam"]
    if iam.at("withAddonPolicies", "fsx").is_true or any(iam[name] for name in _UNKNOWN_GRANTS):
        return True
    # AWS' own policies have telling names; nobody knows what is in others.
    return any(
        "FSx" in one or "AdministratorAccess" in one or ":iam::aws:" not in one
        for one in iam["attachPolicyARNs"].texts
    )


def _may_be_granted_later(inventory: Inventory) -> bool:
    """Return whether roles for service accounts are prepared, which a command can add to."""
    agent = any(one["name"].text == _AGENT for one in _addons(inventory))
    return agent or any(one.at("iam", "withOIDC").is_true for one in inventory.clusters)


@rule(
    "DT121",
    "warning",
    symptom='Claims are Pending and pods wait: "driver name fsx.csi.aws.com not found in the list '
    'of registered CSI drivers".',
    remedy=f"list the add-on {_ADDON}, or install the driver by Helm",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/docs/install.md",
)
def driver_is_installed(inventory: Inventory) -> Iterator[Breach]:
    """The CSI driver is there where a volume or a class needs it."""
    needing = (*inventory.fsx_volumes, *inventory.fsx_classes)
    addons = _addons(inventory)
    if not needing or not inventory.clusters or _has_driver(inventory):
        return
    settings = inventory.settings
    # Elsewhere an add-on is expected among others; without any, the driver may come otherwise.
    expected = csi_driver(settings) == "addon" if settings else bool(addons)
    if expected and all(one["name"].text != _ADDON for one in addons):
        listing = next((one for one in inventory.clusters if one["addons"]), inventory.clusters[0])
        kind = "volume" if inventory.fsx_volumes else "class"
        yield Breach(
            listing["addons"] if listing["addons"] else listing,
            f"{kind} {needing[0].name} needs the FSx CSI driver, and no add-on is {_ADDON}",
            compared=(needing[0],),
        )


def _has_driver(inventory: Inventory) -> bool:
    """Return whether manifests of the driver are among the documents."""
    names = {one.name for one in inventory.of("CSIDriver")}
    return FSX_DRIVER in names or any("fsx-csi" in one.name for one in inventory.of("DaemonSet"))
