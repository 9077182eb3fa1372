"""Symptoms of the way to a cluster and of what is in it, as kubectl, helm and events tell them.

Words and causes: upstream's issues and documentation, as each row names them.
"""

from __future__ import annotations

from dtemplates.tools.symptom import symptom

KUBERNETES = (
    # The way to the cluster
    symptom(
        r"exec: executable \S+ not found",
        "install what lets kubectl in: `dtemplates doctor` tells what it is, and where to get it",
        "EKS user guide, kubeconfig",
    ),
    symptom(
        r"invalid apiVersion \"client\.authentication\.k8s\.io/v1alpha1\"",
        "kubectl 1.24 and later read no kubeconfig of eksctl 0.1: take kubectl 1.13 to 1.23",
        "Kubernetes 1.24 changelog",
        final=True,
    ),
    symptom(
        r"you must be logged in to the server|the server has asked for the client to provide cred"
        r"|\bUnauthorized\b",
        "let this IAM identity into the cluster by an access entry, or use the one that made it",
        "EKS user guide, access entries",
    ),
    symptom(
        r"current-context (is not set|must exist)|no configuration has been provided"
        r"|localhost:8080…(refused|connect)|(refused|connect)…localhost:8080"
        r"|context was not found|context…does not exist",
        "write the kubeconfig: `dtemplates apply --only kubeconfig`, or name one by --kubeconfig",
        "kubectl reference",
    ),
    symptom(
        r"unable to connect to the server|no such host|i/o timeout|connection refused"
        r"|connection to the server \S+ was refused|cluster unreachable|TLS handshake timeout"
        r"|could not connect to the endpoint|could not resolve host",
        "see that the network, a VPN say, reaches AWS and the cluster's endpoint",
        "EKS user guide, cluster endpoints",
    ),
    # Storage
    symptom(
        r"fsx\.csi\.aws\.com…not found|driver name…not found in the list of registered",
        "install the FSx CSI driver: `dtemplates apply --only fsx_csi_driver`",
        "aws-fsx-csi-driver, docs/troubleshooting.md",
    ),
    symptom(
        r"correct filesystem name",
        "set fsx.mount_name to what `aws fsx describe-file-systems` tells",
        "aws-fsx-csi-driver #437",
    ),
    symptom(
        r"dnsname is not provided",
        "give the volume the file system's DNS name: volumeAttributes.dnsname",
        "aws-fsx-csi-driver, pkg/driver/node.go",
        final=True,
    ),
    symptom(
        r"mount…no such device|unknown filesystem type 'lustre'|lustre modules loaded",
        "choose an ami_family with a Lustre client, AmazonLinux2023 say, or install one",
        "aws-fsx-csi-driver #356",
        final=True,
    ),
    symptom(
        r"no deletable volume plugin matched",
        "let the volume's reclaim policy be Retain: only what was made for a claim can be deleted",
        "aws-fsx-csi-driver #171",
    ),
    symptom(
        r"VolumePermissionChangeInProgress|consider using OnRootMismatch",
        "set fsGroupChangePolicy: OnRootMismatch beside the pod's fsGroup, or wait",
        "aws-fsx-csi-driver, docs/troubleshooting.md",
    ),
    symptom(
        r"(MountVolume|unable to attach or mount volumes)…"
        r"(timed out|DeadlineExceeded|deadline exceeded)",
        "see that file system and nodes are in one VPC and zone, and let TCP 988 pass",
        "aws-fsx-csi-driver #120",
    ),
    symptom(
        r"storageclass\.storage\.k8s\.io \S+ not found",
        "apply the StorageClass first: `dtemplates apply --only storage_class_fsx`",
        "Kubernetes documentation, persistent volumes",
    ),
    symptom(
        r"persistentvolumeclaim \S+ not found",
        "make the claim in the pod's namespace: `dtemplates apply --only pvc_fsx`",
        "Kubernetes documentation, persistent volumes",
    ),
    symptom(
        r"no persistent volumes available|size is smaller than requested or|class does not match",
        "make volume and claim agree in class, access modes and size: `dtemplates diff` shows them",
        "Kubernetes documentation, persistent volumes",
    ),
    symptom(
        r"field is immutable|spec is immutable|forbidden: …(immutable|may not (be )?change)"
        r"|updates to statefulset spec|pod updates may not change",
        "it cannot be changed in place: `dtemplates delete --only STEP`, then apply again",
        "Kubernetes API conventions",
        final=True,
    ),
    # Device plugins and scheduling
    symptom(
        r"limit must be set for non overcommitable resources",
        "give the resource under limits, equal to its request",
        "mpi-operator #25",
        final=True,
    ),
    symptom(
        r"HugePages require cpu or memory",
        "request cpu or memory along with the huge pages",
        "kubernetes #98515",
        final=True,
    ),
    symptom(
        r"no nodes available to schedule pods|\b0/0 nodes are available",
        "there are no nodes: `dtemplates scale GROUP N`",
        "Kubernetes documentation, scheduling",
        final=True,
    ),
    symptom(
        r"insufficient (nvidia\.com/gpu|vpc\.amazonaws\.com/efa|aws\.amazon\.com/neuron)",
        "free or add nodes (`dtemplates scale GROUP N`), and see that the device plugin runs: "
        "`dtemplates status`",
        "k8s-device-plugin #33",
    ),
    symptom(
        r"untolerated taint",
        "let the pods bear the nodes' taints: tolerations of the job",
        "Kubernetes documentation, taints and tolerations",
    ),
    # Images, and what pods name
    symptom(
        r"toomanyrequests|pull QPS exceeded|pull rate limit"
        r"|(ErrImagePull|ImagePullBackOff|pull)…status( code)?:? 5\d\d",
        "the registry does not serve the image now: wait, or put it into a registry of your own",
        "Kubernetes documentation, images",
    ),
    symptom(
        r"InvalidImageName|manifest unknown|repository does not exist|pull access denied"
        r"|(failed to pull|ErrImagePull)…(not found|unauthorized)|ImagePullBackOff"
        r"|ErrImageNeverPull",
        "see that the image's name and tag exist, and that the nodes may pull it",
        "Kubernetes documentation, images",
        final=True,
    ),
    symptom(
        r"ErrImagePull",
        "see that the image exists, and that the nodes may pull it",
        "Kubernetes documentation, images",
    ),
    symptom(
        r"CreateContainerConfigError|(secret|configmap) \"[^\"\n]{1,253}\" not found",
        "make the Secret or ConfigMap that the pod names, in its namespace",
        "Kubernetes documentation, secrets",
    ),
    # The MPI operator and its jobs
    symptom(
        r"annotations: Too long",
        "apply it with --server-side: its CRD is larger than an annotation may be",
        "terraform-aws-eks-blueprints #2041",
        final=True,
    ),
    symptom(
        r"no matches for kind \"?MPIJob|ensure CRDs are installed first",
        "install the operator of this MPIJob version: `dtemplates apply --only mpi_operator`",
        "mpi-operator #121; kubectl #1117",
    ),
    symptom(
        r"no matches for kind",
        "this Kubernetes does not serve the kind in this version: see cluster.kubernetes_version",
        "kubeflow #6098",
        final=True,
    ),
    symptom(
        r"Apply failed with…conflict",
        "somebody else, training-operator say, installed it: remove that one first",
        "trainer #1930",
        final=True,
    ),
    symptom(
        r"DNS-1035 label",
        "give the job a shorter name of lower-case letters, digits and hyphens",
        "mpi-operator, validation.go",
        final=True,
    ),
    symptom(
        r"not enough slots",
        "make -np at most workers times slots_per_worker",
        "mpi-operator #680",
        final=True,
    ),
    symptom(
        r"could not find (a ready )?tiller",
        "install Tiller: `dtemplates apply --only tiller`, and see that its pod runs",
        "helm #6374",
    ),
    symptom(
        r"another operation \(install/upgrade/rollback\) is in progress|has no deployed releases",
        "an earlier try is in the way: `helm list --all` shows it, `helm uninstall` removes it",
        "Helm documentation, helm upgrade",
    ),
)
