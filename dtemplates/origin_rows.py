"""Tables of which setting each value of our own manifests follows from."""

from __future__ import annotations

# Path in the manifest → settings that the value follows from, below the file's own; the first one
# that is given counts. `*` is any one part. What is not here has the same words in snake_case.
Rows = dict[str, tuple[str, ...]]

_CLUSTER: Rows = {
    # What eksctl knows of it.
    "apiVersion": ("/versions eksctl", "/stack"),
    "metadata version": ("kubernetes_version", "/stack"),
    "metadata": ("",),
    "upgradePolicy supportType": ("support_type",),
    "accessConfig authenticationMode": ("authentication_mode",),
    "vpc subnets public": ("vpc public_subnets",),
    "vpc subnets private": ("vpc private_subnets",),
    "vpc nat gateway": ("vpc nat_gateway",),
    "vpc clusterEndpoints": ("vpc",),
    "vpc publicAccessCIDRs": ("vpc public_access_cidrs",),
    "cloudWatch clusterLogging": ("cluster_logging",),
    "addons *": ("addons [name]", "/fsx"),
    "managedNodeGroups": ("/nodegroups",),
    "nodeGroups": ("/nodegroups",),
}
NODEGROUP: Rows = {
    "instanceType": ("instance_type", "instance_types"),
    "instancesDistribution instanceTypes": ("instance_types", "instance_type"),
    "instancesDistribution": ("spot", "instance_types"),
    "efaEnabled": ("efa",),
    "placement": ("placement_group",),
    "capacityReservation capacityReservationPreference": ("capacity_reservation preference",),
    "capacityReservation capacityReservationTarget capacityReservationID": (
        "capacity_reservation id",
    ),
    "capacityReservation": ("capacity_reservation",),
    "instanceMarketOptions": ("market_type",),
}
_VOLUME: Rows = {
    "metadata name": ("name",),
    "spec capacity storage": ("capacity",),
    "spec accessModes": ("access_modes",),
    "spec persistentVolumeReclaimPolicy": ("reclaim_policy",),
    "spec storageClassName": ("storage_class_name",),
    "spec mountOptions": ("mount_options",),
    "spec claimRef namespace": ("/namespace",),
    "spec csi volumeHandle": ("file_system_id", "create"),
    "spec csi volumeAttributes dnsname": ("dns_name", "file_system_id"),
    "spec csi volumeAttributes": ("mount_name", "file_system_id", "create"),
}
_CLAIM: Rows = {
    "metadata name": ("name",),
    "metadata namespace": ("/namespace",),
    "spec accessModes": ("access_modes",),
    "spec storageClassName": ("storage_class_name",),
    "spec resources requests storage": ("storage_request", "capacity"),
}
_STORAGE_CLASS: Rows = {
    "metadata name": ("storage_class_name",),
    "reclaimPolicy": ("reclaim_policy",),
    "mountOptions": ("mount_options",),
    "parameters s3ImportPath": ("dynamic import_path",),
    "parameters s3ExportPath": ("dynamic export_path",),
    "parameters securityGroupIds": ("dynamic security_group_ids",),
    "parameters metadataConfigurationMode": ("dynamic metadata_iops", "dynamic efa_enabled"),
    "parameters extraTags": ("dynamic tags",),
    "parameters": ("dynamic",),
}
_STACK: Rows = {
    "Resources LustreFileSystem Properties StorageCapacity": ("capacity",),
    "Resources LustreFileSystem Properties SubnetIds": ("create subnet_id", "create"),
    "Resources LustreFileSystem Properties LustreConfiguration": ("create",),
    "Resources LustreFileSystem Properties": ("create",),
    "Resources LustreSecurityGroup Properties VpcId": ("create vpc_id", "/cluster vpc id"),
    "Resources LustreDataRepository Properties DataRepositoryPath": ("create import_path",),
    "Resources": ("create",),
}
_POD: Rows = {
    "spec containers * image": ("image",),
    "spec containers * args": ("log_dir",),
    "spec containers * volumeMounts": ("/fsx mount_path", "/fsx"),
    "spec volumes": ("/fsx name",),
    "spec tolerations": ("/nodegroups",),
    "metadata namespace": ("/namespace",),
}
_NVIDIA: Rows = {
    "spec template spec containers * image": ("/versions nvidia_device_plugin", "/stack"),
    "spec template spec tolerations": ("/device_plugin_tolerations", "/nodegroups"),
    "": ("/nodegroups",),
}
_EFA: Rows = _NVIDIA | {
    "spec template spec containers * image": ("/versions efa_device_plugin", "/stack"),
}
_OPERATOR: Rows = {"": ("/versions mpi_operator", "/stack")}
_TILLER: Rows = {"": ("/versions helm", "/stack")}
FLAVORS: Rows = {
    "metadata name": ("name",),
    "spec nodeLabels alpha.eksctl.io/nodegroup-name": ("name",),
    "spec nodeLabels *": ("labels [key]", "instance_type", "instance_types"),
    "spec nodeTaints": ("taints",),
    "": ("",),
}
_CLUSTER_QUEUE: Rows = {
    "apiVersion": ("/versions kueue", "/stack"),
    "metadata name": ("cluster_queue",),
    "spec resourceGroups * flavors * resources *": ("quotas [above] [name]", "/nodegroups [above]"),
    "spec resourceGroups * coveredResources": ("/nodegroups",),
    "spec resourceGroups": ("quotas", "/nodegroups"),
    "": ("",),
}
LOCAL_QUEUES: Rows = {
    "metadata namespace": ("/namespace",),
    "spec clusterQueue": ("cluster_queue",),
    "": ("",),
}
_PRIORITIES: Rows = {"": ("priorities",)}
_NAMESPACE: Rows = {"": ("/namespace",)}

