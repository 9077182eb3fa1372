"""What tools say leads to what is to be done about it, and to nothing where nothing is wrong."""

from __future__ import annotations

import time

import pytest
from standins import wording

from dtemplates.tools.symptoms import SYMPTOMS, Symptom, remedy_for, symptom_in

# What a tool says, and a part of the remedy that belongs to it.
SAID = [
    # Credentials
    ("error: exec plugin: invalid apiVersion \"client.authentication.k8s.io/v1alpha1\"",
     "kubectl 1.13 to 1.23"),
    ("Unable to locate credentials. You can configure credentials by running \"aws configure\".",
     "give AWS credentials"),
    (f"Error: {wording.STS}: {wording.GO_CREDENTIALS}", "give AWS credentials"),
    (f"[✖]  {wording.STS}: {wording.OLD_CREDENTIALS}", "give AWS credentials"),
    (f"Unable to connect to the server: {wording.NO_EXEC}", "give AWS credentials"),
    ("Unable to connect to the server: getting credentials: exec: executable "
     "aws-iam-authenticator not found", "`dtemplates doctor`"),
    ("The config profile (training) could not be found", "aws configure list-profiles"),
    ("An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security "
     "token included in the request is expired", "renew the AWS credentials"),
    ("An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The "
     "security token included in the request is invalid.", "renew the AWS credentials"),
    ("An error occurred (UnrecognizedClientException) when calling the DescribeCluster operation: "
     "The security token included in the request is invalid.", "renew the AWS credentials"),
    ("Error when retrieving token from sso: Token has expired and refresh failed",
     "renew the AWS credentials"),
    ("The SSO session associated with this profile has expired or is otherwise invalid.",
     "aws sso login"),
    # The way to the cluster
    ("error: You must be logged in to the server (Unauthorized)", "access entry"),
    ("error: You must be logged in to the server (the server has asked for the client to provide "
     "credentials)", "access entry"),
    ("The connection to the server localhost:8080 was refused - did you specify the right host or "
     "port?", "apply --only kubeconfig"),
    ("Error: Kubernetes cluster unreachable: Get \"http://localhost:8080/version\": dial tcp "
     "127.0.0.1:8080: connect: connection refused", "apply --only kubeconfig"),
    ("error: current-context must exist in order to minify", "apply --only kubeconfig"),
    ("error: context \"demo\" does not exist", "apply --only kubeconfig"),
    ("The connection to the server 0A1B.gr7.us-east-1.eks.amazonaws.com was refused - did you "
     "specify the right host or port?", "VPN"),
    ("Unable to connect to the server: dial tcp: lookup 0A1B.gr7.us-east-1.eks.amazonaws.com on "
     "10.0.0.2:53: no such host", "VPN"),
    ("Unable to connect to the server: net/http: TLS handshake timeout", "VPN"),
    ("Unable to connect to the server: dial tcp 10.0.1.2:443: i/o timeout", "VPN"),
    ("Could not connect to the endpoint URL: \"https://fsx.us-east-1.amazonaws.com/\"", "VPN"),
    # Cluster and node groups
    ("UnsupportedAvailabilityZoneException: Cannot create cluster 'demo' because us-east-1e, the "
     "targeted availability zone, does not currently have sufficient capacity to support the "
     "cluster. Retry and choose from these availability zones: us-east-1a, us-east-1b",
     "other zones for the control plane"),
    ("AWS::AutoScaling::AutoScalingGroup/NodeGroup: CREATE_FAILED – \"Could not launch On-Demand "
     "Instances. InsufficientInstanceCapacity - We currently do not have sufficient p5.48xlarge "
     "capacity in the Availability Zone you requested (us-east-1c).\"", "Capacity Block"),
    ("VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of "
     "192 allows for the instance bucket that the specified instance type belongs to",
     "Service Quotas"),
    ("Your requested instance type (p5.48xlarge) is not supported in your requested Availability "
     "Zone (us-east-1a). Please retry your request by choosing us-east-1b.",
     "describe-instance-type-offerings"),
    ("Error: managedNodeGroups[0].efaEnabled nodegroups must have only one subnet or one "
     "availability zone", "exactly one of availability_zones"),
    ("Error: mapping doesn't have enough subnets: (allSubnets=map[] AZs=[us-east-1d] subnets=[])",
     "that are in cluster.vpc"),
    ("AmazonLinux2 is not supported for Kubernetes version 1.33", "ami_family"),
    ("Error: cannot find EC2 key pair \"laptop\"", "ssh.public_key_name"),
    ("An error occurred (InvalidKeyPair.NotFound) when calling the RunInstances operation: The key "
     "pair 'laptop' does not exist", "ssh.public_key_name"),
    ("Error: couldn't create ClusterConfig from file: error unmarshaling JSON: while decoding "
     "JSON: json: unknown field \"capacityReservation\"", "update it"),
    ("Error from server (BadRequest): error when creating \"STDIN\": strict decoding error: "
     "unknown field \"spec.x\"", "update it"),
    ("AWS::EC2::Subnet/SubnetPublicUSEAST1B: DELETE_FAILED – \"The subnet 'subnet-0a' has "
     "dependencies and cannot be deleted. (Service: AmazonEC2; Status Code: 400; Error Code: "
     "DependencyViolation)\"", "still uses the VPC"),
    ("Error: creating CloudFormation stack \"eksctl-demo-cluster\": AlreadyExistsException: Stack "
     "[eksctl-demo-cluster] already exists", "look at it in CloudFormation"),
    ("An error occurred (ValidationError) when calling the CreateChangeSet operation: Stack:arn:"
     "aws:cloudformation:us-east-1:123456789012:stack/fsx/1 is in ROLLBACK_COMPLETE state and can "
     "not be updated.", "look at it in CloudFormation"),
    # File systems
    ("Insufficient security group permissions to create an EFA-enabled file system",
     "send each other all traffic"),
    ("The file system cannot be created because the security groups do not permit Lustre LNET "
     "network traffic on port 988", "open TCP 988"),
    ("Output: mount.lustre: mount fs-0.fsx.us-east-1.amazonaws.com@tcp:/abc at /mnt failed: "
     "Input/output error\nIs the MGS running?", "open TCP 988"),
    ("rpc error: code = AlreadyExists desc = there is already a disk with same ID and different "
     "size", "per_unit_storage_throughput"),
    ("BadRequest: Access denied for import path s3://data", "cluster's region"),
    ("failed to provision volume: AccessDeniedException: User: arn:aws:sts::1:assumed-role/x is "
     "not authorized to perform: fsx:CreateFileSystem", "AmazonFSxFullAccess"),
    # Volumes
    ("MountVolume.MountDevice failed for volume \"fsx\": kubernetes.io/csi: attacher.MountDevice "
     "failed to create newCsiDriverClient: driver name fsx.csi.aws.com not found in the list of "
     "registered CSI drivers", "apply --only fsx_csi_driver"),
    ("Output: mount.lustre: mount fs-0@tcp:/fsx failed: No such file or directory\n"
     "Is the MGS specification correct?\nIs 'MOUNT_NAME' the correct filesystem name?",
     "fsx.mount_name"),
    ("rpc error: code = InvalidArgument desc = dnsname is not provided", "dnsname"),
    ("MountVolume.SetUp failed for volume \"fsx\": mount failed: exit status 19\nOutput: "
     "mount.lustre: mount fs-0@tcp:/fsx at /x failed: No such device\n"
     "Are the lustre modules loaded?", "Lustre client"),
    ("error getting deleter volume plugin for volume \"fsx\": no deletable volume plugin matched",
     "Retain"),
    ("Setting volume ownership for 1/volumes is taking longer than expected, consider using "
     "OnRootMismatch", "fsGroupChangePolicy"),
    ("Unable to attach or mount volumes: unmounted volumes=[fsx], unattached volumes=[fsx]: timed "
     "out waiting for the condition", "in one VPC and zone"),
    ("MountVolume.SetUp failed for volume \"fsx\" : rpc error: code = DeadlineExceeded desc = "
     "context deadline exceeded", "in one VPC and zone"),
    ("storageclass.storage.k8s.io \"fsx\" not found", "storage_class_fsx"),
    ("0/2 nodes are available: persistentvolumeclaim \"fsx\" not found.", "pvc_fsx"),
    ("no persistent volumes available for this claim and no storage class is set", "agree"),
    ("Volume's size is smaller than requested or volume's class does not match with claim",
     "agree"),
    ("The PersistentVolumeClaim \"fsx\" is invalid: spec: Forbidden: spec is immutable after "
     "creation except resources.requests", "cannot be changed in place"),
    ("The Job \"x\" is invalid: spec.template: Invalid value: core.PodTemplateSpec{}: field is "
     "immutable", "cannot be changed in place"),
    # Scheduling
    ("spec.containers[0].resources.limits: Required value: Limit must be set for non "
     "overcommitable resources", "under limits"),
    ("spec.template.spec.containers[0].resources: Forbidden: HugePages require cpu or memory",
     "along with the huge pages"),
    ("no nodes available to schedule pods", "scale GROUP N"),
    ("0/2 nodes are available: 2 Insufficient nvidia.com/gpu. preemption: 0/2 nodes are "
     "available: 2 No preemption victims found for incoming pod.", "device plugin runs"),
    ("0/2 nodes are available: 2 Insufficient vpc.amazonaws.com/efa.", "device plugin runs"),
    ("0/2 nodes are available: 2 node(s) had untolerated taint {nvidia.com/gpu: true}.",
     "tolerations"),
    # Images
    ("Failed to pull image \"example/train:2.0\": rpc error: code = NotFound desc = failed to "
     "resolve reference \"docker.io/example/train:2.0\": docker.io/example/train:2.0: not found",
     "name and tag exist"),
    ("ImagePullBackOff: Back-off pulling image \"example/train:2.0\"", "name and tag exist"),
    ("pull access denied, repository does not exist or may require authorization",
     "name and tag exist"),
    ("ErrImagePull: failed to pull and unpack image", "that the image exists"),
    # Nor is a registry that is busy.
    ("Back-off pulling image \"example/train:1.0\": ErrImagePull: toomanyrequests: You have "
     "reached your pull rate limit", "a registry of your own"),
    ("ErrImagePull: unexpected status code: 503 Service Unavailable", "a registry of your own"),
    # A network that fails for once is no reason to give a job up.
    ("Failed to pull image \"example/train:1.0\": failed to resolve reference: dial tcp: lookup "
     "registry-1.docker.io: i/o timeout", "VPN"),
    ("Error: secret \"wandb\" not found", "in its namespace"),
    ("MountVolume.SetUp failed for volume \"config\" : configmap \"train\" not found",
     "in its namespace"),
    # The MPI operator, and charts
    ("The CustomResourceDefinition \"mpijobs.kubeflow.org\" is invalid: metadata.annotations: Too "
     "long: may not be more than 262144 bytes", "--server-side"),
    ("error: resource mapping not found for name: \"resnet\" namespace: \"\" from \"STDIN\": no "
     "matches for kind \"MPIJob\" in version \"kubeflow.org/v2beta1\"\nensure CRDs are installed "
     "first", "apply --only mpi_operator"),
    ("error: unable to recognize \"STDIN\": no matches for kind \"CustomResourceDefinition\" in "
     "version \"apiextensions.k8s.io/v1beta1\"", "cluster.kubernetes_version"),
    ("error: unable to recognize \"STDIN\": no matches for kind \"DaemonSet\" in version "
     "\"extensions/v1beta1\"", "cluster.kubernetes_version"),
    ("error: Apply failed with 1 conflict: conflict with \"training-operator\": .spec.versions",
     "training-operator"),
    ("spec.mpiReplicaSpecs: Invalid value: \"Res_Net-worker-0\": a DNS-1035 label must consist of "
     "lower case alphanumeric characters or '-'", "shorter name"),
    ("There are not enough slots available in the system to satisfy the 32 slots that were "
     "requested by the application", "slots_per_worker"),
    ("Error: could not find tiller", "apply --only tiller"),
    ("Error: could not find a ready tiller pod", "apply --only tiller"),
    ("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
     "helm list --all"),
    ("Error: UPGRADE FAILED: \"aws-fsx-csi-driver\" has no deployed releases", "helm list --all"),
    # The general
    ("An error occurred (AccessDenied) when calling the DescribeStacks operation: User: x is not "
     "authorized to perform: cloudformation:DescribeStacks", "let this identity do it"),
    ("Error from server (Forbidden): pods is forbidden: User \"trainer\" cannot list resource",
     "let this identity do it"),
    ("An error occurred (Throttling) when calling the DescribeStacks operation: Rate exceeded",
     "wait a minute"),
]  # fmt: skip

