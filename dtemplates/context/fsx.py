"""What templates see of the file system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dtemplates.context.cluster import partition
from dtemplates.quantities import gib
from dtemplates.settings.lustre import deployment_type, knows_mount_names, subnet_of_nodes
from dtemplates.stacks import is_first_eksctl, release

if TYPE_CHECKING:
    from dtemplates.settings.fsx import Create, Fsx, Lustre
    from dtemplates.settings.root import Settings

Context = dict[str, Any]

# auto_import_policy → events of a data repository association.
_IMPORT_EVENTS: dict[str | None, list[str]] = {
    None: [],
    "NONE": [],
    "NEW": ["NEW"],
    "NEW_CHANGED": ["NEW", "CHANGED"],
    "NEW_CHANGED_DELETED": ["NEW", "CHANGED", "DELETED"],
}
# Lustre's own traffic, in and out of the file servers (FSx for Lustre user guide).
_PORTS = ((988, 988), (1018, 1023))


def fsx_context(fsx: Fsx, settings: Settings) -> Context:
    """Return the settings of the file system, with whatever follows from them filled in."""
    versions = settings.components
    region = settings.cluster.region
    domain = "amazonaws.com.cn" if partition(region) == "aws-cn" else "amazonaws.com"
    # Drivers of the tutorial's day tie claim and volume by their class.
    by_class = not knows_mount_names(versions["fsx_csi_driver"])
    fallback = "fsx-sc" if by_class or fsx.dynamic else ""
    given = fsx.storage_class_name
    options = () if by_class else ("flock",)
    derived: Context = {
        "dns_name": fsx.dns_name or f"{fsx.file_system_id}.fsx.{region}.{domain}",
        "mount_name": None if by_class else fsx.mount_name,
        "storage_request": fsx.storage_request or fsx.capacity,
        "storage_class_name": fallback if given is None else given,
        "volume_name": None if by_class or fsx.dynamic else fsx.name,
        "reclaim_policy": fsx.reclaim_policy or "Retain",
        "mount_options": list(options if fsx.mount_options is None else fsx.mount_options),
        # Driver 0.2 asks for Kubernetes 1.14 (its compatibility matrix); the tutorial has 1.13.
        "mismatched_driver": release(versions["fsx_csi_driver"])[:2] == (0, 2)
        and release(versions["kubernetes"])[:2] == (1, 13),
    }
    if fsx.dynamic:
        derived["dynamic"] = _lustre(fsx, fsx.dynamic, settings)
    if fsx.create:
        named = {"tags": {"Name": fsx.name} | fsx.create.tags}
        new = _lustre(fsx, fsx.create, settings)
        derived["create"] = new | named | _network(fsx.create, settings)
    return fsx.model_dump(mode="json") | derived


def _lustre(fsx: Fsx, lustre: Lustre, settings: Settings) -> Context:
    kind = deployment_type(lustre, settings)
    newest = None if settings.stack == "classic" else "2.15"
    return {
        **lustre.model_dump(mode="json"),
        "deployment_type": kind,
        "storage_capacity": int(gib(fsx.capacity)),
        "storage_type": lustre.storage_type or "SSD",
        "file_system_type_version": lustre.file_system_type_version or newest,
        "subnet_id": lustre.subnet_id or subnet_of_nodes(settings),
        # PERSISTENT_2 is linked to S3 beside the file system, all others within it.
        "import_events": _IMPORT_EVENTS[lustre.auto_import_policy],
        "linked_beside": kind == "PERSISTENT_2" and lustre.import_path is not None,
        "extra_tags": ",".join(f"{key}={value}" for key, value in lustre.tags.items()),
        # The driver of the tutorial's day makes a SCRATCH_1 file system of whatever it is asked.
        "has_types": knows_mount_names(settings.components["fsx_csi_driver"]),
    }


def _network(create: Create, settings: Settings) -> Context:
    """Return the VPC, and who may reach the file system: its own servers and its clients."""
    vpc = create.vpc_id or settings.cluster.vpc.id
    clients: dict[str, Any] = {
        f"Clients{number}": group
        for number, group in enumerate(create.client_security_group_ids, 1)
    }
    if not clients:
        clients["Nodes"] = _export("SharedNodeSecurityGroup", settings)
        if not is_first_eksctl(settings.components["eksctl"]):
            # EKS puts managed nodes into a security group of the cluster's own.
            clients["ManagedNodes"] = _export("ClusterSecurityGroupId", settings)
    sources = {"Itself": {"Fn::GetAtt": ["LustreSecurityGroup", "GroupId"]}, **clients}
    lustre = [
        _rule(f"LustreFrom{who}{first}", source, "tcp", first, last)
        for who, source in sources.items()
        for first, last in _PORTS
    ]
    # EFA wants all traffic open, between servers and clients alone.
    efa = [_rule(f"EfaFrom{who}", source, "-1") for who, source in sources.items()]
    return {
        "vpc_id": vpc or _export("VPC", settings),
        "ingress": lustre + (efa if create.efa_enabled else []),
    }


def _rule(
    name: str, source: Any, protocol: str, first: int | None = None, last: int | None = None
) -> Context:
    return {
        "name": name,
        "source": source,
        "protocol": protocol,
        "from_port": first,
        "to_port": last,
    }


def _export(name: str, settings: Settings) -> Context:
    """Return an output of the stack that eksctl makes for the cluster (eksctl 0.1.40, 0.230.0)."""
    return {"Fn::ImportValue": f"eksctl-{settings.cluster.name}-cluster::{name}"}
