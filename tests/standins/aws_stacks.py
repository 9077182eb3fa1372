"""CloudFormation: stacks, from their templates to their outputs."""

from __future__ import annotations

from typing import Any

from standins import aws_template
from standins.aws import error, printed, region
from standins.program import Program, Stopped
from standins.world import ask, begin, identifier, settle

UPDATABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "REVIEW_IN_PROGRESS",
)
FAILED = """
Failed to create/update the stack. Run the following command
to fetch the list of events leading up to the failure
aws cloudformation describe-stack-events --stack-name {}"""


def key(given: dict[str, Any], name: str) -> str:
    return f"{region(given)}/{name}"


def arn(where: str, name: str) -> str:
    mark = identifier("stack", name, 32)
    parts = "-".join((mark[:8], mark[8:12], mark[12:16], mark[16:20], mark[20:32]))
    return f"arn:aws:cloudformation:{where}:123456789012:stack/{name}/{parts}"


def finished(data: dict[str, Any], where: str, stack: dict[str, Any]) -> None:
    """What is under way comes to its end, and takes its file systems with it."""
    systems = aws_template.file_systems(stack)
    if stack["status"].startswith("DELETE"):
        del data["stacks"][where]
        for one in systems:
            data["file_systems"].pop(one, None)
    else:
        before = stack["status"].removesuffix("_IN_PROGRESS")
        settle(stack, f"{before}_COMPLETE")
        data["file_systems"] |= systems


def deploy(program: Program, given: dict[str, Any]) -> None:
    name, where = given["stack-name"], key(given, given["stack-name"])
    text = aws_template.text(program, given["template-file"])
    template = aws_template.parsed(program, text, given)
    new = {
        "name": name,
        "template": template,
        "tags": dict(sorted(pair.partition("=")[::2] for pair in given.get("tags") or [])),
        "capabilities": given.get("capabilities") or [],
    }
    with program.world.change() as data:
        old = data["stacks"].get(where)
        if old and old["status"] not in UPDATABLE:
            what = f"Stack:{arn(region(given), name)} is in {old['status']} state"
            reason = f"{what} and can not be updated."
            raise error("ValidationError", "CreateChangeSet", reason)
        if old and all(old[one] == new[one] for one in ("template", "tags")):
            words = f"\nNo changes to deploy. Stack {name} is up to date"
            if given.get("fail-on-empty-changeset"):
                raise Stopped(words, 255)
            program.say(words)
            return
        if given.get("no-execute-changeset"):
            return
        data["stacks"][where] = new
        begin(new, "UPDATE_IN_PROGRESS" if old else "CREATE_IN_PROGRESS")
    program.log("\nWaiting for changeset to be created..")
    program.log("Waiting for stack create/update to complete")
    program.half()
    with program.world.change() as data:
        stack = data["stacks"][where]
        if program.fault == "rollback":
            settle(stack, "UPDATE_ROLLBACK_COMPLETE" if old else "ROLLBACK_COMPLETE")
            raise Stopped(FAILED.format(name), 255)
        finished(data, where, stack)
    program.say(f"Successfully created/updated stack - {name}")


def validate(program: Program, given: dict[str, Any]) -> None:
    body = given["template-body"]
    if body.startswith("file://"):
        try:
            body = program.read(body.removeprefix("file://"))
        except OSError as reason:
            what = f"Unable to load paramfile {body}: {reason}"
            raise Stopped(f"\nError parsing parameter '--template-body': {what}", 252) from None
    template = aws_template.parsed(program, body, {}, "ValidateTemplate")
    answer = {"Parameters": [], "Description": template.get("Description", "")}
    printed(program, given, answer)


def from_eksctl(data: dict[str, Any], where: str) -> dict[str, dict[str, Any]]:
    """The stacks that eksctl made for its clusters and node groups."""
    found = {}
    for place in data["clusters"].values():
        if place["region"] == where:
            stack = f"eksctl-{place['name']}-cluster"
            outputs = {
                "VPC": place["vpc"],
                "SecurityGroup": place["security_group"],
                "SharedNodeSecurityGroup": place["shared_security_group"],
            }
            found[stack] = made(stack, place["status"], outputs)
            for group in place["nodegroups"].values():
                stack = f"eksctl-{place['name']}-nodegroup-{group['name']}"
                found[stack] = made(stack, group["status"], {})
    return found


def made(name: str, status: str, outputs: dict[str, str]) -> dict[str, Any]:
    template = {"Outputs": {key: {"Value": value} for key, value in outputs.items()}}
    return {"name": name, "status": stack_status(status), "template": template, "tags": {}}


