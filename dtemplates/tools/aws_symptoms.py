"""Symptoms of credentials, clusters, node groups and file systems, as AWS and eksctl tell them.

Words and causes: upstream's issues and documentation, as each row names them.
"""

from __future__ import annotations

from dtemplates.tools.symptom import symptom

AWS = (
    symptom(
        r"SSO session…expired|error loading SSO token|ExpiredToken"
        r"|token (included in the request )?(is|has) (expired|invalid)"
        r"|InvalidClientTokenId|UnrecognizedClientException",
        "renew the AWS credentials: `aws sso login`, or a new session",
        "AWS CLI user guide",
    ),
    symptom(
        r"config profile…could not be found",
        "name a profile that is there by AWS_PROFILE: `aws configure list-profiles`",
        "AWS CLI user guide",
    ),
    symptom(
        r"unable to locate credentials|no (valid )?credential|NoCredentialProviders"
        r"|failed to (refresh|retrieve|get) (cached )?credentials|no EC2 IMDS role found"
        r"|exec: executable \S+ failed with exit code",
        "give AWS credentials: `aws configure`, `aws sso login`, or AWS_PROFILE",
        "AWS CLI user guide",
    ),
    # Cluster and node groups
    symptom(
        r"UnsupportedAvailabilityZoneException"
        r"|does not currently have sufficient capacity to support",
        "choose other zones for the control plane; us-east-1e has none",
        "eksctl #817",
        final=True,
    ),
    symptom(
        r"InsufficientInstanceCapacity|we currently do not have sufficient",
        "try another zone, a capacity reservation, or a Capacity Block; then apply again",
        "EC2 user guide, insufficient instance capacity",
    ),
    symptom(
        r"VcpuLimitExceeded|more vCPU capacity than your current vCPU limit",
        "ask for a higher quota of the instance family: Service Quotas, EC2, Running On-Demand",
        "EC2 user guide, instance quotas",
        final=True,
    ),
    symptom(
        r"not supported in your requested Availability Zone",
        "choose a zone that has the instance type: `aws ec2 describe-instance-type-offerings "
        "--location-type availability-zone`",
        "eksctl #6461",
        final=True,
    ),
    symptom(
        r"must have only one subnet or one availability zone",
        "name exactly one of availability_zones in a node group with efa",
        "eksctl, validation.go",
        final=True,
    ),
    symptom(
        r"mapping doesn't have enough subnets|subnets?…not found in cluster",
        "name zones or subnets of the node group that are in cluster.vpc",
        "eksctl #5107",
        final=True,
    ),
    symptom(
        r"is not supported for kubernetes version|no AMI found|unable to determine AMI",
        "choose another ami_family of the node group, or another cluster.kubernetes_version",
        "eksctl, defaults.go; eks-user-guide #868",
        final=True,
    ),
    symptom(
        r"InvalidKeyPair\.NotFound|key pair…does not exist|cannot find EC2 key pair",
        "import the key pair into this region, or name another in ssh.public_key_name",
        "eksctl #720",
        final=True,
    ),
    symptom(
        r"unknown field|json: unknown|strict decoding error",
        "this version of the tool does not know the field: update it, or leave the field out",
        "eksctl #8545",
        final=True,
    ),
    symptom(
        r"DependencyViolation",
        "delete what still uses the VPC, an FSx file system say, and try again",
        "eksctl #616",
    ),
    # File systems
    symptom(
        r"insufficient security group permissions to create an EFA-enabled file system",
        "let the security group's members send each other all traffic",
        "FSx for Lustre user guide",
        final=True,
    ),
    symptom(
        r"do not permit Lustre LNET network traffic|mount\.lustre…(timed out|input/output error)",
        "open TCP 988 and 1018 to 1023 between nodes and file system, both ways",
        "FSx for Lustre user guide; aws-fsx-csi-driver #32",
        final=True,
    ),
    symptom(
        r"already a disk with same (name|ID) and different size",
        "give a per_unit_storage_throughput that the deployment_type has",
        "aws-fsx-csi-driver #287",
        final=True,
    ),
    symptom(
        r"access ?denied…import path|unable to access…S3",
        "put the bucket into the cluster's region, and let FSx read it",
        "aws-eks-deep-learning-benchmark #8",
        final=True,
    ),
    symptom(
        r"not authorized to perform: fsx:|AccessDenied…fsx:|fsx:CreateFileSystem",
        "let the driver make file systems: the policy AmazonFSxFullAccess on fsx-csi-controller-sa",
        "aws-fsx-csi-driver #214",
        final=True,
    ),
)
