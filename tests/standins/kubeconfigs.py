"""The kubeconfig that eksctl writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from standins.program import Program
from standins.world import write


def home(program: Program) -> Path:
    return Path(os.environ.get("HOME", program.folder / "home"))


def automatic(program: Program, cluster: str) -> Path:
    return home(program) / ".kube" / "eksctl" / "clusters" / cluster


def source(program: Program) -> dict[str, Any] | None:
    path = program.settings["kubeconfig_of_cluster"]
    if not path:
        return None
    import yaml

    found: dict[str, Any] = yaml.safe_load(Path(path).read_text("utf-8"))
    return found


def server(program: Program, cluster: dict[str, Any]) -> str:
    """Where the cluster answers: the API stand-in, if there is one."""
    program.packages()
    real = source(program)
    if real:
        return str(real["clusters"][0]["cluster"]["server"])
    return str(cluster["endpoint"])


def content(program: Program, cluster: dict[str, Any]) -> dict[str, Any]:
    """One cluster, user and context, under the names that eksctl gives them."""
    name, region = cluster["name"], cluster["region"]
    entry = f"{name}.{region}.eksctl.io"
    context = f"trainer@{entry}"
    real = source(program)
    if real:
        reach, user = real["clusters"][0]["cluster"], real["users"][0]["user"]
    else:
        reach = {"server": cluster["endpoint"], "certificate-authority-data": "Y2E="}
        tool, *words = ["aws", "eks", "get-token", "--output", "json", "--cluster-name", name]
        words += ["--region", region]
        if program.classic:
            tool, *words = ["aws-iam-authenticator", "token", "-i", name]
        version = "v1alpha1" if program.classic else "v1beta1"
        api = f"client.authentication.k8s.io/{version}"
        user = {"exec": {"apiVersion": api, "command": tool, "args": words}}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "current-context": context,
        "clusters": [{"name": entry, "cluster": reach}],
        "contexts": [{"name": context, "context": {"cluster": entry, "user": context}}],
        "users": [{"name": context, "user": user}],
    }


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    both = {**old, "current-context": new["current-context"]}
    for key in ("clusters", "contexts", "users"):
        names = {one["name"] for one in new[key]}
        both[key] = [one for one in old.get(key) or [] if one["name"] not in names] + new[key]
    return both


def save(program: Program, cluster: dict[str, Any], flags: dict[str, Any]) -> Path:
    program.packages()
    import yaml

    if flags.get("auto-kubeconfig"):
        path = automatic(program, cluster["name"])
    else:
        default = os.environ.get("KUBECONFIG") or home(program) / ".kube" / "config"
        path = Path(flags.get("kubeconfig") or default)
    new = content(program, cluster)
    if path.exists():
        new = merged(yaml.safe_load(path.read_text("utf-8")) or {}, new)
    write(path, yaml.safe_dump(new, sort_keys=False), 0o600)
    return path