# What the project's list of checks quotes from tools, by the number of the check.
QUOTED = {
    2: "Is 'MOUNT_NAME' the correct filesystem name?",
    3: "dnsname is not provided",
    4: "do not permit Lustre LNET network traffic on port 988",
    6: "Insufficient security group permissions to create an EFA-enabled file system",
    8: "already a disk with same ID and different size",
    10: "Access denied for import path",
    12: "no persistent volumes available",
    12.5: "Volume's size is smaller than requested or volume's class does not match with claim",
    13: "no deletable volume plugin matched",
    16: "mount failed: No such device",
    17: "AccessDenied: fsx:CreateFileSystem",
    18: "driver name fsx.csi.aws.com not found",
    20: "must have only one subnet or one availability zone",
    24: "mapping doesn't have enough subnets",
    25: "UnsupportedAvailabilityZoneException",
    28: "no AMI found",
    29: "ROLLBACK_COMPLETE",
    30: "unknown field",
    35: "not enough slots",
    37: "Insufficient nvidia.com/gpu",
    40: "Limit must be set for non overcommitable resources",
    50: "no matches for kind MPIJob",
    51: "no matches for kind",
    52: "could not find tiller",
    53: "metadata.annotations: Too long: 262144",
    55: "DependencyViolation",
}

