"""eksctl, as 0.230.0 and as 0.1.40: command lines, credentials, and who answers which command."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from standins import eksctl_flags, flags, wording
from standins.eksctl_config import wrong
from standins.program import Program, Stopped

PAIRS = {"version": ("version", "")}
ALIASES = {"nodegroups": "nodegroup", "ng": "nodegroup", "clusters": "cluster", "addons": "addon"}
SHORT_HELP = "\n\nFor detailed docs go to https://eksctl.io/\n"


def log(program: Program, text: str, mark: str = "ℹ") -> None:
    stamp = "" if program.classic else "2026-11-23 10:00:00 "
    program.log(f"{stamp}[{mark}]  {text}")


def refuse(program: Program, text: str) -> Stopped:
    # 0.1.40 leaves mistakes in flags to cobra, which words them as the newer one does.
    return Stopped(f"Error: {text}" if not program.classic else f"Error: {text}{SHORT_HELP}")


def read(program: Program) -> tuple[str, list[str], dict[str, Any]]:
    known = eksctl_flags.CLASSIC if program.classic else eksctl_flags.CURRENT
    arguments = program.arguments
    verbs = {one.split()[0] for one in known}
    verb = arguments[0] if arguments else ""
    if verb not in verbs:
        raise refuse(program, f'unknown command "{verb}" for "eksctl"')
    if verb == "version":
        command, rest = verb, arguments[1:]
    else:
        noun = arguments[1] if len(arguments) > 1 else ""
        command, rest = f"{verb} {ALIASES.get(noun, noun)}", arguments[2:]
    if command not in known:
        raise refuse(program, f'unknown command "{arguments[1]}" for "eksctl {verb}"')
    try:
        words, given = flags.go(rest, known[command])
    except flags.Refused as error:
        raise refuse(program, str(error)) from None
    if len(words) > 1:
        raise refuse(program, "only one argument is allowed to be used as a name")
    return command, words, given


def check(program: Program, words: list[str], given: dict[str, Any]) -> None:
    """Flags that exclude each other."""
    if given.get("auto-kubeconfig") and given.get("kubeconfig"):
        raise wrong(program, "--kubeconfig and --auto-kubeconfig cannot be used at the same time")
    if "config-file" in given:
        for names in eksctl_flags.NOT_WITH_FILE:
            name = names.split(",")[0]
            if name in given:
                raise wrong(program, f"cannot use --{name} when --config-file/-f is set")
        if words:
            raise wrong(program, "cannot use name argument when --config-file/-f is set")
    else:
        for name in eksctl_flags.NOT_WITHOUT_FILE:
            if name in given:
                reason = "unless a config file is specified via --config-file/-f"
                raise wrong(program, f"cannot use --{name} {reason}")
    if given.get("dry-run"):
        for name in eksctl_flags.NOT_WITH_DRY_RUN:
            if name in given:
                reason = "with --dry-run as this option cannot be represented in ClusterConfig"
                raise wrong(program, f"cannot use --{name} {reason}")


def credentials(program: Program) -> None:
    home = Path(os.environ.get("HOME", "/"))
    if not os.environ.get("AWS_ACCESS_KEY_ID") and not (home / ".aws" / "credentials").exists():
        text, code = wording.error("eksctl", "no_credentials", [], classic=program.classic)
        raise Stopped(text, code)


def region(given: dict[str, Any]) -> str:
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-west-2"
    return str(given.get("region") or found)


def answer(program: Program, given: dict[str, Any], rows: list[dict[str, Any]] | None) -> None:
    form = given.get("output", "table")
    if form == "json":
        program.say(json.dumps(rows, indent=4))
    elif form == "yaml":
        program.packages()
        import yaml

        program.say(yaml.safe_dump(rows).rstrip())
    elif form == "table":
        for row in rows or []:
            program.say("\t".join(str(one) for one in row.values() if isinstance(one, (str, int))))
    else:
        raise wrong(program, f'unknown output printer type: expected {{"yaml","json","table"}} '
                    f'but got "{form}"')  # fmt: skip


def run(program: Program) -> None:
    from standins import eksctl_addons, eksctl_clusters, eksctl_nodegroups

    command, words, given = read(program)
    if given.get("help"):
        program.say(f"Usage: eksctl {command} [flags]")
        return
    if command == "version":
        old = '[ℹ]  version.Info{BuiltAt:"", GitCommit:"", GitTag:"0.1.40"}'
        program.say(old if program.classic else "0.230.0")
        return
    check(program, words, given)
    if words:
        given["name"] = words[0]
    credentials(program)
    log(program, f"eksctl version {'0.1.40' if program.classic else '0.230.0'}")
    {
        "create cluster": eksctl_clusters.create,
        "get cluster": eksctl_clusters.get,
        "delete cluster": eksctl_clusters.delete,
        "utils write-kubeconfig": eksctl_clusters.write_kubeconfig,
        "create addon": eksctl_addons.create,
        "get addon": eksctl_addons.get,
        "create nodegroup": eksctl_nodegroups.create,
        "get nodegroup": eksctl_nodegroups.get,
        "scale nodegroup": eksctl_nodegroups.scale,
        "delete nodegroup": eksctl_nodegroups.delete,
    }[command](program, given)
