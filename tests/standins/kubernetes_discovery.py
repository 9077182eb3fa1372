"""What the stand-in says about itself: versions, groups, resources and just enough OpenAPI."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from standins.kubernetes_kinds import VERBS, Kind, Object

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def versions(kinds: list[Kind]) -> Iterator[tuple[str, str, list[Kind]]]:
    """Each group and version with its kinds; a group's preferred version comes first."""
    groups: dict[str, dict[str, list[Kind]]] = {}
    for kind in kinds:
        for version in kind.versions:
            groups.setdefault(kind.group, {}).setdefault(version, []).append(kind)
    for group, found in groups.items():
        for version, members in found.items():
            yield group, version, members


def aggregated(kinds: list[Kind], core: bool) -> Object:
    items: dict[str, Object] = {}
    for group, version, members in versions(kinds):
        if (group == "") == core:
            metadata = {"name": group} if group else {}
            item = items.setdefault(group, {"metadata": metadata, "versions": []})
            resources = [aggregated_resource(each, version) for each in members]
            item["versions"].append(
                {"version": version, "resources": resources, "freshness": "Current"}
            )
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": list(items.values()),
    }


def aggregated_resource(kind: Kind, version: str) -> Object:
    response = {"group": kind.group, "version": version, "kind": kind.kind}
    return {
        "resource": kind.plural,
        "responseKind": response,
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": VERBS,
        "shortNames": list(kind.short_names),
        "categories": list(kind.categories),
        "subresources": [
            {"subresource": each, "responseKind": response, "verbs": ["get", "patch", "update"]}
            for each in kind.subresources
        ],
    }


def group(kinds: list[Kind], name: str) -> Object:
    found = [
        {"groupVersion": f"{name}/{version}", "version": version}
        for group, version, _ in versions(kinds)
        if group == name
    ]
    return {"name": name, "versions": found, "preferredVersion": found[0]}


def resources(members: list[Kind], group_version: str) -> Object:
    rows: list[Object] = []
    for kind in members:
        row: dict[str, Any] = {"namespaced": kind.namespaced, "kind": kind.kind}
        rows.append(
            {
                **row,
                "name": kind.plural,
                "singularName": kind.singular,
                "verbs": VERBS,
                "shortNames": list(kind.short_names),
                "categories": list(kind.categories),
            }
        )
        rows += [
            {**row, "name": f"{kind.plural}/{each}", "singularName": "", "verbs": ["get", "patch"]}
            for each in kind.subresources
        ]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": rows,
    }


def openapi(members: list[Kind], version: str) -> Object:
    """Only what makes kubectl leave validation to the server: PATCH takes fieldValidation."""
    paths: dict[str, Any] = {}
    for kind in members:
        root = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
        scope = "/namespaces/{namespace}" if kind.namespaced else ""
        paths[f"{root}{scope}/{kind.plural}/{{name}}"] = {
            "patch": {
                "parameters": [
                    {"name": each, "in": "query", "schema": {"type": "string"}}
                    for each in ("dryRun", "fieldManager", "fieldValidation")
                ],
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": {
                    "group": kind.group,
                    "version": version,
                    "kind": kind.kind,
                },
            }
        }
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": paths,
        "components": {"schemas": {}},
    }


def server_version(version: str) -> Object:
    major, minor = version.split(".")[:2]
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{major}.{minor}.0-eks-0000000",
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.25",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def document(path: str, kinds: list[Kind], accept: str, version: str) -> Object | None:
    """The answer to a path that names no object; nothing if there is none."""
    if path == "/version":
        return server_version(version)
    # Two requests instead of one for each group: most of what a call of kubectl takes.
    if path in ("/api", "/apis") and "as=APIGroupDiscoveryList" in accept:
        return aggregated(kinds, core=path == "/api")
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    groups = dict.fromkeys(each.group for each in kinds if each.group)
    if path == "/apis":
        found = [group(kinds, each) for each in groups]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}
    parts = path.strip("/").split("/")
    if parts[0] == "apis" and len(parts) == 2 and parts[1] in groups:
        return {"kind": "APIGroup", "apiVersion": "v1", **group(kinds, parts[1])}
    by_path = {
        f"apis/{group}/{version}" if group else f"api/{version}": (version, members)
        for group, version, members in versions(kinds)
    }
    if path == "/openapi/v3":
        return {
            "paths": {each: {"serverRelativeURL": hashed(each, *by_path[each])} for each in by_path}
        }
    if path.startswith("/openapi/v3/") and "/".join(parts[2:]) in by_path:
        version, members = by_path["/".join(parts[2:])]
        return openapi(members, version)
    if "/".join(parts) in by_path:
        version, members = by_path["/".join(parts)]
        return resources(members, "/".join(parts[1:]))
    return None


def hashed(path: str, version: str, members: list[Kind]) -> str:
    """An address that changes with its document, so that no cache keeps an old one."""
    content = json.dumps(openapi(members, version), sort_keys=True).encode()
    return f"/openapi/v3/{path}?hash={hashlib.sha256(content).hexdigest()[:32]}"
