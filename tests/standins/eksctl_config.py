"""ClusterConfig files as eksctl reads them: strictly, and then by its own rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from standins.program import Program, Stopped

ROOT = Path(__file__).parents[2]
OURS = ROOT / "schemas" / "eksctl_clusterconfig.schema.json"
THEIRS = "eksctl/clusterconfig-0.230.0.schema.json"

GROUP_0_1_40 = (
    "name ami amiFamily instanceType instancesDistribution availabilityZones tags "
    "privateNetworking securityGroups desiredCapacity minSize maxSize volumeSize volumeType "
    "volumeName volumeEncrypted volumeKmsKeyID maxPodsPerNode labels taints targetGroupARNs ssh "
    "iam preBootstrapCommands overrideBootstrapCommand clusterDNS kubeletExtraConfig"
)
# What 0.1.40 has no field for is an error there; None stands for any value.
KEYS_0_1_40: dict[str, Any] = {
    "apiVersion": None,
    "kind": None,
    "metadata": dict.fromkeys(("name", "region", "version", "tags")),
    "iam": {"serviceRoleARN": None},
    "vpc": dict.fromkeys(("id", "cidr", "subnets", "securityGroup", "sharedNodeSecurityGroup")),
    "nodeGroups": [dict.fromkeys(GROUP_0_1_40.split())],
    "availabilityZones": None,
    "status": None,
}


def wrong(program: Program, text: str) -> Stopped:
    return Stopped(f"[✖]  {text}" if program.classic else f"Error: {text}")


def unknown_key(value: Any, known: Any) -> str | None:
    if isinstance(known, list):
        found = (unknown_key(one, known[0]) for one in value if isinstance(value, list))
        return next((one for one in found if one), None)
    if not isinstance(known, dict) or not isinstance(value, dict):
        return None
    for key, inner in value.items():
        if key not in known:
            return str(key)
        below = unknown_key(inner, known[key])
        if below:
            return below
    return None


def schema(program: Program) -> dict[str, Any]:
    oracles = program.settings["oracles"]
    theirs = Path(oracles or ".") / THEIRS
    path = theirs if oracles and theirs.is_file() else OURS
    return json.loads(path.read_text("utf-8"))  # type: ignore[no-any-return]


def mistake(program: Program, config: Any) -> str | None:
    if program.classic:
        key = unknown_key(config, KEYS_0_1_40)
        return f'json: unknown field "{key}"' if key else None
    import jsonschema

    rules = schema(program)
    checker = jsonschema.validators.validator_for(rules)(rules)
    error = jsonschema.exceptions.best_match(checker.iter_errors(config))
    if error is None:
        return None
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        key = next(one for one in error.instance if one not in known)
        return f'json: unknown field "{key}"'
    place = ".".join(str(one) for one in error.absolute_path)
    return f"json: cannot unmarshal {place or 'the file'}: {error.message}"


def groups(config: dict[str, Any]) -> list[tuple[dict[str, Any], bool]]:
    """The node groups, each with whether EKS manages it."""
    return [
        (group, key == "managedNodeGroups")
        for key in ("nodeGroups", "managedNodeGroups")
        for group in config.get(key) or []
    ]


def sizes(group: dict[str, Any]) -> tuple[int, int, int]:
    """Minimum, desired and maximum, as eksctl fills them in."""
    desired, least, most = (group.get(key) for key in ("desiredCapacity", "minSize", "maxSize"))
    least = least if least is not None else desired if desired is not None else 2
    desired = desired if desired is not None else least
    return least, desired, most if most is not None else max(desired, least, 1)


def rules(config: dict[str, Any]) -> str | None:
    """What eksctl refuses beyond the form of the file."""
    vpc = config.get("vpc") or {}
    if vpc.get("subnets") and config.get("availabilityZones"):
        return "vpc.subnets and availabilityZones cannot be set at the same time"
    seen: set[str] = set()
    for number, (group, managed) in enumerate(groups(config)):
        path = f"{'managedNodeGroups' if managed else 'nodeGroups'}[{number}]"
        if group["name"] in seen:
            return f"{path}.name {group['name']} is not unique"
        seen.add(group["name"])
        if group.get("availabilityZones") and group.get("subnets"):
            return f"only one of {path}.availabilityZones or {path}.subnets can be set"
        least, desired, most = sizes(group)
        if desired < least:
            return f"cannot use desiredCapacity < minSize in {path} ({desired} < {least})"
        if desired > most:
            return f"cannot use desiredCapacity > maxSize in {path} ({desired} > {most})"
        security = group.get("securityGroups") or {}
        if managed and (security.get("withShared") or security.get("withLocal")):
            return f"{path}.securityGroups.withShared and withLocal are not supported"
        zones = group.get("availabilityZones") or []
        if group.get("efaEnabled") and len(zones) > 1:
            return f"{path} nodegroups with EFA enabled must have only one availability zone"
    return None


def load(program: Program, file: str) -> dict[str, Any]:
    program.packages()
    import yaml

    try:
        config = next(yaml.safe_load_all(program.read(file)), None)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise wrong(program, f'loading config file "{file}": open {file}: {reason}') from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise wrong(program, f'loading config file "{file}": error converting YAML to JSON: yaml: '
                    f"{reason}") from None  # fmt: skip
    if not isinstance(config, dict) or config.get("kind") != "ClusterConfig":
        raise wrong(program, f"loading config file \"{file}\": Object 'Kind' is missing or unknown")
    found = mistake(program, config)
    if found:
        form = f"error unmarshaling JSON: while decoding JSON: {found}"
        raise wrong(program, f'loading config file "{file}": {form}')
    metadata = config.get("metadata") or {}
    for key in ("name", "region"):
        if not metadata.get(key):
            raise wrong(program, f"metadata.{key} must be set")
    refused = rules(config)
    if refused:
        raise wrong(program, refused)
    return config
