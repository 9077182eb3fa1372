"""aws-iam-authenticator, which lets the kubectl of the classic stack into the cluster."""

from __future__ import annotations

import json

from standins.program import Program, Stopped


def run(program: Program) -> None:
    arguments = program.arguments
    if arguments[:1] == ["version"]:
        program.say(json.dumps({"Version": "0.5.9", "Commit": "85e50980d9d916ae95882176c18f14ae"}))
    elif len(arguments) == 3 and arguments[:2] in (["token", "-i"], ["token", "--cluster-id"]):
        token = {"token": "k8s-aws-v1.c3RhbmQtaW4", "expirationTimestamp": "2036-11-23T10:14:00Z"}
        version = "client.authentication.k8s.io/v1alpha1"
        answer = {"kind": "ExecCredential", "apiVersion": version, "spec": {}, "status": token}
        program.say(json.dumps(answer))
    else:
        flag = next((one for one in arguments if one.startswith("--")), None)
        name = arguments[0] if arguments else ""
        raise Stopped(
            f"Error: unknown flag: {flag}"
            if flag
            else f'Error: unknown command "{name}" for "aws-iam-authenticator"'
        )