# Nothing is wrong here.
ORDINARY = """\
[ℹ]  eksctl version 0.230.0
[ℹ]  using region us-east-1
[✔]  using existing VPC (vpc-0a) and subnets (private:map[] public:map[us-east-1b:{subnet-0a}])
[!]  custom VPC/subnets will be used; if resulting cluster doesn't function as expected, review it
[ℹ]  nodegroup "gpu" will use "" [AmazonLinux2023/1.35]
[ℹ]  using Kubernetes version 1.35
[ℹ]  creating EKS cluster "demo" in "us-east-1" region with
[ℹ]  if you encounter any issues, check CloudFormation console or try 'eksctl utils describe-stacks'
[ℹ]  Kubernetes API endpoint access will use default of {publicAccess=true, privateAccess=false}
[ℹ]  CloudWatch logging will not be enabled for cluster "demo" in "us-east-1"
[ℹ]  2 sequential tasks: { create cluster control plane "demo", wait for control plane to be ready }
[ℹ]  building cluster stack "eksctl-demo-cluster"
[ℹ]  deploying stack "eksctl-demo-cluster"
[ℹ]  waiting for CloudFormation stack "eksctl-demo-cluster"
[!]  recommended policies were found for "vpc-cni" addon, but since OIDC is disabled on the cluster
[ℹ]  1 existing nodegroup(s) (cpu) will be excluded
[✔]  saved kubeconfig as "/home/me/.kube/eksctl/clusters/demo"
[ℹ]  as you are using a GPU optimized instance type you will need to install NVIDIA device plugin
[ℹ]  nodegroup "gpu" has 2 node(s)
[ℹ]  node "ip-192-168-1-2.ec2.internal" is ready
[ℹ]  kubectl command should work with "/home/me/.kube/config", try 'kubectl get nodes'
[✔]  EKS cluster "demo" in "us-east-1" region is ready
I0101 00:00:00.000000  1 request.go:601] Waited for 1.04s due to client-side throttling, not \
priority and fairness, request: GET:https://0A1B.gr7.us-east-1.eks.amazonaws.com/apis/apps/v1
Warning: resource namespaces/training is missing the last-applied-configuration annotation
Warning: spec.template.spec.nodeSelector[beta.kubernetes.io/instance-type]: deprecated since v1.17
namespace/training created
persistentvolumeclaim/fsx unchanged
secret/wandb configured
customresourcedefinition.apiextensions.k8s.io/mpijobs.kubeflow.org serverside-applied
Waiting for daemon set "nvidia-device-plugin" rollout to finish: 0 of 2 updated pods are available
daemon set "nvidia-device-plugin" successfully rolled out
pod/attach-pvc condition met
No resources found in training namespace.
Error from server (NotFound): mpijobs.kubeflow.org "resnet" not found
Release "aws-fsx-csi-driver" does not exist. Installing it now.
Release "aws-fsx-csi-driver" has been upgraded. Happy Helming!
Tiller (the Helm server-side component) has been installed into your Kubernetes Cluster.
Please note: by default, Tiller is deployed with an insecure 'allow unauthenticated users' policy.
Successfully created/updated stack - fsx
No changes to deploy. Stack fsx is up to date
Waiting for stack create/update to complete
Successfully assigned training/resnet-worker-0 to ip-192-168-1-2.ec2.internal
Successfully pulled image "example/train:1.0" in 12.3s
Started container resnet
waiting for a volume to be created, either by external provisioner "fsx.csi.aws.com" or manually
step 100 | loss 2.34 | tokens per second: 123456
""".splitlines()


