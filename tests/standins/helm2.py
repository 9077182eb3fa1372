"""Helm 2.17.0, and the Tiller that it puts into the cluster."""

from __future__ import annotations

from typing import Any

from standins import cluster_objects, flags
from standins.flags import BOOL, MANY, NUMBER, VALUE
from standins.helm2_releases import delete, install, listed, status, tiller, upgrade, wrong
from standins.program import Program

ANY = {
    "debug": BOOL,
    "help,h": BOOL,
    "home": VALUE,
    "host": VALUE,
    "kube-context": VALUE,
    "kubeconfig": VALUE,
    "tiller-namespace": VALUE,
    "tiller-connection-timeout": NUMBER,
}
VALUES = {"set": MANY, "set-string": MANY, "set-file": MANY, "values,f": MANY}
CHART = {
    **ANY,
    **VALUES,
    "atomic": BOOL,
    "description": VALUE,
    "devel": BOOL,
    "dry-run": BOOL,
    "namespace": VALUE,
    "no-hooks": BOOL,
    "output,o": VALUE,
    "repo": VALUE,
    "timeout": NUMBER,
    "version": VALUE,
    "wait": BOOL,
}
COMMANDS = {
    "version": {**ANY, "client,c": BOOL, "server,s": BOOL, "short": BOOL, "template": VALUE},
    "init": {
        **ANY,
        "service-account": VALUE,
        "history-max": NUMBER,
        "client-only,c": BOOL,
        "upgrade": BOOL,
        "wait": BOOL,
        "skip-refresh": BOOL,
        "stable-repo-url": VALUE,
        "tiller-image,i": VALUE,
        "force-upgrade": BOOL,
        "replicas": NUMBER,
        "override": MANY,
        "output,o": VALUE,
    },
    "install": {**CHART, "name,n": VALUE, "replace": BOOL, "name-template": VALUE},
    "upgrade": {
        **CHART,
        "install,i": BOOL,
        "force": BOOL,
        "reset-values": BOOL,
        "reuse-values": BOOL,
        "cleanup-on-fail": BOOL,
    },
    "status": {**ANY, "output,o": VALUE, "revision": NUMBER},
    "delete": {**ANY, "purge": BOOL, "dry-run": BOOL, "no-hooks": BOOL, "timeout": NUMBER},
    "reset": {**ANY, "force,f": BOOL, "remove-helm-home": BOOL},
    "list": {**ANY, "all,a": BOOL, "output,o": VALUE, "short,q": BOOL, "namespace": VALUE},
}


def init(program: Program, words: list[str], given: dict[str, Any]) -> None:
    program.say("$HELM_HOME has been configured at $HOME/.helm.")
    if given.get("client-only"):
        return
    account = given.get("service-account", "default")
    code, complaint = cluster_objects.kubectl(
        program, "get", "serviceaccount", account, "--namespace=kube-system"
    )
    if code:
        raise wrong(f"error installing: {complaint.strip()}")
    if program.world.read()["tiller"]:
        program.say("Warning: Tiller is already installed in the cluster.")
        hint = "Use --client-only to suppress this message, or --upgrade to upgrade Tiller to the"
        program.say(f"({hint} current version.)")
        return
    program.half()
    image = "ghcr.io/helm/tiller:v2.17.0"
    deployment = cluster_objects.workload("Deployment", "tiller-deploy", image)
    deployment["spec"]["template"]["spec"]["serviceAccountName"] = account
    cluster_objects.create(program, [deployment])
    with program.world.change() as data:
        data["tiller"] = True
    program.say("\nTiller (the Helm server-side component) has been installed into your "
                "Kubernetes Cluster.\n")  # fmt: skip


def reset(program: Program, words: list[str], given: dict[str, Any]) -> None:
    tiller(program)
    releases = program.world.read()["releases"]
    if releases and not given.get("force"):
        tip = "(Tip: use --force to remove Tiller. Releases will not be deleted.)"
        raise wrong(f"there are still {len(releases)} deployed releases {tip}")
    program.half()
    cluster_objects.delete(program, "deployment", ["tiller-deploy"], "kube-system")
    with program.world.change() as data:
        data["tiller"] = False
    program.say("Tiller (the Helm server-side component) has been uninstalled from your "
                "Kubernetes Cluster.")  # fmt: skip


def version(program: Program, words: list[str], given: dict[str, Any]) -> None:
    short = "v2.17.0+ga690bad"
    long = '&version.Version{SemVer:"v2.17.0", GitCommit:"a690bad98af45b015bd3da1a41f6218b1a451dbe"'
    text = short if given.get("short") else f'{long}, GitTreeState:"clean"}}'
    if not given.get("server"):
        program.say(f"Client: {text}")
    if not given.get("client"):
        tiller(program)
        program.say(f"Server: {text}")


def run(program: Program) -> None:
    names = {"ls": "list", "del": "delete"}
    arguments = program.arguments
    command = names.get(arguments[0], arguments[0]) if arguments else "help"
    if command not in COMMANDS:
        raise wrong(f'unknown command "{command}" for "helm"\n\nRun \'helm --help\' for usage.')
    try:
        words, given = flags.go(arguments[1:], COMMANDS[command])
    except flags.Refused as error:
        raise wrong(str(error)) from None
    if given.get("help"):
        program.say(f"Usage:\n  helm {command} [flags]")
        return
    {
        "version": version,
        "init": init,
        "reset": reset,
        "install": install,
        "upgrade": upgrade,
        "status": status,
        "delete": delete,
        "list": listed,
    }[command](program, words, given)
