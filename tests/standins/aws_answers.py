"""What the AWS CLI says of who asks, of subnets, clusters and file systems."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any

from standins import kubeconfigs
from standins.aws import error, region
from standins.eksctl_clusters import EKS
from standins.program import Program
from standins.wording import USER
from standins.world import ask, settle

FILTERS = {
    "vpc-id": "VpcId",
    "availability-zone": "AvailabilityZone",
    "subnet-id": "SubnetId",
    "state": "State",
    "cidr-block": "CidrBlock",
    "map-public-ip-on-launch": "MapPublicIpOnLaunch",
}


def get_caller_identity(program: Program, given: dict[str, Any]) -> dict[str, Any]:
    return {"UserId": "AIDASAMPLEUSERID00000", "Account": "123456789012", "Arn": USER}


def tags(cluster: str, role: str | None) -> dict[str, str]:
    """eksctl tags the subnets that it makes, and leaves those of others alone."""
    if role is None:
        return {}
    return {"alpha.eksctl.io/cluster-name": cluster, f"kubernetes.io/role/{role}": "1"}


def subnets(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of the clusters, and those that the test says there are."""
    known = {
        subnet: (one["zone"], place["vpc"], tags(place["name"], one["role"]))
        for place in data["clusters"].values()
        for subnet, one in place["subnets"].items()
    }
    known |= {subnet: (zone, vpc, {}) for subnet, (zone, vpc) in data["subnets"].items()}
    return [
        {
            "SubnetId": subnet,
            "AvailabilityZone": zone,
            "VpcId": vpc,
            "State": "available",
            "CidrBlock": f"192.168.{number * 32}.0/19",
            "AvailableIpAddressCount": 8187,
            "MapPublicIpOnLaunch": True,
            "OwnerId": "123456789012",
            "Tags": [{"Key": key, "Value": value} for key, value in labels.items()],
        }
        for number, (subnet, (zone, vpc, labels)) in enumerate(sorted(known.items()))
        if zone
    ]


def value(subnet: dict[str, Any], name: str) -> str:
    if name in FILTERS:
        return str(subnet[FILTERS[name]])
    labels: dict[str, str] = {one["Key"]: one["Value"] for one in subnet["Tags"]}
    return labels.get(name.removeprefix("tag:"), "")


def describe_subnets(program: Program, given: dict[str, Any]) -> dict[str, Any]:
    found = subnets(program.world.read())
    found = [one for one in found if one["AvailabilityZone"].startswith(region(given))]
    for subnet in given.get("subnet-ids") or []:
        if subnet not in [one["SubnetId"] for one in found]:
            raise error(
                "InvalidSubnetID.NotFound",
                "DescribeSubnets",
                f"The subnet ID '{subnet}' does not exist",
            )
    if "subnet-ids" in given:
        found = [one for one in found if one["SubnetId"] in given["subnet-ids"]]
    for text in given.get("filters") or []:
        name, _, values = text.removeprefix("Name=").partition(",Values=")
        if name not in FILTERS and not name.startswith("tag:"):
            reason = f"The filter '{name}' is invalid"
            raise error("InvalidParameterValue", "DescribeSubnets", reason)
        patterns = values.split(",")
        found = [
            one
            for one in found
            if any(fnmatch(value(one, name).lower(), each.lower()) for each in patterns)
        ]
    return {"Subnets": found}


def describe_cluster(program: Program, given: dict[str, Any]) -> dict[str, Any]:
    name = given["name"]
    with program.world.change() as data:
        place = data["clusters"].get(name)
        if place and place["region"] == region(given):
            if place["status"] == "DELETING":
                ask(place, lambda: data["clusters"].pop(name) and None)
            else:
                ask(place, lambda: settle(place, "ACTIVE"))
        else:
            place = None
        if name not in data["clusters"] or not place or place["status"] not in EKS:
            reason = f"No cluster found for name: {name}."
            raise error("ResourceNotFoundException", "DescribeCluster", reason)
    cluster = {
        "name": name,
        "arn": f"arn:aws:eks:{place['region']}:123456789012:cluster/{name}",
        "createdAt": "2026-11-23T10:00:00+00:00",
        "version": place["version"],
        "status": place["status"],
        "resourcesVpcConfig": {
            "subnetIds": [*place["subnets"]],
            "securityGroupIds": [place["security_group"]],
            "clusterSecurityGroupId": place["security_group"],
            "vpcId": place["vpc"],
        },
    }
    if place["status"] == "ACTIVE":
        cluster["endpoint"] = kubeconfigs.server(program, place)
    return {"cluster": cluster}


def describe_file_systems(program: Program, given: dict[str, Any]) -> dict[str, Any]:
    data = program.world.read()
    found = data["file_systems"]
    asked = given.get("file-system-ids") or sorted(found)
    for one in asked:
        if one not in found:
            reason = f"File system '{one}' does not exist."
            raise error("FileSystemNotFound", "DescribeFileSystems", reason)
    rows = []
    for one in asked:
        system = found[one]
        kind = {key: system[key] for key in ("DeploymentType", "MountName")}
        rows.append(
            {
                "OwnerId": "123456789012",
                "FileSystemId": one,
                "FileSystemType": "LUSTRE",
                "Lifecycle": system["Lifecycle"],
                "StorageCapacity": system["StorageCapacity"],
                "SubnetIds": system["SubnetIds"],
                "DNSName": f"{one}.fsx.{region(given)}.amazonaws.com",
                "LustreConfiguration": kind,
            }
        )
    return {"FileSystems": rows}
