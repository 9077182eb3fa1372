"""The FSx CSI driver: whether it is there, and may do what it is to do (DT1…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.clusters import FSX_ADDON, POD_IDENTITY_AGENT, addons
from dtemplates.inventory.storage import FSX_DRIVER
from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.csi_driver import csi_driver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.inventory import Inventory, NodeGroup, Part

_ACCOUNT = "fsx-csi-controller-sa"
# Any of these on the add-on lets the driver call the API of FSx.
_GRANTS = (
    *("podIdentityAssociations", "serviceAccountRoleARN", "attachPolicyARNs", "attachPolicy"),
    *("wellKnownPolicies", "useDefaultPodIdentityAssociations"),
)
# These on a node group may, for nobody knows what is in them.
_UNKNOWN_GRANTS = ("instanceRoleARN", "instanceProfileARN", "attachPolicy")


# The policy that is asked for, in the words of settings.
_POLICY = "arn:aws:iam::aws:policy/AmazonFSxFullAccess"


def _by_neighbourhood(inventory: Inventory, parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the first of each neighbourhood: the clusters there are what it is held against."""
    seen: dict[str, Part] = {}
    for part in parts if inventory.clusters else ():
        if seen.setdefault(inventory.neighbourhood(part), part) is part:
            yield part


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
    for one in _by_neighbourhood(inventory, inventory.fsx_classes):
        clusters = inventory.beside(one, inventory.clusters)
        documents = {id(cluster.document) for cluster in clusters}
        groups = [group for group in inventory.node_groups if id(group.part.document) in documents]
        if _is_granted(inventory, clusters, groups):
            continue
        addon = next(iter(addons(clusters, FSX_ADDON)), None)
        message = f"nothing lets the driver make file systems for class {one.name}"
        if addon is not None:
            remedy = f"give the add-on attach_policy_arns: [{_POLICY}]"
            yield Breach(
                addon["podIdentityAssociations"],
                message,
                remedy if inventory.settings else "",
                (addon, one["provisioner"]),
            )
        elif groups and (inventory.settings or not _may_be_granted_later(clusters)):
            yield _group_without_policy(inventory, groups[0], message, one["provisioner"])


def _group_without_policy(
    inventory: Inventory, group: NodeGroup, message: str, provisioner: Part
) -> Breach:
    policies = group.part.at("iam", "withAddonPolicies")
    remedy = f"give node group {group.name} the add-on policy fsx"
    if inventory.settings:
        remedy = f"give node group {group.name} iam.with_addon_policies.fsx: true"
    return Breach(policies["fsx"], message, remedy, (policies, provisioner))


def _is_granted(inventory: Inventory, clusters: list[Part], groups: list[NodeGroup]) -> bool:
    """Return whether anything may let the driver call the API of FSx."""
    for cluster in clusters:
        if cluster.at("addonsConfig", "autoApplyPodIdentityAssociations").is_true:
            return True
        accounts = [one.name for one in cluster.at("iam", "serviceAccounts").items]
        pods = cluster.at("iam", "podIdentityAssociations").items
        if _ACCOUNT in (*accounts, *(one["serviceAccountName"].text for one in pods)):
            return True
    drivers = addons(clusters, FSX_ADDON)
    if any(addon[name].value for addon in drivers for name in _GRANTS):
        return True
    if any(_grants(group) for group in groups):
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


def _may_be_granted_later(clusters: list[Part]) -> bool:
    """Return whether roles for service accounts are prepared, which a command can add to."""
    agent = addons(clusters, POD_IDENTITY_AGENT)
    return bool(agent) or any(one.at("iam", "withOIDC").is_true for one in clusters)


@rule(
    "DT121",
    "warning",
    symptom='Claims are Pending and pods wait: "driver name fsx.csi.aws.com not found in the list '
    'of registered CSI drivers".',
    remedy=f"list the add-on {FSX_ADDON}, or install the driver by Helm",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/docs/install.md",
)
def driver_is_installed(inventory: Inventory) -> Iterator[Breach]:
    """The CSI driver is there where a volume or a class needs it."""
    settings = inventory.settings
    needing = (*inventory.fsx_volumes, *inventory.fsx_classes)
    for one in _by_neighbourhood(inventory, needing):
        clusters = inventory.beside(one, inventory.clusters)
        # Elsewhere an add-on is expected among others; without any, the driver may come otherwise.
        expected = csi_driver(settings) == "addon" if settings else bool(addons(clusters))
        if not expected or addons(clusters, FSX_ADDON) or _has_driver(inventory):
            continue
        listings = [cluster["addons"] for cluster in clusters]
        kind = "class" if one.kind == "StorageClass" else "volume"
        yield Breach(
            next(filter(None, listings), listings[0]),
            f"{kind} {one.name} needs the FSx CSI driver, and no add-on is {FSX_ADDON}",
            compared=(one, *listings),
        )


def _has_driver(inventory: Inventory) -> bool:
    """Return whether manifests of the driver are among the documents."""
    names = {one.name for one in inventory.of("CSIDriver")}
    return FSX_DRIVER in names or any("fsx-csi" in one.name for one in inventory.of("DaemonSet"))
