"""Releases of Helm 2, from charts without Go templates."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from standins import cluster_objects
from standins.program import Program, Stopped

DEPLOYED, DELETED, FAILED, PENDING = 1, 2, 4, 6
STATUS = {DEPLOYED: "DEPLOYED", DELETED: "DELETED", FAILED: "FAILED", PENDING: "PENDING_INSTALL"}


def wrong(text: str) -> Stopped:
    return Stopped(f"Error: {text}")


def chart(folder: str) -> tuple[str, list[str]]:
    """The chart's name and version, and its manifests in the order of their names."""
    top = Path(folder)
    about = top / "Chart.yaml"
    if not top.is_dir():
        raise wrong(f'failed to download "{folder}" (hint: running `helm repo update` may help)')
    if not about.is_file():
        raise wrong(f"no Chart.yaml exists in directory {str(top.resolve())!r}".replace("'", '"'))
    lines = about.read_text("utf-8").splitlines()
    facts = dict(one.partition(":")[::2] for one in lines if ":" in one and one[0] != "#")
    lacking = [key for key in ("name", "version") if not facts.get(key, "").strip()]
    if lacking:
        raise wrong(f"validation: chart.metadata.{lacking[0]} is required")
    name = f"{facts['name'].strip()}-{facts['version'].strip()}"
    files = sorted(one for one in (top / "templates").glob("**/*") if one.suffix == ".yaml")
    texts = [one.read_text("utf-8") for one in files]
    for text in texts:
        if re.search(r"{{(?!/\*)", text):
            raise Stopped("stand-in: charts are played without Go templates", 64)
    return name, texts


def tiller(program: Program) -> None:
    if not program.world.read()["tiller"]:
        raise wrong("could not find tiller")


def apply(program: Program, name: str, texts: list[str], verb: str) -> None:
    """Apply the chart; what the cluster refuses fails the release, which stays behind."""
    middle = len(texts) // 2
    for number, text in enumerate(texts):
        if number == middle:
            program.half()
        code, complaint = cluster_objects.kubectl(
            program, verb, "--validate=false", "-f", "-", text=text
        )
        if code:
            with program.world.change() as data:
                data["releases"][name]["code"] = FAILED
            raise wrong(f"release {name} failed: {' '.join(complaint.split())}")
    with program.world.change() as data:
        data["releases"][name]["code"] = DEPLOYED


def install(program: Program, words: list[str], given: dict[str, Any]) -> None:
    if len(words) != 1:
        raise wrong("This command needs 1 argument: chart name")
    about, texts = chart(words[0])
    name = given.get("name") or "-".join(["wintering", about.rsplit("-", 1)[0]])
    tiller(program)
    with program.world.change() as data:
        if name in data["releases"]:
            raise wrong(
                f"a release named {name} already exists.\n"
                f"Run: helm ls --all {name}; to check the status of the release\n"
                f"Or run: helm del --purge {name}; to delete it"
            )
        namespace = given.get("namespace", "default")
        data["releases"][name] = {"code": PENDING, "chart": about, "namespace": namespace}
        data["releases"][name] |= {"revision": 1, "manifest": texts}
    apply(program, name, texts, "create")
    program.say(f"NAME:   {name}\nNAMESPACE: {namespace}\nSTATUS: DEPLOYED\n")


def upgrade(program: Program, words: list[str], given: dict[str, Any]) -> None:
    if len(words) != 2:
        raise wrong("This command needs 2 arguments: release name, chart path")
    name, folder = words
    about, texts = chart(folder)
    tiller(program)
    old = program.world.read()["releases"].get(name)
    if old is None and given.get("install"):
        return install(program, [folder], {**given, "name": name})
    if old is None or old["code"] == PENDING:
        raise wrong(f'UPGRADE FAILED: "{name}" has no deployed releases')
    with program.world.change() as data:
        release = data["releases"][name]
        release.update(chart=about, manifest=texts, revision=release["revision"] + 1)
    apply(program, name, texts, "apply")
    program.say(f'Release "{name}" has been upgraded.')
    return None


def found(program: Program, words: list[str]) -> tuple[str, dict[str, Any]]:
    if len(words) != 1:
        raise wrong("release name is required")
    tiller(program)
    release = program.world.read()["releases"].get(words[0])
    if release is None:
        raise wrong(f'getting deployed release "{words[0]}": release: "{words[0]}" not found')
    return words[0], release


def status(program: Program, words: list[str], given: dict[str, Any]) -> None:
    name, release = found(program, words)
    if given.get("output") == "json":
        answer = {
            "name": name,
            "info": {"status": {"code": release["code"]}, "Description": "Install complete"},
            "namespace": release["namespace"],
        }
        program.say(json.dumps(answer))
    else:
        program.say(f"NAMESPACE: {release['namespace']}\nSTATUS: {STATUS[release['code']]}")


def delete(program: Program, words: list[str], given: dict[str, Any]) -> None:
    if not words:
        raise wrong("command 'delete' requires a release name")
    tiller(program)
    if words[0] not in program.world.read()["releases"]:
        raise wrong(f'release: "{words[0]}" not found')
    name, release = found(program, words)
    if given.get("dry-run"):
        return
    program.half()
    for text in reversed(release["manifest"]):
        cluster_objects.kubectl(program, "delete", "--ignore-not-found", "-f", "-", text=text)
    with program.world.change() as data:
        if given.get("purge"):
            del data["releases"][name]
        else:
            data["releases"][name]["code"] = DELETED
    program.say(f'release "{name}" deleted')


def listed(program: Program, words: list[str], given: dict[str, Any]) -> None:
    tiller(program)
    rows = [
        {
            "Name": name,
            "Revision": one["revision"],
            "Updated": "Mon Nov 23 10:00:00 2026",
            "Status": STATUS[one["code"]],
            "Chart": one["chart"],
            "AppVersion": "",
            "Namespace": one["namespace"],
        }
        for name, one in sorted(program.world.read()["releases"].items())
        if given.get("all") or one["code"] in (DEPLOYED, FAILED)
    ]
    if given.get("output") == "json":
        program.say(json.dumps({"Next": "", "Releases": rows}) if rows else "")
    else:
        for row in rows:
            program.say("\t".join(str(one) for one in row.values()))