@pytest.mark.parametrize(("words", "remedy"), SAID)
def test_what_is_said_leads_to_what_is_to_be_done(words: str, remedy: str) -> None:
    assert remedy in remedy_for(words)
    # Whatever is said around it.
    assert remedy in remedy_for(f"{ORDINARY[0]}\n{words}\n{ORDINARY[1]}")


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda one: one.pattern.pattern[:40])
def test_each_row_is_reached_and_says_who_says_so(symptom: Symptom) -> None:
    assert any(symptom_in(words) is symptom for words, _ in SAID)
    assert symptom.remedy.strip()
    assert symptom.source.strip()
    assert not symptom.remedy.endswith(".")


@pytest.mark.parametrize("words", QUOTED.values(), ids=[f"check {one:g}" for one in QUOTED])
def test_what_the_checks_quote_has_a_remedy(words: str) -> None:
    assert remedy_for(words)


@pytest.mark.parametrize("tool", ["eksctl", "aws", "kubectl", "helm"])
@pytest.mark.parametrize("kind", ["fail", "unreachable", "no_credentials"])
@pytest.mark.parametrize("classic", [True, False])
def test_what_any_command_can_fail_of_has_its_remedy(tool: str, kind: str, classic: bool) -> None:
    words, _ = wording.error(tool, kind, ["cloudformation", "deploy"], classic=classic)
    part = {"fail": "let this identity", "unreachable": "VPN", "no_credentials": "credentials"}
    assert part[kind] in remedy_for(words)


