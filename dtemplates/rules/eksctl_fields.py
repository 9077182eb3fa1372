"""Which eksctl knows which fields of a ClusterConfig.

Source: the release notes of eksctl (docs/release_notes of its repository), and for eksctl 0.1 the
types of 0.1.40 (2019-07-11).
"""

from __future__ import annotations

# Path in a ClusterConfig → the release that brought the field. `*` is each one of a list.
SINCE: dict[tuple[str, ...], str] = {
    ("iam", "podIdentityAssociations"): "0.165.0",
    ("addons", "*", "podIdentityAssociations"): "0.165.0",
    ("accessConfig",): "0.167.0",
    ("zonalShiftConfig",): "0.194.0",
    ("managedNodeGroups", "*", "nodeRepairConfig"): "0.199.0",
    ("nodeGroups", "*", "instanceMarketOptions"): "0.205.0",
    ("managedNodeGroups", "*", "instanceMarketOptions"): "0.205.0",
    ("autoModeConfig", "permissionsBoundaryARN"): "0.206.0",
    ("upgradePolicy",): "0.216.0",
    ("vpc", "controlPlaneEgressMode"): "0.228.0",
    ("metadata", "rollbackConfig"): "0.229.0",
}

# All that eksctl 0.1.40 knows, of a cluster and of a node group.
_FIRST = "apiVersion kind metadata iam vpc nodeGroups availabilityZones status"
_FIRST_GROUP = (
    "name ami amiFamily instanceType instancesDistribution availabilityZones tags "
    "privateNetworking securityGroups desiredCapacity minSize maxSize volumeSize volumeType "
    "volumeName volumeEncrypted volumeKmsKeyID maxPodsPerNode labels taints targetGroupARNs ssh "
    "iam preBootstrapCommands overrideBootstrapCommand clusterDNS kubeletExtraConfig"
)
FIRST_FIELDS = frozenset(_FIRST.split())
FIRST_GROUP_FIELDS = frozenset(_FIRST_GROUP.split())

# eksctl older than this → the oldest and the newest Kubernetes that it can make. Since 0.202.0 it
# asks EKS; up to then it had a list, which ended with what EKS offered at its time.
KUBERNETES: tuple[tuple[str, str, str], ...] = (
    ("0.2", "1.10", "1.13"),
    ("0.202.0", "1.10", "1.32"),
)
