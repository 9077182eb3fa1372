"""CloudFormation templates: what is wrong in them, and what their outputs come to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from standins.aws import error
from standins.program import Program, Stopped
from standins.world import identifier

FSX = "AWS::FSx::FileSystem"
PSEUDO = "AWS::"


def text(program: Program, file: str) -> str:
    try:
        return program.read(file)
    except OSError:
        raise Stopped(f"\nInvalid template path {file}", 255) from None


def parsed(
    program: Program, text: str, given: dict[str, Any], operation: str = "CreateChangeSet"
) -> dict[str, Any]:
    template = loaded(program, text)
    reason = form(template)
    # Whether it can be carried out is asked when it is to be.
    if reason is None and operation == "CreateChangeSet":
        reason = values(template, given)
        needs = (one["Type"].startswith("AWS::IAM::") for one in template["Resources"].values())
        if any(needs) and not given.get("capabilities"):
            what = "Requires capabilities : [CAPABILITY_IAM]"
            raise error("InsufficientCapabilitiesException", operation, what)
    if reason is not None:
        raise error("ValidationError", operation, reason)
    # Dates, such as an unquoted AWSTemplateFormatVersion, are text to CloudFormation.
    return json.loads(json.dumps(template, default=str))  # type: ignore[no-any-return]


def loaded(program: Program, text: str) -> Any:
    program.packages()
    import yaml

    class Loader(yaml.SafeLoader):
        """Knows the short forms, such as !Ref and !GetAtt."""

    def short(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
        if isinstance(node, yaml.ScalarNode):
            value: Any = loader.construct_scalar(node)
            if suffix == "GetAtt":
                value = value.split(".", 1)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        return {"Ref" if suffix == "Ref" else f"Fn::{suffix}": value}

    Loader.add_multi_constructor("!", short)
    try:
        return yaml.load(text, Loader)  # noqa: S506 - it derives from SafeLoader
    except yaml.YAMLError as reason:
        raise Stopped(f"\n{reason}", 255) from None


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield str(inner)
            elif key == "Fn::GetAtt":
                yield str(inner[0] if isinstance(inner, list) else inner.split(".")[0])
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def form(template: Any) -> str | None:
    """What is wrong with the template's form."""
    if not isinstance(template, dict):
        return "Template format error: unsupported structure."
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        return "Template format error: At least one Resources member must be defined."
    for name, one in resources.items():
        if not isinstance(one, dict) or not isinstance(one.get("Type"), str):
            what = "Every Resources object must contain a Type member."
            return f"Template format error: [/Resources/{name}] {what}"
    parameters = template.get("Parameters") or {}
    for part in ("Resources", "Outputs"):
        lost = {
            one
            for one in references(template.get(part))
            if one not in resources and one not in parameters and not one.startswith(PSEUDO)
        }
        if lost:
            names = ", ".join(sorted(lost))
            what = f"Unresolved resource dependencies [{names}] in the {part} block"
            return f"Template format error: {what} of the template"
    return None


def values(template: dict[str, Any], given: dict[str, Any]) -> str | None:
    overrides = [one.partition("=")[0] for one in given.get("parameter-overrides") or []]
    parameters = template.get("Parameters") or {}
    without = [
        name for name, one in parameters.items() if "Default" not in one and name not in overrides
    ]
    return f"Parameters: [{', '.join(without)}] must have values" if without else None


def file_systems(stack: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, one in stack["template"].get("Resources", {}).items():
        if one["Type"] == FSX:
            properties = one.get("Properties") or {}
            kind = (properties.get("LustreConfiguration") or {}).get("DeploymentType", "SCRATCH_1")
            mark = f"{stack['name']}/{name}"
            found[f"fs-{identifier('fsx', mark)}"] = {
                "DeploymentType": kind,
                "MountName": "fsx" if kind == "SCRATCH_1" else identifier("mount", mark, 8),
                "Lifecycle": "AVAILABLE",
                "StorageCapacity": properties.get("StorageCapacity"),
                "SubnetIds": properties.get("SubnetIds", []),
                "stack": stack["name"],
                "logical": name,
            }
    return found


def resolved(stack: dict[str, Any], value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    systems = {one["logical"]: (key, one) for key, one in file_systems(stack).items()}
    for target in references(value):
        kind = stack["template"]["Resources"].get(target, {}).get("Type", "")
        if target in systems:
            key, system = systems[target]
            asked = value.get("Fn::GetAtt")
            attribute = asked[1] if isinstance(asked, list) else None
            dns = f"{key}.fsx.us-east-1.amazonaws.com"
            return {"LustreMountName": str(system["MountName"]), "DNSName": dns}.get(
                str(attribute), key
            )
        prefix = "sg-" if kind == "AWS::EC2::SecurityGroup" else ""
        return f"{prefix}{identifier(kind, stack['name'] + '/' + target)}"
    return identifier("output", str(value))


def outputs(stack: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "OutputKey": name,
            "OutputValue": resolved(stack, one.get("Value")),
            **({"Description": one["Description"]} if "Description" in one else {}),
        }
        for name, one in (stack["template"].get("Outputs") or {}).items()
    ]
