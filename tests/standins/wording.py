"""The real tools' own words for what can go wrong with any command."""

from __future__ import annotations

USER = "arn:aws:iam::123456789012:user/trainer"
REQUEST = "RequestID: 7a6d2a3e-5b1c-4f0e-9d58-2c9f5c1d0b77"
GO_CREDENTIALS = (
    "operation error STS: GetCallerIdentity, get identity: get credentials: failed to refresh "
    "cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, "
    'access disabled to EC2 IMDS via client option, or "AWS_EC2_METADATA_DISABLED" environment '
    "variable"
)
OLD_CREDENTIALS = (
    "NoCredentialProviders: no valid providers in chain. Deprecated.\n"
    "\tFor verbose messaging see aws.Config.CredentialsChainVerboseErrors"
)
STS = "checking AWS STS access – cannot get role ARN for current session"
NO_AWS = 'Unable to locate credentials. You can configure credentials by running "aws configure".'
NO_EXEC = "getting credentials: exec: executable aws failed with exit code 253"


def operation(arguments: list[str]) -> str:
    """DescribeStacks, of `aws cloudformation describe-stacks`."""
    words = [one for one in arguments if not one.startswith("-")]
    name = words[1] if len(words) > 1 else "get-caller-identity"
    return {"deploy": "CreateChangeSet", "wait": "DescribeStacks"}.get(
        name, "".join(part.capitalize() for part in name.split("-"))
    )


def eksctl(kind: str, classic: bool) -> tuple[str, int]:
    if classic:
        text = {
            "fail": f"AccessDenied: User: {USER} is not authorized to perform: "
            f"cloudformation:CreateStack\n\tstatus code: 403, {REQUEST.lower()}",
            "unreachable": "RequestError: send request failed\ncaused by: Post "
            "https://eks.us-east-1.amazonaws.com/: dial tcp: lookup eks.us-east-1.amazonaws.com: "
            "no such host",
            "no_credentials": f"{STS}: {OLD_CREDENTIALS}",
        }[kind]
        return f"[✖]  {text}", 1
    text = {
        "fail": f"operation error EKS: DescribeCluster, https response error StatusCode: 403, "
        f"{REQUEST}, api error AccessDeniedException: User: {USER} is not authorized to perform: "
        f"eks:DescribeCluster on resource: arn:aws:eks:us-east-1:123456789012:cluster/*",
        "unreachable": "operation error EKS: DescribeCluster, exceeded maximum number of "
        "attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Get "
        '"https://eks.us-east-1.amazonaws.com/clusters": dial tcp: lookup '
        "eks.us-east-1.amazonaws.com: no such host",
        "no_credentials": f"{STS}: {GO_CREDENTIALS}",
    }[kind]
    return f"Error: {text}", 1


def aws(kind: str, arguments: list[str]) -> tuple[str, int]:
    if kind == "fail":
        what = operation(arguments)
        service = next((one for one in arguments if not one.startswith("-")), "sts")
        return (
            f"\nAn error occurred (AccessDenied) when calling the {what} operation: User: {USER} "
            f"is not authorized to perform: {service}:{what} because no identity-based policy "
            f"allows the {service}:{what} action",
            254,
        )
    if kind == "unreachable":
        service = next((one for one in arguments if not one.startswith("-")), "sts")
        url = f"https://{service}.us-east-1.amazonaws.com/"
        return f'\nCould not connect to the endpoint URL: "{url}"', 255
    return f"\n{NO_AWS}", 253


def kubectl(kind: str) -> tuple[str, int]:
    return {
        "fail": 'Error from server (Forbidden): the server does not allow access: User "trainer" '
        "cannot perform this request at the cluster scope",
        "unreachable": "The connection to the server 127.0.0.1:443 was refused - did you specify "
        "the right host or port?",
        "no_credentials": f"Unable to connect to the server: {NO_EXEC}",
    }[kind], 1


def helm(kind: str, classic: bool) -> tuple[str, int]:
    if classic:
        return {
            "fail": 'Error: configmaps is forbidden: User "system:serviceaccount:kube-system:'
            'default" cannot list resource "configmaps" in API group "" in the namespace '
            '"kube-system"',
            "unreachable": "Error: Get https://127.0.0.1:443/api/v1/namespaces/kube-system/pods: "
            "dial tcp 127.0.0.1:443: connect: connection refused",
            "no_credentials": f"Error: Get https://127.0.0.1:443/api: {NO_EXEC}",
        }[kind], 1
    return {
        "fail": 'Error: query: failed to query with labels: secrets is forbidden: User "trainer" '
        'cannot list resource "secrets" in API group "" in the namespace "kube-system"',
        "unreachable": 'Error: kubernetes cluster unreachable: Get "https://127.0.0.1:443/'
        'version": dial tcp 127.0.0.1:443: connect: connection refused',
        "no_credentials": "Error: kubernetes cluster unreachable: Get "
        f'"https://127.0.0.1:443/version": {NO_EXEC}',
    }[kind], 1


def error(tool: str, kind: str, arguments: list[str], *, classic: bool) -> tuple[str, int]:
    if tool == "eksctl":
        return eksctl(kind, classic)
    if tool == "aws":
        return aws(kind, arguments)
    return kubectl(kind) if tool == "kubectl" else helm(kind, classic)