def stack_status(status: str) -> str:
    return {
        "CREATING": "CREATE_IN_PROGRESS",
        "ACTIVE": "CREATE_COMPLETE",
        "DELETING": "DELETE_IN_PROGRESS",
        "FAILED": "CREATE_FAILED",
    }.get(status, status)


def unknown(name: str, operation: str = "DescribeStacks") -> Stopped:
    what = f"Stack with id {name}" if operation == "DescribeStacks" else f"Stack [{name}]"
    return error("ValidationError", operation, f"{what} does not exist")


def described(where: str, stack: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "StackId": arn(where, stack["name"]),
        "StackName": stack["name"],
        "Description": stack["template"].get("Description", ""),
        "CreationTime": "2026-11-23T10:00:00.000000+00:00",
        "StackStatus": stack["status"],
        "DisableRollback": False,
        "Tags": [{"Key": key, "Value": value} for key, value in stack["tags"].items()],
    }
    if stack["status"] in UPDATABLE:
        outputs = aws_template.outputs(stack)
        if outputs:
            row["Outputs"] = outputs
    return row


def describe(program: Program, given: dict[str, Any]) -> None:
    where = region(given)
    with program.world.change() as data:
        stacks = {
            one["name"]: one
            for place, one in data["stacks"].items()
            if place.startswith(f"{where}/")
        }
        asked = given.get("stack-name")
        for name, stack in list(stacks.items()):
            if asked in (None, name, arn(where, name)):
                place = key(given, name)
                ask(stack, lambda place=place, stack=stack: finished(data, place, stack))  # type: ignore[misc]
                if place not in data["stacks"]:
                    del stacks[name]
        stacks |= from_eksctl(data, where)
    rows = [
        described(where, one)
        for name, one in sorted(stacks.items())
        if asked in (None, name, arn(where, name))
    ]
    if asked and not rows:
        raise unknown(asked)
    printed(program, given, {"Stacks": rows})


def events(program: Program, given: dict[str, Any]) -> None:
    name, where = given["stack-name"], region(given)
    data = program.world.read()
    stack = data["stacks"].get(key(given, name)) or from_eksctl(data, where).get(name)
    if stack is None:
        raise unknown(name, "DescribeStackEvents")
    bad = "ROLLBACK" in stack["status"] or "FAILED" in stack["status"]
    rows = [(name, "AWS::CloudFormation::Stack", stack["status"], "")]
    for logical, resource in stack["template"].get("Resources", {}).items():
        reason = "Resource handler returned message: Insufficient capacity" if bad else ""
        status = "CREATE_FAILED" if bad else "CREATE_COMPLETE"
        rows.append((logical, resource["Type"], status, reason))
    answer = [
        {
            "StackId": arn(where, name),
            "EventId": identifier("event", f"{name}/{logical}"),
            "StackName": name,
            "LogicalResourceId": logical,
            "ResourceType": kind,
            "Timestamp": "2026-11-23T10:00:00.000000+00:00",
            "ResourceStatus": status,
            **({"ResourceStatusReason": reason} if reason else {}),
        }
        for logical, kind, status, reason in rows
    ]
    printed(program, given, {"StackEvents": answer})


def delete(program: Program, given: dict[str, Any]) -> None:
    with program.world.change() as data:
        # To delete what is not there succeeds, as it does in AWS.
        stack = data["stacks"].get(key(given, given["stack-name"]))
        if stack is not None:
            begin(stack, "DELETE_IN_PROGRESS")


def wait(program: Program, state: str, given: dict[str, Any]) -> None:
    """The real one asks twice a minute; this one knows the end at once."""
    name, where = given["stack-name"], key(given, given["stack-name"])
    waiter = "".join(part.capitalize() for part in state.split("-"))
    with program.world.change() as data:
        stack = data["stacks"].get(where)
        if stack and "questions" in stack:
            finished(data, where, stack)
        stack = data["stacks"].get(where)
        status = stack["status"] if stack else None
    good = f"{state.split('-')[1].upper()}_COMPLETE"
    if status == good or (status is None and good == "DELETE_COMPLETE"):
        return
    if status is None:
        reason = f"An error occurred (ValidationError): Stack with id {name} does not exist"
    else:
        reason = (
            'Waiter encountered a terminal failure state: For expression "Stacks[].StackStatus" '
            f'we matched expected path: "{status}" at least once'
        )
    raise Stopped(f"\nWaiter {waiter} failed: {reason}", 255)


def run(program: Program, command: str, last: str, given: dict[str, Any]) -> None:
    if command == "wait":
        wait(program, last, given)
    else:
        {
            "deploy": deploy,
            "validate-template": validate,
            "describe-stacks": describe,
            "describe-stack-events": events,
            "delete-stack": delete,
        }[command](program, given)