@pytest.mark.parametrize("line", ORDINARY)
def test_where_nothing_is_wrong_there_is_nothing_to_do(line: str) -> None:
    assert symptom_in(line) is None


def test_words_are_found_in_any_case_and_place() -> None:
    assert remedy_for("x" * 10_000 + "\nINSUFFICIENTINSTANCECAPACITY\n" + "y" * 10_000)
    assert remedy_for("") == ""


def test_words_of_lines_apart_are_not_put_together() -> None:
    assert remedy_for('stack "a"\n' + "[ℹ]  waiting\n" * 50 + "it already exists") == ""


def seconds(text: str) -> float:
    times = []
    for _ in range(2):
        started = time.process_time()
        symptom_in(text)
        times.append(time.process_time() - started)
    return min(times)


UNITS = [
    "fsx.csi.aws.com ", "driver name", "mount failed", "mount.lustre", "stack ", "subnets ",
    "config profile", "MountVolume", "AccessDenied", "failed to pull", "forbidden: ", "SSO session",
    "localhost:8080", "refused", "secret \"", "exec: executable ", "connection to the server ",
    "key pair", "context", "Apply failed with", "token ", "a", " ",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_length_alone(unit: str) -> None:
    # Halves of what rows look for; where a whole one is among them, it is found at once.
    small, large = (unit * (size // len(unit)) for size in (6_250, 100_000))
    assert seconds(large) < 64 * (seconds(small) + 0.01)
