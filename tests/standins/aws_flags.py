"""The commands and options of the AWS CLI 2 that are played."""

from __future__ import annotations

from standins.flags import BOOL, MANY, VALUE

ANY = {
    "region": VALUE,
    "output": VALUE,
    "query": VALUE,
    "profile": VALUE,
    "endpoint-url": VALUE,
    "color": VALUE,
    "cli-connect-timeout": VALUE,
    "cli-read-timeout": VALUE,
    "no-cli-pager": BOOL,
    "no-cli-auto-prompt": BOOL,
    "no-paginate": BOOL,
    "debug": BOOL,
}
PAGES = {"max-items": VALUE, "page-size": VALUE, "starting-token": VALUE}
STACK = {"stack-name": VALUE}
WAIT = {**ANY, **STACK, **PAGES}

COMMANDS = {
    "sts get-caller-identity": ANY,
    "cloudformation deploy": {
        **ANY,
        **STACK,
        "template-file": VALUE,
        "no-fail-on-empty-changeset": BOOL,
        "fail-on-empty-changeset": BOOL,
        "no-execute-changeset": BOOL,
        "disable-rollback": BOOL,
        "no-disable-rollback": BOOL,
        "parameter-overrides": MANY,
        "capabilities": MANY,
        "tags": MANY,
        "notification-arns": MANY,
        "role-arn": VALUE,
        "s3-bucket": VALUE,
        "s3-prefix": VALUE,
    },
    "cloudformation validate-template": {**ANY, "template-body": VALUE, "template-url": VALUE},
    "cloudformation describe-stacks": {**ANY, **STACK, **PAGES},
    "cloudformation describe-stack-events": {**ANY, **STACK, **PAGES},
    "cloudformation delete-stack": {
        **ANY,
        **STACK,
        "retain-resources": MANY,
        "role-arn": VALUE,
        "client-request-token": VALUE,
        "deletion-mode": VALUE,
    },
    "cloudformation wait stack-create-complete": WAIT,
    "cloudformation wait stack-update-complete": WAIT,
    "cloudformation wait stack-delete-complete": WAIT,
    "ec2 describe-subnets": {**ANY, **PAGES, "filters": MANY, "subnet-ids": MANY},
    "eks describe-cluster": {**ANY, "name": VALUE},
    "fsx describe-file-systems": {**ANY, **PAGES, "file-system-ids": MANY},
}
REQUIRED = {
    "cloudformation deploy": ["template-file", "stack-name"],
    "cloudformation describe-stack-events": ["stack-name"],
    "cloudformation delete-stack": ["stack-name"],
    "cloudformation validate-template": ["template-body"],
    "eks describe-cluster": ["name"],
}