# A job's size, from which what it asks for follows; `[key]` is the resource itself.
_SIZE = ("gpus_per_worker", "gpus", "workers")
_EFA_SIZE = ("efa_per_worker", *_SIZE)
# Of the pod of a job's role; the launcher has some settings of its own.
_ROLE: Rows = {
    "nodeSelector": ("node_selector", "nodegroup", *_SIZE),
    "tolerations": ("tolerations", "nodegroup", "/nodegroups"),
    "containers * resources limits vpc.amazonaws.com/efa": ("limits [key]", *_EFA_SIZE),
    "containers * resources limits *": ("limits [key]", *_SIZE),
    "containers * resources requests *": ("requests [key]", *_SIZE),
    "containers * resources": _SIZE,
    "containers * env *": ("env [name]",),
    "containers * volumeMounts *": ("volumes [name]", "/fsx mount_path", "shm_size"),
    "containers * workingDir": ("working_dir",),
    "containers * imagePullPolicy": ("image_pull_policy",),
    "containers * image": ("image",),
    "volumes * persistentVolumeClaim claimName": ("volumes [above] claim_name", "/fsx name"),
    "volumes * configMap name": ("volumes [above] config_map",),
    "volumes * secret secretName": ("volumes [above] secret",),
    "volumes * emptyDir *": ("volumes [above] empty_dir", "shm_size", *_SIZE),
    "volumes *": ("volumes [name]", "/fsx name", "shm_size"),
}
_JOB: Rows = {
    "metadata namespace": ("/namespace",),
    "metadata labels kueue.x-k8s.io/queue-name": ("queue", "labels [key]"),
    "metadata labels kueue.x-k8s.io/priority-class": ("priority", "labels [key]"),
    "metadata labels": ("labels",),
    "spec slotsPerWorker": ("slots_per_worker", *_SIZE),
    "spec gpus": ("gpus",),
    "spec replicas": ("workers",),
    "spec runPolicy": ("",),
    "spec mpiReplicaSpecs Worker replicas": ("workers", "gpus"),
    "spec mpiReplicaSpecs Launcher template spec nodeSelector": ("launcher nodegroup", "nodegroup"),
    "spec mpiReplicaSpecs Launcher template spec containers * resources limits *": (
        "launcher limits [key]",
    ),
    "spec mpiReplicaSpecs Launcher template spec containers * resources requests *": (
        "launcher requests [key]",
    ),
    **{f"spec mpiReplicaSpecs * template spec {path}": to for path, to in _ROLE.items()},
    **{f"spec template spec {path}": to for path, to in _ROLE.items()},
}

# File → the settings that it is about, and its rows.
FILES: tuple[tuple[str, str, Rows], ...] = (
    ("cluster_config.yaml", "cluster", _CLUSTER),
    ("nodegroup_config.yaml", "cluster", _CLUSTER),
    ("pv_fsx.yaml", "fsx", _VOLUME),
    ("pvc_fsx.yaml", "fsx", _CLAIM),
    ("storage_class_fsx.yaml", "fsx", _STORAGE_CLASS),
    ("fsx_stack.yaml", "fsx", _STACK),
    ("attach_pvc.yaml", "attach_pvc", _POD),
    ("tensorboard.yaml", "tensorboard", _POD),
    ("nvidia_device_plugin.yaml", "nodegroups", _NVIDIA),
    ("efa_device_plugin.yaml", "nodegroups", _EFA),
    ("tiller_rbac_config.yaml", "versions", _TILLER),
    ("namespace.yaml", "namespace", _NAMESPACE),
    ("helm/mpijob/*", "versions", _OPERATOR),
    ("kueue/resource_flavors.yaml", "nodegroups", FLAVORS),
    ("kueue/cluster_queue.yaml", "kueue", _CLUSTER_QUEUE),
    ("kueue/priority_classes.yaml", "kueue", _PRIORITIES),
    ("kueue/local_queues.yaml", "kueue", LOCAL_QUEUES),
    ("jobs/*.yaml", "jobs", _JOB),
)
