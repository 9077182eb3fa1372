"""The commands and flags of eksctl 0.230.0 and of 0.1.40."""

from __future__ import annotations

from standins.flags import BOOL, MANY, NUMBER, VALUE

ANY = {"verbose,v": NUMBER, "color,C": VALUE, "help,h": BOOL}
AWS = {"region,r": VALUE, "profile,p": VALUE, "timeout": VALUE, "cfn-role-arn": VALUE}
FILE = {"config-file,f": VALUE}
FILTER = {"include": MANY, "exclude": MANY, "only": MANY, "only-missing": BOOL}
GET = {"output,o": VALUE, "chunk-size": NUMBER}
CLUSTER = {"cluster": VALUE, "name,n": VALUE}
KUBECONFIG = {
    "kubeconfig": VALUE,
    "auto-kubeconfig": BOOL,
    "set-kubeconfig-context": BOOL,
    "authenticator-role-arn": VALUE,
}
SIZES = {"nodes,N": NUMBER, "nodes-min,m": NUMBER, "nodes-max,M": NUMBER}
NODES = {
    **SIZES,
    "node-type,t": VALUE,
    "node-ami": VALUE,
    "node-labels": VALUE,
    "node-volume-size": NUMBER,
    "ssh-access": BOOL,
    "ssh-public-key": VALUE,
}
NEW_NODES = {
    **NODES,
    "managed": BOOL,
    "spot": BOOL,
    "instance-types": VALUE,
    "dry-run": BOOL,
    "install-nvidia-plugin": BOOL,
    "install-neuron-plugin": BOOL,
    "nodegroup-parallelism": NUMBER,
}
NEW_CLUSTER = {
    **KUBECONFIG,
    "name,n": VALUE,
    "version": VALUE,
    "tags": VALUE,
    "zones": VALUE,
    "write-kubeconfig": BOOL,
    "without-nodegroup": BOOL,
    "vpc-cidr": VALUE,
    "vpc-private-subnets": VALUE,
    "vpc-public-subnets": VALUE,
}

CURRENT = {
    "version": {**ANY, "output,o": VALUE},
    "create cluster": {**ANY, **AWS, **FILE, **NEW_NODES, **NEW_CLUSTER, "fargate": BOOL},
    "create nodegroup": {
        **ANY,
        **AWS,
        **FILE,
        **FILTER,
        **CLUSTER,
        **NEW_NODES,
        "update-auth-configmap": BOOL,
        "skip-outdated-addons-check": BOOL,
        "subnet-ids": VALUE,
    },
    "create addon": {**ANY, **AWS, **FILE, **CLUSTER, "version": VALUE, "force": BOOL},
    "get cluster": {**ANY, **AWS, **FILE, **GET, "name,n": VALUE, "all-regions,A": BOOL},
    "get nodegroup": {**ANY, **AWS, **FILE, **GET, **CLUSTER},
    "get addon": {**ANY, **AWS, **FILE, **GET, **CLUSTER},
    "scale nodegroup": {**ANY, **AWS, **FILE, **CLUSTER, **SIZES, "wait": BOOL},
    "delete nodegroup": {
        **ANY,
        **AWS,
        **FILE,
        **FILTER,
        **CLUSTER,
        "approve": BOOL,
        "wait,w": BOOL,
        "drain": BOOL,
        "disable-eviction": BOOL,
        "parallel": NUMBER,
        "max-grace-period": VALUE,
        "update-auth-configmap": BOOL,
    },
    "delete cluster": {
        **ANY,
        **AWS,
        **FILE,
        "name,n": VALUE,
        "wait,w": BOOL,
        "force": BOOL,
        "disable-nodegroup-eviction": BOOL,
        "parallel": NUMBER,
    },
    "utils write-kubeconfig": {**ANY, **AWS, **FILE, **KUBECONFIG, "cluster,c": VALUE},
}

OLD_CLUSTER = {**NEW_CLUSTER, "storage-class": BOOL, "full-ecr-access": BOOL}
CLASSIC = {
    "version": ANY,
    "create cluster": {**ANY, **AWS, **FILE, **NODES, **OLD_CLUSTER},
    "create nodegroup": {
        **ANY,
        **AWS,
        **FILE,
        **FILTER,
        **CLUSTER,
        **NODES,
        "version": VALUE,
        "update-auth-configmap": BOOL,
    },
    "get cluster": {**ANY, **AWS, **GET, "name,n": VALUE, "all-regions,A": BOOL},
    "get nodegroup": {**ANY, **AWS, **GET, **CLUSTER},
    "scale nodegroup": {**ANY, **AWS, **CLUSTER, "nodes,N": NUMBER},
    "delete nodegroup": {
        **ANY,
        **AWS,
        **FILE,
        **FILTER,
        **CLUSTER,
        "approve": BOOL,
        "wait,w": BOOL,
        "drain": BOOL,
        "update-auth-configmap": BOOL,
    },
    "delete cluster": {**ANY, **AWS, **FILE, "name,n": VALUE, "wait,w": BOOL},
    "utils write-kubeconfig": {**ANY, **AWS, **KUBECONFIG, "name,n": VALUE},
}

# What a config file already says, and what no ClusterConfig could say.
NOT_WITH_FILE = [*CLUSTER, "region", "version", "tags", "zones", "fargate", *NODES]
NOT_WITH_FILE += ["managed", "spot", "instance-types", "vpc-cidr"]
NOT_WITH_FILE += ["vpc-private-subnets", "vpc-public-subnets"]
NOT_WITHOUT_FILE = ["only", "include", "exclude", "only-missing", "approve"]
NOT_WITH_DRY_RUN = [*KUBECONFIG, "write-kubeconfig", "update-auth-configmap", "cfn-role-arn"]
NOT_WITH_DRY_RUN += ["install-neuron-plugin", "install-nvidia-plugin", "profile", "timeout"]
